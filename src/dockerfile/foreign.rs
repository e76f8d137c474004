//! What is read as a Dockerfile and is none: a template of one, a text in UTF-16, a file of another kind.

use super::parse::is_keyword;
use super::{Dockerfile, Instruction, Kind};
use crate::source::Span;

/// What a file is, if it is no Dockerfile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Foreign {
    /// A template of one, with the mark that shows it.
    Template(Span),
    /// Text in UTF-16.
    Utf16,
    /// A script: its first line names an interpreter.
    Script,
    /// Anything else, with the first word of it that is not an instruction.
    Other(Span),
}

/// What lines of templates begin with: Jinja, Go, Handlebars, ERB.
const MARKS: &[&str] = &["{%", "{{", "{#", "<%"];
/// Those of them that tell where the name of an image holds one.
const HOLES: &[&str] = &["{{", "{%", "<%"];
/// Words in the place of instructions that show another kind of file, if there is no FROM.
const LEAST_UNKNOWN: usize = 3;

/// Whether a text has what a template or a script shows itself by. Without it neither is one.
pub fn may_be_foreign(bytes: &[u8]) -> bool {
    bytes.starts_with(b"#!") || MARKS.iter().any(|mark| memchr::memmem::find(bytes, mark.as_bytes()).is_some())
}

impl Dockerfile {
    /// What the file is, if it is no Dockerfile.
    pub fn foreign(&self) -> Option<Foreign> {
        let bytes = self.source.bytes();
        if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
            return Some(Foreign::Utf16);
        }
        if let Some(mark) = self.template_mark() {
            return Some(Foreign::Template(mark));
        }
        let from = |instruction: &Instruction| instruction.keyword.text.eq_ignore_ascii_case("from");
        if self.instructions.iter().any(from) {
            return None;
        }
        if bytes.starts_with(b"#!") {
            return Some(Foreign::Script);
        }
        let mut unknown = self.instructions.iter().filter(|instruction| !is_keyword(&instruction.keyword.text));
        let first = unknown.next()?.keyword.span;
        let count = 1 + unknown.count();
        (count >= LEAST_UNKNOWN && count * 2 > self.instructions.len()).then_some(Foreign::Other(first))
    }

    /// `true` if the first instruction is FROM, or ARG before it: no other language begins so.
    pub fn begins_with_from(&self) -> bool {
        let first = self.instructions.iter().find(|instruction| !matches!(instruction.kind, Kind::Arg(_)));
        first.is_some_and(|instruction| matches!(instruction.kind, Kind::From(_)))
    }

    fn template_mark(&self) -> Option<Span> {
        let begins = |text: &str| MARKS.iter().any(|mark| text.starts_with(mark));
        let marked = |instruction: &&Instruction| match &instruction.kind {
            Kind::Unreadable(_) if begins(&instruction.keyword.text) => true,
            Kind::From(_) | Kind::Unreadable(_) if instruction.keyword.text.eq_ignore_ascii_case("from") => {
                HOLES.iter().any(|hole| instruction.rest.text.contains(hole))
            }
            _ => false,
        };
        let instruction = self.instructions.iter().find(marked)?;
        Some(if begins(&instruction.keyword.text) { instruction.keyword.span } else { instruction.rest.span })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Option<Foreign> {
        Dockerfile::read(text).foreign()
    }

    #[test]
    fn templates() {
        for text in [
            "{%- if a %}\nFROM x\n{%- endif %}\n",
            "FROM node:{{ version }}\n",
            "FROM {{base}} AS x\nRUN a\n",
            "{{- /* go */ -}}\nFROM scratch\n",
            "FROM <%= image %>\n",
        ] {
            assert!(matches!(of(text), Some(Foreign::Template(_))), "{text}");
            assert!(may_be_foreign(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn other_files() {
        assert_eq!(of("#!/bin/sh\nexec x\n"), Some(Foreign::Script));
        assert!(may_be_foreign(b"#!/bin/sh\n") && !may_be_foreign(b"FROM scratch\nRUN a\n"));
        assert!(matches!(of("import os\nprint(1)\nx = 2\n"), Some(Foreign::Other(_))));
        assert_eq!(Dockerfile::read(b"\xff\xfeF\0R\0".as_slice()).foreign(), Some(Foreign::Utf16));
    }

    #[test]
    fn dockerfiles() {
        for text in [
            "",
            "#!/usr/bin/env docker\nFROM scratch\n",
            "FROM scratch\nRUN echo '{{ x }}' && docker inspect -f '{{.Id}}'\n",
            "FROM scratch\nRUN <<EOF\n{% if a %}\nEOF\n",
            "FROM ${BASE}\nLABEL a=\"{{ b }}\"\n",
            "FORM x\nRUNN y\nCOPPY z\nCMD a\nENV b=c\nRUN d\n",
            "FROM a\nFOO\nBAR\nBAZ\n",
        ] {
            assert_eq!(of(text), None, "{text}");
        }
    }

    #[test]
    fn what_begins_with_from() {
        let begins = |text: &str| Dockerfile::read(text).begins_with_from();
        assert!(begins("# a\nARG A=1\nFROM x AS y\n") && begins("from scratch\n"));
        assert!(!begins("from os import path\n") && !begins("{\n \"a\": 1\n}\n") && !begins("") && !begins("RUN x\n"));
    }
}
