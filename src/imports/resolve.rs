//! Where Node finds a module: its algorithms for `require` and `import`, as its documentation has them.

use super::Stands;
use super::node::{NodeSearch, NodeTree, PackageAt};
use crate::facts;
use crate::node::{Kind, Package};
use crate::path::clean;
use serde_json::Value;

/// Maximum number of folders looked at upwards.
const MAX_UP: usize = 64;
/// How deep conditions in `exports` may be nested.
const MAX_CONDITIONS: usize = 16;
/// Endings that `require` tries.
const ENDINGS: [&str; 3] = [".js", ".json", ".node"];

/// What a specifier leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Resolved {
    /// A file, by its real path.
    File(String),
    /// Part of Node, or what is not looked at.
    Unseen,
    /// A file that is not there, and one of that name with an ending.
    NoFile(Option<String>),
    /// A package that is nowhere.
    NoPackage(String),
    /// The package is there, and what is asked for is not in it.
    NotInPackage(String),
}

pub(super) struct Resolver<'a> {
    pub(super) tree: &'a dyn NodeTree,
    pub(super) search: &'a NodeSearch,
}

impl Resolver<'_> {
    fn is_file(&self, path: &str) -> bool {
        self.tree.stands(path) == Stands::File
    }

    fn is_folder(&self, path: &str) -> bool {
        self.tree.stands(path) == Stands::Folder
    }

    fn found(&self, path: &str) -> Resolved {
        Resolved::File(self.tree.real(path))
    }

    /// A file, or one with an ending that `require` tries.
    fn as_file(&self, path: &str) -> Option<String> {
        let with = |ending: &str| format!("{path}{ending}");
        std::iter::once(path.to_owned()).chain(ENDINGS.map(with)).find(|path| self.is_file(path))
    }

    /// What a folder stands for: its `main`, or its index. `Err` where its description was not read.
    fn as_folder(&self, path: &str) -> Result<Option<String>, ()> {
        if !self.is_folder(path) {
            return Ok(None);
        }
        let main = match self.tree.package(path) {
            PackageAt::Unread => return Err(()),
            PackageAt::Read(package) => package.main.clone().filter(|main| !main.is_empty()),
            PackageAt::None => None,
        };
        let index = |folder: &str| {
            ENDINGS.iter().map(|ending| format!("{folder}/index{ending}")).find(|path| self.is_file(path))
        };
        let main = main.map(|main| clean(&format!("{path}/{main}")));
        let main = main.and_then(|main| self.as_file(&main).or_else(|| index(&main)));
        Ok(main.or_else(|| index(path)))
    }

    /// The nearest description above a file.
    pub(super) fn scope(&self, file: &str) -> Option<(String, PackageAt<'_>)> {
        let mut folder = file;
        for _ in 0..MAX_UP {
            folder = folder.rsplit_once('/')?.0;
            if folder.ends_with("/node_modules") {
                return None;
            }
            match self.tree.package(folder) {
                PackageAt::None => {}
                package => return Some((folder.to_owned(), package)),
            }
        }
        None
    }

    pub(super) fn resolve(&self, specifier: &str, from: &str, kind: Kind) -> Resolved {
        if facts::is_node_module(specifier) || specifier.is_empty() {
            return Resolved::Unseen;
        }
        let scheme =
            specifier.split_once(':').is_some_and(|(scheme, _)| scheme.bytes().all(|b| b.is_ascii_alphanumeric()));
        // A query belongs to the module's address and not to its file; an escape in it is decoded.
        if scheme || (kind == Kind::Import && specifier.contains(['?', '#', '%']) && !specifier.starts_with('#')) {
            return Resolved::Unseen;
        }
        let relative = ["./", "../", "/"].iter().any(|start| specifier.starts_with(start));
        if relative || matches!(specifier, "." | "..") {
            return self.relative(specifier, from, kind);
        }
        if specifier.starts_with('#') {
            return self.private(specifier, from, kind);
        }
        let name_end = specifier.match_indices('/').nth(usize::from(specifier.starts_with('@')));
        let (name, rest) = name_end.map_or((specifier, ""), |(at, _)| (&specifier[..at], &specifier[at..]));
        if name.contains(['\\', '%']) || name.starts_with('.') {
            return Resolved::Unseen;
        }
        self.package(name, &format!(".{rest}"), from, kind)
    }

    fn relative(&self, specifier: &str, from: &str, kind: Kind) -> Resolved {
        let folder = from.rsplit_once('/').map_or("", |(folder, _)| folder);
        let path = if specifier.starts_with('/') { clean(specifier) } else { clean(&format!("{folder}/{specifier}")) };
        if kind == Kind::Import {
            if self.is_file(&path) {
                return self.found(&path);
            }
            let near = self.as_file(&path).or_else(|| self.as_folder(&path).ok().flatten());
            return Resolved::NoFile(near);
        }
        let file = if specifier.ends_with('/') { None } else { self.as_file(&path) };
        match file.map_or_else(|| self.as_folder(&path), |file| Ok(Some(file))) {
            Ok(Some(file)) => self.found(&file),
            Ok(None) => Resolved::NoFile(None),
            Err(()) => Resolved::Unseen,
        }
    }

    /// `#name`, by the `imports` of the package that the file belongs to.
    fn private(&self, specifier: &str, from: &str, kind: Kind) -> Resolved {
        let Some((folder, PackageAt::Read(package))) = self.scope(from) else { return Resolved::Unseen };
        let Some(imports) = &package.imports else { return Resolved::NoFile(None) };
        match self.mapped(&folder, imports, specifier, kind) {
            Some(Mapped::File(path)) if self.is_file(&path) => self.found(&path),
            Some(Mapped::File(_)) | None => Resolved::NoFile(None),
            Some(Mapped::Other) => Resolved::Unseen,
        }
    }

    fn package(&self, name: &str, part: &str, from: &str, kind: Kind) -> Resolved {
        // A package may ask for itself by its own name.
        if let Some((folder, PackageAt::Read(own))) = self.scope(from)
            && own.name == name
            && let Some(exports) = &own.exports
        {
            return self.exported(&folder, exports, name, part, kind);
        }
        let mut there = None;
        for folder in self.folders(from) {
            let path = format!("{folder}/{name}");
            if !self.is_folder(&path) {
                // `node_modules/name.js` is a package too.
                if kind == Kind::Require
                    && part == "."
                    && let Some(file) = self.as_file(&path)
                {
                    return self.found(&file);
                }
                continue;
            }
            let package: Option<&Package> = match self.tree.package(&path) {
                PackageAt::Unread => return Resolved::Unseen,
                PackageAt::Read(package) => Some(package),
                PackageAt::None => None,
            };
            if let Some(exports) = package.and_then(|package| package.exports.as_ref()) {
                return self.exported(&path, exports, name, part, kind);
            }
            match self.inside(&path, part, kind) {
                Some(resolved) => return resolved,
                // `import` stops at the first folder of that name, `require` goes on.
                None if kind == Kind::Import => return Resolved::NotInPackage(missing_in(name, &path, part)),
                None => there = there.or(Some(path)),
            }
        }
        match there {
            Some(path) => Resolved::NotInPackage(missing_in(name, &path, part)),
            None => Resolved::NoPackage(name.to_owned()),
        }
    }

    /// A file of a package that has no `exports`.
    fn inside(&self, folder: &str, part: &str, kind: Kind) -> Option<Resolved> {
        let path = clean(&format!("{folder}/{part}"));
        let file = match (part, kind) {
            (".", _) => match self.as_folder(folder) {
                Ok(file) => file,
                Err(()) => return Some(Resolved::Unseen),
            },
            (_, Kind::Import) => Some(path).filter(|path| self.is_file(path)),
            (_, Kind::Require) => {
                match self.as_file(&path).map_or_else(|| self.as_folder(&path), |file| Ok(Some(file))) {
                    Ok(file) => file,
                    Err(()) => return Some(Resolved::Unseen),
                }
            }
        };
        file.map(|file| self.found(&file))
    }

    fn exported(&self, folder: &str, exports: &Value, name: &str, part: &str, kind: Kind) -> Resolved {
        match self.mapped(folder, exports, part, kind) {
            Some(Mapped::File(path)) if self.is_file(&path) => self.found(&path),
            Some(Mapped::File(path)) => Resolved::NotInPackage(format!("{name} is there, and {path} is not")),
            Some(Mapped::Other) => Resolved::Unseen,
            None => Resolved::NotInPackage(format!("the package.json of {name} exports no `{part}`")),
        }
    }

    /// The folders in which packages are looked for: upwards from the file, and then those of `NODE_PATH`.
    fn folders(&self, from: &str) -> Vec<String> {
        let mut folders = Vec::new();
        let mut folder = from;
        for _ in 0..MAX_UP {
            let Some((above, _)) = folder.rsplit_once('/') else { break };
            if !above.ends_with("/node_modules") {
                folders.push(format!("{above}/node_modules"));
            }
            folder = above;
        }
        folders.extend(self.search.folders.iter().cloned());
        folders
    }

    /// What `exports` or `imports` says of a part of a package.
    fn mapped(&self, folder: &str, map: &Value, part: &str, kind: Kind) -> Option<Mapped> {
        let is_parts =
            |value: &Value| value.as_object().is_some_and(|map| map.keys().any(|key| key.starts_with(['.', '#'])));
        if !is_parts(map) {
            return if part == "." { self.target(folder, map, None, kind, 0) } else { None };
        }
        let map = map.as_object()?;
        if let Some(target) = map.get(part).filter(|_| !part.contains('*')) {
            return self.target(folder, target, None, kind, 0);
        }
        // The longest pattern that fits is the one that counts.
        let mut best: Option<(&str, &Value, &str)> = None;
        for (key, target) in map {
            let fit = match key.split_once('*') {
                Some((head, tail)) => part
                    .strip_prefix(head)
                    .and_then(|rest| rest.strip_suffix(tail))
                    .filter(|matched| !matched.is_empty())
                    .map(|matched| (head, target, matched)),
                // An old form: everything in a folder.
                None if key.ends_with('/') => part.strip_prefix(key.as_str()).map(|rest| (key.as_str(), target, rest)),
                None => None,
            };
            if let Some(fit) = fit
                && best.is_none_or(|best| best.0.len() < fit.0.len())
            {
                best = Some(fit);
            }
        }
        let (_, target, matched) = best?;
        self.target(folder, target, Some(matched), kind, 0)
    }

    fn target(&self, folder: &str, target: &Value, matched: Option<&str>, kind: Kind, depth: usize) -> Option<Mapped> {
        if depth > MAX_CONDITIONS {
            return Some(Mapped::Other);
        }
        match target {
            Value::String(text) => {
                let path = match matched {
                    Some(matched) if text.contains('*') => text.replace('*', matched),
                    Some(matched) if text.ends_with('/') => format!("{text}{matched}"),
                    _ => text.clone(),
                };
                let inside = path.starts_with("./");
                Some(if inside { Mapped::File(clean(&format!("{folder}/{path}"))) } else { Mapped::Other })
            }
            Value::Array(list) => {
                let found = |target| self.target(folder, target, matched, kind, depth + 1);
                let all: Vec<Mapped> = list.iter().filter_map(found).collect();
                let there = |mapped: &&Mapped| matches!(mapped, Mapped::File(path) if self.is_file(path));
                all.iter().find(there).or(all.first()).cloned()
            }
            Value::Object(map) => {
                let own = if kind == Kind::Import { "import" } else { "require" };
                let mut first = None;
                for (condition, target) in map {
                    let holds = ["default", "node", "node-addons", "module-sync", own].contains(&condition.as_str())
                        || self.search.conditions.contains(condition);
                    let found = if holds { self.target(folder, target, matched, kind, depth + 1) } else { None };
                    match found {
                        // Older versions do not know this condition, and go on.
                        Some(Mapped::File(path)) if condition == "module-sync" && !self.is_file(&path) => {
                            first = first.or(Some(Mapped::File(path)));
                        }
                        Some(found) => return Some(found),
                        None => {}
                    }
                }
                first
            }
            _ => None,
        }
    }
}

#[derive(Clone, Debug)]
enum Mapped {
    /// A file of the package.
    File(String),
    /// Another package, or what is not followed.
    Other,
}

fn missing_in(name: &str, path: &str, part: &str) -> String {
    match part {
        "." => format!("{path} is there, and has neither a `main` that is there nor an index.js"),
        _ => format!("{name} is there, and {} is not in it", part.trim_start_matches("./")),
    }
}
