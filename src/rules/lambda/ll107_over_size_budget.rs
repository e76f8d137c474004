//! LL107 over-size-budget.

use crate::diagnostic::{DocumentId, Finding, Location};
use crate::facts;
use crate::image::Image;
use crate::options::Options;
use crate::rules::{Check, Rule};
use crate::source::Span;

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL107-over-size-budget.md"), check: Check::Image(check) };

fn check(image: &Image, options: &Options, findings: &mut Vec<Finding>) {
    let limits = facts::limits();
    let Some(sum) = image.unpacked_bytes() else { return };
    let message = match options.max_size {
        Some(budget) if sum > budget => format!("the layers unpack to {sum} bytes, {} over your limit", sum - budget),
        // Over Lambda's own limit LL106 speaks.
        None if sum <= limits.unpacked_bytes
            && u128::from(sum) * 100
                > u128::from(limits.unpacked_bytes) * u128::from(limits.unpacked_percent_to_warn) =>
        {
            let left = limits.unpacked_bytes - sum;
            format!("the layers unpack to {sum} bytes; {left} are left of Lambda's 10 GiB")
        }
        _ => return,
    };
    let mut finding = Finding::new(message);
    for (at, bytes) in super::ll106_image_too_large::largest(image) {
        finding =
            finding.at(Location::new(DocumentId::Layer(at), Span::default()), format!("{bytes} bytes in this layer"));
    }
    findings.push(finding.help("look at the largest layers first"));
}
