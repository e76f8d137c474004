//! LL219 broken-extension.

use crate::diagnostic::{Doc, Finding, Place, Severity};
use crate::facts::BaseKind;
use crate::image::{EntryKind, Resolution};
use crate::launch::{Break, Build, Copied, Launch, Origin};
use crate::path::{last, under};
use crate::rules::{Check, Rule};
use crate::source::Span;

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL219-broken-extension.md"), check: Check::Launch(check) };

const FOLDER: &str = "/opt/extensions";
const ARCHIVES: &[&str] = &[".zip", ".tar", ".tar.gz", ".tgz", ".tar.xz", ".tar.bz2", ".gz", ".xz", ".whl", ".jar"];
const PAPERS: &[&str] = &[".md", ".txt", ".json", ".yaml", ".yml", ".toml", ".rst", ".conf", ".pem"];

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    let Some(build) = launch.build else { return in_image(launch, findings) };
    let mut named: Vec<(String, Span)> = Vec::new();
    let unpacked = !launch.runs_mentioning("/opt").is_empty();
    let mut asked = 0;
    // What an unknown base has there is not known either.
    let mut folder = matches!(launch.base.kind, BaseKind::Unknown | BaseKind::Client) || unpacked;
    for copied in build.copies() {
        if !folder && let Some(span) = takes_the_place(&copied) {
            findings.push(not_a_folder("becomes a file", span.into()));
            continue;
        }
        folder |= copied.destination.as_deref().is_none_or(|path| under(path, FOLDER) || under(FOLDER, path));
        for (source, span) in &copied.sources {
            let Some(path) = source.as_deref().and_then(|source| lands(&copied, source)) else { continue };
            // A RUN that speaks of it may unpack, move or remove it.
            let handled = || unpacked || !launch.runs_mentioning(last(&path)).is_empty();
            asked += 1;
            if asked > MOST_ASKED {
                named.push((path, *span));
            } else if let Some(why) = fault(build, &copied, &path) {
                if !handled() || why == NO_BIT {
                    findings.push(finding(&path, why, *span));
                }
            } else if path != FOLDER {
                named.push((path, *span));
            }
        }
    }
    named.sort();
    named.dedup_by(|a, b| a.0 == b.0);
    let most = crate::facts::limits().extensions;
    if most > 0
        && let Some((_, span)) = named.get(most)
    {
        findings.push(
            Finding::new(format!("{} files are in {FOLDER}, and Lambda starts {most} at most", named.len()))
                .at(Place::from(*span), "one too many")
                .help("put what is no extension into another folder"),
        );
    }
}

/// The extensions of a saved image, each followed as the kernel would.
fn in_image(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    if let Some(image) = launch.image.filter(|image| image.is_whole())
        && let Resolution::Found(node, path) = image.files.resolve(FOLDER)
        && node.kind == EntryKind::File
    {
        let what = if path == FOLDER { "is a file".to_owned() } else { format!("leads to the file {path}") };
        findings.push(not_a_folder(&what, launch.place_of_file_itself(FOLDER)));
    }
    let extensions = launch.extensions();
    for chain in &extensions {
        let (Some(first), Some(link)) = (chain.first(), chain.iter().find(|link| link.fault.is_some())) else {
            continue;
        };
        let why = match &link.fault {
            Some(Break::NotExecutable(mode)) => format!("{} has mode {mode:04o}", link.path),
            Some(Break::Closed(folder, mode)) => format!("{folder} has mode {mode:04o}"),
            Some(Break::WrongArchitecture(found)) => format!("it is built for {found}"),
            Some(Break::Foreign(kind)) => format!("it is {}", kind.name()),
            Some(Break::CarriageReturn) => "its first line ends in CRLF".into(),
            Some(Break::NoShebang(_)) => "it is a text without a `#!` line".into(),
            Some(Break::Missing) => format!("{} is not in the image", link.path),
            _ => continue,
        };
        let help = match &link.fault {
            Some(Break::NotExecutable(_)) => NO_BIT_HELP,
            _ => "copy the program itself there, and everything else elsewhere",
        };
        findings.push(
            Finding::new(format!("Lambda starts every file in {FOLDER}, and {} cannot start: {why}", first.path))
                .at(link.place(), link.trail())
                .help(help),
        );
    }
    let most = crate::facts::limits().extensions;
    let files = launch.extension_files();
    if let Some((_, layer)) = files.get(most).filter(|_| most > 0) {
        findings.push(
            Finding::new(format!("{} files are in {FOLDER}, and Lambda starts {most} at most", files.len()))
                .at(Place::new(Doc::Layer(*layer), Span::default()), "one too many")
                .help("put what is no extension into another folder"),
        );
    }
}

/// The source of a COPY that is one file and gets the folder's own name.
fn takes_the_place(copied: &Copied<'_, '_>) -> Option<Span> {
    let [(Some(source), span)] = copied.sources.as_slice() else { return None };
    let name = last(source);
    let file = is_archive(name) || is_paper(name) || copied.fetches() || name == "lambda-adapter";
    let named = copied.destination.as_deref() == Some(FOLDER) && !copied.folder;
    (named && file && !is_unpacked(copied, name) && !source.contains(['*', '?', '['])).then_some(*span)
}

/// Lambda logs that it cannot list the folder, and goes on without extensions.
fn not_a_folder(what: &str, place: Place) -> Finding {
    Finding::new(format!("{FOLDER} {what}, and Lambda starts nothing there"))
        .at(place, "a folder of extensions should be here")
        .help(format!("end the destination with a slash: COPY <extension> {FOLDER}/"))
        .severity(Severity::Warning)
}

/// Nobody has so many extensions, and each question goes through the whole file.
const MOST_ASKED: usize = 16;
const NO_BIT: &str = "it is not executable";
const NO_BIT_HELP: &str = "give it mode 755: --chmod=755";

fn finding(path: &str, why: &str, span: Span) -> Finding {
    let help = if why == NO_BIT { NO_BIT_HELP } else { "copy the program itself there, and everything else elsewhere" };
    Finding::new(format!("Lambda starts every file in {FOLDER}, and {path} cannot start: {why}"))
        .at(span, "lands directly in /opt/extensions")
        .help(help)
}

/// Where a source lands, if that is directly in the folder of extensions (or takes its place).
fn lands(copied: &Copied<'_, '_>, source: &str) -> Option<String> {
    let destination = copied.destination.as_deref()?;
    let name = last(source.split(['?', '#']).next().unwrap_or_default());
    let file = !name.is_empty() && !name.contains(['*', '?', '[']) && !source.ends_with('/');
    let path = if destination == FOLDER {
        // Without an ending it may be a folder, and a folder's contents go there.
        let plain = is_archive(name) || is_paper(name) || copied.fetches();
        (file && plain).then(|| format!("{FOLDER}/{name}"))?
    } else {
        destination.to_owned()
    };
    let (folder, own) = path.rsplit_once('/')?;
    (folder == FOLDER && !own.is_empty() && !copied.folder || destination == FOLDER).then_some(path)
}

fn is_archive(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ARCHIVES.iter().any(|ending| name.ends_with(ending))
}

fn is_paper(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    PAPERS.iter().any(|ending| name.ends_with(ending))
        || matches!(name.as_str(), "readme" | "license" | "licence" | "notice" | "changelog" | "makefile")
}

/// Whether ADD unpacks a source: a local tar, and no other archive.
fn is_unpacked(copied: &Copied<'_, '_>, name: &str) -> bool {
    copied.add && !copied.fetches() && name.contains(".t") && !name.ends_with(".zip")
}

fn fault(build: &Build<'_>, copied: &Copied<'_, '_>, path: &str) -> Option<&'static str> {
    let name = last(path).to_ascii_lowercase();
    if is_archive(&name) && !is_unpacked(copied, &name) {
        return Some("it is an archive, and nothing unpacks it");
    }
    if is_paper(&name) {
        return Some("it is no program");
    }
    let removed = matches!(build.mode(path, false).execute, Some((false, _)));
    (removed && !matches!(copied.origin, Origin::Unknown)).then_some(NO_BIT)
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::Severity::Warning;
    use crate::rules::tried::{catches, catches_as, spares};

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
        spares("LL219", &on(&format!("{adapter} /opt/extensions/")));
        spares("LL219", &on("COPY extensions /opt/extensions"));
        spares("LL219", &on("ADD ext.tar.gz /opt/extensions"));
        spares("LL219", &on(&format!("RUN mkdir -p /opt/extensions\n{adapter} /opt/extensions")));
        spares("LL219", &on(&format!("COPY telemetry /opt/extensions/telemetry\n{adapter} /opt/extensions")));
        spares("LL219", &format!("FROM registry.example.com/base\n{adapter} /opt/extensions\nCMD [\"x\"]"));
    }

    #[test]
    fn near_misses() {
        spares("LL219", &on("ADD ext.tar.gz /opt/extensions/"));
        spares("LL219", &on("ADD ext.zip /opt/extensions/\nRUN cd /opt/extensions && unzip ext.zip && rm ext.zip"));
        spares("LL219", &on("COPY ext /opt/extensions/ext"));
        spares("LL219", &on("COPY lib/README.md /opt/extensions/lib/README.md"));
        spares("LL219", &on("COPY config.yaml /opt/config.yaml"));
        spares("LL219", &on("ADD --chmod=755 https://example.com/ext /opt/extensions/ext"));
        spares(
            "LL219",
            &on("COPY --from=public.ecr.aws/datadog/lambda-extension:65 /opt/extensions/ /opt/extensions/"),
        );
        spares("LL219", &on("COPY extensions/ /opt/extensions/"));
        spares("LL219", &on("ADD layer.zip /opt/layer.zip"));
    }
}
