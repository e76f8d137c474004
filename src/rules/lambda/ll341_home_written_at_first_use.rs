//! LL341 home-written-at-first-use.

use crate::diagnostic::Finding;
use crate::launch::Launch;
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule = Rule {
    page: include_str!("../../../rules/lambda/LL341-home-written-at-first-use.md"),
    check: Check::Launch(check),
};

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    for used in launch.writes_at_first_use() {
        findings.push(
            Finding::new(format!("{} {} when it is first used", used.package, used.writer.writes))
                .at(used.place, "only /tmp is writable on Lambda")
                .help(format!("set {}", used.writer.set)),
        );
    }
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::Severity::Warning;
    use crate::rules::testing::{allows, catches, catches_as};

    fn with(lines: &str) -> String {
        format!("FROM public.ecr.aws/lambda/python:3.13\n{lines}\nCOPY app.py ./\nCMD [\"app.handler\"]")
    }

    #[test]
    fn packages_that_write() {
        catches_as(Warning, "LL341", &with("RUN pip install easyocr==1.7.2"));
        catches("LL341", &with("RUN pip install librosa && pip install boto3"));
        catches("LL341", &with("RUN python -m pip install --target /var/task Docling"));
    }

    #[test]
    fn a_program_of_the_distribution() {
        let with = |lines: &str| {
            format!(
                "FROM python:3.13-slim\nRUN pip install awslambdaric==4.2.2\n{lines}\nCOPY app.py ./\nENTRYPOINT [\"python\", \"-m\", \"awslambdaric\"]\nCMD [\"app.handler\"]"
            )
        };
        catches("LL341", &with("RUN apt-get update && apt-get install -y libreoffice-writer"));
        allows("LL341", &with("ENV HOME=/tmp\nRUN apt-get update && apt-get install -y libreoffice"));
        allows(
            "LL341",
            &with("RUN apt-get update && apt-get install -y libreoffice\nRUN soffice --headless --version"),
        );
        allows("LL341", &with("RUN apt-get update && apt-get install -y python3-uno\nCOPY soffice-wrapper /usr/bin/"));
        let script = "FROM python:3.13\nRUN apt-get install -y libreoffice\nCOPY run.sh /\nENTRYPOINT [\"/run.sh\"]\nCMD [\"app.handler\"]";
        allows("LL341", script);
        catches("LL341", &script.replace("[\"/run.sh\"]", "[\"/run\"]"));
        allows(
            "LL341",
            "FROM debian:12 AS office\nRUN apt-get install -y libreoffice\nFROM public.ecr.aws/lambda/python:3.13\nCMD [\"app.handler\"]",
        );
    }

    #[test]
    fn near_misses() {
        allows("LL341", &with("ENV HOME=/tmp\nRUN pip install easyocr"));
        allows("LL341", &with("ENV NUMBA_CACHE_DIR=/tmp/numba\nRUN pip install librosa"));
        allows("LL341", &with("RUN pip install docling && docling-tools models download -o /opt/docling"));
        allows("LL341", &with("RUN pip install easyocr\nCOPY models/ /opt/models/"));
        allows("LL341", &with("RUN pip install easyocr\nRUN python -c 'import easyocr; easyocr.Reader([\"en\"])'"));
        allows("LL341", &with("RUN pip install numba"));
        allows("LL341", &with("ARG X\nRUN $X\nRUN pip install easyocr"));
        allows("LL341", "FROM acme.example/base:1\nRUN pip install easyocr\nCMD [\"app.handler\"]");
    }
}
