//! `FromPlatformFlagConstDisallowed`.

use super::on_first_line;
use crate::diagnostic::Finding;
use crate::dockerfile::expand::{self, Scope, Var};
use crate::launch::Platform;
use crate::rules::{Check, DockerfileContext, Rule};

pub(super) const RULE: Rule = Rule {
    page: include_str!("../../../rules/buildkit/FromPlatformFlagConstDisallowed.md"),
    check: Check::Docker(check),
};

/// Variables do not count: with one in it the flag is not a constant.
struct Nothing;
impl Scope for Nothing {
    fn get(&self, _: &str) -> Var {
        Var::Unset
    }
}

fn check(general: &DockerfileContext<'_>, findings: &mut Vec<Finding>) {
    // A function runs on the one architecture it is declared with, and pinning it is right.
    if general.lambda {
        return;
    }
    let dockerfile = general.build.dockerfile;
    for stage in &general.build.stages {
        let Some(word) = stage.from.flag("platform").and_then(|flag| flag.value.as_ref()) else { continue };
        let Some(expansion) = expand::word(&word.text, dockerfile.escape, &Nothing).ok() else { continue };
        let Some(text) = expansion.value.filter(|_| expansion.unset.is_empty()) else { continue };
        let Some(platform) = Platform::parse(&text) else { continue };
        let name = stage.name.as_deref().unwrap_or_default();
        // `AS build_arm64` says that the stage is about that platform.
        if name.contains(&platform.os) || name.contains(&platform.architecture) {
            continue;
        }
        findings.push(
            Finding::new(format!("FROM --platform flag should not use constant value {text:?}"))
                .at(on_first_line(dockerfile, stage.from, word.span), "ignores docker build --platform")
                .help("leave the flag out, write $BUILDPLATFORM, or name the stage after the platform"),
        );
    }
}

#[cfg(test)]
mod tests {
    use crate::check;
    use crate::options::Options;

    fn found(dockerfile: &str) -> usize {
        let mut options = Options::new(jiff::civil::date(2026, 11, 24));
        options.function = Some(false);
        let checked = check::dockerfile("Dockerfile", dockerfile, &options);
        checked.diagnostics.iter().filter(|d| d.code == "FromPlatformFlagConstDisallowed").count()
    }

    #[test]
    fn constants() {
        assert_eq!(found("FROM --platform=linux/amd64 alpine\nFROM --platform=arm64 alpine AS x"), 2);
        assert_eq!(found("FROM --platform=linux/amd64 alpine AS build_amd64"), 0);
        assert_eq!(found("FROM --platform=linux/$TARGETARCH alpine\nFROM --platform=nonsense alpine"), 0);
    }

    #[test]
    fn a_function_has_one_architecture() {
        crate::rules::testing::allows("FromPlatformFlagConstDisallowed", "FROM --platform=linux/arm64 alpine");
    }
}
