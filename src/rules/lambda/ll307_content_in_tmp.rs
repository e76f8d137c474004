//! LL307 content-in-tmp.

use crate::diagnostic::{Finding, Severity};
use crate::launch::{InTmp, Launch};
use crate::rules::{Check, Rule};
use crate::size;

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL307-content-in-tmp.md"), check: Check::Launch(check) };

const GONE: &str = "Lambda mounts an empty /tmp over it";

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    findings.extend(launch.in_tmp().into_iter().map(finding));
}

fn finding(content: InTmp) -> Finding {
    match content {
        InTmp::Named { path, place, by, certain, copied } => {
            let message = format!("{path} is needed, and what the build puts into /tmp is gone on Lambda");
            let finding = Finding::new(message).at(place, super::why_needed(by));
            let finding = copied.into_iter().fold(finding, |finding, copy| finding.at(copy, GONE));
            finding.help("put it outside /tmp: ${LAMBDA_TASK_ROOT} or /opt").severity(if certain {
                Severity::Error
            } else {
                Severity::Warning
            })
        }
        InTmp::Copied { to, place } => Finding::new(format!("what is copied to {to} is gone on Lambda"))
            .at(place, GONE)
            .help("copy it to ${LAMBDA_TASK_ROOT} or /opt")
            .severity(Severity::Warning),
        InTmp::Needed { why, place, first, layer } => {
            Finding::new(format!("{why}, and Lambda mounts an empty /tmp over what the image has there"))
                .at(place, "needs it")
                .at(layer, format!("{first} is in the image"))
                .help("put it into another folder, such as /opt")
        }
        InTmp::Left { bytes, files, first, layer } => {
            Finding::new(format!("{} below /tmp are gone at run time", size::show(bytes)))
                .at(layer, format!("{files} files, {first} among them"))
                .help("delete them in the RUN that makes them, or put them into another folder")
                .severity(Severity::Warning)
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::Severity::{Error, Warning};
    use crate::rules::testing::{allows, catches_as};

    fn python(steps: &str) -> String {
        format!(
            "FROM public.ecr.aws/lambda/python:3.13\n{steps}\nCOPY app.py ${{LAMBDA_TASK_ROOT}}/\nCMD [\"app.handler\"]"
        )
    }

    #[test]
    fn content_that_is_gone() {
        catches_as(Warning, "LL307", &python("COPY model.bin /tmp/model.bin"));
        catches_as(Warning, "LL307", &python("ENV MODEL=/tmp/model\nCOPY model /tmp/model/"));
        let fetched = "RUN curl -fsSL -o /tmp/model.onnx https://example.com/model.onnx\nENV MODEL=/tmp/model.onnx";
        catches_as(Warning, "LL307", &python(fetched));
        catches_as(
            Error,
            "LL307",
            &python("RUN unzip x.zip -d /tmp/lib\nENV LD_LIBRARY_PATH=/tmp/lib:$LD_LIBRARY_PATH"),
        );
        catches_as(Error, "LL307", "FROM python:3.13\nWORKDIR /tmp\nCOPY . .\nCMD [\"python\", \"app.py\"]");
        catches_as(Error, "LL307", "FROM python:3.13\nCOPY run /tmp/run\nENTRYPOINT [\"/tmp/run\"]");
        catches_as(Error, "LL307", "FROM python:3.13\nCOPY app /tmp/app\nCMD [\"python\", \"/tmp/app/main.py\"]");
    }

    #[test]
    fn near_misses() {
        allows("LL307", &python("ENV HOME=/tmp HF_HOME=/tmp/hf XDG_CACHE_HOME=/tmp/.cache"));
        allows("LL307", &python("RUN curl -o /tmp/x.zip https://example.com/x.zip && unzip /tmp/x.zip -d /opt"));
        let unpacked = "ENV A=/tmp/a.zip\nRUN curl -o /tmp/a.zip https://example.com/a.zip && unzip $A -d /opt";
        allows("LL307", &python(unpacked));
        allows("LL307", &python("ENV M=/tmp/m.bin\nRUN curl -o /tmp/m.bin https://example.com/m && python load.py"));
        allows("LL307", &python("ENV A=/tmp/a.bin\nRUN curl -o $A https://example.com/a.bin\nRUN ./use.sh $A"));
        allows("LL307", &python("COPY requirements.txt /tmp/\nRUN pip install -r /tmp/requirements.txt"));
        allows("LL307", &python("WORKDIR /tmp/build\nCOPY x.tar.gz .\nRUN make install\nWORKDIR /var/task"));
        allows("LL307", &python("ENV LD_LIBRARY_PATH=/tmp/chromium/lib:$LD_LIBRARY_PATH"));
        allows("LL307", &python("COPY x.txt /tmp/\nRUN pip install -r /tmp/x.txt\nENV LD_LIBRARY_PATH=/tmp/lib"));
        allows("LL307", "FROM public.ecr.aws/lambda/provided:al2023\nENV P=/tmp/b\nCOPY b /tmp/b\nRUN make");
        allows("LL307", "FROM python:3.13\nWORKDIR /tmp\nCOPY app.py /app/\nCMD [\"python\", \"/app/app.py\"]");
        allows("LL307", "FROM python:3.13\nCMD [\"gunicorn\", \"--worker-tmp-dir\", \"/tmp/w\", \"app\"]");
        allows("LL307", "FROM python:3.13 AS b\nCOPY x /tmp/x\nFROM python:3.13\nCOPY --from=b /tmp/x /x");
    }
}
