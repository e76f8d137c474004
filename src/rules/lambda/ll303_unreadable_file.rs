//! LL303 unreadable-file.

use crate::diagnostic::{Finding, Severity};
use crate::launch::{Launch, UnreadableCode};
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL303-unreadable-file.md"), check: Check::Launch(check) };

const HELP: &str = "chmod -R a+rX on the folder before it is copied, or COPY --chmod=755";

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    findings.extend(launch.unreadable_code().into_iter().map(finding));
}

fn finding(code: UnreadableCode) -> Finding {
    match code {
        UnreadableCode::Closed { by, path, place, certain } => {
            let finding = Finding::new(format!("{by} leaves {path} unreadable for Lambda's user"))
                .at(place, "Lambda's user is neither owner nor group: others need r")
                .help("give others read access: 755, or a+rX");
            if certain { finding } else { finding.severity(Severity::Warning) }
        }
        UnreadableCode::Kept { file, mode, path, place, certain } => {
            let finding = Finding::new(format!(
                "{file} has mode {mode:04o} in the build context, and Lambda's user cannot read {path}"
            ))
            .at(place, "COPY keeps the mode; others need r")
            .help(format!("chmod a+r {file} before the build, or RUN chmod a+r {path} after the COPY"));
            if certain { finding } else { finding.severity(Severity::Warning) }
        }
        UnreadableCode::Needed { path, mode, place } => {
            Finding::new(format!("{path} has mode {mode:04o}, and Lambda's user cannot read it"))
                .at(place, "the function needs it; others need r")
                .help(HELP)
        }
        UnreadableCode::Folder { unreadable, place, files, folders } => {
            let (first, mode) = (&unreadable.first, unreadable.mode);
            let message = match unreadable.count {
                1 => format!("{first} has mode {mode:04o}, and Lambda's user cannot read it"),
                count => format!("{count} files in {} cannot be read by Lambda's user", unreadable.folder),
            };
            Finding::new(message)
                .at(place, format!("{first} has mode {mode:04o}; {files} files in {folders} folders in all"))
                .help(HELP)
                .severity(Severity::Warning)
        }
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
    fn files_that_others_cannot_read() {
        catches_as(Error, "LL303", &python("COPY --chmod=600 app.py ${LAMBDA_TASK_ROOT}/"));
        catches_as(Error, "LL303", &python("COPY --chmod=700 . ${LAMBDA_TASK_ROOT}/"));
        catches_as(Error, "LL303", &python("COPY app.py .\nRUN chmod 600 app.py"));
        catches_as(Error, "LL303", &python("COPY app.py .\nRUN chmod go-r ${LAMBDA_TASK_ROOT}/app.py"));
        catches_as(Error, "LL303", &python("COPY . .\nRUN chmod -R go-r /var/task"));
        catches_as(Warning, "LL303", &python("COPY app.py .\nADD https://example.com/model.bin ./"));
        catches_as(Warning, "LL303", &python("COPY . .\nRUN chmod 600 lib.py"));
        catches_as(Warning, "LL303", &python("COPY app.py .\nCOPY --chmod=0600 lib.py ./"));
        catches_as(
            Error,
            "LL303",
            "FROM node:22\nWORKDIR /app\nCOPY --chmod=640 s.js .\nENTRYPOINT [\"node\", \"/app/s.js\"]",
        );
    }

    #[test]
    fn near_misses() {
        for steps in [
            "COPY --chmod=755 app.py ./",
            "COPY app.py .\nADD --chmod=644 https://example.com/model.bin ./",
            "COPY app.py .\nADD https://example.com/model.bin ./\nRUN chmod 644 model.bin",
            "COPY app.py .\nADD https://example.com/aws-lambda-rie /usr/local/bin/",
            "COPY --chmod=600 app.py ./\nRUN chmod -R a+rX /var/task",
            "COPY app.py .\nRUN chmod 600 app.py && chmod 644 app.py",
            "COPY app.py .\nCOPY --chmod=600 key.pem ./",
            "COPY app.py .\nRUN chmod 600 /etc/ssl/x.key",
            "COPY app.py .\nRUN umask 077 && mkdir x",
            "COPY app.py .\nRUN chmod 600 app.py || true",
            "COPY app.py .\nRUN cd /x && chmod 600 app.py",
            "COPY app.py .\nARG M\nRUN chmod $M app.py",
            "COPY app.py .\nCOPY --chmod=600 x.py /build/",
        ] {
            allows("LL303", &python(steps));
        }
        allows("LL303", "FROM python:3.13 AS b\nCOPY --chmod=600 app.py /var/task/\nFROM python:3.13\nCOPY app.py .");
        allows("LL303", "FROM debian:12\nCOPY --chmod=711 main /main\nENTRYPOINT [\"/main\"]");
    }
}
