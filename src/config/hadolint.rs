//! `.hadolint.yaml`: hadolint's settings, as ours, so that who comes from there has nothing to write.
//!
//! Such a file means that hadolint's rules are wanted, all that hadolint has on; Lambda's run besides.

use super::{ConfigError, Settings, Unknown, yaml};
use crate::options::LabelKind;
use crate::selection;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The names that the file may have.
pub const NAMES: &[&str] = &[".hadolint.yaml", ".hadolint.yml"];

/// The file's keys. The severities of `override` that hadolint does not know it does not read either.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
struct Hadolint {
    ignored: Option<Vec<String>>,
    #[serde(rename = "override")]
    overridden: Option<Overridden>,
    #[serde(rename = "trustedRegistries")]
    trusted_registries: Option<Vec<String>>,
    label_schema: Option<BTreeMap<String, LabelKind>>,
    strict_labels: Option<bool>,
    failure_threshold: Option<Threshold>,
    no_fail: Option<bool>,
    disable_ignore_pragma: Option<bool>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Overridden {
    error: Option<Vec<String>>,
    warning: Option<Vec<String>>,
    info: Option<Vec<String>>,
    style: Option<Vec<String>>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Threshold {
    Error,
    Warning,
    Info,
    Style,
    Ignore,
    None,
}

/// What stands before the key that was probably meant: such a note is always shown.
pub const MEANT: &str = "did you mean";

/// Keys that are read, and keys that say how hadolint prints.
const KEYS: &[&str] = &[
    "ignored",
    "override",
    "trustedRegistries",
    "label-schema",
    "strict-labels",
    "failure-threshold",
    "no-fail",
    "disable-ignore-pragma",
];
const OF_PRINTING: &[&str] = &["format", "no-color"];

/// The nearest such file upward from a folder.
pub fn upward(start: &Path) -> Option<PathBuf> {
    let places = start.ancestors().flat_map(|folder| NAMES.iter().map(move |name| folder.join(name)));
    places.into_iter().find(|file| file.is_file())
}

/// Whether a file is one of hadolint's by its name.
pub(super) fn is_one(file: &Path) -> bool {
    let extension = file.extension().unwrap_or_default();
    extension.eq_ignore_ascii_case("yaml") || extension.eq_ignore_ascii_case("yml")
}

/// Opens a file: what it sets, and what of it has no effect.
pub fn open(path: &Path, unknown: Unknown<'_>) -> Result<(Settings, Vec<String>), ConfigError> {
    read(path, &super::layers::text(path, "")?, unknown)
}

fn read(path: &Path, text: &str, unknown: Unknown<'_>) -> Result<(Settings, Vec<String>), ConfigError> {
    let fail = |why: String| ConfigError(format!("{}: {why}", path.display()));
    let value = yaml::read(text).map_err(fail)?;
    let mut notes = Vec::new();
    let hadolint: Hadolint = match &value {
        Value::Null => Hadolint::default(),
        Value::Object(table) => {
            let unread = |key: &&String| !KEYS.contains(&key.as_str());
            for key in table.keys().filter(unread) {
                let near = crate::suggest::nearest(key, KEYS.iter().copied());
                let why = match near {
                    _ if OF_PRINTING.contains(&key.as_str()) => "is about printing, and is left out".to_owned(),
                    Some(near) => format!("is not a hadolint key, and is left out; {MEANT} {near}?"),
                    None => "is not a hadolint key, and is left out".to_owned(),
                };
                notes.push(format!("{}: {key} {why}", path.display()));
            }
            for key in KEYS.iter().filter(|key| table.contains_key(**key)) {
                // Key by key, so that an error says which one.
                let alone = Value::Object([((*key).to_owned(), table[*key].clone())].into_iter().collect());
                serde_json::from_value::<Hadolint>(alone).map_err(|error| fail(format!("{key}: {error}")))?;
            }
            serde_json::from_value(value).map_err(|error| fail(error.to_string()))?
        }
        _ => return Err(fail("not a table of settings, such as `ignored: [DL3008]`".into())),
    };
    Ok((settings(hadolint, path, unknown, &mut notes), notes))
}

fn settings(hadolint: Hadolint, path: &Path, unknown: Unknown<'_>, notes: &mut Vec<String>) -> Settings {
    // hadolint ignores unknown codes; lamblint would refuse them.
    let mut known = |key: &str, codes: Option<Vec<String>>| -> Vec<String> {
        let (known, others) = codes.unwrap_or_default().into_iter().partition(|code| unknown(code).is_none());
        let others: Vec<String> = others;
        notes.extend(others.iter().map(|code| format!("{}: {key}: there is no rule {code}", path.display())));
        known
    };
    let overridden = hadolint.overridden.unwrap_or_default();
    let error = known("override", overridden.error);
    let warning = known("override", overridden.warning);
    let info = [known("override", overridden.info), known("override", overridden.style)].concat();
    let raised: Vec<&String> = error.iter().chain(&warning).chain(&info).collect();
    // What it has off until it is given a severity.
    let off = selection::hadolint_off().filter(|code| !raised.iter().any(|raised| raised == code));
    let mut ignore: Vec<String> = off.map(str::to_owned).collect();
    ignore.extend(known("ignored", hadolint.ignored));
    let fail_on = match (hadolint.no_fail, hadolint.failure_threshold) {
        (Some(true), _) => Some("never"),
        (_, Some(Threshold::Error)) => Some("error"),
        (_, Some(Threshold::Warning)) => Some("warning"),
        (_, Some(Threshold::Info | Threshold::Style | Threshold::Ignore | Threshold::None)) => Some("info"),
        (_, None) => None,
    };
    let list = |codes: Vec<String>| (!codes.is_empty()).then_some(codes);
    Settings {
        select: Some(["lambda", "hadolint", "shellcheck"].map(str::to_owned).to_vec()),
        ignore: list(ignore),
        error: list(error),
        warning: list(warning),
        info: list(info),
        fail_on: fail_on.map(str::to_owned),
        trusted_registries: hadolint.trusted_registries.and_then(list),
        label_schema: hadolint.label_schema.filter(|labels| !labels.is_empty()),
        strict_labels: hadolint.strict_labels,
        hadolint_comments: hadolint.disable_ignore_pragma.map(|disabled| !disabled),
        ..Settings::default()
    }
}

/// The same settings as a `lamblint.toml`.
pub fn as_toml(path: &Path, settings: &Settings) -> String {
    let head = format!("# From {}: hadolint's rules as it has them on, and Lambda's.\n", path.display());
    head + &toml::to_string(settings).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, Layers};
    use crate::rules::unknown;

    fn of(text: &str) -> Result<(Settings, Vec<String>), String> {
        read(Path::new(".hadolint.yaml"), text, &unknown).map_err(|error| error.0)
    }

    const FULL: &str = "ignored: [DL3008, SC2086]\noverride:\n  error: [DL3042]\n  style:\n    - DL3015\n\
        trustedRegistries:\n  - docker.io\n  - '*.example.com'\nlabel-schema:\n  author: text\n  when: rfc3339\n\
        strict-labels: true\nfailure-threshold: error\ndisable-ignore-pragma: true\n";

    #[test]
    fn what_it_says_is_said_here() {
        let (settings, notes) = of(FULL).unwrap();
        assert_eq!(notes, [""; 0]);
        let toml = as_toml(Path::new(".hadolint.yaml"), &settings);
        let wanted = "# From .hadolint.yaml: hadolint's rules as it has them on, and Lambda's.\n\
            select = [\"lambda\", \"hadolint\", \"shellcheck\"]\nignore = [\"DL1001\", \"DL3057\", \"DL3008\", \"SC2086\"]\n\
            error = [\"DL3042\"]\ninfo = [\"DL3015\"]\nfail-on = \"error\"\n\
            trusted-registries = [\"docker.io\", \"*.example.com\"]\nstrict-labels = true\nhadolint-comments = false\n\n\
            [label-schema]\nauthor = \"text\"\nwhen = \"rfc3339\"\n";
        assert_eq!(toml, wanted);
        let again = Config::read(Path::new("lamblint.toml"), &toml, &unknown).unwrap().settings;
        assert_eq!(toml::to_string(&again).unwrap(), toml::to_string(&settings).unwrap());
    }

    #[test]
    fn what_has_no_effect_is_noted() {
        let (settings, notes) = of("format: json\nwhat: 1\nignored: [DL9999, DL3008]\n").unwrap();
        assert_eq!(settings.ignore.unwrap(), ["DL1001", "DL3057", "DL3008"]);
        assert_eq!(notes.len(), 3, "{notes:?}");
        assert!(notes.iter().any(|note| note == ".hadolint.yaml: what is not a hadolint key, and is left out"));
    }

    #[test]
    fn a_rule_that_hadolint_has_off_is_on_with_a_severity() {
        let (settings, _) = of("override:\n  warning: [DL3057]\n").unwrap();
        assert_eq!(settings.ignore.unwrap(), ["DL1001"]);
    }

    #[test]
    fn nothing_set_is_nothing_wrong() {
        for text in ["", "# nothing\n", "ignored:\n", "override:\n", "{}\n"] {
            assert!(of(text).is_ok(), "{text}");
        }
        assert_eq!(of("no-fail: true\nfailure-threshold: style\n").unwrap().0.fail_on.as_deref(), Some("never"));
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (text, why) in [
            ("- a\n", ".hadolint.yaml: not a table"),
            ("ignored: DL3008\n", ".hadolint.yaml: ignored: invalid type"),
            ("failure-threshold: warn\n", ".hadolint.yaml: failure-threshold: unknown variant `warn`"),
            ("label-schema: {a: nope}\n", ".hadolint.yaml: label-schema: unknown variant `nope`"),
            ("a: [\n", ".hadolint.yaml: line "),
        ] {
            let said = of(text).unwrap_err();
            assert!(said.starts_with(why), "{said}");
        }
    }

    #[test]
    fn it_is_read_upward_where_no_lamblint_toml_is() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        write(".hadolint.yaml", "ignored: [DL3008]\n");
        write("a/.hadolint.yml", "ignored: [DL3013]\n");
        write("b/lamblint.toml", "root = true\n");
        let ignored = |path: &str| {
            let path = folder.path().join(path);
            Layers::of_path(&path, &unknown).unwrap().effective(&path).settings.ignore.unwrap_or_default()
        };
        assert_eq!(ignored("Dockerfile").last().unwrap(), "DL3008");
        assert_eq!(ignored("a/x/Dockerfile").last().unwrap(), "DL3013");
        assert!(ignored("b/Dockerfile").is_empty());
        write("c/.hadolint.yaml", "ignored: {\n");
        assert!(Layers::of_path(&folder.path().join("c"), &unknown).is_err());
        let named = Layers::of_file_within(&folder.path().join("a/.hadolint.yml"), None, &unknown).unwrap();
        assert_eq!(named.effective(Path::new("Dockerfile")).settings.ignore.unwrap().len(), 3);
    }
}
