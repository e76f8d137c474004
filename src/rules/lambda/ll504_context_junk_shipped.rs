//! LL504 context-junk-shipped.

use crate::diagnostic::{Doc, Finding, Place, Severity};
use crate::image::Image;
use crate::launch::{Build, Copied, Launch, Link, Origin, Role, Setting};
use crate::path::last;
use crate::rules::{Check, Rule};
use crate::size;
use crate::source::Span;

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL504-context-junk-shipped.md"), check: Check::Launch(check) };

const TESTS: &str = "tests, by its name";

/// Folders of a work tree that no function reads, and what they are.
const JUNK: &[(&str, &str)] = &[
    (".git", "the repository's whole history"),
    (".github", "for the forge"),
    (".gitlab", "for the forge"),
    (".vscode", "the editor's"),
    (".idea", "the editor's"),
    (".venv", "made for the machine it lies on"),
    ("venv", "made for the machine it lies on"),
    (".tox", "for tests"),
    (".nox", "for tests"),
    (".pytest_cache", "for tests"),
    (".mypy_cache", "the type checker's"),
    (".ruff_cache", "the linter's"),
    ("__pycache__", "Python's own cache"),
    (".aws-sam", "built by SAM on the machine"),
    (".serverless", "built by Serverless on the machine"),
    ("cdk.out", "built by the CDK on the machine"),
    (".terraform", "Terraform's own"),
    (".DS_Store", "the Finder's"),
    ("node_modules", "a RUN installs modules here as well"),
    ("tests", TESTS),
    ("test", TESTS),
    ("__tests__", TESTS),
];

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    launch.build.into_iter().for_each(|build| copied(build, findings));
    findings.extend(launch.image.and_then(|image| lying(launch, image)));
}

fn copied(build: &Build<'_>, findings: &mut Vec<Finding>) {
    for copied in build.copies().iter().filter(|copied| matches!(copied.origin, Origin::Context)) {
        for (source, span) in &copied.sources {
            let Some(source) = source.as_deref() else { continue };
            let name = last(source);
            let Some((_, why)) = JUNK.iter().find(|(junk, _)| *junk == name) else { continue };
            if needed(build, copied, name) {
                continue;
            }
            let finding = Finding::new(format!("{name} is copied into the image"))
                .at(*span, *why)
                .help(format!("leave it out of the COPY, and list {name} in .dockerignore"));
            // Some functions do run tests: a name alone is no more than a hint.
            findings.push(if *why == TESTS { finding.severity(Severity::Info) } else { finding });
        }
    }
}

/// Whether anything speaks for a folder: modules that nothing here installs, tests that something here runs.
fn needed(build: &Build<'_>, copied: &Copied<'_, '_>, name: &str) -> bool {
    match name {
        "node_modules" => {
            let installs = |program: &str, verb: &str| {
                matches!((program, verb), ("npm", "ci" | "install" | "i") | ("yarn" | "pnpm", "" | "install"))
            };
            !build.final_ran().any(|(_, ran)| installs(&ran.program, ran.verb()))
        }
        // Anything else in the file that says the word may be about these: `RUN pytest tests`, `CMD ["tests.app"]`.
        "tests" | "test" | "__tests__" => build
            .dockerfile
            .instructions
            .iter()
            .any(|instruction| instruction.span != copied.span() && instruction.rest.text.contains("test")),
        // A version that is read from the tags, and a virtualenv that is put on PATH, are wanted here.
        ".git" => build.final_ran().any(|(_, ran)| ran.program == "git"),
        _ => false,
    }
}

/// Less than this together is not worth a word.
const LEAST: u64 = 1024 * 1024;

/// Folders that a function may well use: they count only where nothing visible names them.
const PERHAPS: &[&str] = &[".venv", "venv", "tests", "test", "__tests__", "docs"];

/// What lies in a saved image.
fn lying(launch: &Launch<'_>, image: &Image) -> Option<Finding> {
    let workdir = launch.workdir.value().map(String::as_str);
    let roots = ["/var/task"].into_iter().chain(workdir.filter(|dir| !matches!(*dir, "/var/task" | "/")));
    // A script of one's own may use anything.
    let script = |link: &Link| link.role == Role::Interpreter && link.before.iter().any(|path| path.ends_with(".sh"));
    let scripted = !launch.starts_lambda_entrypoint() && launch.chain().iter().any(script);
    let named = |folder: &str| {
        let holds = |text: &str| text.split([':', '/', '.', '=']).any(|part| part == folder.trim_start_matches('.'));
        let argv = launch.argv().unwrap_or_default();
        let chain = launch.chain();
        argv.iter().any(|arg| holds(&arg.text))
            || launch.env.values().filter_map(Setting::value).any(|value| holds(value))
            || chain.iter().any(|link| holds(&link.path))
            || scripted
    };
    let perhaps: Vec<&str> = PERHAPS.iter().copied().filter(|folder| !named(folder)).collect();
    let hidden = JUNK.iter().filter(|(name, _)| name.starts_with('.') && *name != ".venv").map(|(name, _)| *name);
    let names: Vec<&str> = hidden.chain(["node_modules/.cache", "cdk.out"]).chain(perhaps).collect();
    let mut found: Vec<(String, u64, usize)> = Vec::new();
    for path in roots.flat_map(|root| names.iter().map(move |name| format!("{root}/{name}"))) {
        if let Some((bytes, layer)) = image.files.weight(&path) {
            found.push((path, bytes, layer));
        }
    }
    let bytes: u64 = found.iter().map(|(_, bytes, _)| bytes).sum();
    let (_, _, layer) = found.iter().max_by_key(|(_, bytes, _)| *bytes).filter(|_| bytes >= LEAST)?;
    let paths: Vec<&str> = found.iter().map(|(path, ..)| path.as_str()).collect();
    Some(
        Finding::new(format!("{} of the image are {}", size::show(bytes), paths.join(", ")))
            .at(Place::new(Doc::Layer(*layer), Span::default()), "this layer brings the most")
            .help("list them in .dockerignore"),
    )
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::Severity::{Info, Warning};
    use crate::rules::tried::{catches, catches_as, spares};

    fn copy(rest: &str) -> String {
        format!("FROM public.ecr.aws/lambda/nodejs:24\n{rest}\nCMD [\"a.b\"]")
    }

    #[test]
    fn junk() {
        catches_as(Warning, "LL504", &copy("COPY .git ./.git"));
        catches("LL504", &copy("COPY app.py .venv/ ./"));
        catches_as(Info, "LL504", &copy("COPY tests ./tests"));
        catches("LL504", &copy("COPY node_modules/ node_modules/\nRUN npm ci"));
    }

    #[test]
    fn near_misses() {
        // Modules that only the context brings are the function's own.
        spares("LL504", &copy("COPY node_modules ./node_modules"));
        spares("LL504", &copy("COPY tests ./tests\nRUN pytest tests"));
        spares("LL504", &copy("COPY tests/handlers/echo/* ./"));
        spares("LL504", &copy("COPY . ."));
        spares("LL504", &copy("COPY .gitconfig test.js ./"));
        spares(
            "LL504",
            "FROM node:24 AS b\nFROM node:24\nCOPY --from=b /app/node_modules ./node_modules\nCMD [\"a.handler\"]",
        );
        spares(
            "LL504",
            "FROM node:24 AS b\nCOPY .git tests ./\nFROM public.ecr.aws/lambda/nodejs:24\nCOPY --from=b /x /x",
        );
    }
}
