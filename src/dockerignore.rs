//! `.dockerignore`: which paths a build leaves out of its context.

/// Patterns that are read of a file; a hundred times as many as real ones have.
const MAX_PATTERNS: usize = 10_000;

/// A longer line, in bytes, is not read.
const MAX_PATTERN: usize = 1024;

/// A `.dockerignore` that has been read.
#[derive(Debug)]
pub struct Dockerignore {
    /// Cleaned, without the slash in front.
    patterns: Vec<String>,
    /// Whether any line takes paths in again, `!keep`.
    exceptions: bool,
}

impl Dockerignore {
    /// Reads the lines.
    pub fn read(text: &str) -> Self {
        let mut read = Self { patterns: Vec::new(), exceptions: false };
        for line in text.trim_start_matches('\u{feff}').lines().map(str::trim).take(MAX_PATTERNS) {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            if line.starts_with('!') {
                read.exceptions = true;
                continue;
            }
            if line.len() <= MAX_PATTERN {
                read.patterns.push(clean(line).trim_start_matches('/').to_owned());
            }
        }
        read
    }

    /// Whether a path, cleaned, is left out for certain. With exceptions nobody can tell: a file in a folder that is
    /// left out may be taken in again.
    pub fn leaves_out(&self, path: &str) -> bool {
        if self.exceptions {
            return false;
        }
        if path == "." || path == "/" {
            return self.patterns.iter().any(|pattern| matches!(pattern.as_str(), "*" | "**" | "**/*"));
        }
        let parts: Vec<&str> = path.split('/').collect();
        self.patterns.iter().any(|pattern| matches_head(pattern, &parts))
    }
}

/// Whether a pattern matches a path or one of the folders it lies in.
fn matches_head(pattern: &str, parts: &[&str]) -> bool {
    // How many of the path's parts the pattern so far may have taken.
    let mut reach = vec![false; parts.len() + 1];
    reach[0] = true;
    let mut rest = pattern.split('/').peekable();
    while let Some(part) = rest.next() {
        let mut next = vec![false; parts.len() + 1];
        if part == "**" {
            // At the end it wants something below; elsewhere it may stand for no folder at all.
            let least = usize::from(rest.peek().is_none());
            let first = reach.iter().position(|&taken| taken).unwrap_or(parts.len() + 1);
            next.iter_mut().skip(first + least).for_each(|taken| *taken = true);
        } else {
            for (at, name) in parts.iter().enumerate().filter(|&(at, _)| reach[at]) {
                next[at + 1] = fits(part, name);
            }
        }
        reach = next;
    }
    // The empty head is the context itself.
    reach.iter().skip(1).any(|&taken| taken)
}

/// One part of a pattern, with `*`, `?`, `[a-z]` and escapes, against one name.
fn fits(pattern: &str, name: &str) -> bool {
    if !pattern.contains(['*', '?', '[', '\\']) {
        return pattern == name;
    }
    let name: Vec<char> = name.chars().collect();
    let mut reach = vec![false; name.len() + 1];
    reach[0] = true;
    let mut chars = pattern.chars().peekable();
    while let Some(c) = chars.next() {
        let mut next = vec![false; name.len() + 1];
        if c == '*' {
            let first = reach.iter().position(|&taken| taken).unwrap_or(name.len() + 1);
            next.iter_mut().skip(first).for_each(|taken| *taken = true);
        } else {
            let class =
                if c == '[' { Some(chars.by_ref().take_while(|c| *c != ']').collect::<Vec<_>>()) } else { None };
            let plain = if c == '\\' { chars.next().unwrap_or(c) } else { c };
            for (at, letter) in name.iter().enumerate().filter(|&(at, _)| reach[at]) {
                next[at + 1] = match &class {
                    Some(class) => in_class(class, *letter),
                    None => (c == '?') || plain == *letter,
                };
            }
        }
        reach = next;
    }
    reach.last() == Some(&true)
}

/// `a-z_`, `^0-9`.
fn in_class(class: &[char], letter: char) -> bool {
    let (negated, mut class) = match class {
        ['^' | '!', rest @ ..] => (true, rest),
        class => (false, class),
    };
    let mut found = false;
    while let [first, rest @ ..] = class {
        class = match rest {
            ['-', last, rest @ ..] => {
                found |= (*first..=*last).contains(&letter);
                rest
            }
            rest => {
                found |= *first == letter;
                rest
            }
        };
    }
    found != negated
}

/// A path without doubled slashes, `.`, and `..` that can be walked back: Go's `path.Clean`.
pub fn clean(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    let rooted = path.starts_with('/');
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if rooted => {}
            part => parts.push(part),
        }
    }
    match (rooted, parts.is_empty()) {
        (true, _) => format!("/{}", parts.join("/")),
        (false, true) => ".".to_owned(),
        (false, false) => parts.join("/"),
    }
}

#[cfg(test)]
mod tests {
    use super::{Dockerignore, clean};

    #[test]
    fn what_is_left_out() {
        let ignore = Dockerignore::read("# a comment\n\n/Dockerfile\n*/temp*\n**/*.log\nbuild\n");
        for path in ["Dockerfile", "a/temp.txt", "x/y/z.log", "z.log", "build", "build/a/b"] {
            assert!(ignore.leaves_out(path), "{path}");
        }
        for path in ["dockerfile", "temp.txt", "a/b/temp", "builder", ".", "a/build"] {
            assert!(!ignore.leaves_out(path), "{path}");
        }
        let ignore = Dockerignore::read("a?[x-z]\nsecret\\*\nout/**\n[^a]b");
        for (path, want) in [("abx", true), ("abc", false), ("secret*", true), ("secrets", false), ("out/a", true)] {
            assert_eq!(ignore.leaves_out(path), want, "{path}");
        }
        assert!(!ignore.leaves_out("out") && !ignore.leaves_out("ab") && ignore.leaves_out("cb/d"));
        assert!(Dockerignore::read("*").leaves_out("."));
        assert!(!Dockerignore::read("*\n!src").leaves_out("src"));
    }

    #[test]
    fn cleaned() {
        for (path, want) in [("./a//b/", "a/b"), ("", "."), ("a/..", "."), ("/../a", "/a"), ("../a", "../a")] {
            assert_eq!(clean(path), want);
        }
    }
}
