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

/// A file with its path.
type Named<'a> = (String, &'a crate::image::Node);

fn check(image: &Image, _: &Options, findings: &mut Vec<Finding>) {
    let mut same: BTreeMap<(u64, Option<u128>), Vec<Named<'_>>> = BTreeMap::new();
    for file in image.files.hashed() {
        same.entry((file.size, file.hash())).or_default().push((file.path(), file.node()));
    }
    let mut groups: Vec<(u64, Vec<Named<'_>>)> = Vec::new();
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
            finding = finding.at(Location::new(DocumentId::Layer(node.layer()), Span::default()), path.clone());
        }
        findings.push(finding.help("keep one, and link to it (`ln`)"));
    }
}
