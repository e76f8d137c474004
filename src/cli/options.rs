//! What the command line and the configuration say, for one run and for one path.

use super::arg_types::{FailOn, Handler, When};
use super::args::SubjectArgs;
use super::remote::Remotes;
use crate::check::Subject;
use crate::config::Layers;
use crate::diagnostic::Severity;
use crate::discover::Links;
use crate::gitignore::is_repository;
use crate::options::{self, Folder, Options};
use crate::rules;
use crate::shellcheck::Results;
use crate::template::Linked;
use clap::ValueEnum;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

/// What the command line says of every path.
pub(super) fn of_run(args: &SubjectArgs) -> Result<Options, String> {
    let today = args.today.unwrap_or_else(options::today);
    let mut options = Options::new(today);
    for code in args.select.iter().chain(&args.ignore).chain(&args.error).chain(&args.warning).chain(&args.info) {
        if let Some(why) = rules::unknown(code) {
            return Err(why);
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

/// Puts the codes of rules for their names.
fn by_code(options: &mut Options) {
    let lists = options.select.iter_mut().chain(&mut options.ignore);
    for selector in lists.chain(options.severities.iter_mut().map(|(selector, _)| selector)) {
        rules::to_code(selector);
    }
}

/// The configuration files that hold for a path.
fn layers(args: &SubjectArgs, path: &Path) -> Result<Layers, String> {
    let layers = match &args.config {
        Some(file) => Layers::of_file(file, &rules::unknown),
        None if args.no_config => return Ok(Layers::default()),
        None => Layers::of_path(path, &rules::unknown),
    };
    layers.map_err(|error| error.to_string())
}

/// What holds for one path.
#[derive(Clone)]
pub(super) struct PathOptions {
    pub(super) options: Options,
    /// Where the build context is; unknown for standard input.
    pub(super) context: Option<Folder>,
    /// What ShellCheck says of the scripts, where it was asked.
    pub(super) answers: Option<Arc<Results>>,
    /// The functions that templates deploy from it, if it is a Dockerfile.
    pub(super) functions: Vec<Linked>,
    /// The functions of all that is checked.
    pub(super) links: Rc<Links>,
    /// How images that are not in files are reached.
    pub(super) remotes: Rc<Remotes>,
    /// `true` if the user names the path, so that `--function` may mean it.
    pub(super) named: bool,
    /// The template that the configuration names for it.
    pub(super) template: Option<PathBuf>,
    /// What fails there, if the configuration says so.
    pub(super) fail_on: Option<FailOn>,
    pub(super) shellcheck: When,
    /// `true` if it is not to be checked.
    pub(super) excluded: bool,
    /// What in the configuration has no effect.
    pub(super) notes: Vec<String>,
}

impl PathOptions {
    /// A Dockerfile with all that is at hand beside its text.
    pub(super) fn dockerfile<'a>(&'a self, path: &'a str, bytes: &'a [u8]) -> Subject<'a> {
        let (context, shellcheck) = (self.context.as_ref(), self.answers.as_deref());
        Subject { path, bytes, context, shellcheck, functions: &self.functions }
    }
}

/// What holds for one path, by the command line and the configuration.
pub(super) fn of_path(args: &SubjectArgs, run: &Options, path: &Path) -> Result<PathOptions, String> {
    let mut options = run.clone();
    let layers = layers(args, path)?;
    let effective = layers.effective(path);
    effective.settings.apply(&mut options);
    by_code(&mut options);
    options.bases = effective.bases;
    if let (None, Some((_, origin))) = (&args.context, effective.values.get("context")) {
        stays_inside(&origin.file, Path::new(effective.settings.context.as_deref().unwrap_or(".")))?;
    }
    let named = args.context.clone().or_else(|| effective.settings.context.as_deref().map(PathBuf::from));
    let context = match named {
        None if path == Path::new("-") => None,
        named => Some(context_of(path, named)?),
    };
    let fail_on = effective.settings.fail_on.as_deref().and_then(|word| FailOn::from_str(word, true).ok());
    // The flag wins over lamblint.toml.
    options.handler_in_template = args.handler.map_or(options.handler_in_template, |from| from == Handler::InTemplate);
    let shellcheck = effective.settings.shellcheck.as_deref().and_then(|word| When::from_str(word, true).ok());
    let shellcheck = args.shellcheck.or(shellcheck).unwrap_or_default();
    let (functions, links, notes) = (Vec::new(), Rc::default(), layers.notes().to_vec());
    let template = effective.settings.template.as_deref().map(PathBuf::from).filter(|_| !args.no_template);
    Ok(PathOptions {
        options,
        context,
        answers: None,
        functions,
        links,
        remotes: Rc::default(),
        named: false,
        template,
        fail_on,
        shellcheck,
        excluded: effective.excluded.is_some_and(|force| is_left_out(args, path, force)),
        notes,
    })
}

/// Whether a path that fits a pattern is left out: one that is named only where that is asked for.
pub(super) fn is_left_out(args: &SubjectArgs, path: &Path, force: bool) -> bool {
    let named = args.paths.iter().any(|named| named == path) || args.stdin_filename.as_deref() == Some(path);
    !named || force || args.force_exclude
}

/// An error where a configuration file of a repository names a context outside of it: findings would tell what lies there.
fn stays_inside(config: &Path, context: &Path) -> Result<(), String> {
    let root = config.ancestors().skip(1).find(|folder| is_repository(folder));
    let out = |root: &Path| match (root.canonicalize(), context.canonicalize()) {
        (Ok(root), Ok(context)) => !context.starts_with(root),
        // What is not there is said as such.
        _ => false,
    };
    if root.is_some_and(out) {
        let (config, context) = (config.display(), context.display());
        return Err(format!(
            "{config}: the context {context} is outside of the repository; --context takes any folder"
        ));
    }
    Ok(())
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
