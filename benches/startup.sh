#!/usr/bin/env bash
# Counts the instructions of one check of a Dockerfile of ten lines: what every call pays, whatever it looks at. The
# count is the same from run to run, where a time of some milliseconds is not.
#
#   cargo build --release
#   benches/startup.sh            # the count alone
#   benches/startup.sh 40         # and the 40 functions that take most of it, with all that they call
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
lamblint=${LAMBLINT:-$root/target/release/lamblint}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cd "$root"
# Findings make it exit with 1, which is no failure here.
valgrind --tool=callgrind --callgrind-out-file="$work/counts" "$lamblint" check tests/example/Dockerfile \
    >/dev/null 2>"$work/log" || true
sed -n 's/.*Collected : //p' "$work/log"
if [ $# -gt 0 ]; then
    callgrind_annotate --inclusive=yes --threshold=100 "$work/counts" | grep -E '^ *[0-9,]+ \(.*:' | head -n "$1" | cut -c1-140 || true
fi
