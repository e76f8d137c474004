//! Package managers: what is pinned, what asks, what stays.

use super::rule;

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
            "RUN deps=\"a=1\" && apt-get install -y $deps",
            "ENV V=1\nRUN apt-get install -y \"a=$V\" \"b=${V}\"",
            "RUN apt-get install -y a=1 \\\n  # why\n  b=2",
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
            "RUN --mount=target=/var/lib/apt/lists,type=cache,sharing=locked --mount=target=/var/cache/apt,type=cache apt-get update && apt-get install -y a",
            "RUN --mount=type=cache,target=/var/lib/apt/lists/ apt-get update && apt-get install -y a",
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
            "RUN --mount=type=cache,target=/usr/local/share/.cache/yarn/v6 yarn install",
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
            "RUN dnf --installroot /x install -y a && dnf --installroot /x clean all",
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
            "RUN dnf module install -y a:1.18",
            "ARG V=3.12-3.12.1-4.el9\nRUN microdnf install -y a${V}",
            "RUN dnf --installroot /x install a-1.2 -y --releasever 9 --setopt install_weak_deps=false --nodocs",
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
            "RUN pip install --ignore-installed a==1",
            "RUN pip install /app",
            "RUN pip3 install --user a==1",
            "RUN pipx install --python \"$(which python)\" \"a==$V\"",
            "ARG N=a V=1\nRUN python -m pip install \"${N}==${V}\"",
            "RUN pip install a==\"${V:-1}\"",
            "RUN pipenv install a",
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
            "RUN pipenv install",
            "RUN . /x/bin/activate && pip install \\\n  --no-cache-dir \\\n  --upgrade a==1",
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
