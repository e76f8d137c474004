//! LL316 search-path-clobbered.

use crate::diagnostic::Finding;
use crate::launch::Launch;
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL316-search-path-clobbered.md"), check: Check::Launch(check) };

/// A variable of the base's, the folder that must stay in it, and what is lost without.
const NEEDED: &[(&str, &str, &str)] = &[
    ("PATH", "/var/lang/bin", "the runtime's own programs are no longer found"),
    ("LD_LIBRARY_PATH", "/var/lang/lib", "the runtime's own libraries are no longer found"),
];

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    if !launch.on_lambda_base() || starts_apart(launch) {
        return;
    }
    // The OS-only base has no /var/lang; only a PATH without the system's folders hurts there.
    let os_only = launch.is_provided();
    for &(name, needed, lost) in NEEDED {
        let Some((value, place)) = launch.env(name).and_then(|setting| setting.set()) else { continue };
        let has = |folder: &str| value.split(':').any(|part| part.trim_end_matches('/') == folder);
        let whole = if os_only { name != "PATH" || has("/usr/bin") || has("/bin") } else { has(needed) };
        if whole {
            continue;
        }
        let lost = if os_only { "the system's programs are no longer found" } else { lost };
        findings.push(
            Finding::new(format!("{name} loses the value that the base gives it"))
                .at(place, lost)
                .help(format!("keep it: ENV {name}={}:${{{name}}}", value.trim_matches(':'))),
        );
    }
    findings.extend(python(launch));
}

/// Up to Python 3.10 client and SDK are in /var/runtime. The base's bootstrap lies there and finds them; a program
/// of your own does not, and needs the folder on PYTHONPATH.
fn python(launch: &Launch<'_>) -> Option<Finding> {
    if launch.base.family != Some("python") || launch.python_minor().is_none_or(|minor| minor > 10) {
        return None;
    }
    let own = launch.started().is_some_and(|started| started.language() == Some("python"));
    let (value, place) = launch.env("PYTHONPATH")?.set()?;
    // An empty entry is what `${PYTHONPATH}:x` leaves: the base sets none.
    let kept = value.split(':').any(|part| part.is_empty() || part.trim_end_matches('/') == "/var/runtime");
    if kept || !own {
        return None;
    }
    Some(
        Finding::new("PYTHONPATH leaves out /var/runtime")
            .at(place, "boto3 and awslambdaric of this base are there")
            .help(format!("write ENV PYTHONPATH={value}:/var/runtime")),
    )
}

/// Whether what starts is a program with its own path that needs nothing of the base's.
fn starts_apart(launch: &Launch<'_>) -> bool {
    let Some(started) = launch.started() else { return false };
    let program = started.program();
    let bases = ["/lambda-entrypoint.sh", "/var/lang/", "/var/runtime/"];
    program.starts_with('/') && !bases.iter().any(|path| program.starts_with(path)) && !program.ends_with(".sh")
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{allows, catches};

    const BASE: &str = "FROM public.ecr.aws/lambda/python:3.12\n";
    const CMD: &str = "\nCMD [\"app.handler\"]";

    #[test]
    fn the_base_loses_its_own() {
        catches("LL316", &format!("{BASE}ENV PATH=/opt/tool/bin:/usr/bin{CMD}"));
        catches("LL316", &format!("{BASE}ENV LD_LIBRARY_PATH=/opt/lib{CMD}"));
        catches("LL316", &format!("FROM {}AS a\nENV PATH=/x\nFROM a{CMD}", &BASE[5..].replace('\n', " ")));
        catches("LL316", "FROM public.ecr.aws/lambda/provided:al2023\nENV PATH=/x\nCMD [\"a\"]");
        let python = "FROM public.ecr.aws/lambda/python:3.9\nENV PYTHONPATH=/var/task\n";
        catches("LL316", &format!("{python}ENTRYPOINT [\"python\", \"-m\", \"awslambdaric\"]{CMD}"));
    }

    #[test]
    fn near_misses() {
        allows("LL316", &format!("{BASE}ENV PATH=/opt/tool/bin:${{PATH}}{CMD}"));
        allows("LL316", &format!("{BASE}ENV PATH=\"$PATH:/opt/bin\" LD_LIBRARY_PATH=/x:$LD_LIBRARY_PATH{CMD}"));
        allows("LL316", &format!("{BASE}ENV PATH=/var/lang/bin:/usr/bin{CMD}"));
        allows("LL316", &format!("{BASE}ARG P\nENV PATH=$P{CMD}"));
        allows("LL316", &format!("FROM {}AS a\nENV PATH=/x\n{BASE}{CMD}", &BASE[5..].replace('\n', " ")));
        allows("LL316", "FROM python:3.12\nENV PATH=/x\nCMD [\"app.handler\"]");
        allows("LL316", "FROM public.ecr.aws/lambda/provided:al2023\nENV LD_LIBRARY_PATH=/opt/lib\nCMD [\"a\"]");
        allows(
            "LL316",
            &format!("{BASE}ENV PATH=/venv/bin:/usr/bin\nENTRYPOINT [\"/venv/bin/python\", \"-m\", \"x\"]"),
        );
        let python = "FROM public.ecr.aws/lambda/python:3.9\n";
        allows("LL316", &format!("{python}ENV PYTHONPATH=${{PYTHONPATH}}:/var/task{CMD}"));
        allows("LL316", &format!("{python}ENV PYTHONPATH=/var/task{CMD}"));
    }
}
