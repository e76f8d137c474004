//! Runtime interface clients as their registries publish them.

use super::{Base, BaseKind, packed};
use serde::Deserialize;
use std::sync::LazyLock;

/// A runtime interface client that a package manager installs.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuntimeClient {
    /// `awslambdaric`.
    pub package: &'static str,
    /// `pip`, `npm`, `gem`.
    pub manager: &'static str,
    /// `Python`, as people write it.
    pub interpreter: &'static str,
    /// Families of bases that bring that interpreter.
    families: Vec<&'static str>,
    /// The newest version on the day the table was checked.
    pub newest: &'static str,
    /// Whether the manager asks for the newest version even under an interpreter too old for it.
    pub takes_newest: bool,
    /// From which version on which version of the interpreter is needed, ascending.
    needs: Vec<(&'static str, &'static str)>,
    /// The last version for an interpreter below a version, ascending.
    last: Vec<(&'static str, &'static str)>,
}

/// A client by the word that a command line names it with.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StartedClient {
    /// The program, module or class.
    pub word: &'static str,
    /// What people call it.
    pub name: &'static str,
    /// The language of the handlers that it runs.
    pub language: &'static str,
    /// Whether it needs the handler as an argument.
    pub needs_handler: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(bound(deserialize = "'de: 'static"))]
struct Clients {
    traces: Vec<&'static str>,
    package_words: Vec<&'static str>,
    client: Vec<RuntimeClient>,
    started: Vec<StartedClient>,
}

static CLIENTS: LazyLock<Clients> = LazyLock::new(|| packed!("clients"));

/// The client that a package of a manager is; pip takes `_`, `-` and capitals for the same.
pub fn runtime_client(manager: &str, package: &str) -> Option<&'static RuntimeClient> {
    CLIENTS.client.iter().find(|client| client.manager == manager && client.package.eq_ignore_ascii_case(package))
}

/// `true` if a package of any manager is a client.
pub fn is_runtime_client(package: &str) -> bool {
    CLIENTS.client.iter().any(|client| client.package.eq_ignore_ascii_case(package))
}

/// The client that a command line starts with a word.
pub fn started_client(word: &str) -> Option<&'static StartedClient> {
    CLIENTS.started.iter().find(|client| client.word == word)
}

/// Whether a text shows that a client, or a program that holds one, may be there.
pub fn traces_client(text: &str) -> bool {
    CLIENTS.traces.iter().any(|&trace| text.contains(trace))
}

/// Whether a package of this name is a client, may hold one, or is for functions only.
pub fn may_hold_client(package: &str) -> bool {
    let package = package.to_ascii_lowercase();
    CLIENTS.package_words.iter().any(|&word| package.contains(word))
}

impl RuntimeClient {
    /// The interpreter's version that a version of the client needs; `None` where any will do, or where the
    /// version cannot be compared.
    pub fn needs(&self, version: &str) -> Option<&str> {
        let version = numbers(version)?;
        let bound = self.needs.iter().rev().find(|(from, _)| numbers(from).is_some_and(|from| from <= version))?;
        Some(bound.1)
    }

    /// The interpreter's version that a version of the client needs, where the one at hand is older.
    pub fn too_new_for(&self, version: &str, interpreter: &str) -> Option<&str> {
        let needed = self.needs(version)?;
        let (found, wanted) = (numbers(interpreter)?, numbers(needed)?);
        (found < wanted).then_some(needed)
    }

    /// The last version of the client before the first that a version of the interpreter is too old for, where
    /// the table has it.
    pub fn last_for(&self, interpreter: &str) -> Option<&str> {
        let found = numbers(interpreter)?;
        let last = self.last.iter().find(|(_, needed)| numbers(needed).is_some_and(|needed| found < needed))?;
        Some(last.0)
    }

    /// The interpreter's version on a base, where it is this client's and known as exactly as needed.
    pub fn found_on(&self, base: &Base, needed: &str) -> Option<String> {
        let family = base.family.filter(|family| self.families.contains(family))?;
        let version = match base.kind {
            BaseKind::Lambda => base.runtime?.tag.to_owned(),
            BaseKind::General => {
                let tag = base.reference.as_ref()?.tag.as_deref()?;
                tag.split('-').next().unwrap_or_default().to_owned()
            }
            _ => return None,
        };
        let found = numbers(&version)?;
        let needed = numbers(needed)?;
        // `python:3` may be any 3.
        (family == "node" || found.len() >= needed.len()).then_some(version).filter(|_| found < needed)
    }
}

/// `3.10.2` as numbers that compare; `None` where it is anything else.
fn numbers(version: &str) -> Option<Vec<u32>> {
    version.split('.').map(|part| part.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::base;

    #[test]
    fn the_table_can_be_read() {
        assert_eq!(CLIENTS.client.len(), 3);
        for client in &CLIENTS.client {
            assert!(client.needs.iter().all(|(from, needed)| numbers(from).is_some() && numbers(needed).is_some()));
        }
    }

    #[test]
    fn what_versions_need() {
        let python = runtime_client("pip", "awslambdaric").unwrap();
        assert_eq!(
            (python.needs("2.2.1"), python.needs("3.1.1"), python.needs("4.2.2")),
            (None, Some("3.9"), Some("3.10"))
        );
        assert_eq!(python.needs("4.*"), None);
        let found = |image: &str| python.found_on(&base(image), "3.10");
        assert_eq!(found("python:3.8-slim").as_deref(), Some("3.8"));
        assert_eq!(found("public.ecr.aws/lambda/python:3.9").as_deref(), Some("3.9"));
        assert_eq!(
            (found("python:3.12"), found("python:3"), found("python"), found("node:18")),
            (None, None, None, None)
        );
        let node = runtime_client("npm", "aws-lambda-ric").unwrap();
        assert_eq!(node.found_on(&base("node:18-alpine"), "22").as_deref(), Some("18"));
        assert_eq!(node.found_on(&base("node:lts-alpine"), "22"), None);
    }
}
