#!/usr/bin/env python3
"""Measures how time and memory grow with the length of an input, for every shape of input that is known to matter.

    cargo build --release
    benches/growth.py [--big] [--verbose] [WORD]      # only shapes with WORD in their names

Each shape is made four times, n, 2n, 4n and 8n long, in a temporary folder. A run must end by itself with an exit code
from 0 to 2, in 10 seconds of processor time and 512 MiB; the script ends with 1 where one does not. Lines are printed
for what breaks a bound and for what grows faster than it should (more than 2.8 times for twice the length, where that
takes over half a second).
"""
import argparse
import hashlib
import io
import json
import os
import resource
import subprocess
import sys
import tarfile
import tempfile
import threading

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PROGRAM = os.environ.get("LAMBLINT", os.path.join(ROOT, "target/release/lamblint"))
SECONDS, MEBIBYTES = 10, 512
BASE = "FROM public.ecr.aws/lambda/python:3.13\n"
CHECK = ["check", "--no-config", "--shellcheck", "off", "--preset", "all", "--lambda", "--today", "2026-11-25",
         "--format", "json", "--output", os.devnull, "--report", "human=" + os.devnull, "--report", "sarif=" + os.devnull]
DIFF = ["check", "--no-config", "--shellcheck", "off", "--preset", "all", "--lambda", "--diff", "--unsafe-fixes"]


def run(arguments, folder):
    """Exit code (negative for a signal, None for too long), seconds of processor time, MiB."""
    def limit():
        resource.setrlimit(resource.RLIMIT_AS, (6 << 30, 6 << 30))
        resource.setrlimit(resource.RLIMIT_CPU, (3 * SECONDS, 3 * SECONDS + 1))
    env = {**os.environ, "LAMBLINT_SHELLCHECK": "off", "HOME": folder}
    child = subprocess.Popen([PROGRAM, *arguments], cwd=folder, env=env, stdin=subprocess.DEVNULL, preexec_fn=limit,
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    late = threading.Event()
    # One that waits for something uses no processor.
    timer = threading.Timer(60 * SECONDS, lambda: (late.set(), child.kill()))
    timer.start()
    _, status, usage = os.wait4(child.pid, 0)
    timer.cancel()
    child.returncode = 0
    code = os.waitstatus_to_exitcode(status)
    return None if late.is_set() else code, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def each(text):
    """A line for each number, `@` standing for it and `^` for the one before."""
    return lambda n: BASE + "".join(text.replace("@", str(i)).replace("^", str(i - 1)) + "\n" for i in range(n))


def row(before, piece, between=" ", after=""):
    """One instruction of many pieces, on a line each so that no line is too long."""
    return lambda n: BASE + before + (between + "\\\n").join(piece.replace("@", str(i)) for i in range(n)) + after + "\n"


def alone(text):
    return lambda n: each(text)(n)[len(BASE):]


LINES = {
    "nothing": "", "blank": " ", "nbsp": "\u00a0", "comment": "# a", "comment ignore": "# lamblint: ignore=LL801",
    "comment ignore-file": "# lamblint: ignore-file=LL8@", "hadolint ignore": "# hadolint ignore=DL3003",
    "hadolint stage": "# hadolint stage ignore=DL3003\nRUN a", "hadolint shell": "# hadolint shell=pwsh\nRUN a",
    "check": "# check=skip=all", "unknown": "RUNN a@", "short": "a",
    "FROM": "FROM a@", "FROM AS": "FROM debian:12 AS s@", "FROM same AS": "FROM debian:12 AS s", "FROM chain": "FROM s^ AS s@",
    "FROM variable": "FROM $A@", "FROM platform": "FROM --platform=linux/arm64 a@ as B@",
    "ARG": "ARG A@", "ARG value": "ARG A@=b", "ARG chain": "ARG A@=${A^}x", "ARG same": "ARG A=${A}x",
    "ENV": "ENV A@=b", "ENV old": "ENV A@ b", "ENV chain": "ENV A@=${A^}x", "ENV same": "ENV A=${A}x", "ENV doubles": "ENV A=$A$A$A",
    "ENV secret": "ENV AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKE@", "ENV PATH": "ENV PATH=$PATH:/a@",
    "ENV LD": "ENV LD_LIBRARY_PATH=/a@:$LD_LIBRARY_PATH", "LABEL": "LABEL a@=b", "LABEL same": "LABEL a=b",
    "RUN": "RUN a", "RUN install": "RUN yum install -y p@", "RUN apt": "RUN apt-get install p@", "RUN pip": "RUN pip install p@",
    "RUN cd": "RUN cd /a@ && make", "RUN curl": "RUN curl -o /a@ https://e.x/@", "RUN json": "RUN [\"a\", \"b@\"]",
    "RUN heredoc": "RUN <<E@\na\nE@", "RUN chmod": "RUN chmod 600 /var/task/a@", "RUN ln": "RUN ln -s /a@ /a^",
    "RUN mv": "RUN mv /a^ /a@", "RUN export": "RUN export A@=b", "RUN write": "RUN echo a > /a@", "RUN sh": "RUN sh -c 'yum install @'",
    "RUN useradd": "RUN useradd u@", "RUN mkdir": "RUN mkdir -p /a@", "RUN rm": "RUN rm -rf /a@", "RUN pipe": "RUN a | b",
    "COPY": "COPY a@ /b@", "COPY same": "COPY a /b", "COPY from": "COPY --from=s@ a b", "COPY from number": "COPY --from=@ a b",
    "COPY heredoc": "COPY <<E@ /a@\na\nE@", "COPY chmod": "COPY --chmod=600 a@ ./", "COPY up": "COPY ../a@ ./", "COPY star": "COPY *.p@ ./",
    "COPY relative": "COPY a@ b@/", "ADD": "ADD a@ /b@", "ADD url": "ADD https://e.x/a@.tar.gz /x", "ADD tar": "ADD a@.tar.gz /x",
    "ADD git": "ADD https://e.x/a@.git /x", "ADD tar then RUN": "ADD https://e.x/a@.tar.gz /x\nRUN tar xf /x/a@.tar.gz",
    "WORKDIR": "WORKDIR a", "WORKDIR up": "WORKDIR ..", "WORKDIR absolute": "WORKDIR /a@", "USER": "USER u@", "USER root": "USER root",
    "EXPOSE": "EXPOSE @", "EXPOSE same": "EXPOSE 80", "VOLUME": "VOLUME /a@", "CMD": "CMD [\"a.b\"]", "CMD text": "CMD a.b",
    "ENTRYPOINT": "ENTRYPOINT [\"/a\"]", "ENTRYPOINT text": "ENTRYPOINT /a@", "SHELL": "SHELL [\"/bin/a@\"]", "HEALTHCHECK": "HEALTHCHECK CMD a",
    "STOPSIGNAL": "STOPSIGNAL @", "ONBUILD": "ONBUILD RUN a@", "ONBUILD twice": "ONBUILD ONBUILD a", "MAINTAINER": "MAINTAINER a@",
    "continuation": "RUN a \\\n\n b", "not text": "RUN \udcff\udcfe", "error": "COPY a", "flag": "COPY --froom=a b c",
    "RUN mvn": "RUN mvn package@", "RUN apt yum": "RUN apt-get install -y yum", "RUN dnf curl": "RUN dnf install -y curl",
    "stage with installs": "FROM s^ AS s@\nRUN dnf install -y curl\nRUN pip install poetry", "stage and client": "FROM node:22 AS s@\nRUN npm install aws-lambda-ric",
    "stage and copy": "FROM a AS s@\nCOPY --from=s^ /x /y", "stage and ENV": "FROM a AS s@\nENV A=b\nRUN c",
}
SHAPES = {name: each(text) for name, text in LINES.items()}
SHAPES |= {"head ARG": lambda n: alone("ARG A@=b")(n) + BASE, "head ARG chain": lambda n: alone("ARG A@=$A^")(n) + BASE,
           "head directive": lambda n: alone("# syntax=a")(n) + BASE, "head comment": lambda n: alone("# a")(n) + BASE}
SHAPES |= {
    "one ENV": row("ENV ", "A@=b"), "one ENV chain": row("ENV ", "A@=$A"), "one LABEL": row("LABEL ", "a@=b"),
    "one LABEL same": row("LABEL ", "a=b"), "one ARG": row("ARG ", "A@=b"), "one RUN list": row("RUN ", "a@", " && "),
    "one RUN or": row("RUN ", "a@", " || "), "one RUN lines": row("RUN ", "a@", "; "), "one RUN words": row("RUN yum install -y ", "p@"),
    "one RUN pip": row("RUN pip install ", "p@"), "one RUN apt": row("RUN apt-get install ", "p@"),
    "one RUN mounts": row("RUN ", "--mount=type=cache,target=/a@", after=" a"), "one COPY": row("COPY ", "a@", after=" b/"),
    "one COPY excludes": row("COPY ", "--exclude=a@", after=" a b/"), "one EXPOSE": row("EXPOSE ", "@"), "one VOLUME": row("VOLUME ", "/a@"),
    "one VOLUME list": row("VOLUME [", '"/a@"', ",", "]"), "one CMD list": row("CMD [", '"a@"', ",", "]"),
    "one ENTRYPOINT list": row("ENTRYPOINT [", '"a@"', ",", "]"), "one SHELL list": row("SHELL [", '"a@"', ",", "]"),
    "one RUN json": row("RUN [", '"a@"', ",", "]"), "one CMD text": row("CMD ", "a@"), "one blank continuation": row("RUN ", "a@ \\\n"),
    "one comment continuation": row("RUN ", "a@ \\\n# b"), "one RUN quotes": row("RUN ", "'a' \"b\""), "one ENV quotes": row("ENV ", "A@='a b'\"c d\""),
    "one RUN variables": row("RUN ", "$A@"), "one WORKDIR": row("WORKDIR ", "a/"), "one FROM": row("FROM ", "a@"),
    "heredocs of COPY": lambda n: BASE + "COPY " + " \\\n".join(f"<<E{i}" for i in range(n)) + " /x/\n" + "".join(f"a\nE{i}\n" for i in range(n)),
    "heredocs of RUN": lambda n: BASE + "RUN " + " \\\n".join(f"<<E{i}" for i in range(n)) + "\n" + "".join(f"a\nE{i}\n" for i in range(n)),
    "long heredoc": lambda n: BASE + "RUN <<E\n" + "yum install -y a\n" * n + "E\n",
    "long heredoc of COPY": lambda n: BASE + "COPY <<E /a\n" + "a $B\n" * n + "E\n",
    "unterminated heredocs": lambda n: BASE + "RUN <<E\n" * n,
    "long ENV": lambda n: BASE + "ARG V=" + "a" * 60_000 + "\nENV " + " \\\n".join(f"A{i}=$V" for i in range(n)) + "\n",
    "long SHELL": lambda n: BASE + 'SHELL ["' + "a" * 60_000 + '"]\n' + "USER a\n" * n,
    "long CMD": lambda n: BASE + 'CMD ["' + "a" * 60_000 + '"]\n' + "USER a\n" * n,
    "long ENTRYPOINT": lambda n: BASE + "ENTRYPOINT " + "a" * 60_000 + "\n" + "WORKDIR /a\n" * n,
    "long USER": lambda n: BASE + "USER " + "a" * 60_000 + "\n" + "WORKDIR /a\n" * n,
    "long path": lambda n: BASE + "WORKDIR " + "a/" * 30_000 + "\n" + "COPY a b/\n" * n,
    "long name": lambda n: BASE + "".join("COPY " + "a" * 2_000 + f"{i} b\n" for i in range(n // 16)),
    "patterns": lambda n: BASE + "ARG P=" + "*a" * 2_000 + "\nARG V=" + "a" * 4_000 + "\n" + "ENV A=${V#$P}\n" * n,
    "replacements": lambda n: BASE + "ARG V=" + "a" * 4_000 + "\n" + "ENV A=${V//a/b}\n" * n,
    "defaults": lambda n: BASE + "ENV A=" + "${X:-" * 60 + "}" * 60 + "\n" * n + "ENV B=$A\n" * n,
    "quotes open": lambda n: BASE + "ENV A='\n" * n,
    "braces": lambda n: BASE + "".join("ENV A=" + "${" * 200 + "\n" for _ in range(n // 16)),
}
FIXES = {name: each(text) for name, text in {
    "MAINTAINER": "MAINTAINER b@", "ADD": "ADD a@ /b@", "ENV": "ENV A@ b", "FROM as": "FROM a as b@", "apt-get": "RUN apt-get install a@",
    "CMD": "CMD a.b", "continuation": "RUN a \\\n\n b@", "COPY chmod": "COPY --chmod=600 a@ ./", "yum": "RUN yum install a@",
    "LABEL": "LABEL a@ b", "casing": "run a\nRUN b", "WORKDIR": "WORKDIR a", "pip": "RUN pip install a@", "sudo": "RUN sudo a@",
}.items()}
TOKENS = ["a", " ", ")", "(", "\0", "<>", "$[", ">", ">&", "<", "<<", "<<a ", "<<-a\n", "<<<", "|", "|&", "||", "&", "&&", ";", ";;", "{", "}", "{ ",
          "[", "]", "[[", "[[ ", "]]", "$(", "`", "$((", "((", "))", "${", "${a", "${a:-", "$", "$$", "$'", "$\"", "'", "\"", "\"$(", "\\", "\\\\", "#", "# ",
          "!", "! ", "if ", "then ", "fi ", "if a; then ", "for ", "for a in ", "while ", "do ", "done ", "case ", "case a in ", "esac ", "a) ", "function ",
          "a() ", "a(){ ", "time ", "a=", "a=b ", "a+=", "a[", "a[0]=", "a=(", "=~", "[[ a =~ ", "~", "*", "?", "@(", "!(", "+(", "{a,", "{1..", "-", "--a ",
          "\u00a0", "\u2028", "\ufeff", "\u0300", "\U0001f600", "\ufffd", "\udcff", "\t", "\r", "a\\ ", "a;", "a|", "a&", "a>", "a<", "a\"", "a'", "a`", "a$", "$a",
          "$a ", "${a}", "${a} ", "$(a)", "`a`", "(a)", "{ a;}", "a>b ", "2>&1 ", "<(", ">(", "<(a) ", "1>", "&>", ">>", ">|", "a b ", "export ", "unset ", "declare ",
          "test ", "[ a ] ", "sh -c '", "sh -c \"", "a)b(", "a&&(", "|(", "$(|", "${a#", "${a//", "%", "^", "=", ",", ":", ".", "/", "..", "//", "0", "9a", "_"]


def token(text):
    return lambda n: BASE + "RUN " + (text * (n // len(text.encode("utf-8", "surrogateescape")) + 1)) + "\n"


def several(text):
    """The same again and again, each a little different, until nothing more is looked into."""
    def make(n):
        length = len(text.encode("utf-8", "surrogateescape"))
        return BASE + "".join(f"RUN {i}" + text * (4_000 // length) + "\n" for i in range(n // 4_000))
    return make


def write(folder, name, text):
    path = os.path.join(folder, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(text if isinstance(text, bytes) else text.encode("utf-8", "surrogateescape"))


def dockerfile(make, arguments):
    def made(folder, n):
        write(folder, "Dockerfile", make(n))
        return [*arguments, "Dockerfile"]
    return made


def ignore_rules(folder, n):
    write(folder, ".dockerignore", "**/*a*a*a*a\n" * min(n, 2_048) + "!x\n")
    write(folder, "Dockerfile", BASE + "".join("COPY " + "/".join(["a"] * 500) + f"{i} node_modules ./\n" for i in range(n)))
    return [*CHECK, "Dockerfile"]


def ignore_names(folder, n):
    write(folder, ".dockerignore", "**/*a*b*\n" * 2_048)
    for i in range(n):
        write(folder, f"big/{i}", "")
    write(folder, "Dockerfile", BASE + "COPY big/* ./\n" * 8)
    return [*CHECK, "Dockerfile"]


def context_names(folder, n):
    for i in range(n):
        write(folder, f"a/{i}.py", "")
    write(folder, "Dockerfile", BASE + "COPY a/*.py ./\n" * 64 + "".join(f"COPY a/{i}.py missing{i} ./\n" for i in range(n)))
    return [*CHECK, "Dockerfile"]


def git_ignore(folder, n):
    write(folder, ".gitignore", "".join(f"**/a*{i}/b?c\n" for i in range(n)))
    write(folder, "a/Dockerfile", BASE)
    return [*CHECK, "."]


def git_ignores(folder, n):
    for i in range(n // 64):
        write(folder, f"{i}/.gitignore", "".join(f"a{i}*\n" for i in range(1_000)))
        write(folder, f"{i}/Dockerfile", BASE)
    return [*CHECK, "."]


def deep(folder, n):
    path = "/".join(["a"] * min(n // 16, 1_900))
    for depth in range(1, min(n // 16, 1_900), 8):
        write(folder, "/".join(["a"] * depth) + "/.gitignore", "b\n" * 100)
    write(folder, path + "/Dockerfile", BASE)
    return [*CHECK, "."]


def files(folder, n):
    for i in range(n // 8):
        write(folder, f"{i}.Dockerfile", BASE + "MAINTAINER a\n")
    return [*CHECK, "."]


def aliases(folder, n):
    write(folder, ".hadolint.yaml", 's: &s "' + "x" * min(15 * n, 150_000) + '"\nz: [' + ",".join(["*s"] * min(2 * n, 19_900)) + "]\n")
    write(folder, "Dockerfile", BASE)
    return ["check", "Dockerfile"]


def settings(folder, n):
    write(folder, "lamblint.toml", "ignore = [" + ",".join(f'"LL{i % 1000:03}"' for i in range(n)) + "]\n")
    write(folder, "Dockerfile", BASE + "MAINTAINER a\n" * 100)
    return ["check", "Dockerfile"]


def overrides(folder, n):
    write(folder, "lamblint.toml", "".join(f'[[overrides]]\npaths = ["a{i}/**"]\nignore = ["LL001"]\n' for i in range(n // 8)))
    for i in range(16):
        write(folder, f"a{i}/Dockerfile", BASE)
    return ["check", "."]


def baseline(folder, n):
    known = [{"path": "Dockerfile", "code": "LL203", "fingerprint": f"{i:016x}", "count": 1, "message": "a"} for i in range(n)]
    write(folder, "known.json", json.dumps({"baseline": 1, "findings": known}))
    write(folder, "Dockerfile", BASE + "CMD a.b\n")
    return ["check", "--baseline", "known.json", "--verbose", "Dockerfile"]


def baseline_of(folder, n):
    write(folder, "Dockerfile", BASE + "".join(f"ADD a{i} /b{i}\n" for i in range(n)))
    return ["baseline", "--no-config", "--preset", "all", "Dockerfile", "-o", "known.json"]


def blob(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def image():
    layer = io.BytesIO()
    with tarfile.open(fileobj=layer, mode="w") as tar:
        entry = tarfile.TarInfo("var/task/app.py")
        tar.addfile(entry)
    layer = layer.getvalue()
    config = json.dumps({"architecture": "amd64", "os": "linux", "config": {"Cmd": ["app.handler"]},
                         "rootfs": {"type": "layers", "diff_ids": [blob(layer)]}}).encode()
    kind = "application/vnd.oci.image."
    one = lambda kind, data: {"mediaType": kind, "digest": blob(data), "size": len(data)}
    manifest = json.dumps({"schemaVersion": 2, "mediaType": kind + "manifest.v1+json", "config": one(kind + "config.v1+json", config),
                           "layers": [one(kind + "layer.v1.tar", layer)]}).encode()
    return one(kind + "manifest.v1+json", manifest), [layer, config, manifest]


def layout(descriptors):
    def made(folder, n):
        descriptor, blobs = image()
        for data in blobs:
            write(folder, "image/blobs/sha256/" + blob(data)[7:], data)
        index = {"schemaVersion": 2, "manifests": [descriptors(dict(descriptor), i) for i in range(n)]}
        write(folder, "image/index.json", json.dumps(index))
        write(folder, "image/oci-layout", '{"imageLayoutVersion": "1.0.0"}')
        return [*CHECK, "image"]
    return made


def named(name):
    return lambda descriptor, i: {**descriptor, "annotations": {"org.opencontainers.image.ref.name": name.replace("@", str(i))}}


def platform(descriptor, i):
    return {**descriptor, "platform": {"os": "linux", "architecture": f"a{i}"}}


CASES = {f"Dockerfile: {name}": (4_000, dockerfile(make, CHECK)) for name, make in SHAPES.items()}
CASES |= {f"RUN: {text!r}": (8_000, dockerfile(token(text), CHECK)) for text in TOKENS}
CASES |= {f"ENTRYPOINT: {text!r}": (8_000, dockerfile(lambda n, text=text: token(text)(n).replace("RUN ", "ENTRYPOINT ", 1), CHECK)) for text in TOKENS}
CASES |= {f"RUN and RUN: {text!r}": (32_000, dockerfile(several(text), CHECK)) for text in TOKENS}
CASES |= {f"--diff: {name}": (1_000, dockerfile(make, DIFF)) for name, make in FIXES.items()}
CASES |= {
    "context: rules and sources": (256, ignore_rules), "context: rules and names": (256, ignore_names), "context: names": (256, context_names),
    "walk: globs": (8_000, git_ignore), "walk: .gitignore files": (4_000, git_ignores), "walk: deep": (4_000, deep), "walk: files": (4_000, files),
    "config: aliases": (1_250, aliases), "config: list": (4_000, settings), "config: overrides": (1_000, overrides),
    "baseline: read": (50_000, baseline), "baseline: written": (4_000, baseline_of),
    "index: no name": (625, layout(lambda d, _: d)), "index: one name": (625, layout(named("a"))), "index: names": (625, layout(named("a@"))),
    "index: platforms": (625, layout(platform)),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--big", action="store_true", help="eight times as long, where that is no over-long line")
    parser.add_argument("--verbose", action="store_true", help="print every run")
    parser.add_argument("word", nargs="?", default="")
    options = parser.parse_args()
    failed, ran, most = 0, 0, (0, 0)
    for name, (start, make) in CASES.items():
        if options.word not in name:
            continue
        before = None
        for factor in (1, 2, 4, 8):
            n = start * factor * (8 if options.big and name.startswith("Dockerfile") else 1)
            folder = tempfile.mkdtemp()
            try:
                code, seconds, memory = run(make(folder, n), folder)
            finally:
                # Deeper than `shutil.rmtree` can go.
                subprocess.run(["rm", "-rf", folder], check=True)
            ran, most = ran + 1, (max(most[0], seconds), max(most[1], memory))
            bad = code not in (0, 1, 2) or seconds > SECONDS or memory > MEBIBYTES
            grows = before is not None and seconds > 0.5 and seconds > 2.8 * before
            failed += bad
            if bad or grows or options.verbose:
                why = "FAILED" if bad else "grows" if grows else ""
                print(f"{name:34} {n:8} exit {'late' if code is None else code:>4} {seconds:7.2f} s {memory:6.0f} MiB  {why}", flush=True)
            if code is None:
                break
            before = seconds
    print(f"{ran} runs of {sum(options.word in name for name in CASES)} shapes, {failed} over the bounds; "
          f"at most {most[0]:.2f} s and {most[1]:.0f} MiB")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
