//! `.dockerignore`: which paths of the context Docker leaves out.

use crate::meter::{self, Work};

/// The rules of a .dockerignore.
#[derive(Debug, Default)]
pub struct Ignored {
    /// The file's name, for messages.
    pub name: String,
    rules: Vec<Rule>,
}

#[derive(Debug)]
struct Rule {
    line: usize,
    text: String,
    pattern: String,
    /// `!pattern`: in after all.
    again: bool,
}

/// Maximum number of rules.
const MAX_RULES: usize = 2_048;

impl Ignored {
    /// Reads the text of one.
    pub fn parse(name: &str, text: &str) -> Self {
        let mut rules = Vec::new();
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        for (index, line) in text.lines().enumerate().take(MAX_RULES) {
            if line.starts_with('#') {
                continue;
            }
            let line = line.trim();
            let (again, pattern) = match line.strip_prefix('!') {
                Some(rest) => (true, rest.trim()),
                None => (false, line),
            };
            let parts: Vec<&str> = pattern.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
            if !parts.is_empty() {
                rules.push(Rule { line: index + 1, text: line.to_owned(), pattern: parts.join("/"), again });
            }
        }
        Self { name: name.to_owned(), rules }
    }

    /// The line that takes a path out, the folders above it looked at too; `None` where it stays in, or where
    /// some line brings a part of it back.
    pub fn excludes(&self, path: &str) -> Option<(usize, String)> {
        self.excluding(path, true)
    }

    /// The same for what is a file for sure, in which nothing can lie.
    pub fn excludes_file(&self, path: &str) -> Option<(usize, String)> {
        self.excluding(path, false)
    }

    /// Whether a line takes out everything there is, and none brings anything back.
    pub fn excludes_all(&self) -> bool {
        let all = |rule: &Rule| matches!(rule.pattern.as_str(), "*" | "**" | "**/*");
        self.rules.iter().any(all) && !self.rules.iter().any(|rule| rule.again)
    }

    fn excluding(&self, path: &str, folder: bool) -> Option<(usize, String)> {
        let mut last: Option<&Rule> = None;
        for rule in &self.rules {
            let hit = prefixes(path).any(|prefix| fits(&rule.pattern, prefix));
            if hit {
                last = Some(rule).filter(|rule| !rule.again);
            } else if rule.again && folder && last.is_some() && may_lie_below(&rule.pattern, path) {
                last = None;
            }
        }
        last.map(|rule| (rule.line, rule.text.clone()))
    }
}

/// `a`, `a/b`, `a/b/c`.
fn prefixes(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/').map(|(at, _)| &path[..at]).chain(std::iter::once(path))
}

/// Whether a pattern may mean something inside a folder.
fn may_lie_below(pattern: &str, folder: &str) -> bool {
    if pattern.contains("**") {
        return true;
    }
    let depth = folder.split('/').count();
    let above = pattern.match_indices('/').nth(depth - 1).map(|(at, _)| &pattern[..at]);
    above.is_some_and(|above| fits(above, folder))
}

/// Whether a pattern takes in a path: `*` and `?` stop at a slash, `**` does not.
pub fn fits(pattern: &str, path: &str) -> bool {
    if pattern.len() > 512 || path.len() > 2_048 || meter::left(Work::Context) == 0 {
        return false;
    }
    // What stands before the first sign is the beginning of the path, or the path is another one, as most are.
    let Some(literal) = pattern.find(['*', '?', '[', '\\']) else { return pattern == path };
    let Some(path) = path.strip_prefix(&pattern[..literal]) else { return false };
    let pattern = &pattern[literal..];
    meter::take(Work::Context, ((pattern.len() + 1) * (path.len() + 1)) as u64);
    let (pattern, path): (Vec<char>, Vec<char>) = (pattern.chars().collect(), path.chars().collect());
    // reach[i]: the pattern so far can end after the first i characters of the path.
    let mut reach = vec![false; path.len() + 1];
    reach[0] = true;
    let mut at = 0;
    while at < pattern.len() {
        let mut next = vec![false; path.len() + 1];
        match pattern[at] {
            '*' if pattern.get(at + 1) == Some(&'*') => {
                at += 2;
                let whole = pattern.get(at) == Some(&'/');
                let first = reach.iter().position(|ok| *ok);
                for (index, slot) in next.iter_mut().enumerate().filter(|(index, _)| first.is_some_and(|f| *index >= f))
                {
                    // `**/` stands for whole folders, or for nothing.
                    *slot = !whole || reach[index] || (index > 0 && path[index - 1] == '/');
                }
                if whole {
                    at += 1;
                }
            }
            '*' => {
                at += 1;
                let mut open = false;
                for index in 0..=path.len() {
                    open = reach[index] || (open && path[index - 1] != '/');
                    next[index] = open;
                }
            }
            '[' => {
                let Some((end, set)) = class(&pattern, at) else { return false };
                at = end;
                for index in 0..path.len() {
                    next[index + 1] = reach[index] && path[index] != '/' && set(path[index]);
                }
            }
            letter => {
                let escaped = letter == '\\' && at + 1 < pattern.len();
                let (letter, any) = if escaped { (pattern[at + 1], false) } else { (letter, letter == '?') };
                at += if escaped { 2 } else { 1 };
                for index in 0..path.len() {
                    next[index + 1] = reach[index] && if any { path[index] != '/' } else { path[index] == letter };
                }
            }
        }
        reach = next;
    }
    reach.last() == Some(&true)
}

/// `[a-z]` and `[^a]`: where it ends, and what is in it.
fn class(pattern: &[char], start: usize) -> Option<(usize, impl Fn(char) -> bool + '_)> {
    let not = pattern.get(start + 1) == Some(&'^');
    let from = start + 1 + usize::from(not);
    let length = pattern.get(from..)?.iter().position(|c| *c == ']')?;
    let inner = &pattern[from..from + length];
    let set = move |c: char| {
        let mut at = 0;
        let mut hit = false;
        while at < inner.len() {
            match (inner.get(at + 1), inner.get(at + 2)) {
                (Some('-'), Some(&end)) => {
                    hit |= inner[at] <= c && c <= end;
                    at += 3;
                }
                _ => {
                    hit |= inner[at] == c;
                    at += 1;
                }
            }
        }
        hit != not
    };
    Some((from + length + 1, set))
}

#[cfg(test)]
mod tests {
    use super::{Ignored, fits};

    #[test]
    fn patterns() {
        for (pattern, path, fit) in [
            ("a", "a", true),
            ("*.py", "app.py", true),
            ("*.py", "src/app.py", false),
            ("**/*.py", "src/x/app.py", true),
            ("**/*.py", "app.py", true),
            ("**", "a/b", true),
            ("a/**", "a/b/c", true),
            ("**/b", "ab", false),
            ("a/**/c", "a/c", true),
            ("a/**/c", "a/b/b/c", true),
            ("?.py", "a.py", true),
            ("[a-c].py", "b.py", true),
            ("[^a-c].py", "b.py", false),
            ("a\\*", "a*", true),
            ("a\\*", "ab", false),
            ("[", "[", false),
        ] {
            assert_eq!(fits(pattern, path), fit, "{pattern} {path}");
        }
        let _ = fits(&"*a".repeat(200), &"ab".repeat(1_000));
    }

    #[test]
    fn lines() {
        let ignored = Ignored::parse(".dockerignore", "# all\n*\n!src\n!requirements.txt\nsrc/*.log\n");
        let line = |path: &str| ignored.excludes(path).map(|(line, _)| line);
        assert_eq!((line("app.py"), line("src"), line("src/a.py")), (Some(2), None, None));
        assert_eq!((line("requirements.txt"), line("src/a.log")), (None, Some(5)));
        assert!(!ignored.excludes_all() && Ignored::parse(".dockerignore", "*").excludes_all());
        let ignored = Ignored::parse(".dockerignore", "/node_modules/\n./dist\n");
        assert!(ignored.excludes("node_modules").is_some() && ignored.excludes("node_modules/a/b").is_some());
        assert!(ignored.excludes("dist").is_some() && ignored.excludes("src/node_modules").is_none());
        let ignored = Ignored::parse(".dockerignore", "*\n!*.py\n!**/*.md\n");
        assert!(ignored.excludes("app.json").is_none(), "it may be a folder with a page in it");
        let ignored = Ignored::parse(".dockerignore", "*\n!*.py\n");
        assert!(ignored.excludes("app.json").is_some() && ignored.excludes("app.py").is_none());
        let ignored = Ignored::parse(".dockerignore", "dist\n!dist/app.js\n");
        assert!(ignored.excludes("dist").is_none(), "a part of it comes back");
    }
}
