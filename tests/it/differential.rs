//! Our reading of Dockerfiles held against two crates. Where one disagrees, the disagreement has a name here
//! and a reason why ours is Docker's.

use crate::support::internals::dockerfile::{Command, Dockerfile, Kind};
use parse_dockerfile::Instruction as Theirs;
use std::collections::BTreeMap;

/// The instructions of a file in order.
type List = Vec<String>;

fn ours(text: &str) -> List {
    Dockerfile::read(text).instructions.iter().map(|i| i.keyword.text.to_uppercase()).collect()
}

fn readable(text: &str) -> bool {
    let file = Dockerfile::read(text);
    file.faults.is_empty() && !file.instructions.iter().any(|i| matches!(i.kind, Kind::Unreadable(_)))
}

/// `dockerfile-parser`'s list; `None` where it refuses the file.
fn hpe(text: &str) -> Option<List> {
    use dockerfile_parser::Instruction as Their;
    let file = dockerfile_parser::Dockerfile::parse(text).ok()?;
    let name = |instruction: &Their| match instruction {
        Their::From(_) => "FROM".to_owned(),
        Their::Arg(_) => "ARG".to_owned(),
        Their::Label(_) => "LABEL".to_owned(),
        Their::Run(_) => "RUN".to_owned(),
        Their::Entrypoint(_) => "ENTRYPOINT".to_owned(),
        Their::Cmd(_) => "CMD".to_owned(),
        Their::Copy(_) => "COPY".to_owned(),
        Their::Env(_) => "ENV".to_owned(),
        Their::Misc(misc) => misc.instruction.content.to_uppercase(),
    };
    Some(file.instructions.iter().map(name).collect())
}

/// `parse-dockerfile`'s list; `None` where it refuses the file.
fn taiki(text: &str) -> Option<List> {
    let file = parse_dockerfile::parse(text).ok()?;
    let name = |instruction: &Theirs<'_>| match instruction {
        Theirs::Add(_) => "ADD",
        Theirs::Arg(_) => "ARG",
        Theirs::Cmd(_) => "CMD",
        Theirs::Copy(_) => "COPY",
        Theirs::Entrypoint(_) => "ENTRYPOINT",
        Theirs::Env(_) => "ENV",
        Theirs::Expose(_) => "EXPOSE",
        Theirs::From(_) => "FROM",
        Theirs::Healthcheck(_) => "HEALTHCHECK",
        Theirs::Label(_) => "LABEL",
        Theirs::Maintainer(_) => "MAINTAINER",
        Theirs::Onbuild(_) => "ONBUILD",
        Theirs::Run(_) => "RUN",
        Theirs::Shell(_) => "SHELL",
        Theirs::Stopsignal(_) => "STOPSIGNAL",
        Theirs::User(_) => "USER",
        Theirs::Volume(_) => "VOLUME",
        Theirs::Workdir(_) => "WORKDIR",
        _ => "?",
    };
    Some(file.instructions.iter().map(|instruction| name(instruction).to_owned()).collect())
}

/// Files that all three read alike.
const ALIKE: &[&str] = &[
    "FROM a\nRUN b && \\\n  c\nCMD [\"d\"]\n",
    "ARG V=1\nFROM a:${V} AS b\nCOPY x y /z/\nFROM scratch\nCOPY --from=b /z /z\nENTRYPOINT [\"/z\"]\n",
    "# comment\nFROM a\nENV A=b C=\"d e\"\nLABEL x=y\nWORKDIR /x\nUSER z\nEXPOSE 80\n",
    "FROM a\nRUN b \\\n# a comment inside\n  c\n",
];

/// (what, the file, whether `dockerfile-parser` gets it right, whether `parse-dockerfile` does, why ours is
/// Docker's).
const DISAGREED: &[(&str, &str, bool, bool, &str)] = &[
    ("COPY in JSON form", "FROM a\nCOPY [\"x\", \"y\"]\n", false, true, "the reference gives both forms for COPY"),
    ("here-document", "FROM a\nRUN <<EOF\necho\nEOF\n", false, true, "here-documents came with Dockerfile 1.4"),
    ("here-document behind a word", "FROM a\nRUN cat <<EOF\nx y\nEOF\n", false, false, "any word of RUN may be one"),
    (
        "escape directive",
        "# escape=`\nFROM a\nRUN b `\n c\n",
        false,
        true,
        "the directive changes the escape character",
    ),
    ("empty ENTRYPOINT", "FROM a\nENTRYPOINT []\n", true, false, "an empty array takes the base's entrypoint away"),
    ("text behind JSON", "FROM a\nENTRYPOINT [\"x\"] # y\n", false, true, "it is no JSON, and so shell form"),
    ("byte order mark", "\u{feff}FROM a\n", false, true, "BuildKit takes it off"),
];

#[test]
fn files_that_all_read_alike() {
    for text in ALIKE {
        assert_eq!(hpe(text), Some(ours(text)), "{text}");
        assert_eq!(taiki(text), Some(ours(text)), "{text}");
    }
}

#[test]
fn every_disagreement_has_a_name() {
    for (what, text, hpe_right, taiki_right, why) in DISAGREED {
        assert!(readable(text), "{what}: {why}");
        assert_eq!(hpe(text) == Some(ours(text)), *hpe_right, "dockerfile-parser, {what}");
        assert_eq!(taiki(text) == Some(ours(text)), *taiki_right, "parse-dockerfile, {what}");
    }
    // Accepted, and read as another form than Docker runs.
    let parsed = dockerfile_parser::Dockerfile::parse("FROM a\nCMD ['x']\n").unwrap();
    assert!(format!("{:?}", parsed.instructions[1]).contains("Exec"), "dockerfile-parser: single quotes are exec form");
    let Kind::Cmd(command) = &Dockerfile::read("FROM a\nCMD ['x']\n").instructions[1].kind else { panic!() };
    assert!(matches!(command, Command::Shell(_)), "Docker: single quotes are shell form");
}

/// The kinds of text that a crate is known to stumble over.
fn class(text: &str) -> &'static str {
    let file = Dockerfile::read(text);
    let json_copy = |kind: &Kind| matches!(kind, Kind::Copy(copy) | Kind::Add(copy) if copy.json);
    if file.instructions.iter().any(|i| !i.heredocs.is_empty()) {
        "here-document"
    } else if file.instructions.iter().any(|i| json_copy(&i.kind)) {
        "COPY in JSON form"
    } else if text.lines().any(|line| line.trim_end().ends_with("\\\\")) {
        "two escapes at a line's end"
    } else if file.escape == '`' {
        "escape directive"
    } else if text.contains("ENTRYPOINT []") || text.contains("CMD []") {
        "empty command"
    } else if text.starts_with('\u{feff}') {
        "byte order mark"
    } else {
        "a word, flag or comment in ENV, LABEL, ARG, FROM, CMD or ENTRYPOINT"
    }
}

mod with_material {
    use super::*;
    use crate::support::material::material;

    #[test]
    #[ignore = "needs LAMBLINT_MATERIAL"]
    fn real_files() {
        let root = material("corpus");
        let mut counts: BTreeMap<(&str, &str, &str), usize> = BTreeMap::new();
        for set in ["lambda-official", "lambda-community", "general"] {
            let folder = root.join(set);
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                let Ok(text) = std::fs::read_to_string(&path) else { continue };
                if path.to_string_lossy().ends_with(".jsonl")
                    || path.to_string_lossy().ends_with(".yaml")
                    || !readable(&text)
                {
                    continue;
                }
                for (name, theirs) in [("dockerfile-parser", hpe(&text)), ("parse-dockerfile", taiki(&text))] {
                    let verdict = match &theirs {
                        None => "refuses",
                        Some(list) if *list == ours(&text) => "agrees",
                        Some(_) => "reads another list",
                    };
                    let class = if verdict == "agrees" { "" } else { class(&text) };
                    *counts.entry((name, verdict, class)).or_default() += 1;
                    // What a crate accepts and we read otherwise has one of three reasons.
                    let known = matches!(class, "here-document" | "escape directive" | "two escapes at a line's end");
                    assert!(verdict != "reads another list" || known, "{name}: {}", path.display());
                }
            }
        }
        for ((name, verdict, class), count) in counts {
            println!("{name} {verdict} {count} {class}");
        }
    }
}
