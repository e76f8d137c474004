//! LL206 entrypoint-not-found.

use crate::diagnostic::{Finding, Severity};
use crate::launch::{Arg, Break, Launch, Role};
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL206-entrypoint-not-found.md"), check: Check::Launch(check) };

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    let Some(program) = launch.argv().and_then(|argv| argv.first().copied()) else { return };
    let missing = launch.missing_program(program);
    // In a saved image the tree decides: a name may have blanks.
    if let Some(help) = whole_command(program).filter(|_| launch.image.is_none() || missing.is_some()) {
        findings.push(
            Finding::new(format!("`{}` is a whole command line in one element", program.text))
                .at(program.place, "taken as the name of one program")
                .help(help),
        );
    } else if let Some(missing) = missing {
        let finding = Finding::new(format!("{} does not exist in the image", program.text))
            .at(program.place, "Lambda starts this")
            .help(missing.help);
        findings.push(if missing.certain { finding } else { finding.severity(Severity::Warning) });
    }
    // `node /app/index.js`: the interpreter is there, and what it is to run is not. A client is LL214's.
    if let Some(unfound) = launch.unfound().filter(|unfound| !unfound.client) {
        let path = unfound.what.starts_with('/');
        let message = match path {
            true => format!("{} does not exist in the image", unfound.what),
            false => format!("{} finds no module {}", unfound.by, unfound.what),
        };
        let help = match unfound.near {
            Some(near) => format!("{near} is there: name that, or move it"),
            None if path => "copy the script there, or name where it is".into(),
            None => "install it for the Python that starts, in the final stage".into(),
        };
        findings.push(Finding::new(message).at(unfound.place, format!("{} is to run it", unfound.by)).help(help));
    }
    // `sh /entry.sh`: the shell is there, and its script is not.
    for link in launch.chain().iter().filter(|link| link.role == Role::Read && link.fault == Some(Break::Missing)) {
        findings.push(
            Finding::new(format!("{} does not exist in the image", link.path))
                .at(link.named, format!("{} reads it", link.before.join(" -> ")))
                .help("copy the script there, or name where it is"),
        );
    }
}

/// `"poetry run /entry.sh"`: words of a command line, and not a file with blanks in its name.
fn whole_command(program: &Arg) -> Option<String> {
    let words: Vec<&str> = program.text.split_whitespace().collect();
    let (first, rest) = words.split_first()?;
    let plain = |word: &str| word.chars().all(|c| c.is_ascii_alphanumeric() || "-_./:=@%+,*".contains(c));
    // `/opt/My App/run` is a path with a blank in it: its first word is no program by itself.
    if rest.is_empty() || !words.iter().all(|word| plain(word)) || (first.starts_with('/') && rest[0].contains('/')) {
        return None;
    }
    Some(format!("write each word as its own element: {}", crate::launch::json(&words)))
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::Severity::{Error, Warning};
    use crate::rules::tried::{catches_as, spares};

    #[test]
    fn what_bases_lack() {
        catches_as(
            Error,
            "LL206",
            "FROM gcr.io/distroless/nodejs22-debian12\nCOPY . /app\nENTRYPOINT [\"/usr/local/bin/npx\", \"x\"]",
        );
        catches_as(Error, "LL206", "FROM gcr.io/distroless/static\nCOPY main /main\nENTRYPOINT /main");
        catches_as(Error, "LL206", "FROM alpine:3.24\nCOPY r.sh /r.sh\nENTRYPOINT [\"bash\", \"/r.sh\"]");
        catches_as(Error, "LL206", "FROM python:3.13-alpine\nCOPY r.sh /r.sh\nENTRYPOINT [\"bash\", \"/r.sh\"]");
        catches_as(Warning, "LL206", "FROM alpine:3.20\nRUN apk add curl\nENTRYPOINT [\"/bin/bash\", \"/r.sh\"]");
        catches_as(Error, "LL206", "FROM node:22\nCOPY . /app\nENTRYPOINT [\"/usr/bin/npx\", \"aws-lambda-ric\"]");
        catches_as(
            Error,
            "LL206",
            "FROM public.ecr.aws/lambda/python:3.13\nENTRYPOINT [\"/usr/local/bin/python\", \"-m\", \"x\"]",
        );
        catches_as(
            Error,
            "LL206",
            "FROM amazonlinux:2023\nRUN dnf install -y python3.11\nENTRYPOINT [\"/usr/local/bin/python\", \"-m\", \"x\"]",
        );
        catches_as(
            Error,
            "LL206",
            "FROM ubuntu:24.04\nRUN apt-get install -y python3\nENTRYPOINT [\"python\", \"a.py\"]",
        );
        catches_as(Error, "LL206", "FROM scratch\nCOPY main.bin /main.bin\nENTRYPOINT [\"/app/server\"]");
        catches_as(
            Warning,
            "LL206",
            "FROM debian:12\nWORKDIR /app\nCOPY main.sh /x/main.sh\nENTRYPOINT [\"./main.sh\"]",
        );
        catches_as(Error, "LL206", "FROM debian:12\nCOPY run.sh /app/run.sh\nENTRYPOINT [\"/run.sh\"]");
    }

    #[test]
    fn what_may_be_there() {
        spares("LL206", "FROM alpine:3.20\nRUN apk add bash\nENTRYPOINT [\"/bin/bash\", \"/r.sh\"]");
        spares("LL206", "FROM gcr.io/distroless/static:debug\nENTRYPOINT [\"sh\", \"/r.sh\"]");
        spares(
            "LL206",
            "FROM gcr.io/distroless/nodejs22-debian12\nCOPY --from=node:22 /usr/local /usr/local\nENTRYPOINT [\"npx\", \"x\"]",
        );
        spares("LL206", "FROM ubuntu:24.04\nRUN apt-get install -y nodejs\nENTRYPOINT [\"node\", \"x\"]");
        spares("LL206", "FROM debian:12\nCOPY . /app\nENTRYPOINT [\"/app/run\"]");
        spares("LL206", "FROM debian:12\nCOPY a /a\nRUN make install\nENTRYPOINT [\"/srv2/run\"]");
        spares("LL206", "FROM debian:12\nCOPY a.txt /a.txt\nRUN curl -o /x/run http://e\nENTRYPOINT [\"/x/run\"]");
        spares(
            "LL206",
            "FROM ubuntu:24.04\nRUN apt-get install -y python-is-python3\nENTRYPOINT [\"python\", \"a.py\"]",
        );
        spares(
            "LL206",
            "FROM ubuntu:24.04\nRUN apt-get install -y make && make install\nENTRYPOINT [\"/usr/local/bin/python3\"]",
        );
        spares("LL206", "FROM ubuntu:18.04\nRUN apt-get install -y python3\nENTRYPOINT [\"python\", \"a.py\"]");
        spares("LL206", "FROM scratch\nADD root.tar.xz /\nENTRYPOINT [\"/lambda-entrypoint.sh\"]");
        spares("LL206", "FROM registry.example.com/base\nCOPY a.txt /a.txt\nENTRYPOINT [\"/x/run\"]");
        spares("LL206", "FROM scratch\nCOPY out/ /\nENTRYPOINT [\"/server\"]");
    }
}
