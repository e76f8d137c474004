"""Writes images with everything that makes merging layers hard, each as an OCI layout: strange.py FOLDER."""

import hashlib
import io
import json
import os
import sys
import tarfile

LONG = "long/" + "n" * 120 + "/" + "m" * 140
IMAGES = {
    "whiteout-below-a-link": [
        ["usr/", "usr/lib/", "usr/lib/x", "usr/lib/y", "lib -> usr/lib"],
        ["lib/.wh.x"],
    ],
    "file-below-a-link": [["usr/", "usr/lib/", "lib -> usr/lib"], ["lib/x", "lib/deep/", "lib/deep/y"]],
    "file-below-an-absolute-link": [["usr/", "usr/lib/", "lib -> /usr/lib"], ["lib/x"]],
    "file-below-a-link-that-leads-nowhere": [["lib -> usr/lib"], ["lib/x"]],
    "opaque-folder-below-a-link": [["usr/", "usr/lib/", "usr/lib/x", "lib -> usr/lib"], ["lib/.wh..wh..opq", "lib/y"]],
    "folder-becomes-a-file": [["a/", "a/x", "a/b/", "a/b/y"], ["a"]],
    "file-becomes-a-folder": [["a", "b"], ["a/", "a/x"]],
    "folder-becomes-a-link": [["a/", "a/x", "b/", "b/y"], ["a -> b"]],
    "link-becomes-a-folder": [["b/", "b/y", "a -> b"], ["a/", "a/x"]],
    "folder-again": [["a/", "a/x"], ["a/", "a/y"]],
    "opaque-first": [["a/", "a/x", "a/b/", "a/b/y"], ["a/", "a/.wh..wh..opq", "a/n"]],
    "opaque-last": [["a/", "a/x", "a/b/", "a/b/y"], ["a/", "a/n", "a/.wh..wh..opq"]],
    "whiteout-and-again": [["a/", "a/x", "a/b/", "a/b/y"], [".wh.a", "a/", "a/n"]],
    "whiteout-behind-its-own-file": [["x", "y"], ["x", ".wh.y"]],
    "whiteout-of-nothing": [["x"], [".wh.y", "x2"]],
    "whiteout-of-a-folder": [["a/", "a/x", "a/b/", "a/b/y", "c"], [".wh.a"]],
    "whiteout-of-a-link": [["a/", "a/x", "l -> a"], [".wh.l"]],
    "hard-links": [["a", "b => a", "c => a"], [".wh.a", "b", "d => c"]],
    "hard-link-to-a-link": [["a", "l -> a", "h => l"], [".wh.a"]],
    "hard-link-to-a-lower-layer": [["a/", "a/x"], ["b/", "b/y => a/x"]],
    "names-with-dots": [["./", "./a/", "./a/x"], ["./a/.wh.x", "./a/y"]],
    "long-names": [["long/", LONG[:125] + "/", LONG, "l -> " + LONG], ["long/" + "k" * 200]],
    "twice-in-one-layer": [["a", "a", "b/", "b/x", "b"], ["c"]],
    "names-that-are-no-text": [["\udcff\udcfe", "d\udcff/", "d\udcff/x"], ["d\udcff/.wh.x"]],
    "pipes": [["p |", "a/", "a/q |"], [".wh.p"]],
    "three-layers": [["a/", "a/x"], ["a/.wh.x"], ["a/x", "a/y"]],
}


def layer(lines, form):
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=form) as archive:
        for line in lines:
            name, _, target = line.partition(" -> ")
            kind = tarfile.SYMTYPE if target else tarfile.REGTYPE
            if " => " in line:
                name, _, target = line.partition(" => ")
                kind = tarfile.LNKTYPE
            if name.endswith(" |"):
                name, kind = name[:-2], tarfile.FIFOTYPE
            if name.endswith("/"):
                kind = tarfile.DIRTYPE
            member = tarfile.TarInfo(name)
            member.type, member.linkname, member.mode = kind, target, 0o755
            content = name.encode("utf-8", "surrogateescape") if kind == tarfile.REGTYPE else b""
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return stream.getvalue()


def write(folder, layers):
    blobs = os.path.join(folder, "blobs", "sha256")
    os.makedirs(blobs)

    def add(data, kind):
        digest = hashlib.sha256(data).hexdigest()
        with open(os.path.join(blobs, digest), "wb") as file:
            file.write(data)
        return {"mediaType": kind, "digest": "sha256:" + digest, "size": len(data)}

    def document(value, kind):
        return add(json.dumps(value).encode(), kind)

    prefix = "application/vnd.oci.image."
    described = [add(data, prefix + "layer.v1.tar") for data in layers]
    config = document(
        {
            "architecture": "amd64",
            "os": "linux",
            "config": {},
            "rootfs": {"type": "layers", "diff_ids": [one["digest"] for one in described]},
        },
        prefix + "config.v1+json",
    )
    manifest = {"schemaVersion": 2, "mediaType": prefix + "manifest.v1+json", "config": config, "layers": described}
    manifest = document(manifest, prefix + "manifest.v1+json")
    manifest["annotations"] = {"org.opencontainers.image.ref.name": "x"}
    with open(os.path.join(folder, "index.json"), "w", encoding="utf-8") as file:
        json.dump({"schemaVersion": 2, "manifests": [manifest]}, file)
    with open(os.path.join(folder, "oci-layout"), "w", encoding="utf-8") as file:
        file.write('{"imageLayoutVersion":"1.0.0"}')


for title, drawn in IMAGES.items():
    for word, form in [("gnu", tarfile.GNU_FORMAT), ("pax", tarfile.PAX_FORMAT)]:
        write(os.path.join(sys.argv[1], title + "-" + word), [layer(lines, form) for lines in drawn])
