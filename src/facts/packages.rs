//! What packages and tools are called, and which distribution has them.

use super::packed::{Later, packed};
use super::{Base, Keyed};
use serde::Deserialize;
use std::sync::LazyLock;

/// Names of packages and tools by distribution.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'static"))]
pub struct Packages {
    /// Packages that add a repository.
    pub repositories: Vec<&'static str>,
    /// Commands of dnf that microdnf does not know.
    pub microdnf_lacks: Vec<&'static str>,
    /// Packages that bring the real dnf.
    pub dnf: Vec<&'static str>,
    debian: Later<'static, Keyed<&'static str>>,
    al2023: Later<'static, Keyed<&'static str>>,
    red_hat: Later<'static, Keyed<(&'static str, &'static str)>>,
    debian_on_alpine: Later<'static, Keyed<&'static str>>,
    absent: Later<'static, Vec<Absent>>,
    tools: Keyed<&'static str>,
    brings: Vec<Brings>,
    /// Programs of Amazon Linux that lie in `/usr/sbin`.
    pub sbin: Vec<&'static str>,
    /// Tools of languages that AWS's function bases do not bring.
    pub toolchain: Vec<Toolchain>,
    /// Programs that run the manager of one distribution.
    calls: Later<'static, Vec<Calls>>,
    /// Clients that are built from sources when they are installed.
    pub client: Later<'static, Vec<ClientBuild>>,
}

/// Packages that a system's own repositories do not have.
#[derive(Debug, Default, Deserialize)]
pub struct Absent {
    systems: Vec<&'static str>,
    names: Vec<&'static str>,
    /// Of Alpine: the release since when they are gone.
    #[serde(default)]
    from: Option<(u32, u32)>,
    /// What to do.
    pub instead: &'static str,
}

/// A program that runs a system's package manager.
#[derive(Debug, Default, Deserialize)]
pub struct Calls {
    program: &'static str,
    /// Programs that start it by its name.
    launchers: Vec<&'static str>,
    /// The manager.
    pub manager: &'static str,
    /// Words of which all stand after the program, the first right after it.
    words: Vec<&'static str>,
}

impl Calls {
    /// The words of a command that make it run the manager: from the program's name on.
    pub fn fits(&self, program: &str, args: &[&str]) -> bool {
        let named = |word: &str| word.split('@').next() == Some(self.program);
        let behind = if program == self.program {
            args
        } else if self.launchers.contains(&program) {
            match args.iter().position(|word| named(word)) {
                Some(at) => &args[at + 1..],
                None => return false,
            }
        } else {
            return false;
        };
        behind.first() == self.words.first() && self.words.iter().all(|word| behind.contains(word))
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(bound(deserialize = "'de: 'static"))]
struct Brings {
    packages: Vec<&'static str>,
    tools: Vec<&'static str>,
}

/// Tools of a language that AWS's function bases do not bring.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Toolchain {
    /// The tools.
    pub tools: Vec<&'static str>,
    /// The family of bases that does bring them.
    #[serde(default)]
    pub except: Option<&'static str>,
    /// Parts of what a command or a COPY names that may bring them.
    pub words: Vec<&'static str>,
    /// An image that has them, to build in.
    pub image: &'static str,
    /// What installs them, on a base of this family.
    #[serde(default)]
    pub install: Option<(&'static str, &'static str)>,
}

/// When installing a client means building it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ClientBuild {
    /// `pip` or `npm`.
    pub manager: &'static str,
    /// The client's package.
    pub package: &'static str,
    /// The first major version it is about.
    pub from: Option<u32>,
    /// The major version from which on it is no longer so.
    pub below: Option<u32>,
    /// Whether glibc has ready-made packages.
    pub musl_only: bool,
    /// The tools it takes.
    pub needs: Vec<&'static str>,
    /// The first version of the language that the newest client runs on.
    pub newest_from: Vec<u32>,
    /// The version of Alpine from which on there is no execinfo.h, where it needs one.
    pub no_execinfo_from: Vec<u32>,
    /// What to use.
    pub instead: &'static str,
}

#[derive(Debug, Default, Deserialize)]
#[serde(bound(deserialize = "'de: 'static"))]
struct Official {
    names: Vec<&'static str>,
}

static PACKAGES: LazyLock<Packages> = LazyLock::new(|| packed!("packages"));
static OFFICIAL: LazyLock<Official> = LazyLock::new(|| packed!("official-images"));

/// The names of packages and tools.
pub fn packages() -> &'static Packages {
    &PACKAGES
}

/// Whether Docker has an official image of that name.
pub fn is_official(name: &str) -> bool {
    OFFICIAL.names.contains(&name)
}

impl Packages {
    /// What a manager of a system calls the package that a name of another distribution means: `Some("")` where
    /// it has nothing of the kind, `None` where the name is not foreign.
    pub fn native(&self, system: &str, manager: &str, name: &str) -> Option<String> {
        match manager {
            "dnf" | "yum" if system.starts_with("AL2023") && self.al2023.has(name) => {
                self.al2023.get(name).map(|&name| name.to_owned())
            }
            "dnf" | "yum" => self.debian.get(name).map(|&name| name.to_owned()).or_else(|| {
                // TeX Live has packages of that ending everywhere.
                let stem = name.strip_suffix("-dev").filter(|stem| !stem.is_empty() && !name.starts_with("texlive"))?;
                Some(format!("{stem}-devel"))
            }),
            "apt" => self.red_hat.get(name).map(|&(debian, _)| debian.to_owned()).or_else(|| devel(name)),
            "apk" => {
                let red_hat = || self.red_hat.get(name).map(|&(_, alpine)| alpine).filter(|to| *to != name);
                let listed = self.debian_on_alpine.get(name).copied().or_else(red_hat);
                listed.map(str::to_owned).or_else(|| devel(name))
            }
            _ => None,
        }
    }

    /// Whether a foreign name is one of the table, and not only one that looks foreign.
    pub fn is_listed(&self, name: &str) -> bool {
        self.debian.has(name) || self.red_hat.has(name) || self.debian_on_alpine.has(name)
    }

    /// What to do about a package that a system's own repositories do not have.
    pub fn absent(&self, base: &Base, name: &str) -> Option<&Absent> {
        let system = base.system()?;
        let gone = |from: (u32, u32)| base.alpine().is_some_and(|alpine| alpine.version >= from);
        let of_base = |absent: &&Absent| absent.systems.contains(&system) && absent.from.is_none_or(gone);
        self.absent.iter().filter(of_base).find(|absent| absent.names.contains(&name))
    }

    /// The manager that a command runs by itself.
    pub fn called(&self, program: &str, args: &[&str]) -> Option<&Calls> {
        self.calls.iter().find(|calls| calls.fits(program, args))
    }

    /// The package of Amazon Linux that brings a tool.
    pub fn of_tool<'a>(&'a self, tool: &'a str) -> &'a str {
        self.tools.get(tool).copied().unwrap_or(tool)
    }

    /// Whether a package may bring a tool.
    pub fn may_bring(&self, package: &str, tool: &str) -> bool {
        if package == tool || package == self.of_tool(tool) {
            return true;
        }
        let fits = |pattern: &&str| match (pattern.strip_suffix('*'), pattern.strip_prefix('*')) {
            (Some(beginning), _) if *pattern != "*" => package.starts_with(beginning),
            (_, Some(ending)) => package.ends_with(ending),
            _ => *pattern == package,
        };
        // All that name the package speak; `*` alone speaks where no other does.
        let mut named = self.brings.iter().filter(|b| b.packages.iter().any(|p| *p != "*" && fits(p))).peekable();
        let brings = |brings: &Brings| brings.tools.iter().any(|one| *one == tool || *one == "*");
        if named.peek().is_some() {
            return named.any(brings);
        }
        self.brings.iter().filter(|b| b.packages.contains(&"*")).any(brings)
    }
}

/// `libfoo-devel` is a name of Red Hat's; Debian has a few others in -devel.
fn devel(name: &str) -> Option<String> {
    let stem = name.strip_suffix("-devel").filter(|stem| stem.starts_with("lib"))?;
    Some(format!("{stem}-dev"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_can_be_read() {
        let table = packages();
        assert!(table.debian.iter().count() > 100 && table.client.len() == 3 && table.absent.len() > 4);
        assert!(is_official("nginx") && !is_official("gdal"));
    }

    #[test]
    fn names() {
        let of = |manager, name| packages().native("AL2023", manager, name);
        assert_eq!(of("dnf", "libgl1").as_deref(), Some("mesa-libGL"));
        assert_eq!(of("yum", "libfoo-dev").as_deref(), Some("libfoo-devel"));
        assert_eq!(of("dnf", "libffi-devel"), None);
        assert_eq!(of("apt", "libssl-dev"), None);
        assert_eq!(of("apt", "gnome-devel"), None);
        assert_eq!(of("apk", "g++"), None);
        assert_eq!(of("apk", "build-essential").as_deref(), Some("build-base"));
        assert_eq!(of("apk", "procps-ng"), None);
    }

    #[test]
    fn programs_that_run_a_manager() {
        let called = |program: &str, args: &[&str]| packages().called(program, args).map(|calls| calls.manager);
        assert_eq!(called("playwright", &["install-deps", "chromium"]), Some("apt-get"));
        assert_eq!(called("npx", &["-y", "playwright@1.50", "install", "--with-deps"]), Some("apt-get"));
        assert_eq!(called("playwright", &["install", "chromium"]), None);
        assert_eq!(called("npm", &["install", "playwright"]), None);
        assert_eq!(called("echo", &["playwright", "install-deps"]), None);
    }

    #[test]
    fn tools() {
        let may = |package, tool| packages().may_bring(package, tool);
        assert!(may("findutils", "xargs") && may("shadow-utils", "useradd") && may("rpm-build", "tar"));
        assert!(may("git", "less") && !may("git", "tar") && !may("libffi-devel", "find") && !may("curl-x", "tar"));
    }
}
