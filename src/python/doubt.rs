//! What keeps a module from being understood: it changes where modules are looked for, or binds names unseen.

use super::lexer::{Doubt, Line, Token};
use super::scan::{Read, Scan, Scope};
use aho_corasick::{AhoCorasick, packed};
use std::sync::LazyLock;

/// Texts that may raise a doubt, or bind a name from inside a function. A line without one needs no second look.
const TELLING: &[&str] = &[
    "global",
    "exec",
    "vars(",
    "locals(",
    "setattr",
    "sys.path",
    "sys.modules",
    "sys.meta_path",
    "__path__",
    "__import__",
    "addsitedir",
    "extend_path",
    "declare_namespace",
    "zipimport",
    "load_module",
];

/// Finds them many bytes at a time, where the processor can.
static AT_ONCE: LazyLock<Option<packed::Searcher>> = LazyLock::new(|| packed::Searcher::new(TELLING));
static BY_BYTE: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| AhoCorasick::new(TELLING).ok());

/// Where such texts begin, in order.
pub(super) fn telling(text: &[u8]) -> Read<Vec<usize>> {
    if let Some(finder) = AT_ONCE.as_ref() {
        return Ok(finder.find_iter(text).map(|found| found.start()).collect());
    }
    let finder = BY_BYTE.as_ref().ok_or(Doubt)?;
    Ok(finder.find_iter(text).map(|found| found.start()).collect())
}

impl Scan<'_> {
    /// Looks at each name of a line that may raise a doubt.
    pub(super) fn tell(&mut self, line: Line) {
        let called = self.context().scope == Scope::Function;
        let mut tokens = self.tokens(line.start, line.end);
        let mut before: [Option<Token<'_>>; 2] = [None, None];
        let mut first = true;
        let mut global = false;
        while let Some((at, token)) = tokens.next() {
            let begins = matches!(before[1], None | Some(Token::Operator(b';' | b':')));
            if let Token::Name(name) = token {
                if global {
                    self.names.add(name);
                }
                let of_sys = before == [Some(Token::Name(b"sys")), Some(Token::Operator(b'.'))];
                match name {
                    b"global" if begins => global = true,
                    b"path" | b"path_hooks" | b"path_importer_cache" | b"meta_path" if of_sys => {
                        self.doubts.path = true;
                    }
                    // A function that only asks for its own module is common.
                    b"modules" if of_sys && (!called || at == line.start + b"sys.".len()) => {
                        (self.doubts.path, self.doubts.names) = (true, true);
                    }
                    b"__path__" | b"addsitedir" | b"extend_path" | b"declare_namespace" | b"zipimport"
                    | b"load_module" | b"execv" | b"execve" | b"execl" | b"execvp" | b"execlp" | b"execvpe" => {
                        self.doubts.path = true;
                    }
                    b"exec" | b"execfile" => (self.doubts.path, self.doubts.names) = (true, true),
                    b"globals" => self.doubts.names = true,
                    b"vars" | b"locals" | b"setattr" | b"__import__" if !called => self.doubts.names = true,
                    _ => {}
                }
            } else if token == Token::Operator(b';') {
                global = false;
            }
            before = [if first { None } else { before[1] }, Some(token)];
            first = false;
        }
    }
}

/// Whether the text is in an encoding whose bytes below 0x80 are ASCII, so that quotes and brackets are what they seem.
pub(super) fn has_plain_encoding(text: &[u8]) -> bool {
    for line in text.splitn(3, |byte| *byte == b'\n').take(2) {
        let Some(comment) = line.trim_ascii_start().strip_prefix(b"#") else { continue };
        let Some(at) = memchr::memmem::find(comment, b"coding") else { continue };
        let Some(rest) = comment[at + 6..].strip_prefix(b":").or_else(|| comment[at + 6..].strip_prefix(b"=")) else {
            continue;
        };
        let rest = rest.trim_ascii_start();
        let length = rest.iter().take_while(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(byte)).count();
        let name = String::from_utf8_lossy(&rest[..length]).to_ascii_lowercase().replace('_', "-");
        let plain =
            ["utf-8", "utf8", "ascii", "us-ascii", "latin", "iso-8859", "iso8859", "cp125", "windows-125", "koi8"];
        return name.is_empty() || plain.iter().any(|known| name.starts_with(known));
    }
    true
}
