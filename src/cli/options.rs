//! What the command line and the configuration say, for one run and for one path.

use super::args::{self, FailOn, Handler, SubjectArgs};
use super::explain;
use clap::ValueEnum;
use lamblint::check::Options;
use lamblint::config::Config;
use lamblint::context::Folder;
use lamblint::diagnostic::Severity;
use lamblint::rules;
use std::path::{Path, PathBuf};

/// What the command line says of every path.
pub(super) fn of_run(args: &SubjectArgs) -> Result<Options, String> {
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

/// What holds for one path, and what fails there if the configuration says so.
pub(super) fn of_path(args: &SubjectArgs, run: &Options, path: &Path) -> Result<(Options, Option<FailOn>), String> {
    let mut options = run.clone();
    let mut fail_on = None;
    if args.context.is_some() {
        options.context = Some(context_of(path, args.context.clone())?);
    }
    if let Some((config, folder)) = config(args, path)? {
        let settings = config.settings_for(&folder, path);
        settings.apply(&mut options);
        options.bases.clone_from(&config.base_images);
        if let (Some(context), None) = (&settings.context, &options.context) {
            options.context = Some(context_of(path, Some(folder.join(context)))?);
        }
        if let Some(size) = settings.max_size.as_deref().filter(|_| options.max_size.is_none()) {
            options.max_size = Some(args::bytes(size)?);
        }
        fail_on = settings.fail_on.as_deref().and_then(|word| FailOn::from_str(word, true).ok());
    }
    // The flag wins over lamblint.toml.
    options.handler_in_template = args.handler.map_or(options.handler_in_template, |from| from == Handler::InTemplate);
    if options.context.is_none() && path != Path::new("-") {
        options.context = Some(context_of(path, None)?);
    }
    Ok((options, fail_on))
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
