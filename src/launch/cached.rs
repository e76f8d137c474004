//! Whether the image brings what a program looks for in its cache.

use super::{Build, Launch, State, Step};
use crate::facts::Cache;
use crate::image::EntryKind;
use crate::path::under;

/// Endings of models and of compiled caches.
const KEPT: &[&str] = &[".safetensors", ".bin", ".pt", ".pth", ".onnx", ".h5", ".nbi", ".nbc", ".gguf", ".traineddata"];

impl Launch<'_> {
    /// Whether the folder of a cache, which a variable names, is filled before the function runs. `true` if that
    /// cannot be told.
    pub fn holds_cache(&self, cache: &Cache, variable: &str, folder: &str) -> bool {
        // The function's own code is not a cache.
        let code = self.code_folders().iter().any(|code| code == folder);
        match self.build {
            Some(build) => fills(build, cache, variable, folder, code),
            None => self.lies_in(folder, code || folder == "/var/task"),
        }
    }

    /// Whether files are in a folder: any, or in a folder with code those that look like a model or a cache.
    fn lies_in(&self, folder: &str, code: bool) -> bool {
        let Some(files) = self.files() else { return true };
        let cache = |path: &str| {
            path.contains("/models--") || path.contains("/.cache/") || KEPT.iter().any(|end| path.ends_with(end))
        };
        files.inside(folder).any(|file| file.kind != EntryKind::Directory && (!code || cache(&file.path())))
    }
}

fn fills(build: &Build<'_>, cache: &Cache, variable: &str, folder: &str, code: bool) -> bool {
    let copied =
        || build.copies().iter().any(|copied| copied.destination.as_deref().is_none_or(|to| under(to, folder)));
    let set = |state: &State<'_>| state.variable(variable) == Some(folder);
    let run = |step: &Step<'_>| {
        // A program that runs while the variable is set may fill it; one that only installs does not.
        step.is_run()
            && (step.runs(folder)
                || step.runs(variable)
                || (set(&step.state) && cache.filled_by.iter().any(|word| step.runs(word))))
    };
    (!code && copied()) || build.final_steps().into_iter().any(run)
}
