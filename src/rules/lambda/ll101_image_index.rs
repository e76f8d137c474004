//! LL101 image-index.

use crate::diagnostic::Finding;
use crate::image::{Descriptor, Image};
use crate::options::Options;
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL101-image-index.md"), check: Check::Image(check) };

fn check(image: &Image, _: &Options, findings: &mut Vec<Finding>) {
    let Some(index) = image.index.as_ref().filter(|_| !image.descriptors.is_empty()) else { return };
    let (others, images): (Vec<&Descriptor>, Vec<&Descriptor>) =
        image.descriptors.iter().partition(|d| d.attestation || d.artifact.is_some());
    let count = image.descriptors.len();
    let help = if others.iter().any(|descriptor| descriptor.attestation) {
        "build with `docker buildx build --provenance=false --sbom=false`"
    } else if images.len() > 1 {
        "build one platform: `docker buildx build --platform linux/amd64 --provenance=false`"
    } else {
        "push the image's own manifest instead of the index"
    };
    let mut finding =
        Finding::new(format!("an image index of {count} would be pushed, and Lambda accepts only a single image"));
    for descriptor in others.iter().filter(|_| images.len() < 2).chain(images.iter().filter(|_| images.len() > 1)) {
        let what = match (descriptor.attestation, &descriptor.artifact) {
            (true, _) => "an attestation, which BuildKit adds by itself".to_owned(),
            (false, Some(kind)) => format!("an artifact of type {kind}"),
            (false, None) => format!("an image for {}", descriptor.platform),
        };
        finding = finding.at(descriptor.place, what);
    }
    if finding.labels.is_empty() {
        finding = finding.at(index.place(""), "this is an index");
    }
    findings.push(finding.help(help));
}
