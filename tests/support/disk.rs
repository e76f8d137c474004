//! Files on this machine's disk, as the readers of imports ask for them.

use super::internals::imports::Stands;

/// Whether a file or a folder stands at a path.
pub fn stands(path: &str) -> Stands {
    match std::fs::metadata(path) {
        Ok(metadata) if metadata.is_dir() => Stands::Folder,
        Ok(_) => Stands::File,
        Err(_) => Stands::Nothing,
    }
}

/// The names in a folder, in order.
pub fn names(folder: &str) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}
