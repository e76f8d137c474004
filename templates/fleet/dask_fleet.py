#!/usr/bin/env python3
"""A fleet on Dask: the layers of a plan, then its images, on the workers of a cluster. See docs/fleet.md.

    dask_fleet.py plan.json --cache DIR --shards 8 [--scheduler tcp://HOST:8786] [--output report.sarif]

All workers have lamblint on PATH, and see the plan and the cache under the same paths. Without a scheduler a cluster is
started on this machine. The exit code is that of `lamblint merge`.
"""

import argparse
import pathlib
import subprocess
import sys
import tempfile

from dask.distributed import Client, LocalCluster

# A worker that is not logged in, or a registry that is down, may be better at another try.
RETRIES = 2


def run(*words):
    """Runs lamblint."""
    done = subprocess.run(["lamblint", *words], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"lamblint {words[0]}: exit code {done.returncode}: {done.stderr.strip()[-2000:]}")


def scan(plan, cache, shard):
    run("scan-layers", "--plan", plan, "--shard", shard, "--cache", cache)


def check(plan, cache, shard):
    """What one shard says, as its document."""
    with tempfile.TemporaryDirectory() as folder:
        document = pathlib.Path(folder) / "shard.json"
        run("check", "--plan", plan, "--shard", shard, "--cache", cache, "--output", str(document))
        return document.read_bytes()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("plan", type=pathlib.Path)
    parser.add_argument("--cache", type=pathlib.Path, required=True)
    parser.add_argument("--shards", type=int, default=8)
    parser.add_argument("--scheduler")
    parser.add_argument("--workers", type=int, help="processes of the cluster on this machine")
    parser.add_argument("--format", default="sarif")
    parser.add_argument("--output", type=pathlib.Path, default=pathlib.Path("report.sarif"))
    given = parser.parse_args()
    plan, cache = str(given.plan.resolve()), str(given.cache.resolve())
    shards = [f"{index}/{given.shards}" for index in range(given.shards)]
    local = None if given.scheduler else LocalCluster(
        n_workers=given.workers, threads_per_worker=1, dashboard_address=None
    )
    with Client(given.scheduler or local) as client:

        def of_all(work):
            # A shard that is run again does no harm: what it says does not depend on who runs it.
            return client.gather([client.submit(work, plan, cache, shard, pure=False, retries=RETRIES) for shard in shards])

        of_all(scan)
        documents = of_all(check)
    if local:
        local.close()
    with tempfile.TemporaryDirectory() as folder:
        paths = [pathlib.Path(folder) / f"shard-{index}.json" for index in range(given.shards)]
        for path, document in zip(paths, documents):
            path.write_bytes(document)
        words = ["--format", given.format, "--output", str(given.output)]
        return subprocess.run(["lamblint", "merge", *map(str, paths), *words], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
