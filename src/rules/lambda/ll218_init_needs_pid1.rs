//! LL218 init-needs-pid1.

use crate::diagnostic::{DocumentId, Finding, Fix};
use crate::launch::{Arg, Launch, Presence, Process, Via};
use crate::rules::{Check, Rule};
use crate::source::Span;

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL218-init-needs-pid1.md"), check: Check::Launch(check) };

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    let line = &launch.processes().line;
    if let Some(tini) = line.iter().find(|process| process.row().is_some_and(|row| row.subreaper.is_some())) {
        findings.extend(subreaper(launch, tini));
        return;
    }
    let init = |process: &Process| match process.program() {
        "/init" if is_s6(launch) => Some("s6-overlay"),
        "/sbin/init" | "/lib/systemd/systemd" | "/usr/lib/systemd/systemd" | "systemd" | "/usr/sbin/init" => {
            Some("systemd")
        }
        _ => None,
    };
    let Some((started, what)) = line.iter().find_map(|process| Some((process, init(process)?))) else { return };
    findings.push(
        Finding::new(format!("{what} must be process 1, and on Lambda it is not"))
            .at(started.place(), "starts an init system")
            .help("start the client or the server itself"),
    );
}

/// `tini -s` and its variable ask the kernel for what Lambda refuses.
fn subreaper(launch: &Launch<'_>, tini: &Process) -> Option<Finding> {
    const ADVICE: &str = "remove -s and TINI_SUBREAPER; Lambda needs no init";
    let message = "tini is told to be a subreaper, which Lambda does not allow";
    let letter = tini.row().and_then(|row| row.subreaper)?;
    let own = tini.args().iter().take_while(|arg| arg.text.starts_with('-') && arg.text != "--");
    let short = |arg: &&Arg| !arg.text.starts_with("--") && arg.text.contains(letter);
    if let Some((at, flag)) = own.enumerate().find(|(_, arg)| short(arg)) {
        let mut finding = Finding::new(message).at(flag.place, "asks to be one").help(ADVICE);
        let alone =
            flag.text == format!("-{letter}") && tini.via == Via::Kernel && flag.place.doc == DocumentId::Dockerfile;
        if let (Some(next), true) = (tini.args().get(at + 1), alone) {
            let span = Span::new(flag.place.span.start, next.place.span.start);
            finding = finding.fix(Fix::replace(true, "leave -s out", span, ""));
        }
        return Some(finding);
    }
    let place = launch.env.get("TINI_SUBREAPER")?.place()?;
    Some(Finding::new(message).at(place, "asks to be one").help(ADVICE))
}

/// Whether s6-overlay is in the image, by its files or by what the build fetches.
fn is_s6(launch: &Launch<'_>) -> bool {
    let there = |folder: &&str| {
        launch.has_folder(folder) || matches!(launch.presence(&format!("{folder}/VERSION")), Presence::Present(_))
    };
    launch.mentions("s6-") || ["/etc/s6-overlay", "/package/admin/s6-overlay"].iter().any(there)
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{allows, catches};

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
        allows("LL218", &format!("{BASE}ENTRYPOINT [\"/usr/bin/tini\", \"--\", \"python\", \"-m\", \"awslambdaric\"]"));
        allows("LL218", &format!("{BASE}ENTRYPOINT [\"dumb-init\", \"python\", \"-m\", \"awslambdaric\"]"));
        allows("LL218", &format!("{BASE}ENTRYPOINT [\"tini\", \"-g\", \"--\", \"app\", \"-s\"]"));
        allows("LL218", "FROM debian:12\nCOPY init /init\nENTRYPOINT [\"/init\"]");
    }
}
