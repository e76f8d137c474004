//! The files that a saved image loads with its Ruby handler.

use super::{Language, Launch, saved_tree};
use crate::image::{FileContent, Image};
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

impl RubyTree for ImageTree<'_> {
    fn stands(&self, path: &str) -> Stands {
        saved_tree::stands(self.0, path)
    }

    fn real(&self, path: &str) -> String {
        saved_tree::real(self.0, path)
    }

    fn file(&self, path: &str) -> Option<&Summary> {
        match saved_tree::node(self.0, path)?.0.facet.as_deref()? {
            FileContent::Ruby(summary) => Some(summary),
            FileContent::Script(script) => script.ruby.as_deref(),
            _ => None,
        }
    }
}
