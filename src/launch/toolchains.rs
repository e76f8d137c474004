//! Tools of languages that a RUN on an AWS function base starts, and that neither the base nor a step brings.

use super::off_path::is_login;
use super::{Build, Copied, Origin, RunCommand, Stage, Step};
use crate::command::Handed;
use crate::facts::{self, Base, BaseKind, CommandKind, Toolchain, packages};
use crate::source::Span;

/// A tool of a language that is not there.
#[derive(Clone, Copy, Debug)]
pub struct LackingTool<'b, 'a> {
    /// Its stage.
    pub stage: &'b Stage<'a>,
    /// The base at the root of the stage.
    pub base: &'b Base,
    /// The tool.
    pub tool: &'static str,
    /// What is known of it.
    pub chain: &'static Toolchain,
    /// Its name in the script.
    pub span: Span,
}

/// Programs that unpack, or go on with what they fetched: they may put any tool anywhere.
const UNPACK: &[&str] = &["tar", "bsdtar", "unzip", "rpm", "amazon-linux-extras", "git", "make", "source", "eval"];

impl<'a> Build<'a> {
    /// The tools of languages that steps start where nothing brings them. Each is reported where it is used first.
    pub fn lacking_tools(&self) -> Vec<LackingTool<'_, 'a>> {
        let mut found = Vec::new();
        let mut ends: Vec<Vec<&'static Toolchain>> = Vec::new();
        for stage in &self.stages {
            let base = self.base_of(stage).filter(|base| base.kind == BaseKind::Lambda);
            let mut missing = match (stage.passed_on(&ends), base) {
                (Some(missing), _) => missing,
                (None, Some(base)) => packages().toolchain.iter().filter(|chain| !chain.is_of(base)).collect(),
                (None, None) => Vec::new(),
            };
            if let Some(base) = base {
                self.follow_tools(stage, base, &mut missing, &mut found);
            }
            ends.push(missing);
        }
        found
    }

    fn follow_tools<'b>(
        &'b self,
        stage: &'b Stage<'a>,
        base: &'b Base,
        missing: &mut Vec<&'static Toolchain>,
        found: &mut Vec<LackingTool<'b, 'a>>,
    ) {
        let (copies, mut ran) = (self.copies_of(stage), stage.ran().iter().peekable());
        let mut copies = copies.iter().peekable();
        for (at, step) in stage.steps.iter().enumerate() {
            if missing.is_empty() {
                return;
            }
            if let Some(copied) = copies.next_if(|copied| std::ptr::eq(copied.step, step)) {
                missing.retain(|chain| !may_be_copied(copied, chain));
            }
            // Another PATH leads to folders of which nothing is known.
            if !has_path_of(base, step) {
                missing.clear();
            }
            while let Some(ran) = ran.next_if(|ran| ran.step == at) {
                let used = missing.iter().position(|chain| chain.tools.contains(&ran.path.as_str()));
                if let Some(index) = used.filter(|_| !ran.guarded && !is_mounted(step) && !is_launched(ran)) {
                    let chain = missing.remove(index);
                    let tool = chain.tools.iter().find(|tool| **tool == ran.path).copied().unwrap_or_default();
                    found.push(LackingTool { stage, base, tool, chain, span: ran.program_span });
                }
                missing.retain(|chain| !may_bring(step, ran, chain));
            }
        }
    }
}

impl Toolchain {
    fn is_of(&self, base: &Base) -> bool {
        self.except.is_some() && self.except == base.family
    }

    fn is_named_in(&self, text: &str) -> bool {
        let lower = text.to_ascii_lowercase();
        self.words.iter().any(|word| lower.contains(*word))
    }
}

/// Whether PATH in a step is the one that the base sets.
fn has_path_of(base: &Base, step: &Step<'_>) -> bool {
    let of_base = base.env.as_ref().and_then(|env| env.get("PATH"));
    let login = step.state.shell.iter().flatten().any(|word| is_login(word));
    of_base.is_some_and(|path| step.state.variable("PATH") == Some(path.as_str())) && !login
}

/// Whether a mount may put a tool into the step: `--mount=from=ghcr.io/astral-sh/uv,target=/bin/uv`.
fn is_mounted(step: &Step<'_>) -> bool {
    let mounts = step.instruction.flags.iter().filter_map(|flag| flag.value.as_ref());
    mounts.into_iter().any(|value| value.text.contains("from=") || value.text.contains('$'))
}

/// Whether a launcher stands in front of the tool, which brings what it starts: `npx yarn`, `uvx poetry`.
fn is_launched(ran: &RunCommand) -> bool {
    let (before, _) = ran.written.rsplit_once(' ').unwrap_or_default();
    before.split(' ').any(|word| facts::commands(word).any(|row| row.kind == CommandKind::Launcher || row.own_path))
}

/// Whether a COPY may bring a tool: it names it, or lays a folder over those of programs.
fn may_be_copied(copied: &Copied<'_, '_>, chain: &Toolchain) -> bool {
    let image = match &copied.origin {
        Origin::Image(name, ..) => name,
        Origin::Stage(stage) => stage.name.as_deref().unwrap_or_default(),
        Origin::Context | Origin::Unknown => "",
    };
    let opens = copied.opens();
    let plain = matches!(copied.origin, Origin::Context) && !opens;
    let named = |text: &str| chain.is_named_in(text);
    let sources = || copied.sources.iter().map(|(source, _)| source.as_deref());
    chain.tools.iter().any(|tool| copied.may_bring(tool))
        || named(image)
        || copied.destination.as_deref().is_none_or(|to| !plain && named(to))
        || sources().any(|source| source.is_none_or(|source| !plain && named(source)))
        || opens
}

/// Whether a command may bring a tool.
fn may_bring(step: &Step<'_>, ran: &RunCommand, chain: &Toolchain) -> bool {
    // A shell's script is among the commands by itself; at a login PATH may become another.
    if matches!(ran.reading.handed, Handed::Script(_)) {
        return ran.args.iter().any(|arg| is_login(&arg.raw));
    }
    let (own, brings) = (chain.tools.contains(&ran.program.as_str()), ran.may_bring());
    let words = || ran.raws().chain(ran.assigns.iter().map(|arg| arg.raw.as_str()));
    let names = || words().chain([ran.program.as_str()]).any(|text| chain.is_named_in(text));
    let unknown = || ran.install().is_some() && ran.args.iter().any(|arg| arg.text.is_none());
    // A shell that is given no text reads a here-document, whose commands are among those of the step, or a pipe.
    let shell = ran.reading.row.is_some_and(|row| row.kind == CommandKind::Shell);
    let piped = shell && (ran.reading.handed != Handed::Input || step.instruction.heredocs.is_empty());
    ran.is_opaque()
        || piped
        || words().any(|arg| arg.starts_with("PATH="))
        || UNPACK.contains(&ran.program.as_str())
        || installs_list(ran)
        || ran.writes.iter().any(|to| chain.is_named_in(&to.raw))
        || chain.tools.iter().any(|tool| brings(tool))
        || (!own && (names() || unknown()))
}

/// Whether pip installs what a list names, or a project: any tool may be among that.
fn installs_list(ran: &RunCommand) -> bool {
    let list = |arg: &str| matches!(arg, "-r" | "-e" | ".") || arg.starts_with("--req") || arg.contains('/');
    matches!(ran.program.as_str(), "pip" | "uv") && ran.raws().any(list)
}
