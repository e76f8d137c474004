//! The runtime client's own files in a saved image.

use super::Launch;
use super::handler_file::is_code;
use crate::facts;
use crate::image::{EntryKind, FileAt, Resolution};

impl Launch<'_> {
    /// The runtime client's package in a saved image, as the interpreter that starts finds it, and whether a
    /// language reads its folders name by name.
    pub fn client_package(&self) -> Option<(String, bool)> {
        let image = self.image?;
        let folder = |path: &String| matches!(image.files.resolve(path), Resolution::Found(node, _) if node.kind == EntryKind::Directory);
        match self.client()?.name {
            "awslambdaric" => {
                let path = self.python_path()?;
                let package =
                    path.folders.iter().map(|at| format!("{}/awslambdaric", at.trim_end_matches('/'))).find(folder);
                package.map(|package| (package, true))
            }
            "aws_lambda_ric" => {
                let gems = image.files.called(|name| name.starts_with("aws_lambda_ric-"));
                let gems = gems.filter(|file| file.kind == EntryKind::Directory).map(FileAt::path);
                let in_gems =
                    |path: &String| path.rsplit_once('/').is_some_and(|(folder, _)| folder.ends_with("/gems"));
                gems.into_iter().find(in_gems).map(|package| (package, false))
            }
            "aws-lambda-ric" => {
                const PACKAGE: &str = "node_modules/aws-lambda-ric";
                let script = self.interpreted();
                let mut started = self.chain().iter().map(|link| link.path.as_str()).chain(script.as_deref());
                let started = started.find_map(|path| path.split_once(PACKAGE).map(|(before, _)| before.to_owned()));
                let own = self.workdir.value().map(|dir| format!("{}/", dir.trim_end_matches('/')));
                let package = started.or(own).map(|before| format!("{before}{PACKAGE}")).filter(folder);
                package.map(|package| (package, false))
            }
            _ => None,
        }
    }

    /// The files of the runtime client's package in a saved image, native part included.
    pub(super) fn client_files(&self) -> Vec<String> {
        let (Some(image), Some((package, _))) = (self.image, self.client_package()) else { return Vec::new() };
        let aside = |path: &str| path.split('/').any(|part| part == "deps" || facts::names_tests(part));
        let code = |path: &str| is_code(path) && !aside(path.strip_prefix(package.as_str()).unwrap_or(path));
        let files = image.files.inside(&package).filter(|file| file.kind == EntryKind::File);
        let mut files: Vec<String> = files.map(FileAt::path).filter(|path| code(path)).collect();
        let beside = package.strip_suffix("/awslambdaric").unwrap_or_default();
        let native = image.files.children(beside).filter(|(name, _)| name.starts_with(b"runtime_client"));
        files.extend(native.map(|(name, _)| format!("{beside}/{}", String::from_utf8_lossy(name))));
        files
    }
}
