//! How many findings each rule has: the overview of a run over many files.

use super::{Run, total};
use std::collections::BTreeMap;
use std::fmt::Write;

/// A line a rule, the most frequent first: how many findings, code, whether `--fix` can fix some, and name.
pub fn statistics(run: &Run<'_>) -> String {
    let mut rules: BTreeMap<(&str, &str), (usize, bool)> = BTreeMap::new();
    for (_, diagnostic) in run.diagnostics() {
        let (count, fixable) = rules.entry((diagnostic.code, diagnostic.name)).or_default();
        *count += 1;
        *fixable |= diagnostic.fix.as_ref().is_some_and(|fix| fix.safe);
    }
    let mut rows: Vec<_> = rules.into_iter().collect();
    rows.sort_by_key(|(_, (count, _))| std::cmp::Reverse(*count));
    let digits = rows.first().map_or(1, |(_, (count, _))| count.to_string().len());
    let width = rows.iter().map(|((code, _), _)| code.len()).max().unwrap_or_default();
    let mut text = String::new();
    for ((code, name), (count, fixable)) in rows {
        let star = if fixable { "[*]" } else { "   " };
        let name = if code == name { "" } else { name };
        let _ = writeln!(text, "{}", format!("{count:>digits$}  {code:width$}  {star} {name}").trim_end());
    }
    let _ = writeln!(text, "{}", total::line(run));
    text
}
