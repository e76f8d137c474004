//! Values of arguments: the words they may be, and how they are read.

use crate::arch::Arch;
use crate::diagnostic::Severity;
use crate::page::Family;
use crate::report::Format;
use crate::selection::Preset;
use crate::{image, size, suggest};
use clap::ValueEnum;
use std::path::PathBuf;

#[derive(Clone, Copy, ValueEnum)]
pub(super) enum Level {
    Error,
    Warning,
    Info,
}

impl Level {
    pub(super) fn severity(self) -> Severity {
        match self {
            Self::Error => Severity::Error,
            Self::Warning => Severity::Warning,
            Self::Info => Severity::Info,
        }
    }
}

#[derive(Clone, Copy, ValueEnum)]
pub(super) enum ListFormat {
    Human,
    Json,
}

/// How a trial is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum TryFormat {
    /// For people.
    Human,
    /// For programs: `schemas/try.json`.
    Json,
    /// The same on one line, and before it each thing that happens on a line of its own, as it happens.
    Jsonl,
}

/// How sizes are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum SizeFormat {
    /// For people.
    Human,
    /// For programs: `schemas/size.json`, and `schemas/growth.json` with --against.
    Json,
    /// Tables for comments on pull requests.
    Markdown,
    /// One page for a browser, with pictures; no script.
    Html,
}

/// A size, and how the user wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Size {
    pub(super) bytes: u64,
    pub(super) text: String,
}

#[derive(Clone, Copy, ValueEnum)]
pub(super) enum FailOn {
    Error,
    Warning,
    Info,
    Never,
}

impl FailOn {
    /// The mildest severity that fails.
    pub(super) fn least(self) -> Option<Severity> {
        match self {
            Self::Error => Some(Severity::Error),
            Self::Warning => Some(Severity::Warning),
            Self::Info => Some(Severity::Info),
            Self::Never => None,
        }
    }
}

/// Whether ShellCheck is asked.
#[derive(Clone, Copy, Debug, Default, ValueEnum, PartialEq)]
pub(super) enum When {
    #[default]
    Auto,
    On,
    Off,
}

#[derive(Clone, Copy, ValueEnum, PartialEq)]
pub(super) enum OnOff {
    On,
    Off,
}

/// The network of an image that is tried.
#[derive(Clone, Copy, ValueEnum, PartialEq)]
pub(super) enum Network {
    None,
    Host,
}

#[derive(Clone, Copy, ValueEnum, PartialEq)]
pub(super) enum Handler {
    InTemplate,
    InCmd,
}

#[derive(Clone, Copy, ValueEnum, PartialEq)]
pub(super) enum Color {
    Auto,
    Always,
    Never,
}

/// How much is read of an image.
#[derive(Clone, Copy, Default, ValueEnum, PartialEq)]
pub(super) enum Depth {
    /// Manifest and config.
    Config,
    /// All of it.
    #[default]
    Layers,
}

impl Depth {
    pub(super) fn of_image(self) -> image::Depth {
        match self {
            Self::Config => image::Depth::Config,
            Self::Layers => image::Depth::Layers,
        }
    }
}

/// Where the handler comes from. What everybody tries first is the handler itself.
pub(super) fn handler(text: &str) -> Result<Handler, String> {
    Handler::from_str(text, true).map_err(|_| {
        "there are in-template and in-cmd; the handler itself belongs into CMD, or into a template".to_owned()
    })
}

/// A size in bytes with a decimal or binary unit.
pub(super) fn bytes(text: &str) -> Result<u64, String> {
    size::parse(text).ok_or_else(|| format!("`{text}` is not a size; write bytes, 2GB (10^9) or 1.5GiB (2^30)"))
}

pub(super) fn sized(text: &str) -> Result<Size, String> {
    Ok(Size { bytes: bytes(text)?, text: text.to_owned() })
}

/// A time in days, hours or minutes.
#[cfg(feature = "registry")]
pub(super) fn duration(text: &str) -> Result<std::time::Duration, String> {
    let read = || {
        let at = text.len().checked_sub(1).filter(|at| text.is_char_boundary(*at))?;
        let (number, unit) = text.split_at(at);
        let seconds = match unit {
            "d" => 24 * 60 * 60,
            "h" => 60 * 60,
            "m" => 60,
            _ => return None,
        };
        number.parse::<u64>().ok()?.checked_mul(seconds)
    };
    read().map(std::time::Duration::from_secs).ok_or_else(|| format!("`{text}` is not a time; write 30d, 12h or 45m"))
}

pub(super) fn arch(text: &str) -> Result<Arch, String> {
    Arch::parse(text).ok_or_else(|| "Lambda has x86_64 (amd64) and arm64 (aarch64)".to_owned())
}

pub(super) fn family(text: &str) -> Result<Family, String> {
    Family::named(text).ok_or_else(|| "there are lambda, hadolint, buildkit and shellcheck".to_owned())
}

pub(super) fn preset(text: &str) -> Result<Preset, String> {
    Preset::parse(text).ok_or_else(|| "there are recommended, hadolint and all".to_owned())
}

/// `sarif=out.sarif`.
pub(super) fn report(text: &str) -> Result<(Format, PathBuf), String> {
    format_and_file(text)
}

/// `markdown=size.md`.
pub(super) fn size_report(text: &str) -> Result<(SizeFormat, PathBuf), String> {
    format_and_file(text)
}

fn format_and_file<F: ValueEnum>(text: &str) -> Result<(F, PathBuf), String> {
    let names = || F::value_variants().iter().filter_map(F::to_possible_value);
    let names: Vec<String> = names().map(|value| value.get_name().to_owned()).collect();
    let (name, file) = text.split_once('=').filter(|(_, file)| !file.is_empty()).ok_or("write FORMAT=FILE")?;
    let format =
        F::from_str(name, true).map_err(|_| match suggest::nearest(name, names.iter().map(String::as_str)) {
            Some(near) => format!("there is no format {name}; did you mean {near}?"),
            None => format!("there is no format {name}; there are {}", names.join(", ")),
        })?;
    Ok((format, PathBuf::from(file)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_a_format_and_a_file() {
        assert_eq!(report("sarif=a=b.sarif"), Ok((Format::Sarif, PathBuf::from("a=b.sarif"))));
        assert_eq!(report("serif=x"), Err("there is no format serif; did you mean sarif?".into()));
        assert!(report("sarif").is_err() && report("sarif=").is_err());
    }
}
