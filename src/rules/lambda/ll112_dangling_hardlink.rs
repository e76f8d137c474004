//! LL112 dangling-hardlink.

use crate::diagnostic::{DocumentId, Finding, Location};
use crate::image::Image;
use crate::options::Options;
use crate::rules::{Check, Rule};
use crate::source::Span;

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL112-dangling-hardlink.md"), check: Check::Image(check) };

fn check(image: &Image, _: &Options, findings: &mut Vec<Finding>) {
    for (at, layer) in image.layers.iter().enumerate() {
        let links = &layer.dangling_hardlinks;
        let Some(first) = links.paths.first() else { continue };
        let message = match links.count {
            1 => format!("{first} in layer {number} is a hard link to a file that does not exist", number = at + 1),
            count => format!("{count} hard links of layer {number} lead to files that do not exist", number = at + 1),
        };
        let named: Vec<&str> = links.paths.iter().take(5).map(String::as_str).collect();
        findings.push(
            Finding::new(message)
                .at(Location::new(DocumentId::Layer(at), Span::default()), named.join(", "))
                .help("store the file itself in the layer, for example with `tar --hard-dereference`"),
        );
    }
}
