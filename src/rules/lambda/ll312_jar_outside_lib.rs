//! LL312 jar-outside-lib.

use crate::diagnostic::{Finding, Fix, Severity};
use crate::dockerfile::Kind;
use crate::image::Image;
use crate::launch::{Build, Copied, Launch, Setting};
use crate::path::{last, under};
use crate::rules::{Check, Rule};
use crate::source::Span;

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL312-jar-outside-lib.md"), check: Check::Launch(check) };

const ROOT: &str = "/var/task";
const LIB: &str = "/var/task/lib";

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    if launch.base.family != Some("java") || !launch.starts_lambda_entrypoint() {
        return;
    }
    // A wrapper may start Java with a class path of its own.
    if ["CLASSPATH", "AWS_LAMBDA_EXEC_WRAPPER"].iter().any(|name| launch.env(name).is_some()) {
        return;
    }
    match (launch.image, launch.build) {
        (Some(image), _) => findings.extend(in_image(launch, image)),
        (None, Some(build)) => findings.extend(in_build(launch, build)),
        (None, None) => {}
    }
}

fn in_build(launch: &Launch<'_>, build: &Build<'_>) -> Option<Finding> {
    let copies = build.copies();
    // With anything in lib/, nobody can tell that what is needed is not among it; a RUN may move or unpack jars.
    let lib = copies.iter().any(|copied| copied.destination.as_deref().is_none_or(|path| under(path, LIB)));
    let moved = ["task/lib", "ROOT}/lib", "ROOT/lib", "./lib", " lib", ".jar", "unzip", "jar x"]
        .iter()
        .any(|word| build.runs_mention(word));
    if lib || moved {
        return None;
    }
    let copied = copies.iter().find(|copied| in_root(copied) && holds_jars(copied))?;
    // An agent is named by its path and needs no class path.
    let named = copied
        .names()
        .filter(|name| name.ends_with(".jar"))
        .take(16)
        .any(|name| launch.env.values().filter_map(|setting| setting.value()).any(|value| value.contains(name)));
    if named {
        return None;
    }
    let (Kind::Copy(words) | Kind::Add(words)) = &copied.step.instruction.kind else { return None };
    let finding = Finding::new("jars in the task root are not on the class path")
        .at(copied.sources.first().map_or(copied.span(), |(_, span)| *span), "lands in /var/task")
        .help("copy jars to ${LAMBDA_TASK_ROOT}/lib/");
    let all = copied.sources.iter().all(|(source, _)| source.as_deref().is_some_and(|text| text.ends_with(".jar")));
    let word = &words.destination;
    let plain = !words.json && !word.text.contains(['"', '\'']);
    if !all || !plain {
        return Some(finding);
    }
    let lib = match word.text.rsplit_once('/') {
        Some((folder, name)) if name.ends_with(".jar") => format!("{folder}/lib/{name}"),
        _ if word.text.ends_with(".jar") => format!("lib/{}", word.text),
        _ if word.text == "." => "lib/".into(),
        _ => format!("{}/lib/", word.text.trim_end_matches('/')),
    };
    let span = Span::new(word.span.start, word.span.end);
    Some(finding.fix(Fix::replace(true, "copy the jars to lib/", span, lib)))
}

/// Whether it puts files into the task root, under their own names or under one that ends in `.jar`.
fn in_root(copied: &Copied<'_, '_>) -> bool {
    let Some(destination) = copied.destination.as_deref() else { return false };
    destination == ROOT
        || (destination.ends_with(".jar") && destination.rsplit_once('/').is_some_and(|(at, _)| at == ROOT))
}

/// `x.jar`, `*.jar`, and a build tool's folder of jars taken with a wildcard.
fn holds_jars(copied: &Copied<'_, '_>) -> bool {
    copied.sources.iter().filter_map(|(source, _)| source.as_deref()).any(|source| {
        let folder = source.rsplit_once('/').map_or("", |(folder, _)| folder);
        source.ends_with(".jar") || (last(source) == "*" && last(folder) == "libs")
    })
}

/// An error where neither a class nor a jar in a place that is looked at can hold the handler.
fn in_image(launch: &Launch<'_>, image: &Image) -> Option<Finding> {
    let jars = |folder: &str| -> Vec<String> {
        let names = image.files.children(folder).map(|(name, _)| String::from_utf8_lossy(name).into_owned());
        names.filter(|name| name.ends_with(".jar")).collect()
    };
    let (lib, layer) = (jars(LIB), jars("/opt/java/lib"));
    // An agent is named by its path, and what lies in lib/ too is found there.
    let named = |jar: &str| launch.env.values().filter_map(Setting::value).any(|value| value.contains(jar));
    let stray: Vec<String> = jars(ROOT).into_iter().filter(|jar| !lib.contains(jar) && !named(jar)).collect();
    let first = stray.first().filter(|_| image.is_whole() && launch.env_known)?;
    let handler = launch.cmd.value()?.program()?;
    let class = handler.text.split("::").next()?.replace('.', "/");
    let loose = image.files.get(format!("{ROOT}/{class}.class")).is_some();
    let finding = Finding::new("jars in the task root are not on the class path");
    let help = "copy jars to ${LAMBDA_TASK_ROOT}/lib/";
    if loose || !lib.is_empty() || !layer.is_empty() {
        let place = launch.place_of_file(&format!("{ROOT}/{first}"));
        return Some(finding.at(place, super::few(&stray)).help(help).severity(Severity::Warning));
    }
    let label = "neither a class in /var/task nor a jar in /var/task/lib can hold it";
    Some(finding.at(handler.place, label).help(help).severity(Severity::Error))
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::Severity::Warning;
    use crate::rules::tried::{catches, catches_as, spares};

    const BASE: &str = "FROM public.ecr.aws/lambda/java:21\n";
    const CMD: &str = "\nCMD [\"example.App::handleRequest\"]";

    #[test]
    fn jars_where_nobody_looks() {
        catches_as(Warning, "LL312", &format!("{BASE}COPY target/app-1.0.jar ${{LAMBDA_TASK_ROOT}}{CMD}"));
        catches("LL312", &format!("{BASE}COPY target/*.jar ./{CMD}"));
        catches("LL312", &format!("{BASE}COPY target/a.jar ${{LAMBDA_TASK_ROOT}}/app.jar{CMD}"));
        catches("LL312", &format!("{BASE}RUN dnf update -y && rm -rf /var/lib/dnf\nCOPY target/a.jar ./{CMD}"));
        catches("LL312", &format!("{BASE}COPY build/libs/* ${{LAMBDA_TASK_ROOT}}{CMD}"));
        catches("LL312", &format!("FROM maven:3 AS build\n{BASE}COPY --from=build /src/target/a.jar .{CMD}"));
        catches("LL312", &format!("{BASE}COPY target/classes ./\nCOPY target/dependency/*.jar ./{CMD}"));
    }

    #[test]
    fn near_misses() {
        spares("LL312", &format!("{BASE}COPY target/app.jar ${{LAMBDA_TASK_ROOT}}/lib/{CMD}"));
        spares("LL312", &format!("{BASE}COPY target/app.jar ./\nCOPY target/dependency/* ./lib/{CMD}"));
        spares("LL312", &format!("{BASE}COPY build/classes/java/main ./\nCOPY target/dependency/* ./{CMD}"));
        spares("LL312", &format!("{BASE}COPY app.jar ./\nRUN jar xf app.jar{CMD}"));
        spares("LL312", &format!("{BASE}COPY build/docker/main ${{LAMBDA_TASK_ROOT}}{CMD}"));
        spares("LL312", &format!("{BASE}ENV JAVA_TOOL_OPTIONS=-javaagent:/var/task/a.jar\nCOPY a.jar ./{CMD}"));
        spares("LL312", &format!("{BASE}COPY app.jar ./\nENTRYPOINT [\"java\", \"-jar\", \"app.jar\"]"));
        spares("LL312", "FROM eclipse-temurin:21\nCOPY app.jar /var/task/\nCMD [\"java\", \"-jar\", \"app.jar\"]");
    }
}
