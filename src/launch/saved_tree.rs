//! What stands at a path of a saved image, links followed, as the readers of Python, Node and Ruby ask for it.

use crate::image::{EntryKind, Image, Node, Resolution};
use crate::imports::Stands;

/// The entry at a path, and where it really lies.
pub(super) fn node<'a>(image: &'a Image, path: &str) -> Option<(&'a Node, String)> {
    match image.files.resolve(path) {
        Resolution::Found(node, path) => Some((node, path)),
        _ => None,
    }
}

/// Whether a file or a folder stands at a path.
pub(super) fn stands(image: &Image, path: &str) -> Stands {
    match node(image, path).map(|(node, _)| node.kind) {
        Some(EntryKind::File) => Stands::File,
        Some(EntryKind::Directory) => Stands::Folder,
        _ => Stands::Nothing,
    }
}

/// A path with all links followed; one where nothing stands is left as it is.
pub(super) fn real(image: &Image, path: &str) -> String {
    node(image, path).map_or_else(|| path.to_owned(), |(_, path)| path)
}
