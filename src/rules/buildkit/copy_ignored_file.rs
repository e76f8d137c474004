//! `CopyIgnoredFile`.

use super::{in_stage, steps};
use crate::diagnostic::Finding;
use crate::dockerfile::Kind;
use crate::dockerignore::{Dockerignore, clean};
use crate::rules::{Check, General, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/buildkit/CopyIgnoredFile.md"), check: Check::General(check) };

fn check(general: &General<'_>, findings: &mut Vec<Finding>) {
    let Some(text) = &general.options.dockerignore else { return };
    let ignore = Dockerignore::read(text);
    for (stage, step) in steps(general.build) {
        let instruction = step.instruction;
        let (copy, verb) = match &instruction.kind {
            Kind::Copy(copy) if instruction.flag("from").is_none() => (copy, "Copy"),
            Kind::Add(copy) => (copy, "Add"),
            _ => continue,
        };
        for source in &copy.sources {
            let heredoc = instruction.heredocs.iter().any(|heredoc| heredoc.span == source.span);
            let Some(path) = step.expand(source).filter(|path| !heredoc && !is_remote(path)) else { continue };
            let path = clean(&path);
            if ignore.leaves_out(&path) {
                findings.push(
                    Finding::new(format!("Attempting to {verb} file {path:?} that is excluded by .dockerignore"))
                        .at(in_stage(general.build, stage, instruction, source.span), "is not in the build's context")
                        .help("take its line out of .dockerignore, or name another file"),
                );
            }
        }
    }
}

/// ADD takes addresses and Git repositories too.
fn is_remote(path: &str) -> bool {
    path.contains("://")
        || path.starts_with("git@")
        || path.split('#').next().is_some_and(|name| name.ends_with(".git"))
}

#[cfg(test)]
mod tests {
    use crate::check::{self, Options};

    fn found(dockerignore: &str, dockerfile: &str) -> usize {
        let mut options = Options::new(jiff::civil::date(2026, 11, 24));
        options.dockerignore = Some(dockerignore.to_owned());
        let checked = check::dockerfile("Dockerfile", dockerfile, &options);
        checked.diagnostics.iter().filter(|d| d.code == "CopyIgnoredFile").count()
    }

    #[test]
    fn files_that_are_not_there() {
        assert_eq!(found("dist\n*.log", "FROM scratch\nCOPY ./dist/app a.log b.txt /x/\nADD dist/ /y/"), 3);
        assert_eq!(found("dist", "FROM scratch AS a\nFROM scratch\nCOPY --from=a dist /x\nCOPY . /y"), 0);
        assert_eq!(found("*", "FROM scratch\nADD https://example.org/a /a\nCOPY <<EOF /b\nc\nEOF"), 0);
        assert_eq!(found("*\n!app.py", "FROM scratch\nCOPY app.py /"), 0);
    }
}
