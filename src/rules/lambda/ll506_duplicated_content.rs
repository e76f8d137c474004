//! LL506 duplicated-content.

use crate::diagnostic::{DocumentId, Finding, Location};
use crate::image::Image;
use crate::options::Options;
use crate::rules::{Check, Rule};
use crate::size;
use crate::source::Span;

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL506-duplicated-content.md"), check: Check::Image(check) };
use std::collections::BTreeMap;

/// Maximum number of groups that are reported, the largest first.
const MAX_LISTED: usize = 10;

fn check(image: &Image, _: &Options, findings: &mut Vec<Finding>) {
    let mut same: BTreeMap<(u64, u128), Vec<(&str, &crate::image::Node)>> = BTreeMap::new();
    for (path, node) in image.files.below("/") {
        if let Some(hash) = node.hash.as_deref() {
            same.entry((node.size, *hash)).or_default().push((path, node));
        }
    }
    let mut groups: Vec<(u64, Vec<(&str, &crate::image::Node)>)> = Vec::new();
    for ((bytes, _), mut files) in same {
        // Names of one inode are stored once.
        let mut seen = std::collections::BTreeSet::new();
        files.retain(|(_, node)| seen.insert(node.inode()));
        let more = files.len().saturating_sub(1) as u64;
        if more > 0 {
            groups.push((bytes.saturating_mul(more), files));
        }
    }
    groups.sort_by(|a, b| (b.0, &a.1[0].0).cmp(&(a.0, &b.1[0].0)));
    for (bytes, files) in groups.into_iter().take(MAX_LISTED) {
        let Some((first, _)) = files.first() else { continue };
        let mut finding =
            Finding::new(format!("{first} is stored {} times: {} wasted", files.len(), size::show(bytes)));
        for (path, node) in files.iter().take(5) {
            finding = finding.at(Location::new(DocumentId::Layer(node.layer), Span::default()), *path);
        }
        findings.push(finding.help("keep one, and link to it (`ln`)"));
    }
}
