//! LL345 packages-left-in-stage.

use crate::diagnostic::Finding;
use crate::launch::Launch;
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL345-packages-left-in-stage.md"), check: Check::Launch(check) };

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    let Some(left) = launch.left_in_stage() else { return };
    findings.push(
        Finding::new("the packages stay in the build stage, and the image has none")
            .at(left.install, "installs among the packages of the stage's own Python")
            .at(left.taken, format!("takes {} alone", left.source))
            .help("install with --target into a folder that is copied, or in the final stage"),
    );
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::Severity::Warning;
    use crate::rules::testing::{allows, catches, catches_as};

    const BASE: &str = "FROM public.ecr.aws/lambda/python:3.13";
    const END: &str = "COPY app.py ./\nCMD [\"app.handler\"]";

    fn two(install: &str, taken: &str) -> String {
        format!("{BASE} AS build\nWORKDIR /opt\nCOPY requirements.txt .\nRUN {install}\n{BASE}\n{taken}\n{END}")
    }

    #[test]
    fn packages_that_stay() {
        let opt = "COPY --from=build /opt /opt";
        catches_as(Warning, "LL345", &two("pip install -r requirements.txt", opt));
        catches("LL345", &two("dnf install -y gcc && python -m pip install --no-cache-dir -r requirements.txt", opt));
        let ric = "FROM python:3.13 AS build\nCOPY r.txt .\nRUN pip install -r r.txt\nFROM python:3.13\nCOPY --from=build /m /m";
        catches("LL345", &format!("{ric}\nENTRYPOINT [\"python\", \"-m\", \"awslambdaric\"]\n{END}"));
    }

    #[test]
    fn near_misses() {
        let install = "pip install -r requirements.txt";
        let opt = "COPY --from=build /opt /opt";
        allows("LL345", &two("pip install -r requirements.txt -t /opt/python", opt));
        allows("LL345", &two("pip install --target=/opt/python -r requirements.txt", opt));
        allows("LL345", &two(&format!("{install} && cp -r /var/lang/lib/python3.13/site-packages /opt/python"), opt));
        allows("LL345", &two(&format!("{install} && python download.py"), opt));
        allows("LL345", &two(&format!("{install} && ./make.sh"), opt));
        allows("LL345", &two(install, "COPY --from=build /var/lang /var/lang"));
        allows("LL345", &two(install, "COPY --from=build / /"));
        allows("LL345", &two(install, &format!("{opt}\nCOPY requirements.txt .\nRUN pip install -r requirements.txt")));
        allows("LL345", &two(install, &format!("{opt}\nCOPY vendor /var/task/")));
        allows("LL345", &two(install, &format!("{opt}\nCOPY --from=acme/layer /opt /opt")));
        allows("LL345", &two("pip install -r requirements-dev.txt", opt));
        allows("LL345", &two("pip install poetry", opt));
        allows("LL345", &two("python -m venv /opt/venv && /opt/venv/bin/pip install -r requirements.txt", opt));
        allows("LL345", &two(install, opt).replace("WORKDIR", "ENV PIP_TARGET=/opt/python\nWORKDIR"));
        allows("LL345", &format!("{BASE} AS build\nRUN {install}\nFROM build\n{END}"));
    }
}
