//! What hadolint's rules look at: the RUN instructions of a file with their commands, as the preset reads them.
//!
//! Under our own preset a command is seen wherever it stands, after `sudo`, in `bash -c '…'`, by its full path;
//! under hadolint's only where its name stands bare, and words with variables are judged as they are written.

use crate::dockerfile::Kind;
use crate::launch::{CommandArg, RunCommand, Stage, Written};
use crate::rules::DockerfileContext;
use crate::selection::Preset;

/// How far back ARGs are looked for, in instructions.
const MAX_LOOKED_AT: usize = 500;

/// A RUN, and what it runs.
pub(super) struct Seen<'b> {
    /// Where it stands.
    pub(super) written: Written<'b, 'b>,
    /// Its commands in order.
    pub(super) commands: Vec<&'b RunCommand>,
}

impl<'b> DockerfileContext<'b> {
    /// Whether all is to be as hadolint has it.
    pub(super) fn as_hadolint(&self) -> bool {
        self.options.preset == Preset::Hadolint
    }

    /// Whether every FROM can be read: after one that cannot, instructions count to the wrong stage.
    pub(super) fn has_all_stages(&self) -> bool {
        let from = self.build.dockerfile.instructions.iter().filter(|i| i.keyword.text.eq_ignore_ascii_case("from"));
        from.count() == self.build.stages.len()
    }

    /// Whether a rule about tidiness has nothing to say of a function: Lambda's own rules say it.
    pub(super) fn left_to_lambda(&self) -> bool {
        self.lambda && !self.as_hadolint()
    }

    /// The RUN instructions of the file, those behind ONBUILD too.
    pub(super) fn runs(&self) -> impl Iterator<Item = Seen<'b>> {
        let strict = self.as_hadolint();
        self.build.written().filter_map(move |written| {
            // hadolint takes every shell for one of Bourne's, and sees nothing in what is not a script at all.
            let ran = if strict { written.step.ran_in_any_shell() } else { written.step.ran() };
            if strict && !written.step.is_foreign() && written.step.is_broken() {
                return None;
            }
            // hadolint does not look into `bash <<EOF`.
            let body = written.step.instruction.rest.text.starts_with("<<");
            let known = |ran: &&RunCommand| !strict || (ran.plain && (ran.script == 0 || body));
            let commands: Vec<&RunCommand> = ran.iter().filter(known).collect();
            (!commands.is_empty()).then_some(Seen { written, commands })
        })
    }

    /// Whether what a RUN leaves behind is in an image that is shipped: not in a stage that only lends files.
    pub(super) fn ships(&self, written: &Written<'_, '_>) -> bool {
        let Some(stage) = written.stage else { return true };
        if written.onbuild {
            return true;
        }
        if self.as_hadolint() { stage.is_base || stage.index + 1 == self.build.stages.len() } else { stage.is_final }
    }

    /// The texts to judge of an argument; none where it cannot be known.
    pub(super) fn texts(&self, arg: &CommandArg) -> Vec<String> {
        let has_variable = arg.raw.contains(['$', '`']) && !arg.raw.starts_with('\'');
        match &arg.text {
            Some(text) if !has_variable => vec![text.clone()],
            _ if self.as_hadolint() => vec![arg.raw.replace('"', "")],
            // Without quotes, a shell parts what a variable holds at its blanks.
            Some(text) if !arg.raw.contains('"') => text.split_whitespace().map(str::to_owned).collect(),
            Some(text) => vec![text.clone()],
            None => Vec::new(),
        }
    }

    /// The stage that a name means to hadolint, which compares names letter by letter, among the first `first` stages.
    pub(super) fn stage_named(&self, name: &str, first: usize) -> Option<&'b Stage<'b>> {
        self.build.stage_spelt(name).filter(|stage| stage.index < first)
    }

    /// Whether a stage names the one it stands on by the very letters of its name.
    pub(super) fn stage_exactly(&self, stage: &Stage<'_>) -> bool {
        matches!(&stage.from.kind, Kind::From(from) if self.stage_named(&from.image.text, stage.index).is_some())
    }

    /// A word with the values of every ARG put in that comes before a place of the file, in any stage.
    pub(super) fn with_earlier_args(&self, raw: &str, before: usize) -> Option<String> {
        let mut text = raw.replace('"', "");
        let mut looked_at = 0;
        for written in self.build.written().take_while(|written| written.whole.start < before) {
            // Real files have fewer, and each is searched for in each word.
            looked_at += 1;
            if looked_at > MAX_LOOKED_AT || !text.contains('$') {
                break;
            }
            let Kind::Arg(pairs) = &written.step.instruction.kind else { continue };
            for pair in pairs {
                let Some(value) = &pair.value else { continue };
                let value = value.text.trim_matches(['"', '\'']);
                text = text
                    .replace(&format!("${{{}}}", pair.key.text), value)
                    .replace(&format!("${}", pair.key.text), value);
            }
        }
        (!text.contains('$') && text.len() < 4096).then_some(text)
    }

    /// A word with the ARGs of its stage put in, all else as it is written.
    pub(super) fn with_args(raw: &str, written: &Written<'_, '_>) -> String {
        let mut text = raw.to_owned();
        for (name, setting) in &written.step.state.args {
            let Some(value) = setting.value().filter(|value| value.len() < 256 && text.len() < 4096) else { continue };
            text = text.replace(&format!("${{{name}}}"), value);
            if text == format!("${name}") {
                text.clone_from(value);
            }
        }
        text
    }
}
