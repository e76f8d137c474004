//! What the configuration files say of one path, in the form that a check takes.

use super::Layers;
use crate::gitignore::is_repository;
use crate::options::{Folder, Options};
use crate::rules;
use std::path::{Path, PathBuf};

/// What holds for one path.
#[derive(Clone, Debug)]
pub struct Held {
    /// The options of the run, and what the files add.
    pub options: Options,
    /// Where the build context is; unknown for standard input.
    pub context: Option<Folder>,
    /// The template that deploys it.
    pub template: Option<PathBuf>,
    /// The severity that makes the exit code 1.
    pub fail_on: Option<String>,
    /// `auto`, `on` or `off`.
    pub shellcheck: Option<String>,
    /// Whether it is not to be checked; `Some(true)` also where it is named.
    pub excluded: Option<bool>,
    /// Whether the files say where the handler comes from.
    pub handler: bool,
    /// What in the files has no effect.
    pub notes: Vec<String>,
}

impl Held {
    /// What holds for a path. `context` is the folder that the user names, which wins over that of the files.
    pub fn of(layers: &Layers, run: &Options, path: &Path, context: Option<&Path>) -> Result<Self, String> {
        let mut options = run.clone();
        let effective = layers.effective(path);
        effective.settings.apply(&mut options);
        let broad: Vec<String> = options.ignore.iter().filter_map(|selector| rules::broad(selector)).collect();
        by_code(&mut options);
        options.bases = effective.bases;
        if let (None, Some((_, origin))) = (context, effective.values.get("context")) {
            stays_inside(&origin.file, Path::new(effective.settings.context.as_deref().unwrap_or(".")))?;
        }
        let named = context.map(Path::to_path_buf).or_else(|| effective.settings.context.as_deref().map(PathBuf::from));
        let context = match named {
            None if path == Path::new("-") => None,
            named => Some(context_of(path, named)?),
        };
        Ok(Self {
            options,
            context,
            template: effective.settings.template.as_deref().map(PathBuf::from),
            fail_on: effective.settings.fail_on,
            shellcheck: effective.settings.shellcheck,
            excluded: effective.excluded,
            handler: effective.settings.handler.is_some(),
            notes: layers.notes().iter().cloned().chain(broad).collect(),
        })
    }
}

/// Puts the codes of rules for their names.
pub fn by_code(options: &mut Options) {
    let lists = options.select.iter_mut().chain(&mut options.ignore);
    for selector in lists.chain(options.severities.iter_mut().map(|(selector, _)| selector)) {
        rules::to_code(selector);
    }
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
