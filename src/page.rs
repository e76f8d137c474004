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
    pub fn of(code: &str) -> Self {
        let numbered = |prefix: &str| {
            code.strip_prefix(prefix).is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_digit()))
        };
        if numbered("LL") {
            Self::Lambda
        } else if numbered("DL") {
            Self::Hadolint
        } else if numbered("SC") {
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
    /// Whether it is an experiment of BuildKit's, which runs only where somebody asks for it by its name.
    pub experimental: bool,
    /// The toml at its head.
    pub meta: &'static str,
    /// One sentence: what the rule finds.
    pub summary: &'static str,
    /// All behind the summary: why, examples.
    pub body: &'static str,
}

impl Page {
    /// Takes a page apart. A page that lacks a part gets an empty one; the tests refuse it.
    pub fn new(text: &'static str) -> Self {
        let text = text.strip_prefix("```toml\n").unwrap_or(text);
        let (meta, text) = text.split_once("\n```\n").unwrap_or(("", text));
        let text = text.trim_start().strip_prefix("# ").unwrap_or(text);
        let (title, text) = text.split_once('\n').unwrap_or((text, ""));
        let (summary, body) = text.trim_start().split_once("\n\n").unwrap_or((text.trim(), ""));
        let (code, name) = title.split_once(' ').unwrap_or((title, title));
        Self {
            code,
            name,
            family: Family::of(code),
            severity: severity(meta),
            experimental: experimental(meta),
            meta,
            summary,
            body,
        }
    }
}

impl Page {
    /// What stands for a page of ShellCheck's, which has none here.
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

/// Whether a page's head has the line of an experiment.
fn experimental(meta: &str) -> bool {
    meta.lines().any(|line| line == "experimental = true")
}

/// The severity line of a page's head, read without a TOML parser: every rule is asked at every start.
fn severity(meta: &str) -> Severity {
    match meta.lines().find_map(|line| line.strip_prefix("severity = ")) {
        Some("\"info\"") => Severity::Info,
        Some("\"warning\"") => Severity::Warning,
        _ => Severity::Error,
    }
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
