//! A line a finding, as editors and grep like it.

use super::{Run, plain, whereabouts};
use std::fmt::Write;

pub(super) fn render(run: &Run<'_>) -> String {
    let mut text = String::new();
    for (_, diagnostic) in run.diagnostics() {
        let (path, place) = (plain(&diagnostic.path), whereabouts(diagnostic));
        let (severity, message) = (diagnostic.severity.as_str(), plain(&diagnostic.message));
        let _ = writeln!(text, "{path}:{place}: {severity}[{}] {message}", diagnostic.code);
    }
    text
}
