#!/usr/bin/env python3
"""Makes the images that benches/images.sh measures.

    make_images.py WORK SOURCE...

SOURCE are wheels or folders of real files: what they hold fills the images, so that it packs as real files do.

    WORK/python.tar   an OCI layout, five or six gzip layers, about 2 GB unpacked, as a data function has
    WORK/single.tar   the same files in one gzip layer
    WORK/node.tar     an OCI layout, three gzip layers, 60,000 small files
    WORK/docker.tar   a plain docker-archive, 10 GiB in ten layers, 100,000 files
"""

import hashlib
import io
import json
import os
import subprocess
import sys
import tarfile
import zipfile

GIB = 1 << 30


def sources(paths):
    """Real files: (path, executable, bytes)."""
    for path in paths:
        if os.path.isdir(path):
            for folder, folders, names in os.walk(path):
                folders.sort()
                for name in sorted(names):
                    file = os.path.join(folder, name)
                    if os.path.isfile(file) and not os.path.islink(file):
                        with open(file, "rb") as content:
                            yield os.path.relpath(file, path), os.access(file, os.X_OK), content.read()
        elif zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as wheel:
                for info in wheel.infolist():
                    if not info.is_dir():
                        yield info.filename, ".so" in info.filename, wheel.read(info)


class Layer:
    """A tar stream on disk that gets a directory entry before the first file of each folder."""

    def __init__(self, path, seen):
        self.path, self.seen, self.size, self.files = path, seen, 0, 0
        self.tar = tarfile.open(path, "w", format=tarfile.GNU_FORMAT)

    def add(self, name, executable, content):
        parts = name.split("/")[:-1]
        for depth in range(1, len(parts) + 1):
            folder = "/".join(parts[:depth])
            if folder not in self.seen:
                self.seen.add(folder)
                self._entry(folder, tarfile.DIRTYPE, 0o755, b"")
        self._entry(name, tarfile.REGTYPE, 0o755 if executable else 0o644, content)
        self.size += len(content)
        self.files += 1

    def _entry(self, name, kind, mode, content):
        info = tarfile.TarInfo(name)
        info.type, info.mode, info.size, info.mtime = kind, mode, len(content), 1_700_000_000
        self.tar.addfile(info, io.BytesIO(content))


def sha256(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()


def config(diff_ids):
    return json.dumps({
        "architecture": "amd64", "os": "linux",
        "config": {"Entrypoint": ["/lambda-entrypoint.sh"], "Cmd": ["app.handler"], "WorkingDir": "/var/task"},
        "rootfs": {"type": "layers", "diff_ids": diff_ids},
    }).encode()


def outer(path, members):
    """A tar of members, each (name, bytes) or (name, path of a file)."""
    with tarfile.open(path, "w") as archive:
        for name, content in members:
            if isinstance(content, bytes):
                info = tarfile.TarInfo(name)
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
            else:
                archive.add(content, arcname=name)


def layout(path, layers):
    """An OCI layout with gzip layers, as BuildKit packs them."""
    diff_ids, descriptors, members = [], [], []
    for layer in layers:
        layer.tar.close()
        diff_ids.append("sha256:" + sha256(layer.path))
        subprocess.run(["gzip", "-6nf", layer.path], check=True)
        packed = layer.path + ".gz"
        digest = sha256(packed)
        descriptors.append({"mediaType": "application/vnd.oci.image.layer.v1.tar+gzip",
                            "digest": "sha256:" + digest, "size": os.path.getsize(packed)})
        members.append(("blobs/sha256/" + digest, packed))

    def blob(kind, content):
        digest = hashlib.sha256(content).hexdigest()
        members.append(("blobs/sha256/" + digest, content))
        return {"mediaType": f"application/vnd.oci.image.{kind}.v1+json", "digest": "sha256:" + digest,
                "size": len(content)}

    described = blob("config", config(diff_ids))
    manifest = blob("manifest", json.dumps({
        "schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": described, "layers": descriptors}).encode())
    manifest["annotations"] = {"org.opencontainers.image.ref.name": "latest"}
    members.append(("oci-layout", b'{"imageLayoutVersion":"1.0.0"}'))
    members.append(("index.json", json.dumps({"schemaVersion": 2, "manifests": [manifest]}).encode()))
    outer(path, members)
    for layer in layers:
        os.remove(layer.path + ".gz")


def python(work, paths, name, count):
    """About 2 GB of real files in so many layers."""
    seen, layers, total = set(), [], 2 * 10**9
    layer = Layer(f"{work}/layer0", seen)
    for round_ in range(100):
        for path, executable, content in sources(paths):
            layer.add(f"var/task/{round_}/{path}" if round_ else f"var/task/{path}", executable, content)
            total -= len(content)
            if layer.size >= 2 * 10**9 // count and len(layers) + 1 < count:
                layers.append(layer)
                layer = Layer(f"{work}/layer{len(layers)}", seen)
            if total <= 0:
                layers.append(layer)
                return layout(f"{work}/{name}.tar", layers)


def node(work, paths):
    """60,000 small files in three layers, cut from real texts."""
    seen, layers, texts = set(), [], []
    for path, _, content in sources(paths):
        if path.endswith((".py", ".js", ".txt", ".pyi", ".h")) and 500 < len(content) < 40_000:
            texts.append(content)
    for at in range(3):
        layer = Layer(f"{work}/layer{at}", seen)
        layers.append(layer)
        for file in range(20_000):
            number = at * 20_000 + file
            text = b"// %d\n" % number + texts[number * 7919 % len(texts)]
            layer.add(f"var/task/node_modules/package{number // 60}/lib/file{number}.js", False, text)
    layout(f"{work}/node.tar", layers)


def docker(work, paths):
    """10 GiB in 100,000 files in ten plain layers."""
    seen, layers, files = set(), [], [f for f in sources(paths) if len(f[2]) < 3_000_000]
    for at in range(10):
        layer = Layer(f"{work}/layer{at}", seen)
        layers.append(layer)
        for file in range(10_000):
            left = GIB - layer.size
            if left <= 0:
                break
            number = at * 10_000 + file
            path, executable, content = files[number * 7919 % len(files)]
            want = left // (10_000 - file)
            # Files are cut or drawn out until all of them together have the size.
            content = (content * (2 * want // max(len(content), 1) + 1))[: want * (1 + number % 3) // 2]
            layer.add(f"opt/{number // 100}/{number}-{os.path.basename(path)}", executable, content)
    for layer in layers:
        layer.tar.close()
    names = [f"{at}/layer.tar" for at in range(len(layers))]
    settings = config(["sha256:" + "0" * 64] * len(layers))
    members = [("config.json", settings)] + [(n, layer.path) for n, layer in zip(names, layers)]
    members.append(("manifest.json", json.dumps(
        [{"Config": "config.json", "RepoTags": ["bench:latest"], "Layers": names}]).encode()))
    outer(f"{work}/docker.tar", members)
    for layer in layers:
        os.remove(layer.path)


def main():
    work, paths = sys.argv[1], sys.argv[2:]
    os.makedirs(work, exist_ok=True)
    for name, make in {
        "python": lambda: python(work, paths, "python", 6),
        "single": lambda: python(work, paths, "single", 1),
        "node": lambda: node(work, paths),
        "docker": lambda: docker(work, paths),
    }.items():
        if not os.path.exists(f"{work}/{name}.tar"):
            make()


main()
