//! LL308 content-in-build-home.

use crate::diagnostic::{Finding, Place, Severity};
use crate::facts::{self, BaseKind, HomeContent};
use crate::image::EntryKind;
use crate::launch::{Build, Copied, Launch, Purpose, Ran, Setting, Step};
use crate::path::{last, under};
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL308-content-in-build-home.md"), check: Check::Launch(check) };

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    let Some(build) = launch.build else { return in_image(launch, findings) };
    // Somebody who opens /root knows what is in it.
    if matches!(build.mode("/root", true).execute, Some((true, _))) || build.opens_unknown("/root") {
        return;
    }
    let before = findings.len();
    named(launch, build, findings);
    // Each kind of content is said once, however many commands bring it.
    let mut said: Vec<&str> = Vec::new();
    for (step, ran) in build.final_ran() {
        let Some(content) = facts::home_contents().iter().find(|content| makes(content, ran)) else { continue };
        if said.contains(&content.folder.as_str()) {
            continue;
        }
        said.push(&content.folder);
        // Images made for the tool set its variable.
        let made_for_it = launch
            .base
            .reference
            .as_ref()
            .is_some_and(|name| content.program != "python" && name.repository.contains(&content.program));
        if launch.base.kind == BaseKind::Unknown || made_for_it || moved(build, step, content) {
            continue;
        }
        let name = content.variables.first().map_or("", String::as_str);
        findings.push(
            Finding::new(format!("{} go to ~/{}, and Lambda's user has another home", content.content, content.folder))
                .at(ran.span, "the home of the build's user, which is closed to others")
                .help(format!("set ENV {name}=/opt/{} in front of it", last(&content.folder)))
                .severity(Severity::Warning),
        );
    }
    if findings.len() == before {
        build
            .copies()
            .iter()
            .take(200)
            .filter(|copied| lost(build, copied))
            .for_each(|copied| findings.push(copy(copied)));
    }
}

/// Whether a command fills the home folder.
fn makes(content: &HomeContent, ran: &Ran) -> bool {
    let program = content.program == ran.program
        || (content.program == "python"
            && ran.program.starts_with("python")
            && ran.args.iter().any(|arg| arg.raw == "-c"))
        || (matches!(ran.program.as_str(), "npx" | "pnpx" | "bunx" | "pnpm" | "yarn" | "npm" | "uvx" | "deno")
            && ran
                .texts()
                .find(|text| !text.starts_with('-') && !matches!(*text, "exec" | "dlx" | "run"))
                .is_some_and(|text| text.split('@').next() == Some(content.program.as_str())));
    let texts = || ran.args.iter().map(|arg| arg.text.as_deref().unwrap_or(&arg.raw));
    let part = |text: &str, word: &String| text == word || (word.contains(['.', '(']) && text.contains(word.as_str()));
    let barred = |text: &str, word: &String| {
        if word.starts_with('-') {
            text == word || text.strip_prefix(word.as_str()).is_some_and(|rest| rest.starts_with('='))
        } else {
            text.contains(word.as_str())
        }
    };
    program
        && (content.words.is_empty() || texts().any(|text| content.words.iter().any(|word| part(text, word))))
        && !texts().any(|text| content.unless.iter().any(|word| barred(text, word)))
}

/// Whether a variable moves the content, or a later step takes it out of the home folder.
fn moved(build: &Build<'_>, step: &Step<'_>, content: &HomeContent) -> bool {
    let set = |name: &str| step.state.env.contains_key(name) || step.state.args.contains_key(name) || step.runs(name);
    let words = [".cache", "/root", "$HOME", "~/", last(&content.folder)];
    let speaks = |text: &str| words.iter().any(|word| text.contains(word));
    let moves =
        |ran: &Ran| matches!(ran.program.as_str(), "cp" | "mv" | "ln" | "rsync" | "tar" | "chmod" | "find" | "install");
    let out = |(_, ran): (&Step<'_>, &Ran)| moves(ran) && ran.args.iter().any(|arg| speaks(&arg.raw));
    content.variables.iter().any(|name| set(name)) || set("HOME") || set("XDG_CACHE_HOME") || build.final_ran().any(out)
}

/// ENTRYPOINT, CMD, WORKDIR and variables that name a place in /root.
fn named(launch: &Launch<'_>, build: &Build<'_>, findings: &mut Vec<Finding>) {
    let mut places: Vec<(String, Place, &str, Severity)> = Vec::new();
    if let Setting::Set(path, place) = &launch.workdir
        && under(path, "/root")
    {
        places.push((path.clone(), *place, "the function starts in this folder", Severity::Error));
    }
    for setting in [&launch.entrypoint, &launch.cmd] {
        let Some((argv, _)) = setting.set() else { continue };
        let within = argv
            .args
            .iter()
            .filter_map(|arg| Some((in_root(&arg.text)?, arg.place, "Lambda starts this", Severity::Error)));
        places.extend(within);
    }
    for (name, setting) in &launch.env {
        let build_only = facts::build_only_variables().contains(name) || name.contains("CACHE");
        let Some((value, place)) = setting.set().filter(|_| !build_only) else { continue };
        let Some(path) = in_root(value) else { continue };
        if build.purpose_of(name, &path) == Purpose::Build {
            continue;
        }
        places.push((path, place, "the function finds this in its environment", Severity::Error));
    }
    // A step that only running it can tell may have opened /root.
    let most = if build.may_have_done_anything() { Severity::Warning } else { Severity::Error };
    for (path, place, why, severity) in places {
        let severity = severity.min(most);
        findings.push(
            Finding::new(format!("{path} cannot be read on Lambda: /root is closed to other users"))
                .at(place, why)
                .help("put it into ${LAMBDA_TASK_ROOT} or /opt")
                .severity(severity),
        );
    }
}

/// The path in /root that a text names: alone, in a list, or behind a flag.
fn in_root(text: &str) -> Option<String> {
    let at = text.match_indices("/root").map(|(at, _)| at).find(|&at| {
        let before = text.get(..at).and_then(|head| head.chars().last());
        let behind = text.get(at + 5..).and_then(|tail| tail.chars().next());
        before.is_none_or(|c| " =:,;'\"@".contains(c)) && behind.is_none_or(|c| " /:,;'\"".contains(c))
    })?;
    let tail = text.get(at..)?;
    let end = tail.find([' ', ':', ',', ';', '\'', '"']).unwrap_or(tail.len());
    tail.get(..end).map(str::to_owned)
}

/// Whether a COPY puts something into the home folder that nothing in the build uses.
fn lost(build: &Build<'_>, copied: &Copied<'_, '_>) -> bool {
    let Some(to) = copied.destination.as_deref().filter(|to| under(to, "/root")) else { return false };
    let runs = build.runs_after(copied.step);
    // Keys and settings of tools are for the RUN instructions behind them, and ~/.local has LL310.
    let hidden = to.split('/').chain(copied.names()).any(|part| part.starts_with('.') && part.len() > 1);
    let local = to.contains("/.local") || copied.names().any(|name| name == ".local");
    let used = build.used_later(copied.step, to)
        || copied.names().any(|name| name.is_empty() || build.used_later(copied.step, name))
        || runs.iter().any(|run| run.runs("/root") || run.runs("~/") || run.runs("$HOME"));
    !local && !used && (!hidden || runs.is_empty())
}

fn copy(copied: &Copied<'_, '_>) -> Finding {
    let to = copied.destination.as_deref().unwrap_or_default();
    Finding::new(format!("what is copied to {to} cannot be read on Lambda"))
        .at(copied.span(), "/root is closed to other users")
        .help("copy it to ${LAMBDA_TASK_ROOT} or /opt")
        .severity(Severity::Warning)
}

/// Caches of package managers, of which LL502 speaks, and what every home has.
const NO_CONTENT: &[&str] = &[
    "/root/.cache/pip",
    "/root/.cache/uv",
    "/root/.npm",
    "/root/.cache/yarn",
    "/root/.cargo",
    "/root/.rustup",
    "/root/.gnupg",
    "/root/.cache/go-build",
];
/// Hidden files smaller than this are settings, in bytes.
const SETTINGS: u64 = 1024 * 1024;

/// A saved image with content below /root, which only root can enter.
fn in_image(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    let Some(image) = launch.image.filter(|image| image.is_whole()) else { return };
    // Where /root was opened, what is in it can be read.
    if image.files.get("/root").is_none_or(|root| root.mode & 0o001 != 0) {
        return;
    }
    let content = image.files.below("/root").filter(|(path, node)| {
        let hidden = path.trim_start_matches("/root/").starts_with('.');
        node.kind == EntryKind::File
            && !NO_CONTENT.iter().any(|folder| under(path, folder))
            && (!hidden || node.size >= SETTINGS)
            && !path.ends_with(".cfg")
            && !path.ends_with(".log")
    });
    let files: Vec<&str> = content.map(|(path, _)| path).collect();
    let Some(first) = files.first() else { return };
    let below = |path: &str| under(path, "/root") && files.iter().any(|file| under(file, path));
    let finding = match launch.argument_that(below).or_else(|| launch.variable_that(below)) {
        Some((why, place)) => {
            Finding::new(format!("{why}, and Lambda's user cannot enter /root")).at(place, "needs it")
        }
        None => {
            let message = match files.len() {
                1 => format!("{first} is below /root, which Lambda's user cannot enter"),
                count => format!("{count} files are below /root, which Lambda's user cannot enter"),
            };
            Finding::new(message).severity(Severity::Warning)
        }
    };
    findings.push(
        finding
            .at(launch.place_of_file(first), super::few(&files))
            .help("put it into /opt or the task root, and say so in the variable that names it"),
    );
}

#[cfg(test)]
mod tests {
    use super::in_root;
    use crate::diagnostic::Severity::{Error, Warning};
    use crate::rules::tried::{catches_as, spares};

    fn python(steps: &str) -> String {
        format!(
            "FROM public.ecr.aws/lambda/python:3.13\n{steps}\nCOPY app.py ${{LAMBDA_TASK_ROOT}}/\nCMD [\"app.handler\"]"
        )
    }

    #[test]
    fn paths_in_root() {
        assert_eq!(in_root("ssh -i /root/.ssh/id -o x").as_deref(), Some("/root/.ssh/id"));
        assert_eq!(in_root("--model=/root/m").as_deref(), Some("/root/m"));
        assert_eq!((in_root("/app/root/x"), in_root("/rootfs"), in_root("https://x/root/y")), (None, None, None));
    }

    #[test]
    fn content_in_the_home_folder() {
        for steps in [
            "RUN pip install playwright==1.49.0 && playwright install chromium",
            "RUN python -m playwright install --with-deps && rm -rf /root/.cache/pip",
            "RUN npx playwright@1.49 install chromium",
            "RUN python -c \"import nltk; nltk.download('punkt')\"",
            "RUN python -m nltk.downloader punkt",
            "RUN python3 -c \"from transformers import AutoModel; AutoModel.from_pretrained('x')\"",
            "COPY models /root/models",
        ] {
            catches_as(Warning, "LL308", &python(steps));
        }
        catches_as(Error, "LL308", &python("ENV GIT_SSH_COMMAND='ssh -i /root/.ssh/id_rsa'"));
        catches_as(Error, "LL308", "FROM python:3.13\nWORKDIR /root/app\nCOPY . .\nCMD [\"python\", \"app.py\"]");
        catches_as(Error, "LL308", "FROM python:3.13\nENTRYPOINT [\"/root/.venv/bin/python\", \"app.py\"]");
    }

    #[test]
    fn near_misses() {
        for steps in [
            "ENV PLAYWRIGHT_BROWSERS_PATH=/opt/browsers\nRUN playwright install chromium",
            "RUN playwright install-deps",
            "RUN playwright install && cp -r /root/.cache/ms-playwright /opt",
            "RUN PLAYWRIGHT_BROWSERS_PATH=0 playwright install",
            "RUN python -m nltk.downloader -d /opt/nltk punkt",
            "RUN python -c \"import nltk; nltk.download('punkt', download_dir='/opt')\"",
            "ENV HF_HOME=/opt/hf\nRUN python -c \"M.from_pretrained('x')\"",
            "RUN python -c \"M.from_pretrained('x').save_pretrained('/opt')\"",
            "RUN --mount=type=cache,target=/root/.cache/pip pip install requests==2.32.0",
            "RUN --mount=type=secret,id=npmrc,target=/root/.npmrc npm ci",
            "COPY .npmrc /root/.npmrc\nRUN npm ci && rm /root/.npmrc",
            "ENV PATH=/root/.cargo/bin:$PATH",
            "COPY patch.spec /root\nRUN cd /root && rpmbuild patch.spec",
        ] {
            spares("LL308", &python(steps));
        }
        spares("LL308", "FROM node:22 AS b\nRUN npx playwright install\nFROM node:22\nCOPY --from=b /root/x /opt/x");
        spares("LL308", "FROM mcr.microsoft.com/playwright:v1.49.0\nRUN npx playwright install");
    }
}
