//! LL712 misplaced-override.

use crate::diagnostic::Finding;
use crate::rules::{Check, Deployed, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL712-misplaced-override.md"), check: Check::Function(check) };

fn check(deployed: &Deployed<'_>, findings: &mut Vec<Finding>) {
    let function = deployed.function;
    for misplaced in function.misplaced.iter().filter(|_| function.sure) {
        let (name, belongs) = (&misplaced.key.name, &misplaced.belongs);
        findings.push(
            Finding::new(format!("{name} has no effect here"))
                .at(misplaced.key.place, format!("it is read from {belongs}"))
                .help(format!("move it to {belongs}")),
        );
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::template::{allows, catches, sam};

    const METADATA: &str = "Dockerfile: Dockerfile\n      DockerContext: .";

    #[test]
    fn wrong_levels() {
        catches(
            "LL712",
            "service: s\nprovider: {name: aws}\nfunctions:\n  f:\n    image: ${opt:i}\n    command: [a.b]\n",
        );
        catches("LL712", &sam("PackageType: Image\n      ImageConfig: {Command: [a.b], Timeout: 3}", METADATA));
        catches("LL712", &sam("PackageType: Image", &format!("{METADATA}\n      ImageConfig: {{Command: [a.b]}}")));
    }

    #[test]
    fn near_misses() {
        allows(
            "LL712",
            "service: s\nprovider: {name: aws}\nfunctions:\n  f:\n    image: {uri: '${opt:i}', command: [a.b]}\n",
        );
        allows("LL712", &sam("PackageType: Image\n      ImageConfig: {Command: [a.b]}\n      Timeout: 3", METADATA));
        allows(
            "LL712",
            "service: s\nplugins: [x]\nprovider: {name: aws}\nfunctions:\n  f:\n    image: ${opt:i}\n    command: [a.b]\n",
        );
    }
}
