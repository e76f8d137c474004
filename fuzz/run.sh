#!/usr/bin/env bash
# Fuzzes each target for so many seconds, or one: run.sh SECONDS [TARGET [FOLDER…]]
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=$1
targets=${2:-dockerfile archive layer documents elf config suppression template python node frames}
for target in $targets; do
    mkdir -p "fuzz/corpus/$target"
    printf '\n== %s\n' "$target"
    words=()
    if [ -f "fuzz/dictionaries/$target.dict" ]; then words=("-dict=fuzz/dictionaries/$target.dict"); fi
    cargo +nightly fuzz run --sanitizer none "$target" "fuzz/corpus/$target" "fuzz/seeds/$target" "${@:3}" -- \
        -max_total_time="$seconds" -timeout=20 -rss_limit_mb=2048 -max_len=65536 -print_final_stats=1 "${words[@]}"
done
