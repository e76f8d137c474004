//! `RedundantTargetPlatform`.

use super::on_first_line;
use crate::diagnostic::{Finding, Fix};
use crate::launch::GlobalArgs;
use crate::rules::{Check, DockerfileContext, Rule};
use crate::source::Span;

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/buildkit/RedundantTargetPlatform.md"), check: Check::Docker(check) };

fn check(general: &DockerfileContext<'_>, findings: &mut Vec<Finding>) {
    let dockerfile = general.build.dockerfile;
    let mut args = None;
    for stage in &general.build.stages {
        let Some(flag) = stage.from.flag("platform") else { continue };
        let Some(word) = flag.value.as_ref().filter(|word| word.text.contains("TARGETPLATFORM")) else { continue };
        let args = args.get_or_insert_with(|| GlobalArgs::given(dockerfile, general.options));
        let Some((args, expansion)) = args.as_ref().and_then(|args| Some((args, args.expand(word)?))) else { return };
        let only = !expansion.used.is_empty() && expansion.used.iter().all(|name| name == "TARGETPLATFORM");
        if !only || !expansion.unset.is_empty() || expansion.value.as_deref() != Some(args.target_platform()) {
            continue;
        }
        let message = format!(
            "Setting platform to predefined {} in FROM is redundant as this is the default behavior",
            word.text
        );
        let behind = dockerfile.source.get(Span::new(flag.span.end, stage.from.span.end));
        let blanks = behind.iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
        let whole = Span::new(flag.span.start, flag.span.end + blanks);
        findings.push(
            Finding::new(message)
                .at(on_first_line(dockerfile, stage.from, flag.span), "FROM does that by itself")
                .help("leave the flag out")
                .fix(Fix::replace(true, "leave the flag out", whole, "")),
        );
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{allows, catches};

    #[test]
    fn the_target_alone() {
        catches("RedundantTargetPlatform", "FROM --platform=$TARGETPLATFORM alpine");
        catches("RedundantTargetPlatform", "FROM --platform=${TARGETPLATFORM} alpine");
        allows("RedundantTargetPlatform", "FROM --platform=$BUILDPLATFORM alpine");
        allows("RedundantTargetPlatform", "FROM --platform=${TARGETPLATFORM}/v7 alpine");
    }
}
