//! `lamblint try`.

use super::arg_types::{Network, OnOff, TryFormat, When};
use super::args::{SubjectArgs, TryArgs};
use super::check::{self, Verbosity};
use super::options::PathOptions;
use super::progress::Waiting;
use super::{print, print_json};
use crate::check as checks;
use crate::discover::Found;
use crate::error::Error;
use crate::image::{self, Compression, ReadOptions};
use crate::source::read_file;
use crate::template::Function;
use crate::try_it::{Asked, Happening, Outcome, Plan, Space, Trial, Verdict};
use serde::Serialize;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The exit code where an image cannot be tried here.
const NOT_HERE: u8 = 3;
/// The longest event: what Lambda takes.
const EVENT_BYTES: u64 = 6 * 1024 * 1024;

/// Tries one image; the exit code.
pub(super) fn one(args: &TryArgs) -> Result<u8, String> {
    let asked = asked(args)?;
    let subject = SubjectArgs {
        paths: vec![args.path.clone()],
        template: args.template.iter().cloned().collect(),
        function: args.function.iter().cloned().collect(),
        image: args.image.clone(),
        config: args.config.clone(),
        no_config: args.no_config,
        no_template: args.template.is_none(),
        shellcheck: Some(When::Off),
        ..SubjectArgs::default()
    };
    let (mut outcome, mut printed) = (None, Ok(()));
    let talk = Verbosity { verbose: false, quiet: true };
    let seen = check::every(&subject, None, talk, &mut |held, found| {
        // A template that is named is found as well.
        if found.path() == args.path {
            let mut tell = |happening: &Happening| {
                if args.format == TryFormat::Jsonl && printed.is_ok() {
                    printed = print_line(happening);
                }
            };
            outcome = Some(tried(args, &asked, held, found, &mut tell)?);
        }
        Ok(Vec::new())
    })?;
    printed?;
    let Some(outcome) = outcome else { return Ok(2) };
    match args.format {
        TryFormat::Human => print(&outcome.human())?,
        TryFormat::Json => print_json(&(serde_json::to_string_pretty(&outcome).unwrap_or_default() + "\n"))?,
        TryFormat::Jsonl => print_line(&outcome)?,
    }
    Ok(match outcome.verdict {
        _ if seen.is_blind() => 2,
        Verdict::Answers => u8::from(args.strict && outcome.check.disagrees),
        Verdict::Fails | Verdict::Timeout => 1,
        Verdict::Unsure | Verdict::NotTried if args.require => 1,
        Verdict::Unsure | Verdict::NotTried => NOT_HERE,
    })
}

/// Prints a document on a line of its own, at once.
fn print_line(document: &impl Serialize) -> Result<(), String> {
    print_json(&(serde_json::to_string(document).unwrap_or_default() + "\n"))
}

fn tried(
    args: &TryArgs,
    asked: &Asked,
    held: &PathOptions,
    found: &Found,
    tell: &mut dyn FnMut(&Happening),
) -> Result<Outcome, String> {
    let shown = args.path.display().to_string();
    let space = Space::new(args.keep.as_deref())?;
    let path = archive(&space, found).map_err(|why| format!("{shown}: {why}"))?;
    let waiting = Waiting::at(&shown, false);
    let read = ReadOptions {
        image: args.image.clone(),
        verify: false,
        progress: Arc::clone(&waiting.progress),
        ..ReadOptions::default()
    };
    let mut images = image::open(&path, &read, std::convert::identity).map_err(|error| error.to_string())?;
    drop(waiting);
    if images.len() > 1 {
        let names: Vec<&str> = images.iter().filter_map(|image| image.name.as_deref()).collect();
        return Err(format!("{shown}: {} images are in it ({}): --image names one", images.len(), names.join(", ")));
    }
    let image = images.pop().ok_or_else(|| format!("{shown}: no image is in it"))?;
    if !image.is_whole() {
        return Err(format!("{shown}: the image cannot be read whole; lamblint check says why"));
    }
    let functions = held.functions_of(found.path(), image.name.as_deref());
    let function = deploys(args, &functions.iter().filter_map(|linked| linked.function()).collect::<Vec<_>>())?;
    let plan = Plan::of(&image, function, asked)?;
    let checked = checks::image_of(&shown, &image, None, &functions, &held.options);
    let trial = Trial::run(&space, &path, &image, (&plan, asked), tell);
    Ok(Outcome::of(&shown, image.name.as_deref(), &plan, asked, trial, &checked.diagnostics))
}

/// Where the image lies, so that its layers can be read one by one.
fn archive(space: &Space, found: &Found) -> Result<PathBuf, String> {
    match found {
        Found::Stream { head, .. } => space.archive(Read::chain(head.as_slice(), std::io::stdin().lock())),
        Found::Image { path } if path.is_dir() => Ok(path.clone()),
        Found::Image { path } => {
            let failed = |error: std::io::Error| Error::io(path, &error).to_string();
            let mut head = [0; 8];
            let mut file = File::open(path).map_err(failed)?;
            let got = file.read(&mut head).map_err(failed)?;
            if Compression::of(head.get(..got).unwrap_or_default()) == Compression::Plain {
                return Ok(path.clone());
            }
            space.archive(File::open(path).map_err(failed)?)
        }
        Found::Remote { .. } => {
            Err("only a saved image can be started; `docker save -o image.tar NAME` or `skopeo copy` saves one"
                .to_owned())
        }
        Found::Dockerfile { .. } | Found::Template(_) => {
            Err("no saved image; `docker buildx build -o type=oci,dest=image.tar .` makes one".to_owned())
        }
    }
}

/// The function whose settings hold; an error where it is not clear which one is meant.
fn deploys<'a>(args: &TryArgs, functions: &[&'a Function]) -> Result<Option<&'a Function>, String> {
    let Some(template) = &args.template else { return Ok(None) };
    match functions {
        [only] => Ok(Some(only)),
        [] => Err(format!("{}: no function in it deploys this image: --function names one", template.display())),
        several => {
            let names: Vec<&str> = several.iter().map(|function| function.id.as_str()).collect();
            Err(format!("{}: --function names one of {}", template.display(), names.join(", ")))
        }
    }
}

fn asked(args: &TryArgs) -> Result<Asked, String> {
    let words = |words: &[String]| match words {
        [] => Ok(None),
        [array] if array.trim_start().starts_with('[') => {
            serde_json::from_str(array).map(Some).map_err(|error| format!("{array}: {error}"))
        }
        words => Ok(Some(words.to_vec())),
    };
    let mut variables = Vec::new();
    for file in &args.env_file {
        let bytes = read_file(file, EVENT_BYTES).map_err(|error| error.to_string())?;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        variables.extend(lines.filter_map(variable));
    }
    variables.extend(args.env.iter().filter_map(|pair| variable(pair)));
    let mut events = args.event.iter().map(|text| event(text)).collect::<Result<Vec<String>, String>>()?;
    if events.is_empty() {
        events.push("{}".to_owned());
    }
    Ok(Asked {
        entrypoint: words(&args.entrypoint)?,
        command: match &args.handler {
            Some(handler) => Some(vec![handler.clone()]),
            None => words(&args.command)?,
        },
        folder: args.workdir.clone(),
        variables,
        seconds: args.timeout,
        init_seconds: args.init_timeout,
        memory_mb: args.memory,
        tmp_mb: args.tmp,
        extensions: args.extensions == OnOff::On,
        host_network: args.net == Network::Host,
        events,
        log_bytes: usize::try_from(args.log_limit * 1024).unwrap_or(usize::MAX),
    })
}

/// `NAME=VALUE`, or a name that is in the environment.
fn variable(pair: &str) -> Option<(String, String)> {
    match pair.split_once('=') {
        Some((name, value)) => Some((name.to_owned(), value.to_owned())),
        None => std::env::var(pair).ok().map(|value| (pair.to_owned(), value)),
    }
}

/// An event as JSON.
fn event(text: &str) -> Result<String, String> {
    let json = |text: &str| serde_json::from_str::<serde::de::IgnoredAny>(text).map(|_| ());
    if json(text).is_ok() {
        return Ok(text.to_owned());
    }
    let looks_like_json = text.trim_start().starts_with(['{', '[', '"']);
    let held = match text {
        "-" => {
            let mut held = String::new();
            let read = std::io::stdin().lock().take(EVENT_BYTES).read_to_string(&mut held);
            read.map_err(|error| format!("the event: {}", crate::error::why(&error)))?;
            held
        }
        text if looks_like_json => text.to_owned(),
        file => {
            let bytes = read_file(Path::new(file), EVENT_BYTES).map_err(|error| error.to_string())?;
            String::from_utf8_lossy(&bytes).into_owned()
        }
    };
    match json(&held) {
        Ok(()) => Ok(held),
        Err(error) => Err(format!("the event is not JSON: {error}")),
    }
}
