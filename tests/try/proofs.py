"""Proves error rules: an image with the fault fails with a certain text, and the image mended as the rule's page says
answers.

    proofs.py LAMBLINT WORK [--only LL303,LL304] [--page FILE]

WORK is the folder of tests/sandbox/run.sh: its root file system and its packages are used. It needs root or
user namespaces, and a C compiler. Of every rule two images are made. `lamblint check` must have the rule's error about the
first and no error about the second; `lamblint try` must fail with every quoted text, and must answer. With --page the table
is written into a file, between its marks. Ends with 0 if all of it holds.
"""

import datetime
import hashlib
import io
import json
import os
import re
import subprocess
import sys
import tarfile

HERE = os.path.dirname(os.path.abspath(__file__))
RULES = os.path.join(HERE, "..", "..", "rules", "lambda")
PACKAGES = "usr/local/lib/python3.11/dist-packages"
CLIENT = ["/usr/bin/python3", "-m", "awslambdaric"]
HANDLER = "def handler(event, context):\n    return {'said': 'it works'}\n"
# As AWS's bases have it, whose `sh` is bash: one argument, the handler, and then the runtime's own start.
AWS_ENTRYPOINT = """#!/bin/bash
# Made for a test after the script of AWS's base images.

if [ $# -ne 1 ]; then
  echo "entrypoint requires the handler name to be the first argument" 1>&2
  exit 142
fi
export _HANDLER="$1"

RUNTIME_ENTRYPOINT=/var/runtime/bootstrap
# The emulator is not part of this test.


exec $RUNTIME_ENTRYPOINT
"""
AWS_BOOTSTRAP = '#!/bin/sh\nexec /usr/bin/python3 -m awslambdaric "$_HANDLER"\n'


def sha(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


class Work:
    def __init__(self, path):
        self.path = path
        self.folder = os.path.join(path, "proofs")
        os.makedirs(self.folder, exist_ok=True)

    def at(self, *parts):
        return os.path.join(self.path, *parts)

    def compiled(self, name, *flags):
        """tests/sandbox/bootstrap.c as a program."""
        out = os.path.join(self.folder, name)
        source = os.path.join(HERE, "..", "sandbox", "bootstrap.c")
        subprocess.run(["gcc", "-O1", *flags, "-o", out, source], check=True)
        with open(out, "rb") as file:
            return file.read()

    def base(self):
        """A layer with Python, a shell, and what they need, out of the Debian root file system: a few megabytes."""
        out = os.path.join(self.folder, "base.tar")
        if os.path.exists(out):
            return out
        root = self.at("debian")
        wanted = ["bin", "sbin", "lib", "lib64", "tmp", "usr", "usr/bin", "usr/sbin", "usr/lib", "usr/lib64", "etc", "root"]
        wanted += ["usr/local", "usr/local/lib", "usr/local/lib/python3.11", "usr/local/bin", "var", "usr/lib/python3"]
        wanted += ["etc/passwd", "etc/group", "etc/os-release", "usr/lib/os-release", "etc/ld.so.conf", "etc/ld.so.conf.d"]
        wanted += ["etc/ld.so.cache", "etc/nsswitch.conf", "usr/lib/x86_64-linux-gnu", "usr/lib64/ld-linux-x86-64.so.2"]
        wanted += ["usr/bin/" + name for name in ("python3", "python3.11", "sh", "dash", "bash", "env", "cat", "sleep")]
        programs = ["usr/bin/python3.11", "usr/bin/dash", "usr/bin/bash", "usr/bin/env"]
        modules = os.path.join(root, "usr/lib/python3.11")
        for folder, folders, files in os.walk(modules):
            folders[:] = [f for f in folders if f not in ("test", "idlelib", "lib2to3", "ensurepip", "__pycache__", "pydoc_data")]
            wanted.append(os.path.relpath(folder, root))
            wanted += [os.path.relpath(os.path.join(folder, f), root) for f in files]
            programs += [os.path.relpath(os.path.join(folder, f), root) for f in files if f.endswith(".so")]
        for line in os.listdir(os.path.join(root, "etc/ld.so.conf.d")):
            wanted.append("etc/ld.so.conf.d/" + line)
        # The client's own library is C++.
        libraries = {"usr/lib/x86_64-linux-gnu/libstdc++.so.6", "usr/lib/x86_64-linux-gnu/libgcc_s.so.1"}
        libraries |= {f"usr/lib/x86_64-linux-gnu/{name}" for name in ("libpthread.so.0", "libdl.so.2", "libm.so.6")}
        libraries.add("usr/lib64/ld-linux-x86-64.so.2")
        for program in programs:
            said = subprocess.run(["chroot", root, "ldd", "/" + program], stdout=subprocess.PIPE, text=True, check=False)
            libraries |= {path.lstrip("/") for path in re.findall(r"(/\S+) \(0x", said.stdout)}
        for library in sorted(libraries):
            path = os.path.join("usr", library) if library.startswith("lib") else library
            while True:
                wanted.append(path)
                whole = os.path.join(root, path)
                if not os.path.islink(whole):
                    break
                path = os.path.normpath(os.path.join(os.path.dirname(path), os.readlink(whole))).lstrip("/")
                path = os.path.join("usr", path) if path.startswith("lib") else path
        with tarfile.open(out + ".new", "w") as archive:
            for path in sorted(set(wanted)):
                whole = os.path.join(root, path)
                if os.path.lexists(whole):
                    archive.add(whole, path, recursive=False)
        os.rename(out + ".new", out)
        return out

    def packages(self):
        out = os.path.join(self.folder, "packages.tar")
        if not os.path.exists(out):
            with tarfile.open(out + ".new", "w") as archive:
                archive.add(self.at("packages"), PACKAGES)
            os.rename(out + ".new", out)
        return out


class Image:
    """An image that is drawn step by step."""

    def __init__(self, work, base="python"):
        self.work, self.layers, self.files = work, [], {}
        self.config = {"Env": ["PATH=/usr/local/bin:/usr/bin:/bin"], "WorkingDir": "/var/task"}
        if base != "scratch":
            self.layers += [work.base(), work.packages()]
            self.put("var/task/app.py", HANDLER)
        if base == "python":
            self.config.update(Entrypoint=CLIENT, Cmd=["app.handler"])
        if base == "aws":
            self.put("lambda-entrypoint.sh", AWS_ENTRYPOINT, 0o755)
            self.put("var/runtime/bootstrap", AWS_BOOTSTRAP, 0o755)
            self.config.update(Entrypoint=["/lambda-entrypoint.sh"], Cmd=["app.handler"])
            self.config["Env"] += ["LAMBDA_TASK_ROOT=/var/task", "LAMBDA_RUNTIME_DIR=/var/runtime"]

    def put(self, path, content="", mode=0o644):
        self.files[path] = (content.encode() if isinstance(content, str) else content, mode, tarfile.REGTYPE)
        return self

    def folder(self, path, mode=0o755):
        self.files[path] = (b"", mode, tarfile.DIRTYPE)
        return self

    def gone(self, path):
        folder, name = os.path.split(path)
        return self.put(os.path.join(folder, ".wh." + name))

    def drop(self, path):
        del self.files[path]
        return self

    def set(self, **settings):
        self.config.update(settings)
        return self

    def env(self, *variables):
        self.config["Env"] = self.config["Env"] + list(variables)
        return self

    def own_layer(self):
        stream = io.BytesIO()
        with tarfile.open(fileobj=stream, mode="w") as archive:
            made = set()
            for path, (content, mode, kind) in self.files.items():
                parts = path.split("/")
                for end in range(1, len(parts)):
                    above = "/".join(parts[:end])
                    if above not in made and above not in self.files and not above.startswith(("usr", "lib")):
                        made.add(above)
                        member = tarfile.TarInfo(above)
                        member.type, member.mode = tarfile.DIRTYPE, 0o1777 if above == "tmp" else 0o755
                        if above == "root":
                            member.mode = 0o700
                        archive.addfile(member)
                member = tarfile.TarInfo(path)
                member.type, member.mode, member.size = kind, mode, len(content)
                archive.addfile(member, io.BytesIO(content))
        return stream.getvalue()

    def pack(self, out):
        layers = []
        for path in self.layers:
            with open(path, "rb") as file:
                layers.append(file.read())
        layers.append(self.own_layer())
        config = {"architecture": "amd64", "os": "linux", "config": self.config}
        config["rootfs"] = {"type": "layers", "diff_ids": [sha(layer) for layer in layers]}
        config = json.dumps(config).encode()
        kind = "application/vnd.oci.image."

        def described(data, what):
            return {"mediaType": kind + what, "digest": sha(data), "size": len(data)}

        manifest = {"schemaVersion": 2, "mediaType": kind + "manifest.v1+json", "config": described(config, "config.v1+json")}
        manifest["layers"] = [described(layer, "layer.v1.tar") for layer in layers]
        manifest = json.dumps(manifest).encode()
        index = {"schemaVersion": 2, "manifests": [described(manifest, "manifest.v1+json")]}
        with tarfile.open(out, "w") as archive:
            members = [("oci-layout", b'{"imageLayoutVersion":"1.0.0"}'), ("index.json", json.dumps(index).encode())]
            members += [("blobs/sha256/" + sha(data)[7:], data) for data in (config, manifest, *layers)]
            for name, data in members:
                member = tarfile.TarInfo(name)
                member.size = len(data)
                archive.addfile(member, io.BytesIO(data))
        return out


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


def cases(work):
    """Rule, texts that its page quotes, the faulty image, the mended one; a Dockerfile where an image does not show it."""
    python = lambda: Image(work)
    aws = lambda: Image(work, "aws")
    scratch = lambda: Image(work, "scratch")
    static = work.compiled("bootstrap", "-static")
    dynamic = work.compiled("bootstrap-dynamic")
    script = "#!/bin/sh\nexec /usr/bin/python3 -m awslambdaric app.handler\n"
    yield ("LL201", ["Runtime.InvalidEntrypoint"], scratch().put("bootstrap", static, 0o755).set(WorkingDir="/"),
           scratch().put("bootstrap", static, 0o755).set(WorkingDir="/", Entrypoint=["/bootstrap"]))
    said = "entrypoint requires the handler name to be the first argument"
    yield ("LL203", [said, "exit status 142"], aws().set(Cmd=["/bin/sh", "-c", "app.handler"]), aws())
    yield ("LL204", [said, "exit status 142"], aws().set(Cmd=["python", "app.py"]), aws())
    yield ("LL205", [said, "exit status 142"], aws().set(Cmd=["/bin/sh", "-c", "['app.handler']"]), aws(),
           "FROM public.ecr.aws/lambda/python:3.12\nCOPY app.py ${LAMBDA_TASK_ROOT}/\nCMD ['app.handler']\n")
    program = "/usr/local/bin/aws_lambda_ric"
    yield ("LL206", [f"fork/exec {program}: no such file or directory", "Runtime.InvalidEntrypoint"],
           python().set(Entrypoint=[program]), python())
    yield ("LL207", ["fork/exec /run.sh: permission denied", "Runtime.InvalidEntrypoint"],
           python().put("run.sh", script).set(Entrypoint=["/run.sh"]),
           python().put("run.sh", script, 0o755).set(Entrypoint=["/run.sh"]))
    yield ("LL207", ["/lambda-entrypoint.sh: line 14: /var/runtime/bootstrap: Permission denied", "exit status 126"],
           aws().put("var/runtime/bootstrap", static, 0o644), aws().put("var/runtime/bootstrap", static, 0o755))
    other = bytearray(static)
    other[18] = 0xB7
    yield ("LL208", ["fork/exec /app/main: exec format error", "Runtime.InvalidEntrypoint"],
           scratch().put("app/main", bytes(other), 0o755).set(Entrypoint=["/app/main"], WorkingDir="/"),
           scratch().put("app/main", static, 0o755).set(Entrypoint=["/app/main"], WorkingDir="/"))
    yield ("LL209", ["fork/exec /app/main: no such file or directory", "Runtime.InvalidEntrypoint"],
           scratch().put("app/main", dynamic, 0o755).set(Entrypoint=["/app/main"], WorkingDir="/"),
           scratch().put("app/main", static, 0o755).set(Entrypoint=["/app/main"], WorkingDir="/"))
    yield ("LL210", ["fork/exec /app/run.sh: no such file or directory"],
           python().put("app/run.sh", script.replace("\n", "\r\n"), 0o755).set(Entrypoint=["/app/run.sh"]),
           python().put("app/run.sh", script, 0o755).set(Entrypoint=["/app/run.sh"]))
    yield ("LL210", ["fork/exec /app/run.sh: exec format error"],
           python().put("app/run.sh", script.split("\n", 1)[1], 0o755).set(Entrypoint=["/app/run.sh"]),
           python().put("app/run.sh", script, 0o755).set(Entrypoint=["/app/run.sh"]))
    new = newer_glibc(dynamic)
    version = re.search(rb"GLIBC_2\.9[0-9]", new).group().decode()
    yield ("LL211", [f"version `{version}' not found (required by /var/runtime/bootstrap)"],
           aws().put("var/runtime/bootstrap", new, 0o755), aws().put("var/runtime/bootstrap", dynamic, 0o755))
    library = "usr/lib/x86_64-linux-gnu/libexpat.so.1"
    yield ("LL212", ["error while loading shared libraries: libexpat.so.1: cannot open shared object file: No such file or directory"],
           python().gone(library), python())
    yield ("LL213", ["/lambda-entrypoint.sh: line 14: /var/runtime/bootstrap: No such file or directory", "exit status 127"], aws().drop("var/runtime/bootstrap").put("var/task/bootstrap", static, 0o755),
           aws().drop("var/runtime/bootstrap").put("var/runtime/bootstrap", static, 0o755))
    yield ("LL215", ['exec: "app.handler": executable file not found in $PATH', "Runtime.InvalidEntrypoint"],
           python().set(Entrypoint=[]), python())
    yield ("LL217", ["the working directory doesn't exist: /work", "Runtime.InvalidWorkingDir"],
           python().set(WorkingDir="/work"), python())
    yield ("LL219", ["Extension.LaunchError"], python().put("opt/extensions/telemetry", "#!/bin/sh\n", 0o644), python())
    yield ("LL301", ["Runtime.ImportModuleError", "Unable to import module 'app': No module named 'app'"],
           python().drop("var/task/app.py").folder("var/task").put("opt/app.py", HANDLER), python())
    yield ("LL302", ["Runtime.MalformedHandlerName", "Bad handler 'app': not enough values to unpack (expected 2, got 1)"],
           python().set(Cmd=["app"]), python())
    yield ("LL303", ["PermissionError", "[Errno 13] Permission denied: '/var/task/app.py'"],
           python().put("var/task/app.py", HANDLER, 0o600), python())
    yield ("LL304", ["fork/exec /usr/bin/python3: permission denied", "Runtime.InvalidEntrypoint"],
           python().folder("var/task", 0o644).put("var/task/app.py", HANDLER), python())
    reads = "open('/tmp/model.bin')\n" + HANDLER
    yield ("LL307", ["No such file or directory: '/tmp/model.bin'"],
           python().put("tmp/model.bin", "x").put("var/task/app.py", reads).env("MODEL=/tmp/model.bin"),
           python().put("opt/model.bin", "x").put("var/task/app.py", reads.replace("/tmp", "/opt")).env("MODEL=/opt/model.bin"))
    yield ("LL307", ["Runtime.InvalidEntrypoint", "no such file or directory"],
           python().put("tmp/run.sh", script, 0o755).set(Entrypoint=["/tmp/run.sh"]),
           python().put("opt/run.sh", script, 0o755).set(Entrypoint=["/opt/run.sh"]))
    yield ("LL308", ["permission denied"], python().folder("root", 0o700).put("root/run.sh", script, 0o755).set(Entrypoint=["/root/run.sh"]),
           python().put("opt/run.sh", script, 0o755).set(Entrypoint=["/opt/run.sh"]),
           "FROM debian:12-slim\nENV AWS_LAMBDA_LOG_LEVEL=info\nCOPY --chmod=755 run.sh /root/run.sh\nENTRYPOINT [\"/root/run.sh\"]\n")
    yield ("LL325", ["Runtime.", "${HANDLER}"], python().set(Cmd=["${HANDLER}"]), python())
    native = next(name for name in os.listdir(work.at("packages")) if name.startswith("runtime_client") and name.endswith(".so"))
    yield ("LL328", ["AttributeError: 'NoneType' object has no attribute 'next'", "exit status 1"], python().gone(f"{PACKAGES}/{native}"), python())
    yield ("LL332", ["Runtime.ImportModuleError", "Unable to import module 'app': No module named 'utils'"],
           python().put("var/task/app.py", "import utils\n" + HANDLER),
           python().put("var/task/app.py", "import utils\n" + HANDLER).put("var/task/utils.py"))
    yield ("LL333", ["Runtime.HandlerNotFound", "Handler 'handler' missing on module 'app'"],
           python().put("var/task/app.py", HANDLER.replace("handler", "lambda_handler")),
           python().put("var/task/app.py", HANDLER.replace("handler", "lambda_handler")).set(Cmd=["app.lambda_handler"]))
    imports = "from models import Ordr\n" + HANDLER
    yield ("LL334", ["Runtime.ImportModuleError", "Unable to import module 'app': cannot import name 'Ordr' from 'models' (/var/task/models.py)"],
           python().put("var/task/app.py", imports).put("var/task/models.py", "class Order:\n    pass\n"),
           python().put("var/task/app.py", imports.replace("Ordr", "Order")).put("var/task/models.py", "class Order:\n    pass\n"))
    imports = "from .utils import answer\n" + HANDLER
    yield ("LL335", ["Runtime.ImportModuleError", "Unable to import module 'app': attempted relative import with no known parent package"],
           python().put("var/task/app.py", imports).put("var/task/utils.py", "answer = 1\n"),
           python().put("var/task/app.py", imports.replace(".utils", "utils")).put("var/task/utils.py", "answer = 1\n"))


def checked(lamblint, path):
    """Codes of errors that `check` has."""
    command = [lamblint, "check", "--no-config", "--shellcheck", "off", "--format", "json", "--fail-on", "never", "--lambda", path]
    said = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout
    return {one["code"] for one in json.loads(said)["diagnostics"] if one["severity"] == "error"}


def tried(lamblint, path):
    command = [lamblint, "try", "--no-config", "--format", "json", "--timeout", "5", path]
    said = subprocess.run(command, stdout=subprocess.PIPE, check=False).stdout
    return json.loads(said)


def texts(outcome):
    """All that a person sees on Lambda: the log, and the answer."""
    lines = [one.get("line") or one.get("tail") or "" for one in outcome["timeline"]]
    error = outcome["error"] or {}
    lines += [error.get("type", ""), error.get("message", ""), json.dumps(outcome["as_lambda"])]
    return "\n".join(lines)


def prove(lamblint, work, case):
    """What is wrong with a proof, and what was seen."""
    rule, quotes, faulty, mended, *dockerfile = case
    path = os.path.join(work.folder, "image.tar")
    wrong = []
    faulty.pack(path)
    if dockerfile:
        text = os.path.join(work.folder, "Dockerfile")
        with open(text, "w", encoding="utf-8") as file:
            file.write(dockerfile[0])
        errors = checked(lamblint, text)
    else:
        errors = checked(lamblint, path)
    if rule not in errors:
        wrong.append(f"check has {sorted(errors)} of the faulty one")
    outcome = tried(lamblint, path)
    seen = texts(outcome)
    if outcome["verdict"] not in ("fails", "timeout"):
        wrong.append(f"the faulty one: {outcome['verdict']} {outcome['why']}")
    wrong += [f"not said: {quote}" for quote in quotes if quote not in seen]
    mended.pack(path)
    if errors := checked(lamblint, path) & {rule}:
        wrong.append(f"check has {sorted(errors)} of the mended one")
    twin = tried(lamblint, path)
    if twin["verdict"] != "answers":
        wrong.append(f"the mended one: {twin['verdict']}: {texts(twin)[-300:]}")
    message = f"{outcome['error']['type']}: {outcome['error']['message']}" if outcome["error"] else "-"
    named = any(one["code"] == rule for one in outcome["explained_by"])
    return wrong, message, named, twin["verdict"]


def main(lamblint, folder, *options):
    only = options[options.index("--only") + 1].split(",") if "--only" in options else None
    page = options[options.index("--page") + 1] if "--page" in options else None
    work, rows, failed = Work(os.path.abspath(folder)), [], 0
    for case in cases(work):
        if only and case[0] not in only:
            continue
        wrong, message, named, twin = prove(os.path.abspath(lamblint), work, case)
        print(case[0], "proven" if not wrong else "NOT PROVEN", "|", message[:150].replace("\n", " "), "|", twin, flush=True)
        for line in wrong:
            print("    ", line, flush=True)
        failed += bool(wrong)
        if not wrong:
            rows.append(f"| {case[0]} | {' … '.join(f'`{quote}`' for quote in case[1])} | {'yes' if named else 'no'} | {twin} |")
    os.remove(os.path.join(work.folder, "image.tar"))
    if page and not failed:
        with open(page, encoding="utf-8") as file:
            head, rest = file.read().split("<!-- proofs -->\n")
            _, tail = rest.split("<!-- end of proofs -->")
        today = datetime.date.today().isoformat()
        table = [f"Proven with `lamblint try` on {today}:", "", "| rule | what the faulty image says | `try` names the rule | the mended one |", "|--|--|--|--|"]
        with open(page, "w", encoding="utf-8") as file:
            file.write(head + "<!-- proofs -->\n" + "\n".join(table + rows) + "\n<!-- end of proofs -->" + tail)
    print(f"{len(rows)} proven, {failed} not")
    sys.exit(1 if failed else 0)


main(*sys.argv[1:])
