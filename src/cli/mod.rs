//! The command line: what to check, how to say it, and the exit code.

mod args;
mod asked;
mod changed;
mod check;
mod config;
mod emit;
mod explain;
mod generate;
mod guard;
mod options;
mod signals;
mod size;
mod values;
mod waiting;

use crate::report;
use args::{Cli, Command, Facts};
use clap::Parser;
use std::io::Write;
use std::process::ExitCode;
use values::Level;

/// Runs the program.
pub(crate) fn run() -> ExitCode {
    guard::hold_back();
    signals::hold();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let code = if error.use_stderr() { 2 } else { 0 };
            // A closed pipe behind `--help` is nobody's error.
            let _ = error.print();
            return ExitCode::from(code);
        }
    };
    match guard::run(|| command(cli)) {
        Ok(code) => ExitCode::from(code),
        Err(message) => {
            complain(&message);
            ExitCode::from(2)
        }
    }
}

fn command(cli: Cli) -> Result<u8, String> {
    match cli.command {
        None => check::all(&cli.check),
        Some(Command::Check(args)) => check::all(&args),
        Some(Command::Baseline(args)) => check::write_baseline(&args),
        Some(Command::Config { from_hadolint: Some(file), .. }) => config::from_hadolint(&file),
        Some(Command::Config { path, format, .. }) => config::show(&path, format),
        Some(Command::Explain { what }) => explain::all(&what.join(" ")),
        Some(Command::Size { paths, format, image }) => size::all(&paths, format, image.as_deref()),
        Some(Command::Rules { codes, family, severity, format }) => {
            explain::rules(&codes, family, severity.map(Level::severity), format)
        }
        Some(Command::Facts(Facts::Runtimes { format, today })) => explain::runtimes(format, today),
        Some(Command::Completions { shell }) => generate::completions(shell),
        Some(Command::Man { command }) => generate::man(command.as_deref()),
    }
}

fn print(text: &str) -> Result<(), String> {
    match std::io::stdout().lock().write_all(text.as_bytes()) {
        // `lamblint … | head` has seen enough.
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(format!("standard output: {error}")),
        _ => Ok(()),
    }
}

fn complain(message: &str) {
    let _ = writeln!(std::io::stderr().lock(), "lamblint: {}", report::plain(message));
}
