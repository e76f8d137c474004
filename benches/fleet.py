#!/usr/bin/env python3
"""An organisation's images in a registry on this machine, and what a run over them costs.

    fleet.py make WORK --base ROOT --packages FOLDER [--images 200]
    fleet.py measure WORK LAMBLINT [--runs 3] [--shards 8]

`make` packs a root file system (as debootstrap makes it) into one layer, sets of the packages (a folder that
`pip install --target` has filled) into five, and a small layer for each image, and puts all of it into WORK/data by Debian's
docker-registry. `measure` starts the same registry, and prints time, memory, and the requests and bytes of its access log.
"""

import argparse
import concurrent.futures
import contextlib
import gzip
import hashlib
import io
import json
import os
import pathlib
import random
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tarfile
import time
import urllib.request

OCI = "application/vnd.oci.image."
LAYER = OCI + "layer.v1.tar+gzip"
SETS = {
    "boto": ["boto3", "botocore", "s3transfer", "jmespath", "urllib3"],
    "numpy": ["numpy", "numpy.libs"],
    "pandas": ["numpy", "numpy.libs", "pandas", "pytz"],
    "requests": ["requests", "urllib3", "idna", "certifi"],
    "all": ["boto3", "botocore", "numpy", "numpy.libs", "pandas"],
}


@contextlib.contextmanager
def registry(work):
    """Runs docker-registry; its host, and the path of its log."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        host = f"127.0.0.1:{free.getsockname()[1]}"
    settings, log = work / "registry.yml", work / "registry.log"
    settings.write_text(
        "version: 0.1\nlog: {level: error, accesslog: {disabled: false}}\n"
        f"storage: {{filesystem: {{rootdirectory: {work}/data}}}}\nhttp: {{addr: '{host}'}}\n"
    )
    with open(log, "w", encoding="utf-8") as output:
        server = subprocess.Popen(["docker-registry", "serve", str(settings)], stdout=output, stderr=output)
    try:
        for _ in range(100):
            with contextlib.suppress(OSError), urllib.request.urlopen(f"http://{host}/v2/"):
                break
            time.sleep(0.1)
        yield host, log
    finally:
        server.terminate()
        server.wait()


def ask(method, url, data=b"", **headers):
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    return urllib.request.urlopen(urllib.request.Request(url, data=data, method=method, headers=headers))


def put(host, repository, data):
    """Uploads a blob, unless the repository gets it from the one of the bases; its descriptor."""
    digest = "sha256:" + hashlib.sha256(data).hexdigest()
    uploads = f"http://{host}/v2/{repository}/blobs/uploads/"
    answer = ask("POST", f"{uploads}?mount={digest}&from=fleet/base")
    if answer.status != 201:
        place = answer.headers["Location"]
        between = "&" if "?" in place else "?"
        ask("PUT", f"{place}{between}digest={digest}", data, Content_Type="application/octet-stream")
    return {"digest": digest, "size": len(data)}


def packed(add):
    """A layer and the digest of what is in it."""
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=tarfile.PAX_FORMAT) as tar:
        add(tar)
    raw = raw.getvalue()
    return gzip.compress(raw, 6, mtime=0), "sha256:" + hashlib.sha256(raw).hexdigest()


def make(given):
    random.seed(7)
    shutil.rmtree(given.work, ignore_errors=True)
    given.work.mkdir(parents=True)

    def owned(entry):
        entry.uid = entry.gid = entry.mtime = 0
        entry.uname = entry.gname = ""
        # Devices are left out.
        return entry if entry.isdir() or entry.isfile() or entry.issym() else None

    def base(tar):
        for path in sorted(given.base.iterdir()):
            tar.add(path, arcname=path.name, filter=owned)

    def packages(names):
        def add(tar):
            for name in names:
                if (given.packages / name).exists():
                    tar.add(given.packages / name, arcname=f"var/task/{name}", filter=owned)
        return add

    def own(number):
        def add(tar):
            files = {"app.py": f"# {number}\nimport json\ndef handler(event, context):\n    return {number}\n".encode()}
            for module in range(random.randint(3, 60)):
                files[f"lib{module}.py"] = random.randbytes(random.randint(200, 4000)).hex().encode()
            for name, content in files.items():
                entry = tarfile.TarInfo(f"var/task/{name}")
                entry.size, entry.mode = len(content), 0o600 if number % 20 == 0 else 0o644
                tar.addfile(entry, io.BytesIO(content))
        return add

    with registry(given.work) as (host, _):
        shared = {"base": packed(base)} | {name: packed(packages(names)) for name, names in SETS.items()}
        for name, (layer, _) in shared.items():
            put(host, "fleet/base", layer)
            print(f"{name}: {len(layer) / 1e6:.1f} MB packed", flush=True)
        tags = []
        for number in range(given.images):
            repository = f"fleet/fn-{number:03}"
            kind = "all" if number == 0 else random.choices(list(SETS), [40, 15, 15, 20, 10])[0]
            layers = [shared["base"], shared[kind], packed(own(number))]
            config = {
                "architecture": "amd64", "os": "linux",
                "config": {"Cmd": ["app.handler"] if number % 10 else ["python", "app.py"], "WorkingDir": "/var/task"},
                "rootfs": {"type": "layers", "diff_ids": [diff for _, diff in layers]},
                "history": [{"created_by": name} for name in ("base", kind, "app")],
            }
            manifest = {
                "schemaVersion": 2, "mediaType": OCI + "manifest.v1+json",
                "config": {"mediaType": OCI + "config.v1+json", **put(host, repository, json.dumps(config).encode())},
                "layers": [{"mediaType": LAYER, **put(host, repository, layer)} for layer, _ in layers],
            }
            ask("PUT", f"http://{host}/v2/{repository}/manifests/v1", json.dumps(manifest).encode(),
                Content_Type=OCI + "manifest.v1+json")
            tags.append(f"{repository}:v1")
        (given.work / "tags").write_text("\n".join(tags) + "\n")
        one = f"docker://{host}/{tags[0]}"
        subprocess.run(["skopeo", "copy", "--quiet", "--src-tls-verify=false", one, f"oci-archive:{given.work}/one.tar"], check=True)
    print(f"{given.images} images, {len(shared) + given.images} layers")


def run(*command):
    """Runs a program: seconds by the clock, seconds of user and system, and the peak of memory in MiB."""
    begin = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env={**os.environ, "HOME": "/nonexistent"})
    said = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 1):
        sys.exit(f"{' '.join(command)}: exit code {process.returncode}\n{said.decode()}")
    return time.monotonic() - begin, usage.ru_utime, usage.ru_stime, usage.ru_maxrss / 1024


def measure(given):
    work, program = given.work, [str(given.lamblint), "check", "--no-config"]
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")

    with registry(work) as (host, log):
        names = (work / "tags").read_text().split()
        references = [f"{host}/{name}" for name in names]
        lists = work / "refs"
        lists.write_text("\n".join(references) + "\n")

        def asked(began):
            """What was asked since: all requests, the blobs, and the bytes."""
            with open(log, encoding="utf-8", errors="replace") as text:
                text.seek(began)
                gets = re.findall(r'"GET (\S+) HTTP/1\.\d" (\d+) (\d+)', text.read())
            blobs = [path for path, status, _ in gets if "/blobs/" in path and status == "200"]
            return gets, blobs, sum(int(length) for _, _, length in gets)

        def report(name, words, images=1, runs=given.runs, before=None):
            results, began = [], 0
            for _ in range(runs):
                if before:
                    before()
                began = log.stat().st_size
                results.append(run(*words))
            gets, blobs, size = asked(began)
            wall, user, system, memory = (statistics.median(column) for column in zip(*results))
            print(f"{name}: {wall:.3f} s ({min(r[0] for r in results):.3f}–{max(r[0] for r in results):.3f}), user {user:.2f} s, "
                  f"system {system:.2f} s, {max(r[3] for r in results):.1f} MiB; {images / wall:.1f} images/s; {len(gets)} requests, "
                  f"{len(blobs)} blobs ({len(set(blobs))} different), {size / 1e6:.2f} MB", flush=True)
            return blobs

        cache = str(work / "cache")
        clear = lambda: shutil.rmtree(cache, ignore_errors=True)
        report("archive", [*program, f"{work}/one.tar"])
        report("archive, every byte", [*program, "--verify", f"{work}/one.tar"])
        report("registry", [*program, references[0]])
        report("config alone", [*program, "--depth", "config", references[0]])
        report("the same, from the archive", [*program, "--depth", "config", f"{work}/one.tar"])
        blobs = report("all, cold, without a cache", [*program, "--refs", str(lists)], len(names), 1)
        assert len(blobs) == len(set(blobs)), "a blob was fetched twice"
        report("all, cold cache", [*program, "--refs", str(lists), "--cache", cache], len(names), 1, clear)
        report("all, warm cache", [*program, "--refs", str(lists), "--cache", cache], len(names))
        size = sum(path.stat().st_size for path in pathlib.Path(cache).rglob("*") if path.is_file())
        print(f"cache: {size / 1e6:.2f} MB")

        # Two phases of shards, two of them at once.
        plan = str(work / "plan.json")
        print("plan: {:.3f} s".format(run(program[0], "plan", "--quiet", "--refs", str(lists), "--output", plan)[0]))
        shutil.rmtree(work / "shards", ignore_errors=True)
        (work / "shards").mkdir()
        clear()

        def phase(name, words):
            began, start = log.stat().st_size, time.monotonic()
            with concurrent.futures.ThreadPoolExecutor(2) as pool:
                each = lambda index: run(program[0], *words(index), "--plan", plan, "--shard", f"{index}/{given.shards}", "--cache", cache)
                results = list(pool.map(each, range(given.shards)))
            wall = time.monotonic() - start
            _, blobs, size = asked(began)
            used = sum(result[1] + result[2] for result in results)
            print(f"{name}, {given.shards} shards: {wall:.3f} s, user and system {used:.2f} s, {max(r[3] for r in results):.1f} MiB; "
                  f"{len(blobs)} blobs ({len(set(blobs))} different), {size / 1e6:.2f} MB", flush=True)
            return blobs

        layers = {path.rsplit("/", 1)[1] for path in phase("layers", lambda _: ["scan-layers", "--quiet"])}
        phase("check", lambda index: ["check", "--no-config", "--quiet", "--output", f"{work}/shards/{index}.json"])
        wanted = {layer["digest"] for layer in json.loads(pathlib.Path(plan).read_text())["layers"]}
        assert layers == wanted, "other layers than those of the plan"
        documents = [f"{work}/shards/{index}.json" for index in range(given.shards)]
        print("merge: {:.3f} s".format(run(program[0], "merge", "--quiet", *documents)[0]))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(required=True)
    one = commands.add_parser("make")
    one.set_defaults(do=make)
    one.add_argument("work", type=pathlib.Path)
    one.add_argument("--base", type=pathlib.Path, required=True)
    one.add_argument("--packages", type=pathlib.Path, required=True)
    one.add_argument("--images", type=int, default=200)
    two = commands.add_parser("measure")
    two.set_defaults(do=measure)
    two.add_argument("work", type=pathlib.Path)
    two.add_argument("lamblint", type=pathlib.Path)
    two.add_argument("--runs", type=int, default=3)
    two.add_argument("--shards", type=int, default=8)
    given = parser.parse_args()
    given.work = given.work.resolve()
    given.do(given)


if __name__ == "__main__":
    main()
