//! LL326 runtime-library-left-behind.

use crate::diagnostic::{Finding, Place};
use crate::facts::{self, Needs};
use crate::launch::{Build, Copied, Kept, Launch, Origin, Package, Ran, Stage};
use crate::path::under;
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule = Rule {
    page: include_str!("../../../rules/lambda/LL326-runtime-library-left-behind.md"),
    check: Check::Launch(check),
};

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    let Some(build) = launch.build else { return };
    let mut kept = None;
    findings.extend(client(launch, build, &mut kept));
    for need in &facts::native_packages().needs {
        findings.extend(library(launch, build, need, &mut kept));
    }
}

/// A client that was compiled on Alpine needs libstdc++, which the base does not bring.
fn client(launch: &Launch<'_>, build: &Build<'_>, kept: &mut Option<Kept>) -> Option<Finding> {
    // The images of node have libstdc++, for node itself needs it.
    if launch.base.musl() != Some(true) || launch.base.family == Some("node") {
        return None;
    }
    let language = launch.client()?.language;
    let (_, package) = installs(build).find(|(_, package)| match language {
        "python" => package.name == "awslambdaric" && compiled(launch, package),
        "ruby" => package.name == "aws_lambda_ric",
        _ => false,
    })?;
    let kept = kept.get_or_insert_with(|| build.kept());
    let table = &facts::native_packages().musl_cpp;
    // What a package brings with it only the known ones tell.
    if kept.unknown || kept.packages.iter().any(|kept| !table.plain.contains(&kept.name)) || brings_libraries(build) {
        return None;
    }
    let taken = kept.removed.iter().find(|(package, _)| table.brought_by.contains(&package.name));
    let missing = "libstdc++";
    Some(finding(
        &package,
        missing,
        taken.map(|(_, span)| (*span).into()),
        launch.base_place,
        "apk add --no-cache libstdc++",
    ))
}

/// Wheels for musl, which bring their libraries, came with version 4, and that wants Python 3.10.
fn compiled(launch: &Launch<'_>, package: &Package) -> bool {
    match &package.version {
        Some(version) => {
            version.split('.').next().and_then(|major| major.parse().ok()).is_some_and(|major: u32| major < 4)
        }
        None => launch.base.python_minor().is_some_and(|minor| minor < 10),
    }
}

/// A package that was compiled against a library which is only in the stage that compiled it.
fn library(launch: &Launch<'_>, build: &Build<'_>, need: &Needs, kept: &mut Option<Kept>) -> Option<Finding> {
    let (stage, package) = installs(build).find(|(_, package)| package.name.eq_ignore_ascii_case(&need.package))?;
    let brings = |text: &str| need.brought_by.iter().any(|part| text.contains(part.as_str()));
    let finals = build.final_stages();
    let last = finals.iter().any(|of| of.index == stage.index);
    let help = format!("install {} in the final stage", need.library);
    if last {
        let kept = kept.get_or_insert_with(|| build.kept());
        let (_, span) = kept.removed.iter().find(|(package, _)| brings(&package.name))?;
        let stays = kept.packages.iter().any(|package| brings(&package.name));
        let (span, unknown) = (*span, kept.unknown);
        return (!stays && !unknown)
            .then(|| finding(&package, &need.library, Some(span.into()), launch.base_place, &help));
    }
    // Bases with compilers have most libraries, too.
    let tag = launch.base.reference.as_ref().and_then(|reference| reference.tag.as_deref()).unwrap_or_default();
    let bare = launch.on_lambda_base() || launch.base.musl() == Some(true) || tag.contains("slim");
    let mentioned = || need.brought_by.iter().any(|part| build.runs_mention(part));
    if !bare || mentioned() || brings_libraries(build) {
        return None;
    }
    let comes = |copied: &Copied<'_, '_>| match &copied.origin {
        Origin::Stage(from) => build.lineage(from).iter().any(|of| of.index == stage.index),
        _ => false,
    };
    // A file that copies more often than that from one stage is not worth the time.
    let copies = build.copies();
    copies.iter().filter(|copied| comes(copied)).take(16).find_map(|copied| build.native(copied))?;
    Some(finding(&package, &need.library, None, launch.base_place, &help))
}

fn finding(package: &Package, library: &str, taken: Option<Place>, base: Place, help: &str) -> Finding {
    let finding = Finding::new(format!("{} needs {library} when it runs, and the image has none", package.name));
    let finding = match taken {
        Some(place) => finding.at(place, format!("takes {library} away")).at(package.span, "compiled against it"),
        None => finding.at(package.span, format!("compiled against {library}")).at(base, "does not bring it"),
    };
    finding.help(help)
}

/// The packages that pip and gem install by name, in any stage.
fn installs<'b>(build: &'b Build<'_>) -> impl Iterator<Item = (&'b Stage<'b>, Package)> {
    build.stages.iter().flat_map(|stage| {
        let installs = stage.ran().iter().filter_map(Ran::install);
        let installs = installs.filter(|install| matches!(install.manager, "pip" | "gem"));
        installs.flat_map(|install| install.packages).map(move |package| (stage, package))
    })
}

/// Whether a COPY from elsewhere fills a folder where libraries are looked for.
fn brings_libraries(build: &Build<'_>) -> bool {
    const FOLDERS: &[&str] =
        &["/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/opt/lib", "/var/task/lib"];
    build.copies().iter().any(|copied| {
        let Some(destination) = copied.destination.as_deref() else { return true };
        let library =
            copied.sources.iter().any(|(source, _)| source.as_deref().is_none_or(|text| text.contains(".so")));
        let folder = FOLDERS.iter().any(|folder| under(destination, folder)) && !destination.contains("/python");
        library || folder || matches!(destination, "/" | "/usr" | "/usr/local" | "/opt")
    })
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::Severity::Warning;
    use crate::rules::tried::{catches, catches_as, spares};

    const START: &str = "\nENTRYPOINT [\"python\", \"-m\", \"awslambdaric\"]\nCMD [\"app.handler\"]";

    #[test]
    fn clients_on_alpine() {
        let build = "FROM python:3.11-alpine AS build\nRUN apk add build-base cmake libcurl\nRUN pip install -t /f awslambdaric==2.0.7\nFROM python:3.11-alpine\n";
        catches_as(Warning, "LL326", &format!("{build}COPY --from=build /f /f{START}"));
        let one = "FROM python:3.11-alpine\nRUN apk add --no-cache --virtual .build-deps g++ make cmake && pip install awslambdaric==3.0.0";
        catches("LL326", &format!("{one} && apk del .build-deps{START}"));
        spares("LL326", &format!("{one}{START}"));
        spares("LL326", &format!("{one} && apk add libstdc++ && apk del .build-deps{START}"));
        spares("LL326", &format!("{build}RUN apk add --no-cache libstdc++\nCOPY --from=build /f /f{START}"));
        spares("LL326", &format!("{build}RUN apk add --no-cache gdal\nCOPY --from=build /f /f{START}"));
        spares("LL326", &format!("{}COPY --from=build /f /f{START}", build.replace("==2.0.7", "==4.2.2")));
        spares("LL326", &format!("{}COPY --from=build /f /f{START}", build.replace("==2.0.7", "")));
        spares("LL326", &format!("{}COPY --from=build /f /f{START}", build.replace("alpine", "slim")));
    }

    #[test]
    fn libraries() {
        let build = "FROM public.ecr.aws/lambda/python:3.13 AS build\nRUN dnf install -y gcc postgresql-devel\nRUN pip install psycopg2 -t /deps\nFROM public.ecr.aws/lambda/python:3.13\n";
        catches("LL326", &format!("{build}COPY --from=build /deps ./\nCMD [\"app.handler\"]"));
        let one = "FROM python:3.13-alpine\nRUN apk add --virtual .b gcc postgresql-dev && pip install psycopg2 && apk del .b";
        catches("LL326", &format!("{one}{START}"));
        spares("LL326", &format!("{}{START}", one.replace(" && apk del", " && apk add libpq && apk del")));
        spares("LL326", &format!("{}{START}", one.replace("psycopg2", "psycopg2-binary")));
        spares("LL326", &format!("{build}RUN dnf install -y libpq\nCOPY --from=build /deps ./\nCMD [\"app.handler\"]"));
        spares(
            "LL326",
            &format!(
                "{build}COPY --from=build /deps ./\nCOPY --from=build /usr/lib64/libpq.so.5 /opt/lib/\nCMD [\"a.b\"]"
            ),
        );
        spares("LL326", &format!("{}COPY --from=build /deps ./\nCMD [\"a.b\"]", build.replace("psycopg2", "-r r.txt")));
        spares("LL326", &format!("{build}COPY app.py ./\nCMD [\"app.handler\"]"));
    }
}
