//! Which tools the commands of a RUN need, and which of them a stage has brought by then.

use super::{Copied, Origin, RunCommand, Stage};
use crate::command::Handed;
use crate::dockerfile::Kind;
use crate::facts::{CommandEffect, CommandKind, packages};
use crate::path::last;
use crate::source::Span;

/// Folders in which programs are looked up.
const BIN: &[&str] = &["/bin", "/usr/bin", "/usr/local/bin", "/sbin", "/usr/sbin", "/usr/local/sbin", "/opt/bin"];

/// Whether a path is the one of a program that is looked up by its name.
pub(super) fn is_program(path: &str) -> bool {
    path.rsplit_once('/').is_some_and(|(folder, _)| BIN.contains(&folder))
}

impl RunCommand {
    /// The tools it runs: itself, what `find -exec` and `xargs` start, what tar unpacks with, and the git that
    /// pip fetches with.
    pub fn tools(&self) -> Vec<(&str, Span)> {
        let mut tools = Vec::new();
        let folder = self.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        // `./find` and `/opt/tools/find` are no tool of the system.
        if self.path.contains('/') && !BIN.contains(&folder) {
            return tools;
        }
        let own = self.args.first().map_or(self.span, |arg| Span::new(self.span.start, arg.span.start));
        let own = Span::new(own.start, own.start + self.path.len().min(own.len()));
        tools.push((self.program.as_str(), own));
        let behind = |flags: &[&str]| {
            let at = self.args.iter().position(|arg| flags.contains(&arg.raw.as_str()))?;
            self.args.get(at + 1).and_then(|arg| Some((last(arg.text.as_deref()?), arg.span)))
        };
        match self.program.as_str() {
            "find" => tools.extend(behind(&["-exec", "-execdir", "-ok"])),
            "xargs" => {
                let first = self.operands(&["-n", "-P", "-I", "-L", "-d", "-a", "-s", "-E"]).into_iter().next();
                tools.extend(first.and_then(|arg| Some((last(arg.text.as_deref()?), arg.span))));
            }
            "tar" => tools.extend(self.unpacks_with().map(|tool| (tool, own))),
            "pip" | "uv" => {
                tools.extend(self.args.iter().find(|arg| arg.raw.contains("git+")).map(|arg| ("git", arg.span)));
            }
            _ => {}
        }
        tools
    }

    /// What tar starts to unpack or pack: as its flags say, or the ending of the archive.
    fn unpacks_with(&self) -> Option<&'static str> {
        let flags = self.args.first().filter(|arg| !arg.raw.starts_with("--"))?;
        let letters = flags.raw.trim_start_matches('-');
        let by_letter = letters.chars().all(char::is_alphabetic);
        let has = |letter: char| {
            by_letter && letters.contains(letter)
                || self.args.iter().any(|arg| {
                    arg.raw.starts_with('-')
                        && !arg.raw.starts_with("--")
                        && !arg.raw.contains('/')
                        && arg.raw.trim_start_matches('-').chars().take_while(|c| *c != 'f').any(|c| c == letter)
                })
        };
        let ends = |endings: &[&str]| self.args.iter().any(|arg| endings.iter().any(|end| arg.raw.ends_with(end)));
        if has('z') || self.has(&["--gzip", "--gunzip"]) || ends(&[".tar.gz", ".tgz"]) {
            Some("gzip")
        } else if has('J') || self.has(&["--xz"]) || ends(&[".tar.xz", ".txz"]) {
            Some("xz")
        } else if has('j') || self.has(&["--bzip2"]) || ends(&[".tar.bz2", ".tbz2"]) {
            Some("bzip2")
        } else {
            None
        }
    }

    /// Whether it runs something that may do anything: a custom script, an installer after a pipe.
    pub fn is_opaque(&self) -> bool {
        match (self.reading.row, self.reading.handed) {
            // A shell without a file reads a here-document, which is looked into.
            (Some(row), Handed::File(_)) if row.kind == CommandKind::Shell => true,
            (Some(row), _) if row.kind == CommandKind::Launcher => row.home,
            (Some(row), Handed::Nothing) if row.kind == CommandKind::Tool => {
                row.effect() == CommandEffect::Anything && !row.likely
            }
            (Some(_), _) => false,
            (None, _) => {
                let folder = self.path.rsplit_once('/').map(|(folder, _)| folder);
                self.program.is_empty()
                    || self.program.ends_with(".sh")
                    || self.path.starts_with(['.', '$'])
                    || folder.is_some_and(|folder| !BIN.contains(&folder))
            }
        }
    }

    /// Tells of each tool whether the command may put it in place: by installing a package, by linking or copying, by
    /// fetching.
    pub fn may_bring(&self) -> impl Fn(&str) -> bool {
        let install = self.install();
        let system = install.as_ref().is_some_and(|install| matches!(install.manager, "dnf" | "yum"));
        // A group brings a whole workshop, and what is not written plainly may be anything.
        let anything = system
            && (self.args.iter().any(|arg| arg.text.is_none() || arg.raw.ends_with(".rpm"))
                || self.texts().any(|text| text.contains("://") || text.starts_with('@'))
                || self.verb() == "groupinstall");
        move |tool| match &install {
            Some(_) if anything => true,
            Some(install) => install.packages.iter().any(|package| match system {
                true => packages().may_bring(bare(&package.name), tool),
                false => package.name == tool,
            }),
            None => self.may_place(tool),
        }
    }

    /// Whether a command that installs nothing may put a tool in place.
    pub(super) fn may_place(&self, tool: &str) -> bool {
        match self.program.as_str() {
            "dnf" | "yum" | "microdnf" => matches!(self.verb(), "group" | "groupinstall" | "swap" | "builddep"),
            "rpm" | "amazon-linux-extras" | "alternatives" => true,
            "ln" | "cp" | "mv" | "install" | "curl" | "wget" | "alias" | "chmod" | "busybox" => {
                self.args.iter().any(|arg| last(&arg.raw) == tool || arg.raw.starts_with("--install"))
            }
            _ => false,
        }
    }
}

/// A package without its version and architecture: `tar-1.34` and `tar.x86_64` are tar.
fn bare(name: &str) -> &str {
    let name = name.strip_suffix(".x86_64").or_else(|| name.strip_suffix(".aarch64")).unwrap_or(name);
    let version = name.match_indices('-').find(|(at, _)| name[at + 1..].starts_with(|c: char| c.is_ascii_digit()));
    version.map_or(name, |(at, _)| &name[..at])
}

impl Copied<'_, '_> {
    /// Whether it may put a tool in place.
    pub fn may_bring(&self, tool: &str) -> bool {
        let Some(destination) = self.destination.as_deref() else { return true };
        let into = BIN.contains(&destination) || matches!(destination, "/" | "/usr" | "/usr/local" | "/opt");
        if last(destination) == tool || self.names().any(|name| name == tool) {
            return true;
        }
        // A folder laid over the system may hold anything; a file of another name does not.
        into && match self.origin {
            Origin::Context => self.opens() || self.copies_folder(),
            _ => self.sources.iter().any(|(source, _)| {
                source.as_deref().is_none_or(|source| {
                    let name = last(source);
                    name.is_empty() || name.contains('*') || matches!(name, "bin" | "sbin" | "usr" | "local")
                })
            }),
        }
    }
}

impl Stage<'_> {
    /// Whether any RUN of the stage holds one of some words.
    pub fn says(&self, words: &[&str]) -> bool {
        self.steps.iter().any(|step| {
            let instruction = step.instruction;
            let holds = |text: &str| words.iter().any(|word| text.contains(word));
            matches!(instruction.kind, Kind::Run(_))
                && (holds(&instruction.rest.text) || instruction.heredocs.iter().any(|doc| holds(&doc.body.text)))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::bare;

    #[test]
    fn names_without_versions() {
        assert_eq!((bare("tar-1.34-1.amzn2023"), bare("xz.x86_64"), bare("gcc-c++")), ("tar", "xz", "gcc-c++"));
    }
}
