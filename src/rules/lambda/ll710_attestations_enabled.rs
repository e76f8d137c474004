//! LL710 attestations-enabled.

use crate::diagnostic::Finding;
use crate::launch::Setting;
use crate::rules::{Check, Deployed, Rule};
use crate::template::Tool;

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL710-attestations-enabled.md"), check: Check::Function(check) };

fn check(deployed: &Deployed<'_>, findings: &mut Vec<Finding>) {
    let function = deployed.function;
    let Some(build) = function.build.as_ref().filter(|build| build.tool == Tool::Serverless && function.sure) else {
        return;
    };
    let finding = match build.attestations {
        Setting::Unset => Finding::new("the image is pushed with attestations, which make an index of it")
            .at(build.place, "docker build adds them unless provenance is false"),
        // v3 does not know the key, and v4 was told to add them.
        Setting::Set(true, place) | Setting::Inherited(true, place) => {
            Finding::new("the image is pushed with attestations, which make an index of it")
                .at(place, "this does not switch them off")
        }
        Setting::Set(false, _) | Setting::Inherited(false, _) | Setting::Unknown(_) => return,
    };
    let help = if build.can_switch_attestations {
        "add provenance: false to the image"
    } else {
        "set BUILDX_NO_DEFAULT_ATTESTATIONS=1 where the framework runs; version 3 has no key for it"
    };
    findings.push(finding.help(help));
}

#[cfg(test)]
mod tests {
    use crate::rules::tried::template::{catches, sam, spares};

    fn service(version: &str, line: &str) -> String {
        format!(
            "service: s\nframeworkVersion: '{version}'\nprovider:\n  name: aws\n  ecr:\n    images:\n      app:\n        \
             path: .\n{line}functions:\n  f:\n    image: app\n"
        )
    }

    #[test]
    fn attestations() {
        catches("LL710", &service("4", ""));
        catches("LL710", &service("^3", ""));
        catches("LL710", &service("3", "        provenance: false\n"));
        catches("LL710", &service("4", "        provenance: true\n"));
    }

    #[test]
    fn near_misses() {
        spares("LL710", &service("4", "        provenance: false\n"));
        spares("LL710", &service("4", "        provenance: 'false'\n"));
        spares("LL710", &service("4", "        provenance: ${opt:provenance}\n"));
        spares("LL710", &sam("PackageType: Image", "Dockerfile: Dockerfile\n      DockerContext: ."));
    }
}
