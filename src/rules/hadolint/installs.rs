//! The commands that install packages, and what rules about them share: which arguments are packages, whether a
//! version is pinned, which switch keeps the command from asking.

use super::seen::Seen;
use crate::diagnostic::{Edit, Finding, Fix};
use crate::launch::{CommandArg, RunCommand};
use crate::rules::DockerfileContext;
use crate::source::Span;

/// How a package manager is called.
pub(super) struct Manager {
    /// Its names.
    pub(super) programs: &'static [&'static str],
    /// Words that make it install.
    pub(super) verbs: &'static [&'static str],
    /// Flags that take the next argument as their value.
    pub(super) values: &'static [&'static str],
}

#[rustfmt::skip]
pub(super) const APT: Manager = Manager {
    programs: &["apt-get"],
    verbs: &["install"],
    values: &["-t", "--target-release", "--default-release", "-o", "--option", "-c", "--config-file", "-a", "--host-architecture"],
};
#[rustfmt::skip]
pub(super) const APK: Manager = Manager {
    programs: &["apk"],
    verbs: &["add"],
    values: &[
        "-t", "--virtual", "-X", "--repository", "-p", "--root", "--arch", "--keys-dir", "--repositories-file",
        "--cache-dir", "--cache-max-age", "--wait", "--progress-fd",
    ],
};
#[rustfmt::skip]
pub(super) const PIP: Manager = Manager {
    programs: &["pip", "pipx"],
    verbs: &["install"],
    values: &[
        "-r", "--requirement", "-c", "--constraint", "-e", "--editable", "-t", "--target", "-i", "--index-url",
        "--extra-index-url", "-f", "--find-links", "--no-binary", "--only-binary", "--platform", "--python-version",
        "--implementation", "--abi", "--prefix", "--root", "-b", "--build", "--src", "--upgrade-strategy", "--progress-bar",
        "--proxy", "--trusted-host", "--timeout", "--retries", "--log", "--cert", "--client-cert", "--cache-dir",
        "--exists-action", "--global-option", "--install-option", "--config-settings", "--use-feature", "--report",
        "--group", "--root-user-action", "--python",
    ],
};
#[rustfmt::skip]
pub(super) const NPM: Manager = Manager {
    programs: &["npm"],
    verbs: &["install"],
    values: &[
        "--registry", "--loglevel", "--prefix", "--cache", "--omit", "--only", "--include", "--userconfig", "-w",
        "--workspace", "--fetch-retries", "--fetch-timeout", "--network-timeout", "--tag", "--before", "--install-strategy",
    ],
};
#[rustfmt::skip]
pub(super) const GEM: Manager = Manager {
    programs: &["gem"],
    verbs: &["install", "i"],
    values: &[
        "-i", "--install-dir", "-n", "--bindir", "-s", "--source", "-P", "--trust-policy", "--platform", "-p",
        "--http-proxy", "--build-root", "-v", "--version", "--use-system-libraries",
    ],
};
#[rustfmt::skip]
const RPM_VALUES: &[&str] = &[
    "-c", "--config", "--enablerepo", "--disablerepo", "--repo", "--repoid", "--releasever", "--installroot",
    "--setopt", "-x", "--exclude", "--forcearch", "-d", "-e", "--downloaddir",
];
pub(super) const YUM: Manager = Manager { programs: &["yum"], verbs: &["install"], values: RPM_VALUES };
pub(super) const DNF: Manager = Manager { programs: &["dnf", "microdnf"], verbs: &["install"], values: RPM_VALUES };
#[rustfmt::skip]
pub(super) const ZYPPER: Manager = Manager {
    programs: &["zypper"],
    verbs: &["install", "in"],
    values: &["-t", "--type", "-r", "--repo", "--from", "--root", "-R", "-C", "--name"],
};

impl Manager {
    /// Whether a command installs.
    pub(super) fn installs(&self, ran: &RunCommand) -> bool {
        self.programs.contains(&ran.program.as_str()) && ran.does(self.verbs)
    }

    /// The packages a command names, as written.
    pub(super) fn packages<'r>(&self, ran: &'r RunCommand) -> Vec<&'r CommandArg> {
        let operands = ran.operands(self.values).into_iter();
        operands.filter(|arg| arg.text.as_deref().is_none_or(|text| !self.verbs.contains(&text))).collect()
    }
}

/// One finding for each RUN that installs packages with no version: `free` leaves commands out, `pinned` says of a
/// package's text whether it is bound to one, or is nothing that has any.
pub(super) fn unpinned(
    general: &DockerfileContext<'_>,
    findings: &mut Vec<Finding>,
    manager: &Manager,
    free: fn(&RunCommand) -> bool,
    pinned: fn(&str) -> bool,
    help: fn(&str) -> String,
) {
    for seen in general.runs() {
        let installs = seen.commands.iter().filter(|ran| manager.installs(ran) && !free(ran));
        let loose: Vec<(String, Span)> = installs
            .flat_map(|ran| manager.packages(ran))
            .filter_map(|arg| Some((texts(general, &seen, arg).into_iter().find(|text| !pinned(text))?, arg.span)))
            .collect();
        let Some((first, span)) = loose.first() else { continue };
        let more = if loose.len() > 1 { format!(" and {} more", loose.len() - 1) } else { String::new() };
        let message = format!("{first}{more}: no version, so each build may install another one");
        let mut finding = Finding::new(message).at(*span, "installs the newest version on the day of the build");
        for (_, span) in loose.iter().skip(1).take(4) {
            finding = finding.at(*span, "");
        }
        findings.push(finding.help(help(first)));
    }
}

/// The texts to judge of a package: hadolint puts in the ARGs of the whole file so far, from any stage.
fn texts(general: &DockerfileContext<'_>, seen: &Seen<'_>, arg: &CommandArg) -> Vec<String> {
    let texts = general.texts(arg);
    if general.as_hadolint()
        && matches!(seen.commands.first().map(|ran| ran.program.as_str()), Some("yum" | "dnf" | "microdnf"))
    {
        let text = arg.text.clone().or_else(|| general.with_earlier_args(&arg.raw, seen.written.whole.start));
        return text.map_or(texts, |text| vec![text]);
    }
    texts
}

/// One finding for each RUN with a command that stops to ask: what `asks` says needs an answer and has no switch.
pub(super) fn asking(
    general: &DockerfileContext<'_>,
    findings: &mut Vec<Finding>,
    asks: fn(&RunCommand) -> bool,
    switch: &'static str,
) {
    for seen in general.runs() {
        let all: Vec<&&RunCommand> = seen.commands.iter().filter(|ran| asks(ran)).collect();
        let Some(first) = all.first() else { continue };
        let program = &first.program;
        let edit = |ran: &&&RunCommand| insert(ran.program_span, switch);
        findings.push(
            Finding::new(format!("{program} asks for confirmation, and a build cannot answer"))
                .at(first.span, "a build has no terminal, so it stops here")
                .help(format!("write {program} {switch}"))
                .fix(Fix { safe: true, title: format!("add {switch}"), edits: all.iter().map(edit).collect() }),
        );
    }
}

/// The edit that puts a switch after a word.
pub(super) fn insert(word: Span, switch: &str) -> Edit {
    Edit { start: word.end, end: word.end, text: format!(" {switch}") }
}

/// Whether a text has a `-` and a digit after it, as `httpd-2.4` has: the version of an RPM package.
pub(super) fn rpm_pinned(text: &str) -> bool {
    text.as_bytes().windows(2).any(|pair| pair[0] == b'-' && pair[1].is_ascii_digit())
}

/// Whether a text is a file, a folder, an address or nothing at all, and no package of a repository.
pub(super) fn is_place(text: &str) -> bool {
    text.is_empty() || text.starts_with(['.', '/', '~']) || text.contains("://")
}

/// What hadolint takes for a version: `-1`, and `:1` for a module's stream.
pub(super) fn rpm_pinned_or_module(text: &str) -> bool {
    matches!(text, "module" | "group")
        || rpm_pinned(text)
        || text.split_once(':').is_some_and(|(_, stream)| stream.starts_with(|c: char| c.is_ascii_digit()))
}

/// The same, and files, groups and addresses, which have none.
pub(super) fn rpm_bound(text: &str) -> bool {
    rpm_pinned_or_module(text) || is_place(text) || text.starts_with('@') || text.ends_with(".rpm")
}

/// How to find a version.
pub(super) fn rpm_help(name: &str) -> String {
    format!("write {name}- and a version")
}

/// Whether something in the file answers questions: `yes |`, or a setting that says yes once for all.
pub(super) fn answered(general: &DockerfileContext<'_>) -> bool {
    let text = general.build.dockerfile.source.bytes();
    let says = |word: &[u8]| text.windows(word.len()).any(|window| window == word);
    says(b"assumeyes")
        || general.build.written().any(|written| written.step.ran().iter().any(|ran| ran.program == "yes"))
}
