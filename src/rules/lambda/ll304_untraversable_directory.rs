//! LL304 untraversable-directory.

use crate::diagnostic::{Finding, Severity};
use crate::launch::{ClosedDirectory, Launch};
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL304-untraversable-directory.md"), check: Check::Launch(check) };

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    for directory in launch.closed_to_others() {
        let (finding, certain) = match directory {
            ClosedDirectory::Closed { by, path, place, certain } => {
                let finding = Finding::new(format!("{by} closes {path} to Lambda's user"))
                    .at(place, "Lambda's user is neither owner nor group: others need x to pass through")
                    .help("leave others r and x on folders: chmod 755, or chmod -R a+rX");
                (finding, certain)
            }
            ClosedDirectory::Mode { path, mode, place, certain } => {
                let (what, label) = match mode & 0o001 {
                    0 => ("pass through", "others need x on every folder above a file"),
                    _ => ("list", "Python lists the folders of its modules: others need r and x"),
                };
                let finding = Finding::new(format!("{path} has mode {mode:04o}, and Lambda's user cannot {what} it"))
                    .at(place, label)
                    .help(format!("chmod 755 {path}"));
                (finding, certain)
            }
        };
        findings.push(if certain { finding } else { finding.severity(Severity::Warning) });
    }
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::Severity::{Error, Warning};
    use crate::rules::testing::{allows, catches_as};

    fn python(steps: &str) -> String {
        format!("FROM public.ecr.aws/lambda/python:3.13\n{steps}\nCMD [\"app.handler\"]")
    }

    #[test]
    fn folders_that_others_cannot_enter() {
        catches_as(Error, "LL304", &python("COPY . .\nRUN chmod 700 /var/task"));
        catches_as(Error, "LL304", &python("COPY . .\nRUN chmod -R 644 ${LAMBDA_TASK_ROOT}"));
        catches_as(Error, "LL304", &python("COPY . .\nRUN chmod -R 750 ."));
        catches_as(
            Error,
            "LL304",
            "FROM python:3.13\nRUN mkdir -m 700 /app\nWORKDIR /app\nCOPY . .\nCMD [\"python\", \"m.py\"]",
        );
        catches_as(Warning, "LL304", &python("COPY app.py .\nCOPY models/ models/\nRUN chmod 700 models"));
    }

    #[test]
    fn near_misses() {
        for steps in [
            "COPY . .\nRUN chmod -R 755 /var/task",
            "COPY . .\nRUN chmod -R a+rX,go-w /var/task",
            "COPY . .\nRUN chmod -R 700 /var/task && chmod -R a+rX /var/task",
            "COPY . .\nRUN chmod 644 app.py",
            "COPY . .\nRUN chmod 700 /opt/build && mkdir -m 700 /secrets",
            "COPY . .\nRUN chmod -R 700 /root/.ssh",
            "COPY . .\nRUN chmod 1777 /tmp",
            "COPY . .\nRUN cd /x && chmod 700 .",
        ] {
            allows("LL304", &python(steps));
        }
        allows("LL304", "FROM python:3.13\nCOPY run /app/run\nRUN chmod 700 /app/run\nENTRYPOINT [\"/app/run\"]");
    }
}
