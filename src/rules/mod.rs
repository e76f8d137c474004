//! The rules: a table of values. What a rule says in prose is its page; what it does is its check.

use crate::diagnostic::{Finding, Severity};
use crate::dockerfile::Dockerfile;

/// One rule.
#[derive(Clone, Copy)]
pub struct Rule {
    /// The rule's page, `rules/lambda/LL203-handler-shell-form.md`: its code, name, severity and prose.
    pub page: &'static str,
    /// What it looks at, and how.
    pub check: Check,
}

/// What a rule looks at. A check cannot fail, print, read the clock or touch the disk.
#[derive(Clone, Copy)]
pub enum Check {
    /// The Dockerfile as written.
    Dockerfile(fn(&Dockerfile, &mut Vec<Finding>)),
}

impl Rule {
    /// `LL203`.
    pub fn code(&self) -> &'static str {
        self.heading().0
    }

    /// `handler-shell-form`.
    pub fn name(&self) -> &'static str {
        self.heading().1
    }

    /// The one sentence that says what the rule finds.
    pub fn summary(&self) -> &'static str {
        ""
    }

    /// The severity its findings have unless they or the user say otherwise.
    pub fn severity(&self) -> Severity {
        Severity::Error
    }

    fn heading(&self) -> (&'static str, &'static str) {
        let line = self.page.lines().find_map(|line| line.strip_prefix("# ")).unwrap_or_default();
        line.split_once(' ').unwrap_or((line, ""))
    }
}

/// Every rule, in the order of codes.
pub const RULES: &[&Rule] = &[];

/// The rule with a code, letters in either case.
pub fn find(code: &str) -> Option<&'static Rule> {
    RULES.iter().copied().find(|rule| rule.code().eq_ignore_ascii_case(code))
}

/// The address of a rule's page.
pub fn url(code: &str, name: &str) -> String {
    format!("https://github.com/lamblint/lamblint/blob/main/rules/lambda/{code}-{name}.md")
}
