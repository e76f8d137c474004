//! What the RUN instructions of a build say.

use super::Step;
use crate::dockerfile::{Command, Kind, Text};
use crate::shell::{self, Simple};

/// A script of a RUN: its text, with the way back to the file, and its commands.
#[derive(Debug)]
pub struct Script<'a> {
    /// The text.
    pub text: &'a Text,
    /// The commands in it.
    pub commands: Vec<Simple>,
}

impl<'a> Step<'a> {
    /// The shell scripts of a RUN: its own text, and here-documents that a shell reads. Nothing under a shell
    /// that is not Bourne's, and nothing for other instructions.
    pub fn scripts(&self) -> Vec<Script<'a>> {
        let Kind::Run(Command::Shell(text)) = &self.instruction.kind else { return Vec::new() };
        let bourne = |program: &str| {
            matches!(program.rsplit('/').next().unwrap_or_default(), "sh" | "bash" | "ash" | "dash" | "zsh" | "ksh")
        };
        if !self.state.shell.as_ref().is_none_or(|shell| shell.first().is_some_and(|program| bourne(program))) {
            return Vec::new();
        }
        let own = shell::commands(&text.text);
        // `RUN <<EOF` gives its document to the shell, `RUN bash <<EOF` to bash, `RUN python3 <<EOF` to python.
        let reads = own
            .first()
            .and_then(Simple::program)
            .is_none_or(|(program, _)| bourne(program) || program.starts_with("<<"));
        let mut scripts = vec![Script { text, commands: own }];
        for heredoc in self.instruction.heredocs.iter().filter(|_| reads) {
            let body = &heredoc.body;
            let first = body.text.lines().next().unwrap_or_default();
            let interpreter = first.strip_prefix("#!").map(|line| line.split_whitespace().next().unwrap_or_default());
            let env = first.contains("env sh") || first.contains("env bash");
            if interpreter.is_none_or(|program| bourne(program) || env) {
                scripts.push(Script { text: body, commands: shell::commands(&body.text) });
            }
        }
        scripts
    }
}
