//! LL110 settings-too-large.

use crate::diagnostic::{DocumentId, Finding};
use crate::image::Image;
use crate::options::Options;
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL110-settings-too-large.md"), check: Check::Image(check) };

fn check(image: &Image, _: &Options, findings: &mut Vec<Finding>) {
    let limit = crate::facts::limits().settings_bytes;
    let parts = image.settings();
    let sum: u64 = parts.iter().map(|(bytes, _)| bytes).sum();
    // Nine tenths of it are worth a word: AWS does not say how it counts.
    if limit == 0 || sum < limit / 10 * 9 {
        return;
    }
    let Some((most, key)) = parts.into_iter().max() else { return };
    let over = if sum > limit { "over" } else { "near" };
    findings.push(
        Finding::new(format!("the image's settings take {sum} bytes, {over} the {limit} that Lambda allows"))
            .at(image.place(DocumentId::Config, &format!("/config/{key}")), format!("{most} of them are here"))
            .help("move what is long into a file, or to AWS Systems Manager parameters"),
    );
}
