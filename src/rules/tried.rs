//! One-line tests of rules: `catches("LL203", "FROM …\nCMD app.handler")`, `spares("LL203", …)`.

use crate::check::{self, Options};
use crate::diagnostic::Severity;

/// A Dockerfile as a test writes it: what is left out in front of `CMD` or `RUN` is not invented.
fn severities(code: &str, dockerfile: &str) -> Vec<Severity> {
    let mut options = Options::new(jiff::civil::date(2026, 11, 24));
    options.function = Some(true);
    let checked = check::dockerfile("Dockerfile", dockerfile, &options);
    checked.diagnostics.iter().filter(|d| d.code == code).map(|d| d.severity).collect()
}

/// The rule reports the Dockerfile, whatever else is said of it.
#[track_caller]
pub(crate) fn catches(code: &str, dockerfile: &str) {
    assert!(!severities(code, dockerfile).is_empty(), "{code} should be reported for\n{dockerfile}");
}

/// The rule reports the Dockerfile at a severity.
#[track_caller]
pub(crate) fn catches_as(severity: Severity, code: &str, dockerfile: &str) {
    let found = severities(code, dockerfile);
    assert!(!found.is_empty() && found.iter().all(|s| *s == severity), "{code}: {found:?} for\n{dockerfile}");
}

/// The rule is silent: a near miss.
#[track_caller]
pub(crate) fn spares(code: &str, dockerfile: &str) {
    assert!(severities(code, dockerfile).is_empty(), "{code} should be silent for\n{dockerfile}");
}
