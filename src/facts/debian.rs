//! Which release of Debian or Ubuntu a base stands on, as its tag says or as tags of its kind do, and which releases have
//! left the mirrors.

use super::{Base, BaseKind, packed};
use serde::Deserialize;
use std::sync::LazyLock;

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'static"))]
struct Releases {
    archived: Vec<Archived>,
    built_on_buster: Vec<Old>,
    moved: Vec<Moved>,
}

/// A release that the mirrors no longer have.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Archived {
    /// Its name, as `Debian 10 (buster)`.
    pub name: &'static str,
    word: &'static str,
    family: &'static str,
    number: &'static str,
    /// Where its packages were.
    pub mirror: &'static str,
    /// Where they are now.
    pub archive: &'static str,
    /// Since when the mirror has them no more.
    pub since: &'static str,
}

/// Tags of a family that stayed on an old release.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Old {
    family: &'static str,
    until: Vec<Vec<u32>>,
}

/// Tags of a family that have moved to a later release.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Moved {
    family: &'static str,
    system: &'static str,
    tags: Vec<&'static str>,
}

static RELEASES: LazyLock<Releases> = LazyLock::new(|| packed!("debian"));

/// Endings of tags that leave the release as it is.
const VARIANTS: &[&str] = &["-slim"];

impl Base {
    /// The release of the base, where the mirrors no longer have it, and whether its tag names it: if not, it may be an
    /// older one.
    pub fn archived(&self) -> Option<(&'static Archived, bool)> {
        let family = self.family.filter(|_| self.kind == BaseKind::General)?;
        let tag = self.reference.as_ref()?.tag.as_deref()?;
        let own = |release: &&Archived| {
            let rest = tag.strip_prefix(release.number).filter(|_| release.family == family);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '-']))
        };
        let named = |release: &&Archived| tag.split(['-', '_', '.']).any(|part| part == release.word) || own(release);
        match RELEASES.archived.iter().find(named) {
            Some(release) => Some((release, true)),
            None if is_built_on_buster(family, tag) => RELEASES.archived.first().map(|release| (release, false)),
            None => None,
        }
    }

    /// The system of the base by its id, the release with it where tags of its kind have moved there.
    pub fn system(&self) -> Option<&'static str> {
        let own = self.os?.id;
        let tag = self.reference.as_ref().filter(|reference| reference.digest.is_none())?.tag.as_deref();
        let plain = without_variant(tag.unwrap_or("latest"));
        let moved = RELEASES.moved.iter().filter(|moved| own == "debian" && Some(moved.family) == self.family);
        Some(moved.into_iter().find(|moved| moved.tags.contains(&plain)).map_or(own, |moved| moved.system))
    }
}

fn without_variant(tag: &str) -> &str {
    VARIANTS.iter().find_map(|variant| tag.strip_suffix(variant)).unwrap_or(tag)
}

/// Whether a tag that names no release was built for the last time on buster or an older one.
pub(super) fn is_built_on_buster(family: &str, tag: &str) -> bool {
    let numbers: Result<Vec<u32>, _> = without_variant(tag).split('.').map(str::parse).collect();
    let Ok(version) = numbers else { return false };
    let fits = |until: &Vec<u32>| {
        let Some((last, first)) = until.split_last() else { return false };
        version.starts_with(first) && version.get(first.len()).is_some_and(|number| number <= last)
    };
    RELEASES.built_on_buster.iter().filter(|old| old.family == family).any(|old| old.until.iter().any(fits))
}

#[cfg(test)]
mod tests {
    use crate::facts::base;

    #[test]
    fn archived_releases() {
        for (image, found) in [
            ("python:3.9-slim-buster", Some(("Debian 10 (buster)", true))),
            ("debian:buster-20210101-slim", Some(("Debian 10 (buster)", true))),
            ("debian:9.13", Some(("Debian 9 (stretch)", true))),
            ("ubuntu:23.10", Some(("Ubuntu 23.10 (mantic)", true))),
            ("node:15", Some(("Debian 10 (buster)", false))),
            ("node:16.3-slim", Some(("Debian 10 (buster)", false))),
            ("python:3.8.6", Some(("Debian 10 (buster)", false))),
            ("python:2.7", Some(("Debian 10 (buster)", false))),
            ("public.ecr.aws/docker/library/python:3.5-slim", Some(("Debian 10 (buster)", false))),
            ("python:3.8", None),
            ("python:3", None),
            ("python:3.9.6", None),
            ("python:3.8.6-bullseye", None),
            ("python:3.8.6-alpine", None),
            ("node:18", None),
            ("node:lts", None),
            ("debian:11", None),
            ("debian", None),
            ("debian:100", None),
            ("ubuntu:18.04", None),
            ("acme.example/python:3.8-buster", None),
        ] {
            let archived = base(image).archived();
            assert_eq!(archived.map(|(release, named)| (release.name, named)), found, "{image}");
        }
    }

    #[test]
    fn systems_behind_tags_that_move() {
        let of = |image: &str| base(image).system();
        assert_eq!(of("python:3.12-slim"), Some("debian-13"));
        assert_eq!(of("python"), Some("debian-13"));
        assert_eq!(of("debian:13-slim"), Some("debian-13"));
        assert_eq!(of("python:3.12-slim-bookworm"), Some("debian-12"));
        assert_eq!(of("python:3.12.3-slim"), Some("debian"));
        assert_eq!(of("python:3.8-slim"), Some("debian"));
        assert_eq!(of("ubuntu:24.04"), Some("ubuntu-24.04"));
    }
}
