//! What a finding is recognised by when lines have moved and numbers in it have changed.

use crate::check::Checked;
use crate::diagnostic::Diagnostic;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// A finding's fingerprint: its code, its message and the text of the lines underlined first, for documents of
/// an image the pointer instead of the text. Neither path nor line is in it; two findings may have the same.
pub fn of(checked: &Checked, diagnostic: &Diagnostic) -> String {
    let place = match diagnostic.labels.first() {
        Some(label) if label.doc.is_text() => {
            let source = checked.sources.get(&label.doc);
            let lines = |source: &crate::source::Source| {
                let text = source.text(source.line(label.start.line).join(source.line(label.end.line)));
                text.split_whitespace().collect::<Vec<_>>().join(" ")
            };
            source.map(lines).unwrap_or_default()
        }
        Some(label) => label.pointer.clone().unwrap_or_else(|| format!("{:?}", label.doc)),
        None => String::new(),
    };
    hash(&[diagnostic.code, &steady(&diagnostic.message), &place])
}

/// The fingerprints of findings in their order, equal ones told apart by a counter after a slash, from 1.
pub fn counted<'a>(findings: impl IntoIterator<Item = (&'a Checked, &'a Diagnostic)>) -> Vec<String> {
    let mut seen: BTreeMap<(&str, String), usize> = BTreeMap::new();
    let mut one = |(checked, diagnostic): (&Checked, &'a Diagnostic)| {
        let fingerprint = of(checked, diagnostic);
        let count = seen.entry((&diagnostic.path, fingerprint.clone())).or_default();
        *count += 1;
        format!("{fingerprint}/{count}")
    };
    findings.into_iter().map(&mut one).collect()
}

/// Half of a SHA-256 over texts that cannot run into each other, in hexadecimal.
pub(crate) fn hash(parts: &[&str]) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    crate::hex::of(&hasher.finalize()[..16])
}

/// A message without what changes from build to build and day to day: digests, sizes, dates, line numbers.
fn steady(message: &str) -> String {
    let word = |c: char| c.is_ascii_alphanumeric();
    let mut text = String::new();
    let mut rest = message;
    while let Some(first) = rest.chars().next() {
        let end = if word(first) { rest.find(|c| !word(c)).unwrap_or(rest.len()) } else { first.len_utf8() };
        let (token, tail) = rest.split_at(end);
        if token.len() >= 12 && token.bytes().all(|b| b.is_ascii_hexdigit()) {
            text.push('#');
        } else {
            text.extend(token.chars().map(|c| if c.is_ascii_digit() { '#' } else { c }));
        }
        rest = tail;
    }
    // 9.99 MiB and 10.00 MiB are the same finding.
    while text.contains("##") {
        text = text.replace("##", "#");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check;
    use crate::options::Options;

    fn prints(text: &str) -> Vec<String> {
        let checked = check::dockerfile("Dockerfile", text, &Options::new(jiff::civil::date(2026, 11, 24)));
        counted(checked.diagnostics.iter().map(|diagnostic| (&checked, diagnostic)))
    }

    #[test]
    fn lines_above_and_indentation_change_nothing() {
        let text = "FROM public.ecr.aws/lambda/python:3.13\nCMD app.handler\n";
        let moved = format!("{}{}", "# note\n".repeat(20), text.replace("CMD ", "CMD   "));
        assert!(!prints(text).is_empty());
        assert_eq!(prints(text), prints(&moved));
        assert_ne!(prints(text), prints(&text.replace("app.handler", "app.other")));
    }

    #[test]
    fn equal_findings_are_counted() {
        let prints = prints("FROM scratch\nRUNN x\nRUNN x\n");
        let ends: Vec<_> = prints.iter().filter_map(|print| print.rsplit('/').next()).collect();
        assert!(ends.contains(&"2"), "{prints:?}");
    }

    #[test]
    fn what_changes_from_build_to_build_is_not_in_it() {
        assert_eq!(steady("layer 3, 9.99 MiB of sha256:0123456789abcdef"), "layer #, #.# MiB of sha#:#");
        assert_eq!(steady("python3.12 ünd"), "python#.# ünd");
    }
}
