//! What FROM lines see: the ARGs before the first FROM, and the arguments that BuildKit brings by itself.

use crate::arch::Arch;
use crate::dockerfile::expand::{self, Expansion, Scope, Var};
use crate::dockerfile::{Dockerfile, Kind, Word};
use crate::options::Options;
use std::collections::{BTreeMap, BTreeSet};

/// All values together, in bytes: no real file has a thousandth of it.
const BUDGET: usize = 4 * 1024 * 1024;

/// The arguments that FROM lines may use, each with the value a build would give it. Other than in
/// [`super::Stage`], nothing is unknown here: an ARG without a default is not set.
#[derive(Debug)]
pub struct GlobalArgs {
    escape: char,
    values: BTreeMap<String, String>,
    declared: BTreeSet<String>,
}

impl Scope for GlobalArgs {
    fn get(&self, name: &str) -> Var {
        self.values.get(name).map_or(Var::Unset, |value| Var::Value(value.clone()))
    }
}

impl GlobalArgs {
    /// With the user's build arguments; `None` where BuildKit refuses one of the ARGs.
    pub fn given(dockerfile: &Dockerfile, options: &Options) -> Option<Self> {
        Self::new(dockerfile, options, &options.build_args)
    }

    /// With the defaults alone, as in a build without build arguments.
    pub fn defaults(dockerfile: &Dockerfile, options: &Options) -> Option<Self> {
        Self::new(dockerfile, options, &BTreeMap::new())
    }

    fn new(dockerfile: &Dockerfile, options: &Options, given: &BTreeMap<String, String>) -> Option<Self> {
        let mut args = Self { escape: dockerfile.escape, values: automatic(options), declared: BTreeSet::new() };
        let mut spent = 0;
        for instruction in &dockerfile.instructions {
            let pairs = match &instruction.kind {
                Kind::From(_) => break,
                Kind::Arg(pairs) => pairs,
                _ => continue,
            };
            for pair in pairs {
                let name = &pair.key.text;
                let value = match (given.get(name), &pair.value) {
                    (Some(given), _) => Some(given.clone()),
                    (None, Some(word)) => Some(args.expand(word)?.value?),
                    (None, None) => None,
                };
                spent += name.len() + value.as_ref().map_or(0, String::len);
                if spent > BUDGET {
                    return None;
                }
                args.declared.insert(name.clone());
                if let Some(value) = value {
                    args.values.insert(name.clone(), value);
                }
            }
        }
        Some(args)
    }

    /// A word of a FROM line; `None` where BuildKit refuses it.
    pub fn expand(&self, word: &Word) -> Option<Expansion> {
        expand::word(&word.text, self.escape, self).ok()
    }

    /// Whether an ARG declares a name, with a value or without, or BuildKit brings it.
    pub fn declares(&self, name: &str) -> bool {
        self.declared.contains(name) || self.values.contains_key(name)
    }

    /// Every declared name.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let bare = self.declared.iter().filter(|name| !self.values.contains_key(*name));
        self.values.keys().chain(bare).map(String::as_str)
    }

    /// The platform that is built for.
    pub fn target_platform(&self) -> &str {
        self.values.get("TARGETPLATFORM").map_or("", String::as_str)
    }
}

/// What BuildKit brings by itself, for a build of the function's architecture on a machine of the same.
fn automatic(options: &Options) -> BTreeMap<String, String> {
    let arch = options.arch.map_or("amd64", Arch::oci);
    let mut values = BTreeMap::new();
    for side in ["BUILD", "TARGET"] {
        values.insert(format!("{side}PLATFORM"), format!("linux/{arch}"));
        values.insert(format!("{side}OS"), "linux".to_owned());
        values.insert(format!("{side}ARCH"), arch.to_owned());
        values.insert(format!("{side}OSVERSION"), String::new());
        values.insert(format!("{side}VARIANT"), String::new());
    }
    let stage = options.target.clone().unwrap_or_else(|| "default".to_owned());
    values.insert("TARGETSTAGE".to_owned(), stage);
    values
}
