//! LL342 missing-system-library.

use crate::diagnostic::Finding;
use crate::launch::Launch;
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL342-missing-system-library.md"), check: Check::Launch(check) };

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    for lack in launch.lacking_libraries() {
        let package = &lack.package.name;
        let needs = match lack.library.program {
            Some(program) => format!("starts {program}"),
            None => format!("loads {}", lack.library.library),
        };
        let twin = lack.library.twins.first().map(|twin| format!(", or take {twin}")).unwrap_or_default();
        findings.push(
            Finding::new(format!("{package} {needs}, and the image has none"))
                .at(lack.span(), "its wheel does not contain it")
                .at(launch.base_place, "nor does this base")
                .help(format!("{}{twin}", lack.install)),
        );
    }
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::Severity::Warning;
    use crate::rules::testing::{allows, catches, catches_as};

    fn on(base: &str, lines: &str) -> String {
        format!("FROM {base}\n{lines}\nCOPY app.py ./\nCMD [\"app.handler\"]")
    }

    const AWS: &str = "public.ecr.aws/lambda/python:3.12";

    #[test]
    fn libraries() {
        catches_as(Warning, "LL342", &on(AWS, "RUN pip install scikit-learn lightgbm==4.6.0"));
        catches("LL342", &on(AWS, "RUN pip install opencv_python"));
        catches("LL342", &on(AWS, "RUN dnf install -y poppler-utils\nRUN pip install opencv-python"));
        catches("LL342", &on("public.ecr.aws/lambda/python:3.11", "RUN pip install pyodbc"));
        let client = "WORKDIR /function\nENTRYPOINT [\"python\", \"-m\", \"awslambdaric\"]";
        catches("LL342", &on("python:3.12-slim", &format!("RUN pip install weasyprint awslambdaric\n{client}")));
        catches("LL342", &on(AWS, "RUN pip install pytesseract"));
        catches("LL342", &on(AWS, "RUN dnf install -y mesa-libGL && pip install pdf2image"));
        catches("LL342", &on(AWS, "RUN pip install pyzbar"));
        let build = format!("{AWS} AS build\nRUN pip install -t /deps lightgbm\nFROM {AWS}");
        catches("LL342", &on(&build, "COPY --from=build /deps ./"));
    }

    #[test]
    fn near_misses() {
        allows("LL342", &on(AWS, "RUN dnf install -y libgomp && pip install lightgbm"));
        allows("LL342", &on(AWS, "RUN pip install lightgbm\nRUN dnf install -y gcc"));
        allows("LL342", &on(AWS, "RUN pip install opencv-python-headless"));
        allows("LL342", &on(AWS, "RUN pip install opencv-python opencv-python-headless"));
        allows("LL342", &on(AWS, "RUN pip install lightgbm\nCOPY --from=libs /usr/lib64/libgomp.so.1 /usr/lib64/"));
        allows("LL342", &on(AWS, "RUN pip install lightgbm\nCOPY libs/ /opt/lib/"));
        allows("LL342", &on("python:3.12", "RUN pip install lightgbm opencv-python"));
        allows("LL342", &on("public.ecr.aws/lambda/python:3.11", "RUN pip install rasterio"));
        allows("LL342", &on("acme.example/base:1", "RUN pip install lightgbm"));
        allows("LL342", &on(AWS, "RUN pip install xgboost"));
        allows("LL342", &on(AWS, "RUN dnf install -y poppler-utils && pip install pdf2image"));
        allows("LL342", &on(AWS, "COPY --from=ocr /usr/local/bin/ /usr/local/bin/\nRUN pip install pytesseract"));
        allows("LL342", &on(AWS, "RUN dnf install -y https://example.com/ocr.rpm && pip install pytesseract"));
        allows("LL342", &on(AWS, "COPY bin/tesseract /opt/\nRUN pip install pytesseract"));
        allows("LL342", &on(AWS, "COPY setup.sh /\nRUN sh /setup.sh\nRUN pip install lightgbm"));
    }
}
