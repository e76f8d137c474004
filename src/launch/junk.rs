//! What of a work tree is in the image and that no function reads: histories, settings of editors, tests.

use super::{Build, Copied, ExecStep, Launch, Origin, RunCommand, Setting, Step, StepKind};
use crate::diagnostic::{DocumentId, Location};
use crate::dockerfile::Kind;
use crate::facts;
use crate::path::last;
use crate::source::Span;

/// A folder of a work tree that a COPY brings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CopiedJunk {
    /// Its name.
    pub name: &'static str,
    /// What it is.
    pub what: &'static str,
    /// The source of the COPY.
    pub source: Span,
    /// Whether only its name shows what it is.
    pub by_name: bool,
}

/// Folders of a work tree in a saved image.
#[derive(Clone, Debug)]
pub struct JunkInImage {
    /// Their paths.
    pub paths: Vec<String>,
    /// Bytes of all together.
    pub bytes: u64,
    /// The layer that brings the most.
    pub layer: Location,
}

const TESTS: &str = "tests, by its name";

/// Folders of a work tree that no function reads, and what they are.
const JUNK: &[(&str, &str)] = &[
    (".git", "the repository's whole history"),
    (".github", "Lambda does not need it"),
    (".gitlab", "Lambda does not need it"),
    (".vscode", "the editor's"),
    (".idea", "the editor's"),
    (".venv", "made for another machine"),
    ("venv", "made for another machine"),
    (".tox", "for tests"),
    (".nox", "for tests"),
    (".pytest_cache", "for tests"),
    (".mypy_cache", "the type checker's cache"),
    (".ruff_cache", "the linter's"),
    ("__pycache__", "Python's own cache"),
    (".aws-sam", "built by SAM on your machine"),
    (".serverless", "built by Serverless on your machine"),
    ("cdk.out", "built by the CDK on your machine"),
    (".terraform", "Terraform's own"),
    (".DS_Store", "the Finder's"),
    ("node_modules", "a RUN installs modules here as well"),
    ("tests", TESTS),
    ("test", TESTS),
    ("__tests__", TESTS),
];

/// Folders that a function may well use: they count only where nothing visible names them.
const PERHAPS: &[&str] = &[".venv", "venv", "tests", "test", "__tests__", "docs"];

/// Less than this together is not worth a word, in bytes.
const MIN_BYTES: u64 = 1024 * 1024;

impl Launch<'_> {
    /// The folders of a work tree that COPY instructions name.
    pub fn copied_junk(&self) -> Vec<CopiedJunk> {
        let Some(build) = self.build else { return Vec::new() };
        let mut junk = Vec::new();
        for copied in build.copies().iter().filter(|copied| matches!(copied.origin, Origin::Context)) {
            for (source, span) in &copied.sources {
                let is = |(name, _): &&(&str, &str)| source.as_deref().is_some_and(|source| *name == last(source));
                let Some(&(name, what)) = JUNK.iter().find(is) else { continue };
                if !is_needed(build, copied, name) {
                    junk.push(CopiedJunk { name, what, source: *span, by_name: what == TESTS });
                }
            }
        }
        junk
    }

    /// The folders of a work tree in a saved image, if they are large.
    pub fn junk_in_image(&self) -> Option<JunkInImage> {
        let image = self.image?;
        let workdir = self.workdir.value().map(String::as_str);
        let roots = ["/var/task"].into_iter().chain(workdir.filter(|dir| !matches!(*dir, "/var/task" | "/")));
        let perhaps: Vec<&str> = PERHAPS.iter().copied().filter(|folder| !self.may_use(folder)).collect();
        let hidden = JUNK.iter().filter(|(name, _)| name.starts_with('.') && *name != ".venv").map(|(name, _)| *name);
        let names: Vec<&str> = hidden.chain(["node_modules/.cache", "cdk.out"]).chain(perhaps).collect();
        let mut found: Vec<(String, u64, usize)> = Vec::new();
        for path in roots.flat_map(|root| names.iter().map(move |name| format!("{root}/{name}"))) {
            if let Some((bytes, layer)) = image.files.weight(&image.files.real(&path)) {
                found.push((path, bytes, layer));
            }
        }
        let bytes: u64 = found.iter().map(|(_, bytes, _)| bytes).sum();
        let (_, _, layer) = found.iter().max_by_key(|(_, bytes, _)| *bytes).filter(|_| bytes >= MIN_BYTES)?;
        let layer = Location::new(DocumentId::Layer(*layer), Span::default());
        Some(JunkInImage { paths: found.into_iter().map(|(path, ..)| path).collect(), bytes, layer })
    }

    /// Whether what starts, or a variable, names a folder. A script may use anything.
    fn may_use(&self, folder: &str) -> bool {
        let holds = |text: &str| text.split([':', '/', '.', '=']).any(|part| part == folder.trim_start_matches('.'));
        // Settings that cannot be read may name anything.
        let Some(argv) = self.argv().filter(|_| self.build.is_some() || self.env_known) else { return true };
        let script = |link: &ExecStep| {
            link.role == StepKind::Interpreter && link.before.iter().any(|path| facts::is_script_name(last(path)))
        };
        argv.iter().any(|arg| holds(&arg.text))
            || self.env.values().filter_map(Setting::value).any(|value| holds(value))
            || self.chain().iter().any(|link| holds(&link.path))
            || (!self.starts_lambda_entrypoint() && self.chain().iter().any(script))
    }
}

/// Whether anything speaks for a folder: modules that nothing here installs, tests that something here runs.
fn is_needed(build: &Build<'_>, copied: &Copied<'_, '_>, name: &str) -> bool {
    match name {
        "node_modules" => {
            let installs = |program: &str, verb: &str| {
                matches!((program, verb), ("npm", "ci" | "install" | "i") | ("yarn" | "pnpm", "" | "install"))
            };
            !build.final_commands().any(|(_, ran)| installs(&ran.program, ran.verb()))
        }
        "tests" | "test" | "__tests__" => uses_tests(build, copied),
        // A version that is read from the tags needs them here.
        ".git" => build.final_commands().any(|(_, ran)| ran.program == "git"),
        _ => false,
    }
}

/// Whether a command, what starts, a variable or another COPY has to do with tests: `RUN pytest tests`, `CMD ["tests.app"]`.
fn uses_tests(build: &Build<'_>, copied: &Copied<'_, '_>) -> bool {
    let named = |text: &str| facts::names_tests(text);
    let asks = |ran: &RunCommand| ran.reading.row.is_some_and(|row| row.asks);
    let runs = |ran: &RunCommand| ran.raws().any(named) || (!asks(ran) && named(&ran.program));
    let starts = |step: &Step<'_>| {
        matches!(step.instruction.kind, Kind::Cmd(_) | Kind::Entrypoint(_)) && named(&step.instruction.rest.text)
    };
    let variables = build.target.and_then(|index| build.stages.get(index)).map(|stage| &stage.end.env);
    let takes = |other: &Copied<'_, '_>| {
        other.span() != copied.span() && other.sources.iter().any(|(source, _)| source.as_deref().is_some_and(named))
    };
    build.final_commands().any(|(_, ran)| runs(ran))
        || build.final_steps().into_iter().any(starts)
        || build.copies().iter().any(takes)
        || variables.is_some_and(|env| env.values().filter_map(Setting::value).any(|value| named(value)))
}
