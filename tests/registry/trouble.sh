# Part of run.sh: a registry that is asked too much, whose answers are cut, altered or no manifests, and lists with such.

say "a registry in trouble"
plain=$(port)
open_configuration "$plain" "$work/data" > plain.yml
start plain docker-registry serve plain.yml
ready "$plain"
# between NAME OPTION…: one at $front that stands before the plain registry.
between() {
    local name=$1
    shift
    front=$(port)
    start "$name" "$python" "$servers/between.py" "$front" "http://127.0.0.1:$plain" "$@"
    ready "$front"
}
login "$(basic test:geheim)" elsewhere.example
options=()

between seconds --too-many 3
same "429 and Retry-After in seconds" "127.0.0.1:$front/team/orders:1.4"
[ "$(grep -c ' 429$' seconds.log)" -eq 3 ] || fail "not three times 429"
between date --too-many 3 --later date
before=$SECONDS
same "429 and Retry-After as a date" "127.0.0.1:$front/team/orders:1.4"
[ "$(grep -c ' 429$' date.log)" -eq 3 ] && [ $((SECONDS - before)) -ge 1 ] || fail "the date was not waited for"

between cut --cut 100 --times 2
same "bodies that are cut twice" "127.0.0.1:$front/team/orders:1.4"
grep -q 'bytes=100- .* 206$' cut.log && grep -q 'bytes=200- .* 206$' cut.log || fail "no ranges"

# A layer of 5 MiB that does not pack: it comes on by 1.5 MB each time, and so each cut is the first one again.
"$python" - large <<'PY'
import gzip, hashlib, io, json, os, random, sys, tarfile
random.seed(7)
os.makedirs(f"{sys.argv[1]}/blobs/sha256")
def blob(data):
    digest = hashlib.sha256(data).hexdigest()
    open(f"{sys.argv[1]}/blobs/sha256/{digest}", "wb").write(data)
    return {"digest": f"sha256:{digest}", "size": len(data)}
tar = io.BytesIO()
with tarfile.open(fileobj=tar, mode="w") as file:
    entry = tarfile.TarInfo("var/task/data.bin")
    entry.size, entry.mode = 5 << 20, 0o644
    file.addfile(entry, io.BytesIO(random.randbytes(entry.size)))
config = {"architecture": "amd64", "os": "linux", "config": {"Cmd": ["app.handler"]},
          "rootfs": {"type": "layers", "diff_ids": ["sha256:" + hashlib.sha256(tar.getvalue()).hexdigest()]}}
oci = "application/vnd.oci.image."
manifest = {"schemaVersion": 2, "mediaType": oci + "manifest.v1+json",
            "config": {"mediaType": oci + "config.v1+json", **blob(json.dumps(config).encode())},
            "layers": [{"mediaType": oci + "layer.v1.tar+gzip", **blob(gzip.compress(tar.getvalue(), mtime=0))}]}
name = {"org.opencontainers.image.ref.name": "1.4"}
index = {"schemaVersion": 2, "manifests": [{"mediaType": oci + "manifest.v1+json", "annotations": name,
                                            **blob(json.dumps(manifest).encode())}]}
json.dump(index, open(f"{sys.argv[1]}/index.json", "w"))
json.dump({"imageLayoutVersion": "1.0.0"}, open(f"{sys.argv[1]}/oci-layout", "w"))
PY
push oci:large:1.4 "docker://localhost:$tls/team/large:1.4"
report large > saved.json
between often --cut 1500000
same "a layer that is cut at each 1.5 MB" "127.0.0.1:$front/team/large:1.4"
[ "$(grep -c ' 206$' often.log)" -eq 3 ] || fail "not three ranges"
cp archive.json saved.json
between always --cut 1000
refused "a layer that is cut again and again" "127.0.0.1:$front/team/large:1.4" "127.0.0.1:$front" 'cut off 5 times' 'try again'
between short --cut 40
refused "a config that is cut again and again" "127.0.0.1:$front/team/large:1.4" "127.0.0.1:$front" 'cut off 3 times' 'try again'

between altered --alter
look "127.0.0.1:$front/team/large:1.4"
[ "$status" -eq 1 ] && grep -q '"LL010"' report.json || { cat report.err; fail "no LL010"; }
say "other bytes than the digest says: LL010"

say "what cannot be read stops nothing else"
between page --page
refused "a page for people" "127.0.0.1:$front/team/orders:1.4" "127.0.0.1:$front" 'no manifest' 'is it a registry'
page=$front
closed=$(port)
refused "nothing listens" "127.0.0.1:$closed/team/orders:1.4" "127.0.0.1:$closed" 'connection refused' 'is the registry running'
refused "no such name" "registry.invalid/team/orders:1.4" registry.invalid 'no such host'
refused "no such tag" "127.0.0.1:$plain/team/orders:gone" "127.0.0.1:$plain" 'no image' '404' 'spelt right'
refused "no such repository" "127.0.0.1:$plain/team/gone:1.4" "127.0.0.1:$plain" 'no image' '404' 'spelt right'
refused "TLS without its authority" "localhost:$tls/team/orders:1.4" "localhost:$tls" --ca-file
printf '%s\n' "127.0.0.1:$page/team/orders:1.4" "127.0.0.1:$closed/team/orders:1.4" "127.0.0.1:$plain/team/orders:1.4" \
    registry.invalid/team/orders:1.4 "127.0.0.1:$plain/team/orders:gone" "localhost:$tls/team/orders:1.4" \
    "127.0.0.1:$plain/team/large:1.4" > refs.txt
look --refs refs.txt
[ "$status" -eq 2 ] && [ "$(grep -cvE 'read whole|of memory' report.err)" -eq 5 ] || { cat report.err; fail "not five lines"; }
"$python" - report.json "127.0.0.1:$plain" <<'PY' || fail "the others were not looked at"
import json, sys
paths = [subject["path"] for subject in json.load(open(sys.argv[1]))["subjects"]]
assert paths == [f"{sys.argv[2]}/team/orders:1.4", f"{sys.argv[2]}/team/large:1.4"], paths
PY
say "five lines about five of seven references, and two were looked at"

# A chart is kept in registries too.
chart() {
    local upload digest
    digest=sha256:$(printf %s "$1" | sha256sum | cut -d' ' -f1)
    upload=$(curl -sS -o /dev/null -D - -X POST "http://127.0.0.1:$plain/v2/team/chart/blobs/uploads/" | tr -d '\r' | sed -n 's/^Location: //p')
    curl -sSf -o /dev/null -X PUT -H 'Content-Type: application/octet-stream' --data-binary "$1" "$upload&digest=$digest"
    printf '"digest":"%s","size":%s' "$digest" "${#1}"
}
if has curl; then
    oci=application/vnd.oci.image.manifest.v1+json
    printf '{"schemaVersion":2,"mediaType":"%s","config":{"mediaType":"application/vnd.cncf.helm.config.v1+json",%s},"layers":[{"mediaType":"application/vnd.cncf.helm.chart.content.v1.tar+gzip",%s}]}' \
        "$oci" "$(chart '{"name":"orders"}')" "$(chart 'no archive')" > chart.json
    curl -sSf -o /dev/null -X PUT -H "Content-Type: $oci" --data-binary @chart.json "http://127.0.0.1:$plain/v2/team/chart/manifests/1"
    look "127.0.0.1:$plain/team/chart:1"
    [ "$status" -eq 1 ] && grep -q '"LL102"' report.json || { cat report.err; fail "a chart: no LL102"; }
    say "a chart in the place of an image: LL102"
fi
