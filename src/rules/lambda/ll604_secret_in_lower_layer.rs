//! LL604 secret-in-lower-layer.

use crate::diagnostic::{DocumentId, Finding, Location};
use crate::image::{FileContent, Image};
use crate::options::Options;
use crate::rules::{Check, Rule};
use crate::source::Span;

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL604-secret-in-lower-layer.md"), check: Check::Image(check) };

fn check(image: &Image, _: &Options, findings: &mut Vec<Finding>) {
    let secret = |path: &str, facet: Option<&FileContent>| match facet {
        Some(FileContent::Text(text)) => crate::launch::secret_in(path, &String::from_utf8_lossy(text)),
        _ => None,
    };
    for hidden in image.files.hidden().iter().filter(|hidden| hidden.by != hidden.layer) {
        let path = format!("/{}", String::from_utf8_lossy(&hidden.path));
        if crate::launch::is_of_others(&path) {
            continue;
        }
        let Some(what) = secret(&path, hidden.facet.as_deref()) else { continue };
        // What is there to this day is LL603's.
        let now = image.files.get(&path).and_then(|node| node.facet.as_deref());
        if !hidden.deleted && secret(&path, now).is_some() {
            continue;
        }
        let how = if hidden.deleted { "deleted" } else { "overwritten" };
        findings.push(
            Finding::new(format!(
                "{path} holds {what}, and is still in layer {} though it was {how}",
                hidden.layer + 1
            ))
            .at(Location::new(DocumentId::Layer(hidden.layer), Span::default()), "this layer brought it")
            .at(Location::new(DocumentId::Layer(hidden.by), Span::default()), "this one only hides it")
            .help("revoke the secret; give it to one RUN with `--mount=type=secret`"),
        );
    }
}
