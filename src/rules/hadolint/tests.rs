//! What each rule catches and spares, a line a case; many of the spared ones are complaints about hadolint.

use crate::rules::tried::{passes, reports};

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
    rule("DL4001", &["RUN wget a && curl b"], &["RUN curl a && curl b", "RUN apt-get install -y curl wget"]);
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
fn apt() {
    rule(
        "DL3008",
        &["RUN apt-get install -y a", "RUN apt-get -t x install -y a"],
        &[
            "RUN apt-get install -y a=1.2-3",
            "RUN apt-get install -y ./a.deb",
            "RUN apt-get install -y /tmp/a.deb",
            "ARG V=1\nRUN apt-get install -y a=${V}",
            "ARG P=\"a=1 b=2\"\nRUN apt-get install -y $P",
            "RUN apt-get install -y a/bookworm-backports",
            "RUN apt-get install -y $(cat packages.txt)",
            "RUN apt-get install -y -o Dpkg::Options::=--force-confold a=1",
            "RUN <<EOF\napt-get install -y a=1\nEOF",
            "RUN apt-get update && apt-get upgrade -y",
            "RUN echo apt-get install a",
        ],
    );
    rule(
        "DL3009",
        &["RUN apt-get update && apt-get install -y a"],
        &[
            "RUN apt-get update && apt-get install -y a && rm -rf /var/lib/apt/lists/*",
            "RUN --mount=type=cache,target=/var/lib/apt --mount=type=cache,target=/var/cache/apt apt-get update && apt-get install -y a",
            "RUN --mount=type=tmpfs,target=/var/lib/apt/lists apt-get update && apt-get install -y a",
            "RUN apt-get update && apt-get install -y a && apt-get dist-clean",
            "RUN <<EOF\napt-get update\napt-get install -y a\nrm -rf /var/lib/apt/lists/*\nEOF",
            "FROM debian:12 AS b\nRUN apt-get update && apt-get install -y a\nFROM debian:12\nCOPY --from=b /x /x",
            "RUN apt-get update && apt-get install -y a && rm -rf /var/lib/apt/lists",
            "RUN apt-get update && apt-get install -y a && rm -r /var/lib/apt/lists/*",
        ],
    );
    rule(
        "DL3014",
        &["RUN apt-get install a"],
        &[
            "RUN apt-get install -y a",
            "RUN apt-get -y install a",
            "RUN apt-get install -qqy a",
            "RUN apt-get -qq install a",
            "RUN apt-get install --yes a",
            "RUN apt-get install --assume-yes a",
            "RUN yes | apt-get install a",
        ],
    );
    rule(
        "DL3015",
        &["RUN apt-get install -y a"],
        &[
            "RUN apt-get install -y --no-install-recommends a",
            "RUN apt-get install -y -o APT::Install-Recommends=false a",
        ],
    );
    rule(
        "DL3027",
        &["RUN apt install -y a"],
        &["RUN apt-get install -y a", "RUN rm -rf /var/lib/apt", "RUN apt-get install -y apt"],
    );
}

#[test]
fn apk_and_yarn() {
    rule(
        "DL3018",
        &["RUN apk add --no-cache a"],
        &[
            "RUN apk add --no-cache a=1",
            "RUN apk add --no-cache a~=1.2",
            "RUN apk add --no-cache 'a>1'",
            "RUN apk add --no-cache -t .deps a=1",
            "RUN apk add --no-cache --virtual .deps a=1",
            "RUN apk add --no-cache --repository=https://x a=1",
            "RUN apk add --no-cache -X https://x a=1",
            "RUN apk add --no-cache ./a.apk",
            "ARG P\nRUN apk add --no-cache $P",
            "ARG V=1\nRUN apk add --no-cache a=${V}",
            "RUN apk --no-cache --update add a=1",
        ],
    );
    rule(
        "DL3019",
        &["RUN apk add a=1"],
        &[
            "RUN apk add --no-cache a=1",
            "RUN apk --no-cache add a=1",
            "RUN --mount=type=cache,target=/var/cache/apk apk add a=1",
            "RUN --mount=type=cache,target=/etc/apk/cache apk add a=1",
            "RUN apk add --update a=1 && rm -rf /var/cache/apk/*",
            "FROM alpine:3 AS b\nRUN apk add a=1\nFROM alpine:3\nCOPY --from=b /x /x",
        ],
    );
    rule(
        "DL3060",
        &["RUN yarn install"],
        &[
            "RUN yarn install && yarn cache clean",
            "RUN --mount=type=cache,target=/usr/local/share/.cache/yarn yarn install",
            "RUN --mount=type=cache,target=/root/.cache yarn install",
            "FROM node:22 AS b\nRUN yarn install\nFROM node:22\nCOPY --from=b /x /x",
            "RUN yarn build",
        ],
    );
}

#[test]
fn rpm() {
    rule(
        "DL3030",
        &["RUN yum install a"],
        &["RUN yum install -y a", "RUN yum -y install a", "RUN yum install -qy a", "RUN yum --assumeyes install a"],
    );
    rule(
        "DL3032",
        &["RUN yum install -y a"],
        &[
            "RUN yum install -y a && yum clean all",
            "RUN yum install -y a && rm -rf /var/cache/yum",
            "RUN --mount=type=cache,target=/var/cache/yum yum install -y a",
            "FROM amazonlinux:2 AS b\nRUN yum install -y a\nFROM amazonlinux:2\nCOPY --from=b /x /x",
        ],
    );
    rule(
        "DL3033",
        &["RUN yum install -y a"],
        &[
            "RUN yum install -y a-1.2-3",
            "RUN yum install -y https://x/a.rpm",
            "ARG V=1\nRUN yum install -y a-${V}",
            "RUN yum install -y ./a.rpm",
            "ARG P\nRUN yum install -y $P",
        ],
    );
    rule(
        "DL3038",
        &["RUN dnf install a"],
        &["RUN dnf install -y a", "RUN dnf -y install a", "RUN microdnf -y install a"],
    );
    rule(
        "DL3040",
        &["RUN dnf install -y a"],
        &[
            "RUN dnf install -y a && dnf clean all",
            "RUN dnf install -y a && rm -rf /var/cache/dnf",
            "RUN --mount=type=cache,target=/var/cache/dnf dnf install -y a",
            "RUN --mount=type=cache,target=/var/cache/libdnf5 dnf install -y a",
            "RUN microdnf install -y a && microdnf clean all",
        ],
    );
    rule(
        "DL3041",
        &["RUN dnf install -y a"],
        &[
            "RUN dnf install -y a-1.2",
            "RUN dnf install -y https://x/a.rpm",
            "ARG V=1\nRUN dnf install -y a-${V}",
            "RUN dnf install -y /tmp/a.rpm",
        ],
    );
    rule(
        "DL3034",
        &["RUN zypper install a"],
        &["RUN zypper -n install a", "RUN zypper install -y a", "RUN zypper --non-interactive in a"],
    );
    rule("DL3035", &["RUN zypper dist-upgrade", "RUN zypper dup"], &["RUN zypper update -y", "RUN echo zypper dup"]);
    rule(
        "DL3036",
        &["RUN zypper install -y a"],
        &["RUN zypper install -y a && zypper clean", "RUN zypper install -y a && zypper cc -a"],
    );
    rule(
        "DL3037",
        &["RUN zypper install -y a"],
        &["RUN zypper install -y a=1", "RUN zypper install -y 'a>=1'", "RUN zypper install -y a.rpm"],
    );
}

#[test]
fn languages() {
    rule(
        "DL3013",
        &["RUN pip install a", "RUN python3 -m pip install a"],
        &[
            "RUN pip install a==1",
            "RUN pip install 'a>=1,<2'",
            "RUN pip install 'a[b]==1'",
            "RUN pip install -r requirements.txt",
            "RUN pip install --requirement=requirements.txt",
            "RUN pip install .",
            "RUN pip install -e .",
            "RUN pip install '.[dev]'",
            "RUN pip install git+https://github.com/a/b@v1",
            "RUN pip install https://x/a.tar.gz",
            "RUN pip install /tmp/a.whl",
            "RUN pip install ./a",
            "RUN pip install -c constraints.txt a",
            "RUN pip install --constraint constraints.txt a",
            "RUN pip install --index-url https://x a==1",
            "RUN pip install --target /x --platform y a==1",
            "ARG V=1\nRUN pip install a==$V",
            "ARG P\nRUN pip install $P",
        ],
    );
    rule(
        "DL3042",
        &["RUN pip install a==1"],
        &[
            "RUN pip install --no-cache-dir a==1",
            "RUN pip --no-cache-dir install a==1",
            "ENV PIP_NO_CACHE_DIR=1\nRUN pip install a==1",
            "RUN PIP_NO_CACHE_DIR=1 pip install a==1",
            "RUN --mount=type=cache,target=/root/.cache/pip pip install a==1",
            "RUN --mount=type=cache,target=/root/.cache pip install a==1",
            "RUN pip install a==1 && pip cache purge",
            "RUN pip install a==1 && rm -rf /root/.cache",
            "RUN pip download a",
            "RUN pipx install a",
            "RUN pip uninstall a",
            "FROM python:3.13 AS b\nRUN pip install a\nFROM python:3.13\nCOPY --from=b /x /x",
        ],
    );
    rule(
        "DL3016",
        &["RUN npm install a"],
        &[
            "RUN npm install",
            "RUN npm ci",
            "RUN npm install a@1",
            "RUN npm install @a/b@1",
            "RUN npm install -g a@^1",
            "RUN npm install ./a",
            "RUN npm install git+https://github.com/a/b.git#v1",
            "RUN npm install https://x/a.tgz",
            "RUN npm install a.tgz",
            "ARG V=1\nRUN npm install -g a@$V",
            "ARG P\nRUN npm install $P",
            "RUN npm install --production",
            "RUN npm install --registry https://x a@1",
        ],
    );
    rule(
        "DL3028",
        &["RUN gem install a"],
        &[
            "RUN gem install a:1",
            "RUN gem install a -v 1",
            "RUN gem install a --version=1",
            "RUN gem install a.gem",
            "ARG V=1\nRUN gem install a:$V",
        ],
    );
    rule(
        "DL3062",
        &["RUN go install a.b/c"],
        &[
            "RUN go install a.b/c@v1",
            "RUN go install ./...",
            "RUN go install .",
            "RUN go build",
            "ARG V=v1\nRUN go install a.b/c@$V",
        ],
    );
}

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
    use crate::check::{self, LabelKind, Options};
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
        ("DL3058", LabelKind::Email, "x=nobody", "x=a@example.com"),
    ] {
        assert_eq!((count(code, kind, bad), count(code, kind, good)), (1, 0), "{code}");
        assert_eq!(count(code, kind, "x=$GIVEN"), 0, "{code}: nobody knows");
    }
}

#[test]
fn a_stage_that_comes_later_or_is_misspelt_is_no_context() {
    use crate::check::{self, Options};
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
