# Part of run.sh: workers that share a plan, some of them killed.

say "workers that share a plan"
if has parallel jq; then
    fleet=$(port)
    open_configuration "$fleet" "$work/fleet" > fleet.yml
    log=$work/fleet.log
    start fleet docker-registry serve fleet.yml
    ready "$fleet"
    "$python" "$here/tests/registry/fleet.py" "$image" "127.0.0.1:$fleet" 12 > refs.txt
    sed -i "3i127.0.0.1:$fleet/fleet/orders:gone" refs.txt
    lam() { env -u AWS_CA_BUNDLE HOME="$work/home" XDG_RUNTIME_DIR="$run" "$lamblint" "$@"; }
    export work run lamblint
    export -f lam
    single() {
        local status=0
        lam check --refs refs.txt --cache one --today 2026-11-24 --format "$1" > "single.$1" 2> "single.$1.err" || status=$?
        [ "$status" -eq 2 ] || { cat "single.$1.err"; fail "one process: exit code $status, where one image is gone"; }
    }
    # The merged report is that of one process, in each format.
    merged() {
        local format status
        for format in json sarif junit human short; do
            status=0
            lam merge "$1"/shard-*.json --format "$format" > merged 2> merged.err || status=$?
            [ "$status" -eq 2 ] || { cat merged.err; fail "merge: exit code $status"; }
            cmp "single.$format" merged && cmp "single.$format.err" merged.err || fail "$2: $format differs from one process"
        done
    }
    scan() { lam scan-layers --plan plan.json --shard "$1/4" --cache "$2" --quiet; }
    check() { lam check --plan plan.json --shard "$1/4" --cache "$2" --output "$3/shard-$1.json" --quiet 2> /dev/null; }
    export -f scan check
    for format in json sarif junit human short; do single "$format"; done
    lam plan --refs refs.txt --today 2026-11-24 --output plan.json
    before=$(wc -l < "$log")
    mkdir docs
    seq 0 3 | parallel -j2 scan {} two
    seq 0 3 | parallel -j2 check {} two docs
    tail -n "+$((before + 1))" "$log" | grep -oE '"GET /v2/fleet/orders/blobs/sha256:[0-9a-f]+' | cut -d: -f2 | sort > fetched
    jq -r '.layers[].digest' plan.json | cut -d: -f2 | sort > layers
    [ "$(grep -cFf layers fetched)" -eq "$(wc -l < layers)" ] && [ "$(grep -Ff layers fetched | uniq -d | wc -l)" -eq 0 ] ||
        fail "a layer was fetched more or less than once"
    diff -r one two > differences || { cat differences; fail "another cache than one process has"; }
    merged docs "4 shards in two phases"
    say "4 shards in two phases: one request for each of $(wc -l < layers) layers, the cache and the report of one process"

    # A worker is killed while it works, and started again.
    hit=(0 0)
    killed() {
        "${@:3}" 2> /dev/null &
        local worker=$!
        sleep "0.0$2"
        if pkill -KILL -P "$worker" 2> /dev/null; then hit[$1]=$((hit[$1] + 1)); fi
        wait "$worker" 2> /dev/null || true
    }
    RANDOM=1
    for round in $(seq 12); do
        rm -rf three docs3
        mkdir docs3
        killed 0 "$((RANDOM % 45 + 10))" scan $((RANDOM % 4)) three
        seq 0 3 | parallel -j2 scan {} three
        diff -r one three > differences || { cat differences; fail "round $round: another cache after a worker was killed"; }
        killed 1 "$((RANDOM % 25 + 10))" check $((RANDOM % 4)) three docs3
        seq 0 3 | parallel -j2 check {} three docs3
        merged docs3 "round $round, workers killed"
    done
    [ "${hit[0]}" -gt 0 ] && [ "${hit[1]}" -gt 0 ] || fail "no worker was killed while it worked: ${hit[*]}"
    say "workers killed while they scanned ${hit[0]} times, and while they checked ${hit[1]} times of 12: the same cache and report"
fi
