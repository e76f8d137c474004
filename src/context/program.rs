//! The scripts that ENTRYPOINT and CMD start, as the build context has them.

use super::{Kind, Look, local};
use crate::launch::context::Program;
use crate::launch::{Build, Copied, Origin};
use crate::path::{last, under};
use std::io::Read;

/// So many bytes of a script are read.
const MAX_HEAD: u64 = 4_096;

impl Look<'_> {
    /// The scripts that start, found through the COPY that brings them.
    pub(super) fn programs(&self, build: &Build<'_>) -> Vec<Program> {
        let Some(stage) = build.target.and_then(|index| build.stages.get(index)) else { return Vec::new() };
        let argvs = [&stage.end.entrypoint, &stage.end.cmd].into_iter().filter_map(|setting| setting.set());
        let mut programs = Vec::new();
        let copies = build.copies();
        for arg in argvs.flat_map(|(argv, _)| argv.args.iter().filter(|_| !argv.shell)).take(8) {
            let text = arg.text.as_str();
            if !(text.contains('/') || text.ends_with(".sh")) || text.contains(char::is_whitespace) {
                continue;
            }
            let Some(image_path) = stage.end.absolute(text) else { continue };
            // The last COPY that can hold it counts; one whose contents are not known ends the search.
            let last = copies.iter().rev().find(|copied| copied.may_hold(&image_path) != Some(false));
            let Some(copied) = last.filter(|copied| matches!(copied.origin, Origin::Context)) else { continue };
            programs.extend(self.program(copied, &image_path));
        }
        programs
    }

    fn program(&self, copied: &Copied<'_, '_>, image_path: &str) -> Option<Program> {
        let destination = copied.destination.as_deref()?;
        for (source, _) in &copied.sources {
            let path = local(source.as_deref()?)?;
            let candidate = match self.kind(&path) {
                Kind::File if destination == image_path => path,
                Kind::File if copied.folder && last(&path) == last(image_path) => path,
                Kind::Folder if under(image_path, destination) => {
                    let rest = image_path.get(destination.trim_end_matches('/').len()..)?.trim_start_matches('/');
                    if path == "." { rest.to_owned() } else { format!("{path}/{rest}") }
                }
                _ => continue,
            };
            if !matches!(self.kind(&candidate), Kind::File) || self.ignored.excludes_file(&candidate).is_some() {
                continue;
            }
            let full = self.folder.path.join(&candidate);
            let metadata = std::fs::symlink_metadata(&full).ok()?;
            let mut head = Vec::new();
            std::fs::File::open(&full).ok()?.take(MAX_HEAD).read_to_end(&mut head).ok()?;
            let longer = metadata.len() > head.len() as u64;
            return Some(Program {
                image_path: image_path.to_owned(),
                path: candidate,
                copy: copied.span(),
                head,
                longer,
            });
        }
        None
    }
}
