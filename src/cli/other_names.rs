//! Flags that other linters have under other names: people try those first.

use crate::report::Format;
use clap::ValueEnum;
use clap::error::{ContextKind, ContextValue, Error};

/// What other linters, and lamblint's own commands, are called with, and the flag that means the same here.
const OTHER_NAMES: &[(&str, &str)] = &[
    ("-c", "--config"),
    ("-e", "--exclude"),
    ("-f", "--format"),
    ("-o", "--output"),
    ("-s", "--select"),
    ("--disable", "--ignore"),
    ("--exit-zero", "--fail-on never"),
    ("--failure-threshold", "--fail-on"),
    ("--list-rules", "lamblint rules"),
    ("--no-color", "--color never"),
    ("--no-fail", "--fail-on never"),
    ("--output-file", "--output"),
    ("--output-format", "--format"),
    ("--platform", "--arch"),
    ("--rule", "--select"),
    ("--silent", "--quiet"),
    ("--skip", "--ignore"),
    ("--stats", "--statistics"),
    ("--strict", "--fail-on info"),
];

/// An error of the command line, with the flag that was meant if it is known: a format's name as a flag, or the name that
/// a flag has in other linters.
pub(super) fn meant(mut error: Error) -> Error {
    let Some(ContextValue::String(flag)) = error.get(ContextKind::InvalidArg) else { return error };
    let format = |flag: &str| {
        let name = flag.strip_prefix("--")?;
        Format::from_str(name, true).ok().map(|_| format!("--format {name}"))
    };
    let other = || OTHER_NAMES.iter().find(|(name, _)| name == flag).map(|(_, own)| (*own).to_owned());
    if let Some(own) = format(flag).or_else(other) {
        error.remove(ContextKind::Suggested);
        error.insert(ContextKind::SuggestedArg, ContextValue::String(own));
    }
    error
}

#[cfg(test)]
mod tests {
    use crate::cli::args::Cli;
    use clap::CommandFactory;

    #[test]
    fn what_is_proposed_exists() {
        let cli = Cli::command();
        for (_, own) in super::OTHER_NAMES {
            let (first, second) = own.split_once(' ').unwrap_or((own, ""));
            let known = match first.strip_prefix("--") {
                Some(long) => cli.get_arguments().any(|arg| arg.get_long() == Some(long)),
                None => cli.find_subcommand(second).is_some(),
            };
            assert!(known, "{own}");
        }
    }
}
