//! `lamblint.toml`: what a Dockerfile cannot say, and what a team has agreed on.
//!
//! The files upward from each checked path hold, the nearer over the further, value by value, up to one with
//! `root = true`; each builds upon the file that it may `extend`. Flags on the command line win over them. Where there
//! is none, the nearest `.hadolint.yaml` holds.

mod exclude;
pub mod hadolint;
mod held;
mod layers;
mod lines;
mod yaml;

pub use exclude::Excludes;
pub use held::{Held, by_code};
pub use layers::{Configs, Effective, Layers, Origin};
use lines::Lines;

use crate::arch::Arch;
use crate::diagnostic::Severity;
use crate::facts::CustomBase;
use crate::options::{LabelKind, Options};
use crate::selection::Preset;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;

/// Says why a selector selects no rule; `None` where it selects one. The rules are not known here.
pub type Unknown<'a> = &'a dyn Fn(&str) -> Option<String>;

/// The file's name.
pub const FILE_NAME: &str = "lamblint.toml";

/// A `lamblint.toml` that has been read.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Config {
    /// Look no further upward.
    pub root: bool,
    /// Another such file that this one extends; its path starts at the folder of this file.
    pub extend: Option<String>,
    /// Files that are not checked, as in a `.gitignore`, from this file's folder.
    pub exclude: Option<Vec<String>>,
    /// Whether those are left out also where the command line names them.
    pub force_exclude: Option<bool>,
    /// The settings for every file.
    #[serde(flatten)]
    pub settings: Settings,
    /// Settings for some files; later ones win.
    pub paths: Vec<Override>,
    /// Custom base images.
    pub base_images: Vec<CustomBase>,
}

/// Settings that hold for all files or for some.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
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
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub build_args: BTreeMap<String, String>,
    /// A bound on unpacked bytes, `2GB`.
    pub max_size: Option<String>,
    /// Registries that images may come from.
    pub trusted_registries: Option<Vec<String>>,
    /// Labels that an image must have, by kind: `text`, `rfc3339`, `semver`, `url`, `hash`, `spdx`, `email`.
    pub label_schema: Option<BTreeMap<String, LabelKind>>,
    /// Whether an image may have no other label.
    pub strict_labels: Option<bool>,
    /// The build context, from the folder of the `lamblint.toml`.
    pub context: Option<String>,
    /// A template that deploys what is checked, from the folder of the `lamblint.toml`.
    pub template: Option<String>,
    /// Whether ShellCheck is asked: `auto` (where it is installed), `on` (it must be) or `off`.
    pub shellcheck: Option<String>,
    /// Whether hadolint's comments are obeyed.
    pub hadolint_comments: Option<bool>,
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

/// Why a `lamblint.toml` cannot be used: path, line and what is wrong, on one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError(pub String);

impl std::fmt::Display for ConfigError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ConfigError {}

/// The keys that may stand at the top and under `[[paths]]`.
pub const KEYS: &[&str] = &[
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
    "context",
    "template",
    "trusted-registries",
    "label-schema",
    "strict-labels",
    "shellcheck",
    "hadolint-comments",
];
/// The keys that may stand at the top only.
pub const TOP_KEYS: &[&str] = &["root", "extend", "exclude", "force-exclude", "paths", "base-images"];
const PATH_KEYS: &[&str] = &["files"];
/// The keys under `[[base-images]]`.
pub const BASE_KEYS: &[&str] = &["name", "parent", "entrypoint", "cmd", "workdir", "env", "runtime-client", "os"];

impl Config {
    /// Reads a configuration; `path` is for messages.
    pub fn read(path: &Path, text: &str, unknown: Unknown<'_>) -> Result<Self, ConfigError> {
        let fail = |message: String| ConfigError(format!("{}: {message}", path.display()));
        let table: toml::Table = text.parse().map_err(|error: toml::de::Error| fail(one_line(text, &error)))?;
        let lines = Lines { text };
        check_keys(&table, &[TOP_KEYS, KEYS]).map_err(|(key, why)| fail(lines.with(&[key], &why)))?;
        for (key, known) in [("paths", [PATH_KEYS, KEYS]), ("base-images", [BASE_KEYS, &[]])] {
            let tables = table.get(key).and_then(toml::Value::as_array).into_iter().flatten();
            for inner in tables.filter_map(toml::Value::as_table) {
                check_keys(inner, &known)
                    .map_err(|(inner, why)| fail(lines.with(&[inner], &format!("{key}: {why}"))))?;
            }
        }
        let config: Self = toml::from_str(text).map_err(|error| fail(one_line(text, &error)))?;
        for settings in std::iter::once(&config.settings).chain(config.paths.iter().map(|o| &o.settings)) {
            settings.validate(unknown).map_err(|(key, why)| fail(lines.with(&[key], &why)))?;
        }
        if let Some(base) = config.base_images.iter().find(|base| base.says_nothing()) {
            let why =
                format!("base-images: {} needs parent, entrypoint or another key that says what it is", base.name);
            return Err(fail(lines.with(&["name"], &why)));
        }
        exclude::matcher(Path::new(""), config.exclude.iter().flatten())
            .map_err(|why| fail(lines.with(&["exclude"], &why)))?;
        Ok(config)
    }
}

impl Settings {
    /// The key that has a wrong value, and what is wrong with it.
    pub(crate) fn validate(&self, unknown: Unknown<'_>) -> Result<(), (&'static str, String)> {
        let one_of = |key: &'static str, value: &Option<String>, allowed: &[&str]| match value {
            Some(value) if !allowed.contains(&value.as_str()) => {
                Err((key, format!("{key} = \"{value}\": it is one of {}", allowed.join(", "))))
            }
            _ => Ok(()),
        };
        one_of("handler", &self.handler, &["in-template", "in-cmd"])?;
        one_of("shellcheck", &self.shellcheck, &["auto", "on", "off"])?;
        one_of("preset", &self.preset, &["recommended", "hadolint", "all"])?;
        one_of("fail-on", &self.fail_on, &["error", "warning", "info", "never"])?;
        let codes = [
            ("select", &self.select),
            ("ignore", &self.ignore),
            ("error", &self.error),
            ("warning", &self.warning),
            ("info", &self.info),
        ];
        for (key, list) in codes {
            if let Some(why) = list.iter().flatten().find_map(|code| unknown(code)) {
                return Err((key, why));
            }
        }
        match &self.max_size {
            Some(size) if crate::size::parse(size).is_none() => {
                return Err(("max-size", format!("max-size = \"{size}\": write 2GB (10^9) or 1.5GiB (2^30)")));
            }
            _ => {}
        }
        match &self.arch {
            Some(arch) if Arch::parse(arch).is_none() => {
                Err(("arch", format!("arch = \"{arch}\": Lambda has x86_64 and arm64")))
            }
            _ => Ok(()),
        }
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
        options.max_size = options.max_size.or(self.max_size.as_deref().and_then(crate::size::parse));
        options.target = options.target.take().or_else(|| self.target.clone());
        options.function = options.function.or(self.function);
        options.handler_in_template |= self.handler.as_deref() == Some("in-template");
        options.trusted_registries.extend(self.trusted_registries.iter().flatten().cloned());
        for (name, kind) in self.label_schema.iter().flatten() {
            options.label_schema.entry(name.clone()).or_insert(*kind);
        }
        options.ignore_hadolint_comments |= self.hadolint_comments == Some(false);
        options.strict_labels |= self.strict_labels == Some(true);
        for (name, value) in &self.build_args {
            options.build_args.entry(name.clone()).or_insert_with(|| value.clone());
        }
    }
}

/// The key that is not known, and what could have been meant.
fn check_keys<'t>(table: &'t toml::Table, known: &[&[&str]]) -> Result<(), (&'t str, String)> {
    let known: Vec<&str> = known.iter().flat_map(|keys| keys.iter().copied()).collect();
    let Some(key) = table.keys().find(|key| !known.contains(&key.as_str())) else { return Ok(()) };
    let why = match crate::suggest::nearest(key, known.iter().copied()) {
        Some(near) => format!("unknown key `{key}`, did you mean `{near}`?"),
        None => format!("unknown key `{key}`; there are {}", known.join(", ")),
    };
    Err((key, why))
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
        Config::read(Path::new("lamblint.toml"), text, &crate::rules::unknown)
    }

    #[test]
    fn a_misspelt_key_is_refused_with_the_near_one() {
        let error = read("ignroe = [\"LL405\"]\n").unwrap_err();
        assert_eq!(error.0, "lamblint.toml: line 1: unknown key `ignroe`, did you mean `ignore`?");
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
    fn an_unknown_code_is_refused_with_the_near_one() {
        let error = read("[[paths]]\nfiles = [\"x\"]\nignore = [\"LL2o3\"]\n").unwrap_err();
        assert_eq!(error.0, "lamblint.toml: line 3: there is no rule LL2o3; did you mean LL203?");
        assert!(read("select = [\"LL2\", \"lambda\", \"all\", \"SC2086\", \"ll203\"]\n").is_ok());
        assert!(read("ignore = [\"\"]\n").is_err());
    }

    /// The published schema and the program know the same keys, and take the same values.
    #[test]
    fn the_schema_is_of_this_program() {
        let schema: serde_json::Value = serde_json::from_str(include_str!("../../schemas/config.json")).unwrap();
        let keys = |pointer: &str| -> std::collections::BTreeSet<String> {
            schema.pointer(pointer).and_then(|value| value.as_object()).unwrap().keys().cloned().collect()
        };
        let known = |lists: [&[&str]; 2]| lists.concat().into_iter().map(str::to_owned).collect();
        assert_eq!(keys("/properties"), known([TOP_KEYS, KEYS]));
        assert_eq!(keys("/properties/paths/items/properties"), known([PATH_KEYS, KEYS]));
        assert_eq!(keys("/properties/base-images/items/properties"), known([BASE_KEYS, &[]]));

        let validator = jsonschema::validator_for(&schema).unwrap();
        let valid = |text: &str| {
            let table: toml::Table = text.parse().unwrap();
            validator.is_valid(&serde_json::to_value(table).unwrap())
        };
        for text in [
            "root = true\nextend = \"../x.toml\"\narch = \"arm64\"\nfail-on = \"never\"\nmax-size = \"2GB\"\n",
            "select = [\"LL2\"]\nhandler = \"in-cmd\"\nfunction = false\nbuild-args = { A = \"1\" }\n",
            "shellcheck = \"on\"\nhadolint-comments = false\n",
            "[[paths]]\nfiles = [\"x\"]\ncontext = \".\"\npreset = \"hadolint\"\ntarget = \"a\"\n",
            "[[base-images]]\nname = \"a\"\ncmd = [\"b\"]\nenv = { A = \"1\" }\nruntime-client = true\n",
        ] {
            assert!(read(text).is_ok() && valid(text), "{text}");
        }
        for text in [
            "ignroe = [\"LL405\"]\n",
            "arch = \"sparc\"\n",
            "fail-on = \"always\"\n",
            "preset = \"none\"\n",
            "shellcheck = true\n",
            "shellcheck = \"maybe\"\n",
            "handler = \"x\"\n",
            "select = 3\n",
            "[[paths]]\narch = \"arm64\"\n",
            "[[base-images]]\nnam = \"x\"\n",
        ] {
            assert!(read(text).is_err() && !valid(text), "{text}");
        }
    }
}
