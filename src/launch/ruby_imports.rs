//! The files that a saved image loads with its Ruby handler.

use super::{Language, Launch};
use crate::image::{EntryKind, Facet, Image, Node, Resolution};
use crate::imports::{Closure, RubyTree, Stands};
use crate::ruby::Summary;

impl Launch<'_> {
    /// The files that are loaded with the Ruby handler of a saved image; `None` where that is not known.
    pub(super) fn follow_ruby(&self, image: &Image) -> Option<Closure> {
        let file = self.handler_file().filter(|file| file.handler.language == Language::Ruby)?;
        Some(Closure::of_ruby(&ImageTree(image), file.found.as_ref()?))
    }
}

/// The files of a saved image.
struct ImageTree<'a>(&'a Image);

impl<'a> ImageTree<'a> {
    fn node(&self, path: &str) -> Option<(&'a Node, String)> {
        match self.0.files.resolve(path) {
            Resolution::Found(node, path) => Some((node, path)),
            _ => None,
        }
    }
}

impl RubyTree for ImageTree<'_> {
    fn stands(&self, path: &str) -> Stands {
        match self.node(path).map(|(node, _)| node.kind) {
            Some(EntryKind::File) => Stands::File,
            Some(EntryKind::Directory) => Stands::Folder,
            _ => Stands::Nothing,
        }
    }

    fn real(&self, path: &str) -> String {
        self.node(path).map_or_else(|| path.to_owned(), |(_, path)| path)
    }

    fn file(&self, path: &str) -> Option<&Summary> {
        match self.node(path)?.0.facet.as_deref()? {
            Facet::Ruby(summary) => Some(summary),
            Facet::Script(script) => script.ruby.as_deref(),
            _ => None,
        }
    }
}
