//! What the command line and the configuration say, for one run and for one path.

use super::arg_types::{FailOn, Handler, When};
use super::args::SubjectArgs;
use super::fleet::Declared;
use super::remote::Remotes;
use crate::check::Subject;
use crate::config::{Configs, Held, Layers};
use crate::diagnostic::Severity;
use crate::discover::{Found, Links};
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

/// The configuration files that hold for a path.
fn layers(args: &SubjectArgs, read: &Configs, path: &Path) -> Result<Layers, String> {
    let layers = match &args.config {
        Some(file) => read.of_file(file, &rules::unknown),
        None if args.no_config => return Ok(Layers::default()),
        None => read.of_path(path, &rules::unknown),
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
    /// The function of a list that runs it.
    pub(super) runs_as: Option<Declared>,
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

    /// Takes over the functions of a subject, and the build context that they name.
    pub(super) fn deploy(&mut self, found: &Found, links: &Rc<Links>, named: bool) {
        (self.links, self.named) = (Rc::clone(links), named);
        let Found::Dockerfile { path, .. } = found else { return };
        self.functions = self.functions_of(path, None);
        let context = self.functions.iter().find_map(|linked| linked.context.clone());
        if let (Some(folder), Some(path)) = (&mut self.context, context) {
            folder.take(&path);
        }
    }

    /// The functions of a Dockerfile or an image; those that the user has chosen if no other deploys it.
    pub(super) fn functions_of(&self, path: &Path, name: Option<&str>) -> Vec<Linked> {
        let linked = self.links.to_image(path, name);
        if linked.is_empty() && self.named { self.links.chosen() } else { linked }
    }
}

/// What holds for one path, by the command line and the configuration.
pub(super) fn of_path(args: &SubjectArgs, run: &Options, read: &Configs, path: &Path) -> Result<PathOptions, String> {
    of_layers(args, run, &layers(args, read, path)?, path)
}

/// The same of what a list names: the configuration is that of the folder that lamblint was started in. What such an image
/// is called is no path, and comes from elsewhere.
pub(super) fn of_listed(args: &SubjectArgs, run: &Options, read: &Configs, path: &Path) -> Result<PathOptions, String> {
    of_layers(args, run, &layers(args, read, Path::new("."))?, path)
}

fn of_layers(args: &SubjectArgs, run: &Options, layers: &Layers, path: &Path) -> Result<PathOptions, String> {
    let held = Held::of(layers, run, path, args.context.as_deref())?;
    let mut options = held.options;
    let fail_on = held.fail_on.and_then(|word| FailOn::from_str(&word, true).ok());
    // The flag wins over lamblint.toml.
    options.handler_in_template = args.handler.map_or(options.handler_in_template, |from| from == Handler::InTemplate);
    let shellcheck = held.shellcheck.and_then(|word| When::from_str(&word, true).ok());
    Ok(PathOptions {
        options,
        context: held.context,
        answers: None,
        functions: Vec::new(),
        links: Rc::default(),
        runs_as: None,
        remotes: Rc::default(),
        named: false,
        template: held.template.filter(|_| !args.no_template),
        fail_on,
        shellcheck: args.shellcheck.or(shellcheck).unwrap_or_default(),
        excluded: held.excluded.is_some_and(|force| is_left_out(args, path, force)),
        notes: held.notes,
    })
}

/// Whether a path that fits a pattern is left out: one that is named only where that is asked for.
pub(super) fn is_left_out(args: &SubjectArgs, path: &Path, force: bool) -> bool {
    let named = args.paths.iter().any(|named| named == path) || args.stdin_filename.as_deref() == Some(path);
    !named || force || args.force_exclude
}
