//! What the image keeps in root's home folder, which is closed to Lambda's user.

use super::{Build, Copied, Launch, NamedBy, Purpose, RunCommand, Setting, Step};
use crate::diagnostic::Location;
use crate::facts::{self, BaseKind, HomeContent};
use crate::image::{EntryKind, Files, Resolution};
use crate::path::{last, under};

/// Content of /root, and what needs it or brings it.
#[derive(Clone, Debug)]
pub enum InHome {
    /// A setting of the Dockerfile names a path; `certain` unless a step may have opened /root.
    Named { path: String, place: Location, by: NamedBy, certain: bool },
    /// A command downloads what its tool reads at run time.
    Downloaded { content: &'static HomeContent, place: Location },
    /// A COPY puts it there, and nothing in the build uses it.
    Copied { to: String, place: Location },
    /// Files are there, and a setting names them: half a sentence and its place.
    Files { paths: Vec<String>, place: Location, named: Option<(String, Location)> },
}

/// Caches of package managers (LL502), and what every home folder has.
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
const MAX_SETTINGS: u64 = 1024 * 1024;
/// Maximum number of COPY instructions that are looked at: each is searched for in all that follows.
const MAX_COPIES: usize = 200;

impl Launch<'_> {
    /// What is in root's home folder; empty if others may enter it.
    pub fn in_home(&self) -> Vec<InHome> {
        match self.build {
            Some(build) => self.brought_home(build),
            None => self.files_at_home().into_iter().collect(),
        }
    }

    fn files_at_home(&self) -> Option<InHome> {
        let files = self.files()?;
        let Resolution::Found(root, home) = files.resolve("/root") else { return None };
        if root.mode & 0o001 != 0 {
            return None;
        }
        let paths = content_of_home(files, &home);
        let place = self.place_of_file(paths.first()?);
        let below = |path: &str| under(path, "/root") && paths.iter().any(|file| under(file, path));
        let named = self.argument_that(below).or_else(|| self.variable_that(below));
        Some(InHome::Files { paths, place, named })
    }

    fn brought_home(&self, build: &Build<'_>) -> Vec<InHome> {
        // An author who opens /root knows what is in it.
        if matches!(build.mode("/root", true).execute, Some((true, _))) || build.opens_unknown("/root") {
            return Vec::new();
        }
        let mut found = self.named_at_home(build);
        found.extend(self.downloaded_home(build));
        if found.is_empty() {
            let copies = build.copies();
            let lost = copies.iter().take(MAX_COPIES).filter(|copied| is_lost(build, copied));
            found.extend(lost.map(|copied| InHome::Copied {
                to: copied.destination.clone().unwrap_or_default(),
                place: copied.span().into(),
            }));
        }
        found
    }

    /// Each kind of content once, however many commands bring it.
    fn downloaded_home(&self, build: &Build<'_>) -> Vec<InHome> {
        let mut kinds: Vec<&str> = Vec::new();
        let mut found = Vec::new();
        for (step, ran) in build.final_commands() {
            let Some(content) = facts::home_contents().iter().find(|content| downloads(content, ran)) else { continue };
            if kinds.contains(&content.folder) {
                continue;
            }
            kinds.push(content.folder);
            if self.base.kind != BaseKind::Unknown && !self.is_made_for(content) && !is_moved(build, step, content) {
                found.push(InHome::Downloaded { content, place: ran.span.into() });
            }
        }
        found
    }

    /// Whether the base is an image of the tool itself, which sets the tool's variable.
    fn is_made_for(&self, content: &HomeContent) -> bool {
        let named = |name: &facts::ImageRef| name.repository.contains(content.program);
        content.program != "python" && self.base.reference.as_ref().is_some_and(named)
    }

    /// ENTRYPOINT, CMD, WORKDIR and variables that name a place in /root.
    fn named_at_home(&self, build: &Build<'_>) -> Vec<InHome> {
        let mut places: Vec<(String, Location, NamedBy)> = Vec::new();
        if let Setting::Set(path, place) = &self.workdir
            && under(path, "/root")
        {
            places.push((path.clone(), *place, NamedBy::Workdir));
        }
        let own = [&self.entrypoint, &self.cmd].into_iter().filter_map(Setting::set).flat_map(|(argv, _)| &argv.args);
        let within = |arg: &super::Arg| Some((in_root(&arg.text)?, arg.place, NamedBy::Command));
        places.extend(own.filter_map(within));
        for (name, setting) in &self.env {
            let build_only = facts::build_only_variables().contains(&name.as_str()) || name.contains("CACHE");
            let Some((value, place)) = setting.set().filter(|_| !build_only) else { continue };
            let path = in_root(value).filter(|path| build.purpose_of(name, path) != Purpose::Build);
            places.extend(path.map(|path| (path, place, NamedBy::Variable)));
        }
        // A step of which nothing is known may have opened /root.
        let certain = build.keeps_mode_of_base("/root");
        let read = |name: &str| facts::is_runtime_variable(name);
        let named = |(path, place, by): (String, Location, NamedBy)| {
            // That nothing of the build reads a variable is no proof that the function does.
            let of =
                |(name, setting): (&String, &Setting<String>)| (setting.place() == Some(place)).then(|| read(name));
            let read = by != NamedBy::Variable || self.env.iter().find_map(of).unwrap_or(false);
            // Packages in ~/.local are LL310's.
            let local = !read && under(&path, "/root/.local");
            (!local).then_some(InHome::Named { path, place, by, certain: certain && read })
        };
        places.into_iter().filter_map(named).collect()
    }
}

/// Whether a command fills the home folder.
fn downloads(content: &HomeContent, ran: &RunCommand) -> bool {
    let program = content.program == ran.program
        || (content.program == "python"
            && ran.program.starts_with("python")
            && ran.args.iter().any(|arg| arg.raw == "-c"))
        || (matches!(ran.program.as_str(), "npx" | "pnpx" | "bunx" | "pnpm" | "yarn" | "npm" | "uvx" | "deno")
            && ran
                .texts()
                .find(|text| !text.starts_with('-') && !matches!(*text, "exec" | "dlx" | "run"))
                .is_some_and(|text| text.split('@').next() == Some(content.program)));
    let texts = || ran.args.iter().map(|arg| arg.text.as_deref().unwrap_or(&arg.raw));
    let part = |text: &str, word: &str| text == word || (word.contains(['.', '(']) && text.contains(word));
    let barred = |text: &str, word: &str| {
        if word.starts_with('-') {
            text == word || text.strip_prefix(word).is_some_and(|rest| rest.starts_with('='))
        } else {
            text.contains(word)
        }
    };
    program
        && (content.words.is_empty() || texts().any(|text| content.words.iter().any(|word| part(text, word))))
        && !texts().any(|text| content.unless.iter().any(|word| barred(text, word)))
}

/// Whether a variable moves the content, or a later step takes it out of the home folder.
fn is_moved(build: &Build<'_>, step: &Step<'_>, content: &HomeContent) -> bool {
    let set = |name: &str| step.state.env.contains_key(name) || step.state.args.contains_key(name) || step.runs(name);
    let words = [".cache", "/root", "$HOME", "~/", last(content.folder)];
    let names_home = |text: &str| words.iter().any(|word| text.contains(word));
    let moves = |ran: &RunCommand| {
        matches!(ran.program.as_str(), "cp" | "mv" | "ln" | "rsync" | "tar" | "find" | "install")
            || (ran.program == "chmod" && !ran.raws().any(is_below_home))
    };
    let out = |(_, ran): (&Step<'_>, &RunCommand)| moves(ran) && ran.args.iter().any(|arg| names_home(&arg.raw));
    content.variables.iter().any(|name| set(name))
        || set("HOME")
        || set("XDG_CACHE_HOME")
        || build.final_commands().any(out)
}

/// Whether a path lies below root's home folder: to change its mode does not open that folder.
fn is_below_home(path: &str) -> bool {
    ["/root/", "~/", "$HOME/", "${HOME}/"]
        .iter()
        .any(|home| path.strip_prefix(home).is_some_and(|rest| !rest.is_empty()))
}

/// The path in /root that a text names: alone, in a list, or after a flag.
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
fn is_lost(build: &Build<'_>, copied: &Copied<'_, '_>) -> bool {
    let Some(to) = copied.destination.as_deref().filter(|to| under(to, "/root")) else { return false };
    let runs = build.runs_after(copied.step);
    // Keys and settings of tools are for the RUN instructions after them, and ~/.local has LL310.
    let models = to.strip_prefix("/root/").is_some_and(facts::holds_models);
    let hidden = !models && to.split('/').chain(copied.names()).any(|part| part.starts_with('.') && part.len() > 1);
    let local = to.contains("/.local") || copied.names().any(|name| name == ".local");
    let used = build.used_later(copied.step, to)
        || copied.names().any(|name| name.is_empty() || build.used_later(copied.step, name))
        || runs.iter().any(|run| run.runs("/root") || run.runs("~/") || run.runs("$HOME"));
    !local && !used && (!hidden || !runs.into_iter().any(|run| build.changes(run)))
}

/// The files below /root that a program may want at run time, by these paths wherever the folder really lies.
fn content_of_home(files: &Files, home: &str) -> Vec<String> {
    let named = |path: &str| path.strip_prefix(home).map_or_else(|| path.to_owned(), |rest| format!("/root{rest}"));
    let all = files.inside("/root").filter(|file| file.kind == EntryKind::File);
    let content = all.map(|file| (named(&file.path()), file)).filter(|(path, file)| {
        let hidden = path.trim_start_matches("/root/").starts_with('.');
        !NO_CONTENT.iter().any(|folder| under(path, folder))
            && (!hidden || file.size >= MAX_SETTINGS)
            && !path.ends_with(".cfg")
            && !path.ends_with(".log")
    });
    content.map(|(path, _)| path).collect()
}

#[cfg(test)]
mod tests {
    use super::in_root;

    #[test]
    fn paths_in_root() {
        assert_eq!(in_root("ssh -i /root/.ssh/id -o x").as_deref(), Some("/root/.ssh/id"));
        assert_eq!(in_root("--model=/root/m").as_deref(), Some("/root/m"));
        assert_eq!((in_root("/app/root/x"), in_root("/rootfs"), in_root("https://x/root/y")), (None, None, None));
    }
}
