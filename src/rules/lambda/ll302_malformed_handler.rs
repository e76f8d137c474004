//! LL302 malformed-handler.

use crate::diagnostic::{DocumentId, Finding, Fix, Severity};
use crate::launch::{Language, Launch};
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL302-malformed-handler.md"), check: Check::Launch(check) };

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    let Some(handler) = launch.handler() else { return };
    // An empty one is missing, and a variable in it has its own rule.
    if handler.text.trim().is_empty() || super::ll325_unexpanded_variable::variable(&handler.text).is_some() {
        return;
    }
    let language = handler.language;
    let Some(malformed) = language.malformed(&handler.text) else { return };
    // Until awslambdaric 1.2 of June 2021 the client loaded modules by path, and took an absolute one.
    let absolute = language == Language::Python && handler.text.starts_with('/') && !handler.text.ends_with(".py");
    let minor = launch.python_minor();
    if absolute && minor.is_none_or(|minor| minor < 8) {
        return;
    }
    let old = absolute && (minor.is_some_and(|minor| minor < 10) || !launch.on_lambda_base());
    let mut finding = Finding::new(format!("`{}` is not a handler of the {} runtime", handler.text, language.name()))
        .at(handler.place, malformed.why);
    if !malformed.certain || old {
        finding = finding.severity(Severity::Warning);
    }
    let help = match malformed.meant {
        // LL319 says the same of the entrypoint.
        _ if launch.adapter().is_some() && launch.starts_other_runtime() => {
            "start it behind the adapter: ENTRYPOINT [], and this command as CMD".to_owned()
        }
        Some(right) => {
            if handler.place.doc == DocumentId::Dockerfile {
                let text = serde_json::Value::from(right.as_str()).to_string();
                finding = finding.fix(Fix::replace(true, "take the ending out", handler.place.span, text));
            }
            format!("write \"{right}\"")
        }
        None => format!("write it as \"{}\"", language.example()),
    };
    findings.push(finding.help(help));
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::Severity::{Error, Warning};
    use crate::rules::testing::{allows, catches, catches_as};

    #[test]
    fn only_where_the_language_is_sure() {
        catches("LL302", "FROM public.ecr.aws/lambda/python:3.13\nCMD [\"app.py\"]");
        catches("LL302", "FROM python:3.13\nENTRYPOINT [\"python\", \"-m\", \"awslambdaric\"]\nCMD [\"main:app\"]");
        allows("LL302", "FROM public.ecr.aws/lambda/provided:al2023\nCMD [\"bootstrap\"]");
        allows("LL302", "FROM public.ecr.aws/lambda/python:3.13\nENTRYPOINT [\"python\"]\nCMD [\"app.py\"]");
        allows("LL302", "FROM public.ecr.aws/lambda/python:3.13\nENTRYPOINT [\"/entry.sh\"]\nCMD [\"app\"]");
        allows("LL302", "FROM bref/php-83:2\nCMD [\"App\\\\Handler\"]");
        allows("LL302", "FROM public.ecr.aws/lambda/python:3.13\nCOPY b /var/runtime/bootstrap\nCMD [\"run\"]");
        allows(
            "LL302",
            "FROM public.ecr.aws/lambda/nodejs:22\nENV AWS_LAMBDA_EXEC_WRAPPER=/opt/bootstrap\nCMD [\"run.sh\"]",
        );
        allows("LL302", "FROM public.ecr.aws/lambda/python:3.13\nCMD [\"${H}\"]");
        catches("LL302", "FROM public.ecr.aws/lambda/python:3.12\nCMD [\"/app/app.handler\"]");
        catches_as(Error, "LL302", "FROM public.ecr.aws/lambda/python:3.11\nCMD [\"/var/task/app.handler\"]");
        catches_as(Warning, "LL302", "FROM public.ecr.aws/lambda/python:3.9\nCMD [\"/app/app.handler\"]");
        let client = "ENTRYPOINT [\"python\", \"-m\", \"awslambdaric\"]\nCMD [\"/app/app.handler\"]";
        catches_as(Warning, "LL302", &format!("FROM python:3.11\n{client}"));
        allows("LL302", "FROM public.ecr.aws/lambda/python:3.7\nCMD [\"/app/app.handler\"]");
        allows("LL302", &format!("FROM debian:12\n{client}"));
    }
}
