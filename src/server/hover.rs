//! What is said of a place: the page of a rule, what is known of a base image, what Lambda does with a variable.

use super::actions::Scene;
use super::documents::Kind;
use super::words::{self, Named};
use crate::dockerfile::{Dockerfile, Kind as Says};
use crate::explain;
use crate::facts::{self, Base, BaseKind, Runtime};
use crate::launch::{Build, Parent};
use crate::page::{self, Page};
use crate::source::Span;
use gen_lsp_types::{Hover, MarkupContent, MarkupKind, Position};
use std::fmt::Write;

/// Maximum number of pages: more are not read.
const MAX_PAGES: usize = 3;

/// What is said of a place, and of which bytes.
pub fn at(scene: &Scene<'_>, position: Position) -> Option<Hover> {
    let text = &scene.document.text;
    let at = text.offset(position);
    let holds = |span: Span| span.start <= at && at <= span.end;
    let mut parts: Vec<(Span, String)> = Vec::new();
    if let Some(Named { code, span }) = words::named(scene.document).into_iter().find(|named| holds(named.span)) {
        parts.extend(of_rule(&code).map(|said| (span, said)));
    }
    if scene.document.kind == Kind::Dockerfile {
        parts.extend(of_dockerfile(scene, at));
    }
    let mut codes: Vec<&str> = Vec::new();
    for finding in &scene.judged.findings {
        let Some(label) = scene.judged.place(finding).filter(|label| holds(label.span)) else { continue };
        if !codes.contains(&finding.code) && codes.len() < MAX_PAGES {
            codes.push(finding.code);
            parts.extend(of_rule(finding.code).map(|said| (label.span, said)));
        }
    }
    let (span, _) = parts.first()?;
    let range = Some(text.range(*span));
    let value = parts.into_iter().map(|(_, said)| said).collect::<Vec<_>>().join("\n\n---\n\n");
    let (kind, value) = if scene.client.markdown {
        (MarkupKind::Markdown, value)
    } else {
        (MarkupKind::PlainText, value.replace("**", "").replace('`', ""))
    };
    Some(Hover { contents: MarkupContent { kind, value }.into(), range })
}

/// What is said of an image's name or of a variable in a Dockerfile.
fn of_dockerfile(scene: &Scene<'_>, at: usize) -> Option<(Span, String)> {
    let dockerfile = Dockerfile::read(scene.document.text.as_str().as_bytes());
    let holds = |span: Span| span.start <= at && at <= span.end;
    let instruction = dockerfile.instructions.iter().find(|instruction| holds(instruction.span))?;
    match &instruction.kind {
        Says::From(from) if holds(from.image.span) => {
            let build = Build::new(&dockerfile, &scene.held.options);
            let stage = build.stages.iter().find(|stage| stage.from.span == instruction.span)?;
            let Parent::Image(base) = &stage.parent else { return None };
            let name = stage.image.value().map_or(from.image.text.as_str(), String::as_str);
            of_base(name, base, scene.held.options.today).map(|said| (from.image.span, said))
        }
        Says::Env { pairs, .. } | Says::Arg(pairs) => {
            let pair = pairs.iter().find(|pair| holds(pair.key.span))?;
            of_variable(&pair.key.text).map(|said| (pair.key.span, said))
        }
        _ => None,
    }
}

/// The page of a rule as Markdown.
pub fn of_rule(code: &str) -> Option<String> {
    match words::page(code) {
        Some(page) => Some(markdown(page)),
        None => explain::shellcheck(code),
    }
}

/// A page without its head, with the fences of its examples as editors know them.
fn markdown(page: &Page) -> String {
    let name = if page.name == page.code { String::new() } else { format!(" {}", page.name) };
    let mut text = format!("**{}**{name} ({})\n\n{}\n", page.code, page.severity.as_str(), page.summary);
    for line in page.body.lines() {
        let fence = line.strip_prefix("```").filter(|info| !info.is_empty());
        match fence.map(|info| info.split(' ').next().unwrap_or_default()) {
            Some("dockerfile" | "fixed") => text.push_str("\n```dockerfile"),
            Some("template") => text.push_str("\n```yaml"),
            Some("image") => text.push_str("\n```toml"),
            Some("output" | "context") => text.push_str("\n```text"),
            _ => {
                text.push('\n');
                // A heading of a page is a line of a small window.
                match line.strip_prefix("## ") {
                    Some(heading) => text.extend(["**", heading, "**"]),
                    None => text.push_str(line),
                }
            }
        }
    }
    let _ = write!(text, "\n\n[{}]({})", page::HOME.trim_start_matches("https://"), page::url(page.code, page.name));
    text
}

/// What is known of a base.
fn of_base(name: &str, base: &Base, today: jiff::civil::Date) -> Option<String> {
    let mut text = format!("**{name}**\n");
    let mut row = |title: &str, value: String| {
        let _ = write!(text, "\n- {title}: {value}");
    };
    let list = |words: &[String]| serde_json::to_string(words).unwrap_or_default();
    let mut known = true;
    match (base.kind, base.runtime) {
        (_, Some(runtime)) => of_runtime(runtime, today, &mut row),
        (BaseKind::Lambda, None) => row("kind", "a function base of AWS; its tag is not known".into()),
        (BaseKind::Client, _) => row("kind", "brings its own runtime interface client".into()),
        (BaseKind::NotAFunction, _) => row("kind", "no function can run on it".into()),
        (BaseKind::Scratch, _) => row("kind", "empty".into()),
        (BaseKind::General, _) => row("kind", "a general image; it brings no runtime interface client".into()),
        (BaseKind::Unknown, _) => known = false,
    }
    if let Some(os) = base.os {
        known = true;
        let libc = match (os.glibc, os.musl) {
            (_, true) => ", musl".to_owned(),
            (Some(version), _) => format!(", glibc {version}"),
            _ => String::new(),
        };
        row("system", format!("{}{libc}", os.name));
        if !os.package_managers.is_empty() {
            row("packages", format!("`{}`", os.package_managers.join("`, `")));
        }
    }
    for (title, words) in [("ENTRYPOINT", &base.entrypoint), ("CMD", &base.cmd)] {
        if let Some(words) = words.as_ref().filter(|words| !words.is_empty()) {
            row(title, format!("`{}`", list(words)));
        }
    }
    if let Some(folder) = base.workdir.as_ref().filter(|folder| !folder.is_empty()) {
        row("WORKDIR", format!("`{folder}`"));
    }
    if let Some(retired) = base.retired {
        known = true;
        row("retired", format!("{}; use {}", retired.reason, retired.instead));
    }
    known.then_some(text)
}

fn of_runtime(runtime: &Runtime, today: jiff::civil::Date, row: &mut impl FnMut(&str, String)) {
    row("runtime", format!("{}, {}", runtime.id, runtime.standing(today)));
    let days = [
        ("deprecated from", runtime.deprecation),
        ("no new functions from", runtime.block_create),
        ("no updates from", runtime.block_update),
    ];
    for (title, day) in days {
        if let Some(day) = day {
            row(title, day.to_string());
        }
    }
    row("architectures", runtime.archs.join(", "));
}

/// What Lambda, its bases or the web adapter do with a variable.
fn of_variable(name: &str) -> Option<String> {
    let environment = facts::environment();
    let base = environment.base.get(name);
    let adapter = facts::web_adapter();
    let mut parts = Vec::new();
    if environment.reserved.contains(&name) {
        parts.push("Lambda sets it itself, whatever the image says.".to_owned());
    }
    if let Some(value) = base {
        parts.push(format!("AWS's function bases set it to `{value}`."));
    }
    if let Some(retired) = adapter.retired.iter().find(|retired| retired.name == name) {
        let (since, instead) = (retired.since, retired.instead);
        parts.push(format!("The Lambda Web Adapter does not read it from version {since} on; write `{instead}`."));
    } else if adapter.known.contains(&name) {
        parts.push("The Lambda Web Adapter reads it.".to_owned());
    }
    (!parts.is_empty()).then(|| format!("**{name}**\n\n{}", parts.join(" ")))
}
