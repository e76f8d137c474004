//! LL105 missing-parent-directory.

use crate::diagnostic::{DocumentId, Finding, Location};
use crate::image::{Form, Image};
use crate::options::Options;
use crate::rules::{Check, Rule};
use crate::source::Span;

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL105-missing-parent-directory.md"), check: Check::Image(check) };

/// Maximum number of paths that are named; the rest is counted.
const NAMED: usize = 5;

fn check(image: &Image, _: &Options, findings: &mut Vec<Finding>) {
    if image.form != Form::OciLayout {
        return;
    }
    for (at, layer) in image.layers.iter().enumerate() {
        let orphans = &layer.missing_parents;
        let Some(first) = orphans.paths.first() else { continue };
        let named: Vec<&str> = orphans.paths.iter().take(NAMED).map(String::as_str).collect();
        let more = orphans.count.saturating_sub(named.len() as u64);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let message = match orphans.count {
            1 => format!("{first} in layer {number} has no entry for its directory before it", number = at + 1),
            count => format!(
                "{count} entries of layer {number} have no entry for their directory before them",
                number = at + 1
            ),
        };
        findings.push(
            Finding::new(message)
                .at(Location::new(DocumentId::Layer(at), Span::default()), format!("{}{more}", named.join(", ")))
                .help("write an entry for each directory before what is in it, or build with `docker build`"),
        );
    }
}
