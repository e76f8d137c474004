//! What is wrong with the working directory.

use super::{Build, Launch};
use crate::diagnostic::{DocumentId, Location};
use crate::dockerfile::Kind;
use crate::image::{EntryKind, Resolution};

/// A fault of the working directory, with its path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WorkdirFault {
    /// It is the empty text; as written, if a variable made it so.
    Empty(Location, Option<String>),
    /// It does not begin with a slash.
    Relative(String, Location),
    /// It is not in the image.
    Absent(String, Location),
    /// A step of the build removes it; the step, and what sets it.
    Removed(String, Location, Location),
}

impl Launch<'_> {
    /// What is wrong with the working directory. Docker makes a relative WORKDIR absolute and creates the folder, so a
    /// Dockerfile can only empty or remove it.
    /// Lambda takes that of a function's declaration as it is.
    pub fn workdir_faults(&self) -> Vec<WorkdirFault> {
        if let Some((workdir, place)) = self.workdir.set().filter(|(_, place)| matches!(place.doc, DocumentId::File(_)))
        {
            return self.wrong(workdir, place).into_iter().collect();
        }
        let mut faults = self.build.map(emptied).unwrap_or_default();
        faults.extend(self.removed_workdir());
        faults.extend(self.saved_workdir());
        faults
    }

    fn removed_workdir(&self) -> Option<WorkdirFault> {
        let (workdir, place) = self.workdir.set().filter(|(dir, _)| dir.as_str() != "/")?;
        let span = self.build?.removed(workdir)?;
        Some(WorkdirFault::Removed(workdir.clone(), span.into(), place))
    }

    fn saved_workdir(&self) -> Option<WorkdirFault> {
        const POINTER: &str = "/config/WorkingDir";
        let image = self.image?;
        let text = |pointer: &str| image.config.as_ref()?.value.pointer(pointer)?.as_str();
        // Docker before version 25 writes every setting, those that nothing sets as empty texts.
        let writes_all = text("/config/Domainname").is_some();
        if text(POINTER).is_some_and(str::is_empty) && !writes_all {
            return Some(WorkdirFault::Empty(image.place(DocumentId::Config, POINTER), None));
        }
        let (workdir, place) = self.workdir.set()?;
        self.wrong(workdir, place)
    }

    /// What is wrong with a directory that nothing makes absolute, and that nothing creates.
    fn wrong(&self, workdir: &str, place: Location) -> Option<WorkdirFault> {
        if !workdir.starts_with('/') {
            return Some(WorkdirFault::Relative(workdir.to_owned(), place));
        }
        let image = self.image?;
        let there = match image.files.resolve(workdir) {
            Resolution::Found(node, _) => node.kind == EntryKind::Directory,
            _ => !image.is_whole() || workdir == "/",
        };
        (!there).then(|| WorkdirFault::Absent(workdir.to_owned(), place))
    }
}

fn emptied(build: &Build<'_>) -> Vec<WorkdirFault> {
    let steps = build.final_steps();
    let empty = |step: &&super::Step<'_>| {
        let Kind::Workdir(word) = &step.instruction.kind else { return None };
        let empty = step.expand(word).is_some_and(|text| text.is_empty());
        empty.then(|| WorkdirFault::Empty(word.span.into(), Some(word.text.clone())))
    };
    steps.iter().filter_map(empty).collect()
}
