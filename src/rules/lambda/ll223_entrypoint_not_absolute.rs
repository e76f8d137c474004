//! LL223 entrypoint-not-absolute.

use crate::diagnostic::{DocumentId, Finding, Fix, Severity};
use crate::facts;
use crate::launch::{Arg, Launch, Presence, Via, json};
use crate::path::file_name;
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL223-entrypoint-not-absolute.md"), check: Check::Launch(check) };

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    // CMD is a program only where there certainly is no ENTRYPOINT.
    if launch.entrypoint.is_unknown() {
        return;
    }
    let own = [&launch.entrypoint, &launch.cmd].into_iter().find_map(|setting| match setting.value() {
        Some(argv) if !argv.args.is_empty() => Some(setting.set().map(|(argv, _)| argv)),
        _ => None,
    });
    if own.flatten().is_none_or(|argv| argv.shell) {
        return;
    }
    // A wrapper in front is looked up in PATH; what it starts is the program.
    let written =
        launch.processes().line.iter().take_while(|process| matches!(process.via, Via::Kernel | Via::Wrapper));
    let Some(program) = written.last().and_then(|process| process.argv.first()) else { return };
    let text = program.text.as_str();
    // Without an ENTRYPOINT, a CMD that is a handler or a whole command line is the fault of other rules, and so is a
    // variable that nothing expands.
    let other = text.contains(char::is_whitespace)
        || super::ll215_handler_as_program::applies(launch)
        || super::ll325_unexpanded_variable::variable(text).is_some();
    if !other && text.starts_with('/') {
        findings.extend(link(launch, program));
    }
    // What is not there at all is LL206's.
    if text.starts_with('/') || text.is_empty() || other || launch.missing_program(program).is_some() {
        return;
    }
    let workdir = match &launch.workdir {
        setting if setting.is_unknown() => None,
        setting => Some(setting.value().map_or("/", String::as_str)),
    };
    let full = workdir.map(|dir| format!("{}/{}", dir.trim_end_matches('/'), text.trim_start_matches("./")));
    let relative = text.contains('/');
    // A bare name is looked up in PATH: AWS's own pages do so with python, npx and aws_lambda_ric. Only a file
    // of your own, which PATH does not lead to, is worth a word.
    let copied = || full.as_deref().is_some_and(|path| matches!(launch.presence(path), Presence::Present(_)));
    let on_path = launch.on_path(text).filter(|_| !relative);
    let unreachable = relative || on_path.is_some() || (text.ends_with(".sh") && copied());
    let managed = launch.declared.as_ref().filter(|function| function.certain).and_then(|function| function.managed);
    if !unreachable && managed.is_none() {
        return;
    }
    let mut finding = Finding::new(format!("{text} is not an absolute path"))
        .at(program.place, if relative { "depends on the working directory" } else { "looked up in PATH" });
    if let Some(place) = managed {
        finding = finding.at(place, "a capacity provider starts absolute paths only").severity(Severity::Error);
    }
    finding = match on_path.or(full.filter(|_| unreachable)).filter(|path| !path.contains("..")) {
        Some(path) => {
            let fix = Fix::replace(
                true,
                "write the absolute path",
                program.place.span,
                json(&[&path]).trim_matches(['[', ']']),
            );
            let finding = finding.help(format!("write {path}"));
            if program.place.doc == DocumentId::Dockerfile { finding.fix(fix) } else { finding }
        }
        None => finding.help("write its absolute path"),
    };
    findings.push(finding);
}

/// A link of the user's own in a saved image. The links of interpreters, shells and launchers come with their packages,
/// and AWS's own pages name them: `/usr/local/bin/python`, `/usr/local/bin/npx`.
fn link(launch: &Launch<'_>, program: &Arg) -> Option<Finding> {
    let path = launch.link_target(&program.text)?;
    let known = facts::commands(file_name(&program.text)).next().is_some();
    (!known && launch.client().is_none()).then(|| {
        Finding::new(format!("{} is a symbolic link", program.text))
            .at(program.place, format!("leads to {path}"))
            .help(format!("write {path}"))
    })
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::Severity::{Error, Info};
    use crate::rules::testing::{allows, catches_as, template};

    #[test]
    fn relative_paths() {
        catches_as(Info, "LL223", "FROM debian:12\nCOPY main ./main\nENTRYPOINT [\"./main\"]");
        catches_as(Info, "LL223", "FROM debian:12\nCOPY . /app\nWORKDIR /app\nENTRYPOINT [\"bin/main\", \"x\"]");
        catches_as(Info, "LL223", "FROM debian:12\nCOPY run.sh /run.sh\nENTRYPOINT [\"run.sh\"]");
    }

    #[test]
    fn capacity_providers() {
        let metadata = "Dockerfile: Dockerfile\n      DockerContext: .";
        let with = |lines: &str| template::sam(&format!("PackageType: Image\n      {lines}"), metadata);
        let provider =
            with("CapacityProviderConfig: {LambdaManagedInstancesCapacityProviderConfig: {CapacityProviderArn: x}}");
        let python = "FROM python:3.13\nENTRYPOINT [\"python\", \"-m\", \"awslambdaric\"]\nCMD [\"a.handler\"]";
        template::catches_built(Error, "LL223", &provider, python);
        template::catches_built(Error, "LL223", &provider, "FROM debian:12\nCOPY main ./main\nENTRYPOINT [\"./main\"]");
        template::spares_built("LL223", &provider, &python.replace("\"python\"", "\"/usr/local/bin/python\""));
        template::spares_built("LL223", &with("Timeout: 3"), python);
        template::spares_built("LL223", &with("CapacityProviderConfig: !If [A, {B: c}, !Ref AWS::NoValue]"), python);
    }

    #[test]
    fn near_misses() {
        allows("LL223", "FROM python:3.13\nENTRYPOINT [\"python\", \"-m\", \"awslambdaric\"]\nCMD [\"a.handler\"]");
        allows("LL223", "FROM bref/php-84:3\nCMD [\"public/index.php\"]");
        allows("LL223", "FROM ruby:3.4\nENTRYPOINT [\"aws_lambda_ric\"]\nCMD [\"a.A::B.c\"]");
        allows("LL223", "FROM debian:12\nENV APP_DIR=/app\nENTRYPOINT [\"${APP_DIR}/main\"]");
        allows("LL223", "FROM debian:12\nCOPY main /main\nENTRYPOINT [\"/main\"]");
        allows("LL223", "FROM debian:12\nCOPY main /main\nENTRYPOINT ./main");
        allows("LL223", "FROM public.ecr.aws/lambda/nodejs:22\nCMD [\"src/index.handler\"]");
    }
}
