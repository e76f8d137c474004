//! The commands of scripts that RUN starts, where the build context or a here-document shows their text.

use super::effects::{Logged, Running};
use super::run;
use super::run_command::RunCommand;
use super::shown::Moment;
use super::{Build, limits};
use crate::command::Handed;
use crate::facts::CommandKind;
use crate::path::clean;
use std::collections::BTreeSet;

/// The commands of a script, and the names of variables that it may hand on.
type Called = (Vec<RunCommand>, BTreeSet<String>);

impl<'a> Build<'a> {
    /// The commands of the script that a command starts, and the names of variables that it may hand on; `None` if it starts none, or if the text cannot be seen, is no
    /// script of a Bourne shell, or may have been changed by an earlier step.
    pub(super) fn called(&self, running: &Running<'_, 'a>, log: &[Logged], ran: &RunCommand) -> Option<Called> {
        let row = ran.reading.row;
        let written = match ran.reading.handed {
            Handed::File(at) if row?.kind == CommandKind::Shell => ran.args.get(at.checked_sub(1)?)?.text.as_deref()?,
            Handed::Nothing if row.is_none() => ran.path.as_str(),
            _ => return None,
        };
        let by_shell = row.is_some();
        // The shell looks for a program without a folder elsewhere.
        if !by_shell && !written.contains('/') {
            return None;
        }
        let path = match written.strip_prefix('/') {
            Some(_) => clean(written),
            None => clean(&format!("{}/{written}", ran.folder.as_deref()?)),
        };
        if running.depth >= limits::SCRIPT_DEPTH {
            return None;
        }
        self.scripts.set(self.scripts.get().checked_sub(1)?);
        let moment = Moment { logs: running.logs, stage: running.stage, log };
        let shown = self.shown_to(moment, running.step, &path).filter(|shown| !shown.changed)?;
        let text = self.text_of(&shown)?;
        let sourced = row.is_some_and(|row| row.sources);
        let handed = running.names.cloned().unwrap_or_else(|| run::exported(running.step));
        let (commands, names) = run::read_file(running.step, &text, ran, by_shell, handed)?;
        // What a sourced script does to the shell that reads it would have to be followed.
        let moves = |inner: &RunCommand| inner.reading.row.is_some_and(|row| row.moves);
        (!(sourced && commands.iter().any(moves))).then_some((commands, names))
    }
}
