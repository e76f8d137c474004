//! Which programs are certainly not in the image that a Dockerfile makes.

use super::{Arg, Build, Copied, Launch, Origin, Presence, Ran};
use crate::dockerfile::Kind;
use crate::facts::{BaseKind, lacks, programs};
use crate::path::{clean, last, under};

/// Why a program is not in the image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// What to do about it.
    pub help: String,
    /// Whether it is certain; else something visible could still have brought it.
    pub certain: bool,
}

/// Folders of the default PATH.
const PATH: &[&str] = &["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

/// Folders at the root that any base may bring with something in them.
const COMMON: &[&str] = &[
    "bin",
    "boot",
    "dev",
    "etc",
    "home",
    "lib",
    "lib32",
    "lib64",
    "media",
    "mnt",
    "opt",
    "proc",
    "root",
    "run",
    "sbin",
    "srv",
    "sys",
    "tmp",
    "usr",
    "var",
    "busybox",
    "nodejs",
    "go",
    "lambda-entrypoint.sh",
    "local",
    "nix",
];

impl Launch<'_> {
    /// Whether the Dockerfile shows that the program it starts is not there.
    pub(super) fn absent_program(&self, program: &Arg) -> Option<Missing> {
        let build = self.build?;
        let own = self.entrypoint.set().is_some() || self.cmd.set().is_some();
        if !own || program.text.is_empty() || program.text.contains('$') {
            return None;
        }
        let lacking = lacks(&self.base);
        let name = last(&program.text);
        let debug = self.base.reference.as_ref().and_then(|known| known.tag.as_deref()).unwrap_or_default();
        let shell = matches!(name, "sh" | "env") && debug.contains("debug");
        let musl = self.base.os.is_some_and(|os| os.musl);
        let lacks_program = lacking.is_some_and(|lacks| lacks.programs.iter().any(|known| known == name)) && !shell;
        let bash = name == "bash" && musl;
        let path = self.program_path_of(program);
        if !program.text.contains('/') {
            let scratch = self.base.kind == BaseKind::Scratch;
            // The PATH that a general base brings is the one that everybody knows.
            let general = self.base.kind == BaseKind::General;
            let path_set = self.env.get("PATH").is_some_and(|path| !(general && path.is_inherited()));
            if self.lacks_python(name) && self.tame() && !path_set && !self.may_be_on_path(name) {
                return Some(Missing { help: "write python3, or install python-is-python3".into(), certain: true });
            }
            if !(lacks_program || bash || scratch) || path_set || self.may_be_on_path(name) {
                return None;
            }
            return self.judge(
                name,
                bash,
                lacking.map_or("copy it in, and name it by its absolute path", |l| &l.instead),
            );
        }
        let path = path?;
        if let Some(missing) = self.in_empty_folder(&path) {
            return Some(missing);
        }
        let Presence::Absent = self.presence(&path) else { return None };
        let plain = |copied: &Copied<'_, '_>| copied.may_hold(&path) == Some(false);
        if !build.copies().iter().all(plain) {
            return None;
        }
        // The function's configuration may set another working directory.
        let certain = program.text.starts_with('/');
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        if self.base.kind == BaseKind::Scratch {
            return self
                .tame()
                .then(|| Missing { help: "COPY the program there, or name where it is".into(), certain });
        }
        let listed = lacking.is_some_and(|lacks| lacks.paths.contains(&path));
        let on_path = PATH.contains(&folder);
        if listed || (on_path && (lacks_program || bash)) {
            let help = lacking.map_or("install it with apk add --no-cache", |lacks| &lacks.instead);
            return self.judge(name, bash, help);
        }
        let top = path.trim_start_matches('/').split('/').next().unwrap_or_default();
        let known = self.base.kind == BaseKind::Lambda || lacking.is_some() || self.base.family == Some("ruby");
        let tool_folder =
            ["/bin/", "/node_modules/", "/.venv/", "/venv/", "/vendor/"].iter().any(|part| path.contains(part));
        let made_here = build.copies().iter().any(|copied| copied.destination.is_some());
        let tame = || self.tame() && self.runs_mentioning(&format!("/{top}")).iter().all(|_| top == name);
        (known && !COMMON.contains(&top) && !tool_folder && made_here && tame())
            .then(|| Missing { help: "nothing copies it there: COPY it, or name where it is".into(), certain })
    }

    /// An interpreter in a folder that the base leaves empty, and that no package manager puts interpreters into.
    fn in_empty_folder(&self, path: &str) -> Option<Missing> {
        let lacks = lacks(&self.base)?;
        let (folder, name) = path.rsplit_once('/')?;
        let empty = lacks.folders.iter().any(|known| known == folder) && is_interpreter(name);
        let copied =
            || self.build.is_none_or(|build| build.copies().iter().any(|one| one.may_hold(path) != Some(false)));
        if !empty || copied() || !self.tame() || !self.runs_mentioning("/usr/local").is_empty() {
            return None;
        }
        Some(Missing { help: lacks.instead.clone(), certain: true })
    }

    /// Debian and Ubuntu of today call it `python3`; only one package brings `python`.
    fn lacks_python(&self, name: &str) -> bool {
        const SYSTEMS: &[&str] = &["debian-12", "debian-13", "ubuntu-22.04", "ubuntu-24.04"];
        let general = matches!(self.base.family, Some("debian" | "ubuntu"));
        let system = self.base.os.is_some_and(|os| SYSTEMS.contains(&os.id.as_str()));
        let brought = |build: &Build<'_>| {
            build.final_ran().any(|(_, ran)| {
                ran.install().is_some_and(|install| {
                    install
                        .packages
                        .iter()
                        .any(|package| package.name.contains("-is-python") || package.name == "python")
                }) || matches!(ran.program.as_str(), "ln" | "update-alternatives")
            })
        };
        name == "python" && general && system && self.build.is_some_and(|build| !brought(build))
    }

    /// The absolute path behind a program that is named with a folder.
    fn program_path_of(&self, program: &Arg) -> Option<String> {
        if program.text.starts_with('/') {
            return Some(clean(&program.text));
        }
        if self.workdir.is_unknown() || !program.text.contains('/') {
            return None;
        }
        Some(clean(&format!("{}/{}", self.workdir.value().map_or("/", String::as_str), program.text)))
    }

    /// Certain where no RUN could have brought it; bash on Alpine comes along with few packages, so there it is
    /// likely all the same.
    fn judge(&self, name: &str, bash: bool, help: &str) -> Option<Missing> {
        let installs = self
            .build?
            .final_ran()
            .any(|(_, ran)| ran.install().is_some_and(|install| !matches!(install.manager, "pip" | "npm" | "gem")));
        let mentioned = !self.runs_mentioning(name).is_empty();
        if mentioned || !self.tame() || (installs && !bash) {
            return None;
        }
        let help = if bash { "add RUN apk add --no-cache bash, or start it with /bin/sh" } else { help };
        Some(Missing { help: help.to_owned(), certain: !installs })
    }

    /// Whether a COPY could have put a file of a name into a folder of PATH.
    fn may_be_on_path(&self, name: &str) -> bool {
        let copies = self.build.map(Build::copies).unwrap_or_default();
        copies.iter().any(|copied| {
            let Some(destination) = copied.destination.as_deref() else { return true };
            let foreign = !matches!(copied.origin, Origin::Context);
            PATH.iter().any(|folder| {
                let inside = under(destination, folder);
                let above = under(folder, destination) && (foreign || destination != "/");
                inside || above || copied.may_hold(&format!("{folder}/{name}")) == Some(true) && destination != "/"
            })
        })
    }

    /// Whether every RUN of the final image only does what package managers and the like do.
    pub fn tame(&self) -> bool {
        let Some(build) = self.build else { return false };
        let tame = |ran: &Ran| {
            programs().tame.contains(&ran.program)
                && (ran.program != "npm" || matches!(ran.verb(), "install" | "i" | "ci" | "cache"))
        };
        build.final_stages().iter().all(|stage| {
            stage.steps.iter().enumerate().all(|(at, step)| {
                let ran = stage.ran_in(at);
                // A RUN in which no command can be made out may do anything.
                !matches!(step.instruction.kind, Kind::Run(_)) || (!ran.is_empty() && ran.iter().all(tame))
            })
        })
    }
}

impl Launch<'_> {
    /// Whether the mode of a path is what COPY and chmod say: one COPY alone may have put it there, or names it,
    /// and no RUN of unknown effect follows.
    pub fn sure_of_mode(&self, path: &str) -> bool {
        let copies = self.build.map(Build::copies).unwrap_or_default();
        let may: Vec<_> = copies.iter().filter(|copied| copied.may_hold(path) != Some(false)).collect();
        let named = may.last().is_some_and(|copied| {
            copied.destination.as_deref() == Some(path) || copied.names().any(|name| name == last(path))
        });
        (may.len() <= 1 || named) && self.tame()
    }
}

fn is_interpreter(name: &str) -> bool {
    let plain = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    programs().interpreters.iter().any(|known| known == name || known == plain)
}
