//! The files without which a function does not start, as far as they are named.

use super::Launch;
use crate::path::{clean, last};

/// Endings of files that an interpreter reads.
const SCRIPTS: &[&str] = &[".sh", ".py", ".js", ".mjs", ".cjs", ".rb", ".jar", ".dll", ".php", ".R", ".ts"];

impl Launch<'_> {
    /// The folders with the function's own code: the task root on AWS's bases, WORKDIR on others.
    pub fn code_folders(&self) -> Vec<String> {
        let root = self.env("LAMBDA_TASK_ROOT").and_then(super::Setting::value).cloned();
        let own = self.workdir.value().filter(|_| !self.starts_lambda_entrypoint()).cloned();
        let mut folders: Vec<String> = root.into_iter().chain(own).map(|path| clean(&path)).collect();
        folders.retain(|folder| !matches!(folder.as_str(), "/" | "/tmp" | "/root"));
        folders.dedup();
        folders
    }

    /// Paths of which one must be readable: where the handler's file may be, and the script that starts.
    pub fn needed_files(&self) -> Vec<String> {
        let mut paths = Vec::new();
        if let Some(search) = self.handler().and_then(|handler| self.search(&handler))
            && let (Some(root), Some(stem)) = (search.roots.first(), &search.stem)
        {
            paths.extend(search.endings.iter().map(|ending| clean(&format!("{root}/{stem}{ending}"))));
        }
        if let Some(started) = self.started()
            && let Some(workdir) = self.workdir.value().map(String::as_str).or(Some("/"))
        {
            let named = started.argv.iter().map(|arg| &arg.text).filter(|text| is_script(text));
            paths.extend(
                named.map(|text| if text.starts_with('/') { clean(text) } else { clean(&format!("{workdir}/{text}")) }),
            );
        }
        paths
    }
}

/// Whether a name is that of a file which is read, and not only started.
pub fn is_script(path: &str) -> bool {
    !last(path).contains(['*', ' ', '=']) && SCRIPTS.iter().any(|ending| path.ends_with(ending))
}
