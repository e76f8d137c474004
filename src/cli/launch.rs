//! `lamblint launch`.

use super::arg_types::{ListFormat, When};
use super::args::{LaunchArgs, SubjectArgs};
use super::check::{self, Verbosity};
use super::options::PathOptions;
use super::progress::Waiting;
use super::{output, print, print_json};
use crate::check::launches;
use crate::discover::Found;
use crate::image::{self, Depth, Image, ReadOptions};
use crate::launched::{From, Launched, MissingModule, Shown};
use crate::report::plain;
use std::fmt::Write as _;
use std::io::IsTerminal;
use std::sync::Arc;

/// 0, or 2 where something could not be looked at.
pub(super) fn all(args: &LaunchArgs) -> Result<u8, String> {
    let subject = SubjectArgs {
        paths: args.paths.clone(),
        arch: args.arch,
        target: args.target.clone(),
        build_arg: args.build_arg.clone(),
        context: args.context.clone(),
        template: args.template.clone(),
        function: args.function.clone(),
        no_template: args.no_template,
        image: args.image.clone(),
        remote: args.remote.clone(),
        config: args.config.clone(),
        no_config: args.no_config,
        shellcheck: Some(When::Off),
        ..SubjectArgs::default()
    };
    let mut launched = Vec::new();
    let talk = Verbosity { verbose: args.verbose, quiet: true };
    let seen = check::every(&subject, None, talk, &mut |held, found| {
        let mut found = one(args, held, found)?;
        if !args.imports {
            found.iter_mut().for_each(|launched| launched.imports = None);
        }
        launched.extend(found);
        Ok(Vec::new())
    })?;
    match args.format {
        ListFormat::Human => {
            // What another program reads stays on one line.
            let shown = std::io::stdout().is_terminal() || std::env::var_os("COLUMNS").is_some();
            let width = if shown { output::width() } else { usize::MAX };
            print(&launched.iter().map(|launched| human(launched, width)).collect::<Vec<_>>().join("\n"))?;
        }
        ListFormat::Json => print_json(&(serde_json::to_string_pretty(&launched).unwrap_or_default() + "\n"))?,
    }
    Ok(if seen.is_blind() { 2 } else { 0 })
}

fn one(args: &LaunchArgs, held: &PathOptions, found: &Found) -> Result<Vec<Launched>, String> {
    let name = found.path().display().to_string();
    let waiting = Waiting::at(&name, true);
    let progress = Arc::clone(&waiting.progress);
    let read = ReadOptions { image: args.image.clone(), verify: false, depth: Depth::Layers, progress };
    let judge = |image: Image| {
        let functions = held.functions_of(found.path(), image.name.as_deref());
        launches::of_image(&name, &image, &functions, &held.options)
    };
    let images = match found {
        Found::Dockerfile { bytes, .. } => {
            return Ok(launches::of_dockerfile(&held.dockerfile(&name, bytes), &held.options));
        }
        Found::Template(template) => {
            return Ok(launches::of_template(template, &held.links.from(template), &held.options));
        }
        Found::Stream { head, .. } => {
            let stream = std::io::Read::chain(head.as_slice(), std::io::stdin().lock());
            image::from_reader(stream, &read, judge).map_err(|error| format!("standard input: {error}"))
        }
        Found::Image { path } => image::open(path, &read, judge).map_err(|error| error.to_string()),
        Found::Remote { path, reference } => held.remotes.read(path, reference, &read, judge),
    };
    Ok(images?.into_iter().flatten().collect())
}

/// Columns before a value.
const INDENT: usize = 16;
/// Columns of a value whose place is on the same line.
const VALUE: usize = 44;

/// A row: a name, a value, and where that comes from, on lines of its own where the window is too narrow for all of it.
fn line(name: &str, value: &str, place: &str, width: usize) -> String {
    let (length, rest) = (value.chars().count(), place.chars().count());
    let needed = if rest == 0 { INDENT + length } else { INDENT + length.max(VALUE) + 1 + rest };
    if needed <= width {
        return format!("  {name:<13} {value:<VALUE$} {place}").trim_end().to_owned() + "\n";
    }
    let indent = " ".repeat(INDENT);
    let columns = width.saturating_sub(INDENT).max(MIN_COLUMNS);
    let mut text = String::new();
    for (at, part) in parts(value, columns).iter().enumerate() {
        let before = if at == 0 { format!("  {name:<13} ") } else { indent.clone() };
        text.push_str(&(before + part.trim_end() + "\n"));
    }
    if !place.is_empty() {
        let _ = writeln!(text, "{indent}  from {place}");
    }
    text
}

/// A value in parts of at most `columns` columns. A list of folders has no blanks, and may be parted at its colons.
fn parts(value: &str, columns: usize) -> Vec<String> {
    let mut parts = vec![String::new()];
    for piece in value.split_inclusive([' ', ':', ',']) {
        let length = piece.trim_end().chars().count();
        match parts.last_mut() {
            Some(part) if part.is_empty() || part.chars().count() + length <= columns => part.push_str(piece),
            _ => parts.push(piece.to_owned()),
        }
    }
    parts
}

/// Least columns for a value.
const MIN_COLUMNS: usize = 24;

/// A launch for people.
fn human(launched: &Launched, width: usize) -> String {
    let mut lines = plain(&launched.path);
    if let Some(image) = &launched.image {
        write!(lines, " {}", plain(image)).unwrap_or_default();
    }
    if let Some(function) = &launched.function {
        let of = launched.template.as_ref().map(|template| format!(" of {}", plain(template))).unwrap_or_default();
        write!(lines, ", as {}{of} deploys it", plain(function)).unwrap_or_default();
    }
    lines.push('\n');
    let list = |words: &Vec<String>| serde_json::to_string(words).unwrap_or_default();
    let mut row = |name: &str, value: String, place: String| lines.push_str(&line(name, &plain(&value), &place, width));
    row("base", launched.base.clone().unwrap_or_else(|| "unknown".to_owned()), String::new());
    row("entrypoint", text(&launched.entrypoint, list), place(&launched.entrypoint));
    row("command", text(&launched.command, list), place(&launched.command));
    let handler = launched.handler.clone().or_else(|| Some(format!("none: {}", launched.handler_lost.as_ref()?)));
    if let Some(handler) = handler {
        row("handler", handler, String::new());
    }
    row("directory", text(&launched.working_directory, Clone::clone), place(&launched.working_directory));
    row("user", text(&launched.user, Clone::clone), place(&launched.user));
    row("built for", text(&launched.architecture, Clone::clone), place(&launched.architecture));
    if let Some(declared) = &launched.function_architecture {
        let or_default = if declared.from == From::Unset { "the default".to_owned() } else { place(declared) };
        row("runs on", text(declared, Clone::clone), or_default);
    }
    for (at, (name, value)) in launched.environment.iter().enumerate() {
        let title = if at == 0 { "environment" } else { "" };
        row(title, format!("{name}={}", text(value, Clone::clone)), place(value));
    }
    if launched.environment_open {
        row("", "and others that are not known".to_owned(), String::new());
    }
    if let Some(imports) = &launched.imports {
        let mut list = |title: &str, all: &[String]| {
            for (at, one) in all.iter().enumerate() {
                row(if at == 0 { title } else { "" }, one.clone(), String::new());
            }
        };
        list("imports", &imports.files);
        list("packages", &imports.packages);
        let missing = |one: &MissingModule| format!("{}, imported in {}:{}", one.module, one.file, one.line);
        let missing: Vec<String> = imports.missing.iter().map(missing).collect();
        list(if launched.is_build { "not copied" } else { "not found" }, &missing);
        list("not imported", imports.unreached.as_deref().unwrap_or_default());
        list("perhaps more", imports.open.as_slice());
    }
    lines
}

fn text<T>(shown: &Shown<T>, of: impl Fn(&T) -> String) -> String {
    match (&shown.value, shown.from) {
        (Some(value), _) => of(value),
        (None, From::Unset) => "not set".to_owned(),
        (None, _) => "unknown".to_owned(),
    }
}

fn place<T>(shown: &Shown<T>) -> String {
    let at = match (&shown.path, shown.line) {
        (Some(path), Some(line)) => format!("{path}:{line}"),
        (Some(path), None) => path.clone(),
        (None, _) => String::new(),
    };
    match shown.from {
        From::Base => format!("the base, {at}").trim_end_matches(", ").to_owned(),
        From::Unset => String::new(),
        _ => plain(&at),
    }
}
