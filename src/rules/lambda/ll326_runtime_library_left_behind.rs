//! LL326 runtime-library-left-behind.

use crate::diagnostic::Finding;
use crate::launch::Launch;
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule = Rule {
    page: include_str!("../../../rules/lambda/LL326-runtime-library-left-behind.md"),
    check: Check::Launch(check),
};

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    for left in launch.left_behind() {
        let (package, library) = (&left.package, &left.library);
        let finding = Finding::new(format!("{} needs {library} when it runs, and the image has none", package.name));
        let finding = match left.taken {
            Some(place) => finding.at(place, format!("takes {library} away")).at(package.span, "compiled against it"),
            None => finding
                .at(package.span, format!("compiled against {library}"))
                .at(launch.base_place, "does not bring it"),
        };
        findings.push(match left.install {
            Some(command) => finding.help(command),
            None => finding.help(format!("install {library} in the final stage")),
        });
    }
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::Severity::Warning;
    use crate::rules::testing::{allows, catches, catches_as};

    const START: &str = "\nENTRYPOINT [\"python\", \"-m\", \"awslambdaric\"]\nCMD [\"app.handler\"]";

    #[test]
    fn clients_on_alpine() {
        let build = "FROM python:3.11-alpine AS build\nRUN apk add build-base cmake libcurl\nRUN pip install -t /f awslambdaric==2.0.7\nFROM python:3.11-alpine\n";
        catches_as(Warning, "LL326", &format!("{build}COPY --from=build /f /f{START}"));
        let one = "FROM python:3.11-alpine\nRUN apk add --no-cache --virtual .build-deps g++ make cmake && pip install awslambdaric==3.0.0";
        catches("LL326", &format!("{one} && apk del .build-deps{START}"));
        allows("LL326", &format!("{one}{START}"));
        allows("LL326", &format!("{one} && apk add libstdc++ && apk del .build-deps{START}"));
        allows("LL326", &format!("{build}RUN apk add --no-cache libstdc++\nCOPY --from=build /f /f{START}"));
        allows("LL326", &format!("{build}RUN apk add --no-cache gdal\nCOPY --from=build /f /f{START}"));
        allows("LL326", &format!("{}COPY --from=build /f /f{START}", build.replace("==2.0.7", "==4.2.2")));
        allows("LL326", &format!("{}COPY --from=build /f /f{START}", build.replace("==2.0.7", "")));
        allows("LL326", &format!("{}COPY --from=build /f /f{START}", build.replace("alpine", "slim")));
    }

    #[test]
    fn libraries() {
        let build = "FROM public.ecr.aws/lambda/python:3.13 AS build\nRUN dnf install -y gcc postgresql-devel\nRUN pip install psycopg2 -t /deps\nFROM public.ecr.aws/lambda/python:3.13\n";
        catches("LL326", &format!("{build}COPY --from=build /deps ./\nCMD [\"app.handler\"]"));
        let one = "FROM python:3.13-alpine\nRUN apk add --virtual .b gcc postgresql-dev && pip install psycopg2 && apk del .b";
        catches("LL326", &format!("{one}{START}"));
        allows("LL326", &format!("{}{START}", one.replace(" && apk del", " && apk add libpq && apk del")));
        allows("LL326", &format!("{}{START}", one.replace("psycopg2", "psycopg2-binary")));
        allows("LL326", &format!("{build}RUN dnf install -y libpq\nCOPY --from=build /deps ./\nCMD [\"app.handler\"]"));
        allows(
            "LL326",
            &format!(
                "{build}COPY --from=build /deps ./\nCOPY --from=build /usr/lib64/libpq.so.5 /opt/lib/\nCMD [\"a.b\"]"
            ),
        );
        allows("LL326", &format!("{}COPY --from=build /deps ./\nCMD [\"a.b\"]", build.replace("psycopg2", "-r r.txt")));
        allows("LL326", &format!("{build}COPY app.py ./\nCMD [\"app.handler\"]"));
    }
}
