//! Which programs are certainly not in the image that a Dockerfile makes.

use super::{Arg, At, Build, Doubt, Launch, OnPath, Packaged, Presence, Sight, Stage};
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
        let shell = matches!(name, "sh" | "env") && self.base.has_variant("debug");
        let musl = self.base.os.is_some_and(|os| os.musl);
        let lacks_program = lacking.is_some_and(|lacks| lacks.programs.contains(&name)) && !shell;
        let bash = name == "bash" && musl;
        let path = self.program_path_of(program);
        let init = self.lacks_init(name);
        if !program.text.contains('/') {
            let scratch = self.base.kind == BaseKind::Scratch;
            // The PATH that a general base brings is the one that everybody knows.
            let general = matches!(self.base.kind, BaseKind::General | BaseKind::Lambda);
            let path_set = self.env.get("PATH").is_some_and(|path| !(general && path.is_inherited()));
            let sight = build.look(&OnPath {
                name,
                folders: PATH,
                packaged: match name {
                    _ if is_interpreter(name) || super::is_handler(name) => Packaged::Never,
                    _ if init => Packaged::Named,
                    _ => Packaged::Any,
                },
            });
            if path_set {
                return None;
            }
            if self.lacks_python(name) {
                // What installs no `python` by name brings none.
                let help = "write python3, or install python-is-python3";
                return (sight.doubt <= Doubt::System).then(|| Missing { help: help.into(), certain: true });
            }
            // No package has a program that is called like a handler; on other bases LL215 says so.
            let handler = self.on_lambda_base() && super::is_handler(name);
            if init {
                return judge(sight, true, "install it in the final stage, or start the program without it");
            }
            if !(lacks_program || bash || scratch || handler) {
                return None;
            }
            let help = lacking.map_or("copy it in, and name it by its absolute path", |l| l.instead);
            return judge(sight, bash, if bash { BASH } else { help });
        }
        let path = path?;
        let sight = build.look(&At(&path));
        if let Some(missing) = self.in_empty_folder(&path) {
            return Some(missing);
        }
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        if PATH.contains(&folder) && (lacks_program || bash) {
            let help = lacking.map_or("install it with apk add --no-cache", |lacks| lacks.instead);
            return judge(sight, bash, if bash { BASH } else { help });
        }
        if sight.presence != Presence::Absent {
            return None;
        }
        // The function's configuration may set another working directory.
        let certain = program.text.starts_with('/');
        if self.base.kind == BaseKind::Scratch {
            return Some(Missing { help: "COPY the program there, or name where it is".into(), certain });
        }
        if lacking.is_some_and(|lacks| lacks.paths.contains(&path.as_str())) {
            let help = lacking.map_or("", |lacks| lacks.instead);
            return judge(sight, bash, if bash { BASH } else { help });
        }
        let top = path.trim_start_matches('/').split('/').next().unwrap_or_default();
        if let Some((stage, folder)) = self.only_made_in(build, &path) {
            let name = stage.name.as_deref().map_or_else(|| stage.index.to_string(), str::to_owned);
            return Some(Missing { help: format!("COPY --from={name} {folder} {folder}"), certain: false });
        }
        let known = self.base.kind == BaseKind::Lambda || lacking.is_some() || self.base.family == Some("ruby");
        let made_here = build.copies().iter().any(|copied| copied.destination.is_some());
        (known && !COMMON.contains(&top) && made_here)
            .then(|| Missing { help: "nothing copies it there: COPY it, or name where it is".into(), certain })
    }

    /// An interpreter in a folder that the base leaves empty, and that no package manager puts interpreters into.
    fn in_empty_folder(&self, path: &str) -> Option<Missing> {
        let lacks = lacks(&self.base)?;
        let (folder, name) = path.rsplit_once('/')?;
        let empty = lacks.folders.contains(&folder) && is_interpreter(name);
        // Packages of a distribution put no interpreter there.
        let doubt = self.build?.look(&At(path)).doubt;
        if !empty || doubt > Doubt::System || matches!(self.presence(path), Presence::Present(_)) {
            return None;
        }
        Some(Missing { help: lacks.instead.to_owned(), certain: true })
    }

    /// The stage that makes the virtual environment of a program, and the environment, where the final image does not
    /// stand on that stage.
    fn only_made_in<'b>(&self, build: &'b Build<'b>, path: &str) -> Option<(&'b Stage<'b>, String)> {
        let known = matches!(self.base.kind, BaseKind::Lambda | BaseKind::General) && self.base.family.is_some();
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        if !known || PATH.contains(&folder) {
            return None;
        }
        let last: Vec<usize> = build.final_stages().iter().map(|stage| stage.index).collect();
        build.stages.iter().filter(|stage| !last.contains(&stage.index)).find_map(|stage| {
            let mut made = stage.virtual_environments().map(|(folder, _)| folder);
            Some((stage, made.find(|folder| under(path, folder))?))
        })
    }

    /// Whether a name is the one of an init, or of its like, that no known base brings.
    fn lacks_init(&self, name: &str) -> bool {
        let known = matches!(self.base.kind, BaseKind::Lambda | BaseKind::General) && self.base.family.is_some();
        known && programs().inits.contains(&name)
    }

    /// Debian and Ubuntu of today call it `python3`; only one package brings `python`.
    fn lacks_python(&self, name: &str) -> bool {
        const SYSTEMS: &[&str] = &["debian-12", "debian-13", "ubuntu-22.04", "ubuntu-24.04"];
        let general = matches!(self.base.family, Some("debian" | "ubuntu"));
        let system = self.base.os.is_some_and(|os| SYSTEMS.contains(&os.id));
        let brought = |build: &Build<'_>| {
            build.final_commands().any(|(_, ran)| {
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

    /// The absolute path after a program that is named with a folder.
    fn program_path_of(&self, program: &Arg) -> Option<String> {
        if program.text.starts_with('/') {
            return Some(clean(&program.text));
        }
        if self.workdir.is_unknown() || !program.text.contains('/') {
            return None;
        }
        Some(clean(&format!("{}/{}", self.workdir.value().map_or("/", String::as_str), program.text)))
    }
}

/// What brings bash to Alpine.
const BASH: &str = "add RUN apk add --no-cache bash, or start it with /bin/sh";

/// Certain if nothing could have brought it. Few packages bring some programs, bash on Alpine and inits among them: behind
/// packages of the distribution they are still probably absent.
fn judge(sight: Sight, rare: bool, help: &str) -> Option<Missing> {
    match sight {
        Sight { presence: Presence::Absent, .. } => Some(Missing { help: help.to_owned(), certain: true }),
        Sight { doubt: Doubt::System, .. } if rare => Some(Missing { help: help.to_owned(), certain: false }),
        _ => None,
    }
}

fn is_interpreter(name: &str) -> bool {
    let plain = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    programs().interpreters.iter().any(|&known| known == name || known == plain)
}
