//! LL604 secret-in-lower-layer.

use crate::check::Options;
use crate::diagnostic::{Doc, Finding, Place};
use crate::image::{Facet, Image};
use crate::rules::{Check, Rule};
use crate::source::Span;

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL604-secret-in-lower-layer.md"), check: Check::Image(check) };

fn check(image: &Image, _: &Options, findings: &mut Vec<Finding>) {
    for hidden in image.files.hidden().iter().filter(|hidden| hidden.deleted && hidden.by != hidden.layer) {
        let Some(Facet::Text(text)) = hidden.facet.as_deref() else { continue };
        let path = format!("/{}", String::from_utf8_lossy(&hidden.path));
        let Some(what) = crate::launch::secret_in(&path, &String::from_utf8_lossy(text)) else { continue };
        findings.push(
            Finding::new(format!("{path} holds {what}, and is still in layer {} though it was deleted", hidden.layer))
                .at(Place::new(Doc::Layer(hidden.layer), Span::default()), "this layer brought it")
                .at(Place::new(Doc::Layer(hidden.by), Span::default()), "this one only hides it")
                .help("revoke the secret; give it to one RUN with `--mount=type=secret`"),
        );
    }
}
