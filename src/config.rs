//! `lamblint.toml`: what a Dockerfile cannot say, and what a team has agreed on.
//!
//! The nearest file upward from each checked path holds; `root = true` ends the search. Flags on the command
//! line win over it.

use crate::check::{Arch, LabelKind, Options};
use crate::diagnostic::Severity;
use crate::rules::Preset;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The file's name.
pub const FILE_NAME: &str = "lamblint.toml";

/// A `lamblint.toml` that has been read.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Config {
    /// Look no further upward.
    pub root: bool,
    /// The settings for every file.
    #[serde(flatten)]
    pub settings: Settings,
    /// Settings for some files; later ones win.
    pub paths: Vec<Override>,
    /// Base images of one's own.
    pub base_images: Vec<OwnBase>,
}

/// Settings that hold for all files or for some.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct Settings {
    /// What runs where nothing is selected: `recommended`, `hadolint` or `all`.
    pub preset: Option<String>,
    /// Codes, prefixes or families to run.
    pub select: Option<Vec<String>>,
    /// Codes or prefixes not to run.
    pub ignore: Option<Vec<String>>,
    /// Codes or prefixes that are errors.
    pub error: Option<Vec<String>>,
    /// Codes or prefixes that are warnings.
    pub warning: Option<Vec<String>>,
    /// Codes or prefixes that are infos.
    pub info: Option<Vec<String>>,
    /// The severity that makes the exit code 1.
    pub fail_on: Option<String>,
    /// The architecture the functions are declared with.
    pub arch: Option<String>,
    /// `in-template`: the handler comes from ImageConfig.Command. `in-cmd`: it must be in CMD.
    pub handler: Option<String>,
    /// Whether these are Lambda functions: `false` for images that only build something.
    pub function: Option<bool>,
    /// The stage to check.
    pub target: Option<String>,
    /// Values of ARGs.
    pub build_args: BTreeMap<String, String>,
    /// A bound on unpacked bytes, `2GB`.
    pub max_size: Option<String>,
    /// Registries that images may come from.
    pub trusted_registries: Option<Vec<String>>,
    /// Labels that an image must have, by kind: `text`, `rfc3339`, `semver`, `url`, `hash`, `spdx`, `email`.
    pub label_schema: Option<BTreeMap<String, LabelKind>>,
    /// Whether an image may have no other label.
    pub strict_labels: Option<bool>,
}

/// Settings for the files that match.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Override {
    /// Globs, from the folder of the `lamblint.toml`.
    pub files: Vec<String>,
    /// What holds for them.
    #[serde(flatten)]
    pub settings: Settings,
}

/// A base image of an organisation's own, told so that it is as known as AWS's.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct OwnBase {
    /// The image's name, without tag to mean every tag; `*` stands for any text.
    pub name: String,
    /// The image it is made from, whose defaults it has where nothing else is said.
    pub parent: Option<String>,
    /// Its ENTRYPOINT.
    pub entrypoint: Option<Vec<String>>,
    /// Its CMD.
    pub cmd: Option<Vec<String>>,
    /// Its WORKDIR.
    pub workdir: Option<String>,
    /// Variables it sets.
    pub env: BTreeMap<String, String>,
    /// Whether it brings a runtime interface client or the web adapter.
    pub runtime_client: bool,
    /// Its operating system: `AL2023`, `debian-12`, `alpine` …
    pub os: Option<String>,
}

/// Why a `lamblint.toml` cannot be used: path, line and what is wrong, on one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError(pub String);

impl std::fmt::Display for ConfigError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ConfigError {}

/// The keys that may stand at the top, under `[[paths]]` and under `[[base-images]]`.
const KEYS: &[&str] = &[
    "preset",
    "select",
    "ignore",
    "error",
    "warning",
    "info",
    "fail-on",
    "arch",
    "handler",
    "function",
    "target",
    "build-args",
    "max-size",
    "trusted-registries",
    "label-schema",
    "strict-labels",
];
const TOP_KEYS: &[&str] = &["root", "paths", "base-images"];
const PATH_KEYS: &[&str] = &["files"];
const BASE_KEYS: &[&str] = &["name", "parent", "entrypoint", "cmd", "workdir", "env", "runtime-client", "os"];

impl Config {
    /// Reads a configuration; `path` is for messages.
    pub fn read(path: &Path, text: &str) -> Result<Self, ConfigError> {
        let fail = |message: String| ConfigError(format!("{}: {message}", path.display()));
        let table: toml::Table = text.parse().map_err(|error: toml::de::Error| fail(one_line(text, &error)))?;
        check_keys(&table, &[TOP_KEYS, KEYS]).map_err(&fail)?;
        for (key, known) in [("paths", [PATH_KEYS, KEYS]), ("base-images", [BASE_KEYS, &[]])] {
            let tables = table.get(key).and_then(toml::Value::as_array).into_iter().flatten();
            for inner in tables.filter_map(toml::Value::as_table) {
                check_keys(inner, &known).map_err(|message| fail(format!("{key}: {message}")))?;
            }
        }
        let config: Self = toml::from_str(text).map_err(|error| fail(one_line(text, &error)))?;
        for settings in std::iter::once(&config.settings).chain(config.paths.iter().map(|o| &o.settings)) {
            settings.validate().map_err(&fail)?;
        }
        Ok(config)
    }

    /// The configuration file that holds for a path: the nearest upward.
    pub fn find(path: &Path) -> Option<PathBuf> {
        let start = if path.is_dir() { path } else { path.parent().unwrap_or(Path::new(".")) };
        let start = std::path::absolute(start).ok()?;
        start.ancestors().map(|folder| folder.join(FILE_NAME)).find(|file| file.is_file())
    }

    /// The settings for one file, `folder` being where the `lamblint.toml` lies.
    pub fn settings_for(&self, folder: &Path, file: &Path) -> Settings {
        let mut settings = self.settings.clone();
        let file = std::path::absolute(file).unwrap_or_else(|_| file.to_path_buf());
        let relative = file.strip_prefix(folder).unwrap_or(&file).to_string_lossy().into_owned();
        for entry in self.paths.iter().filter(|entry| entry.files.iter().any(|glob| fits(glob, &relative))) {
            settings.overlay(entry.settings.clone());
        }
        settings
    }
}

impl Settings {
    fn validate(&self) -> Result<(), String> {
        let one_of = |key: &str, value: &Option<String>, allowed: &[&str]| match value {
            Some(value) if !allowed.contains(&value.as_str()) => {
                Err(format!("{key} = \"{value}\": it is one of {}", allowed.join(", ")))
            }
            _ => Ok(()),
        };
        one_of("handler", &self.handler, &["in-template", "in-cmd"])?;
        one_of("preset", &self.preset, &["recommended", "hadolint", "all"])?;
        one_of("fail-on", &self.fail_on, &["error", "warning", "info", "never"])?;
        match &self.arch {
            Some(arch) if Arch::parse(arch).is_none() => Err(format!("arch = \"{arch}\": Lambda has x86_64 and arm64")),
            _ => Ok(()),
        }
    }

    fn overlay(&mut self, over: Self) {
        fn take<T>(slot: &mut Option<T>, over: Option<T>) {
            if over.is_some() {
                *slot = over;
            }
        }
        take(&mut self.preset, over.preset);
        take(&mut self.select, over.select);
        take(&mut self.ignore, over.ignore);
        take(&mut self.error, over.error);
        take(&mut self.warning, over.warning);
        take(&mut self.info, over.info);
        take(&mut self.fail_on, over.fail_on);
        take(&mut self.arch, over.arch);
        take(&mut self.handler, over.handler);
        take(&mut self.function, over.function);
        take(&mut self.target, over.target);
        take(&mut self.max_size, over.max_size);
        take(&mut self.trusted_registries, over.trusted_registries);
        take(&mut self.label_schema, over.label_schema);
        take(&mut self.strict_labels, over.strict_labels);
        self.build_args.extend(over.build_args);
    }

    /// Fills in what the command line has not said.
    pub fn apply(&self, options: &mut Options) {
        if options.preset == Preset::default() {
            options.preset = self.preset.as_deref().and_then(Preset::parse).unwrap_or_default();
        }
        if options.select.is_empty() {
            options.select = self.select.clone().unwrap_or_default();
        }
        options.ignore.extend(self.ignore.iter().flatten().cloned());
        let lists = [(&self.error, Severity::Error), (&self.warning, Severity::Warning), (&self.info, Severity::Info)];
        let mut severities: Vec<(String, Severity)> = Vec::new();
        for (list, severity) in lists {
            severities.extend(list.iter().flatten().map(|code| (code.clone(), severity)));
        }
        // The last that fits wins: the command line's come last.
        severities.append(&mut options.severities);
        options.severities = severities;
        options.arch = options.arch.or(self.arch.as_deref().and_then(Arch::parse));
        options.target = options.target.take().or_else(|| self.target.clone());
        options.function = options.function.or(self.function);
        options.handler_in_template |= self.handler.as_deref() == Some("in-template");
        options.trusted_registries.extend(self.trusted_registries.iter().flatten().cloned());
        for (name, kind) in self.label_schema.iter().flatten() {
            options.label_schema.entry(name.clone()).or_insert(*kind);
        }
        options.strict_labels |= self.strict_labels == Some(true);
        for (name, value) in &self.build_args {
            options.build_args.entry(name.clone()).or_insert_with(|| value.clone());
        }
    }
}

fn check_keys(table: &toml::Table, known: &[&[&str]]) -> Result<(), String> {
    let known: Vec<&str> = known.iter().flat_map(|keys| keys.iter().copied()).collect();
    match table.keys().find(|key| !known.contains(&key.as_str())) {
        None => Ok(()),
        Some(key) => Err(match crate::suggest::nearest(key, known.iter().copied()) {
            Some(near) => format!("unknown key `{key}`, did you mean `{near}`?"),
            None => format!("unknown key `{key}`; there are {}", known.join(", ")),
        }),
    }
}

fn one_line(text: &str, error: &toml::de::Error) -> String {
    let line = error.span().map(|span| text.get(..span.start).unwrap_or_default().matches('\n').count() + 1);
    let message = error.message().replace('\n', " ");
    line.map_or(message.clone(), |line| format!("line {line}: {message}"))
}

/// Whether a glob takes in a path; a glob without a slash is asked of the file's name too.
fn fits(glob: &str, path: &str) -> bool {
    let Ok(matcher) = globset::GlobBuilder::new(glob).literal_separator(true).build() else { return false };
    let matcher = matcher.compile_matcher();
    matcher.is_match(path)
        || (!glob.contains('/') && path.rsplit('/').next().is_some_and(|name| matcher.is_match(name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Config, ConfigError> {
        Config::read(Path::new("lamblint.toml"), text)
    }

    #[test]
    fn a_misspelt_key_is_refused_with_the_near_one() {
        let error = read("ignroe = [\"LL405\"]\n").unwrap_err();
        assert_eq!(error.0, "lamblint.toml: unknown key `ignroe`, did you mean `ignore`?");
        assert!(read("[[paths]]\nfiles = [\"x\"]\nhandlr = \"in-template\"\n").unwrap_err().0.contains("`handler`"));
    }

    #[test]
    fn a_wrong_value_is_refused_with_its_line() {
        assert!(read("arch = \"sparc\"\n").unwrap_err().0.contains("x86_64 and arm64"));
        assert!(read("select = 3\n").is_err());
        assert!(read("\n= 3\n").unwrap_err().0.contains("line 2"));
        assert!(read("handler = \"somewhere\"\n").is_err());
    }

    #[test]
    fn the_last_path_that_fits_wins() {
        let text = "arch = \"arm64\"\n[[paths]]\nfiles = [\"tools/**\"]\nfunction = false\n\
                    [[paths]]\nfiles = [\"*.x86\"]\narch = \"x86_64\"\n";
        let config = read(text).unwrap();
        let of = |file: &str| config.settings_for(Path::new("/r"), &Path::new("/r").join(file));
        assert_eq!(of("tools/a/Dockerfile").function, Some(false));
        assert_eq!(of("a/Dockerfile").function, None);
        assert_eq!(of("a/Dockerfile.x86").arch.as_deref(), Some("x86_64"));
    }
}
