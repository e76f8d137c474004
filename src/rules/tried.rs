//! One-line tests of rules: `catches("LL203", "FROM …\nCMD app.handler")`, `spares("LL203", …)`.

use crate::check;
use crate::diagnostic::Severity;
use crate::options::Options;
use crate::selection::Preset;

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

fn general(code: &str, preset: Preset, dockerfile: &str) -> usize {
    let mut options = Options::new(jiff::civil::date(2026, 11, 24));
    options.preset = preset;
    if preset != Preset::Hadolint {
        options.select.push(code.to_owned());
    }
    check::dockerfile("Dockerfile", dockerfile, &options).diagnostics.iter().filter(|d| d.code == code).count()
}

/// A rule of hadolint's has so many findings under hadolint's preset.
#[track_caller]
pub(crate) fn reports(code: &str, count: usize, dockerfile: &str) {
    assert_eq!(general(code, Preset::Hadolint, dockerfile), count, "{code} as hadolint has it, for\n{dockerfile}");
}

/// A rule that is selected is silent under our own preset.
#[track_caller]
pub(crate) fn passes(code: &str, dockerfile: &str) {
    assert_eq!(general(code, Preset::Recommended, dockerfile), 0, "{code} should be silent for\n{dockerfile}");
}
