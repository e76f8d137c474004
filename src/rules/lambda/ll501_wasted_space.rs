//! LL501 wasted-space.

use crate::diagnostic::{DocumentId, Finding, Location, Severity};
use crate::image::Image;
use crate::options::Options;
use crate::rules::{Check, Rule};
use crate::size;
use crate::source::Span;

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL501-wasted-space.md"), check: Check::Image(check) };

const TOLD: u64 = 4 * 1024 * 1024;
const MUCH: u64 = 100 * 1024 * 1024;
const SHARE: u64 = 20 * 1024 * 1024;

fn check(image: &Image, _: &Options, findings: &mut Vec<Finding>) {
    let wasted: u64 = image.files.hidden().iter().map(|hidden| hidden.bytes).sum();
    if wasted < TOLD {
        return;
    }
    let whole = image.unpacked_bytes().unwrap_or(u64::MAX);
    let severe = wasted >= MUCH || (wasted >= SHARE && wasted >= whole / 20);
    // The largest files, and the layers that hold them.
    let mut files: Vec<&crate::image::Hidden> = image.files.hidden().iter().collect();
    files.sort_by_key(|hidden| (std::cmp::Reverse(hidden.bytes), hidden.path.clone()));
    let mut finding =
        Finding::new(format!("{} are wasted on files that are deleted or overwritten", size::show(wasted)));
    for hidden in files.iter().take(5) {
        let how = if hidden.deleted { "deleted" } else { "overwritten" };
        let by =
            if hidden.by == hidden.layer { "in the same layer".into() } else { format!("by layer {}", hidden.by + 1) };
        let path = String::from_utf8_lossy(&hidden.path);
        finding = finding.at(
            Location::new(DocumentId::Layer(hidden.layer), Span::default()),
            format!("/{path}, {}, {how} {by}", size::show(hidden.bytes)),
        );
    }
    let finding =
        finding.help("delete files in the RUN that creates them, use COPY --chmod, or copy from a build stage");
    findings.push(finding.severity(if severe { Severity::Warning } else { Severity::Info }));
}
