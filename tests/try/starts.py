"""Proofs that need a C compiler and a shell only: programs that do not start."""

import re
from dataclasses import dataclass, field

from images import AWS_ENTRYPOINT, Image


@dataclass
class Case:
    """A rule, texts that its page quotes, the faulty image and the mended one."""

    rule: str
    quotes: list
    faulty: Image
    mended: Image
    # A Dockerfile and files beside it that `check` reads in place of the image, which does not show the fault.
    beside: dict = field(default_factory=dict)
    # The same of the mended one; without it the Dockerfile is only for the faulty one.
    beside_mended: dict = field(default_factory=dict)
    # Options of `check`, and options of `try`.
    options: list = field(default_factory=list)
    trying: list = field(default_factory=list)
    # What else the image is for when `check` reads it.
    labelled: str = ""


ARGUMENT = "entrypoint requires the handler name to be the first argument"
INVALID = "Runtime.InvalidEntrypoint"


def foreign(program):
    """A program as for another processor."""
    other = bytearray(program)
    other[18] = 0xB7
    return bytes(other)


def newer_glibc(program):
    """A program that asks for a version of glibc that is not there yet."""
    known = sorted(set(re.findall(rb"GLIBC_2\.[0-9]+", program)), key=lambda name: int(name.split(b".")[1]))[-1]
    wanted = b"GLIBC_2.99"[: len(known)].ljust(len(known), b"9")

    def elf_hash(name):
        value = 0
        for byte in name:
            value = (value << 4) + byte
            high = value & 0xF0000000
            value = (value ^ (high >> 24)) & ~high & 0xFFFFFFFF
        return value.to_bytes(4, "little")

    assert program.count(elf_hash(known)) == 1, "the hash of a version stands once in a program"
    return program.replace(known, wanted).replace(elf_hash(known), elf_hash(wanted))


class Starts:
    """What the images are made of."""

    def __init__(self, work):
        self.work = work
        self.static = work.compiled("bootstrap", "-static")
        self.dynamic = work.compiled("bootstrap-dynamic")

    def scratch(self, path="app/main", content=None, mode=0o755):
        """One program and nothing else."""
        content = self.static if content is None else content
        return Image().put(path, content, mode).set(Entrypoint=["/" + path], WorkingDir="/")

    def shell(self, path="run.sh", content="#!/bin/sh\nexec /app/main\n", mode=0o755):
        """A shell, a function at /app/main, and what starts it."""
        image = Image(self.work.layer("shell")).folder("var/task").put("app/main", self.static, 0o755)
        return image.put(path, content, mode).set(Entrypoint=["/" + path])

    def aws(self, bootstrap=None, mode=0o755):
        """What the OS-only base of AWS has, and a function."""
        image = Image(self.work.layer("shell")).put("lambda-entrypoint.sh", AWS_ENTRYPOINT, 0o755).folder("var/task")
        image.put("var/runtime/bootstrap", self.static if bootstrap is None else bootstrap, mode)
        image.set(Entrypoint=["/lambda-entrypoint.sh"], Cmd=["app.handler"])
        return image.env("LAMBDA_TASK_ROOT=/var/task", "LAMBDA_RUNTIME_DIR=/var/runtime")

    def library(self):
        """A program, and the library of its own that it needs."""
        library = self.work.compiled("libanswer.so", "-shared", "-fPIC", source="answer.c")
        program = self.work.compiled("bootstrap-library", "-Wl,--no-as-needed", "-L" + self.work.folder, "-lanswer")
        return program, library


def cases(work):
    yield from arguments(Starts(work))
    yield from programs(Starts(work))
    yield from surroundings(Starts(work))


def arguments(base):
    """What the entrypoint is given."""
    scratch, aws, shell = base.scratch, base.aws, base.shell
    yield Case("LL201", [INVALID], scratch("bootstrap").set(Entrypoint=[]), scratch("bootstrap"))
    deployed = "Resources:\n  Api:\n    Type: AWS::Serverless::Function\n    Properties:\n      PackageType: Image\n"
    deployed += "    Metadata: {Dockerfile: Dockerfile, DockerContext: .}\n"
    plain = "FROM public.ecr.aws/lambda/provided:al2023\nCOPY --chmod=755 bootstrap /var/runtime/bootstrap\n"
    files = {"template.yaml": "Transform: AWS::Serverless-2016-10-31\n" + deployed, "bootstrap": "#!/bin/sh\n"}
    yield Case("LL202", [ARGUMENT, "exit status 142"], aws().set(Cmd=[]), aws(), files | {"Dockerfile": plain},
               files | {"Dockerfile": plain + 'CMD ["app.handler"]\n'})
    yield Case("LL203", [ARGUMENT, "exit status 142"], aws().set(Cmd=["/bin/sh", "-c", "app.handler"]), aws())
    yield Case("LL204", [ARGUMENT, "exit status 142"], aws().set(Cmd=["python", "app.py"]), aws())
    plain = "FROM public.ecr.aws/lambda/python:3.12\nCOPY app.py ${LAMBDA_TASK_ROOT}/\n"
    yield Case("LL205", [ARGUMENT, "exit status 142"], aws().set(Cmd=["/bin/sh", "-c", "['app.handler']"]), aws(),
               {"Dockerfile": plain + "CMD ['app.handler']\n"}, {"Dockerfile": plain + 'CMD ["app.handler"]\n'})
    program = "/usr/local/bin/aws_lambda_ric"
    yield Case("LL206", [f"fork/exec {program}: no such file or directory", INVALID], shell().set(Entrypoint=[program]), shell())
    yield Case("LL215", ['exec: "app.handler": executable file not found in $PATH', INVALID],
               shell().set(Entrypoint=[], Cmd=["app.handler"]), shell().set(Cmd=["app.handler"]))
    yield Case("LL325", ["fork/exec ${APP_DIR}/main: no such file or directory", INVALID],
               shell().env("APP_DIR=/app").set(Entrypoint=["${APP_DIR}/main"]), shell().set(Entrypoint=["/app/main"]))


def programs(base):
    """What starts."""
    scratch, aws, shell, static = base.scratch, base.aws, base.shell, base.static
    yield Case("LL207", ["fork/exec /run.sh: permission denied", INVALID], shell(mode=0o644), shell())
    yield Case("LL207", ["/lambda-entrypoint.sh: line 14: /var/runtime/bootstrap: Permission denied", "exit status 126"],
               aws(mode=0o644), aws())
    yield Case("LL208", ["fork/exec /app/main: exec format error", INVALID], scratch(content=foreign(static)), scratch())
    yield Case("LL209", ["fork/exec /app/main: no such file or directory", INVALID], scratch(content=base.dynamic), scratch())
    script = "#!/bin/sh\nexec /app/main\n"
    yield Case("LL210", ["fork/exec /app/run.sh: no such file or directory"],
               shell("app/run.sh", script.replace("\n", "\r\n")), shell("app/run.sh", script))
    yield Case("LL210", ["fork/exec /app/run.sh: exec format error"], shell("app/run.sh", script.split("\n", 1)[1]), shell("app/run.sh", script))
    new = newer_glibc(base.dynamic)
    yield Case("LL211", ["version `GLIBC_2.", "' not found (required by /var/runtime/bootstrap)"], aws(new), aws(base.dynamic))
    program, library = base.library()
    yield Case("LL212", ["error while loading shared libraries:", "cannot open shared object file: No such file or directory"],
               shell("app/main", program), shell("app/main", program).put("usr/lib/libanswer.so", library, 0o755))
    yield Case("LL213", ["/lambda-entrypoint.sh: line 14: /var/runtime/bootstrap: No such file or directory", "exit status 127"],
               aws().drop("var/runtime/bootstrap").put("var/task/bootstrap", static, 0o755), aws())
    once = base.work.compiled("once", "-static", source="once.c")
    yield Case("LL214", ["Runtime exited without providing a reason"], scratch(content=once), scratch())
    serves = base.work.compiled("serves", "-static", source="serves.c")
    yield Case("LL214", ["Task timed out"], scratch(content=serves), scratch(), trying=["--init-timeout", "3"])
    with open("/usr/bin/bash", "rb") as file:
        bash = foreign(file.read())
    yield Case("LL221", ["fork/exec /lambda-entrypoint.sh: exec format error", INVALID], aws().put("usr/bin/bash", bash, 0o755), aws(),
               options=["--arch", "x86_64"], labelled="arm64")



def surroundings(base):
    """Folders, extensions, and what is not there on Lambda."""
    scratch, shell, static = base.scratch, base.shell, base.static
    yield Case("LL217", ["the working directory doesn't exist: /work", "Runtime.InvalidWorkingDir"],
               shell().set(WorkingDir="/work"), shell())
    yield Case("LL219", ["Extension.LaunchError"], shell().put("opt/extensions/telemetry", static, 0o644),
               shell())
    yield Case("LL219", ["Extension.LaunchError", "fork/exec /opt/extensions/agent: exec format error"], shell().put("opt/extensions/agent", foreign(static), 0o755), shell())
    yield Case("LL303", ["/bin/sh: 0: cannot open /run.sh: Permission denied"], shell(mode=0o711), shell())
    yield Case("LL304", ["fork/exec /app/main: permission denied", INVALID], scratch().folder("app", 0o644), scratch().folder("app"))
    yield Case("LL307", ["fork/exec /tmp/run.sh: no such file or directory", INVALID], shell("tmp/run.sh"), shell("opt/run.sh"))
    plain = "FROM debian:12-slim\nENV AWS_LAMBDA_LOG_LEVEL=info\nCOPY --chmod=755 run.sh /{0}/run.sh\nENTRYPOINT [\"/{0}/run.sh\"]\n"
    yield Case("LL308", ["fork/exec /root/run.sh: permission denied", INVALID], shell("root/run.sh"), shell("opt/run.sh"),
               {"Dockerfile": plain.format("root")}, {"Dockerfile": plain.format("opt")})
