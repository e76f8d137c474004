//! Packages that write to the home folder or beside their own files when they are first used. On Lambda both are
//! read-only.

use super::dependencies::Dependency;
use super::{Build, Launch, Process};
use crate::command::Handed;
use crate::diagnostic::Location;
use crate::facts::{self, BaseKind, Writer};
use crate::image::{EntryKind, FileAt};
use crate::path::last;

/// A package that writes when it is first used.
#[derive(Clone, Debug)]
pub struct FirstUse {
    /// Its name.
    pub package: String,
    /// Where it is named, or lies.
    pub place: Location,
    /// What is known of it.
    pub writer: &'static Writer,
}

/// Variables that move the home folder, or the caches of many.
const HOMES: &[&str] = &["HOME", "XDG_CACHE_HOME", "HF_HOME", "HF_HUB_CACHE"];
/// Parts of names of content that a build brings beforehand.
const CONTENT: &[&str] = &["model", "cache", "weights", "artifacts", "checkpoint"];

impl Launch<'_> {
    /// The packages that write when they are first used, unless a variable or the build's content looks after that.
    pub fn writes_at_first_use(&self) -> Vec<FirstUse> {
        let writers = facts::package_needs().writer.iter();
        let open =
            |writer: &&'static Writer| !writer.variables.iter().chain(HOMES).any(|name| self.env(name).is_some());
        writers.filter(open).filter_map(|writer| self.first_use(writer)).collect()
    }

    fn first_use(&self, writer: &'static Writer) -> Option<FirstUse> {
        let (package, place) = match self.build {
            Some(build) => {
                let known = matches!(self.base.kind, BaseKind::Lambda | BaseKind::General);
                let package = installed(build, writer).map(|package| (package.name.clone(), package.span.into()));
                let package = package.or_else(|| installed_by_system(build, writer));
                let package = package.filter(|_| known && !self.function().is_no())?;
                let sets = |name: &&str| self.code_mentions(build, name);
                if self.starts_unseen_script(build)
                    || looked_after(build, writer)
                    || writer.variables.iter().any(sets)
                    || self.code_mentions(build, "HOME")
                {
                    return None;
                }
                package
            }
            None => self.lies_unprovided(writer)?,
        };
        Some(FirstUse { package, place, writer })
    }

    /// Whether a script of the user's own starts that is not shown: it may set HOME.
    fn starts_unseen_script(&self, build: &Build<'_>) -> bool {
        let unseen = |process: &&Process| {
            let shown = |path: String| build.shown_at_end(&path).is_some();
            process.script_file().is_some_and(|script| !process.path_of(&script.text).is_some_and(shown))
        };
        self.all_processes().iter().any(unseen)
    }

    /// Whether the text of the handler's file, or of the script that starts, is known and holds a word.
    fn code_mentions(&self, build: &Build<'_>, word: &str) -> bool {
        self.needed_files().iter().any(|path| {
            let shown = build.shown_at_end(path);
            shown.and_then(|shown| build.text_of(&shown)).is_some_and(|text| text.contains(word))
        })
    }

    /// A package of a saved image with neither content nor code that names a variable.
    fn lies_unprovided(&self, writer: &Writer) -> Option<(String, Location)> {
        let files = self.files()?;
        let named = |path: &str| {
            let (folder, _) = path.rsplit_once('/')?;
            writer.packages.iter().find(|name| is_of_package(folder, name))
        };
        let provided = |file: &FileAt<'_>| {
            let path = file.path().to_ascii_lowercase();
            writer.content.iter().any(|&part| path.contains(part)) && !facts::is_installed(&path)
        };
        if files.large().any(|file| provided(&file)) {
            return None;
        }
        let program = writer.program.and_then(|program| {
            let called = files.called(|name| name.ends_with(last(program)));
            let paths = called.filter(|file| file.kind == EntryKind::File).map(FileAt::path);
            paths.filter(|path| path.ends_with(program)).last()
        });
        let described = || {
            let called = files.called(|name| matches!(name, "METADATA" | "package.json"));
            let mut paths = called.filter(|file| file.kind == EntryKind::File).map(FileAt::path);
            paths.find_map(|path| Some(((*named(&path)?).to_owned(), path)))
        };
        let found = match program {
            Some(path) => writer.packages.first().map(|name| ((*name).to_owned(), path)),
            None => described(),
        };
        let (name, path) = found?;
        Some((name, self.place_of_file(&path)))
    }
}

/// Whether a folder is the one in which a package manager describes a package.
fn is_of_package(folder: &str, name: &str) -> bool {
    let last = folder.rsplit('/').next().unwrap_or_default();
    let described = last.strip_suffix(".dist-info").and_then(|rest| rest.rsplit_once('-'));
    described.is_some_and(|(package, _)| facts::python_name(package) == name)
        || folder.ends_with(&format!("node_modules/{name}"))
}

fn installed<'b>(build: &'b Build<'_>, writer: &Writer) -> Option<&'b Dependency> {
    let mut packages = build.dependencies().packages.iter();
    packages.find(|package| {
        let has = |name: &str| writer.packages.contains(&name);
        has(&package.name) || has(&facts::python_name(&package.name))
    })
}

/// A package of the distribution that is the writer, by its name, and its place.
fn installed_by_system(build: &Build<'_>, writer: &Writer) -> Option<(String, Location)> {
    let is = |name: &str| writer.system.iter().any(|beginning| name.starts_with(*beginning));
    build.final_commands().find_map(|(_, ran)| {
        let install = ran.install().filter(|install| matches!(install.manager, "apt" | "apk" | "dnf" | "yum"))?;
        let package = install.packages.into_iter().find(|package| is(&package.name))?;
        Some((package.name, package.span.into()))
    })
}

/// Whether a step fills what the package would write, or may.
fn looked_after(build: &Build<'_>, writer: &Writer) -> bool {
    let is_content = |name: &str| {
        let lower = name.to_ascii_lowercase();
        CONTENT.iter().any(|part| lower.contains(part)) || writer.content.iter().any(|&part| lower.contains(part))
    };
    let names = build
        .copies()
        .iter()
        .any(|copied| copied.names().any(is_content) || copied.destination.as_deref().is_some_and(is_content));
    // A command that is not an installation and names the package, or that cannot be read, may fill it.
    let fills = build.final_commands().any(|(_, ran)| {
        // What a shell is given is looked at by itself.
        let shell = matches!(ran.reading.handed, Handed::Script(_));
        !shell && ran.install().is_none() && ran.raws().any(is_content)
    });
    names || fills || build.may_have_done_anything()
}
