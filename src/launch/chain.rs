//! What the kernel would do with the program that starts, link by link: the program, what loads it or reads
//! it, what AWS's entrypoint starts in its turn, and the extensions beside it.

use super::copy::each_once;
use super::{Launch, Process, Setting, Via};
use crate::diagnostic::{DocumentId, Location};
use crate::facts::{self, CommandKind};
use crate::image::{EntryKind, FileContent, Image, Node, NonLinuxFormat, Resolution};
use crate::path::clean;
use crate::source::Span;

/// One link of the chain.
#[derive(Clone, Debug)]
pub struct ExecStep {
    /// Why it is started.
    pub role: StepKind,
    /// Its path in the image, links followed; as named where it is not there.
    pub path: String,
    /// Where it was named.
    pub named: Location,
    /// The layer that brought it, where it is there.
    pub layer: Option<usize>,
    /// Paths of the links before it, first one first.
    pub before: Vec<String>,
    /// What breaks the chain here.
    pub fault: Option<ExecFault>,
}

/// Why something is started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepKind {
    /// ENTRYPOINT or CMD names it.
    Program,
    /// AWS's entrypoint starts it.
    Bootstrap,
    /// A shell that starts reads it.
    Read,
    /// A script's `#!` names it.
    Interpreter,
    /// It loads an ELF file.
    Loader,
    /// It lies in `/opt/extensions`.
    Extension,
}

/// What breaks the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExecFault {
    /// Nothing is there.
    Missing,
    /// A directory is there.
    Directory,
    /// Others may not execute it; its mode.
    NotExecutable(u32),
    /// Others may not pass a directory above it; that directory and its mode.
    Closed(String, u32),
    /// It is for another processor; which.
    WrongArchitecture(&'static str),
    /// Not a Linux executable.
    NonLinuxFormat(NonLinuxFormat),
    /// Its first line ends in a carriage return.
    CarriageReturn,
    /// It is a text with no `#!` line; its first words.
    NoShebang(String),
}

/// `#!` may lead to a script that has one itself: as deep as Linux goes.
const MAX_DEPTH: usize = 5;

impl ExecStep {
    /// The layer that brought it, or else where it was named.
    pub fn place(&self) -> Location {
        self.layer.map_or(self.named, |layer| Location::new(DocumentId::Layer(layer), Span::default()))
    }

    /// How one gets there: `/app/run.sh -> /bin/bash`.
    pub fn trail(&self) -> String {
        let paths: Vec<&str> = self.before.iter().map(String::as_str).chain([self.path.as_str()]).collect();
        paths.join(" -> ")
    }
}

impl Launch<'_> {
    /// What starts in a saved image, extensions left out; empty where nothing is known to.
    pub fn chain(&self) -> &[ExecStep] {
        self.cache.chain.get_or_init(|| {
            let Some(image) = self.image else { return Vec::new() };
            let mut chain = Chain { launch: self, image, links: Vec::new() };
            chain.start();
            chain.links
        })
    }

    /// The extensions of a saved image, each with what it leads to.
    pub fn extensions(&self) -> Vec<Vec<ExecStep>> {
        let Some(image) = self.image else { return Vec::new() };
        let follow = |(path, layer): (String, usize)| {
            let mut chain = Chain { launch: self, image, links: Vec::new() };
            chain.follow(&path, StepKind::Extension, Location::new(DocumentId::Layer(layer), Span::default()), &[]);
            chain.links
        };
        self.extension_files().into_iter().take(facts::limits().extensions).map(follow).collect()
    }

    /// The files of a saved image that Lambda would start as extensions, and the layer that brings each.
    pub fn extension_files(&self) -> Vec<(String, usize)> {
        let Some(image) = self.image else { return Vec::new() };
        let named = |(name, node): (&[u8], &Node)| {
            let path = format!("/opt/extensions/{}", String::from_utf8_lossy(name));
            // Only files directly in it are started, and a link to a directory is not a file.
            let file = match image.files.resolve(&path) {
                Resolution::Found(node, _) => node.kind == EntryKind::File,
                _ => node.kind == EntryKind::Symlink,
            };
            file.then_some((path, node.layer()))
        };
        image.files.children("/opt/extensions").filter_map(named).collect()
    }

    /// The layer that brought a file of a saved image, as a place to point at.
    pub fn place_of_file(&self, path: &str) -> Location {
        match self.image.map(|image| image.files.resolve(path)) {
            Some(Resolution::Found(node, _)) => Location::new(DocumentId::Layer(node.layer()), Span::default()),
            _ => self.base_place,
        }
    }

    /// The layer that brought what stands at a path, a link not followed.
    pub fn place_of_file_itself(&self, path: &str) -> Location {
        let node = self.image.and_then(|image| image.files.get(path));
        node.map_or(self.base_place, |node| Location::new(DocumentId::Layer(node.layer()), Span::default()))
    }

    /// The version of the only Python in a saved image, `3.12`; `None` where there are several or none.
    pub fn python_of_image(&self) -> Option<String> {
        let folders = ["/usr/local/bin", "/usr/bin", "/var/lang/bin", "/opt/venv/bin"];
        let versions: std::collections::BTreeSet<String> = folders
            .iter()
            .flat_map(|folder| self.image.into_iter().flat_map(|image| image.files.children(folder)))
            .filter_map(|(name, _)| {
                let minor = std::str::from_utf8(name).ok()?.strip_prefix("python3.")?;
                minor.parse::<u32>().ok().map(|minor| format!("3.{minor}"))
            })
            .collect();
        let only = versions.len() == 1;
        versions.into_iter().next().filter(|_| only)
    }

    /// The folders of PATH.
    pub fn search_path(&self) -> Vec<&str> {
        // Without PATH in the config, the kernel's and Lambda's default would decide.
        let default = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
        let path = self.env("PATH").and_then(Setting::value).map_or(default, String::as_str);
        each_once(path.split(':'))
    }

    /// A program as it is looked up: by its path, from the working directory, or on PATH. `None` where it is on
    /// no folder of PATH.
    pub fn look_up(&self, image: &Image, program: &str) -> Option<String> {
        if program.starts_with('/') {
            return Some(program.to_owned());
        }
        if program.contains('/') {
            return Some(clean(&format!("{}/{program}", self.workdir.value().map_or("/", String::as_str))));
        }
        let there = |path: &String| matches!(image.files.resolve(path), Resolution::Found(node, _) if node.kind != EntryKind::Directory);
        self.search_path().into_iter().map(|folder| format!("{folder}/{program}")).find(there)
    }
}

struct Chain<'a> {
    launch: &'a Launch<'a>,
    image: &'a Image,
    links: Vec<ExecStep>,
}

impl Chain<'_> {
    fn start(&mut self) {
        let launch = self.launch;
        let Some(argv) = launch.argv() else { return };
        let Some(program) = argv.first() else { return };
        let Some(path) = launch.look_up(self.image, &program.text) else { return };
        if !self.follow(&path, StepKind::Program, program.place, &[]) {
            return;
        }
        if launch.starts_lambda_entrypoint() {
            let before = [path];
            let bootstrap = "/var/runtime/bootstrap";
            // Where there is none, LL213 says what that means.
            if !matches!(self.image.files.resolve(bootstrap), Resolution::Missing(_) | Resolution::NotDirectory(_)) {
                self.follow(bootstrap, StepKind::Bootstrap, program.place, &before);
            }
            return;
        }
        // A wrapper or a shell starts another program in its place.
        let mut before = vec![path];
        for process in launch.processes().line.iter().skip(1) {
            // What a `#!` line starts was followed with its script.
            if process.via == Via::Shebang || facts::is_builtin(process.program()) {
                continue;
            }
            let Some(path) = launch.look_up(self.image, process.program()) else { return };
            // What is not there, a script may make itself, and a launcher brings.
            if !before.contains(&path) && matches!(self.image.files.resolve(&path), Resolution::Found(..)) {
                let whole = self.follow(&path, StepKind::Program, process.place(), &before);
                if !whole && !self.is_read_by_shell(process) {
                    return;
                }
                before.push(path);
            }
        }
        self.read_by_shell(&before);
    }

    /// Whether the last link is a text without a `#!` line that a shell, or a program such as `env`, starts: when the kernel
    /// refuses it, they give it to a shell. The fault is then taken back.
    fn is_read_by_shell(&mut self, process: &Process) -> bool {
        let Some(link) = self.links.last_mut() else { return false };
        let refused = link.role == StepKind::Program && matches!(link.fault, Some(ExecFault::NoShebang(_)));
        let read = refused && process.via != Via::Kernel;
        if read {
            link.fault = None;
        }
        read
    }

    /// The script that a shell is given to read.
    fn read_by_shell(&mut self, before: &[String]) {
        let shell = |process: &&Process| process.row().is_some_and(|row| row.kind == CommandKind::Shell);
        let Some(process) = self.launch.processes().line.iter().find(shell) else { return };
        let Some(file) = process.file().filter(|file| !file.unknown) else { return };
        if file.text.contains('/') || file.text.ends_with(".sh") {
            let script = self.launch.look_up(self.image, &file.text);
            let script = script.unwrap_or_else(|| format!("/{}", file.text));
            self.follow(&script, StepKind::Read, file.place, before);
        }
    }

    /// Follows a path as exec would; whether nothing breaks.
    fn follow(&mut self, path: &str, role: StepKind, named: Location, before: &[String]) -> bool {
        let mut link = ExecStep { role, path: clean(path), named, layer: None, before: before.to_vec(), fault: None };
        let image = self.image;
        let Resolution::Found(node, found) = image.files.resolve(path) else {
            // What could not be read may hold it.
            link.fault = image.is_whole().then_some(ExecFault::Missing);
            self.links.push(link);
            return false;
        };
        link.layer = Some(node.layer());
        link.path = found;
        link.fault = self.fault(node, &link.path, role);
        let whole = link.fault.is_none();
        let mut before = before.to_vec();
        before.push(link.path.clone());
        self.links.push(link);
        whole && (before.len() > MAX_DEPTH || self.leads_on(node, named, &before))
    }

    fn fault(&self, node: &Node, path: &str, role: StepKind) -> Option<ExecFault> {
        if let Some((folder, mode)) = self.image.closed_above(path) {
            return Some(ExecFault::Closed(folder, mode));
        }
        if node.kind != EntryKind::File {
            return (node.kind == EntryKind::Directory).then_some(ExecFault::Directory);
        }
        if role != StepKind::Read && node.mode & 0o001 == 0 {
            return Some(ExecFault::NotExecutable(node.mode));
        }
        match node.facet.as_deref()? {
            FileContent::NonLinuxFormat(kind) => Some(ExecFault::NonLinuxFormat(*kind)),
            FileContent::Elf(elf) if role != StepKind::Read => {
                let wanted = self.launch.machine()?.oci();
                // A kernel for amd64 may run 386; AWS does not say whether Lambda's does.
                let wrong = elf.architecture() != wanted && !(wanted == "amd64" && elf.architecture() == "386");
                wrong.then(|| ExecFault::WrongArchitecture(elf.architecture()))
            }
            FileContent::Script(script) if script.first_line().ends_with(b"\r") => Some(ExecFault::CarriageReturn),
            FileContent::Script(script) if role != StepKind::Read && !script.head.starts_with(b"#!") => {
                let words: String = String::from_utf8_lossy(script.first_line()).chars().take(40).collect();
                Some(ExecFault::NoShebang(words))
            }
            _ => None,
        }
    }

    /// What loads or reads a program.
    fn leads_on(&mut self, node: &Node, named: Location, before: &[String]) -> bool {
        match node.facet.as_deref() {
            Some(FileContent::Elf(elf)) => match &elf.interpreter {
                Some(loader) => self.follow(&loader.clone(), StepKind::Loader, named, before),
                None => true,
            },
            Some(FileContent::Script(script)) => {
                let Some((program, argument)) = script.interpreter() else { return true };
                if !program.starts_with('/') {
                    return true;
                }
                if !self.follow(&program, StepKind::Interpreter, named, before) {
                    return false;
                }
                // `#!/usr/bin/env python3`, `#!/usr/bin/env -S node --flag`.
                let env = program.ends_with("/env");
                let argument = argument.as_deref().map(|text| text.strip_prefix("-S ").unwrap_or(text));
                let wanted = argument.and_then(|text| text.split_whitespace().next());
                match wanted.filter(|wanted| env && !wanted.starts_with('-') && !wanted.contains('=')) {
                    Some(wanted) => match self.launch.look_up(self.image, wanted) {
                        Some(path) => self.follow(&path, StepKind::Interpreter, named, before),
                        None => self.follow(wanted, StepKind::Interpreter, named, before),
                    },
                    None => true,
                }
            }
            _ => true,
        }
    }
}

impl Image {
    /// The first directory above a path that others may not pass through, and its mode.
    pub fn closed_above(&self, path: &str) -> Option<(String, u32)> {
        let folders = path.match_indices('/').map(|(at, _)| &path[..at]).filter(|folder| !folder.is_empty());
        folders.into_iter().find_map(|folder| match self.files.resolve(folder) {
            Resolution::Found(node, found) if node.kind == EntryKind::Directory && node.mode & 0o001 == 0 => {
                Some((found, node.mode))
            }
            _ => None,
        })
    }
}
