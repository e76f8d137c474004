//! LL102 unsupported-manifest.

use crate::diagnostic::{DocumentId, Finding};
use crate::image::{Form, Image};
use crate::options::Options;
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL102-unsupported-manifest.md"), check: Check::Image(check) };

const MANIFESTS: &[&str] =
    &["application/vnd.oci.image.manifest.v1+json", "application/vnd.docker.distribution.manifest.v2+json"];
const CONFIGS: &[&str] =
    &["application/vnd.oci.image.config.v1+json", "application/vnd.docker.container.image.v1+json"];

fn check(image: &Image, _: &Options, findings: &mut Vec<Finding>) {
    let Some(manifest) = image.manifest.as_ref().filter(|_| image.form == Form::OciLayout) else { return };
    let help = "build an OCI or Docker V2 schema 2 image, for example with `docker buildx build -o type=oci`";
    let place = |pointer: &str| image.place(DocumentId::Manifest, pointer);
    if manifest.value["schemaVersion"].as_u64() == Some(1) {
        let finding = Finding::new("the manifest is of schema 1, which Lambda does not accept");
        findings.push(finding.at(place("/schemaVersion"), "schema 1 went out of use in 2017").help(help));
        return;
    }
    let of = |pointer: &str| manifest.value.pointer(pointer).and_then(serde_json::Value::as_str);
    let wrong = |pointer, known: &[&str]| of(pointer).filter(|kind| !kind.is_empty() && !known.contains(kind));
    if let Some(kind) = wrong("/mediaType", MANIFESTS) {
        let finding = Finding::new(format!("{kind} is not an image manifest"));
        findings.push(finding.at(place("/mediaType"), "Lambda does not accept it").help(help));
    } else if let Some(kind) = wrong("/config/mediaType", CONFIGS) {
        let finding = Finding::new(format!("the config is of type {kind}, which is not an image config"));
        findings.push(finding.at(place("/config/mediaType"), "Lambda does not accept it").help(help));
    }
}
