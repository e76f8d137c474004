//! The nearest of the names one could have meant; none where a subject has asked too often.

use crate::meter::{self, Work};

/// The candidate nearest to a misspelt name, if one is near enough to be it. Letters in either case.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if name.len() > 64 {
        return None;
    }
    let lower = name.to_lowercase();
    let length = name.chars().count();
    let limit = (length / 3).clamp(1, 3);
    // A difference in length is one in characters.
    let may_be = |candidate: &&str| {
        let near = candidate.chars().take(length + limit + 1).count().abs_diff(length) <= limit;
        meter::take(Work::Names, if near { (length * length) as u64 } else { length as u64 }) && near
    };
    candidates
        .into_iter()
        .filter(may_be)
        .map(|candidate| (distance(&lower, &candidate.to_lowercase()), candidate))
        .filter(|&(distance, _)| distance <= limit)
        .min()
        .map(|(_, candidate)| candidate)
}

/// The candidate that at most two changed, added or left out characters part from a name, as BuildKit suggests:
/// letters count, and a name that is among the candidates itself gets none.
pub fn within_two<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if name.len() > 64 {
        return None;
    }
    let letters: Vec<char> = name.chars().collect();
    let mut best = (3, None);
    for candidate in candidates {
        if candidate == name {
            return None;
        }
        if candidate.len().abs_diff(name.len()) > 8 || !meter::take(Work::Names, (letters.len() * letters.len()) as u64)
        {
            continue;
        }
        let found = edits(&letters, candidate);
        if found < best.0 {
            best = (found, Some(candidate));
        }
    }
    best.1
}

/// Whether one letter that is put in, taken out, changed or swapped makes one name of another: a slip, and not another
/// number.
pub fn is_slip(name: &str, other: &str) -> bool {
    let letters = |text: &str| text.chars().filter(|c| !c.is_ascii_digit()).collect::<String>();
    name.len().max(other.len()) <= 64
        && name.chars().next() == other.chars().next()
        && letters(name) != letters(other)
        && distance(name, other) == 1
}

/// How many characters must be put in, taken out or changed.
fn edits(a: &[char], b: &str) -> usize {
    let mut row: Vec<usize> = (0..=a.len()).collect();
    for (at, letter) in b.chars().enumerate() {
        let mut corner = at;
        row[0] = at + 1;
        for (i, own) in a.iter().enumerate() {
            let change = corner + usize::from(*own != letter);
            corner = row[i + 1];
            row[i + 1] = change.min(row[i] + 1).min(corner + 1);
        }
    }
    row[a.len()]
}

/// How many characters must be put in, taken out, changed or swapped with their neighbour.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows = vec![vec![0; b.len() + 1]; a.len() + 1];
    for (i, row) in rows.iter_mut().enumerate() {
        row[0] = i;
    }
    rows[0] = (0..=b.len()).collect();
    for i in 1..=a.len() {
        for j in 1..=b.len() {
            let change = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = change.min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            rows[i][j] = best;
        }
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::{is_slip, nearest, within_two};

    #[test]
    fn near_names_and_far_ones() {
        assert_eq!(nearest("COPPY", ["COPY", "CMD"]), Some("COPY"));
        assert_eq!(nearest("FORM", ["FROM", "RUN"]), Some("FROM"));
        assert_eq!(nearest("LL20", ["LL201", "LL999"]), Some("LL201"));
        assert_eq!(nearest("banana", ["FROM", "RUN"]), None);
    }

    #[test]
    fn slips() {
        assert!(is_slip("ap.py", "app.py") && is_slip("requirement.txt", "requirements.txt"));
        assert!(!is_slip("v1.txt", "v2.txt") && !is_slip("app.py", "app.py") && !is_slip("app.py", "map.py"));
    }

    #[test]
    fn two_changes_at_most() {
        assert_eq!(within_two("PAHT", ["PATH", "HOME"]), Some("PATH"));
        assert_eq!(within_two("DIR_ASSET", ["DIR_ASSETS", "DIR_CONFIG"]), Some("DIR_ASSETS"));
        assert_eq!(within_two("foo", ["PATH"]), None);
        assert_eq!(within_two("PATH", ["PATH", "PAT"]), None);
    }
}
