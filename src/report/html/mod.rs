//! Reports as one HTML page: no script, nothing that is loaded, and a policy that allows neither.
//!
//! Colours of pictures are attributes, so that they stay where a server's policy drops the style sheet.

mod escape;
mod findings;
mod growth;
mod image;
mod treemap;

use super::{Run, counts, total};
use crate::inventory::{Growth, Inventory};
use escape::{escape, head};
use findings::Findings;
use std::fmt::Write;

/// The style sheet; the policy names its hash.
const STYLE: &str = include_str!("style.css");
/// SHA-256 of the style sheet, in Base64.
const STYLE_HASH: &str = "bempLt68sdFAF24o2xREHWUFca76lba2rJ2irj+D/UE=";

/// Characters of a title that are shown.
const MAX_TITLE: usize = 160;

/// The report of a run.
pub(super) fn render(run: &Run<'_>) -> String {
    let findings = Findings::of(run);
    let images = || run.checked.iter().filter_map(|checked| checked.image()?.inventory.as_deref());
    let mut body = format!("<p><b>{}</b></p>\n", escape(&total::line(run)));
    let mut links: Vec<(String, String)> = Vec::new();
    if !findings.is_empty() {
        links.push(("findings".into(), "Findings".into()));
    }
    links.extend(findings.links().map(|(at, path)| (at, path.to_owned())));
    links.extend(images().enumerate().map(|(at, image)| (format!("image{}", at + 1), name_of(image))));
    contents(&mut body, &links);
    if !run.unreadable.is_empty() {
        body.push_str("<section><h2>Could not be looked at</h2>\n<ul>\n");
        for unreadable in run.unreadable {
            let _ = writeln!(body, "<li>{}</li>", head(&unreadable.message, 500));
        }
        body.push_str("</ul></section>\n");
    }
    if !findings.is_empty() {
        body.push_str("<section id=\"findings\"><h2>Findings</h2>\n");
        findings.list(&mut body);
        body.push_str("</section>\n");
        findings.sources(&mut body);
    }
    for (at, inventory) in images().enumerate() {
        image::section(&mut body, inventory, at + 1);
    }
    let [errors, warnings, _] = counts(run.checked);
    let title = match (errors, warnings) {
        (0, 0) => "no errors or warnings".to_owned(),
        _ => format!("{}, {}", total::plural(errors, "error"), total::plural(warnings, "warning")),
    };
    page(&format!("lamblint: {title}"), &body)
}

/// The sizes of images.
pub fn sizes(inventories: &[Inventory]) -> String {
    let mut body = String::new();
    let links: Vec<(String, String)> =
        inventories.iter().enumerate().map(|(at, image)| (format!("image{}", at + 1), name_of(image))).collect();
    contents(&mut body, &links);
    for (at, inventory) in inventories.iter().enumerate() {
        image::section(&mut body, inventory, at + 1);
    }
    page("lamblint: size", &body)
}

/// Images compared with older ones, each with its sizes.
pub fn growths(all: &[(&Growth, &Inventory)]) -> String {
    let mut body = String::new();
    for (at, (growth, inventory)) in all.iter().enumerate() {
        growth::section(&mut body, growth);
        image::section(&mut body, inventory, at + 1);
    }
    page("lamblint: growth", &body)
}

fn name_of(inventory: &Inventory) -> String {
    format!("Image {}", inventory.image.as_deref().unwrap_or_default())
}

/// Links to the parts of the page, where there are several.
fn contents(out: &mut String, links: &[(String, String)]) {
    if links.len() < 2 {
        return;
    }
    out.push_str("<nav aria-label=\"Contents\"><ul>\n");
    for (at, name) in links {
        let _ = writeln!(out, "<li><a href=\"#{at}\">{}</a></li>", head(name, MAX_TITLE));
    }
    out.push_str("</ul></nav>\n");
}

fn page(title: &str, body: &str) -> String {
    let title = head(title, MAX_TITLE);
    let version = env!("CARGO_PKG_VERSION");
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-{STYLE_HASH}'; base-uri 'none'; form-action 'none'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n\
         {body}</main>\n<footer><p><small>lamblint {version}</small></p></footer>\n</body>\n</html>\n"
    )
}

#[cfg(test)]
mod tests;
