//! The command line: what to check, how to say it, and the exit code.

#[cfg(feature = "registry")]
mod ahead;
mod arg_types;
mod args;
mod check;
mod config;
mod explain;
mod fleet;
mod generate;
mod git;
mod launch;
mod memory;
#[cfg(feature = "registry")]
mod merge;
mod options;
mod other_names;
mod output;
#[cfg(feature = "registry")]
mod plan;
mod progress;
mod remote;
#[cfg(feature = "registry")]
mod scan_layers;
#[cfg(feature = "registry")]
mod shard;
#[cfg(feature = "registry")]
mod shard_args;
mod shellcheck;
mod signals;
mod size;
mod subjects;
#[cfg(not(target_os = "linux"))]
#[path = "try_elsewhere.rs"]
mod try_it;
#[cfg(target_os = "linux")]
mod try_it;

use crate::guard;
use crate::report::{self, Format};
use arg_types::Level;
use args::{Cli, Command, Facts};
use std::borrow::Cow;
use std::io::{IsTerminal, Write};
use std::process::ExitCode;

/// Runs the program.
pub(crate) fn run() -> ExitCode {
    let words: Vec<_> = std::env::args_os().collect();
    #[cfg(target_os = "linux")]
    if let Some(code) = crate::try_it::helper(&words) {
        return ExitCode::from(code);
    }
    guard::hold_back();
    signals::hold();
    let command = match Cli::read(&words) {
        Ok(command) => command,
        Err(error) => {
            let code = if error.use_stderr() { 2 } else { 0 };
            let said = error.render().to_string();
            if report::plain_lines(&said) == said {
                // A closed pipe after `--help` is not an error.
                let _ = error.print();
            } else {
                complain(&said);
            }
            return ExitCode::from(code);
        }
    };
    match guard::run(|| run_command(command)) {
        Ok(code) => ExitCode::from(code),
        Err(message) => {
            complain(&message);
            ExitCode::from(2)
        }
    }
}

fn run_command(command: Command) -> Result<u8, String> {
    match command {
        Command::Check(args) => check::all(&args.0),
        Command::Baseline(args) => check::write_baseline(&args.0),
        Command::Config { from_hadolint: Some(file), .. } => config::from_hadolint(&file),
        Command::Config { path, format, .. } => config::show(&path, format),
        Command::Explain { what } => explain::all(&what),
        Command::Launch(args) => launch::all(&args.0),
        Command::Size(args) => size::all(&args.0),
        Command::Try(args) => try_it::one(&args.0),
        #[cfg(feature = "registry")]
        Command::Cache(args::CacheCommand::Prune { unused_for, cache }) => remote::prune(&cache, unused_for),
        #[cfg(feature = "registry")]
        Command::Plan(args) => plan::write(&args.0),
        #[cfg(feature = "registry")]
        Command::ScanLayers(args) => scan_layers::all(&args.0),
        #[cfg(feature = "registry")]
        Command::Merge(args) => merge::all(&args.0),
        Command::Rules { codes, family, severity, format } => {
            explain::rules(&codes, family, severity.map(Level::severity), format)
        }
        Command::Facts(Facts::Runtimes { format, today }) => explain::runtimes(format, today),
        Command::Server { .. } => Ok(crate::server::run()),
        Command::Completions { shell } => generate::completions(shell),
        Command::Man { command } => generate::man(command.as_deref()),
    }
}

fn print(text: &str) -> Result<(), String> {
    print_report(None, text)
}

/// Prints what goes into a file of the user's: to the byte, but for a terminal, which it must not steer.
fn print_exact(text: &str) -> Result<(), String> {
    if std::io::stdout().is_terminal() { print(&report::plain_lines(text)) } else { print(text) }
}

/// Prints JSON.
fn print_json(text: &str) -> Result<(), String> {
    print_report(Some(Format::Json), &report::plain_json(text))
}

/// Prints a report of a format, or a text of none.
fn print_report(format: Option<Format>, text: &str) -> Result<(), String> {
    let text = if in_ci() { Cow::Owned(report::for_log(format, text)) } else { Cow::Borrowed(text) };
    match std::io::stdout().lock().write_all(text.as_bytes()) {
        // `lamblint … | head` has seen enough.
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(format!("standard output: {}", crate::error::why(&error)))
        }
        _ => Ok(()),
    }
}

fn complain(message: &str) {
    let line = format!("lamblint: {}\n", report::plain(message));
    let line = if in_ci() { report::for_log(None, &line) } else { line };
    let _ = std::io::stderr().lock().write_all(line.as_bytes());
}

/// Whether what is printed goes to a log in which some lines are commands.
fn in_ci() -> bool {
    ["GITHUB_ACTIONS", "TF_BUILD", "TEAMCITY_VERSION"].into_iter().any(|name| std::env::var_os(name).is_some())
}
