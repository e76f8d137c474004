//! The settings of the client: the keys of `lamblint.toml`, and some that only an editor has. A setting that is wrong
//! is said, and costs itself alone.

use crate::config;
use crate::options::Options;
use crate::rules;
use jiff::civil::Date;
use serde_json::Value;
use std::path::PathBuf;

/// When ShellCheck is asked about a document.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AskShellcheck {
    /// Whenever it changes.
    Change,
    /// When it is opened and saved.
    #[default]
    Save,
    /// Never.
    Off,
}

/// What a client sets.
#[derive(Clone, Debug)]
pub struct Settings {
    /// What `lamblint.toml` could say as well.
    pub shared: config::Settings,
    /// Whether the client's settings win over those of files.
    pub editor_first: bool,
    /// A configuration file instead of the nearest.
    pub configuration: Option<PathBuf>,
    /// When ShellCheck is asked.
    pub shellcheck: AskShellcheck,
    /// Whether inlay hints are shown.
    pub hints: bool,
    /// `false` if the files of the workspace may be hostile.
    pub trusted: bool,
    /// The day that lifecycle rules count from.
    pub today: Option<Date>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            shared: config::Settings::default(),
            editor_first: false,
            configuration: None,
            shellcheck: AskShellcheck::default(),
            hints: true,
            trusted: true,
            today: None,
        }
    }
}

/// The keys of `lamblint.toml` that a client may set. The others say what is checked, which an editor knows.
const SHARED: &[&str] =
    &["preset", "select", "ignore", "error", "warning", "info", "arch", "handler", "function", "target", "build-args"];

impl Settings {
    /// Reads an object of settings over others, and says what is wrong with it.
    pub fn read(&mut self, value: &Value) -> Vec<String> {
        let (mut wrong, mut table) = (Vec::new(), toml::Table::new());
        // Whatever wraps the settings is taken off: `{"lamblint": {…}}`.
        let value = value.get("lamblint").filter(|inner| inner.is_object()).unwrap_or(value);
        for (key, value) in value.as_object().into_iter().flatten() {
            let text = value.as_str();
            let known = match key.as_str() {
                _ if value.is_null() || text == Some("") || *value == Value::Array(Vec::new()) => true,
                "prefer" => set(
                    &mut self.editor_first,
                    text.and_then(|word| one_of(word, &[("files", false), ("editor", true)])),
                ),
                "shellcheck" => {
                    use AskShellcheck::{Change, Off, Save};
                    set(
                        &mut self.shellcheck,
                        text.and_then(|word| one_of(word, &[("change", Change), ("save", Save), ("off", Off)])),
                    )
                }
                "configuration" => set(&mut self.configuration, text.map(|path| Some(PathBuf::from(path)))),
                "inlayHints" => set(&mut self.hints, value.as_bool()),
                // What is not trusted at first is trusted later, when the user says so.
                "trusted" => set(&mut self.trusted, value.as_bool()),
                "today" => set(&mut self.today, text.and_then(|day| day.parse().ok()).map(Some)),
                key if SHARED.contains(&key) => {
                    let value = toml::Value::try_from(value).ok();
                    value.map(|value| table.insert(key.to_owned(), value)).is_some()
                }
                // Settings of the extension, which the server has no use for.
                "path" | "enable" | "trace" | "importStrategy" => true,
                _ => {
                    wrong.push(format!("there is no setting {key}"));
                    true
                }
            };
            if !known {
                wrong.push(format!("the setting {key} cannot be {value}"));
            }
        }
        for (key, value) in table {
            // One wrong value leaves the others.
            let one = toml::Table::from_iter([(key.clone(), value)]);
            match one.clone().try_into::<config::Settings>() {
                Err(error) => wrong.push(format!("the setting {key}: {}", error.message())),
                Ok(settings) => match settings.validate(&rules::unknown) {
                    Err((_, why)) => wrong.push(format!("the setting {key}: {why}")),
                    Ok(()) => self.take(one),
                },
            }
        }
        wrong
    }

    fn take(&mut self, one: toml::Table) {
        let mut all = toml::Table::try_from(&self.shared).unwrap_or_default();
        all.extend(one);
        self.shared = all.try_into().unwrap_or_default();
    }

    /// What the client sets, as far as nothing is said yet.
    pub fn apply(&self, options: &mut Options) {
        self.shared.apply(options);
    }
}

fn set<T>(field: &mut T, value: Option<T>) -> bool {
    value.map(|value| *field = value).is_some()
}

fn one_of<T: Copy>(word: &str, known: &[(&str, T)]) -> Option<T> {
    known.iter().find(|(name, _)| *name == word).map(|(_, value)| *value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_wrong_setting_costs_itself_alone() {
        let mut settings = Settings::default();
        let wrong = settings.read(&json!({"lamblint": {
            "arch": "sparc", "select": ["lambda"], "ignore": ["LL2o3"], "shellcheck": "always", "tpyo": 1,
            "inlayHints": false, "configuration": "", "handler": null, "today": "2026-11-24",
        }}));
        assert_eq!(wrong.len(), 4, "{wrong:?}");
        assert_eq!(settings.shared.select.as_deref(), Some(&["lambda".to_owned()][..]));
        assert!(settings.shared.arch.is_none() && !settings.hints && settings.today.is_some());
        assert!(settings.read(&json!({"arch": "arm64"})).is_empty() && settings.shared.select.is_some());
    }
}
