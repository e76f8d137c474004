//! LL503 build-tools-shipped.

use crate::diagnostic::Finding;
use crate::launch::Launch;
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL503-build-tools-shipped.md"), check: Check::Launch(check) };

/// Maximum number of packages that are named; the others are counted.
const MAX_NAMED: usize = 4;

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    let packages = launch.build_packages();
    if let Some(first) = packages.first() {
        let mut names: Vec<&str> = Vec::new();
        for package in &packages {
            if !names.contains(&package.name.as_str()) {
                names.push(&package.name);
            }
        }
        let more = names.len().saturating_sub(MAX_NAMED);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        names.truncate(MAX_NAMED);
        findings.push(
            Finding::new(format!("the image ships what only the build needs: {}{more}", names.join(", ")))
                .at(first.span, "stays in the final image")
                .help("build in a separate stage and COPY --from= the result, or remove them in the same RUN"),
        );
    }
    let programs = launch.build_programs();
    if let Some((_, layer)) = programs.first() {
        let paths: Vec<&str> = programs.iter().map(|(path, _)| *path).collect();
        findings.push(
            Finding::new(format!("the image ships what only the build needs: {}", paths.join(", ")))
                .at(*layer, "this layer brings the first")
                .help("build in a separate stage, and COPY --from= the result"),
        );
    }
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::Severity::Info;
    use crate::rules::testing::{allows, catches, catches_as};

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
        allows("LL503", &run("RUN dnf install -y gcc && pip install x && dnf remove -y gcc && dnf clean all"));
        allows(
            "LL503",
            "FROM node:24-alpine\nRUN apk add --no-cache -t .b make g++ && npm ci && apk del .b\nCMD [\"a.handler\"]",
        );
        allows("LL503", &run("RUN dnf install -y libgcc libstdc++ tar && dnf clean all"));
        allows(
            "LL503",
            "FROM python:3.13 AS b\nRUN apt-get install -y gcc\nFROM python:3.13-slim\nCOPY --from=b /x /x",
        );
        allows("LL503", &run("RUN pip install cmake make"));
        allows("LL503", &run("RUN dnf install -y --installroot=/rootfs gcc"));
    }
}
