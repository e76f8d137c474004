//! The commands of a RUN: what a shell would run, as far as it can be told without running it.
//!
//! Text in, simple commands out, in linear time and without recursion. What is not plain (a variable, a
//! substitution) is a word without a text, and rules take it as unknown.

/// One simple command.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Simple {
    /// Its words: the program and its arguments; assignments before it are left out.
    pub words: Vec<Word>,
    /// Whether it may not run at all, or may fail without harm: behind `||` or a test, before `||`, in an
    /// `if`, a loop, a `case` or a function.
    pub guarded: bool,
}

/// One word of a command.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Word {
    /// The text with quotes taken off; `None` if a variable or a substitution is in it.
    pub text: Option<String>,
    /// Its first byte in the script, and one past its last.
    pub span: (usize, usize),
}

impl Simple {
    /// The program's name, without its folder; wrappers such as `sudo` and `env` looked through.
    pub fn program(&self) -> Option<(&str, &Word)> {
        const WRAPPERS: &[&str] =
            &["sudo", "env", "exec", "command", "nice", "time", "nohup", "!", "then", "do", "else"];
        let mut words = self.words.iter();
        loop {
            let word = words.next()?;
            let text = word.text.as_deref()?;
            let name = text.rsplit('/').next().unwrap_or(text);
            // `command -v yum` asks for yum and does not run it.
            if name == "command" && words.clone().next().and_then(|w| w.text.as_deref()) == Some("-v") {
                return Some((name, word));
            }
            let wrapper = WRAPPERS.contains(&name);
            if !wrapper && !name.starts_with('-') && !name.contains('=') {
                return Some((name, word));
            }
        }
    }

    /// The texts of all words, unknown ones left out.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.words.iter().filter_map(|word| word.text.as_deref())
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Link {
    Start,
    And,
    Or,
    Next,
}

/// A longer script, in bytes, is not looked into: nobody writes one by hand.
const MAX_SCRIPT: usize = 256 * 1024;

/// The commands of a script, in order; none of one that is too long.
pub fn commands(script: &str) -> Vec<Simple> {
    if script.len() > MAX_SCRIPT {
        return Vec::new();
    }
    let mut reader =
        Reader { script, bytes: script.as_bytes(), at: 0, link: Link::Start, depth: 0, tested: false, out: Vec::new() };
    reader.run();
    reader.out
}

struct Reader<'a> {
    script: &'a str,
    bytes: &'a [u8],
    at: usize,
    link: Link,
    /// How many `if`, `for`, `while`, `case` and functions are open.
    depth: usize,
    /// Whether the list so far has asked whether something is there.
    tested: bool,
    out: Vec<Simple>,
}

impl Reader<'_> {
    fn run(&mut self) {
        let mut words = Vec::new();
        while let Some(&byte) = self.bytes.get(self.at) {
            match byte {
                b' ' | b'\t' | b'\r' => self.at += 1,
                b'#' => self.at += self.script[self.at..].find('\n').unwrap_or(self.script.len() - self.at),
                b'\n' | b';' | b'(' | b')' => {
                    self.at += 1;
                    self.end(&mut words, Link::Next);
                }
                b'&' | b'|' => {
                    let double = self.bytes.get(self.at + 1) == Some(&byte);
                    self.at += 1 + usize::from(double);
                    let link = match (byte, double) {
                        (b'&', true) => Link::And,
                        (b'|', true) => Link::Or,
                        _ => Link::Next,
                    };
                    self.end(&mut words, link);
                }
                b'>' | b'<' => self.redirect(),
                _ => {
                    let word = self.word();
                    self.keep(word, &mut words);
                }
            }
        }
        self.end(&mut words, Link::Next);
    }

    fn keep(&mut self, word: Word, words: &mut Vec<Word>) {
        if words.is_empty() {
            match word.text.as_deref() {
                Some("if" | "for" | "while" | "until" | "case" | "function") => {
                    self.depth += 1;
                    return;
                }
                Some("fi" | "done" | "esac") => {
                    self.depth = self.depth.saturating_sub(1);
                    return;
                }
                Some("then" | "else" | "elif" | "do" | "{" | "}" | "!") => return,
                Some(text) if is_assignment(text) => return,
                None if is_assignment(&self.script[word.span.0..word.span.1]) => return,
                _ => {}
            }
        }
        words.push(word);
    }

    fn end(&mut self, words: &mut Vec<Word>, next: Link) {
        if words.is_empty() {
            return;
        }
        let behind = self.link == Link::Or || (self.link == Link::And && self.tested) || self.depth > 0;
        let simple = Simple { words: std::mem::take(words), guarded: behind || next == Link::Or };
        let asks = matches!(
            simple.words[0].text.as_deref(),
            Some("[" | "[[" | "test" | "command" | "which" | "type" | "hash")
        );
        self.tested = match next {
            Link::And => asks || (self.tested && self.link != Link::Next),
            _ => false,
        };
        self.link = next;
        self.out.push(simple);
    }

    /// `> file`, `2>&1`, `<<< word`: where output goes is no argument.
    fn redirect(&mut self) {
        while matches!(self.bytes.get(self.at), Some(b'>' | b'<' | b'&' | b'|')) {
            self.at += 1;
        }
        while matches!(self.bytes.get(self.at), Some(b' ' | b'\t')) {
            self.at += 1;
        }
        if !matches!(self.bytes.get(self.at), None | Some(b'\n' | b';' | b'(' | b')' | b'#')) {
            self.word();
        }
    }

    /// One word; the text is lost where it holds what only running can tell.
    fn word(&mut self) -> Word {
        let start = self.at;
        let mut text: Vec<u8> = Vec::new();
        let mut known = true;
        let mut quote = None;
        while let Some(&byte) = self.bytes.get(self.at) {
            match (quote, byte) {
                (Some(b'\''), b'\'') | (Some(b'"'), b'"') => quote = None,
                (Some(b'\''), _) => text.push(byte),
                (_, b'\\') => {
                    self.at += 1;
                    // A continuation that is still in a here-document joins lines.
                    text.extend(self.bytes.get(self.at).filter(|next| **next != b'\n'));
                }
                (_, b'$') => {
                    known = false;
                    self.substitution();
                    continue;
                }
                (_, b'`') => {
                    known = false;
                    self.at += 1;
                    while self.bytes.get(self.at).is_some_and(|byte| *byte != b'`') {
                        self.at += 1;
                    }
                }
                (Some(_), _) => text.push(byte),
                (None, b'\'' | b'"') => quote = Some(byte),
                (None, b' ' | b'\t' | b'\r' | b'\n' | b';' | b'&' | b'|' | b'(' | b')' | b'<' | b'>') => break,
                (None, _) => text.push(byte),
            }
            self.at += 1;
        }
        self.at = self.at.min(self.bytes.len());
        // `2>` is a redirection of a descriptor and no word.
        let text = known.then(|| String::from_utf8_lossy(&text).into_owned());
        Word { text, span: (start, self.at) }
    }

    /// `$x`, `${…}`, `$(…)`: passed over to its end.
    fn substitution(&mut self) {
        self.at += 1;
        let (open, close) = match self.bytes.get(self.at) {
            Some(b'(') => (b'(', b')'),
            Some(b'{') => (b'{', b'}'),
            _ => return,
        };
        let mut depth = 0_usize;
        while let Some(&byte) = self.bytes.get(self.at) {
            self.at += 1;
            if byte == open {
                depth += 1;
            } else if byte == close {
                depth -= 1;
                if depth == 0 {
                    return;
                }
            } else if byte == b'\\' {
                self.at += 1;
            }
        }
    }
}

fn is_assignment(text: &str) -> bool {
    let name = text.split('=').next().unwrap_or_default();
    name.len() < text.len()
        && !name.is_empty()
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        && !name.starts_with(|c: char| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::commands;

    fn shown(script: &str) -> Vec<String> {
        let one = |simple: &super::Simple| {
            let words: Vec<&str> = simple.words.iter().map(|w| w.text.as_deref().unwrap_or("?")).collect();
            format!("{}{}", if simple.guarded { "~" } else { "" }, words.join(" "))
        };
        commands(script).iter().map(one).collect()
    }

    #[test]
    fn lists_and_quotes() {
        assert_eq!(shown("yum install -y 'a b' && yum clean all"), ["yum install -y a b", "yum clean all"]);
        assert_eq!(shown("X=1 Y=$Z dnf -y install gcc; (cd /x; make)"), ["dnf -y install gcc", "cd /x", "make"]);
        assert_eq!(shown("curl -o x $URL | tar xz 2>&1 > /dev/null"), ["curl -o x ?", "tar xz 2"]);
        assert_eq!(shown("# yum install\necho \"yum; dnf\""), ["echo yum; dnf"]);
    }

    #[test]
    fn guards() {
        assert_eq!(shown("yum -y x || dnf -y x"), ["~yum -y x", "~dnf -y x"]);
        assert_eq!(shown("command -v yum && yum -y x"), ["command -v yum", "~yum -y x"]);
        assert_eq!(shown("if which yum; then yum x; else dnf x; fi; make"), ["~which yum", "~yum x", "~dnf x", "make"]);
    }

    #[test]
    fn no_text_hangs_or_panics() {
        for text in ["$(", "${", "'", "\"", "`", "\\", "$((((", "<<<", "&&&&", "|| ||", "fi fi fi", "a\\"] {
            let _ = commands(text);
        }
        assert!(!commands(&"(".repeat(100_000)).iter().any(|c| c.guarded));
    }
}
