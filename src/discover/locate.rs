//! Where the images of a template's functions are built, looked up on the disk once.

use crate::context;
use crate::dockerfile::Dockerfile;
use crate::launch::Build;
use crate::options::Options;
use crate::path::plain;
use crate::source::read_file;
use crate::template::{BuildPaths, Function, Image, Located, Missing, Template, Tool};
use std::path::{Path, PathBuf};

/// Maximum folders upward from a template or a Dockerfile to the root of the repository.
const MAX_UPWARD: usize = 32;
/// Maximum length of `samconfig.toml` in bytes.
const MAX_SAMCONFIG: u64 = 256 * 1024;

/// Looks up every function of a template.
pub(super) fn all(template: &mut Template) {
    let located: Vec<Located> = template.functions.iter().map(|function| one(template, function)).collect();
    for (function, located) in template.functions.iter_mut().zip(located) {
        function.located = located;
    }
    let folder = template.files.first().map(|file| ran_in(Path::new(&file.path))).unwrap_or_default();
    for push in &mut template.pushes {
        push.deployed |= push.from.as_ref().is_some_and(|from| is_for_lambda(&folder, from));
    }
    template.pushes.retain(|push| push.deployed);
}

/// The folder that the commands of a file run in: that of the repository for a workflow, and of a script its own.
fn ran_in(file: &Path) -> PathBuf {
    let own = file.parent().unwrap_or(Path::new(""));
    let hidden = |path: &Path| path.ends_with(".github/workflows") || path.ends_with(".circleci");
    match own.ancestors().find(|folder| hidden(folder)) {
        Some(folder) => {
            let up = if folder.ends_with(".circleci") { 1 } else { 2 };
            folder.ancestors().nth(up).unwrap_or(Path::new("")).to_owned()
        }
        None => own.to_owned(),
    }
}

/// `true` if a Dockerfile of the repository is that of a function.
fn is_for_lambda(folder: &Path, (context, dockerfile): &(String, String)) -> bool {
    let root = repository(folder);
    let candidates = [dockerfile.clone(), format!("{context}/{dockerfile}")];
    candidates.iter().map(|path| plain(&folder.join(path))).find(|path| path.is_file()).is_some_and(|path| {
        let inside = absolute(&path).starts_with(&root);
        let bytes = if inside { read_file(&path, super::MAX_DOCKERFILE).unwrap_or_default() } else { Vec::new() };
        let dockerfile = Dockerfile::read(bytes);
        Build::new(&dockerfile, &Options::new(jiff::civil::Date::ZERO)).points_to_lambda()
    })
}

fn one(template: &Template, function: &Function) -> Located {
    if let Some(path) = archive(template, function) {
        return if path.is_file() {
            Located::Archive(path)
        } else {
            Located::Unknown("its archive is not there".into())
        };
    }
    let folder = template.folder_of(function);
    let paths = match template.paths_of(function) {
        Ok(paths) => paths,
        Err(why) => return Located::Unknown(why),
    };
    let tool = function.build.as_ref().map(|build| build.tool);
    if tool == Some(Tool::Sam) && has_base_dir(&folder) {
        return Located::Unknown("samconfig.toml sets base_dir, which its paths are from".into());
    }
    let root = repository(&folder);
    let within = |path: &Path| absolute(path).starts_with(&root);
    if !within(&paths.context) || !within(&paths.dockerfile) {
        return Located::Unknown("its build context is outside the repository".into());
    }
    if paths.dockerfile.is_file() {
        return Located::Built(paths);
    }
    // Terraform takes the path of a Dockerfile from where it runs, too.
    let other = function.build.as_ref().and_then(|build| build.dockerfile.value()).map(|path| folder.join(path));
    if let Some(dockerfile) = other.filter(|other| tool == Some(Tool::Terraform) && other.is_file()) {
        return Located::Built(BuildPaths { dockerfile, ..paths });
    }
    let context = absolute(&paths.context);
    let missing = if context.is_dir() { Missing::Dockerfile } else { Missing::Context };
    let gone = if missing == Missing::Context { &paths.context } else { &paths.dockerfile };
    // The CDK writes its assets there.
    if matches!(tool, Some(Tool::Cdk | Tool::Dotnet)) || context::may_be_generated(&absolute(gone), &root) {
        return Located::Unknown(format!("{} is made before the build", gone.display()));
    }
    // A module that others call takes its paths from where Terraform runs.
    if tool == Some(Tool::Terraform) && absolute(&folder).components().any(|part| part.as_os_str() == "modules") {
        return Located::Unknown(format!("{} may be somewhere else: the module is called by others", gone.display()));
    }
    // A template by itself, without the project that it is of, says nothing about files.
    if stands_alone(&absolute(&folder), template) {
        return Located::Unknown(format!("{} is not there, and neither is any other file", gone.display()));
    }
    Located::Missing(missing, gone.clone())
}

/// `true` if a folder has nothing but the files of a template.
fn stands_alone(folder: &Path, template: &Template) -> bool {
    const MAX_ENTRIES: usize = 64;
    let entries = std::fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok).take(MAX_ENTRIES);
    let names: Vec<_> = entries.map(|entry| entry.file_name()).collect();
    let own = |name: &std::ffi::OsString| {
        template.files.iter().any(|file| Path::new(&file.path).file_name() == Some(name.as_os_str()))
    };
    names.iter().all(|name| name.to_string_lossy().starts_with('.') || own(name))
}

/// The saved image that a function names by its path.
fn archive(template: &Template, function: &Function) -> Option<PathBuf> {
    let folder = template.folder_of(function);
    match &function.image {
        Image::Archive(path, place) => {
            // An archive of the CDK lies beside the manifest, in the folder of the template.
            let file = template.files.iter().find(|file| file.doc == place.doc)?;
            Some(Path::new(&file.path).parent()?.join(path))
        }
        Image::Uri(text, _) => {
            let path = text.known().filter(|text| [".tar", ".tar.gz", ".tgz"].iter().any(|end| text.ends_with(end)))?;
            Some(folder.join(path.strip_prefix("./").unwrap_or(path)))
        }
        _ => None,
    }
}

/// `true` if the paths of `sam build` are from a folder that only its own settings name.
fn has_base_dir(folder: &Path) -> bool {
    let read = |name: &str| read_file(&folder.join(name), MAX_SAMCONFIG).unwrap_or_default();
    ["samconfig.toml", "samconfig.yaml", "samconfig.yml"]
        .iter()
        .any(|name| memchr::memmem::find(&read(name), b"base_dir").is_some())
}

/// The root of the repository around a folder; the current folder, or else the folder itself, if there is none.
pub fn repository(folder: &Path) -> PathBuf {
    let folder = absolute(folder);
    let repository = folder.ancestors().take(MAX_UPWARD).find(|folder| folder.join(".git").exists());
    let current = std::env::current_dir().ok().filter(|current| folder.starts_with(current));
    repository.map(Path::to_path_buf).or(current).unwrap_or(folder)
}

fn absolute(path: &Path) -> PathBuf {
    let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
    plain(&std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf()))
}

/// The folders from a file's own up to the root of its repository.
pub(super) fn upward(file: &Path) -> Vec<PathBuf> {
    let folder = absolute(file.parent().unwrap_or(Path::new("")));
    let root = repository(&folder);
    folder.ancestors().take(MAX_UPWARD).take_while(|folder| folder.starts_with(&root)).map(Path::to_path_buf).collect()
}

/// The way a function is built, for `--verbose`.
pub fn told(function: &Function) -> String {
    match &function.located {
        Located::Built(paths) => format!("built from {}", paths.dockerfile.display()),
        Located::Archive(path) => format!("deployed from {}", path.display()),
        Located::Missing(Missing::Context, path) => format!("no Dockerfile: there is no folder {}", path.display()),
        Located::Missing(Missing::Dockerfile, path) => format!("no Dockerfile: there is no {}", path.display()),
        Located::Unknown(why) => format!("no Dockerfile: {why}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_looked_up_once() {
        let folder = tempfile::tempdir().unwrap();
        let template = "Resources:\n  F:\n    Type: AWS::Serverless::Function\n    Properties: {PackageType: Image}\n    \
                        Metadata: {Dockerfile: Dockerfile, DockerContext: ./CONTEXT}\n";
        let locate = |context: &str| {
            let path = folder.path().join("template.yaml");
            let files = vec![(path.display().to_string(), template.replace("./CONTEXT", context).into_bytes())];
            let mut template = crate::template::read(&path.display().to_string(), files, 0).unwrap().unwrap();
            all(&mut template);
            template.functions.remove(0).located
        };
        std::fs::create_dir_all(folder.path().join(".git")).unwrap();
        std::fs::write(folder.path().join("template.yaml"), "").unwrap();
        assert!(matches!(locate("./nowhere"), Located::Unknown(why) if why.contains("neither is any other file")));
        std::fs::create_dir_all(folder.path().join("api")).unwrap();
        std::fs::create_dir_all(folder.path().join("empty")).unwrap();
        std::fs::write(folder.path().join("api/Dockerfile"), "FROM scratch\n").unwrap();
        assert!(matches!(locate("./api"), Located::Built(paths) if paths.dockerfile.ends_with("api/Dockerfile")));
        assert!(matches!(locate("./empty"), Located::Missing(Missing::Dockerfile, _)));
        assert!(matches!(locate("./nowhere"), Located::Missing(Missing::Context, _)));
        assert!(matches!(locate("./dist"), Located::Unknown(_)));
        assert!(matches!(locate("../elsewhere"), Located::Unknown(why) if why.contains("outside")));
        assert!(matches!(locate("/abs"), Located::Unknown(why) if why.contains("absolute")));
        assert!(matches!(locate("!Ref Context"), Located::Unknown(why) if why.contains("expression")));
        std::fs::write(folder.path().join("samconfig.toml"), "[default.build.parameters]\nbase_dir = \"x\"\n").unwrap();
        assert!(matches!(locate("./nowhere"), Located::Unknown(_)));
    }
}
