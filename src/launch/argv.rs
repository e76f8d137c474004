//! Command lines as ENTRYPOINT and CMD hold them.

use crate::diagnostic::Location;

/// A command line as ENTRYPOINT and CMD hold it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Argv {
    /// The arguments in order, shell and `-c` included in shell form.
    pub args: Vec<Arg>,
    /// Whether it was written in shell form (in an image: whether it is `[shell, "-c", text]`).
    pub shell: bool,
    /// The whole of it.
    pub place: Location,
}

/// One argument of a command line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Arg {
    /// The argument as the kernel gets it.
    pub text: String,
    /// Where it stands.
    pub place: Location,
    /// `true` if only running it can tell the text: a word of a script with a variable in it, as it is written.
    pub unknown: bool,
}

impl Arg {
    /// An argument whose text is known.
    pub(crate) fn new(text: impl Into<String>, place: Location) -> Self {
        Self { text: text.into(), place, unknown: false }
    }
}

impl Argv {
    /// The arguments as plain strings.
    pub fn texts(&self) -> Vec<&str> {
        self.args.iter().map(|arg| arg.text.as_str()).collect()
    }

    /// The first argument, the program.
    pub fn program(&self) -> Option<&Arg> {
        self.args.first()
    }

    /// The text that the shell gets, in shell form.
    pub fn script(&self) -> Option<&str> {
        if self.shell { self.args.last().map(|arg| arg.text.as_str()) } else { None }
    }

    /// The only word of a shell form, without its quotes; `None` if it has several, or the shell does anything with it.
    pub fn only_word(&self) -> Option<&str> {
        let word = self.script()?.trim().trim_matches('"');
        let plain = |c: char| !(c.is_whitespace() || "$'\"\\`&|;<>()".contains(c));
        (!word.is_empty() && word.chars().all(plain)).then_some(word)
    }

    /// As a JSON array, the way one writes it in a Dockerfile.
    pub fn json(&self) -> String {
        json(&self.texts())
    }
}

/// Strings as the JSON array one writes behind CMD.
pub fn json(texts: &[impl AsRef<str>]) -> String {
    let quoted: Vec<String> = texts.iter().map(|text| serde_json::Value::from(text.as_ref()).to_string()).collect();
    format!("[{}]", quoted.join(", "))
}

impl Argv {
    /// Whether it is a JSON array gone wrong, which Docker gives to a shell as it stands.
    pub fn is_broken_array(&self) -> bool {
        self.script().is_some_and(is_broken_array)
    }
}

/// Whether shell text is an array gone wrong, and not the shell's own `[ … ]` test.
pub(crate) fn is_broken_array(script: &str) -> bool {
    let Some(inside) = script.trim().strip_prefix('[') else { return false };
    let inside = inside.trim_start();
    let quote = |c: char| "'\"`“”„‟‘’‚‛«»,]".contains(c);
    let test = [" = ", " == ", " != ", " -eq ", " -ne ", " -gt ", " -lt ", " -a ", " -o ", "] &&", "] ||", "];", "] ;"];
    if test.iter().any(|operator| inside.contains(operator)) {
        return false;
    }
    // `[app.handler]` has no quotes at all; a test's `[` stands alone before a blank.
    let bare = inside.trim_end().ends_with(']') && !script.trim_start().starts_with("[ ") && !inside.starts_with('[');
    inside.starts_with(quote) || bare
}
