//! What each rule catches and spares, a line a case; many of the spared ones are complaints about hadolint.

mod copying;
mod packages;

use crate::rules::testing::{passes, reports};

/// Under hadolint's preset the rule speaks once for each of some files; under our own it is silent for others.
#[track_caller]
fn rule(code: &str, caught: &[&str], spared: &[&str]) {
    caught.iter().for_each(|file| reports(code, 1, &from(file)));
    spared.iter().for_each(|file| passes(code, &from(file)));
}

/// A case without a FROM stands on Debian.
fn from(file: &str) -> String {
    if file.contains("FROM") { file.to_owned() } else { format!("FROM debian:12\n{file}") }
}

#[test]
fn shells_and_commands() {
    rule(
        "DL3001",
        &["RUN ssh host", "RUN vim x", "RUN top"],
        &[
            "RUN apt-get install -y vim ssh",
            "RUN --mount=type=cache,target=/x make",
            "RUN echo service",
            "RUN make top",
        ],
    );
    rule("DL3003", &["RUN cd /x && make"], &["RUN ls cd", "RUN (cd /x && make)", "RUN make -C cd"]);
    rule(
        "DL3004",
        &["RUN sudo make"],
        &["RUN apt-get install -y sudo", "RUN echo 'x ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/x", "RUN visudo -c"],
    );
    rule(
        "DL4001",
        &["RUN wget a && curl b"],
        &[
            "FROM a:1 AS b\nRUN wget x\nFROM a:1\nRUN curl x",
            "RUN curl a && curl b",
            "RUN apt-get install -y curl wget",
        ],
    );
    rule("DL4005", &["RUN ln -sfv /bin/bash /bin/sh"], &["RUN ln -s /bin/bash /bin/bsh", "RUN ln -s /bin/sh /x"]);
    rule(
        "DL4006",
        &["RUN a | b"],
        &[
            "RUN a || b",
            "RUN echo 'a | b'",
            "RUN case $x in a|b) c;; esac",
            "RUN set -o pipefail && a | b",
            "RUN set -euo pipefail; a | b",
            "SHELL [\"/bin/bash\", \"-euo\", \"pipefail\", \"-c\"]\nRUN a | b",
            "FROM alpine:3\nSHELL [\"/bin/ash\", \"-eo\", \"pipefail\", \"-c\"]\nRUN a | b",
            "FROM alpine:3\nSHELL [\"/bin/sh\", \"-o\", \"pipefail\", \"-c\"]\nRUN a | b",
            "FROM x:1\nSHELL [\"pwsh\", \"-Command\"]\nRUN a | b",
            "RUN <<EOF bash\nset -euxo pipefail\na | b\nEOF",
            "RUN <<EOF\nset -o pipefail\na | b\nEOF",
            "RUN cat <<EOF > x\na | b\nEOF",
        ],
    );
    rule(
        "DL3046",
        &["RUN useradd -u 123456 x"],
        &[
            "RUN useradd -l -u 123456 x",
            "RUN useradd -u 1000 x",
            "RUN useradd --no-log-init --uid 123456 x",
            "RUN useradd -lu 123456 x",
            "ARG ID=1000\nRUN useradd -u $ID x",
        ],
    );
    rule(
        "DL3047",
        &["RUN wget https://x/y"],
        &["RUN wget -q https://x/y", "RUN wget -nv https://x/y", "RUN wget --progress=dot:giga x"],
    );
    rule(
        "DL3059",
        &["RUN a\nRUN b"],
        &["RUN a\nCOPY x /x\nRUN b", "RUN a", "RUN --mount=type=cache,target=/x a\nRUN b"],
    );
}

#[test]
fn stages_and_bases() {
    rule(
        "DL3002",
        &["USER root"],
        &[
            "USER root\nRUN a\nUSER 1000",
            "FROM debian:12 AS b\nUSER root\nFROM debian:12\nUSER 1000",
            "ARG U\nUSER $U",
            "FROM gcr.io/distroless/static:nonroot",
            "FROM scratch\nCOPY a /a",
            "FROM debian:12 AS b\nUSER 1000\nFROM b\nCOPY a /a",
        ],
    );
    rule(
        "DL3006",
        &["FROM debian"],
        &[
            "FROM debian:12",
            "FROM scratch",
            "FROM debian@sha256:0",
            "ARG B\nFROM $B",
            "ARG B=debian:12\nFROM ${B}",
            "FROM debian:12 AS b\nFROM b",
            "ARG V=1\nFROM a:1 AS b1\nFROM b${V}",
            "FROM --platform=$BUILDPLATFORM debian:12",
        ],
    );
    rule(
        "DL3007",
        &["FROM debian:latest"],
        &["FROM debian:12", "FROM debian:latest@sha256:0", "FROM debian:12 AS latest"],
    );
    rule("DL3024", &["FROM a:1 AS b\nFROM a:1 AS b"], &["FROM a:1 AS b\nFROM a:1 AS c", "FROM a:1\nFROM a:1"]);
    rule(
        "DL3029",
        &["FROM --platform=linux/amd64 a:1"],
        &["FROM --platform=$BUILDPLATFORM a:1", "FROM --platform=${TARGETPLATFORM} a:1"],
    );
    rule("DL3061", &["RUN a\nFROM b:1"], &["ARG A=1\nFROM b:1", "# syntax=docker/dockerfile:1\nFROM b:1"]);
    rule("DL3063", &["FROM a:1 AS scratch"], &["FROM a:1 AS context-of-build", "FROM scratch"]);
    rule("DL3065", &["FROM --platform=$TARGETPLATFORM a:1"], &["FROM --platform=$BUILDPLATFORM a:1", "FROM a:1"]);
}

#[test]
fn settings() {
    rule("DL3000", &["WORKDIR x"], &["WORKDIR /x", "ENV D=/x\nWORKDIR $D", "WORKDIR \"/x\"", "ARG D\nWORKDIR ${D}"]);
    rule("DL3011", &["EXPOSE 80000"], &["EXPOSE 80", "EXPOSE 8000-8010", "EXPOSE 53/udp", "ARG P\nEXPOSE $P"]);
    rule(
        "DL3012",
        &["HEALTHCHECK CMD a\nHEALTHCHECK CMD b"],
        &["HEALTHCHECK CMD a", "FROM a:1 AS b\nHEALTHCHECK CMD a\nFROM a:1\nHEALTHCHECK CMD b"],
    );
    rule("DL3025", &["CMD a b", "ENTRYPOINT a"], &["CMD [\"a\", \"b\"]", "RUN a b"]);
    rule("DL3043", &["ONBUILD FROM a:1"], &["ONBUILD RUN a"]);
    rule(
        "DL3044",
        &["ENV A=1 B=$A"],
        &["ENV PATH=/x:$PATH", "ENV A=1\nENV B=$A", "ENV A=1 B=$AB", "ENV A=1 B='$A'", "ARG A=1\nENV A=$A"],
    );
    rule(
        "DL3048",
        &["LABEL com.docker.x=1", "LABEL a..b=1"],
        &["LABEL a.b=1", "LABEL maintainer=x", "LABEL org.opencontainers.image.title=x"],
    );
    rule("DL3066", &["USER nginx"], &["USER 1000", "USER 1000:1000", "ARG U\nUSER $U"]);
    rule("DL4000", &["MAINTAINER a"], &["LABEL maintainer=a"]);
    rule("DL4003", &["CMD [\"a\"]\nCMD [\"b\"]"], &["FROM a:1 AS b\nCMD [\"a\"]\nFROM a:1\nCMD [\"b\"]"]);
    rule("DL4004", &["ENTRYPOINT [\"a\"]\nENTRYPOINT [\"b\"]"], &["ENTRYPOINT [\"a\"]\nCMD [\"b\"]"]);
    // Off, in hadolint too.
    passes("DL1001", "FROM debian:12");
    passes("DL3057", "FROM debian:12\nHEALTHCHECK CMD a");
    // Two names of users, no secret in sight.
    passes("DL3064", "FROM debian:12\nENV JENKINS_USERNAME=jenkins DB_USER=x");
    reports("DL3064", 1, "FROM debian:12\nENV DB_PASSWORD=x");
}

#[test]
fn labels() {
    use crate::check;
    use crate::options::{LabelKind, Options};
    let count = |code: &str, kind: LabelKind, value: &str| {
        let mut options = Options::new(jiff::civil::date(2026, 11, 24));
        options.select.push(code.to_owned());
        options.label_schema.insert("x".into(), kind);
        options.strict_labels = true;
        let file = format!("FROM debian:12\nARG GIVEN\nLABEL {value}\n");
        check::dockerfile("Dockerfile", file.as_str(), &options).diagnostics.len()
    };
    for (code, kind, bad, good) in [
        ("DL3049", LabelKind::Text, "y=1", "x=1"),
        ("DL3050", LabelKind::Text, "x=1 y=1", "x=1"),
        ("DL3051", LabelKind::Text, "x=\"\"", "x=1"),
        ("DL3052", LabelKind::Url, "x=nope", "x=https://example.com/a"),
        ("DL3053", LabelKind::Rfc3339, "x=yesterday", "x=2026-11-24T10:00:00Z"),
        ("DL3054", LabelKind::Spdx, "x=free", "x=MIT"),
        ("DL3055", LabelKind::Hash, "x=zz", "x=3eb13a3ab6cb2a7fcd0d3d9bf0e3dd9cc0ea8a31"),
        ("DL3056", LabelKind::Semver, "x=one", "x=1.2.3"),
        ("DL3058", LabelKind::Email, "x=someone", "x=a@example.com"),
    ] {
        assert_eq!((count(code, kind, bad), count(code, kind, good)), (1, 0), "{code}");
        assert_eq!(count(code, kind, "x=$GIVEN"), 0, "{code}: not known");
    }
}

/// Under our own preset the rule speaks.
#[track_caller]
fn speaks(code: &str, file: &str) {
    use crate::check;
    use crate::options::Options;
    let mut options = Options::new(jiff::civil::date(2026, 11, 24));
    options.select.push(code.to_owned());
    let checked = check::dockerfile("Dockerfile", from(file).as_str(), &options);
    assert!(!checked.diagnostics.is_empty(), "{code} should be reported for\n{file}");
}

#[test]
fn what_hadolint_overlooks() {
    // What is cleaned before anything is there is kept.
    speaks("DL3032", "RUN yum clean all && yum install -y a-1");
    speaks("DL3040", "RUN dnf clean all && dnf install -y a-1");
    speaks("DL3008", "RUN bash -c 'apt-get install -y a'");
    speaks("DL4006", "RUN <<EOF bash\na | b\nEOF");
    speaks("DL3002", "CMD [\"a\"]");
}
