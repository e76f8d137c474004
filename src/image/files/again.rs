//! Files whose content has to be looked at again: what is kept of it depends on its name, and a file may have several.
//! Hard links give it more, and so do symbolic links, be it of the file or of a folder above it.

use super::{Files, Listing, Resolution};
use crate::image::content::{FileContent, is_of_system};
use crate::image::kept::{Kept, is_code, is_searched};
use crate::image::marks::Marks;
use crate::image::tarball::EntryKind;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A file whose content has to be looked at again.
pub(in crate::image) struct Again {
    /// The layer that holds the content.
    pub(in crate::image) layer: usize,
    /// The entry of that layer.
    pub(in crate::image) entry: usize,
    /// The name by which to look at it, without a slash in front.
    pub(in crate::image) name: Box<[u8]>,
    node: usize,
}

/// Maximum number of folders that links lead to.
const MAX_FOLDERS: usize = 256;
/// How deep links of folders may lie in one another.
const MAX_DEPTH: usize = 3;
/// Maximum number of files that are asked for their other names.
const MAX_FILES: usize = 2_000_000;

impl Files {
    /// The files that have a name under which their content is kept or searched, and were looked at under another; and
    /// those of `started` that were not searched because a distribution fills their folder. `sources` is `true` if all
    /// code is searched.
    pub(in crate::image) fn to_look_at_again(&self, started: &[String], sources: bool) -> Vec<Again> {
        let mut found = BTreeMap::new();
        let listing = self.listing();
        let mut folders: Vec<(String, String)> = Vec::new();
        for file in self.inside("/") {
            match file.kind {
                // The content of a hard link was looked at under its first name, and that of nearly all others under the
                // one that they have.
                EntryKind::File if file.renamed || (sources && !file.marks.searched && is_code(&file.name())) => {
                    self.add(file.number(), &file.path(), sources, &mut found);
                }
                EntryKind::Symlink => {
                    let path = file.path();
                    match self.locate(&path) {
                        Ok((at, _)) if self.nodes[at].kind == EntryKind::File => {
                            self.add(at, &path, sources, &mut found);
                        }
                        Ok((at, real))
                            if self.nodes[at].kind == EntryKind::Directory && folders.len() < MAX_FOLDERS =>
                        {
                            folders.push((path, real));
                        }
                        _ => {}
                    }
                }
                _ => {}
            }
        }
        let mut left = MAX_FILES;
        for (name, real) in with_names_of_names(&folders) {
            // A link to a folder above itself would only repeat what is there.
            let Ok((folder, _)) = self.locate(&real) else { continue };
            listing.walk(self, folder, &name, &mut |path, at| {
                if self.nodes[at].kind == EntryKind::File {
                    self.add(at, path, sources, &mut found);
                }
                left = left.saturating_sub(1);
                left > 0
            });
        }
        for path in started {
            self.add_started(path, &mut found);
        }
        found.into_values().collect()
    }

    /// Keeps what was found in a file.
    pub(in crate::image) fn tell(&mut self, again: &Again, facet: Option<Arc<FileContent>>, marks: Marks) {
        self.listing.get_mut().into_iter().for_each(Listing::tell);
        if let Some(node) = self.nodes.get_mut(again.node) {
            node.facet = facet.or_else(|| node.facet.take());
            if marks.searched {
                node.marks = marks;
            }
        }
    }

    fn add(&self, at: usize, name: &str, sources: bool, found: &mut BTreeMap<usize, Again>) {
        let node = &self.nodes[at];
        let Some(inode) = self.inodes.get(node.inode as usize) else { return };
        let name = name.trim_start_matches('/').as_bytes();
        let searched = node.marks.searched || !sources || !is_searched(name, node.size);
        if (!inode.kept && Kept::of(name, node.size).is_some()) || !searched {
            let again =
                Again { layer: usize::from(inode.layer), entry: inode.entry as usize, name: name.into(), node: at };
            found.entry(at).or_insert(again);
        }
    }

    fn add_started(&self, path: &str, found: &mut BTreeMap<usize, Again>) {
        let Resolution::Found(node, real) = self.resolve(path) else { return };
        let Some(inode) = self.inodes.get(node.inode as usize) else { return };
        let searched = match node.facet.as_deref() {
            Some(FileContent::Elf(elf)) => elf.speaks_runtime_api.is_some(),
            Some(FileContent::Script(script)) => {
                script.speaks_runtime_api || !is_of_system(real.trim_start_matches('/').as_bytes())
            }
            _ => true,
        };
        if let (false, Ok((at, _))) = (searched, self.locate(&real)) {
            let name = format!("started/{}", real.rsplit('/').next().unwrap_or_default()).into_bytes();
            let again =
                Again { layer: usize::from(inode.layer), entry: inode.entry as usize, name: name.into(), node: at };
            found.entry(at).or_insert(again);
        }
    }
}

/// Folders by the links that lead to them, and by links of which one lies in a folder that another one leads to.
fn with_names_of_names(folders: &[(String, String)]) -> Vec<(String, String)> {
    let mut all = folders.to_vec();
    let mut last = all.clone();
    for _ in 1..MAX_DEPTH {
        let mut next: Vec<(String, String)> = Vec::new();
        for (name, real) in &last {
            for (other, behind) in folders {
                let inside = name.strip_prefix(behind.as_str()).filter(|rest| rest.starts_with('/'));
                if let Some(rest) = inside.filter(|_| all.len() + next.len() < MAX_FOLDERS) {
                    next.push((format!("{other}{rest}"), real.clone()));
                }
            }
        }
        all.extend(next.iter().cloned());
        last = next;
    }
    all
}
