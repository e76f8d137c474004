//! A Dockerfile that is about to be edited: its text, what the parser read in it, and edits by span.

use super::internals::dockerfile::{Command, Dockerfile, Flag, Instruction, Kind};
use super::internals::shell;
use std::ops::Range;

/// A text and its instructions.
pub struct Draft {
    pub text: String,
    pub file: Dockerfile,
}

/// Bytes of the text, and what takes their place.
pub type Edit = (Range<usize>, String);

/// What a stage starts, both in exec form: the instruction's index and its elements.
#[derive(Default)]
pub struct Start {
    pub entrypoint: Option<(usize, Vec<String>)>,
    pub cmd: Option<(usize, Vec<String>)>,
}

impl Draft {
    pub fn read(text: &str) -> Self {
        Self { text: text.to_owned(), file: Dockerfile::read(text) }
    }

    pub fn instructions(&self) -> &[Instruction] {
        &self.file.instructions
    }

    /// The text of an instruction as it is written.
    pub fn written(&self, at: usize) -> &str {
        let span = self.instructions()[at].span;
        self.text[span.start..span.end].trim_end_matches(['\n', '\r'])
    }

    /// The instructions of each stage, FROM first.
    pub fn stages(&self) -> Vec<Range<usize>> {
        let from = |(_, i): &(usize, &Instruction)| matches!(i.kind, Kind::From(_));
        let starts: Vec<usize> = self.instructions().iter().enumerate().filter(from).map(|(at, _)| at).collect();
        let ends = starts.iter().skip(1).copied().chain([self.instructions().len()]);
        starts.iter().copied().zip(ends).map(|(start, end)| start..end).collect()
    }

    pub fn last_stage(&self) -> Option<Range<usize>> {
        self.stages().pop()
    }

    /// The image of a stage's FROM and the name behind AS.
    pub fn from(&self, at: usize) -> Option<(&str, Option<&str>)> {
        let Kind::From(from) = &self.instructions()[at].kind else { return None };
        Some((&from.image.text, from.name.as_ref().map(|(_, name)| name.text.as_str())))
    }

    /// The number of the stage that a name or a number means.
    pub fn stage_named(&self, name: &str) -> Option<usize> {
        let stages = self.stages();
        let named = |stage: &Range<usize>| {
            self.from(stage.start).and_then(|(_, name)| name).is_some_and(|own| own.eq_ignore_ascii_case(name))
        };
        stages.iter().rposition(named).or_else(|| name.parse().ok().filter(|number| *number < stages.len()))
    }

    /// The image that the final stage stands on, stages of the file looked through.
    pub fn base(&self) -> Option<String> {
        let mut at = self.last_stage()?.start;
        for _ in 0..100 {
            let (image, _) = self.from(at)?;
            let below = self.stage_named(image).filter(|_| image.parse::<usize>().is_err());
            match below.map(|stage| self.stages()[stage].start).filter(|below| *below < at) {
                Some(below) => at = below,
                None => return Some(image.to_owned()),
            }
        }
        None
    }

    /// Whether the final stage stands on an AWS base image, whose entrypoint takes the handler.
    pub fn on_lambda_base(&self) -> bool {
        self.base()
            .is_some_and(|base| base.starts_with("public.ecr.aws/lambda/") || base.starts_with("amazon/aws-lambda-"))
    }

    /// Whether the final stage stands on an image that is known to have no entrypoint, or one that runs any command.
    pub fn on_base_without_entrypoint(&self) -> bool {
        const KNOWN: &[&str] =
            &["python", "node", "ruby", "debian", "ubuntu", "alpine", "golang", "rust", "amazonlinux"];
        let Some(base) = self.base() else { return false };
        let name = base.rsplit_once("library/").map_or(base.as_str(), |(_, name)| name);
        KNOWN.contains(&name.split([':', '@']).next().unwrap_or_default())
    }

    /// Whether a shell and its usual tools are missing from the final stage's base.
    pub fn on_bare_base(&self) -> bool {
        self.base().is_none_or(|base| base == "scratch" || base.contains("distroless") || base.contains("chiselled"))
    }

    /// The text with all edits made; `None` if they change nothing.
    pub fn edited(&self, mut edits: Vec<Edit>) -> Option<String> {
        let mut text = self.text.clone();
        edits.sort_by_key(|(range, _)| (range.start, range.end));
        for (range, put) in edits.into_iter().rev() {
            text.replace_range(range, &put);
        }
        (text != self.text).then_some(text)
    }

    /// Every instruction for which the function has another text is replaced by it.
    pub fn each(&self, mut new: impl FnMut(usize, &Instruction) -> Option<String>) -> Option<String> {
        let edits = self.instructions().iter().enumerate().filter_map(|(at, instruction)| {
            let start = instruction.span.start;
            Some((start..start + self.written(at).len(), new(at, instruction)?))
        });
        let edits = edits.collect();
        self.edited(edits)
    }

    /// Lines put in front of an instruction. Comments above it stay with it.
    pub fn before(&self, at: usize, lines: &str) -> Edit {
        match at.checked_sub(1) {
            Some(above) => self.after(above, lines),
            None => {
                let start = self.instructions()[at].span.start;
                (start..start, format!("{lines}\n"))
            }
        }
    }

    /// Lines put behind an instruction.
    pub fn after(&self, at: usize, lines: &str) -> Edit {
        let end = self.instructions()[at].span.start + self.written(at).len();
        (end..end, format!("\n{lines}"))
    }

    /// Lines at the end of the final stage, in front of what it starts.
    pub fn at_the_end(&self, lines: &str) -> Option<String> {
        let stage = self.last_stage()?;
        let starts = |at: &usize| matches!(self.instructions()[*at].kind, Kind::Cmd(_) | Kind::Entrypoint(_));
        let edit = match stage.clone().skip(1).find(starts) {
            Some(at) => self.before(at, lines),
            None => self.after(stage.end - 1, lines),
        };
        self.edited(vec![edit])
    }

    /// Lines right behind the FROM of the final stage.
    pub fn at_the_start(&self, lines: &str) -> Option<String> {
        let stage = self.last_stage()?;
        self.edited(vec![self.after(stage.start, lines)])
    }

    /// Every such script for which the function has another is replaced by it.
    pub fn scripts(&self, mut new: impl FnMut(&str) -> Option<String>) -> Option<String> {
        self.each(|_, instruction| {
            let new = new(script(instruction)?)?;
            Some(format!("{} {}{new}", instruction.keyword.text, self.flags(instruction)))
        })
    }

    /// The builder flags of an instruction, each with a blank behind it.
    pub fn flags(&self, instruction: &Instruction) -> String {
        let written = |flag: &Flag| format!("{} ", &self.text[flag.span.start..flag.span.end]);
        instruction.flags.iter().map(written).collect()
    }

    /// What the final stage starts; `None` if any of it is in shell form or comes from another stage of the file.
    pub fn start(&self) -> Option<Start> {
        let stage = self.last_stage()?;
        let (image, _) = self.from(stage.start)?;
        let inherits = self.stage_named(image).is_some_and(|below| self.stages()[below].start < stage.start);
        let mut start = Start::default();
        for at in stage.skip(1) {
            let (slot, command) = match &self.instructions()[at].kind {
                Kind::Entrypoint(command) => (&mut start.entrypoint, command),
                Kind::Cmd(command) => (&mut start.cmd, command),
                _ => continue,
            };
            let Command::Exec(words) = command else { return None };
            *slot = Some((at, words.iter().map(|word| word.text.clone()).collect()));
        }
        (!inherits && (start.entrypoint.is_some() || start.cmd.is_some())).then_some(start)
    }

    /// The text with another ENTRYPOINT and CMD in the final stage; `None` leaves one as it is.
    pub fn starting(&self, start: &Start, entrypoint: Option<&[String]>, cmd: Option<&[String]>) -> Option<String> {
        let mut edits = Vec::new();
        let mut put = |keyword: &str, old: &Option<(usize, Vec<String>)>, new: Option<&[String]>, beside: usize| {
            let Some(new) = new else { return };
            let line = format!("{keyword} {}", json(new));
            edits.push(match old {
                Some((at, _)) => {
                    let begin = self.instructions()[*at].span.start;
                    (begin..begin + self.written(*at).len(), line)
                }
                None if keyword == "ENTRYPOINT" => self.before(beside, &line),
                None => self.after(beside, &line),
            });
        };
        let beside = start.cmd.as_ref().or(start.entrypoint.as_ref())?.0;
        put("ENTRYPOINT", &start.entrypoint, entrypoint, beside);
        put("CMD", &start.cmd, cmd, beside);
        self.edited(edits)
    }
}

/// The script of a RUN in shell form that a here-document has no part in.
pub fn script(instruction: &Instruction) -> Option<&str> {
    match &instruction.kind {
        Kind::Run(Command::Shell(text)) if instruction.heredocs.is_empty() && !text.text.is_empty() => Some(&text.text),
        _ => None,
    }
}

/// A JSON array as people write it.
pub fn json(words: &[String]) -> String {
    let words: Vec<String> = words.iter().map(|word| serde_json::to_string(word).unwrap()).collect();
    format!("[{}]", words.join(", "))
}

/// A word of a script: where it stands, and its text, which is empty if a variable is in it.
pub type Word = (Range<usize>, String);

/// The words of each command of a script that starts a program. Commands in a text for another shell are left out.
pub fn programs(script: &str) -> Vec<Vec<Word>> {
    const BUILT_IN: &[&str] = &[
        "cd", ".", "source", ":", "[", "[[", "test", "echo", "printf", "export", "set", "unset", "eval", "exec",
        "exit", "command", "type", "hash", "read", "local", "alias", "shift", "return", "pushd", "popd", "let",
        "declare", "trap", "umask", "ulimit", "wait", "true", "false", "if", "for", "while", "!", "builtin", "shopt",
    ];
    let commands = shell::commands(script);
    let words = commands.iter().filter(|command| !command.quoted).map(|command| {
        let word = |word: &shell::Word| (word.span.0..word.span.1, word.text.clone().unwrap_or_default());
        command.words.iter().map(word).collect::<Vec<Word>>()
    });
    let known = |words: &Vec<Word>| {
        words.first().is_some_and(|(_, text)| !text.is_empty() && !BUILT_IN.contains(&text.as_str()))
    };
    words.filter(known).collect()
}

/// Puts text into a script at some places.
pub fn put_in(script: &str, mut places: Vec<(usize, String)>) -> Option<String> {
    places.sort();
    places.dedup();
    let mut text = script.to_owned();
    for (at, put) in places.iter().rev() {
        text.insert_str(*at, put);
    }
    (!places.is_empty()).then_some(text)
}
