//! What the user says about a check, on the command line, in a configuration file or through the library.

use crate::arch::Arch;
use crate::diagnostic::Severity;
use crate::facts::CustomBase;
use crate::page::Page;
use crate::selection::{Preset, selects};
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// What the user says about the check; everything that is not in the files themselves.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Options {
    /// The day that lifecycle rules count from.
    pub today: Date,
    /// The architecture the function is declared with, if said.
    pub arch: Option<Arch>,
    /// The stage to check instead of the last (`docker build --target`).
    pub target: Option<String>,
    /// Values of ARGs (`docker build --build-arg`).
    pub build_args: BTreeMap<String, String>,
    /// The user's own bound on unpacked bytes.
    pub max_size: Option<u64>,
    /// The rules to run if nothing is selected.
    pub preset: Preset,
    /// Codes, prefixes or families to run; empty = as the preset has it.
    pub select: Vec<String>,
    /// Codes or prefixes not to run.
    pub ignore: Vec<String>,
    /// Severities by code or prefix, the last that fits wins.
    pub severities: Vec<(String, Severity)>,
    /// The handler comes from the function's configuration (`ImageConfig.Command`), so CMD need not bring it.
    pub handler_in_template: bool,
    /// Whether it is a Lambda function: said by the user, or to be found out from the file.
    pub function: Option<bool>,
    /// Custom base images.
    pub bases: Vec<CustomBase>,
    /// Registries that images may come from, `*` standing for any text at either end; empty = all.
    pub trusted_registries: Vec<String>,
    /// Labels that an image must have, and what their values must look like.
    pub label_schema: BTreeMap<String, LabelKind>,
    /// Whether an image may have no label but those.
    pub strict_labels: bool,
    /// Whether hadolint's comments are not obeyed.
    pub ignore_hadolint_comments: bool,
    /// What a template gives the build that only a deployment can tell.
    pub(crate) hidden: Hidden,
}

/// Build arguments and a target that an expression decides.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Hidden {
    /// Names of build arguments whose values are unknown.
    pub(crate) args: BTreeSet<String>,
    /// `true` if any build argument may be given.
    pub(crate) any_arg: bool,
    /// `true` if the stage is unknown.
    pub(crate) target: bool,
}

impl Hidden {
    /// `true` if the value of a build argument is unknown.
    pub(crate) fn argument(&self, name: &str) -> bool {
        self.any_arg || self.args.contains(name)
    }
}

/// What the value of a label must look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LabelKind {
    /// Any text that is not empty.
    #[serde(alias = "rawtext")]
    Text,
    /// A date and time as RFC 3339 has it.
    Rfc3339,
    /// A semantic version.
    Semver,
    /// An address with a scheme.
    Url,
    /// A Git commit.
    Hash,
    /// A licence by its SPDX name.
    Spdx,
    /// An address of e-mail.
    Email,
}

impl Options {
    /// The defaults on a given day.
    pub fn new(today: Date) -> Self {
        Self {
            today,
            arch: None,
            target: None,
            build_args: BTreeMap::new(),
            max_size: None,
            preset: Preset::default(),
            select: Vec::new(),
            ignore: Vec::new(),
            severities: Vec::new(),
            handler_in_template: false,
            function: None,
            bases: Vec::new(),
            trusted_registries: Vec::new(),
            label_schema: BTreeMap::new(),
            strict_labels: false,
            ignore_hadolint_comments: false,
            hidden: Hidden::default(),
        }
    }
}

impl Options {
    /// Whether a rule runs: as it was selected, or else as the preset or the table of defaults has it.
    pub fn runs(&self, page: &Page) -> bool {
        self.selects(page.code, page.experimental)
    }

    /// The same for a code alone; a BuildKit experiment needs its own name.
    pub fn selects(&self, code: &str, experimental: bool) -> bool {
        let named = |list: &[String]| list.iter().any(|selector| selects(selector, code));
        let on = match self.select.as_slice() {
            [] => self.preset.has(code),
            // A family or the beginning of a name does not take it in.
            list if experimental => list.iter().any(|name| name == "all" || name.eq_ignore_ascii_case(code)),
            list => named(list),
        };
        on && !named(&self.ignore)
    }

    /// `true` if the user has asked for a rule by its own code, or for all rules.
    pub fn asks_for(&self, code: &str) -> bool {
        self.preset == Preset::All || self.select.iter().any(|selector| selector.eq_ignore_ascii_case(code))
    }
}

/// Today, in UTC.
pub fn today() -> Date {
    jiff::tz::Offset::UTC.to_datetime(jiff::Timestamp::now()).date()
}

/// Where the build context is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folder {
    /// The folder.
    pub path: PathBuf,
    /// Whether the user has named it; otherwise it is the Dockerfile's own folder, which need not be right.
    pub given: bool,
    /// The Dockerfile's path, beside which its own .dockerignore may lie.
    pub dockerfile: PathBuf,
}

impl Folder {
    /// Takes the build context that a template names, unless the user has named another.
    pub(crate) fn take(&mut self, context: &std::path::Path) {
        if !self.given {
            let here = context.as_os_str().is_empty();
            self.path = if here { PathBuf::from(".") } else { context.to_path_buf() };
        }
    }
}

impl Default for Options {
    /// The defaults of today, in UTC.
    fn default() -> Self {
        Self::new(today())
    }
}
