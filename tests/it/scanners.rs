//! The readers of Python, JavaScript, Ruby and METADATA against bytes that are made at random from what they look for.
//!
//! `LAMBLINT_SECONDS=120 cargo test --test it scanners` goes on for longer.

use crate::support::internals::{node, python, ruby};
use std::time::{Duration, Instant};

/// Pieces of texts, among them those that change what a reader is in.
const PIECES: &[&str] = &[
    "\n",
    "    ",
    "\t",
    "import a",
    "from . import b as c",
    "from a import (b,",
    ")",
    "(",
    "[",
    "{",
    "}",
    "]",
    ":",
    ";",
    ",",
    "try:",
    "except ImportError:",
    "else:",
    "finally:",
    "if x:",
    "def f(a):",
    "class A:",
    "match x:",
    "case [a, *b]:",
    "lambda a: (b := 1)",
    "f'{a!r:{b}}'",
    "rb\"x\"",
    "\"\"\"",
    "'''",
    "'",
    "\"",
    "\\",
    "\\\n",
    "#",
    "global x",
    "exec",
    "sys.path",
    "=",
    ":=",
    "==",
    "*",
    "async",
    "with a as (b, c):",
    "for a, b in c:",
    "\u{feff}",
    "\0",
    "\r\n",
    "\u{e9}",
    "0x1",
    "@",
    "require('a')",
    "import x from 'y'",
    "export default",
    "export {a as b} from 'c'",
    "module.exports = {",
    "`${",
    "`",
    "=>",
    "/",
    "//",
    "/*",
    "*/",
    "exports.a",
    "function f() {",
    "class A { static {",
    "?.",
    "??",
    "...",
    "await",
    "<!--",
    "#!",
    "require_relative 'a'",
    "require \"b\"",
    "=begin",
    "__END__",
    "Requires-Dist: ",
    "Name: a",
    "Version: 1",
    "; extra == 'x'",
    "python_version < '3.9'",
    " and ",
    " or ",
    " not in ",
    ">=1,<2",
    "[x]",
    "@ https://x",
    "-*- coding: latin-1 -*-",
];
const METADATA: &str = "Name: a\nVersion: 1\nRequires-Dist: ";

struct Random(u64);

impl Random {
    fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % most as u64).unwrap()
    }

    fn text(&mut self) -> Vec<u8> {
        let mut text = Vec::new();
        for _ in 0..self.below(60) {
            match self.below(12) {
                0 => text.push(u8::try_from(self.below(256)).unwrap()),
                1 => text.push(b' '),
                _ => text.extend(PIECES[self.below(PIECES.len())].as_bytes()),
            }
        }
        text
    }
}

fn read(text: &[u8]) {
    let summary = python::summarise(text);
    let lines = text.iter().filter(|byte| matches!(byte, b'\n' | b'\r')).count() + 1;
    assert!(summary.imports.iter().all(|import| (1..=lines).contains(&(import.line as usize))));
    assert!(summary.names().is_sorted());
    let _ = node::summarise(text);
    let _ = node::Package::read(text);
    let relative = ruby::summarise(text).relative;
    assert!(relative.iter().all(|(line, path)| (1..=lines).contains(&(*line as usize)) && !path.is_empty()));
    if let Some(told) = python::Distribution::read(&[METADATA.as_bytes(), text].concat()) {
        let environment = python::Environment { minor: 12, machine: Some("x86_64") };
        assert!(told.needs(environment).all(|need| !need.name.is_empty()));
    }
}

#[test]
fn random_texts() {
    let seconds = std::env::var("LAMBLINT_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(1);
    let end = Instant::now() + Duration::from_secs(seconds);
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let mut texts = 0_u64;
    while Instant::now() < end {
        let text = random.text();
        let known = text.clone();
        if let Err(fault) = std::panic::catch_unwind(|| read(&text)) {
            eprintln!("{:?}", String::from_utf8_lossy(&known));
            std::panic::resume_unwind(fault);
        }
        texts += 1;
    }
    println!("{texts} texts in {seconds} s");
}
