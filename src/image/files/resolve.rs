//! Where a path leads in a merged tree: links followed, inside the image's root only, as exec would.

use super::{Files, NONE, Node};
use crate::image::limits;
use crate::image::pathname::{join, split};
use crate::image::tarball::{EntryKind, normalize};
use std::borrow::Cow;
use std::sync::atomic::Ordering::Relaxed;

/// What a path leads to.
#[derive(Debug)]
pub enum Resolution<'a> {
    /// A file, and its path with all links followed.
    Found(&'a Node, String),
    /// Nothing stands at this path, which is the one asked for or the one a link led to.
    Missing(String),
    /// More links than the kernel follows.
    Loop,
    /// Something in the middle is no directory.
    NotDirectory(String),
}

impl Files {
    /// Where an entry comes to lie: below a link, it is unpacked to where the link leads.
    pub(super) fn behind_links<'p>(&self, path: &'p [u8]) -> Cow<'p, [u8]> {
        let (parent, name) = split(path);
        // What is found part by part has no link above it.
        if self.find(parent).is_some_and(|at| self.nodes[at].kind != EntryKind::Symlink) {
            return path.into();
        }
        let Ok(Ok((_, real)) | Err(Resolution::Missing(real))) =
            std::str::from_utf8(parent).map(|parent| self.locate(parent))
        else {
            return path.into();
        };
        join(&normalize(real.as_bytes()), name).into()
    }

    /// The directory at a path, links followed, and its own path.
    pub(super) fn folder<'p>(&self, path: &'p [u8]) -> Option<(usize, Cow<'p, [u8]>)> {
        match self.find(path).filter(|at| self.nodes[*at].kind != EntryKind::Symlink) {
            Some(at) => Some((at, path.into())),
            None => {
                let (at, real) = self.locate(std::str::from_utf8(path).ok()?).ok()?;
                Some((at, normalize(real.as_bytes()).into_owned().into()))
            }
        }
    }

    /// Whether a path leads to something through a link.
    pub(in crate::image) fn leads_on(&self, path: &[u8]) -> bool {
        std::str::from_utf8(path).is_ok_and(|path| self.locate(path).is_ok())
    }

    /// The file that a path leads to, links followed inside the image's root only, as exec would.
    pub fn resolve(&self, path: &str) -> Resolution<'_> {
        match self.locate(path) {
            Ok((at, path)) => Resolution::Found(&self.nodes[at], path),
            Err(resolution) => resolution,
        }
    }

    /// Whether a path leads to anything, links followed.
    pub fn has(&self, path: &str) -> bool {
        self.locate(path).is_ok()
    }

    /// A path with the links in it followed; as it is where it leads to nothing.
    pub fn real(&self, path: &str) -> String {
        self.locate(path).map_or_else(|_| path.to_owned(), |(_, real)| real)
    }

    pub(super) fn locate(&self, path: &str) -> Result<(usize, String), Resolution<'_>> {
        let mut parts: Vec<&[u8]> = path.as_bytes().rsplit(|byte| *byte == b'/').collect();
        let mut trail: Vec<(&[u8], usize)> = Vec::new();
        let (mut links, mut steps) = (0, 0);
        while let Some(part) = parts.pop() {
            steps += 1;
            if steps > limits::STEPS || self.steps.fetch_add(1, Relaxed) > limits::STEPS_TOGETHER {
                return Err(Resolution::Loop);
            }
            match part {
                b"" | b"." => continue,
                b".." => {
                    trail.pop();
                    continue;
                }
                _ => {}
            }
            let at = trail.last().map_or(0, |(_, at)| *at);
            if self.nodes[at].kind != EntryKind::Directory {
                return Err(Resolution::NotDirectory(shown(&trail)));
            }
            let Some(child) = self.child(at, part) else {
                trail.push((part, 0));
                trail.extend(parts.iter().rev().filter(|part| !part.is_empty()).map(|part| (*part, 0)));
                return Err(Resolution::Missing(shown(&trail)));
            };
            match self.nodes[child].kind {
                EntryKind::Symlink if self.nodes[child].link != NONE => {
                    links += 1;
                    if links > limits::LINKS {
                        return Err(Resolution::Loop);
                    }
                    let target = self.names.text(self.nodes[child].link);
                    if target.first() == Some(&b'/') {
                        trail.clear();
                    }
                    parts.extend(target.rsplit(|byte| *byte == b'/'));
                }
                _ => trail.push((part, child)),
            }
        }
        let at = trail.last().map_or(0, |(_, at)| *at);
        Ok((at, if trail.is_empty() { "/".into() } else { shown(&trail) }))
    }
}

fn shown(trail: &[(&[u8], usize)]) -> String {
    let mut path = String::with_capacity(trail.iter().map(|(part, _)| part.len() + 1).sum());
    for (part, _) in trail {
        path.push('/');
        path.push_str(&String::from_utf8_lossy(part));
    }
    path
}
