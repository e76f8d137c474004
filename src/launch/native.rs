//! What a build stage compiles or installs for its own libc and interpreter, and which system packages stay.

use super::{Build, Copied, Origin, Package, RunCommand, Stage};
use crate::facts::{self, Base, BaseKind};
use crate::path::{last, under};
use crate::source::Span;
use std::collections::BTreeSet;

/// Machine code that a COPY takes out of another stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Native {
    /// What it is: `psycopg2`, `the program that cargo builds`.
    pub what: String,
    /// What shows it.
    pub span: Span,
    /// Whether it was compiled in that stage, against its libc; a wheel or a prebuilt one was not.
    pub compiled: bool,
    /// Whether it is for one minor version of Python.
    pub python: bool,
    /// The newest version of glibc that it can ask for; `None` if that is the stage's.
    pub glibc: Option<(u32, u32)>,
}

/// The system packages that are in the final image at the end.
#[derive(Debug, Default)]
pub struct Kept {
    /// Those that stay.
    pub packages: Vec<Package>,
    /// Those that are taken away again, with the command that does.
    pub removed: Vec<(Package, Span)>,
    /// `true` if the names of some are not known.
    pub unknown: bool,
}

/// How Go links where nothing forbids it.
const GO_DEFAULT: &str = "Go links with C unless CGO_ENABLED is 0";
/// The newest glibc of which the C in Go's own packages asks for a name: what starts a thread moved in that version.
const GO_GLIBC: (u32, u32) = (2, 34);

impl<'a> Build<'a> {
    /// The machine code that a COPY takes out of another stage, where the stage shows that it is some.
    pub fn native(&self, copied: &Copied<'_, 'a>) -> Option<Native> {
        let mut sources = copied.sources.iter().filter_map(|(source, span)| Some((source.as_deref()?, *span)));
        let base = self.origin_base(copied)?;
        let of_base = |(source, span)| interpreter(base, source, span).or_else(|| of_distribution(source, span));
        if let Some(native) = sources.find_map(of_base) {
            return Some(native);
        }
        let Origin::Stage(from) = &copied.origin else { return None };
        let stages = self.ancestors(from);
        copied.sources.iter().filter_map(|(source, _)| source.as_deref()).find_map(|source| {
            if is_plain(source) {
                return None;
            }
            let program = || stages.iter().find_map(|stage| program(self, stage, source));
            let python = || stages.iter().find_map(|stage| python(stage, source));
            program().or_else(python).or_else(|| stages.iter().find_map(|stage| node(stage, source)))
        })
    }

    /// The base that a COPY takes from: the image itself, or the one at the root of the stage.
    pub fn origin_base<'b>(&'b self, copied: &'b Copied<'b, 'a>) -> Option<&'b Base> {
        match &copied.origin {
            Origin::Stage(from) => self.base_of(from),
            Origin::Image(_, base, _) => Some(base),
            _ => None,
        }
    }

    /// The system packages of the final image: what its package managers install, less what they remove.
    pub fn kept(&self) -> Kept {
        let mut kept = Kept::default();
        // Alpine's packages may belong to a group, and go with it.
        let mut there: Vec<(Option<String>, Package)> = Vec::new();
        for (_, ran) in self.final_commands() {
            if let Some(install) = ran.install().filter(|install| matches!(install.manager, "apk" | "apt")) {
                kept.unknown |= ran.args.iter().any(|arg| arg.text.is_none());
                let group = ran.value(&["--virtual", "-t"]).filter(|_| install.manager == "apk").map(str::to_owned);
                there.extend(install.packages.into_iter().map(|package| (group.clone(), package)));
            }
            let removes = matches!(
                (ran.program.as_str(), ran.verb()),
                ("apk", "del") | ("apt" | "apt-get", "remove" | "purge" | "autoremove")
            );
            if removes {
                let names: BTreeSet<&str> = ran.texts().skip(1).collect();
                let gone = |(group, package): &(Option<String>, Package)| {
                    names.contains(&*package.name) || group.as_deref().is_some_and(|group| names.contains(group))
                };
                let (away, stay) = there.into_iter().partition(gone);
                there = stay;
                let away: Vec<_> = away;
                kept.removed.extend(away.into_iter().map(|(_, package)| (package, ran.span)));
            }
        }
        kept.packages = there.into_iter().map(|(_, package)| package).collect();
        kept
    }
}

/// Whether a source can only be text, or something that runs anywhere.
fn is_plain(source: &str) -> bool {
    const ENDINGS: &[&str] = &[
        "py", "js", "mjs", "cjs", "ts", "json", "html", "css", "jar", "war", "dll", "txt", "toml", "lock", "yml",
        "yaml", "sh", "md", "rb", "php", "class",
    ];
    const FOLDERS: &[&str] = &["dist", "public", "static", "assets", "out", ".next", "templates", "src"];
    let name = last(source);
    FOLDERS.contains(&name) || name.rsplit_once('.').is_some_and(|(_, ending)| ENDINGS.contains(&ending))
}

/// The interpreter that an image of its language is made for.
fn interpreter(base: &Base, source: &str, span: Span) -> Option<Native> {
    let family = base.family?;
    let program = matches!(
        (family, last(source)),
        ("node", "node") | ("python", "python" | "python3") | ("ruby", "ruby") | ("php", "php")
    );
    let bin = source.contains("/bin/") && base.kind == BaseKind::General;
    (program && bin).then(|| Native {
        what: format!("{source} of {family}"),
        span,
        compiled: false,
        python: false,
        glibc: None,
    })
}

/// A program or a shared library that the distribution of the stage brings or installs, linked with its libc.
fn of_distribution(source: &str, span: Span) -> Option<Native> {
    let (folder, name) = source.rsplit_once('/')?;
    let what = match folder {
        "/usr/bin" | "/bin" if facts::native_packages().programs.contains(&name) => name,
        _ if is_library_folder(folder) && (name.ends_with(".so") || name.contains(".so.")) => name,
        _ => return None,
    };
    Some(Native { what: what.to_owned(), span, compiled: true, python: false, glibc: None })
}

/// Whether a folder is one that a distribution keeps its shared libraries in.
fn is_library_folder(folder: &str) -> bool {
    let below = |start: &str| folder.strip_prefix(start).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    ["/lib64", "/usr/lib64", "/lib", "/usr/lib"].into_iter().any(below)
        && !folder.contains("python")
        && !folder.contains("node_modules")
}

/// A program that cargo, Go with C in it, or a C compiler makes and links against the stage's libc.
fn program(build: &Build<'_>, stage: &Stage<'_>, source: &str) -> Option<Native> {
    // `cargo build` writes to target/release; what names a triple there was built for that one.
    let release = source.contains("target/release/") || source.contains("target/debug/");
    let installed = source.contains("cargo/bin/") && !source.ends_with("cargo/bin/");
    let release = release || copies_release(stage, source);
    let compiled = stage.ran().iter().find_map(|ran| {
        let output =
            || ran.value(&["-o"]).is_some_and(|output| !last(output).is_empty() && last(output) == last(source));
        match (ran.program.as_str(), ran.verb()) {
            ("cargo", "build" | "b") if release => Some((ran.span, "cargo builds")),
            ("go", "build") if output() && with_c(stage, ran) => Some((ran.span, "Go links with C")),
            ("go", "build") if output() && with_c_by_default(build, stage, ran) => Some((ran.span, GO_DEFAULT)),
            ("cargo", "install") if installed => Some((ran.span, "cargo installs")),
            ("gcc" | "cc" | "g++" | "c++" | "clang" | "clang++", _) if output() && !ran.has(&["-static", "-c"]) => {
                Some((ran.span, "the C compiler links"))
            }
            _ => None,
        }
    });
    let (span, how) = compiled?;
    if is_static(stage, how.starts_with("cargo")) {
        return None;
    }
    let glibc = (how == GO_DEFAULT).then_some(GO_GLIBC);
    Some(Native { what: format!("{}, which {how},", last(source)), span, compiled: true, python: false, glibc })
}

/// Whether a `go build` is told to take C in: the default depends on what is there.
fn with_c(stage: &Stage<'_>, ran: &RunCommand) -> bool {
    let Some(step) = stage.steps.get(ran.step) else { return false };
    let exported =
        || step.ran().iter().filter(|ran| ran.program == "export").find_map(|ran| ran.assigned("CGO_ENABLED"));
    let own = ran.assigned("CGO_ENABLED").or_else(exported);
    own.or(step.state.variable("CGO_ENABLED")) == Some("1")
}

/// Whether a `go build` takes C in unasked: Go's own images have a C compiler, save those on Alpine, and a build for the
/// stage's own architecture uses it. Every function has the package `net` in it, whose resolver is C then.
fn with_c_by_default(build: &Build<'_>, stage: &Stage<'_>, ran: &RunCommand) -> bool {
    const WORDS: &[&str] = &["CGO_ENABLED", "GOARCH", "netgo", "osusergo", "GOFLAGS"];
    let golang = |base: &Base| base.family == Some("golang") && base.musl() == Some(false);
    let Some(step) = stage.steps.get(ran.step) else { return false };
    let known = |name: &&str| step.state.env.contains_key(*name) || step.state.args.contains_key(*name);
    build.base_of(stage).is_some_and(golang) && !WORDS.iter().any(|word| known(word) || stage.says(&[word]))
}

/// Whether a RUN brings what cargo built to the path: `cp target/release/app /app`.
fn copies_release(stage: &Stage<'_>, source: &str) -> bool {
    let takes = |ran: &RunCommand| {
        matches!(ran.program.as_str(), "cp" | "mv" | "install")
            && ran.texts().any(|text| text.contains("target/release/"))
            && ran.texts().last().is_some_and(|to| to.trim_end_matches('/') == source.trim_end_matches('/'))
    };
    stage.ran().iter().any(takes)
}

/// Whether anything in the stage speaks of static linking, of musl, or of a linker that aims at an old glibc. On
/// Alpine cargo links statically unasked; Go and C compilers do not, and musl is all there is.
fn is_static(stage: &Stage<'_>, cargo: bool) -> bool {
    const WORDS: &[&str] = &["crt-static", "-static", "zigbuild", "cargo-lambda", "lambda build", "cross build"];
    let alpine = stage.image.value().is_some_and(|image| image.contains("alpine") || image.contains("musl"));
    let speaks =
        |text: &str| WORDS.iter().any(|word| text.contains(word)) || ((cargo || !alpine) && text.contains("musl"));
    let set = |(name, value): (&String, &super::Setting<String>)| {
        (name.contains("RUSTFLAGS") || name.starts_with("CARGO_")) && value.value().is_none_or(|value| speaks(value))
    };
    (cargo && alpine)
        || stage.end.env.iter().any(set)
        || stage.steps.iter().any(|step| {
            speaks(&step.instruction.rest.text)
                || step.instruction.heredocs.iter().any(|heredoc| speaks(&heredoc.body.text))
        })
}

/// Packages of pip in the folder that is copied.
fn python(stage: &Stage<'_>, source: &str) -> Option<Native> {
    let table = facts::native_packages();
    let mut native = None;
    let own = holds_packages(stage, source);
    for ran in stage.ran() {
        let Some(install) = ran.install().filter(|install| install.manager == "pip") else { continue };
        // Wheels for another system than the stage's are asked for by name.
        if ran.has(&["--platform", "--python-version", "--abi", "--python-platform"]) {
            continue;
        }
        let target = ran.value(&["-t", "--target", "--prefix", "--root"]);
        let step = stage.steps.get(ran.step)?;
        let absolute = |path: &str| step.state.absolute(path);
        let here = match target {
            Some(target) => {
                let (target, source) = (absolute(target)?, absolute(source)?);
                target == source || under(&target, &source)
            }
            None => own,
        };
        if !here {
            continue;
        }
        let from_source = ran.has(&["--no-binary"]);
        let named = install.packages.iter().find_map(|package| {
            let name = package.name.to_ascii_lowercase().replace('_', "-");
            let compiled = from_source || table.python_source.contains(&name.as_str());
            (compiled || table.python.contains(&name.as_str())).then_some((package, compiled))
        });
        if let Some((package, compiled)) = named {
            native =
                Some(Native { what: package.name.clone(), span: package.span, compiled, python: true, glibc: None });
            if compiled {
                break;
            }
        }
    }
    native
}

/// Whether a path is where pip without a target installs to: site-packages, or a virtual environment.
fn holds_packages(stage: &Stage<'_>, source: &str) -> bool {
    source.contains("site-packages")
        || source.contains("dist-packages")
        || matches!(source.trim_end_matches('/'), "/usr/local" | "/usr/local/lib" | "/var/lang")
        || stage.virtual_environments().any(|(path, _)| under(&path, source))
}

impl Stage<'_> {
    /// The virtual environments that the stage makes, each with the command that does.
    pub fn virtual_environments(&self) -> impl Iterator<Item = (String, Span)> {
        self.ran().iter().filter_map(|ran| {
            let made = match (ran.program.as_str(), ran.verb()) {
                ("venv" | "virtualenv", _) => ran.operands(&["-p", "--python", "--prompt"]).into_iter().next_back(),
                ("uv", "venv") => ran.operands(&["-p", "--python", "--prompt"]).into_iter().nth(1),
                _ => None,
            }?;
            let step = self.steps.get(ran.step)?;
            Some((step.state.absolute(made.text.as_deref()?)?, ran.span))
        })
    }
}

/// Packages of npm in the folder that is copied.
fn node(stage: &Stage<'_>, source: &str) -> Option<Native> {
    let table = facts::native_packages();
    stage.ran().iter().find_map(|ran| {
        let elsewhere = ran.has(&["--libc", "--os", "--platform"]);
        let install = ran.install().filter(|install| install.manager == "npm" && !elsewhere)?;
        let global = ran.has(&["-g", "--global"]);
        let step = stage.steps.get(ran.step)?;
        let folder = step.state.absolute(".")?;
        let folder = folder.trim_end_matches('/');
        let from = step.state.absolute(source)?;
        let here =
            if global { source.contains("node_modules") } else { under(&format!("{folder}/node_modules"), &from) };
        if !here || from == "/" {
            return None;
        }
        let package = install.packages.into_iter().find(|package| table.node.contains(&package.name.as_str()))?;
        let compiled = table.node_source.contains(&package.name.as_str());
        Some(Native { what: package.name, span: package.span, compiled, python: false, glibc: None })
    })
}
