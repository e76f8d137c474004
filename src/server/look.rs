//! From a document to what is found in it: the configuration, the templates and the build context that hold for it, and
//! the check itself, which is that of the command line.

use super::documents::{Document, Kind};
use super::settings::Settings;
use crate::check::{self, Checked, Outcome, Subject};
use crate::config::{self, Config, Layers, by_code};
use crate::diagnostic::{Diagnostic, DocumentId, Label};
use crate::discover::deployed::{self, Asked, Deployed, has_command};
use crate::discover::{Found, Links, MAX_DOCKERFILE, Templates};
use crate::options::{self, Folder, Options};
use crate::rules;
use crate::source::Span;
use crate::template::{Linked, Template};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// What there is around a document.
#[derive(Debug)]
pub struct Around<'a> {
    /// The client's settings for its folder.
    pub settings: &'a Settings,
    /// The folder of the workspace that it is in.
    pub root: Option<&'a Path>,
    /// The texts of the files that are open.
    pub texts: BTreeMap<PathBuf, Vec<u8>>,
}

/// What holds for a document.
#[derive(Debug, Default)]
pub struct Held {
    pub options: Options,
    pub context: Option<Folder>,
    /// The functions that templates deploy from it.
    pub functions: Vec<Linked>,
    pub links: Rc<Links>,
    /// The template that it is.
    pub template: Option<Rc<Template>>,
    /// The Dockerfiles that the template deploys, each with what holds for it.
    pub deployed: Vec<(PathBuf, Vec<u8>, Held)>,
    /// Whether the files let ShellCheck be asked.
    pub shellcheck: bool,
    /// Whether it is not to be checked.
    pub excluded: bool,
    /// Whether it had a CMD, which decides what its templates mean.
    pub commanded: bool,
    /// Whether the files say where the handler comes from.
    pub says_handler: bool,
    /// Why it cannot be checked.
    pub error: Option<String>,
}

/// What was found in one version of a document.
#[derive(Debug, Default)]
pub struct Judged {
    /// Another number for each check.
    pub serial: u64,
    /// Whether it is the Dockerfile of a Lambda function.
    pub lambda: bool,
    /// What rules say, each with at least one place in the document.
    pub findings: Vec<Diagnostic>,
    /// The document, as findings name it.
    pub own: DocumentId,
    /// What is wrong that no rule says.
    pub problems: Vec<(Span, String)>,
}

impl Judged {
    fn problem(message: impl Into<String>) -> Self {
        Self { problems: vec![(Span::default(), message.into())], ..Self::default() }
    }

    fn of(checked: Checked, own: DocumentId) -> Self {
        let problems = checked.error().map(|error| (Span::default(), error.to_owned())).into_iter().collect();
        let lambda = matches!(checked.outcome, Outcome::Dockerfile { lambda: true, .. });
        let mut judged = Self { lambda, own, problems, findings: checked.diagnostics, ..Self::default() };
        judged.findings.retain(|finding| place(finding, own).is_some());
        judged
    }

    /// Where a finding is in the document.
    pub fn place<'a>(&self, finding: &'a Diagnostic) -> Option<&'a Label> {
        place(finding, self.own)
    }
}

/// The first place of a finding in a document.
fn place(finding: &Diagnostic, own: DocumentId) -> Option<&Label> {
    finding.labels.iter().find(|label| label.doc == own)
}

impl Held {
    /// Finds out what holds for a document.
    pub fn of(document: &Document, around: Around<'_>) -> Self {
        let (settings, text) = (around.settings, document.text.as_str());
        let mut run = Options::new(settings.today.unwrap_or_else(options::today));
        if settings.editor_first {
            settings.apply(&mut run);
        }
        let mut held = match document.path.as_deref() {
            Some(path) => of_path(document.kind, path, text, &run, around).unwrap_or_else(Self::failed),
            None => Self { options: run, ..Self::default() },
        };
        if !settings.editor_first {
            let handler_in_template = held.options.handler_in_template;
            settings.apply(&mut held.options);
            if held.says_handler {
                held.options.handler_in_template = handler_in_template;
            }
        }
        by_code(&mut held.options);
        held.commanded = has_command(text.as_bytes());
        held
    }

    fn failed(error: String) -> Self {
        Self { error: Some(error), ..Self::default() }
    }

    /// Takes what templates and files beside it say of a Dockerfile.
    fn deploy(&mut self, deployed: &Deployed, path: &Path) {
        self.functions = deployed.links.to(path).to_vec();
        let of_function = self.functions.iter().find_map(|linked| linked.context.as_ref());
        if let (Some(folder), Some(context)) = (&mut self.context, of_function.or_else(|| deployed.contexts.get(path)))
        {
            folder.take(context);
        }
        self.options.handler_in_template |= deployed.started_elsewhere.contains(path);
    }

    /// A Dockerfile with what is beside its text.
    pub fn subject<'a>(&'a self, path: &'a str, document: &'a Document, bytes: &'a [u8]) -> Subject<'a> {
        let (context, shellcheck) = (self.context.as_ref(), document.answers.as_deref());
        Subject { path, bytes, context, shellcheck, functions: &self.functions }
    }
}

fn of_path(kind: Kind, path: &Path, text: &str, run: &Options, around: Around<'_>) -> Result<Held, String> {
    let Around { settings, root, texts } = around;
    // A hostile repository could name any file of this machine, and its words would be shown.
    let within = if settings.trusted { None } else { root.or(path.parent()) };
    let layers = match &settings.configuration {
        Some(file) => Layers::of_file_within(&root.unwrap_or(Path::new("")).join(file), within, &rules::unknown),
        None => Layers::of_path_within(path, within, &rules::unknown),
    };
    let of_files = config::Held::of(&layers.map_err(|error| error.to_string())?, run, path, None)?;
    let mut held = Held {
        options: of_files.options,
        context: of_files.context,
        shellcheck: of_files.shellcheck.as_deref() != Some("off"),
        excluded: of_files.excluded.is_some(),
        says_handler: of_files.handler,
        ..Held::default()
    };
    let mut templates = Templates::new(true);
    templates.texts = texts;
    let found = match kind {
        Kind::Dockerfile => Found::Dockerfile { path: path.to_path_buf(), bytes: text.as_bytes().to_vec() },
        Kind::Template => match templates.met(path) {
            Some(template) => Found::Template(Rc::new(template)),
            None => return Ok(held),
        },
        Kind::Config | Kind::Other => return Ok(held),
    };
    if let Found::Template(template) = &found {
        held.template = Some(Rc::clone(template));
    }
    let configured = |_: &Path| of_files.template.clone();
    let found = vec![(path.to_path_buf(), Ok(found))];
    let deployed = deployed::all(Asked::default(), found, &mut templates, &configured)?;
    held.deploy(&deployed, path);
    if kind == Kind::Template {
        let dockerfiles = deployed.found.iter().filter_map(|(_, found)| match found {
            Ok(Found::Dockerfile { path, bytes }) if !deployed.links.to(path).is_empty() => Some((path, bytes)),
            _ => None,
        });
        for (path, bytes) in dockerfiles.take(MAX_DOCKERFILES) {
            let whole = std::path::absolute(path).unwrap_or_default();
            let bytes = templates.texts.get(&whole).unwrap_or(bytes).clone();
            let Ok(layers) = Layers::of_path_within(path, within, &rules::unknown) else { continue };
            let Ok(of_files) = config::Held::of(&layers, run, path, None) else { continue };
            let (options, context) = (of_files.options, of_files.context);
            let mut one = Held { options, context, ..Held::default() };
            one.deploy(&deployed, path);
            settings.apply(&mut one.options);
            by_code(&mut one.options);
            held.deployed.push((path.clone(), bytes, one));
        }
    }
    held.links = Rc::new(deployed.links);
    Ok(held)
}

/// Maximum number of Dockerfiles that are checked with a template.
const MAX_DOCKERFILES: usize = 16;

/// Checks a template, and the Dockerfiles that it deploys for what it does to them: the findings in one of its files.
pub fn of_template(held: &Held, template: &Rc<Template>, own: DocumentId) -> Vec<Diagnostic> {
    let known = held.template.as_ref().unwrap_or(template);
    let mut all = check::template(template, &held.links.from(known), &held.options).diagnostics;
    all.retain(|finding| place(finding, own).is_some());
    for (path, bytes, deployed) in &held.deployed {
        let mut functions = deployed.functions.clone();
        // The template may be another version of the one that is open.
        let same =
            |linked: &&mut Linked| held.template.as_ref().is_some_and(|known| Rc::ptr_eq(known, &linked.template));
        functions.iter_mut().filter(same).for_each(|linked| linked.template = Rc::clone(template));
        let path = path.display().to_string();
        let subject =
            Subject { path: &path, bytes, context: deployed.context.as_ref(), shellcheck: None, functions: &functions };
        let found = check::subject(&subject, &deployed.options).diagnostics;
        // What begins in the Dockerfile is shown there.
        all.extend(found.into_iter().filter(|finding| finding.labels.first().is_some_and(|label| label.doc == own)));
    }
    all
}

/// Checks a document.
pub fn judge(document: &Document, held: &Held) -> Judged {
    let text = document.text.as_str();
    if document.kind == Kind::Config {
        return config(document, text);
    }
    if let Some(error) = &held.error {
        return Judged::problem(error.as_str());
    }
    if held.excluded || text.len() as u64 > MAX_DOCKERFILE {
        return Judged::default();
    }
    match (document.kind, &held.template) {
        (Kind::Dockerfile, _) => {
            let name = document.name();
            let subject = held.subject(&name, document, text.as_bytes());
            Judged::of(check::subject(&subject, &held.options), DocumentId::Dockerfile)
        }
        (Kind::Template, Some(template)) => {
            let whole = |path: &str| std::path::absolute(path).ok();
            let own = template.files.iter().find(|file| whole(&file.path) == document.path);
            let findings = |own| of_template(held, template, own);
            own.map(|own| Judged { own: own.doc, findings: findings(own.doc), ..Judged::default() }).unwrap_or_default()
        }
        _ => Judged::default(),
    }
}

/// What is wrong with a `lamblint.toml`.
fn config(document: &Document, text: &str) -> Judged {
    let path = document.path.as_deref().unwrap_or(Path::new(config::FILE_NAME));
    let Err(error) = Config::read(path, text, &rules::unknown) else { return Judged::default() };
    let why = error.0.strip_prefix(&format!("{}: ", path.display())).unwrap_or(&error.0);
    let line = why.strip_prefix("line ").and_then(|rest| rest.split_once(": "));
    let numbered = line.and_then(|(line, why)| Some((line.parse::<usize>().ok()?, why)));
    let (line, why) = numbered.unwrap_or((1, why));
    let span = document.text.line(line.saturating_sub(1)).unwrap_or_default();
    let blank = text[span.start..span.end].len() - text[span.start..span.end].trim_start().len();
    Judged { problems: vec![(Span::new(span.start + blank, span.end), why.to_owned())], ..Judged::default() }
}
