#!/usr/bin/env bash
# Real servers, and what lamblint says of the same image from each of them:
#   tests/registry/run.sh LAMBLINT WORK
# Debian's docker-registry with TLS and a password, with signed tokens, in front of S3 (moto) with redirects, behind proxies
# and in trouble; workers that share a plan; Docker and Podman. What is not installed is left out, and that is said.
# Everything that is started ends with the script. PYTHON names the one that has moto and boto3.
set -euo pipefail

lamblint=$(realpath "$1")
python=${PYTHON:-python3}
unset HTTP_PROXY http_proxy HTTPS_PROXY https_proxy ALL_PROXY all_proxy NO_PROXY no_proxy
unset DOCKER_HOST DOCKER_CONTEXT DOCKER_CONFIG DOCKER_AUTH_CONFIG REGISTRY_AUTH_FILE CONTAINER_HOST
rm -rf "$2"
mkdir -p "$2"
work=$(cd "$2" && pwd)
here=$(cd "$(dirname "$0")/../.." && pwd)
servers=$here/tests/registry
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
# start NAME COMMAND…: its output is NAME.log.
start() { local name=$1; shift; "$@" > "$work/$name.log" 2>&1 & started+=($!); }
# Waits for a port or a socket, a minute at most.
ready() {
    for _ in $(seq 600); do
        if [ -S "$1" ] || { [[ $1 =~ ^[0-9]+$ ]] && (exec 3<> "/dev/tcp/127.0.0.1/$1") 2> /dev/null; }; then return 0; fi
        sleep 0.1
    done
    fail "$1 is not ready"
}
port() { "$python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

# Looks at subjects with the logins of home/, and writes report.json and report.err. All that was ever said is in said.txt.
look() {
    status=0
    env -u AWS_CA_BUNDLE HOME="$work/home" XDG_RUNTIME_DIR="$run" "$lamblint" check --no-config --today 2026-11-24 --verbose \
        --format json "$@" > "$work/report.json" 2> "$work/report.err" || status=$?
    cat "$work/report.json" "$work/report.err" >> "$work/said.txt"
}
# A report without what the subject is called.
report() {
    look "$@"
    [ "$status" -le 1 ] || { cat "$work/report.err" >&2; fail "$*: exit code $status"; }
    "$python" - "$work/report.json" <<'PY'
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
# refused NAME SUBJECT WORD…: one line that has the words, exit code 2.
refused() {
    local name=$1 subject=$2 word
    shift 2
    look "${options[@]}" "$subject"
    [ "$status" -eq 2 ] || { cat "$work/report.err"; fail "$name: exit code $status"; }
    [ "$(wc -l < "$work/report.err")" -eq 1 ] || { cat "$work/report.err"; fail "$name: not one line"; }
    for word in "$@"; do grep -qF -- "$word" "$work/report.err" || { cat "$work/report.err"; fail "$name: no '$word'"; }; done
    say "$name: $(sed "s/:[0-9]\{4,5\}\b/:PORT/g" "$work/report.err")"
}
# login ENTRY HOST…: the logins of home/.
login() {
    local entry=$1 host entries=
    shift
    for host in "$@"; do entries="$entries,\"$host\":$entry"; done
    printf '{"auths":{%s}}' "${entries#,}" > "$work/home/.docker/config.json"
}
basic() { printf '{"auth":"%s"}' "$(printf %s "$1" | base64)"; }

mkdir -p "$work/home/.docker"
has docker-registry skopeo openssl htpasswd "$python" || exit 0
# An image of one manifest, as an engine keeps it too.
skopeo copy --quiet "oci-archive:$archive" "oci-archive:$image:orders"
report "$image" > "$work/saved.json"
cp "$work/saved.json" "$work/archive.json"

say "a registry with TLS and a password"
cd "$work"
authority() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -keyout "$1.key" -out "$1.crt" \
        -subj "/CN=$2" -addext 'basicConstraints=critical,CA:TRUE' 2>> openssl.log
}
authority ca "authority of a test"
openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout tls.key -out tls.csr -subj '/CN=localhost' 2>> openssl.log
printf 'subjectAltName=DNS:localhost,DNS:registry.test,DNS:blobs.test,DNS:tokens.test,IP:127.0.0.1\nextendedKeyUsage=serverAuth\n' > extensions
openssl x509 -req -in tls.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -extfile extensions -out tls.crt 2>> openssl.log
htpasswd -Bbc users test geheim 2> /dev/null
tls=$(port)
# A registry's configuration on standard output: PORT, and more lines on standard input.
configuration() {
    printf 'version: 0.1\nlog: {accesslog: {disabled: false}}\n'
    printf 'http: {addr: "127.0.0.1:%s", tls: {certificate: %s/tls.crt, key: %s/tls.key}}\n' "$1" "$work" "$work"
    cat
}
# open_configuration PORT FOLDER: one without TLS that takes everybody.
open_configuration() {
    printf 'version: 0.1\nlog: {accesslog: {disabled: false}}\nstorage: {filesystem: {rootdirectory: %s}}\n' "$2"
    printf 'http: {addr: "127.0.0.1:%s"}\n' "$1"
}
configuration "$tls" > tls.yml <<YML
storage: {filesystem: {rootdirectory: $work/data}}
auth: {htpasswd: {realm: test, path: $work/users}}
YML
start tls docker-registry serve tls.yml
ready "$tls"
mkdir -p authority && cp ca.crt authority/
push() { skopeo copy --quiet --dest-creds test:geheim --dest-cert-dir authority "$@"; }
push "oci-archive:$image" "docker://localhost:$tls/team/orders:1.4"
push "oci-archive:$image" "docker://localhost:$tls/public/orders:1.4"
reference=localhost:$tls/team/orders:1.4
options=()
refused "an authority that is not known" "$reference" "localhost:$tls" --ca-file
options=(--ca-file ca.crt)
refused "no login" "$reference" "localhost:$tls" 'docker login'
login "$(basic test:falsch)" "localhost:$tls"
refused "a wrong password" "$reference" "localhost:$tls" 'refuses the credentials' 'docker login'
login "$(basic test:geheim)" "localhost:$tls"
same "TLS and a password, --ca-file" "${options[@]}" "$reference"
SSL_CERT_FILE=$work/ca.crt same "TLS and a password, SSL_CERT_FILE" "$reference"

say "an index with an attestation, which old archives hide"
push --all "oci-archive:$archive" "docker://localhost:$tls/team/index:1.4"
report "${options[@]}" "localhost:$tls/team/index:1.4" > index.json
grep -q LL101 index.json || fail "no LL101"

. "$servers/tokens.sh"
. "$servers/trouble.sh"
. "$servers/proxies.sh"
. "$servers/fleets.sh"

say "redirects to S3"
if "$python" -c 'import boto3, moto.server' 2> /dev/null; then
    s3=$(port)
    start moto "$python" -m moto.server -H 127.0.0.1 -p "$s3"
    ready "$s3"
    AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test "$python" -c "
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
    start s3 env -u AWS_CA_BUNDLE docker-registry serve s3.yml
    ready "$plain"
    skopeo copy --quiet --dest-tls-verify=false "oci-archive:$image" "docker://127.0.0.1:$plain/team/orders:1.4"
    same "redirects to presigned addresses of S3" "127.0.0.1:$plain/team/orders:1.4"
    grep -qE '"GET /v2/team/orders/blobs/[^"]*" 307' "$work/s3.log" || fail "S3 was not used"
else
    echo "skipped: $python has no moto and boto3"
fi

. "$servers/workers.sh"

say "engines"
if [ "$(id -u)" -ne 0 ]; then
    echo "skipped: they need root here"
else
    if has podman; then
        store=(--root "$work/podman" --runroot "$run/podman" --storage-driver vfs --cgroup-manager cgroupfs --events-backend file)
        podman "${store[@]}" load --quiet --input "$image" > "$work/loaded" 2>&1 || { cat "$work/loaded"; fail "podman load"; }
        name=$(podman "${store[@]}" images --quiet --no-trunc | head -1 | sed 's/^sha256://')
        podman "${store[@]}" save --quiet --format docker-archive --output "$work/podman.tar" "$name" 2> /dev/null
        start podman podman "${store[@]}" system service --time=0 "unix://$run/podman.sock"
        ready "$run/podman.sock"
        report "$work/podman.tar" > "$work/saved.json"
        CONTAINER_HOST=unix://$run/podman.sock same "podman" "podman:$name"
    fi
    if has dockerd docker; then
        start dockerd dockerd --data-root "$work/docker" --exec-root "$run/docker" -p "$run/docker.pid" -H "unix://$run/docker.sock" \
            --iptables=false --ip6tables=false --bridge=none --storage-driver vfs
        ready "$run/docker.sock"
        skopeo copy --quiet "oci-archive:$image" "docker-archive:$work/load.tar:orders:1.4"
        DOCKER_HOST=unix://$run/docker.sock docker load --quiet --input "$work/load.tar" > "$work/loaded"
        DOCKER_HOST=unix://$run/docker.sock docker save --output "$work/docker.tar" orders:1.4
        report "$work/docker.tar" > "$work/saved.json"
        DOCKER_HOST=unix://$run/docker.sock same "docker" "docker:orders:1.4"
        HOME=$work/home docker context create here --docker "host=unix://$run/docker.sock" > "$work/loaded"
        DOCKER_CONTEXT=here same "docker's context, as DOCKER_CONTEXT names it" "docker:orders:1.4"
        HOME=$work/home docker context use here > "$work/loaded" 2>&1
        same "docker's context, as config.json names it" "docker:orders:1.4"
    fi
fi
say "what was said, without logins"
encoded=$(printf test:geheim | base64)
for secret in geheim falsch "$encoded" "$(printf test:falsch | base64)" eyJ Bearer Basic Signature=; do
    ! grep -qF -- "$secret" "$work/said.txt" || fail "$secret was printed"
done
say "done"
