//! A rule's page, taken apart: the only prose a rule has.

use crate::diagnostic::Severity;

/// The project's address.
pub const HOME: &str = "https://github.com/lamblint/lamblint";

/// Where ShellCheck says more about each of its codes.
pub const SHELLCHECK: &str = "https://www.shellcheck.net/wiki";

/// Whose rule a rule is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Family {
    /// About Lambda: LL203.
    Lambda,
    /// hadolint's: DL3008.
    Hadolint,
    /// BuildKit's checks, by their names: `StageNameCasing`.
    Buildkit,
    /// ShellCheck's: SC2086. They have no pages here.
    Shellcheck,
}

impl Family {
    /// The family of a code.
    pub const fn of(code: &str) -> Self {
        if numbered(code, "LL") {
            Self::Lambda
        } else if numbered(code, "DL") {
            Self::Hadolint
        } else if numbered(code, "SC") {
            Self::Shellcheck
        } else {
            Self::Buildkit
        }
    }

    /// The family that a selector names.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Lambda, Self::Hadolint, Self::Buildkit, Self::Shellcheck]
            .into_iter()
            .find(|family| family.name() == name)
    }

    /// Its name, which is its folder's too.
    pub fn name(self) -> &'static str {
        match self {
            Self::Lambda => "lambda",
            Self::Hadolint => "hadolint",
            Self::Buildkit => "buildkit",
            Self::Shellcheck => "shellcheck",
        }
    }
}

/// Whether a code is a prefix and digits after it.
const fn numbered(code: &str, prefix: &str) -> bool {
    let code = code.as_bytes();
    let mut at = prefix.len();
    while at < code.len() && code[at].is_ascii_digit() {
        at += 1;
    }
    begins(code, prefix) && at > prefix.len() && at == code.len()
}

/// A page such as `rules/lambda/LL203-handler-shell-form.md`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// `LL203`.
    pub code: &'static str,
    /// `handler-shell-form`; for BuildKit's checks the code again.
    pub name: &'static str,
    /// Whose rule it is.
    pub family: Family,
    /// The severity of its findings, unless they say otherwise.
    pub severity: Severity,
    /// `true` if it is a BuildKit experiment, which runs only if it is selected by its name.
    pub experimental: bool,
    /// The toml at its head.
    pub meta: &'static str,
    /// One sentence: what the rule finds.
    pub summary: &'static str,
    /// All after the summary: why, examples.
    pub body: &'static str,
}

impl Page {
    /// Takes a page apart, when the crate is compiled: every start asks every rule for its code. A page that lacks a part
    /// gets an empty one; the tests refuse it.
    pub const fn new(text: &'static str) -> Self {
        let (_, text) = cut(text, "```toml\n", ("", text));
        let (meta, text) = cut(text, "\n```\n", ("", text));
        let (_, text) = cut(text, "# ", ("", text));
        let (title, text) = cut(text, "\n", (text, ""));
        let text = text.trim_ascii_start();
        let (summary, body) = cut(text, "\n\n", (text.trim_ascii_end(), ""));
        let (code, name) = cut(title, " ", (title, title));
        let (severity, experimental) = head(meta);
        Self { code, name, family: Family::of(code), severity, experimental, meta, summary, body }
    }
}

/// What stands in front of a mark in a text and what stands after it, or else something else. `str::split_once` cannot
/// run when the crate is compiled.
const fn cut(text: &'static str, mark: &str, or: (&'static str, &'static str)) -> (&'static str, &'static str) {
    let (bytes, first) = (text.as_bytes(), mark.as_bytes()[0]);
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] == first && begins(bytes.split_at(at).1, mark) {
            return (text.split_at(at).0, text.split_at(at + mark.len()).1);
        }
        at += 1;
    }
    or
}

const fn begins(bytes: &[u8], with: &str) -> bool {
    let with = with.as_bytes();
    if bytes.len() < with.len() {
        return false;
    }
    let mut at = 0;
    while at < with.len() {
        if bytes[at] != with[at] {
            return false;
        }
        at += 1;
    }
    true
}

/// What the lines of a page's head say: the severity, and whether the rule is an experiment.
const fn head(meta: &'static str) -> (Severity, bool) {
    let (mut severity, mut experimental, mut rest) = (Severity::Error, false, meta);
    while !rest.is_empty() {
        let (line, others) = cut(rest, "\n", (rest, ""));
        if begins(line.as_bytes(), "severity = \"info\"") {
            severity = Severity::Info;
        } else if begins(line.as_bytes(), "severity = \"warning\"") {
            severity = Severity::Warning;
        } else if begins(line.as_bytes(), "experimental = true") {
            experimental = true;
        }
        rest = others;
    }
    (severity, experimental)
}

impl Page {
    /// Stands for the page of a ShellCheck rule, which has none here.
    pub fn of_shellcheck(code: &'static str, severity: Severity) -> Self {
        let family = Family::Shellcheck;
        Self { code, name: code, family, severity, experimental: false, meta: "", summary: "", body: "" }
    }

    /// A page's path below `rules/`.
    pub fn file(code: &str, name: &str) -> String {
        let family = Family::of(code).name();
        if code == name { format!("{family}/{code}.md") } else { format!("{family}/{code}-{name}.md") }
    }
}

/// The address of a rule's page.
pub fn url(code: &str, name: &str) -> String {
    let family = Family::of(code);
    if family == Family::Shellcheck {
        return format!("{SHELLCHECK}/{code}");
    }
    format!("{HOME}/blob/main/rules/{}", Page::file(code, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_a_head_a_title_a_summary_and_a_body() {
        let page = Page::new("```toml\nseverity = \"info\"\n```\n\n# LL999 some-name\n\nOne\nsentence.\n\n## Why\n");
        assert_eq!((page.code, page.name, page.severity), ("LL999", "some-name", Severity::Info));
        assert_eq!((page.summary, page.body), ("One\nsentence.", "## Why\n"));
    }
}
