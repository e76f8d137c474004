//! Links: from the name of an image to its page, from a code to that of its rule.

use super::actions::Scene;
use super::documents::Kind;
use super::words;
use crate::dockerfile::Dockerfile;
use crate::facts::{BaseKind, is_official};
use crate::launch::{Build, Parent};
use crate::page;
use crate::source::Span;
use gen_lsp_types::DocumentLink;

/// The links of a document.
pub fn all(scene: &Scene<'_>) -> Vec<DocumentLink> {
    let mut links: Vec<(Span, String, &str)> = Vec::new();
    for named in words::named(scene.document) {
        let name = words::page(&named.code).map_or(named.code.as_str(), |page| page.name);
        links.push((named.span, page::url(&named.code, name), "the rule's page"));
    }
    if scene.document.kind == Kind::Dockerfile {
        let dockerfile = Dockerfile::read(scene.document.text.as_str().as_bytes());
        let build = Build::new(&dockerfile, &scene.held.options);
        for stage in &build.stages {
            let Parent::Image(base) = &stage.parent else { continue };
            let crate::dockerfile::Kind::From(from) = &stage.from.kind else { continue };
            let Some(reference) = &base.reference else { continue };
            let address = match (base.kind, reference.registry.as_str()) {
                (BaseKind::Lambda, _) => base.family.map(|family| format!("https://gallery.ecr.aws/lambda/{family}")),
                (_, "public.ecr.aws") => Some(format!("https://gallery.ecr.aws/{}", reference.repository)),
                (_, "docker.io") if is_official(&reference.repository) => {
                    Some(format!("https://hub.docker.com/_/{}", reference.repository))
                }
                _ => None,
            };
            links.extend(address.map(|address| (from.image.span, address, "the image's page")));
        }
    }
    let one = |(span, address, tooltip): (Span, String, &str)| DocumentLink {
        range: scene.document.text.range(span),
        target: Some(address.into()),
        tooltip: Some(tooltip.to_owned()),
        data: None,
    };
    links.into_iter().map(one).collect()
}
