"""Counts of an archive by tar's own rules, and answers read for run.sh. Nothing of lamblint's is used here."""

import gzip
import io
import json
import os
import subprocess
import sys
import tarfile


def unpacked(blob):
    """A layer's tar stream."""
    if blob[:2] == b"\x1f\x8b":
        return gzip.decompress(blob)
    if blob[:4] == b"\x28\xb5\x2f\xfd":
        return subprocess.run(["zstd", "-dc"], input=blob, stdout=subprocess.PIPE, check=True).stdout
    return blob


def layers_of(path):
    """The layers of the first image of an archive, `None` where it holds no image."""
    # A compressed archive is unpacked whole: each layer would else be sought for from the beginning.
    with open(path, "rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
        whole = io.BytesIO(gzip.decompress(b"\x1f\x8b" + file.read())) if packed else None
    with tarfile.open(path, fileobj=whole) as archive:
        names = {}
        for member in archive.getmembers():
            names[member.name.removeprefix("./")] = member

        def read(name):
            return archive.extractfile(names[name]).read()

        def blob(digest):
            return read("blobs/" + digest.replace(":", "/"))

        document = json.loads(read("index.json")) if "index.json" in names else {}
        if document.get("manifests"):
            while document.get("manifests"):
                # An index may name images for other platforms that were not saved.
                digests = [one["digest"] for one in document["manifests"]]
                document = json.loads(blob(next(d for d in digests if "blobs/" + d.replace(":", "/") in names)))
            return [unpacked(blob(layer["digest"])) for layer in document["layers"]]
        if "manifest.json" in names:
            documents = json.loads(read("manifest.json"))
            return [unpacked(read(layer)) for layer in documents[0]["Layers"]] if documents else None
    return None


def merged(layers):
    """The paths of the merged tree that are no directories."""
    tree = {}

    def hide(path, itself=True):
        for other in [other for other in tree if other.startswith(path + "/") or (itself and other == path)]:
            del tree[other]

    for layer in layers:
        added = {}
        # umoci ends a layer behind the last byte of a file, which tarfile does not take.
        with tarfile.open(fileobj=io.BytesIO(layer + bytes(1024 + -len(layer) % 512))) as archive:
            members = archive.getmembers()
        for member in members:
            path = member.name.removeprefix("./").strip("/")
            folder, _, name = path.rpartition("/")
            if name == ".wh..wh..opq":
                for other in [other for other in tree if not folder or other.startswith(folder + "/")]:
                    del tree[other]
            elif name.startswith(".wh."):
                hide((folder + "/" if folder else "") + name[4:])
            elif path and path != ".":
                added[path] = member
        for path, member in added.items():
            if not member.isdir():
                hide(path)
            tree[path] = member
    return [path for path, member in tree.items() if not member.isdir()]


def count(path):
    """Prints layers, unpacked bytes and merged files."""
    layers = layers_of(path)
    if layers is None:
        print("-")
        return
    print(len(layers), sum(map(len, layers)), len(merged(layers)))


def ours(path):
    """The same from `lamblint size --format json`."""
    with open(path, encoding="utf-8") as file:
        inventories = json.load(file)
    if not inventories:
        print("-")
        return
    one = inventories[0]
    print(len(one["layers"]), one["unpacked_bytes"], one["files"])


def codes(path):
    """Prints the worst severity and the codes of errors and warnings of a report."""
    with open(path, encoding="utf-8") as file:
        found = json.load(file)["diagnostics"]
    kept = sorted({(d["severity"], d["code"]) for d in found if d["severity"] != "info"})
    worst = kept[0][0] if kept else "clean"
    print(worst, ",".join(code for _, code in kept) or "-")


def start(path, root, port, runtime_port):
    """Becomes the emulator with the image's program, as Lambda would run it: in ROOT, as uid 993 with no group."""
    with open(path, encoding="utf-8") as file:
        config = json.load(file).get("config") or {}
    variables = {
        "PATH": "/usr/local/bin:/usr/bin:/bin:/opt/bin",
        "AWS_REGION": "eu-west-1",
        "AWS_LAMBDA_FUNCTION_NAME": "function",
        "AWS_LAMBDA_FUNCTION_TIMEOUT": "5",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
    }
    variables.update(variable.split("=", 1) for variable in config.get("Env") or [])
    program = (config.get("Entrypoint") or []) + (config.get("Cmd") or [])
    emulator = ["/tmp/rie", "--runtime-interface-emulator-address", f"127.0.0.1:{port}"]
    emulator += ["--runtime-api-address", f"127.0.0.1:{runtime_port}"]
    os.chroot(root)
    os.setgroups([])
    os.setgid(990)
    os.setuid(993)
    os.chdir(config.get("WorkingDir") or "/")
    os.execve(emulator[0], emulator + program, variables)


{"count": count, "ours": ours, "codes": codes, "start": start}[sys.argv[1]](*sys.argv[2:])
