//! From paths to templates: which files may be one, and which others are read with them.

use super::locate;
use crate::dockerfile::{Dockerfile, Kind};
use crate::error::Error;
use crate::path::plain;
use crate::source::read_file;
use crate::template::{self, MAX_BYTES, MAX_FILES, MAX_MODULE_BYTES, Template};
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Maximum names of one folder.
const MAX_NAMES: usize = 4096;
/// Maximum files of a run that are searched for functions.
const MAX_LOOKED: usize = 4096;

/// Maximum files that are opened on the way upward from Dockerfiles.
const MAX_UPWARD: usize = 64;

/// Maximum files of Compose and bake in a folder, and maximum images of one.
const MAX_BUILDERS: usize = 64;

/// Maximum programs that are searched near a Dockerfile, and maximum length of one, in bytes.
const MAX_PROGRAMS: usize = 64;
const MAX_PROGRAM: u64 = 256 * 1024;

/// How the CDK and SST take an image as the code of a function, in their languages.
const IMAGE_CODE: &[&str] =
    &["mageAsset(", "image_asset(", "ssetImage(", "asset_image(", "DockerImageCode", "EcrImageCode", "AssetImageCode"];

/// How such a program gives a function its command.
const COMMAND: &[&str] = &["cmd:", "cmd=", "cmd =", "Cmd:", "Cmd =", ".cmd("];

/// An image that a file of Compose or bake builds.
#[derive(Debug)]
struct Built {
    dockerfile: PathBuf,
    context: PathBuf,
    /// The name that it gets.
    image: Option<String>,
    /// `true` if a service gives it a command.
    command: bool,
}

/// `true` if some stage of a Dockerfile is FROM an image of one of these names.
fn stands_on(dockerfile: &Path, names: &[&str]) -> bool {
    let bytes = read_file(dockerfile, super::MAX_DOCKERFILE).unwrap_or_default();
    Dockerfile::read(bytes)
        .instructions
        .iter()
        .any(|instruction| matches!(&instruction.kind, Kind::From(from) if names.contains(&from.image.text.as_str())))
}

/// The templates of a run.
#[derive(Debug, Default)]
pub struct Templates {
    /// `true` if none is to be looked for.
    off: bool,
    /// How many more files are opened on the way upward; see [`MAX_UPWARD`].
    upward: usize,
    /// The number of the next document.
    docs: usize,
    /// How many files have been searched.
    looked: usize,
    /// What has been opened: files, and folders of Terraform.
    opened: BTreeSet<PathBuf>,
    /// Folders that have been searched on the way upward.
    seen: BTreeSet<PathBuf>,
    /// What folders have that is looked for on the way upward.
    listed: BTreeMap<PathBuf, Listed>,
    /// The program with commands near each folder of a Dockerfile.
    programs: BTreeMap<PathBuf, Option<PathBuf>>,
    /// The images that files of Compose and bake in a folder build.
    built: BTreeMap<PathBuf, Vec<Built>>,
    /// Texts that an editor holds: they stand for what the files of these paths have on the disk.
    pub texts: BTreeMap<PathBuf, Vec<u8>>,
    /// What was left out, and why.
    pub notes: Vec<String>,
}

/// The names in a folder, sorted, that say that a file may be a template, and that it is one of Compose or bake.
#[derive(Debug, Default)]
struct Listed {
    templates: Vec<OsString>,
    builders: Vec<OsString>,
}

impl Listed {
    fn of(folder: &Path) -> Self {
        let mut listed = Self::default();
        for name in entries(folder) {
            let text = name.to_string_lossy();
            if template::is_builder(&text) {
                listed.builders.push(name.clone());
            }
            if may_be(&text) {
                listed.templates.push(name);
            }
        }
        listed.templates.sort_unstable();
        listed.builders.sort_unstable();
        listed
    }
}

impl Templates {
    /// The templates of a run; only those that the user names if `look` is `false`.
    pub fn new(look: bool) -> Self {
        Self { off: !look, ..Self::default() }
    }

    /// Opens a template that the user names. `Ok(None)` if it declares no function from an image, or was opened before.
    ///
    /// A folder stands for the Terraform module in it. A file must be readable by itself.
    pub fn named(&mut self, path: &Path) -> Result<Option<Template>, Error> {
        let module = path.is_dir().then(|| beside(&path.join("main.tf"), template::is_terraform).into_iter().next());
        let path = match &module {
            Some(Some(file)) => file,
            Some(None) => return Err(Error::new(format!("{}: there is no Terraform in it", path.display()))),
            None => path,
        };
        if module.is_none() && template::is_terraform(&name_of(path)) {
            let file = vec![(path.display().to_string(), read_file(path, MAX_BYTES)?)];
            template::read("", file, 0).map_err(|fault| Error::new(format!("{}: {fault}", path.display())))?;
        }
        let opened = if self.opened.insert(identity(path)) { self.open(path, true)? } else { None };
        Ok(opened)
    }

    /// Opens a file that a folder has, if it may be a template. One that cannot be read is a note.
    pub fn met(&mut self, path: &Path) -> Option<Template> {
        if self.off || !self.opened.insert(identity(path)) {
            return None;
        }
        if self.looked >= MAX_LOOKED {
            if self.looked == MAX_LOOKED {
                self.looked += 1;
                self.notes.push(format!("over {MAX_LOOKED} files may be templates; the rest was not searched"));
            }
            return None;
        }
        match self.open(path, false) {
            Ok(template) => template,
            Err(error) => {
                self.notes.push(format!("not read as a template: {error}"));
                None
            }
        }
    }

    /// The templates in the folders from a Dockerfile or an archive up to the root of its repository.
    pub fn above(&mut self, file: &Path) -> Vec<Template> {
        let mut found = Vec::new();
        for folder in if self.off { Vec::new() } else { locate::upward(file) } {
            if !self.seen.insert(folder.clone()) {
                break;
            }
            let listed = self.listed.entry(folder.clone()).or_insert_with_key(|folder| Listed::of(folder));
            let paths: Vec<PathBuf> = listed.templates.iter().map(|name| folder.join(name)).collect();
            for path in paths {
                if self.upward == MAX_UPWARD {
                    return found;
                }
                self.upward += 1;
                found.extend(self.met(&from_here(&path)));
            }
        }
        found
    }

    /// `true` if a file of Compose above a Dockerfile gives its image a command, or builds another image on it.
    pub fn started_by_others(&mut self, dockerfile: &Path) -> bool {
        let Ok(real) = dockerfile.canonicalize() else { return false };
        for folder in if self.off { Vec::new() } else { locate::upward(dockerfile) } {
            let built = self.built_in(folder);
            let own = || built.iter().filter(|one| one.dockerfile == real);
            let names: Vec<&str> = own().filter_map(|one| one.image.as_deref()).collect();
            let others = built.iter().filter(|one| one.dockerfile != real && !names.is_empty());
            if own().any(|one| one.command) || others.into_iter().any(|other| stands_on(&other.dockerfile, &names)) {
                return true;
            }
        }
        false
    }

    fn built_in(&mut self, folder: PathBuf) -> &[Built] {
        let listed = self.listed.entry(folder.clone()).or_insert_with_key(|folder| Listed::of(folder));
        self.built.entry(folder).or_insert_with_key(|folder| images_of(folder, &listed.builders))
    }

    /// The build context of a Dockerfile, if files of Compose or bake above it build it, and all of them from there.
    pub fn built_from(&mut self, dockerfile: &Path) -> Option<PathBuf> {
        let folders = if self.off { Vec::new() } else { locate::upward(dockerfile) };
        let root = folders.last()?.clone();
        let real = dockerfile.canonicalize().ok()?;
        let mut contexts = BTreeSet::new();
        for folder in folders {
            let built = self.built_in(folder);
            contexts.extend(built.iter().filter(|one| one.dockerfile == real).map(|one| one.context.clone()));
        }
        let context = contexts.pop_first().filter(|context| contexts.is_empty() && context.starts_with(&root))?;
        Some(from_here(&context))
    }

    /// A program near a Dockerfile that makes functions of images and gives them commands. Which image gets which, only
    /// running it tells.
    pub fn program_with_commands(&mut self, dockerfile: &Path) -> Option<PathBuf> {
        if self.off {
            return None;
        }
        let folder = folder_of(dockerfile).to_path_buf();
        self.programs.entry(folder).or_insert_with(|| program_with_commands(dockerfile)).clone()
    }

    fn text(&self, file: &Path) -> Result<Vec<u8>, Error> {
        let whole = || std::path::absolute(file).unwrap_or_else(|_| file.to_path_buf());
        let held = if self.texts.is_empty() { None } else { self.texts.get(&whole()) };
        match held.filter(|text| text.len() as u64 <= MAX_BYTES) {
            Some(text) => Ok(text.clone()),
            None => read_file(file, MAX_BYTES),
        }
    }

    fn open(&mut self, path: &Path, named: bool) -> Result<Option<Template>, Error> {
        let name = name_of(path);
        let terraform = template::is_terraform(&name);
        let shown = if terraform { folder_of(path) } else { path };
        let mut files = Vec::new();
        let mut module_bytes = 0;
        let paths = if terraform { beside(path, template::is_terraform) } else { vec![path.to_path_buf()] };
        for file in paths {
            self.looked += 1;
            let bytes = self.text(&file)?;
            module_bytes += bytes.len();
            if module_bytes > MAX_MODULE_BYTES {
                return Err(Error::new(format!("{}: over {MAX_MODULE_BYTES} bytes of Terraform", shown.display())));
            }
            files.push((file.display().to_string(), bytes));
        }
        if !named && !files.iter().any(|(_, bytes)| template::looks_like_template(&name, bytes)) {
            return Ok(None);
        }
        if name.ends_with(".template.json") {
            for manifest in beside(path, |name| name.ends_with(".assets.json")) {
                files.push((manifest.display().to_string(), read_file(&manifest, MAX_BYTES)?));
            }
        }
        let count = files.len();
        let read = template::read(&shown.display().to_string(), files, self.docs);
        self.docs += count;
        let mut read = read.map_err(|fault| Error::new(format!("{}: {fault}", path.display())))?;
        read.iter_mut().for_each(locate::all);
        Ok(read.filter(|template| !template.functions.is_empty() || !template.pushes.is_empty()))
    }
}

/// `true` if a file's name says that it may be a template, a workflow or a script.
pub fn is_candidate(name: &str) -> bool {
    may_be(name) || template::is_script(name)
}

/// The images that files of Compose and bake in a folder build.
fn images_of(folder: &Path, builders: &[OsString]) -> Vec<Built> {
    let mut images = Vec::new();
    let files = builders.iter().map(|name| folder.join(name)).filter(|path| is_file(path));
    for file in files.take(MAX_BUILDERS) {
        let bytes = read_file(&file, MAX_BYTES).unwrap_or_default();
        for builder in template::builders(&name_of(&file), &bytes).into_iter().take(MAX_BUILDERS) {
            let context = plain(&folder.join(builder.context));
            let dockerfile = plain(&context.join(builder.dockerfile));
            let (image, command) = (builder.image, builder.command);
            images.extend(dockerfile.canonicalize().ok().map(|dockerfile| Built {
                dockerfile,
                context,
                image,
                command,
            }));
        }
    }
    images
}

fn is_program(name: &str) -> bool {
    [".ts", ".js", ".mjs", ".py", ".go", ".java", ".cs"].iter().any(|ending| name.ends_with(ending))
}

/// The workflows that services look for in hidden folders of a repository.
pub(super) fn workflows(folder: &Path) -> Vec<PathBuf> {
    let github = names(&folder.join(".github/workflows")).into_iter();
    let others = [".gitlab-ci.yml", ".circleci/config.yml"].into_iter().map(|name| folder.join(name));
    let yaml = |path: &PathBuf| [".yml", ".yaml"].iter().any(|end| name_of(path).ends_with(end)) && is_file(path);
    github.chain(others).filter(yaml).collect()
}

fn is_file(path: &Path) -> bool {
    std::fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_file())
}

fn program_with_commands(dockerfile: &Path) -> Option<PathBuf> {
    const BESIDE: &[&str] = &["", "cdk", "infra", "infrastructure", "lib", "stacks", "deploy", "cdk/lib", "infra/lib"];
    let folders = locate::upward(dockerfile);
    let folders = folders.iter().flat_map(|folder| BESIDE.iter().map(move |name| folder.join(name)));
    let programs = folders.flat_map(|folder| names(&folder)).filter(|path| is_program(&name_of(path)) && is_file(path));
    let found = programs.take(MAX_PROGRAMS).find(|path| {
        let bytes = read_file(path, MAX_PROGRAM).unwrap_or_default();
        let has = |words: &[&str]| words.iter().any(|word| memchr::memmem::find(&bytes, word.as_bytes()).is_some());
        has(IMAGE_CODE) && has(COMMAND)
    });
    found.map(|path| from_here(&path))
}

/// `true` if a file's name says that it may be a template.
fn may_be(name: &str) -> bool {
    let ends = |endings: &[&str]| endings.iter().any(|ending| name.ends_with(ending));
    template::is_terraform(name)
        || ends(&[".yaml", ".yml", ".template", ".template.json"])
        || (name.starts_with("template") && ends(&[".json"]))
}

/// The templates that a CDK application has synthesized: `cdk.out` beside `cdk.json`, which Git ignores.
pub(super) fn synthesized(cdk_json: &Path) -> Vec<PathBuf> {
    let out = cdk_json.with_file_name("cdk.out");
    let all = names(&out);
    let nested = all.iter().filter(|path| name_of(path).starts_with("assembly-")).flat_map(|path| names(path));
    let templates = |path: &PathBuf| name_of(path).ends_with(".template.json");
    all.iter().cloned().chain(nested).filter(templates).collect()
}

/// What a folder has, sorted.
fn names(folder: &Path) -> Vec<PathBuf> {
    let mut names: Vec<_> = entries(folder).collect();
    names.sort_unstable();
    names.into_iter().map(|name| folder.join(name)).collect()
}

/// The names in a folder, as the system has them.
fn entries(folder: &Path) -> impl Iterator<Item = OsString> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok).take(MAX_NAMES);
    entries.map(|entry| entry.file_name())
}

/// A path as seen from the current folder.
fn from_here(path: &Path) -> PathBuf {
    let here = std::env::current_dir().unwrap_or_default();
    path.strip_prefix(&here).unwrap_or(path).to_path_buf()
}

/// What a path is opened as: all of Terraform's files of a folder are one.
fn identity(path: &Path) -> PathBuf {
    let path = if template::is_terraform(&name_of(path)) { folder_of(path) } else { path };
    path.canonicalize().unwrap_or_else(|_| path.to_path_buf())
}

/// The files of a folder whose names fit, sorted, the one that was named first.
fn beside(path: &Path, fits: impl Fn(&str) -> bool) -> Vec<PathBuf> {
    let folder = folder_of(path);
    let entries = std::fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    let mut names: Vec<String> = entries
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_file()))
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| fits(name))
        .take(MAX_FILES)
        .collect();
    names.sort();
    // `./main.tf` reads worse than `main.tf`.
    let join = |name: String| if folder == Path::new(".") { PathBuf::from(name) } else { folder.join(name) };
    names.into_iter().map(join).collect()
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
