//! The rules: a table of values, and the runner that signs what they find.
//!
//! What a rule says in prose is its page, `rules/lambda/LL203-handler-shell-form.md`; what it does is one
//! function here. The code and the name of both files are the page's title; tests hold them together.

mod lambda;
mod page;
#[cfg(test)]
pub(crate) mod tried;

pub use page::Page;

use crate::check::Options;
use crate::diagnostic::{Diagnostic, Doc, Finding, Severity, SignedLabel};
use crate::dockerfile::Dockerfile;
use crate::image::{Document, Image};
use crate::launch::{Build, Launch};
use crate::source::{Source, Span};
use crate::suppress::{self, Suppression};
use std::collections::BTreeMap;

/// One rule.
#[derive(Clone, Copy)]
pub struct Rule {
    /// The rule's page: its code, name, severity and prose.
    pub page: &'static str,
    /// What it looks at, and how.
    pub check: Check,
}

/// What a rule looks at. A check cannot fail, print, read the clock or touch the disk.
#[derive(Clone, Copy)]
pub enum Check {
    /// The Dockerfile as written.
    Dockerfile(fn(&Dockerfile, &mut Vec<Finding>)),
    /// The Dockerfile as a build of stages.
    Build(fn(&Build<'_>, &mut Vec<Finding>)),
    /// What Lambda would start, from a Dockerfile or an image.
    Launch(fn(&Launch<'_>, &mut Vec<Finding>)),
    /// A saved image.
    Image(fn(&Image, &Options, &mut Vec<Finding>)),
    /// A comment that silences rules, after all others have run.
    Suppression(fn(&Suppression, &mut Vec<Finding>)),
}

impl Rule {
    /// The page, taken apart.
    pub fn page(&self) -> Page {
        Page::new(self.page)
    }

    /// `LL203`.
    pub fn code(&self) -> &'static str {
        self.page().code
    }

    /// `handler-shell-form`.
    pub fn name(&self) -> &'static str {
        self.page().name
    }

    /// The one sentence that says what the rule finds.
    pub fn summary(&self) -> &'static str {
        self.page().summary
    }

    /// The severity its findings have unless they or the user say otherwise.
    pub fn severity(&self) -> Severity {
        self.page().severity
    }
}

/// Every rule, in the order of codes.
pub const RULES: &[&Rule] = lambda::RULES;

/// The rule with a code, letters in either case.
pub fn find(code: &str) -> Option<&'static Rule> {
    RULES.iter().copied().find(|rule| rule.code().eq_ignore_ascii_case(code))
}

/// Whether a selector (a code, the beginning of one, or a family) takes in a rule's code.
pub fn selects(selector: &str, code: &str) -> bool {
    let family = matches!(selector, "lambda" | "all") && code.starts_with("LL");
    family || code.get(..selector.len()).is_some_and(|head| head.eq_ignore_ascii_case(selector))
}

/// The address of a rule's page.
pub fn url(code: &str, name: &str) -> String {
    format!("https://github.com/lamblint/lamblint/blob/main/rules/lambda/{code}-{name}.md")
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
    pub(crate) suppressed: Vec<Diagnostic>,
}

/// Runs every selected rule and signs what it finds, sorted and without doubles; parts off what comments
/// silence.
pub(crate) fn run(subject: &Subject<'_>) -> Outcome {
    let mut diagnostics = Vec::new();
    for rule in RULES {
        let page = rule.page();
        if selected(subject.options, page.code) {
            look(subject, rule, &page, &mut diagnostics);
        }
    }
    let mut suppressions = subject.build.map(|build| suppress::read(build.dockerfile)).unwrap_or_default();
    // Each comment is asked, so that each knows whether it was of use.
    let mut silenced = |diagnostic: &Diagnostic| {
        suppressions.iter_mut().fold(false, |silenced, suppression| suppression.takes(diagnostic) | silenced)
    };
    let (suppressed, mut kept): (Vec<_>, Vec<_>) = diagnostics.into_iter().partition(|d| silenced(d));
    let narrowed = !subject.options.select.is_empty() || !subject.options.ignore.is_empty();
    for rule in RULES {
        let page = rule.page();
        // With a narrowed set of rules, a comment for another rule is not unused.
        if let Check::Suppression(check) = rule.check
            && selected(subject.options, page.code)
            && !narrowed
        {
            let mut findings = Vec::new();
            suppressions.iter().for_each(|suppression| check(suppression, &mut findings));
            kept.extend(findings.into_iter().map(|finding| sign(subject, &page, finding)));
        }
    }
    kept.sort_by(|a: &Diagnostic, b| a.sort_key().cmp(&b.sort_key()));
    kept.dedup();
    Outcome { diagnostics: kept, suppressed }
}

fn look(subject: &Subject<'_>, rule: &Rule, page: &Page, diagnostics: &mut Vec<Diagnostic>) {
    let mut findings = Vec::new();
    match rule.check {
        Check::Dockerfile(check) => subject.build.iter().for_each(|b| check(b.dockerfile, &mut findings)),
        // Without a launch it is no Lambda function, and nothing about Lambda is said.
        Check::Build(check) => {
            subject.build.iter().filter(|_| subject.launch.is_some()).for_each(|build| check(build, &mut findings));
        }
        Check::Launch(check) => subject.launch.iter().for_each(|launch| check(launch, &mut findings)),
        Check::Image(check) => subject.image.iter().for_each(|image| check(image, subject.options, &mut findings)),
        Check::Suppression(_) => {}
    }
    diagnostics.extend(findings.into_iter().map(|finding| sign(subject, page, finding)));
}

fn selected(options: &Options, code: &str) -> bool {
    let named = |list: &[String]| list.iter().any(|selector| selects(selector, code));
    (options.select.is_empty() || named(&options.select)) && !named(&options.ignore)
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
