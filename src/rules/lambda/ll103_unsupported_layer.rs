//! LL103 unsupported-layer.

use crate::diagnostic::{DocumentId, Finding};
use crate::image::{Form, Image};
use crate::options::Options;
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL103-unsupported-layer.md"), check: Check::Image(check) };

const TAKEN: &[&str] = &[
    "application/vnd.docker.image.rootfs.diff.tar.gzip",
    "application/vnd.oci.image.layer.v1.tar",
    "application/vnd.oci.image.layer.v1.tar+gzip",
    // LL104 speaks of these.
    "application/vnd.oci.image.layer.v1.tar+zstd",
    "application/vnd.docker.image.rootfs.diff.tar.zstd",
];

fn check(image: &Image, _: &Options, findings: &mut Vec<Finding>) {
    if image.form != Form::OciLayout {
        return;
    }
    for (at, layer) in image.layers.iter().enumerate() {
        let kind = layer.media_type.as_str();
        if kind.is_empty() || TAKEN.contains(&kind) {
            continue;
        }
        let (label, help) = if kind.ends_with("rootfs.diff.tar") {
            (
                "a plain tar under Docker's media type",
                "compress it with gzip, or make it an OCI layer (`skopeo copy --format oci`)",
            )
        } else if kind.contains("in-toto") {
            ("an attestation", "build with `docker buildx build --provenance=false --sbom=false`")
        } else if kind.contains("foreign") || kind.contains("nondistributable") {
            ("its content lies elsewhere", "build from a base whose layers are all in the registry")
        } else {
            ("not an image layer", "build an OCI or Docker V2 schema 2 image")
        };
        findings.push(
            Finding::new(format!("layer {number} is of type {kind}, which Lambda refuses", number = at + 1))
                .at(image.place(DocumentId::Manifest, &format!("/layers/{at}/mediaType")), label)
                .help(help),
        );
    }
}
