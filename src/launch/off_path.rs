//! Programs that a RUN starts by their bare names and that lie in `/usr/sbin`, where PATH does not lead.

use super::{Build, RunCommand, Stage, Step};
use crate::facts::{self, CommandKind, packages};
use crate::path::last;
use crate::source::Span;

/// A program that the shell does not find, as PATH has no folder for administrators.
#[derive(Clone, Copy, Debug)]
pub struct OffPath<'b, 'a> {
    /// Its stage.
    pub stage: &'b Stage<'a>,
    /// The step of the stage.
    pub step: usize,
    /// The program: `ldconfig`.
    pub tool: &'static str,
    /// Its name in the script.
    pub span: Span,
}

/// Folders that hold such programs.
const SBIN: &[&str] = &["/usr/sbin", "/sbin", "/usr/local/sbin"];

impl<'a> Build<'a> {
    /// Programs of the base's `/usr/sbin` that steps start by their names alone. Each is reported where it is used first.
    pub fn off_path(&self) -> Vec<OffPath<'_, 'a>> {
        let mut found = Vec::new();
        let mut ends: Vec<Vec<&'static str>> = Vec::new();
        for stage in &self.stages {
            let amazon = self.base_of(stage).and_then(|base| base.os).is_some_and(|os| os.id.starts_with("AL"));
            let of_base = || if amazon { packages().sbin.clone() } else { Vec::new() };
            let mut hidden = stage.passed_on(&ends).unwrap_or_else(of_base);
            self.follow(stage, &mut hidden, &mut found);
            ends.push(hidden);
        }
        found
    }

    fn follow<'b>(&'b self, stage: &'b Stage<'a>, hidden: &mut Vec<&'static str>, found: &mut Vec<OffPath<'b, 'a>>) {
        let (copies, mut ran) = (self.copies_of(stage), stage.ran().iter().peekable());
        let mut copies = copies.iter().peekable();
        for (at, step) in stage.steps.iter().enumerate() {
            if let Some(copied) = copies.next_if(|copied| std::ptr::eq(copied.step, step)) {
                hidden.retain(|tool| !copied.may_bring(tool));
            }
            let mut closed = has_no_sbin(step);
            while let Some(ran) = ran.next_if(|ran| ran.step == at) {
                let used = || hidden.iter().position(|tool| *tool == ran.path);
                if closed
                    && !ran.guarded
                    && is_looked_up(ran)
                    && let Some(index) = used()
                {
                    found.push(OffPath { stage, step: at, tool: hidden.remove(index), span: ran.program_span });
                }
                closed &= !sets_path(ran);
                if ran.is_opaque() {
                    hidden.clear();
                }
                // A link or a copy puts a program into another folder, a package does not.
                let installs = ran.install().is_some();
                hidden.retain(|tool| (installs || !ran.may_place(tool)) && !writes(ran, tool));
            }
        }
    }
}

/// Whether PATH is known to lead into no folder for administrators when the step runs.
fn has_no_sbin(step: &Step<'_>) -> bool {
    let path = step.state.variable("PATH");
    path.is_some_and(|path| path.split(':').all(|folder| !SBIN.contains(&folder.trim_end_matches('/'))))
        && !step.state.shell.iter().flatten().any(|word| is_login(word))
}

/// Whether a program is looked up in the PATH of the step.
fn is_looked_up(ran: &RunCommand) -> bool {
    !ran.has_own_path() && !ran.assigns.iter().any(|assign| assign.raw.starts_with("PATH="))
}

impl RunCommand {
    /// Whether `sudo` or its like starts it, as another user and with another PATH.
    pub fn has_own_path(&self) -> bool {
        self.written.split(' ').any(|word| facts::commands(last(word)).any(|row| row.own_path))
    }
}

/// Whether a command gives those after it another PATH: it sets one, or is a login shell.
fn sets_path(ran: &RunCommand) -> bool {
    let shell = ran.reading.row.is_some_and(|row| row.kind == CommandKind::Shell);
    ran.args.iter().chain(&ran.assigns).any(|arg| arg.raw.starts_with("PATH=") || (shell && is_login(&arg.raw)))
}

/// Whether a word makes a shell read the files of a login, which set PATH: `-l`, `-lc`, `--login`.
pub(super) fn is_login(word: &str) -> bool {
    word == "--login" || (word.starts_with('-') && !word.starts_with("--") && word.contains('l'))
}

/// Whether the output of a command goes to a file of a tool's name.
fn writes(ran: &RunCommand, tool: &str) -> bool {
    ran.writes.iter().any(|to| last(&to.raw) == tool)
}
