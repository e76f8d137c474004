//! Build arguments of the final image, and what becomes of their values.

use super::{Build, Setting, Step};
use crate::diagnostic::Location;
use crate::dockerfile::{Instruction, Kind};
use crate::facts;
use crate::source::Span;

/// One `ARG` of a stage that makes the final image.
#[derive(Debug)]
pub struct BuildArg<'b> {
    /// Its name.
    pub name: &'b str,
    /// Where it is declared.
    pub span: Span,
    /// The value it has if the build passes none, where it is known.
    pub default: Option<&'b str>,
    /// What keeps its value in the image.
    pub used: ArgumentUse,
}

/// What keeps a build argument's value in the image, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArgumentUse {
    /// Nothing does.
    Nowhere,
    /// A RUN below it: all arguments in scope are written into its line of the history.
    Run(Span),
    /// An ENV that takes it over.
    Env(Span),
}

/// What a variable is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Programs are known to read it when the function runs.
    RunTime,
    /// A later instruction of the build uses it, and nothing else is known to.
    Build,
    /// Nothing shows it.
    Unknown,
}

/// More arguments than this are not looked at: each is searched for in all that follows.
const MAX_ARGUMENTS: usize = 256;

impl Build<'_> {
    /// The build arguments of the stages that make the final image.
    pub fn final_arguments(&self) -> Vec<BuildArg<'_>> {
        let mut all = Vec::new();
        let stages = self.final_stages();
        for (nth, stage) in stages.iter().enumerate() {
            for (at, step) in stage.steps.iter().enumerate() {
                let Kind::Arg(pairs) = &step.instruction.kind else { continue };
                let after = stage.steps.get(at + 1).map_or(&stage.end, |next| &next.state);
                // A stage built FROM this one inherits the argument.
                let later = || stages.iter().skip(nth + 1).flat_map(|stage| &stage.steps);
                let rest = || stage.steps.iter().skip(at + 1).chain(later()).map(|step| step.instruction);
                for pair in pairs {
                    if all.len() >= MAX_ARGUMENTS {
                        return all;
                    }
                    let name = pair.key.text.as_str();
                    let env = rest().find(|later| matches!(later.kind, Kind::Env { .. }) && mentions(later, name));
                    let run = || rest().find(|later| matches!(later.kind, Kind::Run(_)));
                    let used = match env {
                        Some(env) => ArgumentUse::Env(env.span),
                        None => run().map_or(ArgumentUse::Nowhere, |run| ArgumentUse::Run(run.keyword.span)),
                    };
                    let default = after.args.get(name).and_then(Setting::value).map(String::as_str);
                    all.push(BuildArg { name, span: pair.key.span, default, used });
                }
            }
        }
        all
    }

    /// What a variable that names a path is for, as far as the build shows it.
    pub fn purpose_of(&self, name: &str, path: &str) -> Purpose {
        if facts::is_runtime_variable(name) {
            return Purpose::RunTime;
        }
        let uses = |step: &&Step<'_>| {
            mentions(step.instruction, name) || step.instruction.heredocs.iter().any(|doc| refers(&doc.body.text, name))
        };
        let works = |step: &Step<'_>| step.is_run() && (step.runs(path) || step.works_in(path));
        if self.final_steps().iter().any(|step| uses(step) || works(step)) { Purpose::Build } else { Purpose::Unknown }
    }

    /// Whether the value of an ENV of the final image, by its place, holds a build argument.
    pub fn passes_argument(&self, place: Location) -> bool {
        self.final_steps().into_iter().any(|step| {
            matches!(step.instruction.kind, Kind::Env { .. })
                && step.instruction.span.start <= place.span.start
                && place.span.end <= step.instruction.span.end
                && step.state.args.keys().any(|name| mentions(step.instruction, name))
        })
    }
}

/// Whether an instruction's text holds `$NAME` or `${NAME`.
fn mentions(instruction: &Instruction, name: &str) -> bool {
    refers(&instruction.rest.text, name)
}

/// Whether a text holds `$NAME` or `${NAME`.
fn refers(text: &str, name: &str) -> bool {
    text.match_indices(name).any(|(at, _)| {
        let before = &text[..at];
        let ends = !text[at + name.len()..].starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
        ends && (before.ends_with('$') || before.ends_with("${")) && !name.is_empty()
    })
}
