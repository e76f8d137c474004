//! Paths: of an image or a build context as texts with slashes, of this machine as the system has them.

use std::path::{Component, Path, PathBuf};

/// A path without `.`, and without a folder that `..` leaves again.
pub fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if matches!(plain.components().next_back(), Some(Component::Normal(_))) => {
                plain.pop();
            }
            part => plain.push(part),
        }
    }
    plain
}

/// Whether a path is another or lies below it.
pub fn under(path: &str, folder: &str) -> bool {
    let folder = folder.trim_end_matches('/');
    path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// What stands after the last slash of a path. Every path of an image is asked for it, some of them often.
pub fn file_name(path: &str) -> &str {
    memchr::memrchr(b'/', path.as_bytes()).map_or(path, |at| &path[at + 1..])
}

/// The last part of a path, empty for `.`.
pub fn last(path: &str) -> &str {
    match file_name(path.trim_end_matches('/')) {
        "." | ".." => "",
        name => name,
    }
}

/// Whether a source can only be one file: a name with an ending and no wildcard.
pub fn is_file(source: &str) -> bool {
    let name = last(source);
    let ending = name.rsplit_once('.').map(|(stem, ending)| !stem.is_empty() && !ending.is_empty());
    ending == Some(true) && !name.contains(['*', '?', '[']) && !source.ends_with('/') && !source.starts_with("<<")
}

/// An absolute path without `.`, `..`, doubled or trailing slashes.
pub fn clean(path: &str) -> String {
    let mut clean = String::with_capacity(path.len() + 1);
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => clean.truncate(clean.rfind('/').unwrap_or_default()),
            part => {
                clean.push('/');
                clean.push_str(part);
            }
        }
    }
    if clean.is_empty() {
        clean.push('/');
    }
    clean
}

/// Maximum length of a path in a build context, in bytes.
const MAX_CONTEXT_PATH: usize = 1_024;

/// A source of COPY as a path from the root of the build context, `.` for all of it; `None` for addresses,
/// here-documents and what is not a path.
pub fn inside_context(source: &str) -> Option<String> {
    if source.contains("://")
        || source.starts_with("<<")
        || source.starts_with("git@")
        || source.len() > MAX_CONTEXT_PATH
        || source.contains('\0')
    {
        return None;
    }
    // Docker stops at the root of the context.
    match clean(source).trim_start_matches('/') {
        "" => Some(".".into()),
        path => Some(path.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use crate::path::{inside_context, is_file, last, under};

    #[test]
    fn paths() {
        assert!(under("/var/task/app.py", "/var/task/") && under("/a", "/") && under("/tmp", "/tmp"));
        assert!(!under("/var/tasks", "/var/task") && !under("/var", "/var/task"));
        assert_eq!((last("a/b/"), last("."), last("./app.py")), ("b", "", "app.py"));
        let inside = |source| inside_context(source).unwrap_or_default();
        assert_eq!((inside("/../a/./b/"), inside("./"), inside("<<EOF")), ("a/b".into(), ".".into(), String::new()));
        assert!(is_file("src/app.py") && !is_file("src/*.py") && !is_file(".env") && !is_file("src.d/"));
    }
}
