//! Whether anything in a saved image can speak Lambda's Runtime API.

use super::{Launch, Process, StepKind};
use crate::diagnostic::Location;
use crate::facts::{self, programs};
use crate::image::{EntryKind, FileAt, FileContent, Image, Node, Resolution};
use crate::path::{file_name, under};
use std::collections::BTreeSet;

/// A program that starts in an image in which nothing can speak the Runtime API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Silent {
    /// Its path, or its name.
    pub path: String,
    /// Where it is named.
    pub place: Location,
    /// What it is.
    pub kind: SilentKind,
}

/// What is known of a program that does not speak the Runtime API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SilentKind {
    /// It was compiled, and searched.
    Compiled,
    /// It is a script, and its text was searched.
    Script,
    /// It is a server by its name.
    Server,
}

impl Launch<'_> {
    /// The program that starts, where nothing in the image can speak the Runtime API: a compiled one or a script that was
    /// searched, or a plain server. `None` where something can, or may.
    pub fn silent_program(&self) -> Option<Silent> {
        let image = self.image.filter(|image| image.is_whole())?;
        // The language bases bring their client; the OS-only one starts what the user brings.
        if (self.starts_lambda_entrypoint() && !self.is_provided()) || self.client().is_some() {
            return None;
        }
        // The client of an AWS base does not run if another program starts instead of it.
        let bypassed = self.on_lambda_base() && !self.starts_lambda_entrypoint();
        let handed_on = || {
            let names = |text: &str| text.contains("/var/runtime") || text.contains("lambda-entrypoint");
            self.argv().is_none_or(|argv| argv.iter().any(|arg| names(&arg.text)))
        };
        if bypassed && handed_on() {
            return None;
        }
        let chain = self.chain();
        if chain.iter().any(|link| link.fault.is_some()) {
            return None;
        }
        let program = chain.iter().rfind(|link| matches!(link.role, StepKind::Program | StepKind::Bootstrap))?;
        let Resolution::Found(node, _) = image.files.resolve(&program.path) else { return None };
        let name = file_name(&program.path);
        // Of a distribution's program that is given a file, the file may be what runs.
        let reads = || {
            is_in_system(&program.path)
                && self.argv().is_none_or(|argv| argv.iter().skip(1).any(|arg| image.files.has(&arg.text)))
        };
        // What an interpreter is given to run decides.
        let compiled = !is_interpreter(name)
            && !reads()
            && matches!(node.facet.as_deref(), Some(FileContent::Elf(elf))
                if elf.speaks_runtime_api == Some(false) && elf.needed.iter().all(|name| is_of_system(name)));
        if speaks(image, bypassed, !compiled) {
            return None;
        }
        let path = program.path.clone();
        // On a base for a language it may be a wrapper that goes on to the base's own client.
        let wrapper = bypassed && !self.is_provided();
        if compiled && !wrapper {
            return Some(Silent { path, place: program.named, kind: SilentKind::Compiled });
        }
        let started = self.started()?;
        if self.starts_server() {
            return Some(Silent {
                path: started.program().to_owned(),
                place: started.place(),
                kind: SilentKind::Server,
            });
        }
        silent_script(image, started)
    }
}

/// The script that an interpreter is given, where its text was searched and names nothing that asks for events.
fn silent_script(image: &Image, started: &Process) -> Option<Silent> {
    started.language()?;
    let file = started.file().filter(|file| !file.unknown)?;
    let path = started.path_of(&file.text)?;
    let found = |ending: &&str| match image.files.resolve(&format!("{path}{ending}")) {
        Resolution::Found(node, path) if node.kind == EntryKind::File => Some((node.marks, path)),
        _ => None,
    };
    let (marks, path) = ["", ".js", ".mjs", ".cjs"].iter().find_map(found)?;
    let silent = marks.searched && !marks.speaks && !marks.hands_on;
    silent.then_some(Silent { path, place: file.place, kind: SilentKind::Script })
}

/// Whether a distribution fills the folder of a program.
fn is_in_system(path: &str) -> bool {
    ["/usr/bin/", "/usr/sbin/", "/bin/", "/sbin/", "/usr/lib", "/lib"].iter().any(|folder| path.starts_with(folder))
}

fn is_interpreter(name: &str) -> bool {
    let name = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.' || c == '-');
    matches!(name, "node" | "nodejs" | "python" | "pypy" | "ruby" | "php" | "perl" | "java" | "dotnet" | "deno" | "bun")
}

/// Whether a library is one that every program may need; any other may hold the client.
fn is_of_system(library: &str) -> bool {
    const COMMON: &[&str] = &[
        "libc.",
        "libm.",
        "libpthread.",
        "libdl.",
        "librt.",
        "libgcc_s.",
        "libstdc++.",
        "libc++",
        "ld-",
        "libresolv.",
        "libutil.",
        "libssl.",
        "libcrypto.",
        "libz.",
        "libzstd.",
        "libcurl.",
        "libnsl.",
        "libatomic.",
        "linux-vdso.",
    ];
    COMMON.iter().any(|beginning| library.starts_with(beginning))
}

/// Whether an extension is known to leave events to others. Any other one that names the API may be an adapter.
fn is_mere_extension(name: &str) -> bool {
    programs().extensions.iter().any(|&word| name.contains(word))
}

/// Whether a client, or a program that holds one, lies anywhere in an image. `searched` is `true` if code of interpreters
/// counts.
fn speaks(image: &Image, bypassed: bool, searched: bool) -> bool {
    let of_base = ["/var/runtime", "/var/lang", "/lambda-entrypoint.sh"].map(|path| image.files.real(path));
    let extensions = image.files.real("/opt/extensions");
    let apart = |path: &str| {
        (bypassed && of_base.iter().any(|folder| under(path, folder)))
            || (under(path, &extensions) && is_mere_extension(file_name(path)))
            || file_name(path).starts_with("aws-lambda-rie")
    };
    // A file of the base, the emulator or an extension is that under each of its names.
    let of_bypassed = |path: &str| bypassed && of_base.iter().any(|folder| under(path, folder));
    let client = |name: &str| {
        matches!(name, "awslambdaric" | "aws-lambda-ric" | "bref" | "lambdr" | "Amazon.Lambda.RuntimeSupport.dll")
            || name.starts_with("aws_lambda_ric-")
            || (name.starts_with("aws-lambda-java-runtime-interface-client") && name.ends_with(".jar"))
    };
    let adapter = || {
        let among = image.files.called(facts::may_be_adapter).map(FileAt::path);
        among.into_iter().any(|path| under(&path, &extensions) && !of_bypassed(&path))
    };
    if image.files.called(client).any(|file| !of_bypassed(&file.path())) || adapter() {
        return true;
    }
    let holds = |node: &Node| match node.facet.as_deref() {
        _ if searched && (node.marks.speaks || node.marks.hands_on) => true,
        Some(FileContent::Elf(elf)) => elf.speaks_runtime_api == Some(true),
        Some(FileContent::Script(script)) => script.speaks_runtime_api,
        _ => false,
    };
    // What holds the name does so under each of its names.
    let holders = || image.files.told().filter(|file| file.kind == EntryKind::File && holds(file));
    let others: BTreeSet<u32> = holders().filter(|file| apart(&file.path())).filter_map(|file| file.inode()).collect();
    holders().any(|file| file.inode().is_some_and(|inode| !others.contains(&inode)) && !of_bypassed(&file.path()))
}
