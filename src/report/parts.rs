//! SARIF in as many files as GitHub's limits want:
//! <https://docs.github.com/en/code-security/reference/code-scanning/sarif-files/sarif-support>.
//!
//! A file has one run, of a category of its own: GitHub takes two runs of one category for one that has changed. An image is
//! in the file that a hash of its name chooses, so that its findings stay in their category from run to run.

use super::{Run, Unreadable, safe, sarif};
use crate::check::Checked;
use crate::fingerprint;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write;

/// Results of a run: GitHub takes 25,000 and shows 5,000.
const MAX_RESULTS: usize = 5_000;
/// Bytes of a file that is packed.
const MAX_PACKED: usize = 10_000_000;
/// Maximum number of files, as a power of two. With as many no limit is kept any more.
const MAX_POWER: u32 = 12;

/// The files by their names: the smallest power of two of them that is within the limits. One that has no result is
/// written too, which closes what was open in its category.
pub fn sarif_parts(run: &Run<'_>) -> Vec<(String, String)> {
    (0..=MAX_POWER).find_map(|power| parts(run, power)).unwrap_or_default()
}

/// The files, if they are within the limits.
fn parts(run: &Run<'_>, power: u32) -> Option<Vec<(String, String)>> {
    let last = power == MAX_POWER;
    let all = 1_usize << power;
    let mut counts = vec![0; all];
    for checked in run.checked {
        *counts.get_mut(part_of(&checked.path, power))? += checked.diagnostics.len() + checked.suppressed.len();
    }
    if !last && counts.iter().any(|count| *count > MAX_RESULTS) {
        return None;
    }
    let part = |at: usize| {
        let here = |path: &str| part_of(path, power) == at;
        let checked: Vec<Checked> = run.checked.iter().filter(|checked| here(&checked.path)).cloned().collect();
        let unreadable: Vec<Unreadable> = run.unreadable.iter().filter(|one| here(&one.path)).cloned().collect();
        let run = Run { checked: &checked, unreadable: &unreadable, ..*run };
        let text = safe::json(&sarif::render(&run, Some(&format!("lamblint/{}-of-{all}/", at + 1))));
        let fits = last || packed(&text) <= MAX_PACKED;
        fits.then(|| (format!("lamblint-{}-of-{all}.sarif", at + 1), text))
    };
    (0..all).map(part).collect()
}

/// The part that a subject is in: that of its name without a digest, which changes with every release.
fn part_of(path: &str, power: u32) -> usize {
    let name = path.split('@').next().unwrap_or_default();
    let hash = fingerprint::hash(&[name]);
    let number = hash.get(..8).and_then(|digits| u32::from_str_radix(digits, 16).ok()).unwrap_or_default();
    number.checked_shr(u32::BITS - power).map_or(0, |part| part as usize)
}

fn packed(text: &str) -> usize {
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    // Nothing that is written to memory fails.
    let _ = packed.write_all(text.as_bytes());
    packed.finish().map_or(0, |bytes| bytes.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check;
    use crate::options::Options;
    use jiff::civil::date;
    use serde_json::Value;

    fn checked(at: usize, findings: usize) -> Checked {
        let text = format!("FROM scratch\n{}", "RUNN x\n".repeat(findings));
        check::dockerfile(&format!("name{at}@sha256:{at}"), text, &Options::new(date(2026, 11, 28)))
    }

    fn of(checked: &[Checked]) -> Vec<(String, Value)> {
        let run = Run::new(checked, &[], date(2026, 11, 28));
        sarif_parts(&run).into_iter().map(|(name, text)| (name, serde_json::from_str(&text).unwrap())).collect()
    }

    #[test]
    fn as_few_files_as_the_limits_want() {
        let few = of(&[checked(0, 3), checked(1, 3)]);
        assert_eq!((few.len(), few[0].0.as_str()), (1, "lamblint-1-of-1.sarif"));
        assert_eq!(few[0].1["runs"][0]["automationDetails"]["id"], "lamblint/1-of-1/");
        let all: Vec<Checked> = (0..30).map(|at| checked(at, 400)).collect();
        let many = of(&all);
        assert!(many.len() >= 4 && many.len().is_power_of_two(), "{}", many.len());
        let counts = many.iter().map(|(_, log)| log["runs"][0]["results"].as_array().unwrap().len());
        assert!(counts.clone().all(|count| count <= MAX_RESULTS));
        let expected: usize = all.iter().map(|checked| checked.diagnostics.len() + checked.suppressed.len()).sum();
        assert_eq!(counts.sum::<usize>(), expected);
    }

    #[test]
    fn a_subject_stays_where_it_is() {
        for power in 0..=MAX_POWER {
            let part = part_of("arn:orders@sha256:1", power);
            assert!(part < 1 << power);
            assert_eq!(part, part_of("arn:orders@sha256:2", power), "a release changes nothing");
            assert_eq!(
                part >> power.min(1),
                part_of("arn:orders", power.saturating_sub(1)),
                "twice as many are halves"
            );
        }
        assert!((0..99).map(|at| part_of(&at.to_string(), 2)).collect::<std::collections::BTreeSet<_>>().len() == 4);
    }
}
