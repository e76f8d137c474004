//! `lamblint check`: from the arguments to what was checked.

use super::args::{self, CheckArgs, FailOn, Handler, SubjectArgs};
use super::{complain, emit, explain, print};
use clap::ValueEnum;
use lamblint::check::{self, Checked, Options};
use lamblint::config::Config;
use lamblint::context::Folder;
use lamblint::diagnostic::Severity;
use lamblint::discover::{self, Found};
use lamblint::image::{self, ReadOptions};
use lamblint::report::{Run, Unreadable};
use lamblint::{fix, rules};
use std::path::{Path, PathBuf};

/// Everything one run does; the exit code.
pub(super) fn all(args: &CheckArgs) -> Result<u8, String> {
    let options = options(&args.subject)?;
    let here = [PathBuf::from(".")];
    let paths = if args.subject.paths.is_empty() { &here[..] } else { &args.subject.paths };
    let mut checked: Vec<Checked> = Vec::new();
    let mut unreadable = Vec::new();
    for (path, found) in discover::all(paths) {
        let done = found.map_err(|error| error.to_string()).and_then(|found| one(args, &options, &found));
        match done {
            Ok(subjects) => checked.extend(subjects),
            Err(message) => {
                complain(&message);
                unreadable.push(Unreadable { path: path.display().to_string(), message });
            }
        }
    }
    checked.sort_by(|a, b| (&a.path, &a.image).cmp(&(&b.path, &b.image)));
    let fails = checked.iter().any(|checked| checked.fails);
    if !args.diff {
        let folder = std::env::current_dir().unwrap_or_default();
        let run = Run { checked: &checked, unreadable: &unreadable, folder: &folder };
        emit::all(&args.report, &run, args.quiet)?;
    }
    Ok(if unreadable.is_empty() { u8::from(fails) } else { 2 })
}

fn options(args: &SubjectArgs) -> Result<Options, String> {
    let today = args.today.unwrap_or_else(|| jiff::tz::Offset::UTC.to_datetime(jiff::Timestamp::now()).date());
    let mut options = Options::new(today);
    for code in args.select.iter().chain(&args.ignore).chain(&args.error).chain(&args.warning).chain(&args.info) {
        if !rules::RULES.iter().any(|rule| rules::selects(code, rule.code())) {
            return Err(explain::unknown_rule(code));
        }
    }
    options.arch = args.arch;
    options.target.clone_from(&args.target);
    options.max_size = args.max_size;
    options.preset = args.preset.unwrap_or_default();
    options.select.clone_from(&args.select);
    options.ignore.clone_from(&args.ignore);
    options.function = args.lambda.then_some(true);
    for (codes, severity) in
        [(&args.error, Severity::Error), (&args.warning, Severity::Warning), (&args.info, Severity::Info)]
    {
        options.severities.extend(codes.iter().map(|code| (code.clone(), severity)));
    }
    for pair in &args.build_arg {
        let value = match pair.split_once('=') {
            Some((name, value)) => Some((name.to_owned(), value.to_owned())),
            None => std::env::var(pair).ok().map(|value| (pair.clone(), value)),
        };
        options.build_args.extend(value);
    }
    Ok(options)
}

/// The configuration that holds for a path, and the folder it lies in.
fn config(args: &SubjectArgs, path: &Path) -> Result<Option<(Config, PathBuf)>, String> {
    let file = match &args.config {
        Some(file) => Some(file.clone()),
        None if args.no_config => None,
        None => Config::find(path),
    };
    let Some(file) = file else { return Ok(None) };
    let text = std::fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
    let config = Config::read(&file, &text).map_err(|error| error.to_string())?;
    let folder = std::path::absolute(&file).ok().and_then(|file| file.parent().map(Path::to_path_buf));
    Ok(Some((config, folder.unwrap_or_default())))
}

fn one(args: &CheckArgs, options: &Options, found: &Found) -> Result<Vec<Checked>, String> {
    let mut options = options.clone();
    let mut fail_on = args.fail_on;
    if args.subject.context.is_some() {
        options.context = Some(context_of(found.path(), args.subject.context.clone())?);
    }
    if let Some((config, folder)) = config(&args.subject, found.path())? {
        let settings = config.settings_for(&folder, found.path());
        settings.apply(&mut options);
        options.bases.clone_from(&config.base_images);
        if let (Some(context), None) = (&settings.context, &options.context) {
            options.context = Some(context_of(found.path(), Some(folder.join(context)))?);
        }
        if let Some(size) = settings.max_size.as_deref().filter(|_| options.max_size.is_none()) {
            options.max_size = Some(args::bytes(size)?);
        }
        if fail_on.is_none() {
            fail_on = settings.fail_on.as_deref().and_then(|word| FailOn::from_str(word, true).ok());
        }
    }
    // The flag wins over lamblint.toml.
    let handler = args.subject.handler;
    options.handler_in_template = handler.map_or(options.handler_in_template, |from| from == Handler::InTemplate);
    if options.context.is_none() && found.path() != Path::new("-") {
        options.context = Some(context_of(found.path(), None)?);
    }
    let mut subjects = subjects(args, &options, found)?;
    let least = fail_on.unwrap_or(FailOn::Warning).least();
    for subject in &mut subjects {
        subject.fails = least.is_some_and(|least| subject.diagnostics.iter().any(|d| d.severity >= least));
        if args.verbose || args.subject.dockerfile.is_some() {
            subject.notes.iter().for_each(|note| complain(&format!("{}: {note}", subject.path)));
        }
    }
    Ok(subjects)
}

/// What is found at a path, checked: one Dockerfile, or each image of an archive.
fn subjects(args: &CheckArgs, options: &Options, found: &Found) -> Result<Vec<Checked>, String> {
    let made_by = match &args.subject.dockerfile {
        Some(file) => {
            Some((file.display().to_string(), std::fs::read(file).map_err(|e| format!("{}: {e}", file.display()))?))
        }
        None => None,
    };
    let made_by = made_by.as_ref().map(|(name, bytes)| (name.as_str(), bytes.as_slice()));
    let read = ReadOptions { image: args.subject.image.clone(), verify: args.subject.verify };
    let (name, images) = match found {
        Found::Dockerfile { path, bytes } => return Ok(vec![dockerfile(args, options, path, bytes)?]),
        Found::Image { path } => {
            (path.display().to_string(), image::open(path, &read).map_err(|error| error.to_string())?)
        }
        Found::Stream { head, .. } => {
            let stream = std::io::Read::chain(head.as_slice(), std::io::stdin().lock());
            let images = image::from_reader(stream, &read).map_err(|error| format!("standard input: {error}"))?;
            ("-".to_owned(), images)
        }
    };
    Ok(images.iter().map(|image| check::image_of(&name, image, made_by, options)).collect())
}

/// The build context of a Dockerfile: the folder that was named, or its own.
fn context_of(dockerfile: &Path, named: Option<PathBuf>) -> Result<Folder, String> {
    let given = named.is_some();
    let own = dockerfile.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let path = named.unwrap_or_else(|| own.to_path_buf());
    if given && !path.is_dir() {
        return Err(format!("{}: no folder, and --context names one", path.display()));
    }
    Ok(Folder { path, given, dockerfile: dockerfile.to_path_buf() })
}

fn dockerfile(args: &CheckArgs, options: &Options, path: &Path, bytes: &[u8]) -> Result<Checked, String> {
    let name = path.display().to_string();
    if !args.fix && !args.diff {
        let checked = check::dockerfile(&name, bytes, options);
        return match &checked.error {
            Some(error) => Err(format!("{name}: {error}")),
            None => Ok(checked),
        };
    }
    let fixed = fix::apply(&name, bytes, options, args.unsafe_fixes);
    if args.diff {
        print(&fix::diff(&name, bytes, &fixed.bytes))?;
    } else if !fixed.applied.is_empty() {
        if path == Path::new("-") {
            return Err("standard input cannot be fixed in place; --diff shows the changes".into());
        }
        std::fs::write(path, &fixed.bytes).map_err(|error| format!("{name}: {error}"))?;
        if !args.quiet {
            let plural = if fixed.applied.len() == 1 { "" } else { "es" };
            complain(&format!("{name}: {} fix{plural} applied", fixed.applied.len()));
        }
    }
    Ok(fixed.checked)
}
