//! LL207 entrypoint-not-executable.

use crate::diagnostic::{Finding, Fix, Severity};
use crate::launch::{Break, Build, Copied, Launch, Link, Role};
use crate::path::last;
use crate::rules::{Check, Rule};
use crate::source::Span;

pub(super) const RULE: Rule = Rule {
    page: include_str!("../../../rules/lambda/LL207-entrypoint-not-executable.md"),
    check: Check::Launch(check),
};

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    let Some(build) = launch.build else {
        findings.extend(launch.chain().iter().filter_map(in_image));
        return;
    };
    let provided = launch.starts_lambda_entrypoint() && launch.is_provided();
    let bootstrap = || (String::from("/var/runtime/bootstrap"), launch.place_of(&launch.entrypoint));
    let started = if provided { Some(bootstrap()) } else { launch.program_path() };
    if let Some((path, place)) = started
        && let mode = build.mode(&path, false)
        && let Some((false, span)) = mode.execute
    {
        let label = if fetched(build, span) { "ADD gives what it fetches mode 0600" } else { "this takes the bit off" };
        let finding = Finding::new(format!("{path} is not executable, and Lambda starts it"))
            .at(span, label)
            .at(place, "started here")
            .help(remedy(build, span, &path));
        let finding = fix(build, span).into_iter().fold(finding, Finding::fix);
        findings.push(if mode.certain { finding } else { finding.severity(Severity::Warning) });
        return;
    }
    // Each question goes through the whole file, so there is an end to them.
    for copied in build.copies().iter().filter(|copied| copied.fetches()).take(16) {
        let Some(path) = program(copied) else { continue };
        if let Some((false, span)) = build.mode(&path, false).execute {
            let finding = Finding::new(format!("{path} is a program, and nothing makes it executable"))
                .at(span, "ADD gives what it fetches mode 0600")
                .help(remedy(build, span, &path))
                .severity(Severity::Warning);
            findings.push(fix(build, span).into_iter().fold(finding, Finding::fix));
        }
    }
}

/// A link of a saved image's chain that others may not execute.
fn in_image(link: &Link) -> Option<Finding> {
    let path = &link.path;
    let (message, help) = match link.fault.as_ref()? {
        Break::NotExecutable(mode) => (
            format!("{path} has mode {mode:04o}, and others may not execute it"),
            format!("chmod 755 {path}, or COPY --chmod=755"),
        ),
        // A directory that nobody at all may pass is LL304's.
        Break::Closed(folder, mode) if mode & 0o111 != 0 => (
            format!("{path} is below {folder}, which has mode {mode:04o} and others may not pass"),
            format!("chmod 755 {folder}"),
        ),
        Break::Directory => {
            (format!("{path} is a directory, and Lambda starts it"), "copy the program itself there".into())
        }
        _ => return None,
    };
    // What an interpreter reads is a question of reading.
    let read = link.role == Role::Read && !matches!(link.fault, Some(Break::Directory));
    (!read)
        .then(|| Finding::new(message).at(link.named, "Lambda starts this").at(link.place(), link.trail()).help(help))
}

fn fetched(build: &Build<'_>, span: Span) -> bool {
    build.copies().iter().any(|copied| copied.span() == span && copied.fetches())
}

fn remedy(build: &Build<'_>, span: Span, path: &str) -> String {
    if fetched(build, span) { "write ADD --chmod=755".into() } else { format!("add RUN chmod 755 {path}") }
}

/// `--chmod=755`, in place of what COPY or ADD say or leave unsaid.
fn fix(build: &Build<'_>, span: Span) -> Option<Fix> {
    let copies = build.copies();
    if let Some(copied) =
        copies.iter().find(|copied| copied.span() == span && copied.fetches() && copied.chmod.is_none())
    {
        let end = copied.step.instruction.keyword.span.end;
        return Some(Fix::replace(true, "make it executable", Span::new(end, end), " --chmod=755"));
    }
    // Other files of the same COPY get the bit too.
    let given = copies.iter().any(|copied| copied.chmod.as_ref().is_some_and(|(_, own)| *own == span));
    given.then(|| Fix::replace(false, "make it executable", span, "755"))
}

/// Where an ADD puts what can only be a program: into a folder of programs, or Lambda's emulator.
fn program(copied: &Copied<'_, '_>) -> Option<String> {
    const ARCHIVES: &[&str] = &[
        "zip", "gz", "tgz", "xz", "bz2", "zst", "tar", "whl", "rpm", "deb", "apk", "jar", "pem", "crt", "key", "asc",
        "json", "txt", "xml", "conf", "toml", "yaml", "yml", "ttf", "phar", "sig", "md",
    ];
    let [(Some(source), _)] = copied.sources.as_slice() else { return None };
    let source = source.split(['?', '#']).next().unwrap_or_default();
    let name = last(source);
    let destination = copied.destination.clone()?;
    let path = if copied.folder { format!("{}/{name}", destination.trim_end_matches('/')) } else { destination };
    let (folder, file) = path.rsplit_once('/')?;
    let archive = |text: &str| text.rsplit_once('.').is_some_and(|(_, ending)| ARCHIVES.contains(&ending));
    let bin = matches!(last(folder), "bin" | "sbin");
    (!archive(file) && !archive(name) && (bin || file.starts_with("aws-lambda-rie"))).then_some(path)
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::Severity::{Error, Warning};
    use crate::rules::tried::{catches, catches_as, spares};

    const PYTHON: &str = "FROM python:3.13-slim-bookworm\n";

    #[test]
    fn no_bit_for_others() {
        catches_as(Error, "LL207", &format!("{PYTHON}COPY --chmod=644 run.sh /run.sh\nENTRYPOINT [\"/run.sh\"]"));
        catches_as(
            Error,
            "LL207",
            &format!("{PYTHON}COPY run.sh /run.sh\nRUN chmod 600 /run.sh\nENTRYPOINT [\"/run.sh\"]"),
        );
        catches("LL207", &format!("{PYTHON}COPY run.sh /run.sh\nRUN chmod 700 /run.sh\nENTRYPOINT [\"/run.sh\"]"));
        catches_as(
            Error,
            "LL207",
            "FROM public.ecr.aws/lambda/provided:al2023\nCOPY --chmod=0644 main /var/runtime/bootstrap\nCMD [\"a.b\"]",
        );
    }

    #[test]
    fn what_add_fetches() {
        let rie = "ADD https://example.com/aws-lambda-rie /usr/local/bin/aws-lambda-rie\n";
        catches_as(Warning, "LL207", &format!("{PYTHON}{rie}COPY e.sh /e.sh\nENTRYPOINT [\"/e.sh\"]"));
        catches("LL207", &format!("{PYTHON}ADD https://example.com/tool /usr/bin/\nCMD [\"app\"]"));
        catches_as(Error, "LL207", "FROM debian:12\nADD https://example.com/main /main\nENTRYPOINT [\"/main\"]");
        spares("LL207", &format!("{PYTHON}{rie}RUN chmod +x /usr/local/bin/aws-lambda-rie\nCMD [\"a\"]"));
        spares("LL207", &format!("{PYTHON}{}CMD [\"a\"]", rie.replace("ADD", "ADD --chmod=755")));
        spares("LL207", &format!("{PYTHON}ADD https://example.com/x.tar.gz /usr/local/bin/\nCMD [\"a\"]"));
    }

    #[test]
    fn modes_that_nobody_sees() {
        spares("LL207", &format!("{PYTHON}COPY run.sh /run.sh\nENTRYPOINT [\"/run.sh\"]"));
        spares("LL207", &format!("{PYTHON}COPY --chmod=644 run.sh /run.sh\nENTRYPOINT [\"sh\", \"/run.sh\"]"));
        spares(
            "LL207",
            &format!("{PYTHON}COPY --chmod=644 . /app\nRUN chmod +x /app/run.sh\nENTRYPOINT [\"/app/run.sh\"]"),
        );
        spares(
            "LL207",
            &format!("{PYTHON}COPY --chmod=644 app.py /app/\nCOPY run.sh /app/\nENTRYPOINT [\"/app/run.sh\"]"),
        );
    }
}
