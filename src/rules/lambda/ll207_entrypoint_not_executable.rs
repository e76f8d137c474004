//! LL207 entrypoint-not-executable.

use crate::diagnostic::{Finding, Severity};
use crate::launch::Launch;
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule = Rule {
    page: include_str!("../../../rules/lambda/LL207-entrypoint-not-executable.md"),
    check: Check::Launch(check),
};

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    for fault in launch.unexecutable() {
        let mut finding = Finding::new(fault.message);
        for (place, why) in fault.labels {
            finding = finding.at(place, why);
        }
        finding = fault.fix.into_iter().fold(finding.help(fault.help), Finding::fix);
        findings.push(if fault.certain { finding } else { finding.severity(Severity::Warning) });
    }
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::Severity::{Error, Warning};
    use crate::rules::testing::{allows, catches, catches_as};

    const PYTHON: &str = "FROM python:3.13-slim-bookworm\n";

    #[test]
    fn no_bit_for_others() {
        catches_as(Error, "LL207", &format!("{PYTHON}COPY --chmod=644 run.sh /run.sh\nENTRYPOINT [\"/run.sh\"]"));
        catches_as(
            Error,
            "LL207",
            &format!("{PYTHON}COPY run.sh /run.sh\nRUN chmod 600 /run.sh\nENTRYPOINT [\"/run.sh\"]"),
        );
        catches("LL207", &format!("{PYTHON}COPY run.sh /run.sh\nRUN chmod 700 /run.sh\nENTRYPOINT [\"/run.sh\"]"));
        catches_as(
            Error,
            "LL207",
            "FROM public.ecr.aws/lambda/provided:al2023\nCOPY --chmod=0644 main /var/runtime/bootstrap\nCMD [\"a.b\"]",
        );
    }

    #[test]
    fn what_add_fetches() {
        let rie = "ADD https://example.com/aws-lambda-rie /usr/local/bin/aws-lambda-rie\n";
        catches_as(Warning, "LL207", &format!("{PYTHON}{rie}COPY e.sh /e.sh\nENTRYPOINT [\"/e.sh\"]"));
        catches("LL207", &format!("{PYTHON}ADD https://example.com/tool /usr/bin/\nCMD [\"app\"]"));
        catches_as(Error, "LL207", "FROM debian:12\nADD https://example.com/main /main\nENTRYPOINT [\"/main\"]");
        allows("LL207", &format!("{PYTHON}{rie}RUN chmod +x /usr/local/bin/aws-lambda-rie\nCMD [\"a\"]"));
        allows("LL207", &format!("{PYTHON}{}CMD [\"a\"]", rie.replace("ADD", "ADD --chmod=755")));
        allows("LL207", &format!("{PYTHON}ADD https://example.com/x.tar.gz /usr/local/bin/\nCMD [\"a\"]"));
    }

    #[test]
    fn modes_that_are_not_known() {
        allows("LL207", &format!("{PYTHON}COPY run.sh /run.sh\nENTRYPOINT [\"/run.sh\"]"));
        allows("LL207", &format!("{PYTHON}COPY --chmod=644 run.sh /run.sh\nENTRYPOINT [\"sh\", \"/run.sh\"]"));
        allows(
            "LL207",
            &format!("{PYTHON}COPY --chmod=644 . /app\nRUN chmod +x /app/run.sh\nENTRYPOINT [\"/app/run.sh\"]"),
        );
        allows(
            "LL207",
            &format!("{PYTHON}COPY --chmod=644 app.py /app/\nCOPY run.sh /app/\nENTRYPOINT [\"/app/run.sh\"]"),
        );
    }
}
