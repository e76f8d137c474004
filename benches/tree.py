#!/usr/bin/env python3
"""Packs folders that are there into an image, and measures reading it for each of its files.

    tree.py pack [--gzip] ARCHIVE FOLDER...     a docker-archive with a layer for each folder
    tree.py start ARCHIVE WORD...               the same with another command: what starts decides what is looked at
    tree.py measure ARCHIVE [RUNS]              lamblint beside what else reads it

What a machine has is what real images have: toolchains, site-packages, node_modules, /usr. The names in the layers are
those on the machine. Nothing is compared between machines: what counts is the ratio to something in the same run.
$LAMBLINT names the program to measure, and $BEFORE another one to set beside it.
"""

import hashlib
import json
import os
import resource
import statistics
import subprocess
import sys
import tarfile
import time

CHUNK = 1 << 20


def header(name, size):
    info = tarfile.TarInfo(name)
    info.size, info.mode = size, 0o644
    return info.tobuf(tarfile.GNU_FORMAT)


def pad(archive):
    archive.write(b"\0" * (-archive.tell() % 512))


def layer(archive, name, folder, packed):
    """Writes a layer as a member of the archive, of which only the end tells how long it is; the diff_id of it."""
    start = archive.tell()
    archive.write(header(name, 0))
    archive.flush()
    tar = subprocess.Popen(["tar", "-C", "/", "-cf", "-", "--sort=name", os.path.realpath(folder).lstrip("/")],
                           stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    gzip = subprocess.Popen(["gzip", "-6n"], stdin=subprocess.PIPE, stdout=archive) if packed else None
    into, digest = gzip.stdin if gzip else archive, hashlib.sha256()
    while piece := tar.stdout.read(CHUNK):
        digest.update(piece)
        into.write(piece)
    tar.wait()
    if gzip:
        gzip.stdin.close()
        gzip.wait()
    archive.seek(0, os.SEEK_END)
    end = archive.tell()
    archive.seek(start)
    archive.write(header(name, end - start - 512))
    archive.seek(end)
    pad(archive)
    return "sha256:" + digest.hexdigest()


def pack(path, folders, packed):
    names = [f"{number}/layer.tar" for number in range(len(folders))]
    with open(path, "w+b") as archive:
        diff_ids = [layer(archive, name, folder, packed) for name, folder in zip(names, folders)]
        finish(archive, names, diff_ids, {"Entrypoint": ["/lambda-entrypoint.sh"], "Cmd": ["app.handler"],
                                          "WorkingDir": "/var/task"})
    for folder, count in zip(folders, map(counted, layers(path))):
        print(f"{folder}: {count} entries")
    print(f"{path}: {os.path.getsize(path):,} bytes")


def finish(archive, names, diff_ids, settings):
    """Writes what stands behind the layers."""
    for name, document in {
        "config.json": {"architecture": "amd64", "os": "linux", "config": settings,
                        "rootfs": {"type": "layers", "diff_ids": diff_ids}},
        "manifest.json": [{"Config": "config.json", "RepoTags": ["tree:latest"], "Layers": names}],
    }.items():
        content = json.dumps(document).encode()
        archive.write(header(name, len(content)) + content)
        pad(archive)
    archive.write(b"\0" * 1024)


def start(path, words):
    with tarfile.open(path) as archive:
        config, = (info for info in archive if info.name == "config.json")
        diff_ids = json.load(archive.extractfile(config))["rootfs"]["diff_ids"]
    with open(path, "r+b") as archive:
        archive.truncate(config.offset)
        archive.seek(config.offset)
        names = [f"{number}/layer.tar" for number in range(len(diff_ids))]
        finish(archive, names, diff_ids, {"Entrypoint": words, "WorkingDir": "/var/task", "Env": ["PATH=/usr/bin"]})


def layers(path):
    """Where each layer of an archive begins, and how long it is."""
    with tarfile.open(path) as archive:
        return [(path, info.offset_data, info.size) for info in archive if info.name.endswith("/layer.tar")]


def through(command, where):
    """Runs a command on a layer, through a pipe, without a byte of its own between the two."""
    path, start, size = where
    part = subprocess.Popen(["dd", f"if={path}", "bs=1M", "iflag=skip_bytes,count_bytes", f"skip={start}",
                             f"count={size}", "status=none"], stdout=subprocess.PIPE)
    result = subprocess.run(command, stdin=part.stdout, stdout=subprocess.PIPE, check=False)
    part.stdout.close()
    part.wait()
    return result.stdout


def is_packed(where):
    with open(where[0], "rb") as archive:
        archive.seek(where[1])
        return archive.read(2) == b"\x1f\x8b"


def counted(where):
    return through(["tar", "-tz" if is_packed(where) else "-t"], where).count(b"\n")


def timed(run):
    """Seconds by the clock, and of processor time."""
    def spent():
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        return usage.ru_utime + usage.ru_stime
    start, before = time.perf_counter(), spent()
    run()
    return time.perf_counter() - start, spent() - before


def most_memory(command):
    """The most memory of a process, in bytes: a child's child would hide behind another one's."""
    code = "import resource, subprocess, sys; subprocess.run(sys.argv[1:], stdout=-3, stderr=-3); " \
           "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    return 1024 * int(subprocess.run([sys.executable, "-c", code, *command], stdout=subprocess.PIPE, check=False).stdout)


def measure(path, runs):
    found = layers(path)
    entries, packed = sum(map(counted, found)), is_packed(found[0])
    lamblint = os.environ.get("LAMBLINT", os.path.join(os.path.dirname(__file__), "../target/release/lamblint"))

    def quiet(*command):
        return lambda: subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)

    def each(*command):
        return lambda: [through(command, where) for where in found]

    rows = {"lamblint check": quiet(lamblint, "check", path),
            "reading and merging (--select LL106)": quiet(lamblint, "check", "--select", "LL106", path),
            "lamblint size": quiet(lamblint, "size", path)}
    if before := os.environ.get("BEFORE"):
        rows["before: lamblint check"] = quiet(before, "check", path)
        rows["before: reading and merging"] = quiet(before, "check", "--select", "LL106", path)
    if inflate := os.environ.get("INFLATE"):
        rows["inflating alone, as many threads"] = quiet(inflate, path)
    if packed:
        rows["gzip -dc of the layers"] = each("sh", "-c", "gzip -dc >/dev/null")
    else:
        rows["tar -t of the layers"] = each("tar", "-t")
    took = {label: [] for label in rows}
    for run in range(runs + 1):
        # One after the other, so that what else the machine does meets all of them; the first time does not count.
        for label, command in rows.items():
            measured = timed(command)
            if run:
                took[label].append(measured)
    print(f"{entries:,} entries in {len(found)} layers, {os.path.getsize(path):,} bytes; median of {runs} runs (fastest)\n")
    print("| | clock | an entry | processor | an entry | memory | an entry |\n|--|--|--|--|--|--|--|")
    for label, times in took.items():
        clock, processor = ([time[which] for time in times] for which in (0, 1))
        one = lambda seconds: f"{statistics.median(seconds):.2f} s ({min(seconds):.2f}) | " \
                              f"{statistics.median(seconds) / entries * 1e6:.2f} µs"
        command = {"lamblint check": lamblint, "before: lamblint check": before}.get(label)
        memory = most_memory([command, "check", path]) if command else None
        memory = f"{memory / (1 << 20):.0f} MiB | {memory / entries:.0f} bytes" if memory else "|"
        print(f"| {label} | {one(clock)} | {one(processor)} | {memory} |")


def main():
    what, *arguments = sys.argv[1:] or [""]
    if what == "pack":
        packed = "--gzip" in arguments
        path, *folders = [argument for argument in arguments if argument != "--gzip"]
        pack(path, folders, packed)
    elif what == "start":
        start(arguments[0], arguments[1:])
    elif what == "measure":
        measure(arguments[0], int(arguments[1]) if len(arguments) > 1 else 5)
    else:
        sys.exit(__doc__)


main()
