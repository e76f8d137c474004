//! `CopyIgnoredFile`.

use super::{in_stage, steps};
use crate::diagnostic::Finding;
use crate::dockerfile::Kind;
use crate::launch::context::{Found, Source};
use crate::rules::{Check, DockerfileContext, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/buildkit/CopyIgnoredFile.md"), check: Check::Docker(check) };

/// Sources that are looked up; each is held against all lines of .dockerignore.
const MAX_SOURCES: usize = 512;

fn check(general: &DockerfileContext<'_>, findings: &mut Vec<Finding>) {
    let Some(context) = &general.build.context else { return };
    let ignored = &context.ignored;
    let mut left = MAX_SOURCES;
    for (stage, step) in steps(general.build) {
        let instruction = step.instruction;
        let (copy, verb) = match &instruction.kind {
            Kind::Copy(copy) if instruction.flag("from").is_none() => (copy, "Copy"),
            Kind::Add(copy) => (copy, "Add"),
            _ => continue,
        };
        for source in copy.sources.iter().take(left) {
            let heredoc = instruction.marks_heredoc(source.span);
            let Some(path) = step.expand(source).filter(|path| !heredoc && !is_remote(path)) else { continue };
            // In a context that is not named, only what lies there and is left out is certain.
            let seen = |found: &Source| matches!(found.found, Found::Ignored(..)) || found.path == ".";
            if !context.given && !context.source(source.span).is_some_and(seen) {
                continue;
            }
            let path = clean(&path);
            let line = match path.trim_start_matches('/') {
                "." | "" if ignored.excludes_all() => "takes out everything".to_owned(),
                "." | "" => continue,
                inside => match ignored.excludes(inside) {
                    Some((line, text)) => format!("excluded by {}, line {line}: {text}", ignored.name),
                    None => continue,
                },
            };
            findings.push(
                Finding::new(format!("Attempting to {verb} file {path:?} that is excluded by .dockerignore"))
                    .at(in_stage(general.build, stage, instruction, source.span), line)
                    .help("take its line out of .dockerignore, or name another file"),
            );
        }
        left = left.saturating_sub(copy.sources.len());
    }
}

/// ADD takes addresses and Git repositories too.
fn is_remote(path: &str) -> bool {
    let name = path.split('#').next().unwrap_or_default();
    path.contains("://") || path.starts_with("git@") || name.ends_with(".git")
}

/// A path without doubled slashes, `.`, and `..` that can be walked back, as BuildKit writes it.
fn clean(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    let rooted = path.starts_with('/');
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if rooted => {}
            part => parts.push(part),
        }
    }
    match (rooted, parts.is_empty()) {
        (true, _) => format!("/{}", parts.join("/")),
        (false, true) => ".".to_owned(),
        (false, false) => parts.join("/"),
    }
}

#[cfg(test)]
mod tests {
    use super::clean;
    use crate::check::{self, Subject};
    use crate::options::{Folder, Options};

    fn found(dockerignore: &str, dockerfile: &str) -> usize {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(".dockerignore"), dockerignore).unwrap();
        let options = Options::new(jiff::civil::date(2026, 11, 24));
        let path = folder.path().to_path_buf();
        let context = Folder { dockerfile: path.join("Dockerfile"), path, given: true };
        let subject = Subject { context: Some(&context), ..Subject::new("Dockerfile", dockerfile.as_bytes()) };
        let checked = check::subject(&subject, &options);
        checked.diagnostics.iter().filter(|d| d.code == "CopyIgnoredFile").count()
    }

    #[test]
    fn files_that_are_not_there() {
        assert_eq!(found("dist\n*.log", "FROM scratch\nCOPY ./dist/app a.log b.txt /x/\nADD dist/ /y/"), 3);
        assert_eq!(found("*", "FROM scratch\nCOPY . /x"), 1);
        assert_eq!(found("dist", "FROM scratch AS a\nFROM scratch\nCOPY --from=a dist /x\nCOPY . /y"), 0);
        assert_eq!(found("*", "FROM scratch\nADD https://example.org/a /a\nCOPY <<EOF /b\nc\nEOF"), 0);
        assert_eq!(found("*\n!app.py", "FROM scratch\nCOPY app.py /"), 0);
        assert_eq!(found(".*", "FROM scratch\nCOPY . /"), 0);
    }

    #[test]
    fn cleaned() {
        for (path, want) in [("./a//b/", "a/b"), ("", "."), ("a/..", "."), ("/../a", "/a"), ("../a", "../a")] {
            assert_eq!(clean(path), want);
        }
    }
}
