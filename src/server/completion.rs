//! What can be written at a place: bases and their tags, platforms, codes, variables, handlers, values of templates.

use super::actions::{Scene, text_edit};
use super::documents::Kind;
use super::handlers;
use crate::dockerfile::Dockerfile;
use crate::facts::{self, Runtime};
use crate::launch::{Build, Parent};
use crate::rules;
use crate::source::Span;
use gen_lsp_types::{CompletionItem, CompletionItemKind, CompletionItemTag, Position, Range};

/// Maximum number of items.
const MAX_ITEMS: usize = 1_000;

/// Characters behind which a client asks.
pub const TRIGGERS: &[&str] = &[":", "/", "=", ",", "\"", "-"];

/// Where AWS's function bases are.
const BASES: &str = "public.ecr.aws/lambda/";

/// Values that keys of templates can have.
const VALUES: &[(&[&str], &[&str])] = &[
    (&["PackageType", "package_type", "packageType"], &["Image", "Zip"]),
    (&["Architectures", "architectures", "architecture"], &["x86_64", "arm64"]),
];

/// Something to write: the text, a word on it, whether it is past its time.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Item {
    text: String,
    detail: String,
    kind: CompletionItemKind,
    deprecated: bool,
}

impl Item {
    fn new(text: impl Into<String>, detail: impl Into<String>, kind: CompletionItemKind) -> Self {
        Self { text: text.into(), detail: detail.into(), kind, deprecated: false }
    }
}

/// What can be written at a place.
pub fn at(scene: &Scene<'_>, position: Position) -> Vec<CompletionItem> {
    let text = &scene.document.text;
    let at = text.offset(position);
    let line = text.line(text.line_of(at)).unwrap_or_default();
    let before = &text.as_str()[line.start..at.max(line.start)];
    let (start, items) = match scene.document.kind {
        Kind::Dockerfile if before.trim_start().starts_with('#') => in_comment(before),
        Kind::Dockerfile => in_instruction(scene, at),
        Kind::Template if before.contains("lamblint:") => in_comment(before),
        Kind::Template => in_template(scene, line, before),
        Kind::Config => in_config(before),
        Kind::Other => (0, Vec::new()),
    };
    let range = text.range(Span::new(at - start.min(at), at));
    items.into_iter().take(MAX_ITEMS).enumerate().map(|(order, item)| shown(scene, order, item, range)).collect()
}

fn shown(scene: &Scene<'_>, order: usize, item: Item, range: Range) -> CompletionItem {
    CompletionItem {
        label: item.text.clone(),
        kind: Some(item.kind),
        tags: (item.deprecated && scene.client.completion_tags).then(|| vec![CompletionItemTag::Deprecated]),
        detail: (!item.detail.is_empty()).then_some(item.detail),
        sort_text: Some(format!("{order:04}")),
        filter_text: Some(item.text.clone()),
        text_edit: Some(text_edit(range, item.text).into()),
        ..CompletionItem::default()
    }
}

/// How many bytes are written of a word already, and what it may become.
type Found = (usize, Vec<Item>);

/// Codes behind `ignore=`, and the orders themselves.
fn in_comment(before: &str) -> Found {
    let comment = before.trim_start().trim_start_matches(['#', '/']).trim_start();
    let word = before.rsplit(['=', ',', ' ']).next().unwrap_or_default();
    let lists = ["ignore=", "ignore-file=", "skip="].iter().any(|key| comment.contains(key));
    if comment.contains(" -- ") {
        return (0, Vec::new());
    }
    if let Some(order) = comment.strip_prefix("lamblint:").filter(|_| !lists) {
        let orders = [("ignore=", "the next instruction"), ("ignore-file=", "the whole file")];
        let item = |(text, detail): (&str, &str)| Item::new(text, detail, CompletionItemKind::Keyword);
        return (order.trim_start().len(), orders.map(item).into());
    }
    let family = match comment {
        _ if !lists => return (0, Vec::new()),
        comment if comment.starts_with("lamblint:") => None,
        comment if comment.starts_with("hadolint") => Some("hadolint"),
        comment if comment.starts_with("check=") => Some("buildkit"),
        _ => return (0, Vec::new()),
    };
    (word.len(), codes(family))
}

/// The codes of rules, those of Lambda first.
fn codes(family: Option<&str>) -> Vec<Item> {
    let pages = rules::pages().map(|(_, page)| page);
    let wanted = pages.filter(|page| family.is_none_or(|family| page.family.name() == family));
    let item = |page: &crate::page::Page| {
        let name = if page.name == page.code { page.summary.replace('\n', " ") } else { page.name.to_owned() };
        Item::new(page.code, name, CompletionItemKind::EnumMember)
    };
    wanted.map(item).collect()
}

/// Codes in the lists of `lamblint.toml`.
fn in_config(before: &str) -> Found {
    let quoted = before.rsplit(['"', '\'']).next().unwrap_or_default();
    let open = before.matches(['"', '\'']).count() % 2 == 1;
    let key = before.split('=').next().unwrap_or_default().trim();
    let list = ["select", "ignore", "error", "warning", "info"].contains(&key);
    if open && list { (quoted.len(), codes(None)) } else { (0, Vec::new()) }
}

fn in_instruction(scene: &Scene<'_>, at: usize) -> Found {
    let text = scene.document.text.as_str();
    let dockerfile = Dockerfile::read(text.as_bytes());
    // Blanks at the end of a line are no part of the instruction.
    let blank = |start: usize| text.get(start..at).is_some_and(|rest| rest.chars().all(|c| c == ' ' || c == '\t'));
    let holds = |span: Span| span.start <= at && (at <= span.end || blank(span.end));
    let Some(instruction) = dockerfile.instructions.iter().rfind(|instruction| holds(instruction.span)) else {
        return (0, Vec::new());
    };
    let Some(written) = text.get(instruction.keyword.span.end..at).filter(|rest| rest.starts_with([' ', '\t'])) else {
        return (0, Vec::new());
    };
    let word = written.rsplit([' ', '\t', '\n']).next().unwrap_or_default();
    match instruction.keyword.text.to_ascii_uppercase().as_str() {
        "FROM" => from(scene, written, word),
        "ENV" | "ARG" if !word.contains('=') => (word.len(), variables()),
        "CMD" | "ENTRYPOINT" => {
            let quoted = written.rsplit('"').next().unwrap_or_default();
            let open = written.trim_start().starts_with('[') && written.matches('"').count() % 2 == 1;
            if open { (quoted.len(), handlers_of(scene, &dockerfile, instruction.span)) } else { (0, Vec::new()) }
        }
        _ => (0, Vec::new()),
    }
}

/// Platforms, bases, and behind a colon the tags of a base.
fn from(scene: &Scene<'_>, written: &str, word: &str) -> Found {
    if word.starts_with('-') {
        let item = |arch| Item::new(format!("--platform=linux/{arch}"), "", CompletionItemKind::Property);
        return (word.len(), ["amd64", "arm64"].map(item).into());
    }
    // What stands behind the image is the name of a stage.
    let words = written[..written.len() - word.len()].split_whitespace().filter(|word| !word.starts_with("--"));
    if words.count() > 0 {
        return (0, Vec::new());
    }
    let today = scene.held.options.today;
    if let Some((name, tag)) = word.rsplit_once(':') {
        let family = facts::base(name).family.filter(|_| facts::base(name).kind == facts::BaseKind::Lambda);
        let of_family = facts::runtimes().iter().filter(|runtime| Some(runtime.family) == family);
        let past = |runtime: &Runtime| runtime.deprecation.is_some_and(|day| day <= today);
        let item = |runtime: &Runtime| {
            let until = runtime.deprecation.map(|day| format!(", until {day}")).filter(|_| !past(runtime));
            let detail = runtime.standing(today) + &until.unwrap_or_default();
            Item { deprecated: past(runtime), ..Item::new(runtime.tag, detail, CompletionItemKind::Value) }
        };
        let mut items: Vec<Item> = of_family.map(item).collect();
        // The newest first, and what is not out yet or past its time behind all that is.
        let out = |item: &Item| (item.deprecated, item.detail.starts_with("not out"));
        items.sort_by_key(out);
        return (tag.len(), items);
    }
    let mut families: Vec<&str> = facts::runtimes().iter().map(|runtime| runtime.family).collect();
    families.dedup();
    let newest = |family: &str| {
        let runtime = facts::runtimes()
            .iter()
            .find(|runtime| runtime.family == family && runtime.released.is_some_and(|day| day <= today));
        runtime.map(|runtime| format!("up to {}", runtime.tag)).unwrap_or_default()
    };
    let past = |family: &str| {
        let of_family = facts::runtimes().iter().filter(|runtime| runtime.family == family);
        of_family.map(|runtime| runtime.deprecation).all(|day| day.is_some_and(|day| day <= today))
    };
    let item = |family: &str| Item {
        deprecated: past(family),
        ..Item::new(format!("{BASES}{family}"), newest(family), CompletionItemKind::Module)
    };
    (word.len(), families.into_iter().map(item).collect())
}

/// The variables of the web adapter that it still reads.
fn variables() -> Vec<Item> {
    let adapter = facts::web_adapter();
    let retired = |name: &str| adapter.retired.iter().any(|retired| retired.name == name);
    let known = adapter.known.iter().filter(|name| name.starts_with("AWS_LWA_") && !retired(name));
    known.map(|name| Item::new(*name, "Lambda Web Adapter", CompletionItemKind::Variable)).collect()
}

/// The handlers in the build context, if the stage stands on a base whose language is known.
fn handlers_of(scene: &Scene<'_>, dockerfile: &Dockerfile, instruction: Span) -> Vec<Item> {
    let build = Build::new(dockerfile, &scene.held.options);
    let holds = |at: Span| at == instruction;
    let stage = build.stages.iter().find(|stage| stage.steps.iter().any(|step| holds(step.instruction.span)));
    let Some(root) = stage.map(|stage| build.root(stage)) else { return Vec::new() };
    let Parent::Image(base) = &root.parent else { return Vec::new() };
    let (Some(family), Some(folder)) = (base.family, &scene.held.context) else { return Vec::new() };
    let found = handlers::in_folder(&folder.path, family).into_iter();
    found.map(|(handler, file)| Item::new(handler, file, CompletionItemKind::Function)).collect()
}

/// The values of a key: behind it, or in the list below it.
fn in_template(scene: &Scene<'_>, line: Span, before: &str) -> Found {
    let word = before.rsplit([' ', '[', ',', '"', '\'', '=', ':']).next().unwrap_or_default();
    let own = before.split([':', '=']).next().unwrap_or_default();
    let above = || {
        let text = &scene.document.text;
        let indent = |line: &str| line.len() - line.trim_start().len();
        let listed = before.trim_start().starts_with('-');
        let lines = (0..text.line_of(line.start)).rev().filter_map(|number| text.line(number));
        let mut lines = lines.map(|span| &text.as_str()[span.start..span.end]).take(20);
        let key = lines.find(|other| !other.trim_start().starts_with('-') && indent(other) <= indent(before))?;
        key.trim().strip_suffix(':').filter(|_| listed).map(str::to_owned)
    };
    let key = if before.contains([':', '=']) { Some(own.to_owned()) } else { above() };
    let key = key.map(|key| key.trim_matches(|c: char| c.is_whitespace() || "-\"'".contains(c)).to_owned());
    let known = VALUES.iter().find(|(keys, _)| key.as_deref().is_some_and(|key| keys.contains(&key)));
    let values = known.map(|(_, values)| *values).unwrap_or_default();
    (word.len(), values.iter().map(|value| Item::new(*value, "", CompletionItemKind::Value)).collect())
}
