//! What the paths of the command line lead to, and what to say where they lead to nothing.

use super::args::{Cli, SubjectArgs};
use super::git::Changed;
use super::{complain, options};
use crate::config::Excludes;
use crate::discover::{self, Found, Templates};
use crate::suggest;
use clap::CommandFactory;
use std::path::{Path, PathBuf};

/// Something to check at a path, or why it cannot be looked at.
type Subject = (PathBuf, Result<Found, String>);

/// All that is to be checked. An error where folders were searched and have nothing to check.
pub(super) fn found(
    args: &SubjectArgs,
    changed: Option<&Changed>,
    templates: &mut Templates,
) -> Result<Vec<Subject>, String> {
    let here = [PathBuf::from(".")];
    let paths = if args.paths.is_empty() { &here[..] } else { &args.paths };
    let all = discover::all(paths, templates);
    if all.is_empty() && changed.is_none() {
        refuse_nothing(paths)?;
    }
    let excludes = Excludes::new(&std::env::current_dir().unwrap_or_default(), &args.exclude)?;
    let left_out = |path: &Path| excludes.has(path) && options::is_left_out(args, path, false);
    let found = all.into_iter().map(|(path, found)| {
        let found = found.map_err(|error| error.to_string() + &meant(&path));
        named(args, path, found)
    });
    Ok(found.filter(|(path, _)| changed.is_none_or(|changed| changed.has(path)) && !left_out(path)).collect())
}

/// Nothing that was looked for is there. A file that is named and is no image, template or Dockerfile is said elsewhere.
fn refuse_nothing(paths: &[PathBuf]) -> Result<(), String> {
    let folders: Vec<String> =
        paths.iter().filter(|path| path.is_dir()).map(|path| path.display().to_string()).collect();
    if folders.is_empty() {
        complain("nothing to check: no function from an image is declared there");
        return Ok(());
    }
    Err(format!(
        "no Dockerfile and no template below {} (looked for Dockerfile, Dockerfile.*, *.Dockerfile, Containerfile and \
         templates with functions from images; .gitignore is obeyed)",
        folders.join(", ")
    ))
}

/// Standard input under the name that it has been given.
fn named(args: &SubjectArgs, path: PathBuf, found: Result<Found, String>) -> Subject {
    match (&args.stdin_filename, found) {
        (Some(name), Ok(Found::Dockerfile { bytes, .. })) if path == Path::new("-") => {
            (name.clone(), Ok(Found::Dockerfile { path: name.clone(), bytes }))
        }
        (_, found) => (path, found),
    }
}

/// The command or the file that a path which is not there could mean.
fn meant(path: &Path) -> String {
    if path.exists() || path == Path::new("-") {
        return String::new();
    }
    let Some(name) = path.file_name().and_then(|name| name.to_str()) else { return String::new() };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let cli = Cli::command();
    if folder.is_none() && cli.get_arguments().any(|arg| arg.get_long() == Some(name)) {
        return format!("; did you mean --{name}?");
    }
    let commands = cli.get_subcommands().map(clap::Command::get_name).filter(|_| folder.is_none());
    if let Some(command) = suggest::nearest(name, commands) {
        return format!("; did you mean the command `lamblint {command}`?");
    }
    let listed = std::fs::read_dir(folder.unwrap_or(Path::new("."))).into_iter().flatten().take(MAX_LISTED);
    let names: Vec<String> = listed
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| !name.starts_with('.'))
        .collect();
    match suggest::nearest(name, names.iter().map(String::as_str)) {
        Some(near) => format!("; did you mean {}?", path.with_file_name(near).display()),
        None => String::new(),
    }
}

/// Names of a folder that are looked through for the one that was meant.
const MAX_LISTED: usize = 1_000;
