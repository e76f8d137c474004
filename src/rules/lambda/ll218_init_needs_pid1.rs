//! LL218 init-needs-pid1.

use crate::diagnostic::{Finding, Fix, Place};
use crate::launch::{Launch, Presence, Started};
use crate::rules::{Check, Rule};
use crate::source::Span;

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL218-init-needs-pid1.md"), check: Check::Launch(check) };

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    let Some(started) = launch.started() else { return };
    if started.wrappers.iter().any(|word| word == "tini") {
        findings.extend(subreaper(launch, &started));
        return;
    }
    let what = match started.program.as_str() {
        "/init" if is_s6(launch) => "s6-overlay",
        "/sbin/init" | "/lib/systemd/systemd" | "/usr/lib/systemd/systemd" | "systemd" | "/usr/sbin/init" => "systemd",
        _ => return,
    };
    findings.push(
        Finding::new(format!("{what} wants to be process 1, and on Lambda it is not"))
            .at(started.place, "starts an init system")
            .help("start the client or the server itself"),
    );
}

/// `tini -s` and its variable ask the kernel for what Lambda refuses.
fn subreaper(launch: &Launch<'_>, started: &Started) -> Option<Finding> {
    const ADVICE: &str = "leave -s and TINI_SUBREAPER out; Lambda needs no init at all";
    let message = "tini is told to be a subreaper, and Lambda does not allow it";
    let argv = launch.argv()?;
    let short = |text: &str| text.starts_with('-') && !text.starts_with("--") && text.contains('s');
    if let Some(flag) = started.wrappers.iter().skip_while(|word| *word != "tini").skip(1).find(|word| short(word)) {
        let at = argv.iter().position(|arg| arg.text == *flag);
        let place: Place = at.and_then(|at| argv.get(at)).map_or(started.place, |arg| arg.place);
        let mut finding = Finding::new(message).at(place, "asks to be one").help(ADVICE);
        if let (Some(next), true) = (at.and_then(|at| argv.get(at + 1)), flag == "-s" && launch.build.is_some()) {
            let span = Span::new(place.span.start, next.place.span.start);
            finding = finding.fix(Fix::replace(true, "leave -s out", span, ""));
        }
        return Some(finding);
    }
    let place = launch.env("TINI_SUBREAPER")?.place()?;
    Some(Finding::new(message).at(place, "asks to be one").help(ADVICE))
}

fn is_s6(launch: &Launch<'_>) -> bool {
    match (launch.build, launch.image) {
        (Some(build), _) => build.dockerfile.instructions.iter().any(|one| one.rest.text.contains("s6-")),
        (None, Some(_)) => ["/etc/s6-overlay", "/package/admin/s6-overlay"].iter().any(|folder| {
            launch.presence(&format!("{folder}/VERSION")) != Presence::Absent || launch.has_folder(folder)
        }),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::tried::{catches, spares};

    const BASE: &str = "FROM python:3.13-slim-bookworm\nRUN pip install awslambdaric==3.1.1\n";

    #[test]
    fn inits() {
        catches(
            "LL218",
            &format!("{BASE}ENTRYPOINT [\"/usr/bin/tini\", \"-s\", \"--\", \"python\", \"-m\", \"awslambdaric\"]"),
        );
        catches(
            "LL218",
            &format!("{BASE}ENV TINI_SUBREAPER=1\nENTRYPOINT [\"tini\", \"--\", \"python\", \"-m\", \"awslambdaric\"]"),
        );
        catches(
            "LL218",
            "FROM debian:12\nADD https://example.com/s6-overlay-noarch.tar.xz /tmp\nENTRYPOINT [\"/init\"]",
        );
        catches("LL218", "FROM debian:12\nCMD [\"/sbin/init\"]");
    }

    #[test]
    fn near_misses() {
        spares("LL218", &format!("{BASE}ENTRYPOINT [\"/usr/bin/tini\", \"--\", \"python\", \"-m\", \"awslambdaric\"]"));
        spares("LL218", &format!("{BASE}ENTRYPOINT [\"dumb-init\", \"python\", \"-m\", \"awslambdaric\"]"));
        spares("LL218", &format!("{BASE}ENTRYPOINT [\"tini\", \"-g\", \"--\", \"app\", \"-s\"]"));
        spares("LL218", "FROM debian:12\nCOPY init /init\nENTRYPOINT [\"/init\"]");
    }
}
