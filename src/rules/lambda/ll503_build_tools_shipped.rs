//! LL503 build-tools-shipped.

use crate::diagnostic::Finding;
use crate::facts;
use crate::launch::{Build, Launch, Package};
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL503-build-tools-shipped.md"), check: Check::Launch(check) };

/// More tools than this are counted and not named.
const NAMED: usize = 4;

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    launch.build.into_iter().for_each(|build| installed(build, findings));
    let programs =
        || facts::build_programs().iter().filter_map(|path| Some((path.as_str(), launch.layer_of_any(&[path])?)));
    if let Some((_, layer)) = programs().next() {
        let paths: Vec<&str> = programs().map(|(path, _)| path).collect();
        findings.push(
            Finding::new(format!("the image ships what only building needs: {}", paths.join(", ")))
                .at(layer, "this layer brings the first")
                .help("build in a stage of its own, and COPY --from= the result"),
        );
    }
}

fn installed(build: &Build<'_>, findings: &mut Vec<Finding>) {
    let mut tools: Vec<Package> = Vec::new();
    for stage in build.final_stages() {
        // A RUN that removes packages is taken to remove these.
        let removing: Vec<usize> =
            stage.ran().iter().filter(|ran| ran.removes_packages()).map(|ran| ran.step).collect();
        for ran in stage.ran().iter().filter(|ran| removing.binary_search(&ran.step).is_err()) {
            let Some(install) = ran.install() else { continue };
            // Into another root it is no part of the image yet.
            if matches!(install.manager, "apt" | "apk" | "dnf" | "yum") && !ran.has(&["--installroot", "--root", "-p"])
            {
                tools.extend(install.packages.into_iter().filter(|package| facts::build_tool(&package.name)));
            }
        }
    }
    let Some(first) = tools.first() else { return };
    let mut names: Vec<&str> = Vec::new();
    for tool in &tools {
        if !names.contains(&tool.name.as_str()) {
            names.push(&tool.name);
        }
    }
    let more = names.len().saturating_sub(NAMED);
    let mut list = names.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
    if more > 0 {
        list = format!("{list} and {more} more");
    }
    findings.push(
        Finding::new(format!("the image ships what only building needs: {list}"))
            .at(first.span, "stays in the final image")
            .help("build in a stage of its own and COPY --from= the result, or remove them in the same RUN"),
    );
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::Severity::Info;
    use crate::rules::tried::{catches, catches_as, spares};

    fn run(rest: &str) -> String {
        format!("FROM public.ecr.aws/lambda/python:3.13\n{rest}\nCMD [\"a.b\"]")
    }

    #[test]
    fn tools() {
        catches_as(Info, "LL503", &run("RUN dnf install -y gcc python3-devel && dnf clean all"));
        catches("LL503", &run("RUN dnf groupinstall -y 'Development Tools' && dnf clean all"));
        catches("LL503", "FROM python:3.13-slim\nRUN apt-get install -y build-essential\nCMD [\"a.handler\"]");
        // Removed in another layer, they are still in theirs.
        catches("LL503", &run("RUN dnf install -y gcc\nRUN dnf remove -y gcc"));
    }

    #[test]
    fn near_misses() {
        spares("LL503", &run("RUN dnf install -y gcc && pip install x && dnf remove -y gcc && dnf clean all"));
        spares(
            "LL503",
            "FROM node:24-alpine\nRUN apk add --no-cache -t .b make g++ && npm ci && apk del .b\nCMD [\"a.handler\"]",
        );
        spares("LL503", &run("RUN dnf install -y libgcc libstdc++ tar && dnf clean all"));
        spares(
            "LL503",
            "FROM python:3.13 AS b\nRUN apt-get install -y gcc\nFROM python:3.13-slim\nCOPY --from=b /x /x",
        );
        spares("LL503", &run("RUN pip install cmake make"));
        spares("LL503", &run("RUN dnf install -y --installroot=/rootfs gcc"));
    }
}
