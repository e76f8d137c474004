//! Base images that a team describes in `lamblint.toml`, so that they are as known as AWS's.

use super::{Base, BaseKind, ImageRef, base, os};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A base image of an organisation's own, told so that it is as known as AWS's.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct CustomBase {
    /// The image's name, without tag to mean every tag; `*` stands for any text.
    pub name: String,
    /// The image it is made from, whose defaults it has where nothing else is said.
    pub parent: Option<String>,
    /// Its ENTRYPOINT.
    pub entrypoint: Option<Vec<String>>,
    /// Its CMD.
    pub cmd: Option<Vec<String>>,
    /// Its WORKDIR.
    pub workdir: Option<String>,
    /// Variables it sets.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub env: BTreeMap<String, String>,
    /// Whether it brings a runtime interface client or the web adapter.
    pub runtime_client: bool,
    /// Its operating system: `AL2023`, `debian-12`, `alpine` …
    pub os: Option<String>,
}

impl CustomBase {
    /// Whether it has a name and nothing else.
    pub fn says_nothing(&self) -> bool {
        *self == Self { name: self.name.clone(), ..Self::default() }
    }
}

/// Maximum number of parents of a name: a longer chain is a cycle.
const MAX_PARENTS: usize = 8;

/// What `lamblint.toml` says of an image; the last entry whose name fits wins. `None` where it says nothing.
pub fn own_base(name: &str, bases: &[CustomBase]) -> Option<Base> {
    nth_base(name, bases, 0)
}

fn nth_base(name: &str, bases: &[CustomBase], depth: usize) -> Option<Base> {
    let own = bases.iter().rev().find(|own| fits(&own.name, name)).filter(|_| depth < MAX_PARENTS)?;
    let mut found = match &own.parent {
        Some(parent) => nth_base(parent, bases, depth + 1).unwrap_or_else(|| base(parent)),
        // Without a parent, what is not said is not known.
        None => Base { kind: BaseKind::General, ..Base::default() },
    };
    if own.runtime_client && found.kind != BaseKind::Lambda {
        found.kind = BaseKind::Client;
    }
    // An ENTRYPOINT resets a CMD that came from below.
    if let Some(entrypoint) = &own.entrypoint {
        found.entrypoint = Some(entrypoint.clone());
        found.cmd = Some(Vec::new());
    }
    found.cmd = own.cmd.clone().or(found.cmd);
    found.workdir = own.workdir.clone().or(found.workdir);
    if !own.env.is_empty() {
        // What the parent sets is known only where the parent is.
        let mut env = found.env.take().filter(|_| own.parent.is_some());
        env.get_or_insert_with(BTreeMap::new).extend(own.env.clone());
        found.env = env;
    }
    found.os = own.os.as_deref().and_then(os).or(found.os);
    // Pins, dates and tags are the parent's affair: the name in the Dockerfile is another.
    found.published = None;
    found.reference = ImageRef::parse(name);
    Some(found)
}

/// Whether an entry's name means an image: without a tag it means every tag, and `*` any text.
fn fits(pattern: &str, name: &str) -> bool {
    let untagged = |text: &str| !text.rsplit('/').next().unwrap_or_default().contains([':', '@']);
    let shown = match ImageRef::parse(name) {
        Some(reference) if untagged(pattern) => reference.key(),
        _ => name.to_owned(),
    };
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = shown.strip_prefix(first) else { return false };
    let mut last = None;
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
        last = Some(part);
    }
    // With no star after it, the last part stands at the end.
    last.map_or(rest.is_empty(), |part| part.is_empty() || rest.is_empty() || shown.ends_with(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own(name: &str, parent: &str) -> CustomBase {
        CustomBase { name: name.into(), parent: Some(parent.into()), ..CustomBase::default() }
    }

    #[test]
    fn names() {
        for (pattern, name, fit) in [
            ("registry.acme.io/python", "registry.acme.io/python:3", true),
            ("registry.acme.io/python:3", "registry.acme.io/python:3", true),
            ("registry.acme.io/python:3", "registry.acme.io/python:4", false),
            ("registry.acme.io/*", "registry.acme.io/a/b:1", true),
            ("*/lambda-*", "acme.io/x/lambda-node@sha256:0", true),
            ("*-base", "acme.io/base-x", false),
            ("acme.io/python", "acme.io/python-slim", false),
        ] {
            assert_eq!(fits(pattern, name), fit, "{pattern} {name}");
        }
    }

    #[test]
    fn a_base_has_its_parents_defaults() {
        let bases = [own("acme.io/py", "public.ecr.aws/lambda/python:3.12"), own("acme.io/data", "acme.io/py")];
        let base = own_base("acme.io/data:7", &bases).unwrap();
        assert_eq!((base.kind, base.workdir.as_deref()), (BaseKind::Lambda, Some("/var/task")));
        assert!(own_base("acme.io/other", &bases).is_none());
        assert!(own_base("a", &[own("a", "a")]).is_some(), "a base that is its own parent ends");
    }

    #[test]
    fn without_a_parent_the_rest_is_unknown() {
        let own = CustomBase { name: "acme.io/x".into(), entrypoint: Some(vec!["/e".into()]), ..CustomBase::default() };
        let base = own_base("acme.io/x", &[own]).unwrap();
        assert_eq!((base.env, base.workdir, base.cmd), (None, None, Some(Vec::new())));
    }
}
