//! The runner: every selected rule looks at the models, and what it finds is signed with its page.

use super::overlaps;
use super::suppressions::Silence;
use crate::diagnostic::{Diagnostic, DocumentId, Finding, Fix, Label, Severity, Suppressed};
use crate::image::{Document, Image};
use crate::launch::{Build, Launch};
use crate::options::Options;
use crate::page::{self, Family, Page};
use crate::rules::{self, Check, Deployed, DockerfileContext, Rule, pages};
use crate::selection::{Preset, names_shellcheck, selects};
use crate::shellcheck::{self, Results};
use crate::source::{Source, Span};
use crate::suppress::{self, Checks, Suppression};
use crate::template::{Template, TemplateFile};
use std::collections::{BTreeMap, HashMap};

/// What rules may look at, and the texts that their findings point into.
pub(super) struct Models<'a> {
    pub(super) path: &'a str,
    pub(super) options: &'a Options,
    pub(super) build: Option<&'a Build<'a>>,
    pub(super) image: Option<&'a Image>,
    pub(super) launch: Option<&'a Launch<'a>>,
    /// What is known of functions whose image is not.
    pub(super) alone: &'a [Launch<'a>],
    pub(super) functions: &'a [Deployed<'a>],
    /// The template, if it is looked at by itself.
    pub(super) template: Option<&'a Template>,
    pub(super) shellcheck: Option<&'a Results>,
    pub(super) sources: &'a BTreeMap<DocumentId, Source>,
    /// The files of templates, for their paths and their comments.
    pub(super) files: &'a [&'a TemplateFile],
    /// The Dockerfile that made the image, and which of its bytes made which layer.
    pub(super) built_from: Option<(&'a str, &'a [Option<Span>])>,
}

impl<'a> Models<'a> {
    /// A subject of which nothing is known but its texts.
    pub(super) fn new(path: &'a str, options: &'a Options, sources: &'a BTreeMap<DocumentId, Source>) -> Self {
        Self {
            path,
            options,
            build: None,
            image: None,
            launch: None,
            alone: &[],
            functions: &[],
            template: None,
            shellcheck: None,
            sources,
            files: &[],
            built_from: None,
        }
    }
}

impl Models<'_> {
    /// `true` if a template is looked at by itself, and not the image of its functions.
    fn is_template(&self) -> bool {
        self.build.is_none() && self.image.is_none()
    }
}

/// What a run says.
#[derive(Debug, Default)]
pub(super) struct Said {
    pub(super) diagnostics: Vec<Diagnostic>,
    /// How many more each rule has than are told.
    pub(super) cut: BTreeMap<&'static str, usize>,
    pub(super) suppressed: Vec<Suppressed>,
    /// Rules that need more of the image than was read.
    pub(super) not_asked: Vec<&'static str>,
}

/// Runs every selected rule and signs what it finds, sorted and without doubles; parts off what comments
/// silence.
pub(super) fn run(models: &Models<'_>) -> Said {
    let (mut diagnostics, mut cut) = (Vec::new(), BTreeMap::new());
    let checks = models.build.map(|build| Checks::of(build.dockerfile, models.options)).unwrap_or_default();
    // Of a file that is no Dockerfile, that alone is said.
    let foreign = models.build.is_some_and(|build| build.dockerfile.foreign().is_some());
    let speaks = |code: &str| !foreign || code == "LL001";
    let mut not_asked = Vec::new();
    let no_layers = models.image.is_some_and(|image| image.layers_left_out);
    for (rule, page) in pages().filter(|(_, page)| speaks(page.code)) {
        if no_layers && rules::needs_layers(rule, page.code) {
            not_asked.extend(models.options.runs(page).then_some(page.code));
        } else if models.options.runs(page) || asked_for(models.options, &checks, page) {
            let more = look(models, rule, page, &mut diagnostics);
            cut.extend((more > 0).then_some((page.code, more)));
        }
    }
    if let (Some(build), Some(answers)) = (models.build.filter(|_| !foreign), models.shellcheck) {
        for (code, finding) in answers.findings(build, models.options) {
            let page = Page::of_shellcheck(code, finding.severity.unwrap_or(Severity::Info));
            if shellcheck::speaks(models.options, &page) {
                diagnostics.push(into_diagnostic(models, &page, finding));
            }
        }
    }
    if checks.error {
        diagnostics.iter_mut().filter(|d| Family::of(d.code) == Family::Buildkit).for_each(|diagnostic| {
            diagnostic.severity = Severity::Error;
        });
    }
    overlaps::drop_from(&mut diagnostics);
    if !models.is_template() {
        // What the template alone shows is said once, with the template.
        let of_function = |code: &str| rules::find(code).is_some_and(is_about_templates);
        let of_image = |d: &Diagnostic| d.labels.iter().any(|label| !matches!(label.doc, DocumentId::File(_)));
        diagnostics.retain(|d| of_image(d) || !of_function(d.code));
    }
    let settled: Vec<&str> = rules::settled_checks().collect();
    let mut comments = models
        .build
        .map(|build| suppress::read(build.dockerfile, &checks, &settled, models.options))
        .unwrap_or_default();
    comments.extend(models.files.iter().copied().flat_map(suppress::of_template));
    for code in comments.iter_mut().filter(|comment| comment.own).flat_map(|comment| &mut comment.codes) {
        rules::to_code(code);
    }
    let mut silence = Silence::of(comments);
    let (mut kept, mut suppressed) = (Vec::new(), Vec::new());
    for diagnostic in diagnostics {
        match silence.take(&diagnostic).map(|comment| comment.reason.clone()) {
            Some(reason) => suppressed.push(Suppressed { diagnostic, reason }),
            None => kept.push(diagnostic),
        }
    }
    mark_inactive_used(models, &mut silence.comments);
    for (rule, page) in pages() {
        if let Check::Suppression(check) = rule.check
            && models.options.runs(page)
            && !foreign
        {
            let mut findings = Vec::new();
            // Comments of a template are judged with the template.
            let here = |doc: DocumentId| models.is_template() != (doc == DocumentId::Dockerfile);
            let own = silence.comments.iter().filter(|suppression| suppression.own && here(suppression.doc));
            own.for_each(|suppression| check(suppression, &mut findings));
            let more = tell(models, page, findings, &mut kept);
            cut.extend((more > 0).then_some((page.code, more)));
        }
    }
    kept.sort_by(|a: &Diagnostic, b| a.sort_key().cmp(&b.sort_key()));
    // Functions that share a line share what is wrong with it.
    kept.dedup_by(|b, a| a == b || (models.is_template() && a.sort_key() == b.sort_key()));
    suppressed.sort_by(|a: &Suppressed, b| a.diagnostic.sort_key().cmp(&b.diagnostic.sort_key()));
    suppressed.dedup();
    Said { diagnostics: kept, cut, suppressed, not_asked }
}

/// Marks the codes that no rule has. A comment for rules that do not run is not unused.
fn mark_inactive_used(models: &Models<'_>, comments: &mut [Suppression]) {
    let options = models.options;
    let narrowed = !options.select.is_empty() || !options.ignore.is_empty();
    // A rule about functions may speak of the Dockerfile, and the other way round, when both are looked at.
    let here = |rule: &Rule| is_about_templates(rule) == models.is_template();
    // Whether no rule has a code, and whether it may be of use where some do not run.
    let mut known: HashMap<String, (bool, bool)> = HashMap::new();
    for comment in comments {
        if comment.codes.is_empty() {
            comment.used.iter_mut().for_each(|used| *used |= narrowed);
        }
        for (code, used) in comment.codes.iter().zip(&mut comment.used) {
            let (unknown, idle) = *known.entry(code.clone()).or_insert_with(|| {
                let mut meant = pages().filter(|(_, page)| selects(code, page.code)).peekable();
                let idle = meant.peek().is_some() && !meant.any(|(rule, page)| here(rule) && options.runs(page));
                // What ShellCheck says depends on whether, and in which version, it is there.
                (rules::unknown(code).is_some(), idle || names_shellcheck(code))
            });
            *used |= idle;
            comment.unknown.extend(unknown.then(|| code.clone()));
        }
    }
}

fn is_about_templates(rule: &Rule) -> bool {
    matches!(rule.check, Check::Function(_) | Check::Template(_))
}

/// Adds what a rule finds, and says how many more findings it has than are told.
fn look(models: &Models<'_>, rule: &Rule, page: &Page, diagnostics: &mut Vec<Diagnostic>) -> usize {
    let mut findings = Vec::new();
    match rule.check {
        Check::Dockerfile(check) => models.build.iter().for_each(|b| check(b.dockerfile, &mut findings)),
        // Without a launch it is no Lambda function, and nothing about Lambda is said.
        Check::Build(check) => {
            models.build.iter().filter(|_| models.launch.is_some()).for_each(|build| check(build, &mut findings));
        }
        Check::Docker(check) => models.build.iter().for_each(|build| {
            let general = DockerfileContext { build, options: models.options, lambda: models.launch.is_some() };
            check(&general, &mut findings);
        }),
        Check::Launch(check) => {
            models.launch.into_iter().chain(models.alone).for_each(|launch| check(launch, &mut findings));
        }
        Check::Image(check) => models.image.iter().for_each(|image| check(image, models.options, &mut findings)),
        Check::Function(check) => {
            models.functions.iter().for_each(|function| check(function, &mut findings));
        }
        Check::Template(check) => models.template.iter().for_each(|template| check(template, &mut findings)),
        Check::Suppression(_) => {}
    }
    tell(models, page, findings, diagnostics)
}

/// Signs the first findings of a rule, and says how many more there are.
fn tell(models: &Models<'_>, page: &Page, mut findings: Vec<Finding>, diagnostics: &mut Vec<Diagnostic>) -> usize {
    let more = findings.len().saturating_sub(MAX_FINDINGS);
    findings.truncate(MAX_FINDINGS);
    if let (1.., Some(last)) = (more, findings.last_mut()) {
        last.message = format!("{}; and {more} more like this", last.message);
    }
    diagnostics.extend(findings.into_iter().map(|finding| into_diagnostic(models, page, finding)));
    more
}

/// Maximum number of findings of one rule on one subject: an archive may hold a million files
/// that are all wrong in one way.
const MAX_FINDINGS: usize = 1000;

/// Whether the file itself turns on a check that is off by default, and the user has chosen nothing else.
fn asked_for(options: &Options, checks: &Checks, page: &Page) -> bool {
    let buildkit = |name: &String| Family::named(name) == Some(Family::Buildkit);
    let chosen = options.select.is_empty() && options.preset == Preset::Recommended;
    page.family == Family::Buildkit
        && checks.enables(page)
        && (chosen || options.select.iter().any(buildkit))
        && !options.ignore.iter().any(|selector| selects(selector, page.code))
}

fn into_diagnostic(models: &Models<'_>, page: &Page, finding: Finding) -> Diagnostic {
    let overridden = models.options.severities.iter().rev().find(|(selector, _)| selects(selector, page.code));
    let severity = overridden.map_or(finding.severity.unwrap_or(page.severity), |&(_, severity)| severity);
    let in_file = finding.labels.iter().any(|label| matches!(label.place.doc, DocumentId::File(_)));
    let mut labels: Vec<Label> =
        finding.labels.into_iter().map(|label| place(models, label.place.doc, label.place.span, label.text)).collect();
    if labels.is_empty() {
        // Every diagnostic points somewhere; a finding about the whole points at the beginning.
        let doc = models.sources.keys().next().copied().unwrap_or_default();
        labels.push(place(models, doc, Span::default(), String::new()));
    }
    Diagnostic {
        code: page.code,
        name: page.name,
        severity,
        url: page::url(page.code, page.name),
        message: finding.message,
        help: finding.help,
        path: labels.first().map_or(models.path, |label| &label.path).to_owned(),
        labels,
        // Its edits are of the Dockerfile.
        fix: finding.fix.filter(|fix| !in_file && !loses_bytes(models, fix)),
    }
}

/// Whether a fix would write U+FFFD for bytes that are not UTF-8.
fn loses_bytes(models: &Models<'_>, fix: &Fix) -> bool {
    let lossy = fix.edits.iter().any(|edit| edit.text.contains('\u{fffd}'));
    lossy
        && models
            .sources
            .get(&DocumentId::Dockerfile)
            .is_some_and(|source| std::str::from_utf8(source.bytes()).is_err())
}

fn place(models: &Models<'_>, mut doc: DocumentId, mut span: Span, mut text: String) -> Label {
    let mut path = models.files.iter().find(|file| file.doc == doc).map_or(models.path, |file| &file.path);
    // A layer whose instruction is known is shown by it.
    if let (DocumentId::Layer(layer), Some((dockerfile, built_from))) = (doc, models.built_from)
        && let Some(built_from) = built_from.get(layer).copied().flatten()
    {
        (doc, span, text) = (DocumentId::Dockerfile, built_from, format!("layer {}: {text}", layer + 1));
        path = dockerfile;
    }
    let position = |offset| models.sources.get(&doc).map(|source| source.position(offset)).unwrap_or_default();
    let document = models.image.and_then(|image| image.document(doc));
    let pointer = document.and_then(|document: &Document| document.pointer(span)).map(str::to_owned);
    Label { path: path.to_owned(), doc, span, start: position(span.start), end: position(span.end), text, pointer }
}
