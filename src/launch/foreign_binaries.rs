//! Native modules of a saved image that are built for another machine.

use super::Launch;
use crate::arch::Arch;
use crate::facts;
use crate::image::{EntryKind, FileContent, Image, Node, NonLinuxFormat, Resolution};
use crate::path::under;
use std::collections::{BTreeMap, BTreeSet};

/// A package whose native modules are all for other machines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForeignModule {
    /// The first of its modules.
    pub path: String,
    /// What that is built for, or is.
    pub built_for: String,
    /// How many there are.
    pub count: usize,
    /// The format, where no Linux kernel starts it.
    format: Option<NonLinuxFormat>,
}

/// What the names of a package's parts for one platform go on with: `lightningcss-darwin-arm64`.
const PLATFORMS: &[&str] = &["-darwin", "-win32", "-linux", "-android", "-freebsd"];
/// Packages that exist on one system only, and that others do without.
const OPTIONAL: &[&str] = &["fsevents", "macos-", "winreg", "windows-"];

impl Launch<'_> {
    /// Packages of a saved image that have modules for other machines, and none for this one.
    pub fn foreign_modules(&self) -> Vec<ForeignModule> {
        let Some(image) = self.image.filter(|image| image.is_whole()) else { return Vec::new() };
        // For a machine that Lambda does not have, LL109 says all there is to say.
        let Some(machine) = self.machine() else { return Vec::new() };
        let mut roots = self.code_folders();
        roots.push("/opt/python".into());
        let roots: Vec<String> = roots.iter().map(|root| image.files.real(root)).collect();
        // What has one file that fits is whole: packages ship their modules for every system there is.
        let mut packages: BTreeMap<String, Option<ForeignModule>> = BTreeMap::new();
        // Few files are libraries, and their facets tell which.
        for file in image.files.told().filter(|file| file.kind == EntryKind::File) {
            let Some(fit) = built_for(image, &file.name(), file.node(), machine) else { continue };
            let path = file.path();
            let Some(package) = package(&path, &roots) else { continue };
            match fit {
                Compat::Fits => drop(packages.insert(package, None)),
                Compat::Foreign(built_for, format) => {
                    let first = || Some(ForeignModule { path, built_for, count: 0, format });
                    let known = packages.entry(package).or_insert_with(first);
                    // A machine that installs is of one system: what is for several ships so, and does without here.
                    if known.as_ref().is_some_and(|module| are_of_two_systems(module.format, format)) {
                        *known = None;
                    } else if let Some(module) = known {
                        module.count += 1;
                    }
                }
            }
        }
        packages.into_values().flatten().collect()
    }
}

impl Launch<'_> {
    /// Programs in the folders of PATH of a saved image that are for another machine, and what each is built for;
    /// what starts is not among them.
    pub fn foreign_programs(&self) -> Vec<(String, &'static str)> {
        let Some(image) = self.image.filter(|image| image.is_whole()) else { return Vec::new() };
        let Some(machine) = self.machine().filter(|_| self.env_known) else { return Vec::new() };
        let started: Vec<&str> = self.chain().iter().map(|link| link.path.as_str()).collect();
        let mut found: Vec<(String, &'static str)> = Vec::new();
        let mut seen = BTreeSet::new();
        for folder in self.search_path().into_iter().filter(|folder| folder.starts_with('/')) {
            for (name, _) in image.files.children(folder) {
                let path = format!("{}/{}", folder.trim_end_matches('/'), String::from_utf8_lossy(name));
                let Resolution::Found(node, path) = image.files.resolve(&path) else { continue };
                // An emulator of processors stays behind from builds for another one, and Lambda's own is for tests.
                let unused = name.starts_with(b"qemu-") || name.starts_with(b"aws-lambda-rie");
                let program = node.kind == EntryKind::File && node.mode & 0o111 != 0 && !unused;
                let built_for = match node.facet.as_deref() {
                    Some(FileContent::Elf(elf)) if matches!(elf.architecture(), "amd64" | "arm64") => {
                        elf.architecture()
                    }
                    Some(FileContent::NonLinuxFormat(NonLinuxFormat::MachO)) => "macOS",
                    _ => continue,
                };
                let known = started.contains(&path.as_str());
                if program && !known && built_for != machine.oci() && seen.insert(path.clone()) {
                    found.push((path, built_for));
                }
            }
        }
        found
    }
}

/// Whether two modules are for macOS and for Windows.
fn are_of_two_systems(one: Option<NonLinuxFormat>, other: Option<NonLinuxFormat>) -> bool {
    use NonLinuxFormat::{MachO, Pe};
    matches!((one, other), (Some(MachO), Some(Pe)) | (Some(Pe), Some(MachO)))
}

enum Compat {
    Fits,
    /// What it is built for, or is, and its format where no Linux kernel starts it.
    Foreign(String, Option<NonLinuxFormat>),
}

/// Whether a library is for this machine; `None` if it is not a library, or not one that a language loads by itself.
fn built_for(image: &Image, name: &str, node: &Node, machine: Arch) -> Option<Compat> {
    let library = name.ends_with(".node") || name.ends_with(".so") || name.contains(".so.");
    match node.facet.as_deref()? {
        FileContent::Elf(elf) if library && elf.architecture() == machine.oci() => match elf.other_libc(image) {
            Some(libc) => Some(Compat::Foreign(format!("built for {libc}"), None)),
            None => Some(Compat::Fits),
        },
        // A tool such as a debugger brings libraries for processes of other processors; a module is loaded by itself.
        FileContent::Elf(elf) if name.ends_with(".node") || name.contains(".cpython-") => {
            Some(Compat::Foreign(format!("built for {}", elf.architecture()), None))
        }
        FileContent::NonLinuxFormat(kind) if library => {
            Some(Compat::Foreign(kind.name().replace("program", "module"), Some(*kind)))
        }
        _ => None,
    }
}

/// The package that a file belongs to, with its parts for other platforms.
fn package(path: &str, roots: &[String]) -> Option<String> {
    let start = facts::installed_from(path)
        .or_else(|| roots.iter().find(|root| under(path, root)).map(|root| root.trim_end_matches('/').len() + 1))?;
    let rest = path.get(start..)?;
    // The parts of a scope such as `@img` are made for one another. A module that stands alone is its own package.
    let first = rest.split('/').next()?;
    let first = if rest.contains('/') { first } else { first.split('.').next()? };
    let end = PLATFORMS.iter().filter_map(|platform| first.find(platform)).min().unwrap_or(first.len());
    let optional = OPTIONAL.iter().any(|name| first.starts_with(name));
    (!optional).then(|| path.get(..start + end).map(str::to_owned)).flatten()
}

#[cfg(test)]
mod tests {
    use super::package;

    #[test]
    fn packages() {
        let of = |path| package(path, &["/var/task".to_owned()]);
        assert_eq!(of("/a/node_modules/css-darwin-arm64/x.node"), of("/a/node_modules/css-linux-x64-gnu/x.node"));
        assert_eq!(of("/a/node_modules/@img/sharp-darwin-arm64/x.node").as_deref(), Some("/a/node_modules/@img"));
        assert_eq!(of("/var/task/numpy/core/x.so").as_deref(), Some("/var/task/numpy"));
        assert_eq!(of("/var/task/x.cpython-313-darwin.so").as_deref(), Some("/var/task/x"));
        assert_eq!(of("/usr/lib/x.so"), None);
        assert_eq!(of("/var/task/node_modules/fsevents/fsevents.node"), None);
    }
}
