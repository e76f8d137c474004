//! The directory in which the last entry was put: layers name their files directory by directory.

use super::Files;
use crate::image::tarball::EntryKind;

/// A directory by its real path, with all directories above it.
#[derive(Debug, Default)]
pub(super) struct Near {
    path: Vec<u8>,
    /// For each part of the path where it ends, and its node.
    parts: Vec<(usize, usize)>,
}

impl Near {
    /// Forgets a path that is no directory any more, and what lies below.
    pub(super) fn leave(&mut self, path: &[u8]) {
        if self.path.starts_with(path) {
            *self = Self::default();
        }
    }

    /// Goes up to the last directory that another path has too; the node of it.
    fn share(&mut self, path: &[u8]) -> usize {
        let same = self.path.iter().zip(path).take_while(|(own, other)| own == other).count();
        let shared = |(end, _): &(usize, usize)| *end <= same && path.get(*end).is_none_or(|byte| *byte == b'/');
        while self.parts.pop_if(|part| !shared(part)).is_some() {}
        let (end, node) = self.parts.last().copied().unwrap_or_default();
        self.path.truncate(end);
        node
    }

    fn enter(&mut self, part: &[u8], node: usize) {
        if !self.path.is_empty() {
            self.path.push(b'/');
        }
        self.path.extend_from_slice(part);
        self.parts.push((self.path.len(), node));
    }
}

impl Files {
    /// The directory at a path, if nothing in it is a link or has to be made.
    pub(super) fn near_folder(&mut self, path: &[u8]) -> Option<usize> {
        if self.near.path == path {
            let node = self.near.parts.last().map_or(0, |(_, node)| *node);
            return (self.nodes[node].kind == EntryKind::Directory).then_some(node);
        }
        let mut at = self.near.share(path);
        let rest = path.get(self.near.path.len()..).unwrap_or_default();
        let rest = rest.strip_prefix(b"/").unwrap_or(rest);
        for part in rest.split(|byte| *byte == b'/').filter(|_| !rest.is_empty()) {
            let child = self.child(at, part).filter(|child| self.nodes[*child].kind == EntryKind::Directory)?;
            self.near.enter(part, child);
            at = child;
        }
        (self.nodes[at].kind == EntryKind::Directory).then_some(at)
    }
}
