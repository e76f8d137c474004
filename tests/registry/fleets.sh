# Part of run.sh: the templates of templates/fleet that can run here.

say "templates/fleet"
mkdir -p programs
ln -sf "$lamblint" programs/lamblint
digest=$(skopeo inspect --creds test:geheim --cert-dir authority --raw "docker://localhost:$tls/team/index:1.4" | sha256sum | cut -d' ' -f1)
PATH=$work/programs:$PATH SSL_CERT_FILE=$work/ca.crt "$python" "$servers/on_push.py" "$here/templates/fleet/on-push/handler.py" \
    "localhost:$tls" team/index "sha256:$digest" > on_push.log
grep -q '"code": "LL101"' on_push.log || fail "the function has written nothing"
say "the function for each push to Amazon ECR has said and published LL101"

if "$python" -c 'import distributed' 2> /dev/null; then
    printf '%s\n' "127.0.0.1:$plain/team/orders:1.4" "127.0.0.1:$plain/team/large:1.4" "127.0.0.1:$plain/team/index:1.4" \
        "127.0.0.1:$plain/public/orders:1.4" > dask.txt
    lamblint() { env -u AWS_CA_BUNDLE HOME="$work/home" "$lamblint" "$@"; }
    status=0
    lamblint check --no-config --today 2026-11-24 --format json --refs dask.txt --output dask.one.json || status=$?
    [ "$status" -eq 1 ] || fail "the images for Dask: exit code $status"
    lamblint plan --today 2026-11-24 --refs dask.txt --output dask.plan.json 2> /dev/null
    before=$(wc -l < plain.log)
    status=0
    HOME=$work/home PATH=$work/programs:$PATH "$python" "$here/templates/fleet/dask_fleet.py" dask.plan.json --cache dask.cache \
        --shards 3 --workers 2 --format json --output dask.json > dask.log 2>&1 || status=$?
    [ "$status" -eq 1 ] && cmp dask.one.json dask.json || { tail -20 dask.log; fail "Dask: exit code $status, or another report"; }
    tail -n "+$((before + 1))" plain.log | grep -oE 'GET /v2/[^"]*/blobs/sha256:[0-9a-f]+' | sort > dask.blobs
    "$python" - dask.plan.json dask.blobs <<'PY' || fail "Dask: a layer was fetched more or less than once"
import collections, json, re, sys
layers = {layer["digest"] for layer in json.load(open(sys.argv[1]))["layers"]}
asked = collections.Counter(re.findall(r"sha256:[0-9a-f]+", open(sys.argv[2]).read()))
assert layers and all(asked[layer] == 1 for layer in layers), {layer: asked[layer] for layer in layers}
PY
    say "Dask, three shards on two workers: the report of one process, and one request for each layer"
else
    echo "skipped: $python has no Dask"
fi
