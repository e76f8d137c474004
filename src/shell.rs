//! The commands of a RUN: what a shell would run, as far as it can be told without running it.
//!
//! The grammar is tree-sitter's of bash, which survives any text. What is not plain (a variable, a
//! substitution) is a word without a text, and rules take it as unknown.

use crate::command::{self, CommandWord, Handed};
use crate::facts;
use crate::meter::{self, Work};
use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::ops::ControlFlow;
use std::rc::Rc;
use tree_sitter::{Node, ParseOptions, ParseState, Parser, Point, Tree};

/// One simple command.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SimpleCommand {
    /// Its words: the program and its arguments; assignments before it are left out.
    pub words: Vec<Word>,
    /// Assignments in front of it, `A=b` each; all there is of a command without words, and a bare name there is the
    /// variable of a loop.
    pub assigns: Vec<Word>,
    /// Where its output goes: the targets of `>` and `>>`.
    pub writes: Vec<Word>,
    /// Whether it may not run at all, or may fail without harm: after `||` or a test, before `||`, in an
    /// `if`, a loop, a `case` or a function.
    pub guarded: bool,
    /// Whether a subshell or a pipe runs it, so that its `cd` does not affect other commands.
    pub subshell: bool,
    /// Whether its output goes into a pipe.
    pub piped: bool,
    /// Whether it stands in a text that another shell is given: `bash -c '…'`.
    pub quoted: bool,
}

/// One word of a command.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Word {
    /// The text with quotes taken off; `None` if a variable or a substitution is in it.
    pub text: Option<String>,
    /// Its first byte in the script, and one past its last.
    pub span: (usize, usize),
    /// `true` if it begins with a dash as it is written: a flag, also where its value is unknown.
    pub flag: bool,
}

impl CommandWord for Word {
    fn text(&self) -> Option<&str> {
        self.text.as_deref()
    }

    fn is_flag(&self) -> bool {
        self.flag
    }
}

impl SimpleCommand {
    /// Whether its first word is the program itself, a bare name: no folder, nothing that starts it in its turn.
    pub fn is_plain(&self) -> bool {
        let builtin = |text: &str| facts::commands(text).any(|row| row.transparent);
        let mut words = self.words.iter().map(|word| word.text.as_deref().unwrap_or_default());
        let first = words.find(|text| !builtin(text)).unwrap_or_default();
        !self.quoted && self.program().is_some_and(|(program, _)| program == first)
    }

    /// The program's name, without its folder; wrappers such as `sudo` and `env` looked through.
    pub fn program(&self) -> Option<(&str, &Word)> {
        let word = self.words.get(command::behind_wrappers(&self.words)?)?;
        let text = word.text.as_deref()?;
        Some((text.rsplit('/').next().unwrap_or(text), word))
    }

    /// The texts of all words, unknown ones left out.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.words.iter().filter_map(|word| word.text.as_deref())
    }

    /// Whether it only asks whether something is there.
    fn asks(&self) -> bool {
        command::read(&self.words).row.is_some_and(|row| row.asks)
    }
}

/// A longer script, in bytes, is not read: scripts written by hand are shorter.
const MAX_SCRIPT: usize = 64 * 1024;
/// Nor is one with more of these than this: each costs the parser as much as there were before it (60,000 pipes
/// fill all memory), and the most that 1,500 real files hold in one script is 30.
const COSTLY: [&str; 4] = ["|", "(", "<<", "=~"];
const MAX_COSTLY: usize = 256;
/// Commands deeper inside others than this are not looked at.
const MAX_DEPTH: usize = 64;

/// Maximum steps of the parser for one script, in about microseconds; all scripts of a file share what [`meter`] has.
const MAX_STEPS: u64 = 200_000;
/// Steps that a hundred operations of the parser count for, and reading one piece of the text.
const STEPS_OF_TICK: u64 = 16;
const STEPS_OF_PIECE: u64 = 8;
/// The parser gets the text in pieces of this length in bytes, to count how often it reads the same text again: after it
/// an error it may read all the rest for each character.
const PIECE: usize = 256;
/// Scripts are remembered up to this length together, in bytes, so that rules that ask again pay nothing.
const MAX_REMEMBERED: usize = 1024 * 1024;

thread_local! {
    /// Making a parser costs more than most scripts do.
    static PARSER: RefCell<Option<Parser>> = RefCell::new(bash());
    static KNOWN: RefCell<Known> = RefCell::new(Known::default());
}

/// Scripts of one subject that have been read.
#[derive(Default)]
struct Known {
    subject: u64,
    scripts: HashMap<String, Rc<Read>>,
    bytes: usize,
}

/// A script that has been read.
struct Read {
    commands: Vec<SimpleCommand>,
    broken: bool,
}

fn bash() -> Option<Parser> {
    let mut parser = Parser::new();
    parser.set_language(&tree_sitter_bash::LANGUAGE.into()).ok()?;
    Some(parser)
}

/// The commands of a script, in the order in which they are written; none of one that is too long or too dear.
pub fn commands(script: &str) -> Vec<SimpleCommand> {
    read(script).commands.clone()
}

/// Whether a text is not a script at all: the grammar finds errors in it. One that is too long or too dear counts as none.
pub fn is_broken(script: &str) -> bool {
    read(script).broken
}

fn read(script: &str) -> Rc<Read> {
    let known = KNOWN.with_borrow(|known| {
        let here = known.subject == meter::subject();
        known.scripts.get(script).filter(|_| here).cloned()
    });
    if let Some(known) = known {
        return known;
    }
    let mut commands = Vec::new();
    let tree = parse(script);
    let broken = tree.as_ref().is_none_or(|tree| tree.root_node().has_error());
    if let Some(tree) = tree {
        Walk { text: script, start: 0, out: &mut commands }.node(tree.root_node(), Surroundings::default());
    }
    let read = Rc::new(Read { commands, broken });
    KNOWN.with_borrow_mut(|known| {
        let subject = meter::subject();
        if known.subject != subject || known.bytes + script.len() > MAX_REMEMBERED {
            *known = Known { subject, ..Known::default() };
        }
        known.bytes += script.len();
        known.scripts.insert(script.to_owned(), Rc::clone(&read));
    });
    read
}

/// Whether the grammar makes out the commands of a script only in part. It stumbles over operands of `[ … ]`, which runs
/// nothing.
pub fn hides_commands(script: &str) -> bool {
    parse(script).is_none_or(|tree| has_hidden(tree.root_node(), script, 0))
}

fn has_hidden(node: Node<'_>, script: &str, depth: usize) -> bool {
    if !node.has_error() || node.kind() == "test_command" {
        return false;
    }
    if node.is_error() || node.is_missing() || depth > MAX_DEPTH {
        let text = script.get(node.byte_range()).unwrap_or_default().trim_start();
        return !text.starts_with(['[', ']']);
    }
    let mut cursor = node.walk();
    node.children(&mut cursor).any(|child| has_hidden(child, script, depth + 1))
}

/// What holds around a command.
#[derive(Clone, Copy, Default)]
struct Surroundings {
    guarded: bool,
    subshell: bool,
    piped: bool,
    quoted: bool,
    depth: usize,
}

impl Surroundings {
    fn simple(self, words: Vec<Word>) -> SimpleCommand {
        let Self { guarded, subshell, piped, quoted, .. } = self;
        SimpleCommand { words, guarded, subshell, piped, quoted, ..SimpleCommand::default() }
    }
}

fn parse(text: &str) -> Option<Tree> {
    let costly = COSTLY.iter().map(|mark| text.matches(mark).count()).sum::<usize>();
    // The kernel ends a script at a NUL, so it cannot be one that a shell is given.
    if text.len() > MAX_SCRIPT || costly > MAX_COSTLY || text.contains('\0') {
        return None;
    }
    let most = MAX_STEPS.min(meter::left(Work::Shell));
    let steps = Cell::new(1 + (costly * costly / 16) as u64);
    let tame = tame(text);
    let bytes = tame.as_bytes();
    let mut piece = |at: usize, _: Point| {
        steps.set(steps.get() + STEPS_OF_PIECE);
        // One that is too dear ends here: nothing else stops the lexer.
        let end = if steps.get() > most { at } else { bytes.len().min(at.saturating_add(PIECE)) };
        bytes.get(at..end).unwrap_or_default()
    };
    let mut tick = |_: &ParseState| {
        steps.set(steps.get() + STEPS_OF_TICK);
        if steps.get() > most { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let options = ParseOptions::new().progress_callback(&mut tick);
    let tree = PARSER.with_borrow_mut(|parser| {
        let parser = parser.as_mut()?;
        let tree = parser.parse_with_options(&mut piece, None, Some(options));
        // A parse that was broken off would go on with the next text.
        parser.reset();
        tree
    });
    meter::take(Work::Shell, steps.get());
    tree.filter(|_| steps.get() <= most)
}

/// The text for the grammar, with a stand-in of the same length for each character behind U+00FF. The scanner of
/// tree-sitter-bash 0.25 gives characters to C's `isdigit`, which reads a table at that index: of `{1` and U+E0041 far
/// after its end. To a shell all of them are parts of words, and none is part of a name.
fn tame(text: &str) -> Cow<'_, str> {
    let wild = |c: char| c > '\u{ff}';
    if !text.contains(wild) {
        return Cow::Borrowed(text);
    }
    let mut tame = String::with_capacity(text.len());
    for c in text.chars() {
        match c.len_utf8() {
            _ if !wild(c) => tame.push(c),
            2 => tame.push('é'),
            3 => tame.push_str("é."),
            _ => tame.push_str("éé"),
        }
    }
    Cow::Owned(tame)
}

/// Parses a text that starts at a byte of the whole script, and collects its commands.
fn collect(text: &str, start: usize, around: Surroundings, out: &mut Vec<SimpleCommand>) {
    if let Some(tree) = parse(text) {
        Walk { text, start, out }.node(tree.root_node(), around);
    }
}

struct Walk<'a, 'o> {
    text: &'a str,
    start: usize,
    out: &'o mut Vec<SimpleCommand>,
}

impl Walk<'_, '_> {
    fn node(&mut self, node: Node<'_>, around: Surroundings) {
        if around.depth > MAX_DEPTH {
            return;
        }
        let around = Surroundings { depth: around.depth + 1, ..around };
        let guarded = Surroundings { guarded: true, ..around };
        match node.kind() {
            "command" => self.command(node, around),
            // `[ -f x ]`, `export A=b`: commands with a syntax of their own.
            "test_command" | "declaration_command" | "unset_command" => self.flat(node, around),
            // `X=1` alone: no command, and a value for those after it.
            "variable_assignment" => {
                let assigns = vec![self.word(node)];
                self.out.push(SimpleCommand { assigns, ..around.simple(Vec::new()) });
                self.children(node, Surroundings { subshell: true, piped: false, ..around });
            }
            "for_statement" => {
                let assigns = node.child_by_field_name("variable").map(|variable| self.word(variable));
                self.out.push(SimpleCommand { assigns: assigns.into_iter().collect(), ..guarded.simple(Vec::new()) });
                self.children(node, guarded);
            }
            "list" => self.list(node, around),
            "if_statement"
            | "while_statement"
            | "c_style_for_statement"
            | "case_statement"
            | "function_definition"
            | "negated_command" => self.children(node, guarded),
            "subshell" => self.children(node, Surroundings { subshell: true, ..around }),
            "command_substitution" | "process_substitution" => {
                self.children(node, Surroundings { subshell: true, piped: false, ..around });
            }
            "pipeline" => self.pipeline(node, Surroundings { subshell: true, ..around }),
            "redirected_statement" => self.redirected(node, around),
            "raw_string" | "comment" | "heredoc_start" | "heredoc_end" => {}
            _ => self.children(node, around),
        }
    }

    fn children(&mut self, node: Node<'_>, around: Surroundings) {
        let mut cursor = node.walk();
        for child in node.named_children(&mut cursor) {
            self.node(child, around);
        }
    }

    /// All but the last of a pipeline write into a pipe.
    fn pipeline(&mut self, node: Node<'_>, around: Surroundings) {
        let mut cursor = node.walk();
        let parts: Vec<Node<'_>> = node.named_children(&mut cursor).filter(|part| part.kind() != "comment").collect();
        for (at, part) in parts.iter().enumerate() {
            self.node(*part, Surroundings { piped: around.piped || at + 1 < parts.len(), ..around });
        }
    }

    /// `a && b || c`: the tree leans to the left, one level for each operator, so it is taken apart in a loop.
    fn list(&mut self, node: Node<'_>, around: Surroundings) {
        let mut parts: Vec<(Node<'_>, bool)> = Vec::new();
        let mut left = node;
        while left.kind() == "list" {
            let mut cursor = left.walk();
            let children: Vec<Node<'_>> = left.children(&mut cursor).collect();
            let or = children.iter().any(|child| child.kind() == "||");
            let mut named = children.into_iter().filter(|child| child.is_named() && child.kind() != "comment");
            let (Some(first), second) = (named.next(), named.next()) else { return };
            if let Some(second) = second {
                parts.push((second, or));
            }
            left = first;
        }
        parts.push((left, false));
        parts.reverse();
        // `a && b || c`: each of the chain before an `||` may fail without harm. `a || exit 1` stops the script: there
        // `a` may not.
        let stops = |node: Node<'_>| {
            let text = self.text.get(node.byte_range()).unwrap_or_default();
            let mut words = text.split_whitespace();
            let stop = words.next().is_some_and(|word| matches!(word, "exit" | "return" | "false"));
            stop && words.next() != Some("0")
        };
        parts.iter_mut().for_each(|(node, or)| *or &= !stops(*node));
        let last_or = parts.iter().rposition(|&(_, or)| or).unwrap_or(0);
        let mut tested = false;
        for (index, &(part, behind_or)) in parts.iter().enumerate() {
            let first = self.out.len();
            let guarded = around.guarded || behind_or || index < last_or || tested;
            self.node(part, Surroundings { guarded, ..around });
            tested |= self.out.get(first).is_some_and(SimpleCommand::asks);
        }
    }

    fn redirected(&mut self, node: Node<'_>, around: Surroundings) {
        let mut cursor = node.walk();
        let first = self.out.len();
        let children: Vec<Node<'_>> = node.named_children(&mut cursor).collect();
        let (redirects, bodies): (Vec<_>, Vec<_>) =
            children.into_iter().partition(|child| child.kind().ends_with("_redirect"));
        bodies.into_iter().for_each(|child| self.node(child, around));
        for redirect in redirects {
            let more = self.words_behind(redirect);
            self.out[first..].iter_mut().next_back().into_iter().for_each(|s| s.words.extend(more.clone()));
            match self.target(redirect) {
                Some(word) => {
                    self.out[first..].iter_mut().next_back().into_iter().for_each(|s| s.writes.push(word.clone()));
                }
                // The body of a here-document may hold substitutions, and a command may stand after its mark.
                _ => {
                    let mut cursor = redirect.walk();
                    let into =
                        redirect.children(&mut cursor).any(|part| matches!(part.kind(), "|" | "|&" | "pipeline"));
                    self.out[first..].iter_mut().next_back().into_iter().for_each(|s| s.piped |= into);
                    self.children(redirect, around);
                }
            }
        }
    }

    /// The file that standard output goes to.
    fn target(&self, redirect: Node<'_>) -> Option<Word> {
        let mut cursor = redirect.walk();
        let parts: Vec<Node<'_>> = redirect.children(&mut cursor).collect();
        // `cat <<EOF > file` is one redirection inside the other.
        if let Some(inner) = parts.iter().find(|part| part.kind() == "file_redirect") {
            return self.target(*inner);
        }
        let to_file = parts.iter().any(|part| matches!(part.kind(), ">" | ">>" | ">|" | "&>" | "&>>"));
        let errors =
            parts.first().is_some_and(|part| part.kind() == "file_descriptor" && &self.text[part.byte_range()] != "1");
        let target = parts.iter().find(|part| part.is_named() && part.kind() != "file_descriptor");
        target.filter(|_| to_file && !errors).map(|target| self.word(*target))
    }

    /// The words of the command after a redirection, which the grammar takes for further targets of it.
    fn words_behind(&self, redirect: Node<'_>) -> Vec<Word> {
        if redirect.kind() != "file_redirect" {
            return Vec::new();
        }
        let mut cursor = redirect.walk();
        let named = redirect.named_children(&mut cursor).filter(|part| part.kind() != "file_descriptor");
        named.skip(1).map(|part| self.word(part)).collect()
    }

    /// A node whose leaves are the words.
    fn flat(&mut self, node: Node<'_>, around: Surroundings) {
        let mut cursor = node.walk();
        let words = node.children(&mut cursor).map(|child| self.word(child)).collect();
        self.out.push(around.simple(words));
    }

    fn command(&mut self, node: Node<'_>, around: Surroundings) {
        let mut words: Vec<Word> = Vec::new();
        let (mut writes, mut assigns) = (Vec::new(), Vec::new());
        let mut cursor = node.walk();
        let children: Vec<Node<'_>> = node.named_children(&mut cursor).collect();
        for &child in &children {
            match child.kind() {
                "herestring_redirect" | "heredoc_redirect" | "comment" => {}
                "variable_assignment" => assigns.push(self.word(child)),
                "file_redirect" => {
                    writes.extend(self.target(child));
                    words.extend(self.words_behind(child));
                }
                "command_name" => words.extend(child.named_child(0).or(Some(child)).map(|name| self.word(name))),
                _ => words.push(self.word(child)),
            }
        }
        if words.first().is_some_and(|first| first.span.1 > first.span.0) {
            self.out.push(SimpleCommand { assigns, writes, ..around.simple(words.clone()) });
        }
        // What `$(…)` in its words runs, runs too.
        for child in children.into_iter().filter(|child| !matches!(child.kind(), "word" | "raw_string")) {
            self.children(child, Surroundings { subshell: true, piped: false, ..around });
        }
        self.inner(&words, around);
    }

    /// `bash -c 'yum install x'`: the script inside, where it is written plainly.
    fn inner(&mut self, words: &[Word], around: Surroundings) {
        let Some(first) = command::behind_wrappers(words) else { return };
        let words = &words[first..];
        let reading = command::read(words);
        let Handed::Script(script) = reading.handed else { return };
        let script = &words[script];
        let (from, to) = (script.span.0 + 1 - self.start, script.span.1.saturating_sub(1 + self.start));
        let Some(text) = self.text.get(from..to) else { return };
        // Quotes and nothing else around it: then bytes of the inner script are bytes of this one. What is not known
        // of it is a variable, and stays one.
        let quoted = self.text.get(from - 1..from) == Some("\"") && !text.contains(['\\', '`', '"']);
        if Some(text) == script.text.as_deref() || (script.text.is_none() && quoted && !text.contains("$(")) {
            let text = text.to_owned();
            collect(&text, self.start + from, Surroundings { subshell: true, quoted: true, ..around }, self.out);
        }
    }

    /// A word, its text lost where it holds what only running can tell.
    fn word(&self, node: Node<'_>) -> Word {
        let span = (self.start + node.start_byte(), self.start + node.end_byte());
        let mut text = Vec::new();
        let known = self.plain(node, &mut text, 0);
        let flag = self.text.as_bytes().get(node.start_byte()) == Some(&b'-');
        Word { text: known.then(|| String::from_utf8_lossy(&text).into_owned()), span, flag }
    }

    /// Adds the plain text of a node; `false` where it has none.
    fn plain(&self, node: Node<'_>, text: &mut Vec<u8>, depth: usize) -> bool {
        let source = &self.text.as_bytes()[node.byte_range()];
        match node.kind() {
            "raw_string" => text.extend(source.get(1..source.len().saturating_sub(1)).unwrap_or_default()),
            "string" | "translated_string" => {
                let inner = source.strip_prefix(b"$").unwrap_or(source);
                let inner = inner.get(1..inner.len().saturating_sub(1)).unwrap_or_default();
                if has_expansion(node) {
                    return false;
                }
                unescape(inner, b"$`\"\\", text);
            }
            "concatenation" | "variable_assignment" if depth < MAX_DEPTH => {
                let mut cursor = node.walk();
                return node.children(&mut cursor).all(|child| self.plain(child, text, depth + 1));
            }
            "simple_expansion"
            | "expansion"
            | "command_substitution"
            | "process_substitution"
            | "arithmetic_expansion"
            | "ansi_c_string"
            | "array" => return false,
            _ if has_expansion(node) => return false,
            _ => unescape(source, b"", text),
        }
        true
    }
}

/// Whether anything below a node only running can tell.
fn has_expansion(node: Node<'_>) -> bool {
    let mut cursor = node.walk();
    node.named_children(&mut cursor).any(|child| {
        matches!(
            child.kind(),
            "simple_expansion" | "expansion" | "command_substitution" | "arithmetic_expansion" | "process_substitution"
        )
    })
}

/// Takes backslashes off; inside double quotes only those before `only` mean anything.
fn unescape(source: &[u8], only: &[u8], text: &mut Vec<u8>) {
    let mut bytes = source.iter();
    while let Some(&byte) = bytes.next() {
        match byte {
            b'\\' => match bytes.next() {
                // A continuation that is still in a here-document joins lines.
                Some(b'\n') | None => {}
                Some(&next) if only.is_empty() || only.contains(&next) => text.push(next),
                Some(&next) => text.extend([b'\\', next]),
            },
            byte => text.push(byte),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{MAX_STEPS, commands, is_broken};
    use crate::meter::{self, Work};

    fn shown(script: &str) -> Vec<String> {
        let one = |simple: &super::SimpleCommand| {
            let words: Vec<&str> = simple.words.iter().map(|w| w.text.as_deref().unwrap_or("?")).collect();
            let writes: String =
                simple.writes.iter().map(|w| format!(" >{}", w.text.as_deref().unwrap_or("?"))).collect();
            format!("{}{}{writes}", if simple.guarded { "~" } else { "" }, words.join(" "))
        };
        commands(script).iter().filter(|simple| !simple.words.is_empty()).map(one).collect()
    }

    #[test]
    fn lists_and_quotes() {
        assert_eq!(shown("yum install -y 'a b' && yum clean all"), ["yum install -y a b", "yum clean all"]);
        assert_eq!(shown("X=1 Y=$Z dnf -y install gcc; (cd /x; make)"), ["dnf -y install gcc", "cd /x", "make"]);
        assert_eq!(shown("curl -o x $URL | tar xz 2>&1 > /dev/null"), ["curl -o x ?", "tar xz >/dev/null"]);
        assert_eq!(shown("a > /x b c 2> /y d 2>&1 e >> z"), ["a b c d e >/x >z"]);
        assert_eq!(shown("pip install a>=1 b>=2"), ["pip install a b >=1 >=2"]);
        assert_eq!(shown("# yum install\necho \"yum; dnf\""), ["echo yum; dnf"]);
        assert_eq!(shown(r#"echo a\ b "c\"d" '$x' "$x" a"b"'c'"#), [r#"echo a b c"d $x ? abc"#]);
        assert_eq!(shown("export A=1 B=$C; echo x > /a/b >> \"$f\""), ["export A=1 ?", "echo x >/a/b >?"]);
    }

    #[test]
    fn guards() {
        assert_eq!(shown("yum -y x || dnf -y x"), ["~yum -y x", "~dnf -y x"]);
        assert_eq!(shown("command -v yum && yum -y x"), ["command -v yum", "~yum -y x"]);
        assert_eq!(shown("a && b || c; d"), ["~a", "~b", "~c", "d"]);
        assert_eq!(shown("a || b && c"), ["~a", "~b", "c"]);
        assert_eq!(shown("a && b || exit 1"), ["a", "b", "exit 1"]);
        assert_eq!(shown("command rm x && command ls"), ["command rm x", "command ls"]);
        assert_eq!(shown("if which yum; then yum x; else dnf x; fi; make"), ["~which yum", "~yum x", "~dnf x", "make"]);
        assert_eq!(shown("[ -f /x ] && rm /x && make"), ["[ -f /x ]", "~rm /x", "~make"]);
        assert_eq!(shown("for p in a b; do apk add $p; done"), ["~apk add ?"]);
    }

    #[test]
    fn commands_inside_commands() {
        assert_eq!(shown("rm $(find . -name x)"), ["rm ?", "find . -name x"]);
        assert_eq!(
            shown("bash -lc 'yum install x && make'"),
            ["bash -lc yum install x && make", "yum install x", "make"]
        );
        assert_eq!(shown("set -ex; { a; b; }"), ["set -ex", "a", "b"]);
        assert_eq!(shown("cat <<EOF > /x\nyum install\nEOF\nmake"), ["cat >/x", "make"]);
    }

    #[test]
    fn spans_are_of_the_whole_script() {
        let script = "true && bash -c \"dnf install gcc\"";
        let inner = commands(script).pop().unwrap_or_default();
        let words: Vec<&str> = inner.words.iter().map(|word| &script[word.span.0..word.span.1]).collect();
        assert_eq!(words, ["dnf", "install", "gcc"]);
    }

    #[test]
    fn what_the_grammar_stumbles_over() {
        assert!(!super::hides_commands("[ -d / ] && echo yes") && !super::hides_commands("ls; [ -d / ]"));
        assert!(super::hides_commands("if true; then ((") && super::hides_commands("echo 'x"));
    }

    #[test]
    fn characters_that_the_grammar_cannot_stand() {
        for c in ['\u{101}', '\u{2028}', '\u{20ac}', '\u{1f600}', '\u{e0041}', '\u{10ffff}'] {
            assert_eq!(super::tame(&format!("a{c}b")).len(), 2 + c.len_utf8());
            assert_eq!(shown(&format!("echo {{1{c}..2}} && make {c}")).last(), Some(&format!("make {c}")));
        }
    }

    #[test]
    fn no_text_hangs_or_panics() {
        for text in ["$(", "${", "'", "\"", "`", "\\", "$((((", "<<<", "&&&&", "|| ||", "fi fi fi", "a\\", "bash -c '"]
        {
            let _ = commands(text);
            let _ = commands(&text.repeat(5_000));
        }
        assert_eq!(commands(&"true &&\n".repeat(2_000)).len(), 2_000);
        let _ = commands(&"(".repeat(100_000));
    }

    #[test]
    fn a_script_costs_no_more_than_the_bound_whatever_is_in_it() {
        for text in [")", "\0", "<>", "$[", ">", ">&", "a|", "(", "${", "\"$(", "`", "a)b(", "\u{a0}"] {
            for length in [4_000, 60_000] {
                meter::begin();
                let whole = meter::left(Work::Shell);
                let script = text.repeat(length / text.len());
                let _ = commands(&script);
                let left = meter::left(Work::Shell);
                assert!(whole - left <= MAX_STEPS + 1_000, "{text:?}: {}", whole - left);
                assert!(is_broken(&script) || whole - left < MAX_STEPS);
                assert_eq!(meter::left(Work::Shell), left, "it was remembered");
            }
        }
    }

    #[test]
    fn scripts_of_one_file_share_a_bound_and_the_next_file_has_its_own() {
        meter::begin();
        let dear = |at: usize| format!("{at}{}", ")".repeat(20_000));
        (0..20).for_each(|at| drop(commands(&dear(at))));
        assert_eq!(meter::left(Work::Shell), 0);
        assert!(commands("yum install -y jq").is_empty(), "nothing is left for it");
        meter::begin();
        assert_eq!(commands("yum install -y jq").len(), 1);
    }
}
