//! COPY and ADD.

use super::rule;

#[test]
fn copying() {
    rule(
        "DL3010",
        &["COPY a.tar.gz /x/\nRUN tar -xzf /x/a.tar.gz"],
        &["ADD a.tar.gz /x/", "COPY a.tar.gz /x/", "FROM a:1 AS b\nFROM a:1\nCOPY --from=b /a.tar.gz /x/"],
    );
    rule(
        "DL3020",
        &["ADD a /x"],
        &[
            "ADD https://x/a /x",
            "ADD a.tar.gz /x",
            "ADD git@github.com:a/b.git /x",
            "ADD https://github.com/a/b.git#v1 /x",
            "ARG URL=https://x/a\nADD ${URL} /x",
            "ADD --checksum=sha256:0 https://x/a /x",
            "COPY a /x",
        ],
    );
    rule(
        "DL3021",
        &["COPY a b /x"],
        &[
            "COPY a b /x/",
            "COPY a /x",
            "COPY a b ./",
            "COPY a b .",
            "ENV D=/x/\nCOPY a b $D",
            "COPY [\"a\", \"b\", \"/x/\"]",
        ],
    );
    rule(
        "DL3022",
        &["COPY --from=b /x /x"],
        &[
            "FROM a:1 AS b\nFROM a:1\nCOPY --from=b /x /x",
            "FROM a:1\nFROM a:1\nCOPY --from=0 /x /x",
            "COPY --from=nginx:1.27 /x /x",
            "COPY --from=ghcr.io/astral-sh/uv:0.4 /uv /bin/",
            "COPY --from=context /x /x",
            "FROM a:1 AS b\nCOPY --from=b /x /x",
            "FROM a:1 AS Build\nFROM a:1\nCOPY --from=build /x /x",
            "COPY x /x",
        ],
    );
    rule("DL3023", &["FROM a:1 AS b\nCOPY --from=b /x /x"], &["FROM a:1 AS b\nFROM a:1 AS c\nCOPY --from=b /x /x"]);
    rule(
        "DL3045",
        &["COPY a b"],
        &[
            "WORKDIR /x\nCOPY a b",
            "COPY a /b",
            "ENV D=/x\nCOPY a $D/b",
            "COPY a \"/b\"",
            "FROM a:1 AS b\nWORKDIR /x\nFROM b\nCOPY a b",
            "FROM public.ecr.aws/lambda/python:3.13\nCOPY a ./",
            "FROM node:22\nONBUILD WORKDIR /x\nONBUILD COPY a b",
            "COPY <<EOF /x\na\nEOF",
            "ARG D\nCOPY a ${D}/x",
            "FROM mcr.microsoft.com/windows/nanoserver:ltsc2022\nCOPY a C:\\\\x",
        ],
    );
    rule("DL3067", &["COPY --from=x:1 / /"], &["COPY . /x", "COPY --from=x:1 /etc /etc"]);
}

#[test]
fn a_stage_that_comes_later_or_is_misspelt_is_no_context() {
    use crate::check;
    use crate::options::Options;
    let count = |name: &str| {
        let mut options = Options::new(jiff::civil::date(2026, 11, 24));
        options.select.push("DL3022".into());
        let file = format!("FROM a:1 AS build\nFROM a:1\nCOPY --from={name} /x /x\nFROM a:1 AS later\n");
        check::dockerfile("Dockerfile", file.as_str(), &options).diagnostics.len()
    };
    for name in ["builder", "buidl", "later", "7"] {
        assert_eq!(count(name), 1, "{name}");
    }
    assert_eq!((count("build"), count("context"), count("nginx"), count("0")), (0, 0, 0, 0));
}
