#!/usr/bin/env bash
# Real servers, and what lamblint says of the same image from each of them:
#   tests/registry/run.sh LAMBLINT WORK
# Debian's docker-registry with TLS and a password, the same in front of S3 (moto) with redirects, workers that share a plan,
# Docker and Podman.
# What is not installed is left out, and that is said. Everything that is started ends with the script.
set -euo pipefail

lamblint=$(realpath "$1")
rm -rf "$2"
mkdir -p "$2"
work=$(cd "$2" && pwd)
here=$(cd "$(dirname "$0")/../.." && pwd)
archive=$here/tests/example/image.tar
image=$work/plain.tar
started=()
run=$(mktemp -d)

end() {
    for process in "${started[@]:-}"; do [ -z "$process" ] || kill "$process" 2> /dev/null || true; done
    wait 2> /dev/null || true
    # What an engine has mounted.
    awk -v root="$work/" 'index($2, root) == 1 {print $2}' /proc/mounts 2> /dev/null | sort -r |
        while read -r place; do umount "$place" 2> /dev/null || true; done
    rm -rf "$run"
}
trap end EXIT

say() { printf '%s\n' "-- $*"; }
fail() { printf 'FAILED: %s\n' "$*" >&2; exit 1; }
has() { for tool in "$@"; do command -v "$tool" > /dev/null || { echo "skipped: $tool is not installed"; return 1; }; done; }
start() { "$@" > "$work/$(basename "$1").$((${#started[@]})).log" 2>&1 & started+=($!); }
# Waits for a port or a socket, ten seconds at most.
ready() {
    for _ in $(seq 100); do
        if [ -S "$1" ] || { [[ $1 =~ ^[0-9]+$ ]] && (exec 3<> "/dev/tcp/127.0.0.1/$1") 2> /dev/null; }; then return 0; fi
        sleep 0.1
    done
    fail "$1 is not ready"
}
port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

# A report without what the subject is called.
report() {
    local status=0
    env -u AWS_CA_BUNDLE HOME="$work/home" XDG_RUNTIME_DIR="$run" "$lamblint" check --no-config --today 2026-11-24 --format json "$@" \
        > "$work/report.json" 2> "$work/report.err" || status=$?
    [ "$status" -le 1 ] || { cat "$work/report.err" >&2; fail "$*: exit code $status"; }
    python3 - "$work/report.json" <<'PY'
import json, sys
def strip(value):
    if isinstance(value, dict):
        return {k: strip(v) for k, v in value.items() if k not in ("path", "verified_layers")}
    return [strip(v) for v in value] if isinstance(value, list) else value
print(json.dumps(strip(json.load(open(sys.argv[1]))), indent=1))
PY
}
same() {
    local name=$1
    shift
    report "$@" > "$work/said.json"
    diff "$work/saved.json" "$work/said.json" > "$work/diff" || { head -40 "$work/diff"; fail "$name: another report than of the archive"; }
    say "$name: the same report as of the archive"
}

mkdir -p "$work/home/.docker"
has docker-registry skopeo openssl htpasswd python3 || exit 0
# An image of one manifest, as an engine keeps it too.
skopeo copy --quiet "oci-archive:$archive" "oci-archive:$image:orders"
report "$image" > "$work/saved.json"

say "a registry with TLS and a password"
cd "$work"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -keyout ca.key -out ca.crt \
    -subj '/CN=authority of a test' -addext 'basicConstraints=critical,CA:TRUE' 2> openssl.log
openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout tls.key -out tls.csr -subj '/CN=localhost' 2>> openssl.log
printf 'subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth\n' > extensions
openssl x509 -req -in tls.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -extfile extensions -out tls.crt 2>> openssl.log
htpasswd -Bbc users test geheim 2> /dev/null
tls=$(port)
cat > tls.yml <<YML
version: 0.1
storage: {filesystem: {rootdirectory: $work/data}}
http: {addr: "127.0.0.1:$tls", tls: {certificate: $work/tls.crt, key: $work/tls.key}}
auth: {htpasswd: {realm: test, path: $work/users}}
YML
start docker-registry serve tls.yml
ready "$tls"
mkdir -p authority && cp ca.crt authority/
skopeo copy --quiet --dest-creds test:geheim --dest-cert-dir authority "oci-archive:$image" "docker://localhost:$tls/team/orders:1.4"
reference=localhost:$tls/team/orders:1.4
status=0
HOME=$work/home "$lamblint" "$reference" > out 2>&1 || status=$?
[ "$status" -eq 2 ] && grep -q -- '--ca-file' out || { cat out; fail "an unknown authority"; }
status=0
HOME=$work/home "$lamblint" --ca-file ca.crt "$reference" > out 2>&1 || status=$?
[ "$status" -eq 2 ] && grep -q 'docker login' out || { cat out; fail "no login"; }
printf '{"auths":{"localhost:%s":{"auth":"%s"}}}' "$tls" "$(printf test:geheim | base64)" > home/.docker/config.json
same "TLS and a password, --ca-file" --ca-file ca.crt "$reference"
SSL_CERT_FILE=$work/ca.crt same "TLS and a password, SSL_CERT_FILE" "$reference"

say "an index with an attestation, which old archives hide"
skopeo copy --quiet --all --dest-creds test:geheim --dest-cert-dir authority "oci-archive:$archive" "docker://localhost:$tls/team/index:1.4" &&
    report --ca-file ca.crt "localhost:$tls/team/index:1.4" > index.json
grep -q LL101 index.json || fail "no LL101"

say "redirects to S3"
if has moto_server && python3 -c 'import boto3' 2> /dev/null; then
    s3=$(port)
    start moto_server -H 127.0.0.1 -p "$s3"
    ready "$s3"
    AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test python3 -c "
import boto3
boto3.client('s3', endpoint_url='http://127.0.0.1:$s3', region_name='eu-west-1').create_bucket(
    Bucket='blobs', CreateBucketConfiguration={'LocationConstraint': 'eu-west-1'})"
    plain=$(port)
    cat > s3.yml <<YML
version: 0.1
log: {accesslog: {disabled: false}}
storage: {s3: {region: eu-west-1, bucket: blobs, regionendpoint: "http://127.0.0.1:$s3", accesskey: test, secretkey: test,
  secure: false, v4auth: true, rootdirectory: /registry}}
http: {addr: "127.0.0.1:$plain"}
YML
    start env -u AWS_CA_BUNDLE docker-registry serve s3.yml
    ready "$plain"
    skopeo copy --quiet --dest-tls-verify=false "oci-archive:$image" "docker://127.0.0.1:$plain/team/orders:1.4"
    same "redirects to presigned addresses of S3" "127.0.0.1:$plain/team/orders:1.4"
    grep -qE '"GET /v2/team/orders/blobs/[^"]*" 307' "$work"/env.*.log || fail "S3 was not used"
fi

say "workers that share a plan"
if has parallel jq; then
    fleet=$(port)
    cat > fleet.yml <<YML
version: 0.1
log: {accesslog: {disabled: false}}
storage: {filesystem: {rootdirectory: $work/fleet}}
http: {addr: "127.0.0.1:$fleet"}
YML
    log=$work/docker-registry.${#started[@]}.log
    start docker-registry serve fleet.yml
    ready "$fleet"
    python3 "$here/tests/registry/fleet.py" "$image" "127.0.0.1:$fleet" 12 > refs.txt
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

say "engines"
if [ "$(id -u)" -ne 0 ]; then
    echo "skipped: they need root here"
else
    if has podman; then
        options=(--root "$work/podman" --runroot "$run/podman" --storage-driver vfs --cgroup-manager cgroupfs --events-backend file)
        podman "${options[@]}" load --quiet --input "$image" > "$work/loaded" 2>&1 || { cat "$work/loaded"; fail "podman load"; }
        name=$(podman "${options[@]}" images --quiet --no-trunc | head -1 | sed 's/^sha256://')
        podman "${options[@]}" save --quiet --format docker-archive --output "$work/podman.tar" "$name" 2> /dev/null
        start podman "${options[@]}" system service --time=0 "unix://$run/podman.sock"
        ready "$run/podman.sock"
        report "$work/podman.tar" > "$work/saved.json"
        CONTAINER_HOST=unix://$run/podman.sock same "podman" "podman:$name"
    fi
    if has dockerd docker; then
        start dockerd --data-root "$work/docker" --exec-root "$run/docker" -p "$run/docker.pid" -H "unix://$run/docker.sock" \
            --iptables=false --ip6tables=false --bridge=none --storage-driver vfs
        ready "$run/docker.sock"
        skopeo copy --quiet "oci-archive:$image" "docker-archive:$work/load.tar:orders:1.4"
        DOCKER_HOST=unix://$run/docker.sock docker load --quiet --input "$work/load.tar" > "$work/loaded"
        DOCKER_HOST=unix://$run/docker.sock docker save --output "$work/docker.tar" orders:1.4
        report "$work/docker.tar" > "$work/saved.json"
        DOCKER_HOST=unix://$run/docker.sock same "docker" "docker:orders:1.4"
    fi
fi
say "done"
