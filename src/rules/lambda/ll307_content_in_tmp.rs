//! LL307 content-in-tmp.

use crate::diagnostic::{Finding, Place, Severity};
use crate::image::EntryKind;
use crate::launch::{Build, Copied, Launch, Purpose, Setting};
use crate::path::{is_file, under};
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL307-content-in-tmp.md"), check: Check::Launch(check) };

/// A path that is needed, where it is named, why, and how sure that is.
type Needed = (String, Place, &'static str, Severity);

const GONE: &str = "Lambda mounts an empty /tmp over it";

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    if launch.image.is_some() {
        return in_image(launch, findings);
    }
    // A base for others, or a place to build in, starts nothing.
    let Some(build) = launch.build.filter(|_| launch.starts_own()) else { return };
    let copies: Vec<Copied<'_, '_>> = build.copies().into_iter().filter(is_in_tmp).take(20).collect();
    let filled = filled(build);
    let mut needed: Vec<Needed> = Vec::new();
    if let Setting::Set(path, place) = &launch.workdir
        && under(path, "/tmp")
        // A WORKDIR of /tmp itself is a folder one can write to.
        && (path != "/tmp" || copies.iter().any(|copied| copied.destination.as_deref() == Some("/tmp")))
        && !handler_elsewhere(launch)
    {
        needed.push((path.clone(), *place, "the function starts in this folder", Severity::Error));
    }
    needed.extend(started(launch, &filled, &copies));
    needed.extend(named(launch, build, &filled, &copies));
    for (path, place, why, severity) in &needed {
        let mut finding =
            Finding::new(format!("{path} is needed, and what the build puts into /tmp is gone on Lambda"))
                .at(*place, *why);
        if let Some(copied) = copies.iter().find(|copied| touches(copied, path)) {
            finding = finding.at(copied.span(), GONE);
        }
        findings.push(finding.help("put it outside /tmp: ${LAMBDA_TASK_ROOT} or /opt").severity(*severity));
    }
    if !needed.is_empty() {
        return;
    }
    for copied in copies {
        let Some(to) = copied.destination.as_deref() else { continue };
        // What a later RUN speaks of may have been for the build only.
        let later = build.runs_after(copied.step).iter().any(|run| run.runs("/tmp") || run.runs("TMP"))
            || build.used_later(copied.step, to)
            || copied.names().any(|name| name.is_empty() || build.used_later(copied.step, name));
        let marker = copied.sources.iter().all(|(source, _)| source.as_deref().is_none_or(|s| s == "/dev/null"));
        if !later && !marker {
            findings.push(
                Finding::new(format!("what is copied to {to} is gone on Lambda"))
                    .at(copied.span(), GONE)
                    .help("copy it to ${LAMBDA_TASK_ROOT} or /opt")
                    .severity(Severity::Warning),
            );
        }
    }
}

fn is_in_tmp(copied: &Copied<'_, '_>) -> bool {
    copied.destination.as_deref().is_some_and(|to| under(to, "/tmp"))
}

/// With AWS's own entrypoint the task root decides, and the working directory may be anywhere that exists.
fn handler_elsewhere(launch: &Launch<'_>) -> bool {
    launch.workdir.value().is_some_and(|path| path == "/tmp") && launch.starts_lambda_entrypoint()
}

/// Whether a COPY brings what stands at a path, above it or below it.
fn touches(copied: &Copied<'_, '_>, path: &str) -> bool {
    copied.sources.iter().any(|(source, _)| {
        let Some(source) = source.as_deref() else { return false };
        let to = copied.lands(source).unwrap_or_default();
        under(&to, path) || (!is_file(source) && under(path, &to))
    })
}

/// Program and arguments below /tmp, where the build fills them.
fn started(launch: &Launch<'_>, filled: &[&str], copies: &[Copied<'_, '_>]) -> Vec<Needed> {
    let Some(argv) = launch.argv() else { return Vec::new() };
    let program = argv.first().map(|arg| arg.place);
    let needed = |arg: &&crate::launch::Arg| {
        arg.text.starts_with("/tmp/") && (Some(arg.place) == program || is_filled(filled, copies, &arg.text))
    };
    argv.into_iter()
        .filter(needed)
        .map(|arg| (arg.text.clone(), arg.place, "Lambda starts this", Severity::Error))
        .collect()
}

/// Variables that name a place below /tmp into which the build copies.
fn named(launch: &Launch<'_>, build: &Build<'_>, filled: &[&str], copies: &[Copied<'_, '_>]) -> Vec<Needed> {
    let mut found = Vec::new();
    for (name, setting) in &launch.env {
        let Some((value, place)) = setting.set() else { continue };
        // A step that only running it can tell may be what needs it.
        let unsure = if build.may_have_done_anything() { Severity::Warning } else { Severity::Error };
        let list = name == "PATH" || name.ends_with("PATH");
        for path in value.split(if list { ':' } else { '\0' }) {
            let copied = || copies.iter().any(|copied| touches(copied, path));
            let unpacked = || list && is_filled(filled, copies, path);
            if !path.starts_with("/tmp/") || !(copied() || unpacked()) {
                continue;
            }
            let severity = match build.purpose_of(name, path) {
                Purpose::RunTime => Severity::Error,
                Purpose::Unknown => unsure,
                Purpose::Build => continue,
            };
            found.push((path.to_owned(), place, "the function finds this in its environment", severity));
        }
    }
    found
}

/// Whether the build puts something at a path or below: a COPY does, or a RUN that names it.
fn is_filled(filled: &[&str], copies: &[Copied<'_, '_>], path: &str) -> bool {
    copies.iter().any(|copied| touches(copied, path))
        || filled.iter().any(|text| under(text, path) || under(path, text.trim_end_matches('/')))
}

/// Places below /tmp that RUN instructions fill.
fn filled<'b>(build: &'b Build<'_>) -> Vec<&'b str> {
    const MAKERS: &[&str] = &["cp", "mv", "tar", "unzip", "curl", "wget", "pip", "install", "git"];
    let makes = build.final_ran().filter(|(_, ran)| MAKERS.contains(&ran.program.as_str()));
    let places = makes.flat_map(|(_, ran)| ran.texts()).filter(|text| text.len() > 5 && text.starts_with("/tmp/"));
    places.take(100).collect()
}

/// Left-overs smaller than this are nobody's, in bytes.
const LEFT_OVER: u64 = 1024 * 1024;

/// A saved image with files below /tmp: they are needed where a setting names them.
fn in_image(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    let Some(image) = launch.image.filter(|image| image.is_whole()) else { return };
    let files = |folder: &str| {
        let files = image.files.below(folder).filter(|(_, node)| node.kind == EntryKind::File);
        files.map(|(path, node)| (path, node.size)).collect::<Vec<_>>()
    };
    let all = files("/tmp");
    let Some((first, _)) = all.first() else { return };
    let below = |path: &str| under(path, "/tmp") && all.iter().any(|(file, _)| under(file, path));
    let workdir = || {
        let dir = launch.workdir.value().filter(|dir| below(dir))?;
        Some((format!("WORKDIR is {dir}"), launch.workdir.place()?))
    };
    let argument = launch.argument_that(|text| text.starts_with("/tmp/") && below(text));
    let needed = argument.or_else(workdir).or_else(|| launch.variable_that(|path| path != "/tmp" && below(path)));
    if let Some((why, place)) = needed {
        findings.push(
            Finding::new(format!("{why}, and Lambda mounts an empty /tmp over what the image has there"))
                .at(place, "needs it")
                .at(launch.place_of_file(first), format!("{first} is in the image"))
                .help("put it into another folder, such as /opt"),
        );
        return;
    }
    let bytes: u64 = all.iter().map(|(_, size)| size).sum();
    if bytes >= LEFT_OVER {
        findings.push(
            Finding::new(format!("{} below /tmp are gone at run time", crate::size::show(bytes)))
                .at(launch.place_of_file(first), format!("{} files, {first} among them", all.len()))
                .help("delete them in the RUN that makes them, or put them into another folder")
                .severity(Severity::Warning),
        );
    }
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::Severity::{Error, Warning};
    use crate::rules::tried::{catches_as, spares};

    fn python(steps: &str) -> String {
        format!(
            "FROM public.ecr.aws/lambda/python:3.13\n{steps}\nCOPY app.py ${{LAMBDA_TASK_ROOT}}/\nCMD [\"app.handler\"]"
        )
    }

    #[test]
    fn content_that_is_gone() {
        catches_as(Warning, "LL307", &python("COPY model.bin /tmp/model.bin"));
        catches_as(Error, "LL307", &python("ENV MODEL=/tmp/model\nCOPY model /tmp/model/"));
        catches_as(
            Error,
            "LL307",
            &python("RUN unzip x.zip -d /tmp/lib\nENV LD_LIBRARY_PATH=/tmp/lib:$LD_LIBRARY_PATH"),
        );
        catches_as(Error, "LL307", "FROM python:3.13\nWORKDIR /tmp\nCOPY . .\nCMD [\"python\", \"app.py\"]");
        catches_as(Error, "LL307", "FROM python:3.13\nCOPY run /tmp/run\nENTRYPOINT [\"/tmp/run\"]");
        catches_as(Error, "LL307", "FROM python:3.13\nCOPY app /tmp/app\nCMD [\"python\", \"/tmp/app/main.py\"]");
    }

    #[test]
    fn near_misses() {
        spares("LL307", &python("ENV HOME=/tmp HF_HOME=/tmp/hf XDG_CACHE_HOME=/tmp/.cache"));
        spares("LL307", &python("RUN curl -o /tmp/x.zip https://example.com/x.zip && unzip /tmp/x.zip -d /opt"));
        spares("LL307", &python("COPY requirements.txt /tmp/\nRUN pip install -r /tmp/requirements.txt"));
        spares("LL307", &python("WORKDIR /tmp/build\nCOPY x.tar.gz .\nRUN make install\nWORKDIR /var/task"));
        spares("LL307", &python("ENV LD_LIBRARY_PATH=/tmp/chromium/lib:$LD_LIBRARY_PATH"));
        spares("LL307", &python("COPY x.txt /tmp/\nRUN pip install -r /tmp/x.txt\nENV LD_LIBRARY_PATH=/tmp/lib"));
        spares("LL307", "FROM public.ecr.aws/lambda/provided:al2023\nENV P=/tmp/b\nCOPY b /tmp/b\nRUN make");
        spares("LL307", "FROM python:3.13\nWORKDIR /tmp\nCOPY app.py /app/\nCMD [\"python\", \"/app/app.py\"]");
        spares("LL307", "FROM python:3.13\nCMD [\"gunicorn\", \"--worker-tmp-dir\", \"/tmp/w\", \"app\"]");
        spares("LL307", "FROM python:3.13 AS b\nCOPY x /tmp/x\nFROM python:3.13\nCOPY --from=b /tmp/x /x");
    }
}
