//! Where a runtime looks for the file of a handler.

use super::handler::{Handler, Language};
use crate::path::{last, under};

/// Where a runtime looks for the file of a handler.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Search {
    /// The folders it looks in, the usual one first.
    pub roots: Vec<String>,
    /// Folders with further folders on its path: anything that goes there may be it.
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
}
