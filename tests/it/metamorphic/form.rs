//! Changes of the form alone: Docker builds the same image, byte for byte.

use super::{Change, change, regex};
use crate::support::draft::{Draft, script};
use crate::support::internals::dockerfile::{Instruction, Kind};

const FORM: &str = "form";

pub(super) const CHANGES: &[Change] = &[
    change(FORM, "comment-first", |d| d.edited(vec![d.before(0, "# a function")])),
    change(FORM, "comment-between", |d| between(d, "# and then")),
    change(FORM, "comment-in-continuation", |d| {
        let runs = d.instructions().iter().filter(|i| script(i).is_some());
        let ends = runs.filter_map(|i| d.text[i.span.start..i.span.end].find("\\\n").map(|at| i.span.start + at + 2));
        d.edited(ends.map(|end| (end..end, "    # on it goes\n".to_owned())).collect())
    }),
    change(FORM, "blank-lines", |d| between(d, "")),
    change(FORM, "lower-case-keywords", |d| keywords(d, str::to_lowercase)),
    change(FORM, "mixed-case-keywords", |d| {
        keywords(d, |word| format!("{}{}", word[..1].to_uppercase(), word[1..].to_lowercase()))
    }),
    change(FORM, "crlf", |d| {
        let plain = d.instructions().iter().all(|i| i.heredocs.is_empty());
        plain.then(|| d.text.replace('\n', "\r\n"))
    }),
    change(FORM, "no-final-newline", |d| d.text.strip_suffix('\n').map(str::to_owned)),
    change(FORM, "final-newlines", |d| Some(format!("{}\n\n\n", d.text))),
    change(FORM, "indented", |d| indented(d, "  ")),
    change(FORM, "indented-by-tabs", |d| indented(d, "\t")),
    change(FORM, "blanks-behind-keywords", |d| {
        let ends = d.instructions().iter().map(|i| i.keyword.span.end).filter(|end| d.text[*end..].starts_with(' '));
        d.edited(ends.map(|end| (end..end, "  ".to_owned())).collect())
    }),
    change(FORM, "blanks-at-line-ends", |d| {
        d.each(|at, i| {
            let known =
                matches!(i.kind, Kind::From(_) | Kind::Copy(_) | Kind::Run(_) | Kind::Cmd(_) | Kind::Workdir(_));
            (known && i.heredocs.is_empty()).then(|| format!("{}  ", d.written(at)))
        })
    }),
    change(FORM, "continuations-split", |d| {
        d.each(|at, i| {
            let plain = script(i).is_some_and(|script| !script.contains(['\'', '"'])) && d.file.escape == '\\';
            plain.then(|| d.written(at).replace(" && ", " && \\\n    "))
        })
    }),
    change(FORM, "continuations-joined", |d| {
        d.each(|at, i| {
            let plain = i.heredocs.is_empty() && !d.written(at).contains('#') && d.file.escape == '\\';
            plain.then(|| regex(r"[ \t]*\\\n\s*").replace_all(d.written(at), " ").into_owned())
        })
    }),
    change(FORM, "syntax-directive", |d| {
        let none = d.file.directives.is_empty() && !d.text.starts_with('\u{feff}');
        none.then(|| format!("# syntax=docker/dockerfile:1\n{}", d.text))
    }),
    change(FORM, "escape-directive", |d| {
        let plain = d.file.directives.is_empty() && !d.text.contains('`');
        let text = d.text.replace("\\\n", "`\n");
        (plain && !text.contains('\\')).then(|| format!("# escape=`\n{text}"))
    }),
    change(FORM, "byte-order-mark", |d| Some(format!("\u{feff}{}", d.text))),
    change(FORM, "braces-round-variables", |d| d.each(|at, i| expanded(i).then(|| braced(d.written(at))))),
    change(FORM, "no-braces-round-variables", |d| {
        let braces = regex(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}([^A-Za-z0-9_]|$)");
        d.each(|at, i| expanded(i).then(|| braces.replace_all(d.written(at), "$$$1$2").into_owned()))
    }),
    change(FORM, "braces-in-scripts", |d| d.scripts(|script| (!script.contains('\'')).then(|| braced(script)))),
    change(FORM, "blanks-in-json", |d| {
        d.each(|at, i| {
            let json = matches!(i.kind, Kind::Cmd(_) | Kind::Entrypoint(_)) && d.written(at).contains("[\"");
            json.then(|| d.written(at).replace("[\"", "[ \"").replace("\"]", "\" ]").replace("\", \"", "\",\""))
        })
    }),
    change(FORM, "lines-of-json", |d| {
        d.each(|at, i| {
            let json = matches!(i.kind, Kind::Cmd(_) | Kind::Entrypoint(_)) && d.written(at).contains("[\"");
            (json && d.file.escape == '\\').then(|| d.written(at).replace("\", \"", "\", \\\n  \""))
        })
    }),
];

/// A line behind every instruction but the last.
fn between(draft: &Draft, line: &str) -> Option<String> {
    draft.edited((1..draft.instructions().len()).map(|at| draft.after(at - 1, line)).collect())
}

fn keywords(draft: &Draft, new: impl Fn(&str) -> String) -> Option<String> {
    let words = draft.instructions().iter().map(|i| &i.keyword);
    draft.edited(words.map(|word| (word.span.start..word.span.end, new(&word.text))).collect())
}

fn indented(draft: &Draft, blanks: &str) -> Option<String> {
    let starts = draft.instructions().iter().map(|i| i.span.start);
    draft.edited(starts.map(|start| (start..start, blanks.to_owned())).collect())
}

/// Whether BuildKit expands variables in all words of an instruction.
fn expanded(instruction: &Instruction) -> bool {
    matches!(
        instruction.kind,
        Kind::From(_) | Kind::Copy(_) | Kind::Add(_) | Kind::Workdir(_) | Kind::User(_) | Kind::Env { .. }
    ) && instruction.heredocs.is_empty()
}

fn braced(text: &str) -> String {
    regex(r"(^|[^\\$])\$([A-Za-z_][A-Za-z0-9_]*)").replace_all(text, "$1$${$2}").into_owned()
}
