//! LL104 unproven-layer-compression.

use crate::diagnostic::{DocumentId, Finding};
use crate::image::{Compression, Form, Image};
use crate::options::Options;
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule = Rule {
    page: include_str!("../../../rules/lambda/LL104-unproven-layer-compression.md"),
    check: Check::Image(check),
};

fn check(image: &Image, _: &Options, findings: &mut Vec<Finding>) {
    if image.form != Form::OciLayout {
        return;
    }
    let zstd = |(_, layer): &(usize, &crate::image::Layer)| {
        layer.media_type.ends_with("zstd") || layer.compression == Compression::Zstd
    };
    let packed: Vec<usize> = image.layers.iter().enumerate().filter(zstd).map(|(at, _)| at).collect();
    let Some(first) = packed.first() else { return };
    let message = match packed.len() {
        1 => {
            format!("layer {number} is packed with zstd, which is not known to work on Lambda", number = first + 1)
        }
        count => format!("{count} layers are packed with zstd, which is not known to work on Lambda"),
    };
    findings.push(
        Finding::new(message)
            .at(image.place(DocumentId::Manifest, &format!("/layers/{first}/mediaType")), "gzip is known to work")
            .help("build with `docker buildx build -o type=oci,compression=gzip,force-compression=true`"),
    );
}
