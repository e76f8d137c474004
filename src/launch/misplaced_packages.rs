//! Packages of a saved image that lie where the language does not look for them.

use super::interpreter::{has_module, opens};
use super::{HandlerFile, Launch};
use crate::image::{EntryKind, FileAt, Image, Node, Resolution};
use crate::path::under;
use crate::python::Summary;
use std::collections::BTreeSet;

/// Packages that are in one folder and in none that is looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MisplacedPackages {
    /// The folder.
    pub folder: String,
    /// Their names.
    pub names: Vec<String>,
    /// The one of them that the handler imports.
    pub imported: Option<String>,
}

/// What only installs other packages, or belongs to a virtual environment itself.
const TOOLS: &[&str] = &[
    "pip",
    "setuptools",
    "wheel",
    "pkg_resources",
    "_distutils_hack",
    "_virtualenv",
    "poetry",
    "pipenv",
    "uv",
    "pdm",
    "virtualenv",
    "pipx",
    "bundler",
    "rake",
];

impl Launch<'_> {
    /// The folders in which the Python of a saved image looks for modules; `None` where that is not known.
    fn python_folders(&self, image: &Image) -> Option<Vec<String>> {
        if !self.starts_lambda_entrypoint() {
            return self.python_path().filter(|path| !path.open).map(|path| path.folders);
        }
        if self.base.family != Some("python") || self.env("AWS_LAMBDA_EXEC_WRAPPER").is_some() {
            return None;
        }
        let mut folders: Vec<String> = ["/var/task", "/opt/python", "/var/runtime"].map(str::to_owned).to_vec();
        // Beside them lie the interpreter's libraries: `libpython3.13.so.1.0` is not a folder of modules.
        for lib in ["/var/lang/lib", "/opt/python/lib"] {
            let names = image.files.children(lib).map(|(name, _)| String::from_utf8_lossy(name).into_owned());
            let versions = names.filter(|name| name.starts_with("python3.")).map(|name| format!("{lib}/{name}"));
            folders.extend(versions.flat_map(|at| [format!("{at}/site-packages"), at]));
        }
        folders.extend(self.listed("PYTHONPATH").into_iter().map(str::to_owned));
        (!folders.iter().any(|folder| opens(image, folder))).then_some(folders)
    }

    /// Python packages of a saved image in folders of a kind that is not looked at: `venv` for virtual environments,
    /// else those of `pip install --user`.
    pub fn stray_python(&self, venv: bool) -> Option<MisplacedPackages> {
        let image = self.image.filter(|image| image.is_whole())?;
        let looked = self.python_folders(image)?;
        let kept =
            ["HOME", "PYTHONUSERBASE"].iter().filter_map(|name| self.env(name)?.value()).any(|home| home != "/tmp");
        let handler = self.handler_file().and_then(|file| module_of(image, file));
        // The handler may look elsewhere by itself.
        if (kept && !venv) || handler.is_some_and(|handler| handler.doubts.path) {
            return None;
        }
        let folders = image.files.called(|name| name == "site-packages");
        let folders = folders.filter(|file| file.kind == EntryKind::Directory).map(FileAt::path);
        let of_kind = |path: &String| {
            let Some((prefix, rest)) = path.rsplit_once("/lib") else { return false };
            let library = rest.trim_start_matches("64").starts_with("/python3") && rest.ends_with("/site-packages");
            let user = prefix.ends_with("/.local");
            let made = || {
                matches!(prefix.rsplit('/').next(), Some(".venv" | "venv"))
                    || image.files.has(&format!("{prefix}/pyvenv.cfg"))
            };
            library && !looked.iter().any(|folder| folder == path) && if venv { !user && made() } else { user }
        };
        folders.filter(of_kind).find_map(|folder| {
            let modules: BTreeSet<String> = image.files.children(&folder).filter_map(module).collect();
            let own = modules.into_iter().filter(|name| !TOOLS.contains(&name.as_str()));
            let (found, names): (Vec<String>, Vec<String>) =
                own.partition(|name| looked.iter().any(|at| has_module(image, at, name)));
            let imported =
                names.iter().find(|name| handler.is_some_and(|handler| handler.always_imports(name))).cloned();
            // Where some are in their place too, the function's own were installed, and these are left over.
            if !found.is_empty() && imported.is_none() {
                return None;
            }
            (!names.is_empty()).then_some(MisplacedPackages { folder, names, imported })
        })
    }

    /// Gems of a saved image on AWS's Ruby base that no setting leads to.
    pub fn stray_gems(&self) -> Option<MisplacedPackages> {
        let image = self.image.filter(|image| image.is_whole())?;
        let told = ["BUNDLE_APP_CONFIG", "BUNDLE_GEMFILE", "RUBYLIB", "AWS_LAMBDA_EXEC_WRAPPER"];
        if self.base.family != Some("ruby")
            || !self.starts_lambda_entrypoint()
            || told.iter().any(|name| self.env(name).is_some())
        {
            return None;
        }
        let mut looked: Vec<&str> = vec![
            "/var/lang",
            "/var/runtime",
            "/opt/ruby",
            "/var/task/vendor/bundle",
            "/usr/share",
            "/usr/lib",
            "/usr/lib64",
        ];
        looked.extend(["GEM_HOME", "GEM_PATH", "BUNDLE_PATH"].iter().flat_map(|name| self.listed(name)));
        // Bundler's own settings lead anywhere.
        if ["/var/task/.bundle/config", "/usr/local/bundle/config"].iter().any(|path| image.files.has(path)) {
            return None;
        }
        let looked: Vec<String> = looked.into_iter().map(|folder| image.files.real(folder)).collect();
        let of_base = ["/var/lang", "/var/runtime", "/usr"].map(|folder| image.files.real(folder));
        let gems = image.files.called(|name| name.contains('-'));
        let gems = gems.filter(|file| file.kind == EntryKind::Directory).filter_map(|file| gem(&file.path()));
        let (found, stray): (Vec<_>, Vec<_>) =
            gems.partition(|(root, _)| looked.iter().any(|folder| under(root, folder)));
        let known: BTreeSet<&str> = found.iter().map(|(_, name)| name.as_str()).chain(TOOLS.iter().copied()).collect();
        let stray: Vec<&(String, String)> = stray.iter().filter(|(_, name)| !known.contains(name.as_str())).collect();
        // Where the function's own are in their place, others are left over.
        let own = |(root, _): &(String, String)| !of_base.iter().any(|base| under(root, base));
        if found.iter().any(own) {
            return None;
        }
        let (root, _) = stray.first()?;
        let names = stray.iter().filter(|(at, _)| at == root).map(|(_, name)| name.clone()).collect();
        Some(MisplacedPackages { folder: root.clone(), names, imported: None })
    }
}

/// The module that an entry of a folder of packages is.
fn module((name, node): (&[u8], &Node)) -> Option<String> {
    let name = String::from_utf8_lossy(name).into_owned();
    let folder = node.kind == EntryKind::Directory;
    if folder
        && (name.ends_with("-info") || name.starts_with("__") || matches!(name.as_str(), "bin" | "tests" | "test"))
    {
        return None;
    }
    if folder {
        return Some(name);
    }
    let code = [".py", ".so"].iter().any(|ending| name.ends_with(ending)) && !name.starts_with('_');
    name.split('.').next().filter(|_| code).map(str::to_owned)
}

/// The root and the name of a gem's folder: `/x/gems/rack-3.1.0` lies below `/x`.
fn gem(path: &str) -> Option<(String, String)> {
    let (folder, name) = path.rsplit_once('/')?;
    let root = folder.strip_suffix("/gems")?;
    let at = name.match_indices('-').find(|(at, _)| name[at + 1..].starts_with(|c: char| c.is_ascii_digit()))?.0;
    Some((root.to_owned(), name[..at].to_owned()))
}

fn module_of<'a>(image: &'a Image, file: &HandlerFile) -> Option<&'a Summary> {
    match image.files.resolve(file.found.as_ref()?) {
        Resolution::Found(node, _) => node.facet.as_deref()?.module(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::gem;

    #[test]
    fn gems_by_their_folder() {
        assert_eq!(gem("/x/gems/aws-sdk-s3-1.2.3"), Some(("/x".into(), "aws-sdk-s3".into())));
        assert_eq!(gem("/x/gems/rack"), None);
    }
}
