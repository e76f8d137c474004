//! Which files' content is kept whole or in sum, by their names. A file with several names is kept under any of them.

use super::content::{FileContent, Script, is_of_system, is_started, name};
use super::limits;
use super::marks::contains;
use super::record::Record;
use crate::node::Package;
use crate::python::{self, Distribution};
use crate::ruby;
use memchr::memmem::Finder;
use std::sync::LazyLock;

/// What is kept of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kept {
    /// All of its text.
    Text,
    /// What it is as a Python module.
    Module,
    /// All of its text, as a JavaScript module.
    Source,
    /// What it says of a package in `node_modules`.
    Package,
    /// Which Python modules it lists.
    Record,
    /// What it asks for as a Ruby file.
    Ruby,
    /// The first fields of an installed Python distribution's `METADATA`.
    Distribution,
}

impl Kept {
    /// What is kept of a file of that name and length; `None` if its name says nothing.
    pub(super) fn of(path: &[u8], bytes: u64) -> Option<Self> {
        // A module may be called as secrets are: `id_maker.py`.
        let all = [Self::Module, Self::Source, Self::Ruby, Self::Text, Self::Package, Self::Record, Self::Distribution];
        // A long description stands after the fields.
        let short = |kept: &Self| bytes <= kept.most_bytes() || *kept == Self::Distribution;
        all.into_iter().find(|kept| short(kept) && kept.is_named(path))
    }

    fn is_named(self, path: &[u8]) -> bool {
        match self {
            Self::Text => is_listed(path),
            Self::Module => is_module(path),
            Self::Source => is_source(path),
            Self::Package => is_package(path),
            Self::Record => is_record(path),
            Self::Ruby => is_ruby(path),
            Self::Distribution => path.ends_with(b".dist-info/METADATA"),
        }
    }

    /// Maximum length of such a file, in bytes.
    pub(super) fn most_bytes(self) -> u64 {
        match self {
            Self::Text | Self::Package | Self::Ruby => limits::TEXT_BYTES,
            Self::Module => limits::MODULE_BYTES,
            Self::Source => limits::SOURCE_BYTES,
            Self::Record => limits::RECORD_BYTES,
            Self::Distribution => limits::METADATA_BYTES,
        }
    }

    /// The facet of a file with this content and mode; `None` if it cannot be read.
    pub(super) fn facet(self, content: Vec<u8>, mode: u32) -> Option<FileContent> {
        let started = is_started(&content, mode);
        match self {
            Self::Text => Some(FileContent::Text(content.into())),
            Self::Module => {
                let module = Box::new(python::summarise(&content));
                let script = |module| FileContent::Script(Script { module: Some(module), ..Script::of(&content) });
                Some(if started { script(module) } else { FileContent::Module(module) })
            }
            Self::Source if started => {
                let script = Script::of(&content);
                Some(FileContent::Script(Script { source: Some(content.into()), ..script }))
            }
            Self::Source => Some(FileContent::Source(content.into())),
            Self::Package => Package::read(&content).map(|package| FileContent::Package(Box::new(package))),
            Self::Record => Some(FileContent::Record(Record::of(&content))),
            Self::Ruby => {
                let summary = Box::new(ruby::summarise(&content));
                let script = |ruby| FileContent::Script(Script { ruby: Some(ruby), ..Script::of(&content) });
                Some(if started { script(summary) } else { FileContent::Ruby(summary) })
            }
            Self::Distribution => {
                let whole = (content.len() as u64) < limits::METADATA_BYTES || contains(&content, b"\n\n");
                let read = Distribution::read(&content).filter(|_| whole);
                read.map(|distribution| FileContent::Distribution(Box::new(distribution)))
            }
        }
    }
}

/// Whether a file is code that an interpreter reads, not too long and not of a distribution's own.
pub(super) fn is_searched(path: &[u8], bytes: u64) -> bool {
    let of_packages = || contains(path, b"-packages/") || contains(path, b"node_modules/");
    let code = || CODE.iter().any(|ending| path.ends_with(ending.as_bytes()));
    bytes <= limits::SCRIPT_BYTES && code() && (!is_of_system(path) || of_packages())
}

/// Whether a file's name is that of code which an interpreter reads.
pub(super) fn is_code(name: &str) -> bool {
    CODE.iter().any(|ending| name.ends_with(ending))
}

/// How names of code end that an interpreter reads.
const CODE: &[&str] = &[".py", ".js", ".mjs", ".cjs", ".ts", ".rb", ".php", ".pl", ".lua", ".sh"];

/// Whether a file is a Python module that may be the function's own. What lies in an interpreter's own folders was
/// installed there, and tests are a third of what large packages bring.
fn is_module(path: &[u8]) -> bool {
    let folders: [&[u8]; 3] = [b"-packages/", b"/lib/python3.", b"/tests/"];
    path.ends_with(b".py") && !is_of_system(path) && !folders.iter().any(|folder| contains(path, folder))
}

/// Whether a file lists what a Python package has installed beside the function's own modules.
fn is_record(path: &[u8]) -> bool {
    path.ends_with(b".dist-info/RECORD") && !is_of_system(path) && !contains(path, b"-packages/")
}

/// Whether a file is a JavaScript module that may be the function's own: no package, and nothing that only browsers get.
fn is_source(path: &[u8]) -> bool {
    let folders: &[&[u8]] = &[b"node_modules/", b"/static/", b"/public/", b"/assets/", b".next/"];
    let code = [".js", ".mjs", ".cjs"].iter().any(|ending| path.ends_with(ending.as_bytes()));
    code && !is_of_system(path) && !folders.iter().any(|folder| contains(path, folder))
}

/// Whether a file is a Ruby file that may be the function's own: no gem.
fn is_ruby(path: &[u8]) -> bool {
    path.ends_with(b".rb") && !is_of_system(path) && !contains(path, b"/gems/")
}

/// Whether a file describes a package in `node_modules`.
fn is_package(path: &[u8]) -> bool {
    let Some(folder) = path.strip_suffix(b"/package.json") else { return false };
    let above = folder.rsplit(|byte| *byte == b'/').nth(1).unwrap_or_default();
    contains(path, b"node_modules/") && (above == b"node_modules" || above.starts_with(b"@"))
}

/// Every file is asked for this folder.
static SSH: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b".ssh/"));

/// The short list of files whose whole text rules read.
fn is_listed(path: &[u8]) -> bool {
    let name = name(path);
    let ends = |ending: &[u8]| name.ends_with(ending);
    let in_modules = || contains(path, b"node_modules/");
    let starts = |folder: &[u8]| path.starts_with(folder);
    match name {
        b"package.json" => !in_modules() || contains(path, b"node_modules/aws-lambda-ric/package.json"),
        b"os-release" => matches!(path, b"etc/os-release" | b"usr/lib/os-release"),
        b"ld.so.conf" | b"passwd" => starts(b"etc/"),
        b".npmrc" | b".netrc" | b".pypirc" | b".env" | b"credentials" | b".git-credentials" => !in_modules(),
        b"lambda-entrypoint.sh" => true,
        // A key has any name there.
        _ if SSH.find(path).is_some() => !ends(b".pub"),
        b"release" => starts(b"var/lang/"),
        b"node_version.h" => contains(path, b"include/node/"),
        _ if ends(b".deps.json") || ends(b".runtimeconfig.json") => true,
        _ if starts(b"etc/ld.so.conf.d/") => ends(b".conf"),
        // A distribution's certificates, and keys that its packages make or test with.
        _ if ends(b".pem") || ends(b".key") || ends(b".crt") || name.starts_with(b"id_") => {
            let of_system: &[&[u8]] =
                &[b"usr/share/", b"usr/lib", b"usr/local/share/", b"usr/include/", b"etc/ssl/", b"etc/pki/"];
            !of_system.iter().any(|folder| starts(folder)) && !name.starts_with(b"ssl-cert-snakeoil")
        }
        _ if starts(b".env.") || name.starts_with(b".env.") => !in_modules(),
        // A line of it may add a folder to those in which Python looks.
        _ if ends(b".pth") || path.ends_with(b".dist-info/WHEEL") => true,
        _ => false,
    }
}
