//! LL308 content-in-build-home.

use crate::diagnostic::{Finding, Severity};
use crate::launch::{InHome, Launch};
use crate::path::last;
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL308-content-in-build-home.md"), check: Check::Launch(check) };

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    findings.extend(launch.in_home().into_iter().map(finding));
}

fn finding(content: InHome) -> Finding {
    match content {
        InHome::Named { path, place, by, certain } => {
            Finding::new(format!("{path} cannot be read on Lambda: /root is closed to other users"))
                .at(place, super::why_needed(by))
                .help("put it into ${LAMBDA_TASK_ROOT} or /opt")
                .severity(if certain { Severity::Error } else { Severity::Warning })
        }
        InHome::Downloaded { content, place } => {
            let name = content.variables.first().copied().unwrap_or_default();
            Finding::new(format!("{} go to ~/{}, and Lambda's user has another home", content.content, content.folder))
                .at(place, "the home of the build's user, which is closed to others")
                .help(format!("set ENV {name}=/opt/{} in front of it", last(content.folder)))
                .severity(Severity::Warning)
        }
        InHome::Copied { to, place } => Finding::new(format!("what is copied to {to} cannot be read on Lambda"))
            .at(place, "/root is closed to other users")
            .help("copy it to ${LAMBDA_TASK_ROOT} or /opt")
            .severity(Severity::Warning),
        InHome::Files { paths, place, named } => match (named, paths.as_slice()) {
            (Some((why, at)), _) => {
                Finding::new(format!("{why}, and Lambda's user cannot enter /root")).at(at, "needs it")
            }
            (None, [only]) => Finding::new(format!("{only} is below /root, which Lambda's user cannot enter"))
                .severity(Severity::Warning),
            (None, _) => {
                Finding::new(format!("{} files are below /root, which Lambda's user cannot enter", paths.len()))
                    .severity(Severity::Warning)
            }
        }
        .at(place, super::list_some(&paths))
        .help("put it into /opt or the task root, and change the variable that names it"),
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
    fn content_in_the_home_folder() {
        for steps in [
            "RUN pip install playwright==1.49.0 && playwright install chromium",
            "RUN python -m playwright install --with-deps && rm -rf /root/.cache/pip",
            "RUN npx playwright@1.49 install chromium",
            "RUN python -c \"import nltk; nltk.download('punkt')\"",
            "RUN python -m nltk.downloader punkt",
            "RUN python3 -c \"from transformers import AutoModel; AutoModel.from_pretrained('x')\"",
            "COPY models /root/models",
            "RUN playwright install chromium && chmod -R 755 /root/.cache",
        ] {
            catches_as(Warning, "LL308", &python(steps));
        }
        catches_as(Error, "LL308", &python("ENV GIT_SSH_COMMAND='ssh -i /root/.ssh/id_rsa'"));
        catches_as(Error, "LL308", "FROM python:3.13\nWORKDIR /root/app\nCOPY . .\nCMD [\"python\", \"app.py\"]");
        catches_as(Error, "LL308", "FROM python:3.13\nENTRYPOINT [\"/root/.venv/bin/python\", \"app.py\"]");
    }

    #[test]
    fn near_misses() {
        for steps in [
            "ENV PLAYWRIGHT_BROWSERS_PATH=/opt/browsers\nRUN playwright install chromium",
            "RUN playwright install-deps",
            "RUN playwright install && cp -r /root/.cache/ms-playwright /opt",
            "RUN PLAYWRIGHT_BROWSERS_PATH=0 playwright install",
            "RUN playwright install && chmod 755 /root && chmod -R 755 /root/.cache",
            "RUN playwright install && chmod -R 755 /root/",
            "RUN playwright install && chmod -R a+rX ~",
            "RUN python -m nltk.downloader -d /opt/nltk punkt",
            "RUN python -c \"import nltk; nltk.download('punkt', download_dir='/opt')\"",
            "ENV HF_HOME=/opt/hf\nRUN python -c \"M.from_pretrained('x')\"",
            "RUN python -c \"M.from_pretrained('x').save_pretrained('/opt')\"",
            "RUN --mount=type=cache,target=/root/.cache/pip pip install requests==2.32.0",
            "RUN --mount=type=secret,id=npmrc,target=/root/.npmrc npm ci",
            "COPY .npmrc /root/.npmrc\nRUN npm ci && rm /root/.npmrc",
            "ENV PATH=/root/.cargo/bin:$PATH",
            "COPY patch.spec /root\nRUN cd /root && rpmbuild patch.spec",
        ] {
            allows("LL308", &python(steps));
        }
        allows("LL308", "FROM node:22 AS b\nRUN npx playwright install\nFROM node:22\nCOPY --from=b /root/x /opt/x");
        allows("LL308", "FROM mcr.microsoft.com/playwright:v1.49.0\nRUN npx playwright install");
    }
}
