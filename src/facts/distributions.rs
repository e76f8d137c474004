//! Distributions of Python: which modules they bring, and which of them people leave out.

use super::{Keyed, packed};
use serde::Deserialize;
use std::sync::LazyLock;

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'static"))]
struct Distributions {
    left_out: Vec<&'static str>,
    variants: Vec<&'static str>,
    asked_for_names: Vec<&'static str>,
    modules: Keyed<Vec<&'static str>>,
}

static DISTRIBUTIONS: LazyLock<Distributions> = LazyLock::new(|| packed!("python-packages"));

/// The modules that a distribution of this name brings, its name folded as the index does; one that is called like the
/// distribution itself left out.
pub fn modules_of(distribution: &str) -> &'static [&'static str] {
    DISTRIBUTIONS.modules.get(distribution).map(Vec::as_slice).unwrap_or_default()
}

/// A distribution's name without the ending by which it has the same modules as another: `psycopg2-binary`.
pub fn without_variant(distribution: &str) -> &str {
    let mut name = distribution;
    while let Some(rest) = DISTRIBUTIONS.variants.iter().find_map(|&ending| name.strip_suffix(ending)) {
        name = rest;
    }
    name
}

/// Whether people leave a distribution out of an image on purpose.
pub fn is_left_out(distribution: &str) -> bool {
    let is = |known: &&str| match known.strip_suffix('*') {
        Some(beginning) => distribution.starts_with(beginning),
        None => *known == distribution,
    };
    DISTRIBUTIONS.left_out.iter().any(is)
}

/// Whether other packages ask a module of this name for what comes and goes with its versions.
pub fn is_asked_for_names(module: &str) -> bool {
    DISTRIBUTIONS.asked_for_names.contains(&module)
}

#[cfg(test)]
mod tests {
    use super::{is_asked_for_names, is_left_out, modules_of, without_variant};

    #[test]
    fn names() {
        assert_eq!(modules_of("pyyaml"), ["yaml"]);
        assert!(modules_of("requests").is_empty());
        assert_eq!(
            (without_variant("psycopg2-binary"), without_variant("pydantic-core")),
            ("psycopg2", "pydantic-core")
        );
        assert!(is_left_out("nvidia-cublas-cu12") && is_left_out("triton") && !is_left_out("idna"));
        assert!(is_asked_for_names("urllib3") && !is_asked_for_names("models"));
    }
}
