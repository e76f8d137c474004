//! LL219 broken-extension.

use crate::diagnostic::{Finding, Severity};
use crate::launch::{ExtensionFault, Launch};
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL219-broken-extension.md"), check: Check::Launch(check) };

const FOLDER: &str = "/opt/extensions";
const NO_BIT_HELP: &str = "give it mode 755: --chmod=755";

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    let extensions = launch.extensions_of_image();
    if let Some((place, what)) = &extensions.not_a_folder {
        findings.push(
            Finding::new(format!("{FOLDER} {what}, and Lambda starts nothing there"))
                .at(*place, "a folder of extensions should be here")
                .help(format!("end the destination with a slash: COPY <extension> {FOLDER}/"))
                .severity(Severity::Warning),
        );
    }
    for ExtensionFault { path, why, place, label, needs_bit, certain } in extensions.faults {
        let help =
            if needs_bit { NO_BIT_HELP } else { "copy only the program there, and everything else to another folder" };
        let finding = Finding::new(format!("Lambda starts every file in {FOLDER}, and {path} cannot start: {why}"))
            .at(place, label)
            .help(help);
        findings.push(if certain { finding } else { finding.severity(Severity::Warning) });
    }
    let most = crate::facts::limits().extensions;
    if let Some(place) = extensions.files.get(most).filter(|_| most > 0) {
        findings.push(
            Finding::new(format!("{} files are in {FOLDER}, and Lambda starts {most} at most", extensions.files.len()))
                .at(*place, "this one is over the limit")
                .help("move files that are not extensions to another folder"),
        );
    }
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::Severity::Warning;
    use crate::rules::testing::{allows, catches, catches_as};

    fn on(lines: &str) -> String {
        format!("FROM public.ecr.aws/lambda/python:3.13\n{lines}\nCMD [\"app.handler\"]")
    }

    #[test]
    fn what_cannot_start() {
        catches("LL219", &on("ADD my-extension.zip /opt/extensions/"));
        catches("LL219", &on("COPY ext.tar.gz /opt/extensions/"));
        catches("LL219", &on("COPY README.md /opt/extensions/"));
        catches("LL219", &on("ADD https://example.com/ext /opt/extensions/ext"));
        catches("LL219", &on("COPY --chmod=644 ext /opt/extensions/ext"));
        catches("LL219", &on("COPY ext /opt/extensions/ext\nRUN chmod 600 /opt/extensions/ext"));
        let many: Vec<String> = (0..11).map(|n| format!("COPY e{n} /opt/extensions/e{n}")).collect();
        catches("LL219", &on(&many.join("\n")));
    }

    #[test]
    fn a_file_in_place_of_the_folder() {
        catches_as(Warning, "LL219", &on("ADD my-extension.zip /opt/extensions"));
        let adapter = "COPY --from=public.ecr.aws/awsguru/aws-lambda-adapter:0.9.1 /lambda-adapter";
        catches_as(Warning, "LL219", &on(&format!("{adapter} /opt/extensions")));
        allows("LL219", &on(&format!("{adapter} /opt/extensions/")));
        allows("LL219", &on("COPY extensions /opt/extensions"));
        allows("LL219", &on("ADD ext.tar.gz /opt/extensions"));
        allows("LL219", &on(&format!("RUN mkdir -p /opt/extensions\n{adapter} /opt/extensions")));
        allows("LL219", &on(&format!("COPY telemetry /opt/extensions/telemetry\n{adapter} /opt/extensions")));
        allows("LL219", &format!("FROM registry.example.com/base\n{adapter} /opt/extensions\nCMD [\"x\"]"));
    }

    #[test]
    fn near_misses() {
        allows("LL219", &on("ADD ext.tar.gz /opt/extensions/"));
        allows("LL219", &on("ADD ext.zip /opt/extensions/\nRUN cd /opt/extensions && unzip ext.zip && rm ext.zip"));
        allows("LL219", &on("COPY ext /opt/extensions/ext"));
        allows("LL219", &on("COPY lib/README.md /opt/extensions/lib/README.md"));
        allows("LL219", &on("COPY config.yaml /opt/config.yaml"));
        allows("LL219", &on("ADD --chmod=755 https://example.com/ext /opt/extensions/ext"));
        allows(
            "LL219",
            &on("COPY --from=public.ecr.aws/datadog/lambda-extension:65 /opt/extensions/ /opt/extensions/"),
        );
        allows("LL219", &on("COPY extensions/ /opt/extensions/"));
        allows("LL219", &on("ADD layer.zip /opt/layer.zip"));
    }
}
