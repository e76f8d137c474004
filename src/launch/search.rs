//! Where a runtime looks for the file of a handler, and whether a COPY may bring it.

use super::copy::Copied;
use super::handler::{Handler, Language};
use crate::path::{last, under};

/// Where a runtime looks for the file of a handler.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Search {
    /// The folders it looks in, the usual one first.
    pub roots: Vec<String>,
    /// Folders with further folders on its path: whatever goes there may be it.
    pub loose: Vec<String>,
    /// The file below a root, without its ending; `None` where any file with the right ending may hold it.
    pub stem: Option<String>,
    /// The endings of files that may hold it, the usual one first.
    pub endings: &'static [&'static str],
}

impl Search {
    /// Works out file and endings; `None` for a handler that names no file to look for.
    pub(super) fn name(&mut self, handler: &Handler) -> Option<()> {
        let text = handler.text.as_str();
        let plain = |stem: &str| !stem.is_empty() && !stem.contains("..") && !stem.contains(char::is_whitespace);
        match handler.language {
            Language::Python => {
                self.stem = Some(text.rsplit_once('.')?.0.replace('.', "/"));
                self.endings = &[".py", ".pyc", ".so"];
            }
            Language::Node => {
                let folder = text.rfind('/').map_or(0, |at| at + 1);
                let dot = folder + text.get(folder..)?.find('.')?;
                let stem = text.get(..dot)?.trim_start_matches("./");
                // What npm installs is not seen.
                if stem.contains("node_modules") || stem.starts_with('@') {
                    return None;
                }
                if stem.starts_with('/') {
                    self.roots = vec![String::from("/")];
                }
                self.stem = Some(stem.trim_start_matches('/').to_owned());
                self.endings = &[".js", ".mjs", ".cjs"];
            }
            Language::Ruby => {
                self.stem = Some(text.split_once('.')?.0.to_owned());
                self.endings = &[".rb"];
            }
            Language::Java if handler.by_base => self.endings = &[".jar", ".class", ".zip"],
            Language::Dotnet if handler.by_base => self.endings = &[".dll", ".exe"],
            // The class path stands in front of the client's class, or in a script.
            Language::Java | Language::Dotnet => return None,
        }
        self.stem.as_deref().is_none_or(|stem| plain(stem) && !stem.starts_with('/')).then_some(())
    }

    /// The path it is looked for at, as far as there is one.
    pub fn path(&self) -> String {
        let root = self.roots.first().map_or("", String::as_str).trim_end_matches('/');
        let ending = self.endings.first().copied().unwrap_or_default();
        match &self.stem {
            Some(stem) => format!("{root}/{stem}{ending}"),
            None => root.to_owned(),
        }
    }

    /// Whether a folder, and what is in it, has anything to do with where the runtime looks.
    pub fn touches(&self, folder: &str) -> bool {
        self.roots.iter().chain(&self.loose).any(|root| under(root, folder) || under(folder, root))
    }

    /// Whether a file of this name would be the handler's, or could hold it.
    pub fn is_called(&self, name: &str) -> bool {
        match &self.stem {
            Some(stem) => last(name).split('.').next() == Some(last(stem)),
            None => self.endings.iter().any(|ending| name.ends_with(ending)),
        }
    }

    /// Whether a COPY or ADD can put the file in its place; `true` where it cannot be told.
    pub fn may_come_from(&self, copied: &Copied<'_, '_>) -> bool {
        let Some(to) = copied.destination.as_deref() else { return true };
        let sources = || copied.sources.iter().map(|(source, _)| source.as_deref());
        let all_files = sources().all(|source| source.is_some_and(|source| is_one_file(source, copied.add)));
        if self.loose.iter().any(|folder| under(to, folder) || (under(folder, to) && !all_files)) {
            return true;
        }
        self.roots.iter().any(|root| {
            let Some(stem) = &self.stem else {
                let near = under(to, root) || under(root, to);
                return near
                    && sources().any(|source| {
                        source.is_none_or(|source| !is_one_file(source, copied.add) || self.is_called(source))
                            || self.is_called(to)
                    });
            };
            let target = format!("{}/{stem}", root.trim_end_matches('/'));
            if under(to, &target) || to.strip_prefix(target.as_str()).is_some_and(|rest| rest.starts_with('.')) {
                return true;
            }
            let folder = to.trim_end_matches('/');
            let Some(rest) = target.strip_prefix(folder).and_then(|rest| rest.strip_prefix('/')) else { return false };
            sources().any(|source| source.is_none_or(|source| brings(source, rest, copied.add)))
        })
    }
}

/// Files without an ending that are nobody's code, and beginnings of such names.
const NO_CODE: &[&str] = &[
    "Pipfile",
    "Gemfile",
    "Makefile",
    "Dockerfile",
    "LICENSE",
    "README",
    "NOTICE",
    "Procfile",
    "Rakefile",
    "requirements",
    "package",
    ".npmrc",
    ".yarnrc",
    ".env",
    ".nvmrc",
    ".python-version",
    ".ruby-version",
    ".dockerignore",
    ".bundle",
];

/// Whether a source is one file that is not unpacked: a name with a short ending, or one of a known kind.
fn is_one_file(source: &str, add: bool) -> bool {
    let name = last(source);
    if source.starts_with("<<") {
        return true;
    }
    if source.ends_with('/') || source.contains(".git") || name.contains('[') {
        return false;
    }
    if NO_CODE.iter().any(|known| name.starts_with(known)) && !name.contains('/') {
        return true;
    }
    let ending = name.rsplit_once('.').filter(|(stem, _)| !stem.is_empty()).map_or("", |(_, ending)| ending);
    let short = (1..=5).contains(&ending.len())
        && ending.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        && ending.bytes().any(|byte| byte.is_ascii_lowercase());
    let unpacked = matches!(ending, "tar" | "gz" | "tgz" | "xz" | "txz" | "bz2" | "tbz2" | "zst");
    short && !(add && unpacked)
}

/// Whether a source, copied into a folder, may bring `app/main.…` of it.
fn brings(source: &str, rest: &str, add: bool) -> bool {
    if !is_one_file(source, add) {
        return true;
    }
    let name = last(source);
    // One file lands in the folder itself, or is the folder's name.
    if rest.contains('/') {
        return false;
    }
    let (stem, ending) = name.split_once('.').unwrap_or((name, ""));
    match stem.split_once(['*', '?']) {
        Some((before, after)) => {
            let behind = after.rsplit(['*', '?']).next().unwrap_or_default();
            rest.starts_with(before) && rest.ends_with(behind)
        }
        // `*.py` has its star in front of the dot; `app.*` behind it.
        None => stem == rest || (stem.is_empty() && ending.contains('*')),
    }
}

#[cfg(test)]
mod tests {
    use super::{brings, is_one_file};

    #[test]
    fn what_sources_bring() {
        assert!(brings("src/app.py", "app", false) && brings("*.py", "app", false) && brings("a*.py", "app", false));
        assert!(brings("src", "app", false) && brings("src/*", "app", false) && brings(".", "app/main", false));
        assert!(!brings("package*.json", "index", false) && !brings("app.py", "app/main", false));
        assert!(!brings("requirements.txt", "app", false) && !brings("Pipfile*", "app", false));
        assert!(brings("code.tar.gz", "app", true) && !brings("code.tar.gz", "app", false));
    }

    #[test]
    fn names_of_files() {
        assert!(is_one_file("poetry.lock", false) && is_one_file("<<EOF", false));
        assert!(!is_one_file("Company.Api", false) && !is_one_file("v1.2", false) && !is_one_file("src.d/", false));
    }
}
