//! Secrets in the image: files by their names and by their text, tokens in the Dockerfile, build arguments.

use super::{ArgumentUse, Build, Copied, Launch, Origin, is_of_others, secret_in};
use crate::diagnostic::{DocumentId, Location};
use crate::dockerfile::{Kind, Text};
use crate::facts::{self, Naming};
use crate::image::{EntryKind, FileContent, Image, Node, Resolution};
use crate::source::Span;
use std::collections::BTreeSet;

/// A secret that a layer holds.
#[derive(Clone, Debug)]
pub enum SecretFile {
    /// COPY sources whose names say that they hold secrets; the first of them, and all places.
    Copied { name: String, places: Vec<Location> },
    /// A token or key in a RUN or a here-document; its kind.
    Written { kind: &'static str, place: Location },
    /// A file whose text certainly holds one; what that is.
    Certain { path: String, what: String, layer: Location },
    /// A file by its name.
    Named { path: String, name: &'static str, layer: Location },
}

/// A build argument with a secret.
#[derive(Clone, Debug)]
pub struct SecretArgument {
    /// The argument.
    pub name: String,
    /// Where it is declared, or where the history has it.
    pub place: Location,
    /// What keeps its value.
    pub kept: ValueKept,
}

/// What keeps the value of a build argument.
#[derive(Clone, Copy, Debug)]
pub enum ValueKept {
    /// Its default is written in the file; what takes it over, if anything does.
    Default(Option<Span>),
    /// A RUN below it.
    Run(Span),
    /// An ENV that takes it over.
    Env(Span),
    /// The history of a saved image.
    History,
}

/// Folders of an image in which its maker's own files lie, and no library's.
const OWN: &[&str] = &["/root", "/var/task", "/app", "/home/app", "/function", "/"];
/// Names of files that hold secrets.
const FILES: &[&str] = &[
    ".env",
    ".npmrc",
    ".netrc",
    ".pypirc",
    ".git-credentials",
    ".aws/credentials",
    ".ssh/id_rsa",
    ".ssh/id_ed25519",
    "id_rsa",
    "id_ed25519",
];

impl Launch<'_> {
    /// Secrets in files of the image, and in the Dockerfile's own text.
    pub fn secret_files(&self) -> Vec<SecretFile> {
        let mut found = Vec::new();
        if let Some(build) = self.build {
            found.extend(build.copies().iter().filter_map(copied_secret));
            found.extend(written_secrets(build));
        }
        if let Some(image) = self.image {
            let certain = certain_secrets(image);
            let named = self.named_secrets(image, &certain);
            found.extend(certain);
            found.extend(named);
        }
        found
    }

    fn named_secrets(&self, image: &Image, certain: &[SecretFile]) -> Vec<SecretFile> {
        // One file under several names is one secret.
        let told = |node: &Node| {
            let same = |path: &str| image.files.get(path).and_then(Node::inode) == node.inode();
            certain.iter().any(|file| matches!(file, SecretFile::Certain { path, .. } if same(path)))
        };
        let workdir = self.workdir.value().map(String::as_str).filter(|dir| !OWN.contains(dir));
        let mut named = Vec::new();
        for folder in OWN.iter().copied().chain(workdir) {
            for &name in FILES {
                let path = format!("{}/{name}", folder.trim_end_matches('/'));
                let Resolution::Found(node, _) = image.files.resolve(&path) else { continue };
                if node.kind != EntryKind::File || node.size == 0 {
                    continue;
                }
                // Where its text is seen, npm's settings without a token in them are not a secret.
                let harmless = name == ".npmrc" && matches!(node.facet.as_deref(), Some(FileContent::Text(_)));
                if !harmless && !told(node) {
                    let layer = Location::new(DocumentId::Layer(node.layer()), Span::default());
                    named.push(SecretFile::Named { path, name, layer });
                }
            }
        }
        named
    }

    /// Build arguments that put a secret into the image.
    pub fn secret_arguments(&self) -> Vec<SecretArgument> {
        let mut found: Vec<SecretArgument> = self.build.map(|build| self.declared_secrets(build)).unwrap_or_default();
        for (name, value, place) in self.image.into_iter().flat_map(Image::build_arguments) {
            let secret = is_secret_name(&name) && !facts::placeholder(&value);
            let new = found.iter().all(|other| other.name != name);
            if new && (secret || facts::token(&value).is_some()) {
                found.push(SecretArgument { name, place, kept: ValueKept::History });
            }
        }
        found
    }

    fn declared_secrets(&self, build: &Build<'_>) -> Vec<SecretArgument> {
        let mut found = Vec::new();
        for argument in build.final_arguments() {
            let written = argument.default.filter(|value| !facts::placeholder(value) && !value.is_empty());
            let token = written.and_then(facts::token).is_some();
            if !token && !is_secret_name(argument.name) {
                continue;
            }
            // Of a variable that the image keeps, LL601 speaks.
            let in_env = || self.env(argument.name).is_some_and(|setting| !setting.is_inherited());
            if matches!(argument.used, ArgumentUse::Env(_)) && in_env() {
                continue;
            }
            // A default that stands in for the real thing means that no secret is passed.
            let dummy = argument.default.is_some_and(|value| !value.is_empty()) && written.is_none();
            let kept = match (argument.used, written) {
                (ArgumentUse::Run(span) | ArgumentUse::Env(span), Some(_)) => ValueKept::Default(Some(span)),
                (ArgumentUse::Nowhere, Some(_)) => ValueKept::Default(None),
                (ArgumentUse::Nowhere, None) => continue,
                _ if dummy => continue,
                (ArgumentUse::Run(span), None) => ValueKept::Run(span),
                (ArgumentUse::Env(span), None) => ValueKept::Env(span),
            };
            found.push(SecretArgument { name: argument.name.to_owned(), place: argument.span.into(), kept });
        }
        found
    }
}

fn is_secret_name(name: &str) -> bool {
    matches!(facts::naming(name), Some(Naming::Aws | Naming::Secret))
}

/// A file whose name says that it holds secrets. That it is deleted later does not take it out of its layer.
fn copied_secret(copied: &Copied<'_, '_>) -> Option<SecretFile> {
    if matches!(copied.origin, Origin::Image(..) | Origin::Unknown) {
        return None;
    }
    // Of `.ssh/known_hosts` the last part decides; `.aws/config` holds no keys.
    let is_secret = |source: &str| facts::secret_file(source) && !source.starts_with("<<") && !source.contains("://");
    let secrets = copied.sources.iter().filter(|(source, _)| source.as_deref().is_some_and(is_secret));
    let secrets: Vec<_> = secrets.collect();
    let (name, _) = secrets.first()?;
    let places = secrets.iter().map(|(_, span)| (*span).into()).collect();
    Some(SecretFile::Copied { name: name.clone().unwrap_or_default(), places })
}

/// Tokens and keys that stand in the Dockerfile itself: in a RUN, or in a here-document.
fn written_secrets(build: &Build<'_>) -> Vec<SecretFile> {
    let token = |text: &Text| {
        let (kind, at) = facts::token(&text.text)?;
        Some(SecretFile::Written { kind, place: text.locate(at.start, at.end).into() })
    };
    let instructions = build.final_steps().into_iter().map(|step| step.instruction);
    let writes = instructions.filter(|one| matches!(one.kind, Kind::Run(_) | Kind::Copy(_) | Kind::Add(_)));
    let found = writes.filter_map(|instruction| {
        let bodies = instruction.heredocs.iter().map(|heredoc| &heredoc.body);
        std::iter::once(&instruction.rest).chain(bodies).find_map(token)
    });
    found.collect()
}

/// Files whose text certainly holds a secret. Packages bring keys for their own tests.
fn certain_secrets(image: &Image) -> Vec<SecretFile> {
    let mut seen = BTreeSet::new();
    let certain = image.files.told().filter_map(|file| {
        let Some(FileContent::Text(text)) = file.facet.as_deref() else { return None };
        let path = file.path();
        if is_of_others(&path) {
            return None;
        }
        let what = secret_in(&path, &String::from_utf8_lossy(text))?;
        let layer = Location::new(DocumentId::Layer(file.layer()), Span::default());
        let new = file.inode().is_none_or(|inode| seen.insert(inode));
        new.then_some(SecretFile::Certain { path, what, layer })
    });
    certain.collect()
}
