//! LL105 missing-parent-directory.

use crate::diagnostic::{DocumentId, Finding, Location};
use crate::image::{Form, Image};
use crate::options::Options;
use crate::rules::{Check, Rule};
use crate::source::Span;

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL105-missing-parent-directory.md"), check: Check::Image(check) };

/// So many paths are named; the rest is counted.
const NAMED: usize = 8;

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
            1 => format!("{first} in layer {at} has no entry for its directory before it"),
            count => format!("{count} entries of layer {at} have no entry for their directory before them"),
        };
        findings.push(
            Finding::new(message)
                .at(Location::new(DocumentId::Layer(at), Span::default()), format!("{}{more}", named.join(", ")))
                .help("write an entry for each directory before what is in it, or build with `docker build`"),
        );
    }
}
