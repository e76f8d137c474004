//! LL111 large-manifest.

use crate::diagnostic::{DocumentId, Finding};
use crate::image::Image;
use crate::options::Options;
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL111-large-manifest.md"), check: Check::Image(check) };

fn check(image: &Image, _: &Options, findings: &mut Vec<Finding>) {
    let limit = crate::facts::limits().manifest_bytes;
    let Some(bytes) = image.manifest_bytes.filter(|bytes| *bytes > limit) else { return };
    findings.push(
        Finding::new(format!("the manifest has {bytes} bytes, and AWS advises to stay below {limit}"))
            .at(image.place(DocumentId::Manifest, "/layers"), format!("{} layers", image.layers.len()))
            .help("join RUN instructions, and leave out annotations"),
    );
}
