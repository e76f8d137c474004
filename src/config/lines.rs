//! In which line of a configuration file a key stands.

/// The text of a file.
#[derive(Clone, Copy)]
pub(super) struct Lines<'a> {
    pub(super) text: &'a str,
}

impl Lines<'_> {
    /// What is wrong with one of some keys, with the line that it stands in, if one begins with it.
    pub(super) fn with(self, keys: &[&str], why: &str) -> String {
        let begins = |line: &str, key: &str| {
            let rest = line.trim_start().trim_start_matches('"').strip_prefix(key);
            rest.is_some_and(|rest| rest.trim_start_matches('"').trim_start().starts_with(['=', '.']))
        };
        let found = self.text.lines().position(|line| keys.iter().any(|key| begins(line, key)));
        found.map_or_else(|| why.to_owned(), |line| format!("line {}: {why}", line + 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_of_a_key() {
        let lines = Lines { text: "# a\nselect = []\n\n  \"fail-on\" = \"x\"\n" };
        assert_eq!(lines.with(&["select"], "no"), "line 2: no");
        assert_eq!(lines.with(&["fail-on"], "no"), "line 4: no");
        assert_eq!(lines.with(&["sel"], "no"), "no");
    }
}
