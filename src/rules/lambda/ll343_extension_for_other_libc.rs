//! LL343 extension-for-other-libc.

use crate::diagnostic::Finding;
use crate::launch::Launch;
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL343-extension-for-other-libc.md"), check: Check::Launch(check) };

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    for extension in launch.foreign_extensions() {
        let (built, has) = if extension.musl { ("musl", "glibc") } else { ("glibc", "musl") };
        let finding = Finding::new(format!("{} is built for {built}, and the image has {has}", extension.image))
            .at(extension.place, "its extension does not start here")
            .at(launch.base_place, format!("has {has}"));
        findings.push(match extension.instead {
            Some(instead) => finding.help(format!("COPY --from={instead}")),
            None => finding,
        });
    }
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::Severity::Warning;
    use crate::rules::testing::{allows, catches, catches_as};

    fn with(base: &str, tag: &str) -> String {
        let image = "public.ecr.aws/datadog/lambda-extension";
        format!("FROM {base}\nCOPY --from={image}:{tag} /opt/. /opt/\nENTRYPOINT [\"/main\"]")
    }

    #[test]
    fn the_other_libc() {
        catches_as(Warning, "LL343", &with("python:3.13-alpine", "81"));
        catches("LL343", &with("public.ecr.aws/lambda/python:3.13", "81-alpine"));
        let stage = "FROM datadog/lambda-extension:81 AS dd\nFROM node:22-alpine\nCOPY --from=dd /opt/ /opt/";
        catches("LL343", &format!("{stage}\nENTRYPOINT [\"/main\"]"));
    }

    #[test]
    fn near_misses() {
        allows("LL343", &with("python:3.13-alpine", "81-alpine"));
        allows("LL343", &with("public.ecr.aws/lambda/python:3.13", "81"));
        allows("LL343", &with("acme.example/base:1", "81"));
        allows("LL343", &with("python:3.13-alpine", "$TAG"));
        allows("LL343", "FROM python:3.13-alpine\nCOPY --from=acme/ext:81 /opt/ /opt/\nENTRYPOINT [\"/main\"]");
    }
}
