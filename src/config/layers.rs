//! Which files hold for a path, and what they say together: the nearer wins, value by value.

use super::{Config, ConfigError, Excludes, FILE_NAME, Settings, Unknown, fits, hadolint};
use crate::error::why;
use crate::facts::CustomBase;
use crate::source::read_file;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// The configuration files that hold for a path, the weakest first.
#[derive(Clone, Debug, Default)]
pub struct Layers {
    layers: Vec<Rc<Layer>>,
    notes: Vec<String>,
}

/// The configuration files that one run has read. Those of a folder hold for all Dockerfiles below it.
#[derive(Debug, Default)]
pub struct Configs(RefCell<BTreeMap<PathBuf, Chain>>);

/// A file and what it extends, the strongest first.
type Chain = Result<Vec<Rc<Layer>>, ConfigError>;

#[derive(Debug)]
struct Layer {
    file: PathBuf,
    /// Where it lies: globs and contexts are from there.
    folder: PathBuf,
    config: Config,
    /// What `exclude` of the file says, if it has that key.
    excludes: Option<Excludes>,
}

impl Layer {
    fn new(file: PathBuf, config: Config) -> Self {
        let absolute = std::path::absolute(&file).unwrap_or_default();
        let folder = absolute.parent().map(Path::to_path_buf).unwrap_or_default();
        // Patterns that cannot be read were refused when the file was.
        let excludes = config.exclude.as_ref().and_then(|patterns| Excludes::new(&folder, patterns).ok());
        Self { file, folder, config, excludes }
    }
}

impl Configs {
    /// As [`Layers::of_path`], each file read once.
    pub fn of_path(&self, path: &Path, unknown: Unknown<'_>) -> Result<Layers, ConfigError> {
        Layers::upward(path, unknown, &|file| self.chain(file, unknown))
    }

    /// As [`Layers::of_file_within`], the file read once.
    pub fn of_file(&self, file: &Path, unknown: Unknown<'_>) -> Result<Layers, ConfigError> {
        Layers::one(file, unknown, &|file| self.chain(file, unknown))
    }

    fn chain(&self, file: &Path, unknown: Unknown<'_>) -> Chain {
        if let Some(known) = self.0.borrow().get(file) {
            return known.clone();
        }
        let read = chain(file, None, unknown);
        self.0.borrow_mut().insert(file.to_path_buf(), read.clone());
        read
    }
}

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The file.
    pub file: PathBuf,
    /// The globs of the `[[paths]]` it stands under; none for the top.
    pub globs: Option<Vec<String>>,
}

/// What holds for one path.
#[derive(Clone, Debug, Default)]
pub struct Effective {
    /// The settings.
    pub settings: Settings,
    /// Custom base images; of several that match, the last wins.
    pub bases: Vec<CustomBase>,
    /// Whether the path is not to be checked; `Some(true)` also where the command line names it.
    pub excluded: Option<bool>,
    /// The keys that say which files are not checked, with their values.
    pub left_out: Vec<(&'static str, toml::Value, Origin)>,
    /// Each setting that some file gives, by its key (`build-args.NAME` for one of them), and which.
    pub values: BTreeMap<String, (toml::Value, Origin)>,
}

impl Layers {
    /// The files upward from a path, each with what it extends, up to one with `root = true`.
    pub fn of_path(path: &Path, unknown: Unknown<'_>) -> Result<Self, ConfigError> {
        Self::of_path_within(path, None, unknown)
    }

    /// The same; where a folder is given, an `extend` that leads out of it is an error.
    pub fn of_path_within(path: &Path, within: Option<&Path>, unknown: Unknown<'_>) -> Result<Self, ConfigError> {
        Self::upward(path, unknown, &|file| chain(file, within, unknown))
    }

    fn upward(path: &Path, unknown: Unknown<'_>, read: &dyn Fn(&Path) -> Chain) -> Result<Self, ConfigError> {
        let start = if path.is_dir() { path } else { path.parent().unwrap_or(Path::new("")) };
        let start = if start == Path::new("") { Path::new(".") } else { start };
        let start = std::path::absolute(start).unwrap_or_default();
        let mut upward = Vec::new();
        for file in start.ancestors().map(|folder| folder.join(FILE_NAME)).filter(|file| file.is_file()) {
            let chain = read(&file)?;
            let root = chain.first().is_some_and(|layer| layer.config.root);
            upward.extend(chain);
            if root {
                break;
            }
        }
        upward.reverse();
        match hadolint::upward(&start).filter(|_| upward.is_empty()) {
            Some(file) => Self::of_hadolint(&file, unknown),
            None => Ok(Self { layers: upward, notes: Vec::new() }),
        }
    }

    /// One file and what it extends; a YAML file is hadolint's. Where a folder is given, an `extend` that leads out of it
    /// is an error.
    pub fn of_file_within(file: &Path, within: Option<&Path>, unknown: Unknown<'_>) -> Result<Self, ConfigError> {
        Self::one(file, unknown, &|file| chain(file, within, unknown))
    }

    fn one(file: &Path, unknown: Unknown<'_>, read: &dyn Fn(&Path) -> Chain) -> Result<Self, ConfigError> {
        if hadolint::is_one(file) {
            return Self::of_hadolint(file, unknown);
        }
        let mut layers = read(file)?;
        layers.reverse();
        Ok(Self { layers, notes: Vec::new() })
    }

    fn of_hadolint(file: &Path, unknown: Unknown<'_>) -> Result<Self, ConfigError> {
        let (settings, notes) = hadolint::open(file, unknown)?;
        let config = Config { settings, ..Config::default() };
        Ok(Self { layers: vec![Rc::new(Layer::new(file.to_path_buf(), config))], notes })
    }

    /// What in the files has no effect, and why.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// The files, the weakest first.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        self.layers.iter().map(|layer| layer.file.as_path())
    }

    /// What they say of a path together.
    pub fn effective(&self, path: &Path) -> Effective {
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
        let mut effective = Effective::default();
        for layer in &self.layers {
            let Layer { file, folder, config, excludes } = layer.as_ref();
            let relative = path.strip_prefix(folder).unwrap_or(&path).to_string_lossy();
            let origin = Origin { file: file.clone(), globs: None };
            effective.take(&config.settings, folder, &origin);
            if let (Some(excludes), Some(patterns)) = (excludes, &config.exclude) {
                effective.excluded = excludes.has(&path).then(|| config.force_exclude == Some(true));
                effective.left_out = vec![("exclude", patterns.clone().into(), origin.clone())];
                effective.left_out.extend(config.force_exclude.map(|force| ("force-exclude", force.into(), origin)));
            }
            for entry in config.paths.iter().filter(|entry| entry.files.iter().any(|glob| fits(glob, &relative))) {
                let origin = Origin { file: file.clone(), globs: Some(entry.files.clone()) };
                effective.take(&entry.settings, folder, &origin);
            }
            effective.bases.extend(config.base_images.iter().cloned());
        }
        effective.settings = effective.settled();
        effective
    }
}

impl Effective {
    /// Lays settings over what there is.
    fn take(&mut self, settings: &Settings, folder: &Path, origin: &Origin) {
        // What came from TOML goes back into it.
        for (key, value) in toml::Table::try_from(settings).unwrap_or_default() {
            let value = match value {
                toml::Value::String(path) if matches!(key.as_str(), "context" | "template") => {
                    toml::Value::String(folder.join(path).to_string_lossy().into_owned())
                }
                value => value,
            };
            match value {
                toml::Value::Table(table) => {
                    for (name, value) in table {
                        self.values.insert(format!("{key}.{name}"), (value, origin.clone()));
                    }
                }
                value => {
                    self.values.insert(key, (value, origin.clone()));
                }
            }
        }
    }

    fn settled(&self) -> Settings {
        let mut table = toml::Table::new();
        for (key, (value, _)) in &self.values {
            match key.split_once('.') {
                Some((key, name)) => {
                    let inner = table.entry(key).or_insert_with(|| toml::Table::new().into());
                    inner.as_table_mut().map(|inner| inner.insert(name.to_owned(), value.clone()));
                }
                None => {
                    table.insert(key.clone(), value.clone());
                }
            }
        }
        table.try_into().unwrap_or_default()
    }
}

/// A longer file is not read, in bytes.
const MAX_BYTES: u64 = 1024 * 1024;

/// The text of a configuration file; `by` stands after what is wrong with it.
pub(super) fn text(file: &Path, by: &str) -> Result<String, ConfigError> {
    let bytes = read_file(file, MAX_BYTES).map_err(|error| ConfigError(format!("{error}{by}")))?;
    String::from_utf8(bytes).map_err(|error| ConfigError(format!("{}: {error}{by}", file.display())))
}

/// A file and what it extends, the strongest first.
fn chain(file: &Path, within: Option<&Path>, unknown: Unknown<'_>) -> Chain {
    let mut chain: Vec<Rc<Layer>> = Vec::new();
    let mut seen: Vec<PathBuf> = Vec::new();
    let mut next = Some(file.to_path_buf());
    while let Some(file) = next {
        let by = chain.last().map(|layer| format!(" (extended by {})", layer.file.display())).unwrap_or_default();
        let fail = |why: &str| ConfigError(format!("{}: {why}{by}", file.display()));
        let real = file.canonicalize().map_err(|error| fail(&why(&error)))?;
        if seen.contains(&real) {
            return Err(fail("extend leads back to itself"));
        }
        // The first file lies where it is looked for.
        if let Some(folder) = within.filter(|_| !seen.is_empty())
            && !folder.canonicalize().is_ok_and(|folder| real.starts_with(folder))
        {
            return Err(fail("extend leads out of a folder that is not trusted"));
        }
        let text = text(&file, &by)?;
        let config = Config::read(&file, &text, unknown)?;
        let layer = Layer::new(file, config);
        next = layer.config.extend.as_ref().map(|path| layer.folder.join(path));
        seen.push(real);
        chain.push(Rc::new(layer));
    }
    Ok(chain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::unknown;

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        folder
    }

    fn of(folder: &tempfile::TempDir, path: &str) -> Effective {
        let path = folder.path().join(path);
        Layers::of_path(&path, &unknown).unwrap().effective(&path)
    }

    #[test]
    fn the_last_path_that_fits_wins() {
        let text = "root = true\narch = \"arm64\"\n[[paths]]\nfiles = [\"tools/**\"]\nfunction = false\n\
                    [[paths]]\nfiles = [\"*.x86\"]\narch = \"x86_64\"\n";
        let folder = folder(&[("lamblint.toml", text)]);
        assert_eq!(of(&folder, "tools/a/Dockerfile").settings.function, Some(false));
        assert_eq!(of(&folder, "a/Dockerfile").settings.function, None);
        assert_eq!(of(&folder, "a/Dockerfile.x86").settings.arch.as_deref(), Some("x86_64"));
    }

    #[test]
    fn the_nearer_file_wins_value_by_value_up_to_the_root() {
        let folder = folder(&[
            (
                "lamblint.toml",
                "root = true\nignore = [\"LL404\"]\narch = \"arm64\"\nbuild-args = { A = \"1\", B = \"1\" }\n[[paths]]\nfiles = [\"**\"]\ntarget = \"up\"\n",
            ),
            (
                "api/lamblint.toml",
                "arch = \"x86_64\"\ntarget = \"near\"\ncontext = \"..\"\nbuild-args = { B = \"2\" }\n",
            ),
            ("alone/lamblint.toml", "root = true\n"),
        ]);
        let near = of(&folder, "api/Dockerfile");
        assert_eq!(near.settings.arch.as_deref(), Some("x86_64"));
        assert_eq!(near.settings.target.as_deref(), Some("near"), "over a [[paths]] of a file further up");
        assert_eq!(near.settings.ignore, Some(vec!["LL404".to_owned()]));
        assert_eq!(near.settings.build_args.values().collect::<Vec<_>>(), ["1", "2"]);
        assert_eq!(near.settings.context.as_deref(), Some(&*folder.path().join("api/..").to_string_lossy()));
        assert_eq!(near.values["ignore"].1.file, folder.path().join("lamblint.toml"));
        assert!(of(&folder, "alone/Dockerfile").values.is_empty());
    }

    #[test]
    fn extend_brings_another_file_and_no_circle() {
        let folder = folder(&[
            ("lamblint.toml", "root = true\nextend = \"shared/base.toml\"\narch = \"arm64\"\n"),
            (
                "shared/base.toml",
                "arch = \"x86_64\"\nhandler = \"in-template\"\n[[paths]]\nfiles = [\"*\"]\ntarget = \"x\"\n",
            ),
            ("a/lamblint.toml", "extend = \"b.toml\"\n"),
            ("a/b.toml", "extend = \"../a/lamblint.toml\"\n"),
            ("c/lamblint.toml", "extend = \"none.toml\"\n"),
        ]);
        let found = of(&folder, "Dockerfile");
        assert_eq!(found.settings.arch.as_deref(), Some("arm64"));
        assert_eq!(found.settings.handler.as_deref(), Some("in-template"));
        let refused = |path: &str| Layers::of_path(&folder.path().join(path), &unknown).unwrap_err().0;
        assert!(refused("a").contains("extend leads back to itself (extended by"), "{}", refused("a"));
        assert!(refused("c").contains("none.toml: no such file") && refused("c").contains("(extended by"));
    }
}
