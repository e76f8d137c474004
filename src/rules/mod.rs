//! The rules: a table of values, and the runner that signs what they find.
//!
//! What a rule says in prose is its page, `rules/lambda/LL203-handler-shell-form.md`; what it does is one
//! function here. The code and the name of both files are the page's title; tests hold them together.

mod buildkit;
mod echo;
mod hadolint;
mod lambda;
mod rule;
mod shellcheck;
#[cfg(test)]
pub(crate) mod tried;

pub use rule::{Check, General, Rule};
pub use shellcheck::{may_speak as asks_shellcheck, names as names_shellcheck};

use crate::diagnostic::{Diagnostic, Doc, Finding, Severity, SignedLabel, Silenced};
use crate::image::{Document, Image};
use crate::launch::{Build, Launch};
use crate::options::Options;
use crate::page::{Family, Page};
use crate::selection::{Preset, selects};
use crate::source::{Source, Span};
use crate::suppress::{self, Checks, Suppression};
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Every rule: Lambda's, hadolint's, BuildKit's, each in the order of codes.
pub const RULES: &[&Rule] = &all();

const COUNT: usize = lambda::RULES.len() + hadolint::RULES.len() + buildkit::RULES.len();

const fn all() -> [&'static Rule; COUNT] {
    let tables = [lambda::RULES, hadolint::RULES, buildkit::RULES];
    let mut all = [lambda::RULES[0]; COUNT];
    let (mut table, mut filled) = (0, 0);
    while table < tables.len() {
        let mut at = 0;
        while at < tables[table].len() {
            all[filled] = tables[table][at];
            at += 1;
            filled += 1;
        }
        table += 1;
    }
    all
}

/// The pages of [`RULES`], taken apart once.
static PAGES: LazyLock<Vec<Page>> = LazyLock::new(|| RULES.iter().map(|rule| rule.page()).collect());

/// Every rule with its page.
fn pages() -> impl Iterator<Item = (&'static Rule, &'static Page)> {
    RULES.iter().copied().zip(PAGES.iter())
}

/// The rule with a code, letters in either case.
pub fn find(code: &str) -> Option<&'static Rule> {
    pages().find(|(_, page)| page.code.eq_ignore_ascii_case(code)).map(|(rule, _)| rule)
}

/// Why a selector selects nothing, with what it may have meant; `None` where it selects something.
pub fn unknown(selector: &str) -> Option<String> {
    let selects = !selector.is_empty() && pages().any(|(_, page)| selects(selector, page.code));
    if selects || shellcheck::names(selector) || Family::named(selector).is_some() {
        return None;
    }
    if let Some((_, page)) = pages().find(|(_, page)| page.name == selector) {
        return Some(format!("there is no code {selector}; the rule of that name is {}", page.code));
    }
    let known =
        pages().flat_map(|(_, page)| [page.code, page.name]).chain(["lambda", "hadolint", "buildkit", "shellcheck"]);
    Some(match crate::suggest::nearest(selector, known) {
        Some(near) => format!("there is no rule {selector}; did you mean {near}?"),
        None => format!("there is no rule {selector}; `lamblint rules` lists them"),
    })
}

/// Whether BuildKit runs a check only where the file asks for it.
pub(crate) fn is_experimental(code: &str) -> bool {
    buildkit::EXPERIMENTAL.contains(&code)
}

/// The codes of BuildKit's checks that are no experiments.
pub(crate) fn settled_checks() -> impl Iterator<Item = &'static str> {
    pages().map(|(_, page)| page.code).filter(|code| Family::of(code) == Family::Buildkit && !is_experimental(code))
}

/// All that rules may look at, and the texts that their findings point into.
pub(crate) struct Subject<'a> {
    pub(crate) path: &'a str,
    pub(crate) options: &'a Options,
    pub(crate) build: Option<&'a Build<'a>>,
    pub(crate) image: Option<&'a Image>,
    pub(crate) launch: Option<&'a Launch<'a>>,
    pub(crate) sources: &'a BTreeMap<Doc, Source>,
    /// The Dockerfile that made the image, and which of its bytes made which layer.
    pub(crate) made_by: Option<(&'a str, &'a [Option<Span>])>,
}

/// What a run says.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) diagnostics: Vec<Diagnostic>,
    pub(crate) suppressed: Vec<Silenced>,
}

/// Runs every selected rule and signs what it finds, sorted and without doubles; parts off what comments
/// silence.
pub(crate) fn run(subject: &Subject<'_>) -> Outcome {
    let mut diagnostics = Vec::new();
    let checks = subject.build.map(|build| Checks::of(build.dockerfile, subject.options)).unwrap_or_default();
    for (rule, page) in pages() {
        if selected(subject.options, page.code) || asked_for(subject.options, &checks, page.code) {
            look(subject, rule, page, &mut diagnostics);
        }
    }
    if let (Some(build), Some(answers)) = (subject.build, &subject.options.shellcheck) {
        for (code, finding) in answers.findings(build, subject.options) {
            let severity = finding.severity.unwrap_or(Severity::Info);
            if shellcheck::speaks(subject.options, code, severity) {
                diagnostics.push(sign(subject, &shellcheck::page(code, severity), finding));
            }
        }
    }
    if checks.error {
        diagnostics.iter_mut().filter(|d| Family::of(d.code) == Family::Buildkit).for_each(|diagnostic| {
            diagnostic.severity = Severity::Error;
        });
    }
    echo::drop_from(&mut diagnostics);
    let mut suppressions =
        subject.build.map(|build| suppress::read(build.dockerfile, &checks, subject.options)).unwrap_or_default();
    let (mut kept, mut suppressed) = (Vec::new(), Vec::new());
    for diagnostic in diagnostics {
        // Each comment is asked, so that each knows whether it was of use.
        let takers: Vec<&mut Suppression> =
            suppressions.iter_mut().filter_map(|s| s.takes(&diagnostic).then_some(s)).collect();
        match takers.first() {
            Some(comment) => suppressed.push(Silenced { reason: comment.reason.clone(), diagnostic }),
            None => kept.push(diagnostic),
        }
    }
    suppressions.iter_mut().for_each(|suppression| forgive(subject.options, suppression));
    for (rule, page) in pages() {
        if let Check::Suppression(check) = rule.check
            && selected(subject.options, page.code)
        {
            let mut findings = Vec::new();
            let own = suppressions.iter().filter(|suppression| suppression.own);
            own.for_each(|suppression| check(suppression, &mut findings));
            kept.extend(findings.into_iter().map(|finding| sign(subject, page, finding)));
        }
    }
    kept.sort_by(|a: &Diagnostic, b| a.sort_key().cmp(&b.sort_key()));
    kept.dedup();
    suppressed.sort_by(|a: &Silenced, b| a.diagnostic.sort_key().cmp(&b.diagnostic.sort_key()));
    suppressed.dedup();
    Outcome { diagnostics: kept, suppressed }
}

/// A comment for rules that do not run is not unused.
fn forgive(options: &Options, suppression: &mut Suppression) {
    let narrowed = !options.select.is_empty() || !options.ignore.is_empty();
    if suppression.codes.is_empty() {
        suppression.used.iter_mut().for_each(|used| *used |= narrowed);
    }
    for (code, used) in suppression.codes.iter().zip(&mut suppression.used) {
        let mut meant = pages().filter(|(_, page)| selects(code, page.code)).peekable();
        *used |= meant.peek().is_some() && !meant.any(|(_, page)| selected(options, page.code));
        // What ShellCheck says depends on whether, and in which version, it is there.
        *used |= shellcheck::names(code);
    }
}

fn look(subject: &Subject<'_>, rule: &Rule, page: &Page, diagnostics: &mut Vec<Diagnostic>) {
    let mut findings = Vec::new();
    match rule.check {
        Check::Dockerfile(check) => subject.build.iter().for_each(|b| check(b.dockerfile, &mut findings)),
        // Without a launch it is no Lambda function, and nothing about Lambda is said.
        Check::Build(check) => {
            subject.build.iter().filter(|_| subject.launch.is_some()).for_each(|build| check(build, &mut findings));
        }
        Check::General(check) => subject.build.iter().for_each(|build| {
            let general = General { build, options: subject.options, lambda: subject.launch.is_some() };
            check(&general, &mut findings);
        }),
        Check::Launch(check) => subject.launch.iter().for_each(|launch| check(launch, &mut findings)),
        Check::Image(check) => subject.image.iter().for_each(|image| check(image, subject.options, &mut findings)),
        Check::Suppression(_) => {}
    }
    let more = findings.len().saturating_sub(MOST_FINDINGS);
    findings.truncate(MOST_FINDINGS);
    if let (1.., Some(last)) = (more, findings.last_mut()) {
        last.message = format!("{}; and {more} more like this", last.message);
    }
    diagnostics.extend(findings.into_iter().map(|finding| sign(subject, page, finding)));
}

/// Of one rule, so many findings are told of one subject: nobody reads more, and an archive may hold a million files
/// that are all wrong in one way.
const MOST_FINDINGS: usize = 1000;

/// Whether a rule runs: as it was selected, or else as the preset or the table of defaults has it.
pub fn selected(options: &Options, code: &str) -> bool {
    let named = |list: &[String]| list.iter().any(|selector| selects(selector, code));
    let on = match options.select.as_slice() {
        [] => options.preset.has(code),
        // An experiment wants its own name: a family or the beginning of a name does not take it in.
        list if is_experimental(code) => list.iter().any(|name| name == "all" || name.eq_ignore_ascii_case(code)),
        list => named(list),
    };
    on && !named(&options.ignore)
}

/// Whether the file itself turns on a check that is off by default, and the user has chosen nothing else.
fn asked_for(options: &Options, checks: &Checks, code: &str) -> bool {
    let buildkit = |name: &String| Family::named(name) == Some(Family::Buildkit);
    let chosen = options.select.is_empty() && options.preset == Preset::Recommended;
    checks.enables(code)
        && Family::of(code) == Family::Buildkit
        && (chosen || options.select.iter().any(buildkit))
        && !options.ignore.iter().any(|selector| selects(selector, code))
}

fn sign(subject: &Subject<'_>, page: &Page, finding: Finding) -> Diagnostic {
    let overridden = subject.options.severities.iter().rev().find(|(selector, _)| selects(selector, page.code));
    let severity = overridden.map_or(finding.severity.unwrap_or(page.severity), |&(_, severity)| severity);
    let mut labels: Vec<SignedLabel> =
        finding.labels.into_iter().map(|label| place(subject, label.place.doc, label.place.span, label.text)).collect();
    if labels.is_empty() {
        // Every diagnostic points somewhere; a finding about the whole points at the beginning.
        let doc = subject.sources.keys().next().copied().unwrap_or_default();
        labels.push(place(subject, doc, Span::default(), String::new()));
    }
    Diagnostic {
        code: page.code,
        name: page.name,
        severity,
        message: finding.message,
        help: finding.help,
        path: labels.first().map_or(subject.path, |label| &label.path).to_owned(),
        labels,
        fix: finding.fix,
    }
}

fn place(subject: &Subject<'_>, mut doc: Doc, mut span: Span, mut text: String) -> SignedLabel {
    let mut path = subject.path;
    // A layer whose instruction is known is shown by it.
    if let (Doc::Layer(layer), Some((dockerfile, made_by))) = (doc, subject.made_by)
        && let Some(made_by) = made_by.get(layer).copied().flatten()
    {
        (doc, span, text) = (Doc::Dockerfile, made_by, format!("layer {layer}: {text}"));
        path = dockerfile;
    }
    let position = |offset| subject.sources.get(&doc).map(|source| source.position(offset)).unwrap_or_default();
    let document = subject.image.and_then(|image| image.document(doc));
    let pointer = document.and_then(|document: &Document| document.pointer(span)).map(str::to_owned);
    SignedLabel {
        path: path.to_owned(),
        doc,
        span,
        start: position(span.start),
        end: position(span.end),
        text,
        pointer,
    }
}
