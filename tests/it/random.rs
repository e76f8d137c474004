//! A hundred thousand Dockerfiles that nobody would write: each is checked, printed in all formats and fixed, in this
//! process, and none of them may end it.
//!
//! ```console
//! $ cargo test --release --test it random -- --ignored --nocapture
//! ```
//!
//! `RANDOM_COUNT` and `RANDOM_SEED` choose how many, and which.

use crate::support::internals::check::{self, Subject};
use crate::support::internals::fix;
use crate::support::internals::report::{self, Format, Run, Style};
use lamblint::{Options, Preset};

/// Numbers that are the same on every machine (`splitmix64`).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, most: usize) -> usize {
        (self.next() % most as u64) as usize
    }

    fn one<'a, T: ?Sized>(&mut self, of: &[&'a T]) -> &'a T {
        of[self.below(of.len())]
    }
}

const HEADS: &[&str] = &[
    "FROM public.ecr.aws/lambda/python:3.13",
    "FROM public.ecr.aws/lambda/nodejs:22 AS a",
    "FROM a AS b",
    "FROM scratch",
    "FROM debian:12",
    "FROM $A",
    "FROM --platform=$B x AS \u{212a}",
    "ARG A=b",
    "# syntax=docker/dockerfile:1",
    "# escape=`",
    "# escape=\\",
    "# check=skip=all;error=true",
    "\u{feff}FROM x",
    "",
];
const KEYWORDS: &[&str] = &[
    "FROM",
    "RUN",
    "CMD",
    "ENTRYPOINT",
    "COPY",
    "ADD",
    "ENV",
    "ARG",
    "LABEL",
    "USER",
    "WORKDIR",
    "EXPOSE",
    "VOLUME",
    "SHELL",
    "ONBUILD",
    "HEALTHCHECK",
    "STOPSIGNAL",
    "MAINTAINER",
    "run",
    "Cmd",
    "RUNN",
    "onbuild ONBUILD",
    "ONBUILD RUN",
    "HEALTHCHECK CMD",
    "HEALTHCHECK NONE",
    "\u{a0}RUN",
    "RUN\u{2003}",
    "K\u{212a}",
    "",
    "#",
    "# lamblint:",
    "# hadolint",
    "# check",
    "# shellcheck",
    "<<EOF",
    "EOF",
];
const BLANKS: &[&str] = &[
    " ",
    "  ",
    "\t",
    "\r",
    "\u{b}",
    "\u{c}",
    "\u{85}",
    "\u{a0}",
    "\u{1680}",
    "\u{2003}",
    "\u{2028}",
    "\u{202f}",
    "\u{205f}",
    "\u{3000}",
    "",
    "",
    " ",
    " ",
    " ",
    "\\\n",
    " \\\n",
    "`\n",
    "\\\r\n",
    " \\\n\n",
    " \\\n# c\n",
    "\u{200b}",
];
const TOKENS: &[&str] = &[
    "a",
    "app.py",
    "app.handler",
    "/var/task",
    "./",
    ".",
    "..",
    "/",
    "//",
    "a/b",
    "*",
    "*.py",
    "$A",
    "${A}",
    "${A:-b}",
    "${A#*.}",
    "${A%%.*}",
    "${A/b/c}",
    "${A//",
    "${",
    "$",
    "$$",
    "$(a",
    "`a`",
    "'",
    "\"",
    "'a b'",
    "\"a $B\"",
    "\\",
    "\\\\",
    "\\'",
    "[",
    "]",
    "[\"a\"]",
    "[\"a\", \"b\"]",
    "[\"a\",]",
    "['a']",
    "[a]",
    "[\"\\ud800\"]",
    "{",
    "}",
    "(",
    ")",
    "))",
    ";",
    "&&",
    "||",
    "|",
    "|&",
    "&",
    "<",
    ">",
    ">>",
    "2>&1",
    "<<EOF",
    "<<-EOF",
    "<<'EOF'",
    "<<\"A",
    "<<",
    "<<<",
    "EOF",
    "=",
    "a=",
    "=a",
    "a=b",
    "a='b c'",
    "a=\"b",
    "--from=a",
    "--from=0",
    "--from=b",
    "--chmod=755",
    "--chown=$A",
    "--mount=type=cache,target=/x",
    "--mount=",
    "--platform=",
    "--",
    "--x",
    "-",
    "--exclude=*",
    "--link",
    "--interval=5s",
    "AS",
    "as",
    "latest",
    "3.13",
    "99999999999999999999",
    "-1",
    "0x7f",
    "yum",
    "install",
    "-y",
    "apt-get",
    "update",
    "pip",
    "npm",
    "ci",
    "curl",
    "-o",
    "https://a.b/c.tar.gz",
    "http://a.zip",
    "git@a:b",
    "awslambdaric",
    "python3",
    "-m",
    "bootstrap",
    "aws-lambda-rie",
    "cd",
    "sudo",
    "chmod",
    "600",
    "useradd",
    "rm",
    "-rf",
    "/var/cache",
    "export",
    "set",
    "-e",
    "exec",
    "sh",
    "-c",
    "bash",
    "if",
    "then",
    "fi",
    "for",
    "do",
    "done",
    "ignore=LL801",
    "ignore-file",
    "ignore=",
    "ignore=DL3003",
    "global",
    "stage",
    "shell=pwsh",
    "skip=A",
    "-- why",
    "AKIAIOSFODNN7EXAMPLE",
    "PATH=/x:$PATH",
    "LD_LIBRARY_PATH=",
    "\u{1b}[31m",
    "\u{202e}",
    "\u{9b}",
    "\0",
    "\u{1f600}",
    "\u{e0041}",
    "ÄÖ",
    "\u{130}",
    "ß",
    "\u{fffd}",
    "\u{feff}",
    "é\u{301}",
    "::error::x",
    "##[group]",
    "%0A",
    "<img>",
    "]]>",
    "&amp;",
    "|x|",
];

/// A Dockerfile of weird lines; some have bytes that are no text.
fn dockerfile(numbers: &mut Numbers) -> Vec<u8> {
    let mut text = Vec::new();
    for _ in 0..numbers.below(3) {
        text.extend_from_slice(numbers.one(HEADS).as_bytes());
        text.push(b'\n');
    }
    for _ in 0..numbers.below(12) {
        text.extend_from_slice(numbers.one(KEYWORDS).as_bytes());
        for _ in 0..numbers.below(9) {
            text.extend_from_slice(numbers.one(BLANKS).as_bytes());
            text.extend_from_slice(numbers.one(TOKENS).as_bytes());
        }
        text.extend_from_slice(numbers.one(&["\n", "\n", "\n", "\r\n", "\n\n", "\\\n", " \n", "", "\r"]).as_bytes());
    }
    // Bytes put in, taken out, turned, or said twice.
    for _ in 0..numbers.below(4) {
        let at = numbers.below(text.len() + 1);
        match numbers.below(5) {
            0 => text.insert(at, numbers.next() as u8),
            1 if at < text.len() => drop(text.remove(at)),
            2 if at < text.len() => text[at] ^= 1 << numbers.below(8),
            3 => {
                let end = (at + numbers.below(40)).min(text.len());
                let again = text[at..end].to_vec();
                text.splice(at..at, again);
            }
            _ => {}
        }
    }
    text
}

fn look(text: &[u8], options: &Options, formats: &[Format]) {
    let subject = Subject::new("Dockerfile", text);
    let fixed = fix::apply(&subject, options, true);
    if std::str::from_utf8(text).is_err() {
        let count = |bytes: &[u8]| String::from_utf8_lossy(bytes).matches('\u{fffd}').count();
        assert!(count(&fixed.bytes) <= count(text), "bytes became U+FFFD, or something more");
    }
    let checked = check::dockerfile("Dockerfile", text, options);
    let subjects = [checked, fixed.checked];
    let run = Run::new(&subjects, &[], jiff::civil::date(2026, 11, 25));
    let style = Style { color: false, links: false, unicode: true, width: 60, quiet: false };
    for format in formats {
        let out = report::render(*format, &run, &style);
        let steers = |c: char| c.is_control() && c != '\n' && c != '\t' || c == '\u{202e}';
        assert!(!out.contains(steers), "{format:?} steers: {out:?}");
        if matches!(format, Format::Json | Format::Sarif | Format::Gitlab) {
            serde_json::from_str::<serde_json::Value>(&out).unwrap();
        }
        let log = report::for_log(Some(*format), &out);
        let command = |line: &str| line.contains("##[") || line.trim_start().starts_with("::");
        assert!(*format == Format::Github || !log.lines().any(command), "{format:?}: {log}");
    }
    let _ = fix::diff("Dockerfile", text, &fixed.bytes);
}

#[test]
fn a_thousand_random_dockerfiles() {
    looked_at(1_000, 1);
}

#[test]
#[ignore = "takes minutes, and wants --release"]
fn a_hundred_thousand_random_dockerfiles() {
    let number = |name: &str, most| std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(most);
    looked_at(number("RANDOM_COUNT", 100_000), number("RANDOM_SEED", 7));
}

fn looked_at(count: u64, seed: u64) {
    const FORMATS: [Format; 9] = [
        Format::Human,
        Format::Short,
        Format::Json,
        Format::Jsonl,
        Format::Sarif,
        Format::Github,
        Format::Gitlab,
        Format::Junit,
        Format::Checkstyle,
    ];
    let threads = std::thread::available_parallelism().map_or(1, usize::from) as u64;
    std::thread::scope(|scope| {
        for thread in 0..threads {
            scope.spawn(move || {
                let mut options = Options::new(jiff::civil::date(2026, 11, 25));
                for number in (thread..count).step_by(threads as usize) {
                    let mut numbers = Numbers(seed.wrapping_mul(1_000_003).wrapping_add(number));
                    options.preset =
                        [Preset::All, Preset::All, Preset::Recommended, Preset::Hadolint][numbers.below(4)];
                    options.function = [Some(true), Some(true), None, Some(false)][numbers.below(4)];
                    let formats = if number % 8 == 0 { &FORMATS[..] } else { &FORMATS[..1] };
                    let text = dockerfile(&mut numbers);
                    let looked = std::panic::catch_unwind(|| look(&text, &options, formats));
                    assert!(looked.is_ok(), "number {number} of seed {seed}: {:?}", String::from_utf8_lossy(&text));
                }
            });
        }
    });
    println!("{count} Dockerfiles of seed {seed}");
}
