//! Handlers that a build context has, for completion: functions of files at its top and one folder below, by their text
//! alone.

use crate::source::read_file;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Maximum number of names of a folder, of files that are read, and of their bytes.
const MAX_NAMES: usize = 500;
const MAX_FILES: usize = 60;
const MAX_BYTES: u64 = 256 * 1024;

/// Handlers with the file of each, those named `handler` or the like first.
pub fn in_folder(folder: &Path, family: &str) -> Vec<(String, String)> {
    let endings: &[&str] = match family {
        "python" => &["py"],
        "nodejs" | "node" => &["mjs", "js", "cjs"],
        "ruby" => &["rb"],
        _ => return Vec::new(),
    };
    let mut found: BTreeSet<(bool, String, String)> = BTreeSet::new();
    for file in files(folder, endings).into_iter().take(MAX_FILES) {
        let Ok(relative) = file.strip_prefix(folder) else { continue };
        let name = relative.to_string_lossy().replace('\\', "/");
        let Some(stem) = name.rsplit_once('.').map(|(stem, _)| stem) else { continue };
        let Some(text) = read_file(&file, MAX_BYTES).ok().and_then(|bytes| String::from_utf8(bytes).ok()) else {
            continue;
        };
        let module = if family == "python" { stem.replace('/', ".") } else { stem.to_owned() };
        for function in functions(&text, family) {
            let other = !function.to_ascii_lowercase().contains("handler");
            found.insert((other, format!("{module}.{function}"), name.clone()));
        }
    }
    found.into_iter().map(|(_, handler, file)| (handler, file)).collect()
}

/// Files with one of some endings, sorted; folders that hold other people's code are left out.
fn files(folder: &Path, endings: &[&str]) -> Vec<PathBuf> {
    let list = |folder: &Path| {
        let entries = std::fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok).take(MAX_NAMES);
        let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
        paths.sort();
        paths
    };
    let foreign = |path: &Path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        name.starts_with('.') || ["node_modules", "tests", "test", "venv", "__pycache__"].contains(&&*name)
    };
    let fits = |path: &PathBuf| {
        let ending = path.extension().is_some_and(|ending| endings.iter().any(|known| ending == *known));
        ending && std::fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_file())
    };
    let top = list(folder);
    let below =
        top.iter().filter(|path| !foreign(path) && path.is_dir() && !path.is_symlink()).flat_map(|path| list(path));
    let below: Vec<PathBuf> = below.collect();
    top.iter().chain(&below).filter(|path| fits(path)).cloned().collect()
}

/// Names of functions that take what a handler takes.
fn functions(text: &str, family: &str) -> Vec<String> {
    let name = |rest: &str| {
        let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$')).unwrap_or(rest.len());
        Some(rest[..end].to_owned()).filter(|name| !name.is_empty())
    };
    let one = |line: &str| match family {
        "python" | "ruby" => {
            let rest = line.strip_prefix("def ")?;
            let arguments = rest.split_once('(')?.1.split([')', '#']).next()?;
            let count = arguments.split(',').filter(|argument| !argument.trim().is_empty()).count();
            (count == 2).then(|| name(rest)).flatten()
        }
        _ => {
            const STARTS: &[&str] = &[
                "export async function ",
                "export function ",
                "export const ",
                "export let ",
                "module.exports.",
                "exports.",
            ];
            let rest = STARTS.iter().find_map(|start| line.strip_prefix(start))?;
            name(rest).filter(|name| line.contains('(') || line.contains("=>") || rest.len() > name.len())
        }
    };
    text.lines().filter_map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn handlers_of_each_language() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        write(
            "app.py",
            "import x\ndef helper(a):\n  pass\ndef main(event, context):\n  pass\ndef handler(event, context): pass\n",
        );
        write("src/inner.py", "def lambda_handler(event, _): pass\n");
        write("node_modules/a.js", "exports.handler = 1\n");
        write("index.mjs", "export const handler = async (event) => {}\nconst y = 1\n");
        write("old.js", "exports.run = function () {}\nmodule.exports.other = run\n");
        write("job.rb", "def handler(event:, context:)\nend\n");
        let of =
            |family: &str| in_folder(folder.path(), family).into_iter().map(|(handler, _)| handler).collect::<Vec<_>>();
        assert_eq!(of("python"), ["app.handler", "src.inner.lambda_handler", "app.main"]);
        assert_eq!(of("nodejs"), ["index.handler", "old.other", "old.run"]);
        assert_eq!(of("ruby"), ["job.handler"]);
        assert_eq!(of("java"), [""; 0]);
    }
}
