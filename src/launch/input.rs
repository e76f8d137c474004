//! What a rule may ask of the Dockerfile or of the saved image without knowing which of them was read: the answer is
//! empty for the other one.

use super::{Build, Copied, Launch, RunCommand, Step};
use crate::diagnostic::Location;
use crate::dockerfile::Kind;
use crate::facts::BaseKind;
use crate::image::Files;
use crate::source::Span;
use std::borrow::Cow;

impl<'a> Launch<'a> {
    /// The COPY and ADD instructions that make the final image.
    pub fn copies(&self) -> Vec<Copied<'a, 'a>> {
        self.build.map(Build::copies).unwrap_or_default()
    }

    /// The commands of all RUN instructions that make the final image, each with its step.
    pub fn final_commands(&self) -> impl Iterator<Item = (&'a Step<'a>, &'a RunCommand)> {
        self.build.into_iter().flat_map(Build::final_commands)
    }

    /// The steps that make the final image, first one first.
    pub fn final_steps(&self) -> Vec<&'a Step<'a>> {
        self.build.map(Build::final_steps).unwrap_or_default()
    }

    /// Whether no step after a COPY may have changed the file that it put at a path.
    pub fn untouched_after(&self, path: &str, copy: Span) -> bool {
        self.build.is_some_and(|build| build.untouched_after(path, copy))
    }

    /// Whether a RUN takes carriage returns off a script: with `dos2unix` or `sed 's/\\r$//'`, for any file.
    pub fn cures_line_ends(&self, path: &str) -> bool {
        let tools = ["dos2unix", "sed", "gsed", "tr"];
        let ends = ["\\r", "\\x0d", "\\015", crate::path::file_name(path)];
        self.final_commands().any(|(_, ran)| {
            let named = || ran.raws().any(|text| ends.iter().any(|end| text.contains(end)));
            tools.contains(&ran.program.as_str()) && (ran.program == "dos2unix" || named())
        })
    }

    /// Whether any RUN that makes the final image holds a text.
    pub fn runs_mention(&self, text: &str) -> bool {
        self.build.is_some_and(|build| build.runs_mention(text))
    }

    /// Whether the value of a variable, by its place, holds a build argument that the build passes.
    pub fn passes_argument(&self, place: Location) -> bool {
        self.build.is_some_and(|build| build.passes_argument(place))
    }

    /// The value that a build argument has at the end of the final stage.
    pub fn argument_value(&self, name: &str) -> Option<&'a str> {
        let build = self.build?;
        build.stages.get(build.target?)?.end.args.get(name)?.value().map(String::as_str)
    }

    /// What the Dockerfile says at a span.
    pub fn source_text(&self, span: Span) -> Option<Cow<'a, str>> {
        self.build.map(|build| build.dockerfile.source.text(span))
    }

    /// Whether variables may be set that are not in `env`: by an unknown base, or in an environment that cannot be read.
    pub fn hides_variables(&self) -> bool {
        match self.build {
            Some(_) => self.base.kind == BaseKind::Unknown || self.hidden_env.is_some(),
            None => !self.env_known,
        }
    }

    /// Whether the image has a label, or may have it by a name that an expression makes.
    pub fn has_label(&self, name: &str) -> bool {
        let label = |step: &&Step<'a>| match &step.instruction.kind {
            Kind::Label(pairs) => pairs.iter().any(|pair| {
                let key = pair.key.text.trim_matches(['"', '\'']);
                key == name || key.contains('$')
            }),
            _ => false,
        };
        self.final_steps().iter().any(label) || self.image.is_some_and(|image| image.label(name).is_some())
    }

    /// The files of a saved image; `None` if some could not be read, so that what is not there is not known.
    pub fn files(&self) -> Option<&'a Files> {
        self.image.filter(|image| image.is_whole()).map(|image| &image.files)
    }
}

/// Which setting names a path that the function needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NamedBy {
    /// WORKDIR.
    Workdir,
    /// ENTRYPOINT or CMD.
    Command,
    /// A variable.
    Variable,
}
