//! One-line tests of rules: `catches("LL203", "FROM …\nCMD app.handler")`, `allows("LL203", …)`.

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

/// The rule reports the Dockerfile, with any other findings.
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
pub(crate) fn allows(code: &str, dockerfile: &str) {
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

/// Asserts the number of findings of a hadolint rule under the hadolint preset.
#[track_caller]
pub(crate) fn reports(code: &str, count: usize, dockerfile: &str) {
    assert_eq!(general(code, Preset::Hadolint, dockerfile), count, "{code} as hadolint has it, for\n{dockerfile}");
}

/// A rule that is selected is silent under our own preset.
#[track_caller]
pub(crate) fn passes(code: &str, dockerfile: &str) {
    assert_eq!(general(code, Preset::Recommended, dockerfile), 0, "{code} should be silent for\n{dockerfile}");
}

/// The same for templates. The language shows in the text: a line of HCL, `service:`, or else SAM and CloudFormation.
pub(crate) mod template {
    use super::{Options, Severity, check};
    use crate::template::Linked;
    use std::rc::Rc;

    fn name_of(text: &str) -> &'static str {
        let hcl = ["resource \"", "module \"", "provider \""].iter().any(|word| text.starts_with(word));
        match text {
            _ if hcl => "main.tf",
            text if text.starts_with("service:") || text.starts_with("plugins:") => "serverless.yml",
            text if text.starts_with("#!") => "deploy.sh",
            text if text.contains(":\n\t") => "Makefile",
            _ => "template.yaml",
        }
    }

    fn severities(code: &str, text: &str) -> Vec<Severity> {
        let name = name_of(text);
        let files = vec![(name.to_owned(), text.as_bytes().to_vec())];
        let template = crate::template::read(name, files, 0).expect("a template");
        let mut options = Options::new(jiff::civil::date(2026, 11, 24));
        options.select.push(code.to_owned());
        let checked = template.map(|template| check::template(&template, &[], &options));
        let found = checked.iter().flat_map(|checked| &checked.diagnostics);
        found.filter(|d| d.code == code).map(|d| d.severity).collect()
    }

    /// What a rule says of a Dockerfile that all functions of a template are built from.
    fn built(code: &str, text: &str, dockerfile: &str) -> Vec<Severity> {
        let files = vec![(name_of(text).to_owned(), text.as_bytes().to_vec())];
        let template = Rc::new(crate::template::read("x", files, 0).expect("a template").expect("a function"));
        let link = |index| Linked { template: Rc::clone(&template), index, context: None };
        let functions: Vec<Linked> = (0..template.functions.len()).map(link).collect();
        let mut options = Options::new(jiff::civil::date(2026, 11, 24));
        options.select.push(code.to_owned());
        let subject =
            check::Subject { functions: &functions, ..check::Subject::new("Dockerfile", dockerfile.as_bytes()) };
        let checked = check::subject(&subject, &options);
        checked.diagnostics.iter().filter(|d| d.code == code).map(|d| d.severity).collect()
    }

    /// The rule reports a Dockerfile with the template whose functions are built from it.
    #[track_caller]
    pub(crate) fn catches_built(severity: Severity, code: &str, text: &str, dockerfile: &str) {
        let found = built(code, text, dockerfile);
        let right = !found.is_empty() && found.iter().all(|s| *s == severity);
        assert!(right, "{code}: {found:?} for\n{text}\n{dockerfile}");
    }

    /// The rule is silent about both: a near miss.
    #[track_caller]
    pub(crate) fn spares_built(code: &str, text: &str, dockerfile: &str) {
        let found = built(code, text, dockerfile);
        assert!(found.is_empty(), "{code} should be silent for\n{text}\n{dockerfile}");
    }

    /// The rule reports the template, with any other findings.
    #[track_caller]
    pub(crate) fn catches(code: &str, text: &str) {
        assert!(!severities(code, text).is_empty(), "{code} should be reported for\n{text}");
    }

    /// The rule reports the template at a severity.
    #[track_caller]
    pub(crate) fn catches_as(severity: Severity, code: &str, text: &str) {
        let found = severities(code, text);
        assert!(!found.is_empty() && found.iter().all(|s| *s == severity), "{code}: {found:?} for\n{text}");
    }

    /// The rule is silent: a near miss.
    #[track_caller]
    pub(crate) fn allows(code: &str, text: &str) {
        assert!(severities(code, text).is_empty(), "{code} should be silent for\n{text}");
    }

    /// One function of SAM with these properties and this metadata.
    pub(crate) fn sam(properties: &str, metadata: &str) -> String {
        let metadata = if metadata.is_empty() { String::new() } else { format!("    Metadata:\n      {metadata}\n") };
        format!(
            "Resources:\n  F:\n    Type: AWS::Serverless::Function\n    Properties:\n      {properties}\n{metadata}"
        )
    }

    /// The same with one variable or more.
    pub(crate) fn with_env(lines: &str) -> String {
        let env = format!("PackageType: Image\n      Environment:\n        Variables:\n          {lines}");
        sam(&env, "Dockerfile: Dockerfile\n      DockerContext: .")
    }

    /// One function of CloudFormation with this image.
    pub(crate) fn cfn(uri: &str) -> String {
        format!(
            "Resources:\n  F:\n    Type: AWS::Lambda::Function\n    Properties:\n      PackageType: Image\n      \
             StepKind: arn:aws:iam::123456789012:role/x\n      Code:\n        ImageUri: {uri}\n"
        )
    }
}
