//! LL106 image-too-large.

use crate::diagnostic::{DocumentId, Finding, Location, Severity};
use crate::facts;
use crate::image::Image;
use crate::options::Options;
use crate::rules::{Check, Rule};
use crate::source::Span;

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL106-image-too-large.md"), check: Check::Image(check) };

const HELP: &str = "remove what the function does not need; `lamblint rules LL5` lists common causes";

fn check(image: &Image, _: &Options, findings: &mut Vec<Finding>) {
    let limit = facts::limits().unpacked_bytes;
    if let Some(bytes) = image.longer_than {
        let message =
            format!("the layers unpack to more than {bytes} bytes, over Lambda's 10 GiB; the rest was not read");
        let place = image.place(DocumentId::Manifest, "/layers");
        findings.push(Finding::new(message).at(place, "these layers together").help(HELP));
        return;
    }
    if image.layers_left_out {
        return packed(image, limit, findings);
    }
    let (Some(sum), Some(flat)) = (image.unpacked_bytes(), image.flattened_bytes()) else { return };
    if sum <= limit {
        return;
    }
    let over = sum - limit;
    let message = format!("the layers unpack to {sum} bytes, {over} over Lambda's 10 GiB");
    let mut finding = Finding::new(message).help(HELP);
    for (at, bytes) in largest(image) {
        finding =
            finding.at(Location::new(DocumentId::Layer(at), Span::default()), format!("{bytes} bytes in this layer"));
    }
    if flat <= limit {
        finding = finding
            .severity(Severity::Warning)
            .help(format!("likely refused: only {flat} bytes remain when the layers are merged; build them away"));
    }
    findings.push(finding);
}

/// Of layers that were not read, their packed length: a layer unpacks to about as much at least. An encoder may write more
/// than it was given, so that this alone is no proof.
fn packed(image: &Image, limit: u64, findings: &mut Vec<Finding>) {
    let sum = image.layers.iter().fold(0_u64, |sum, layer| sum.saturating_add(layer.packed_bytes));
    if sum > limit {
        let message = format!("the packed layers alone have {sum} bytes, over Lambda's 10 GiB for unpacked ones");
        let place = image.place(DocumentId::Manifest, "/layers");
        let finding = Finding::new(message).at(place, "these layers together, by their descriptors");
        findings.push(finding.help("check it with --depth layers").severity(Severity::Warning));
    }
}

/// The three largest layers.
pub(super) fn largest(image: &Image) -> Vec<(usize, u64)> {
    let mut layers: Vec<(usize, u64)> =
        image.layers.iter().enumerate().filter_map(|(at, layer)| Some((at, layer.unpacked_bytes?))).collect();
    layers.sort_by_key(|&(at, bytes)| (std::cmp::Reverse(bytes), at));
    layers.truncate(3);
    layers
}
