"""Images that are drawn step by step out of root file systems that were made before, and what lamblint says of them."""

import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import tarfile

HERE = os.path.dirname(os.path.abspath(__file__))
PACKAGES = "usr/local/lib/python3.11/dist-packages"
PYTHON = "/usr/bin/python3"
CLIENT = [PYTHON, "-m", "awslambdaric"]
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
SHELL = ("bin/sh", "bin/dash", "bin/bash", "usr/bin/env", "bin/cat", "bin/sleep")
# Debian's sitecustomize is for its crash reports, and python.org's images have none.
LEFT_OUT = ("sitecustomize.py", "test", "idlelib", "lib2to3", "ensurepip", "__pycache__", "pydoc_data")
SETTINGS = ("etc/passwd", "etc/group", "etc/os-release", "etc/ld.so.conf", "etc/ld.so.conf.d", "etc/ld.so.cache", "etc/nsswitch.conf")
LIBRARIES = "/lib/x86_64-linux-gnu/"
# The client's own library is C++, and programs that are compiled here need these too.
ALWAYS = [LIBRARIES + name for name in ("libc.so.6", "libpthread.so.0", "libdl.so.2", "libm.so.6", "librt.so.1")]
CPP = [f"/usr{LIBRARIES}{name}" for name in ("libstdc++.so.6", "libgcc_s.so.1")]


def sha(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def with_links(root, path):
    """A path of a root file system, with every folder and every link that leads to it."""
    found, folder, parts = [], "", path.strip("/").split("/")
    while parts:
        part = parts.pop(0)
        here = os.path.normpath(os.path.join(folder, part))
        found.append(here)
        whole = os.path.join(root, here)
        if os.path.islink(whole):
            target = os.readlink(whole)
            parts = target.strip("/").split("/") + parts
            folder = "" if target.startswith("/") else folder
        else:
            folder = here
    return found


def files_below(root, folder):
    for at, folders, files in os.walk(os.path.join(root, folder)):
        folders[:] = [name for name in folders if name not in LEFT_OUT]
        yield os.path.relpath(at, root)
        yield from (os.path.relpath(os.path.join(at, name), root) for name in files if name not in LEFT_OUT)


def part_of(root, out, paths, folders=()):
    """A layer with some programs of a root file system, some whole folders, and the libraries that they need."""
    if os.path.exists(out):
        return out
    wanted = {"tmp", "root", "usr", "usr/bin", "usr/lib", "usr/local", "usr/local/bin"}
    for folder in folders:
        for path in files_below(root, with_links(root, folder)[-1]):
            wanted |= {path, *with_links(root, path)}
    for path in (*paths, *SETTINGS, *SHELL):
        wanted |= set(with_links(root, path)) if os.path.lexists(os.path.join(root, path)) else set()
    wanted |= set(files_below(root, "etc/ld.so.conf.d"))
    programs = [path for path in wanted if is_elf(os.path.join(root, path))]
    libraries = set(ALWAYS + [library for library in CPP if os.path.exists(root + library)])
    enter = ["chroot", root] if root != "/" else []
    for start in range(0, len(programs), 100):
        command = [*enter, "ldd", *("/" + path for path in programs[start : start + 100])]
        said = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False).stdout
        libraries |= set(re.findall(r"(/\S+) \(0x", said))
    for library in libraries:
        wanted |= set(with_links(root, library))
    with tarfile.open(out + ".new", "w") as archive:
        for path in sorted(wanted):
            if os.path.lexists(os.path.join(root, path)):
                archive.add(os.path.join(root, path), path, recursive=False)
    os.rename(out + ".new", out)
    return out


def is_elf(path):
    if os.path.islink(path) or not os.path.isfile(path):
        return False
    with open(path, "rb") as file:
        return file.read(4) == b"\x7fELF"


def add_folders(archive, path):
    """A folder and those above it."""
    parts = path.split("/")
    for end in range(1, len(parts) + 1):
        member = tarfile.TarInfo("/".join(parts[:end]))
        member.type, member.mode = tarfile.DIRTYPE, 0o755
        archive.addfile(member)


class Work:
    """A folder with what images are made of. Without root file systems in it there is the machine's own shell only."""

    def __init__(self, path):
        self.path = os.path.abspath(path)
        self.folder = os.path.join(self.path, "proofs")
        os.makedirs(self.folder, exist_ok=True)

    def at(self, *parts):
        return os.path.join(self.path, *parts)

    def has(self, *parts):
        return os.path.exists(self.at(*parts))

    def compiled(self, name, *flags, source="../sandbox/bootstrap.c"):
        """A program in C."""
        out = os.path.join(self.folder, name)
        subprocess.run(["cc", "-O1", "-w", *flags, "-o", out, os.path.join(HERE, source)], check=True)
        with open(out, "rb") as file:
            return file.read()

    def system(self, name, package):
        """Debian with one package, which debootstrap fetches if it is not there."""
        root = self.at(name)
        if not os.path.exists(os.path.join(root, "done")):
            subprocess.run(["debootstrap", "--variant=minbase", "--include=" + package, "bookworm", root], check=True, stdout=subprocess.DEVNULL)
            with open(os.path.join(root, "done"), "w", encoding="utf-8"):
                pass
        return root

    def layer(self, name):
        """The files of a base."""
        out = os.path.join(self.folder, name + ".tar")
        if name == "shell":
            return part_of("/", out, ())
        if name == "python":
            return part_of(self.at("debian"), out, ["usr/bin/python3"], ["usr/lib/python3.11"])
        if name == "node":
            return part_of(self.system("debian-nodejs", "nodejs"), out, ["usr/bin/node"], ["usr/share/nodejs"])
        if name == "nginx":
            root = self.system("debian-nginx", "nginx")
            return part_of(root, out, ["usr/sbin/nginx", "var/log/nginx", "var/lib/nginx", "run"], ["etc/nginx", "usr/share/nginx"])
        if name == "systemd":
            return part_of(self.system("debian-systemd", "systemd"), out, ["lib/systemd/systemd"])
        if name == "java":
            root = self.system("debian-default-jre-headless", "default-jre-headless")
            return part_of(root, out, [], ["usr/lib/jvm/java-17-openjdk-amd64", "etc/java-17-openjdk"])
        raise KeyError(name)

    def packed(self, name, source, target):
        """A folder of WORK as a layer."""
        out = os.path.join(self.folder, name + ".tar")
        if not os.path.exists(out):
            with tarfile.open(out + ".new", "w") as archive:
                add_folders(archive, os.path.dirname(target))
                archive.add(self.at(source), target)
            os.rename(out + ".new", out)
        return out

    def packages(self):
        return self.packed("packages", "packages", PACKAGES)

    def node_client(self, version, target):
        """AWS's client for Node, which npm compiles if it is not there: only what runs."""
        folder = self.at("ric-" + version)
        package = os.path.join(folder, "node_modules/aws-lambda-ric")
        if not os.path.exists(package):
            os.makedirs(folder, exist_ok=True)
            wanted = {"dependencies": {"aws-lambda-ric": version}, "allowScripts": {"aws-lambda-ric": True}}
            with open(os.path.join(folder, "package.json"), "w", encoding="utf-8") as file:
                json.dump(wanted, file)
            # With the headers of the Node that is there, npm fetches none.
            headers = os.path.dirname(os.path.dirname(os.path.realpath(shutil.which("node"))))
            settings = {"npm_config_nodedir": headers} if os.path.isdir(headers + "/include/node") else {}
            subprocess.run(["npm", "install", "--no-package-lock", "--foreground-scripts"], cwd=folder, env=os.environ | settings, check=True)
        out = os.path.join(self.folder, f"ric-{version}-{target.replace('/', '-')}.tar")
        if not os.path.exists(out):
            with tarfile.open(out + ".new", "w") as archive:
                add_folders(archive, target + "/aws-lambda-ric")
                for name in sorted(set(os.listdir(package)) - {"build", "deps", "node-addon-api", "scripts", "src"}):
                    archive.add(os.path.join(package, name), f"{target}/aws-lambda-ric/{name}")
            os.rename(out + ".new", out)
        return out

    def packed_folder(self, name, requirement):
        """The folder of a package of PyPI."""
        self.installed(name, requirement)
        return self.at(name)

    def installed(self, name, *requirements, options=()):
        """Packages of PyPI in a folder of WORK, which pip fetches if they are not there."""
        if not self.has(name):
            command = ["pip", "install", "-q", "--disable-pip-version-check", "--root-user-action", "ignore", "--no-warn-conflicts", "--target", self.at(name), "--only-binary=:all:"]
            subprocess.run([*command, *(options or ["--python-version", "3.11"]), *requirements], check=True)
        return self.packed(name, name, PACKAGES)


class Image:
    """An image that is drawn step by step."""

    def __init__(self, *layers):
        self.layers, self.files, self.annotations, self.labelled = list(layers), {}, {}, "amd64"
        self.config = {"Env": ["PATH=/usr/local/bin:/usr/bin:/bin"], "WorkingDir": "/var/task"}

    def put(self, path, content="", mode=0o644):
        self.files[path] = (content.encode() if isinstance(content, str) else content, mode, tarfile.REGTYPE)
        return self

    def folder(self, path, mode=0o755):
        self.files[path] = (b"", mode, tarfile.DIRTYPE)
        return self

    def link(self, path, target):
        self.files[path] = (target.encode(), 0o777, tarfile.SYMTYPE)
        return self

    def gone(self, path):
        folder, name = os.path.split(path)
        return self.put(os.path.join(folder, ".wh." + name))

    def drop(self, path):
        del self.files[path]
        return self

    def on(self, *layers):
        self.layers += layers
        return self

    def set(self, **settings):
        self.config.update(settings)
        return self

    def env(self, *variables):
        self.config["Env"] = self.config["Env"] + list(variables)
        return self

    def from_base(self, name):
        self.annotations = {"org.opencontainers.image.base.name": name}
        return self

    def own_layer(self):
        stream = io.BytesIO()
        with tarfile.open(fileobj=stream, mode="w") as archive:
            made = set()
            # A folder comes before what is in it.
            for path, (content, mode, kind) in sorted(self.files.items()):
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
                member.type, member.mode = kind, mode
                if kind == tarfile.SYMTYPE:
                    member.linkname = content.decode()
                else:
                    member.size = len(content)
                archive.addfile(member, io.BytesIO(content))
        return stream.getvalue()

    def pack(self, out):
        layers = []
        for path in self.layers:
            with open(path, "rb") as file:
                layers.append(file.read())
        layers.append(self.own_layer())
        config = {"architecture": self.labelled, "os": "linux", "config": self.config}
        config["rootfs"] = {"type": "layers", "diff_ids": [sha(layer) for layer in layers]}
        config = json.dumps(config).encode()
        kind = "application/vnd.oci.image."

        def described(data, what):
            return {"mediaType": kind + what, "digest": sha(data), "size": len(data)}

        manifest = {"schemaVersion": 2, "mediaType": kind + "manifest.v1+json", "config": described(config, "config.v1+json")}
        manifest.update(layers=[described(layer, "layer.v1.tar") for layer in layers], annotations=self.annotations)
        manifest = json.dumps(manifest).encode()
        index = {"schemaVersion": 2, "manifests": [described(manifest, "manifest.v1+json")]}
        with tarfile.open(out, "w") as archive:
            members = [("oci-layout", b'{"imageLayoutVersion":"1.0.0"}'), ("index.json", json.dumps(index).encode())]
            blobs = {sha(data)[7:]: data for data in (config, manifest, *layers)}
            members += [("blobs/sha256/" + digest, data) for digest, data in blobs.items()]
            for name, data in members:
                member = tarfile.TarInfo(name)
                member.size = len(data)
                archive.addfile(member, io.BytesIO(data))
        return out


def checked(lamblint, path, *options):
    """Severities of what `check` has, by code."""
    command = [lamblint, "check", "--no-config", "--shellcheck", "off", "--format", "json", "--fail-on", "never", *options, path]
    said = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout
    found = {}
    for one in json.loads(said)["diagnostics"]:
        found.setdefault(one["code"], set()).add(one["severity"])
    return found


def tried(lamblint, path, *options):
    limit = [] if "--timeout" in options else ["--timeout", "5"]
    command = [lamblint, "try", "--no-config", "--format", "json", *limit, *options, path]
    said = subprocess.run(command, stdout=subprocess.PIPE, check=False).stdout
    return json.loads(said)


def texts(outcome):
    """All that a person sees on Lambda: the log, and the answer."""
    lines = [one.get("line") or one.get("tail") or one.get("what") or "" for one in outcome["timeline"]]
    error = outcome["error"] or {}
    lines += [error.get("type", ""), error.get("message", ""), json.dumps(outcome["as_lambda"])]
    return "\n".join(lines)
