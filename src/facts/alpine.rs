//! Which Alpine a base stands on, where its tag says so or where tags of its kind have moved on.

use super::{Base, base::floating};
use serde::Deserialize;

/// Tags of a family that name no Alpine and move to each new one.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Floating {
    family: &'static str,
    /// The first version of the language whose tags have moved to Alpine 3.17.
    from: Vec<u32>,
    /// The first version of which every patch release stands on Alpine 3.17 or later.
    whole: Vec<u32>,
}

/// An Alpine, as major and minor version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Alpine {
    /// The version; where the tag moves, the oldest that it can be.
    pub version: (u32, u32),
    /// Whether the tag moves.
    pub floating: bool,
}

/// What the table of moving tags tells.
const FLOATING: Alpine = Alpine { version: (3, 17), floating: true };

impl Base {
    /// The Alpine that the base stands on; none where it is another system or where the tag does not tell.
    pub fn alpine(&self) -> Option<Alpine> {
        self.os.filter(|os| os.id == "alpine")?;
        let reference = self.reference.as_ref()?;
        if reference.tag.is_none() && reference.digest.is_some() {
            return None;
        }
        let tag = reference.tag.as_deref().unwrap_or("latest");
        let (language, release) = match self.family {
            Some("alpine") => ("", tag),
            _ => tag.split_once("alpine")?,
        };
        match (numbers(release).as_slice(), release) {
            ([major, minor, ..], _) => Some(Alpine { version: (*major, *minor), floating: false }),
            ([3], _) | ([], "" | "latest" | "edge") => self.moves(language.trim_end_matches('-')).then_some(FLOATING),
            _ => None,
        }
    }

    /// Whether a tag without an Alpine, of a version of the language, stands on a late one.
    fn moves(&self, language: &str) -> bool {
        if language.is_empty() || matches!(language, "lts" | "current" | "latest") {
            return true;
        }
        let version = numbers(language);
        let Some(row) = floating().iter().find(|row| Some(row.family) == self.family) else { return false };
        let from = if version.len() > row.from.len() { &row.whole } else { &row.from };
        !version.is_empty() && version.as_slice() >= from.as_slice()
    }
}

/// The numbers that a text begins with: `[3, 17]` of `3.17-slim`.
fn numbers(text: &str) -> Vec<u32> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    text[..end].split('.').map_while(|part| part.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::base;

    #[test]
    fn alpines_by_tag() {
        let exact = |major, minor| Some(Alpine { version: (major, minor), floating: false });
        for (image, alpine) in [
            ("alpine:3.16", exact(3, 16)),
            ("alpine:3.20.3", exact(3, 20)),
            ("alpine", Some(FLOATING)),
            ("alpine:3", Some(FLOATING)),
            ("alpine:edge", Some(FLOATING)),
            ("alpine:20240329", None),
            ("python:3.12-alpine3.20", exact(3, 20)),
            ("python:3.12-alpine", Some(FLOATING)),
            ("python:3.6-alpine", None),
            ("python:3.9.5-alpine", None),
            ("python:3.12.4-alpine", Some(FLOATING)),
            ("node:lts-alpine", Some(FLOATING)),
            ("node:12-alpine", None),
            ("node:16-alpine", Some(FLOATING)),
            ("node:16.3-alpine", None),
            ("python:3.12-slim", None),
        ] {
            assert_eq!(base(image).alpine(), alpine, "{image}");
        }
        let digest = format!("alpine@sha256:{}", "0".repeat(64));
        assert_eq!(base(&digest).alpine(), None);
    }
}
