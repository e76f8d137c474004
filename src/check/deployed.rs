//! Checking a Dockerfile or an image as functions deploy it: once for each declaration, and all of it put together.

use super::run::Said;
use crate::diagnostic::{Diagnostic, DocumentId, Label, Severity, Suppressed};
use crate::launch::{Declared, Overrides};
use crate::options::Options;
use crate::source::Span;
use crate::template::{Function, Linked};
use std::collections::{BTreeMap, BTreeSet};

/// Functions that are declared alike.
pub(super) struct Group<'a> {
    /// What the user says, and what the template adds to it for the build.
    pub(super) options: Options,
    /// What the functions override.
    pub(super) overrides: Overrides,
    /// The functions.
    pub(super) functions: Vec<&'a Function>,
}

/// Maximum launches of one subject that are judged: each costs as much as the subject by itself.
const MAX_GROUPS: usize = 64;
/// The same of an image.
pub(super) const MAX_OF_IMAGE: usize = 16;
/// Maximum bytes of a Dockerfile that all launches together are read from, if there are more than two.
const MAX_BYTES: usize = 512 * 1024;

/// Maximum launches of a Dockerfile by its length.
pub(super) fn most(bytes: usize) -> usize {
    (MAX_BYTES / bytes.max(1)).clamp(2, MAX_GROUPS)
}

/// The functions of a Dockerfile or an image, those that are declared alike together, and how many are left out.
pub(super) fn groups<'a>(linked: &'a [Linked], options: &Options, most: usize) -> (Vec<Group<'a>>, usize) {
    let (mut groups, mut left_out): (Vec<Group<'a>>, usize) = (Vec::new(), 0);
    for function in linked.iter().filter_map(Linked::function) {
        let one =
            Group { options: function.options(options), overrides: function.overrides(), functions: vec![function] };
        let full = groups.len() == most;
        match groups.iter_mut().find(|group| group.is_like(&one)) {
            Some(group) => {
                group.overrides.function.certain &= one.overrides.function.certain;
                group.functions.extend(one.functions);
            }
            None if full => left_out += 1,
            None => groups.push(one),
        }
    }
    (groups, left_out)
}

/// The note about functions that were left out.
pub(super) fn note(left_out: usize) -> Option<String> {
    (left_out > 0)
        .then(|| format!("{left_out} functions were not checked: too many deploy it, each with other settings"))
}

impl Group<'_> {
    fn is_like(&self, other: &Self) -> bool {
        let build = |group: &Self| {
            let Options { arch, target, build_args, hidden, .. } = &group.options;
            (*arch, target.clone(), build_args.clone(), hidden.clone())
        };
        let overrides = |group: &Self| Overrides { function: Declared::default(), ..group.overrides.clone() };
        let managed = |group: &Self| group.overrides.function.managed.is_some();
        build(self) == build(other) && overrides(self) == overrides(other) && managed(self) == managed(other)
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        self.functions.iter().map(|function| function.id.as_str())
    }
}

/// A finding, whichever function it was found for.
type Key = (&'static str, String, Severity, DocumentId, Span);

/// The findings about all functions together: a finding that holds for some of them names them.
pub(super) fn together<'a>(runs: impl Iterator<Item = (Group<'a>, Said)>) -> Said {
    let runs: Vec<(Group<'a>, Said)> = runs.collect();
    let all: BTreeSet<String> = runs.iter().flat_map(|(group, _)| group.names()).map(str::to_owned).collect();
    let mut found: BTreeMap<Key, (Diagnostic, BTreeSet<String>)> = BTreeMap::new();
    let mut suppressed: Vec<Suppressed> = Vec::new();
    let mut cut: BTreeMap<&'static str, usize> = BTreeMap::new();
    let mut not_asked = Vec::new();
    for (group, said) in runs {
        not_asked = said.not_asked;
        for (code, more) in said.cut {
            let most = cut.entry(code).or_default();
            *most = more.max(*most);
        }
        for diagnostic in said.diagnostics {
            let entry = found.entry(key(&diagnostic)).or_insert_with(|| (diagnostic, BTreeSet::new()));
            entry.1.extend(group.names().map(str::to_owned));
        }
        for one in said.suppressed {
            if !suppressed.iter().any(|known| key(&known.diagnostic) == key(&one.diagnostic)) {
                suppressed.push(one);
            }
        }
    }
    let mut diagnostics: Vec<Diagnostic> =
        found.into_values().filter_map(|(found, of)| named(found, &of, &all)).collect();
    diagnostics.sort_by(|a, b| a.sort_key().cmp(&b.sort_key()));
    suppressed.sort_by(|a, b| a.diagnostic.sort_key().cmp(&b.diagnostic.sort_key()));
    Said { diagnostics, cut, suppressed, not_asked }
}

fn key(diagnostic: &Diagnostic) -> Key {
    let first = diagnostic.labels.first();
    let (doc, span) = first.map(|label: &Label| (label.doc, label.span)).unwrap_or_default();
    (diagnostic.code, diagnostic.message.clone(), diagnostic.severity, doc, span)
}

/// A finding with the functions that it is true for, unless it is true for all, or stands with one of them.
fn named(mut found: Diagnostic, of: &BTreeSet<String>, all: &BTreeSet<String>) -> Option<Diagnostic> {
    let some = of.len() < all.len();
    // A comment that silences a finding for one function is of use.
    if some && found.code == "LL003" {
        return None;
    }
    if some && !matches!(found.labels.first().map(|label| label.doc), Some(DocumentId::File(_))) {
        const MAX_NAMES: usize = 3;
        let names: Vec<&str> = of.iter().take(MAX_NAMES).map(String::as_str).collect();
        let rest = of.len().saturating_sub(MAX_NAMES);
        let more = if rest > 0 { format!(" and {rest} more") } else { String::new() };
        found.message = format!("{}, for {}{more}", found.message, names.join(", "));
    }
    Some(found)
}
