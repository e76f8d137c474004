//! The rules: a table of values, and the runner that signs what they find.

/// The address of a rule's page.
pub fn url(code: &str, name: &str) -> String {
    format!("https://github.com/lamblint/lamblint/blob/main/rules/lambda/{code}-{name}.md")
}
