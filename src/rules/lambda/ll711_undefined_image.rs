//! LL711 undefined-image.

use crate::diagnostic::Finding;
use crate::rules::{Check, Deployed, Rule};
use crate::template::Image;

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL711-undefined-image.md"), check: Check::Function(check) };

fn check(deployed: &Deployed<'_>, findings: &mut Vec<Finding>) {
    let function = deployed.function;
    if let Image::Faulty(fault) = &function.image
        && function.sure
    {
        findings
            .push(Finding::new(fault.message.clone()).at(fault.place, fault.label.clone()).help(fault.help.clone()));
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::template::{allows, catches};

    fn service(images: &str, image: &str) -> String {
        format!(
            "service: s\nprovider:\n  name: aws\n  ecr:\n    images: {images}\nfunctions:\n  f:\n    image: {image}\n"
        )
    }

    #[test]
    fn undefined_images() {
        catches("LL711", &service("{app: {path: .}}", "ap"));
        catches("LL711", "service: s\nprovider: {name: aws}\nfunctions:\n  f:\n    image: app\n");
        catches("LL711", &service("{app: {path: ., uri: '1.dkr.ecr.x/y:1'}}", "app"));
        catches("LL711", &service("{app: {file: Dockerfile.a}}", "app"));
        catches("LL711", &service("{app: {path: .}}", "{command: [a.b]}"));
    }

    #[test]
    fn near_misses() {
        let google = "service: s\nprovider: {name: google}\nfunctions: {f: {handler: a, image: b}}\n";
        allows("LL711", google);
        allows("LL711", &service("{app: {path: .}}", "app"));
        allows("LL711", &service("{app: .}", "{name: app}"));
        allows("LL711", &service("${file(images.yml)}", "app"));
        allows("LL711", &service("{'${opt:name}': {path: .}}", "app"));
        allows("LL711", &service("{}", "123456789012.dkr.ecr.eu-west-1.amazonaws.com/x:1"));
        allows("LL711", &format!("plugins: [own-plugin]\n{}", service("{}", "app")));
    }
}
