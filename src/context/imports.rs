//! What the handler imports, as far as the build context shows it: read once, before any rule runs.

use super::copied::Layout;
use super::{Look, near};
use crate::imports::{Closure, Fault, NodeSearch, Problem, Search, Start, Tree};
use crate::launch::context::Entry;
use crate::launch::limits;
use crate::launch::{
    Brought, Build, Doubt, Followed, Handler, Language, Launch, Left, Presence, Search as Wanted, Setting,
};
use crate::meter::{self, Work};
use crate::options::Folder;
use crate::path::clean;
use crate::python::summarise;
use std::cell::OnceCell;
use std::collections::BTreeMap;

/// Maximum number of descriptions of packages that are read.
const MAX_PACKAGES: usize = 512;
/// Of a base whose Python is not known, every version's modules count.
const ANY_VERSION: u32 = 0;
/// Files that list what is installed.
const LISTS: &[&str] = &["requirements.txt", "pyproject.toml", "Pipfile", "setup.py", "setup.cfg", "environment.yml"];

/// Follows the handler's imports through the files that COPY brings from the context, and gives what is found to the
/// launch.
pub fn follow(launch: &Launch<'_>, build: &Build<'_>, folder: &Folder) {
    let followed = build.context.as_ref().and_then(|_| followed(launch, build, folder));
    launch.set_imports(followed);
}

fn followed(launch: &Launch<'_>, build: &Build<'_>, folder: &Folder) -> Option<Followed> {
    let handler = launch.handler().filter(|_| launch.wants_handler() && launch.starts_plainly())?;
    let look = Look::new(folder);
    let cells: Vec<OnceCell<Option<crate::node::Package>>> = vec![OnceCell::new(); MAX_PACKAGES];
    let layout = Layout::of(build, &look, &cells);
    let roots = roots(launch, &handler)?;
    let near = near::find(launch, build, &layout, &handler);
    let closure = match handler.language {
        Language::Python => python(launch, &layout, &handler, &roots),
        Language::Node => node(launch, &layout, &handler, &roots),
        Language::Java | Language::Dotnet | Language::Ruby => return None,
    };
    let closure = if near.is_some() { closure.unwrap_or_default() } else { closure? };
    if layout.is_unsure() || meter::left(Work::Context) == 0 {
        return None;
    }
    let judge = Judge { build, layout: &layout, roots: &roots, language: handler.language };
    Some(Followed { near, ..judge.all(closure) })
}

/// The folders in which the handler is looked for.
fn roots(launch: &Launch<'_>, handler: &Handler) -> Option<Vec<String>> {
    let root = if handler.by_base { "/var/task".to_owned() } else { launch.workdir.value()?.clone() };
    let mut roots = vec![root.clone()];
    if handler.language == Language::Python {
        match launch.env("PYTHONPATH") {
            None => {}
            Some(setting) => {
                let folders = setting.value()?.split(':');
                let absolute = |folder: &str| format!("{root}/{folder}");
                roots.extend(
                    folders
                        .map(|folder| if folder.starts_with('/') { clean(folder) } else { clean(&absolute(folder)) }),
                );
            }
        }
    }
    Some(roots)
}

fn python(launch: &Launch<'_>, layout: &Layout<'_, '_>, handler: &Handler, roots: &[String]) -> Option<Closure> {
    let (module, function) = handler.text.rsplit_once('.')?;
    let module = module.replace('/', ".");
    let plain = |part: &str| !part.is_empty() && !part.contains(|c: char| c.is_whitespace() || "$:{".contains(c));
    if !module.split('.').chain([function]).all(plain) {
        return None;
    }
    let tag = launch.base.runtime.map(|runtime| runtime.tag);
    let minor = tag.and_then(|tag| tag.strip_prefix("3.")?.parse().ok()).unwrap_or(ANY_VERSION);
    let mut search = Search { minor, folders: roots.to_vec(), ..Search::default() };
    search.provided.push("distutils".to_owned());
    for folder in roots {
        let changes =
            |name: &String| name.ends_with(".pth") || matches!(name.as_str(), "sitecustomize.py" | "usercustomize.py");
        if Tree::names(layout, folder).iter().any(changes) {
            search.opens(|| format!("a path file in {folder}"));
        }
    }
    Some(Closure::of(layout, &search, &Start { module, function: function.to_owned() }))
}

fn node(launch: &Launch<'_>, layout: &Layout<'_, '_>, handler: &Handler, roots: &[String]) -> Option<Closure> {
    let text = handler.text.trim_start_matches("./");
    let folder = text.rfind('/').map_or(0, |at| at + 1);
    let (name, function) = text.get(folder..)?.split_once('.')?;
    let stem = clean(&format!("{}/{}{name}", roots.first()?, text.get(..folder)?));
    let files = [".js", ".mjs", ".cjs"].map(|ending| format!("{stem}{ending}"));
    let module = files.into_iter().find(|path| layout.at(path).is_some())?;
    let mut search = NodeSearch::default();
    if ["NODE_OPTIONS", "NODE_PATH"]
        .iter()
        .any(|name| launch.env(name).is_some_and(|set| !matches!(set, Setting::Unset)))
    {
        search.open = Some("NODE_OPTIONS or NODE_PATH is set".to_owned());
    }
    let start = Start { module, function: function.split('.').next()?.to_owned() };
    Some(Closure::of_node(layout, &search, &start))
}

/// Keeps what is certain of what was found.
struct Judge<'j> {
    build: &'j Build<'j>,
    layout: &'j Layout<'j, 'j>,
    roots: &'j [String],
    language: Language,
}

impl Judge<'_> {
    fn all(&self, mut closure: Closure) -> Followed {
        let place = |path: &String| Some((path.clone(), self.layout.at(path)?.0));
        let brought: BTreeMap<String, Brought> = closure
            .files
            .iter()
            .filter_map(place)
            .map(|(path, place)| (path, Brought { path: place.path, copy: place.copy }))
            .collect();
        // A file that a later step may have changed says nothing.
        let stays = |path: &String| {
            brought.get(path).is_some_and(|brought| self.build.stays(path, brought.copy, &self.layout.known))
        };
        let faults = std::mem::take(&mut closure.faults);
        let missing = |fault: &&Fault| matches!(fault.problem, Problem::Missing { .. });
        let not_copied = faults.iter().filter(missing).cloned().collect();
        let mut left: Vec<Left> = Vec::new();
        for fault in faults.into_iter().filter(|fault| stays(&fault.file)) {
            match &fault.problem {
                Problem::Missing { module, .. } => {
                    if left.iter().all(|known| known.module != *module) {
                        left.extend(self.left(&fault, module, &brought[&fault.file]));
                    }
                }
                Problem::Name { module, .. } if !stays(module) => {}
                Problem::Name { .. } | Problem::Relative { .. } => closure.faults.push(fault),
                Problem::Foreign { .. } => {}
            }
        }
        if !closure.file.as_ref().is_some_and(stays) {
            closure.no_function = None;
        }
        Followed { closure, brought, left, not_copied, near: None }
    }

    /// A missing module that lies in the context beside the file that imports it.
    fn left(&self, fault: &Fault, module: &str, brought: &Brought) -> Option<Left> {
        let path = match self.language {
            Language::Node => self.beside_node(module, brought)?,
            _ => self.beside(module, fault, brought)?,
        };
        let certain = self.certain(module, fault, &path)?;
        let ignored = self.layout.look.ignored.excludes(&path);
        let ignored = ignored.map(|(line, text)| (self.layout.look.ignored.name.clone(), line, text));
        Some(Left { fault: fault.clone(), module: module.to_owned(), path, ignored, certain })
    }

    fn exists(&self, path: &str) -> bool {
        matches!(self.layout.look.disk.lies(path), Entry::File)
    }

    /// The file of a Python module in the context: at the same place relative to the file, or to its package.
    fn beside(&self, module: &str, fault: &Fault, brought: &Brought) -> Option<String> {
        let tail = module.replace('.', "/");
        let folder = |path: &str| path.rsplit_once('/').map_or(String::new(), |(folder, _)| folder.to_owned());
        let own = folder(&brought.path);
        let root = self.roots.iter().find(|root| fault.file.starts_with(&format!("{root}/")))?;
        let depth = fault.file.strip_prefix(root.as_str())?.matches('/').count().saturating_sub(1);
        let mut above = own.clone();
        for _ in 0..depth {
            above = folder(&above);
        }
        // A submodule lies where the rest of its package does.
        let package = module.rsplit_once('.').and_then(|(package, leaf)| {
            let inside = format!("{root}/{}/__init__.py", package.replace('.', "/"));
            let (place, _) = self.layout.at(&inside)?;
            Some(format!("{}/{leaf}", folder(&place.path)))
        });
        let join = |folder: &str| if folder.is_empty() { tail.clone() } else { format!("{folder}/{tail}") };
        package.into_iter().chain([join(&above), join(&own)]).find_map(|stem| {
            let (file, init) = (format!("{stem}.py"), format!("{stem}/__init__.py"));
            if self.exists(&file) {
                return Some(file);
            }
            let code = || {
                let names = std::fs::read_dir(self.layout.look.folder.path.join(&stem))
                    .into_iter()
                    .flatten()
                    .take(limits::NAMES);
                names.flatten().any(|entry| entry.file_name().to_string_lossy().ends_with(".py"))
            };
            (self.exists(&init) || matches!(self.layout.look.disk.lies(&stem), Entry::Folder) && code()).then_some(stem)
        })
    }

    /// The file of a relative Node module in the context.
    fn beside_node(&self, specifier: &str, brought: &Brought) -> Option<String> {
        if !specifier.starts_with("./") && !specifier.starts_with("../") {
            return None;
        }
        let folder = brought.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        // What leads out of the context is not in it.
        if specifier.matches("../").count() > folder.split('/').filter(|part| !part.is_empty()).count() {
            return None;
        }
        let path = clean(&format!("/{folder}/{specifier}"));
        let stem = path.trim_start_matches('/');
        ["", ".js", ".json", ".mjs", ".cjs", "/index.js"]
            .iter()
            .map(|ending| format!("{stem}{ending}"))
            .find(|path| self.exists(path))
    }

    /// Whether nothing else can have brought a module; `None` where something may have.
    fn certain(&self, module: &str, fault: &Fault, path: &str) -> Option<bool> {
        let known = &self.layout.known;
        let sight = match self.language {
            Language::Node => {
                let folder = fault.file.rsplit_once('/')?.0;
                let stem = clean(&format!("{folder}/{module}")).trim_start_matches('/').to_owned();
                let wanted = Wanted {
                    roots: vec!["/".into()],
                    stem: Some(stem),
                    endings: &[".js", ".mjs", ".cjs", ".json"],
                    ..Wanted::default()
                };
                self.build.look_besides(&wanted, known)
            }
            _ => {
                let stem = Some(module.replace('.', "/"));
                let wanted =
                    Wanted { roots: self.roots.to_vec(), stem, endings: &[".py", ".pyc", ".so"], ..Wanted::default() };
                self.build.look_besides(&wanted, known)
            }
        };
        match (sight.presence, sight.doubt) {
            (Presence::Absent, _) => Some(true),
            (_, Doubt::System) => Some(false),
            (_, Doubt::Listed) => self.unlisted(module, fault, path),
            _ => None,
        }
    }

    /// Where a list names what is installed: whether it does not name the module, and the module has what is asked for.
    fn unlisted(&self, module: &str, fault: &Fault, path: &str) -> Option<bool> {
        let top = module.split('.').next().unwrap_or_default();
        let fold = |text: &str| text.to_ascii_lowercase().replace(['-', '.'], "_");
        let wanted = fold(top);
        let lists: Vec<Vec<u8>> = LISTS.iter().filter_map(|name| self.layout.text(name)).collect();
        let words = |text: &[u8]| -> Vec<String> {
            let text = String::from_utf8_lossy(text).into_owned();
            let part = |c: char| !(c.is_alphanumeric() || "-_.".contains(c));
            text.split(part).map(fold).collect()
        };
        if lists.iter().any(|list| words(list).iter().any(|word| word.contains(&wanted))) {
            return None;
        }
        let file = if path.ends_with(".py") { path.to_owned() } else { format!("{path}/__init__.py") };
        let summary = self.layout.text(&file).map(|text| summarise(&text));
        let asked = fault.written.split_once(" import ").map(|(_, names)| names).unwrap_or_default();
        let binds = summary.is_some_and(|summary| {
            !asked.is_empty() && !summary.doubts.unread && asked.split(", ").all(|name| summary.binds(name))
        });
        Some(!lists.is_empty() && binds)
    }
}
