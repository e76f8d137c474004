# Part of run.sh: the templates of templates/fleet that can run here.

say "templates/fleet"
mkdir -p programs
ln -sf "$lamblint" programs/lamblint
digest=$(skopeo inspect --creds test:geheim --cert-dir authority --raw "docker://localhost:$tls/team/index:1.4" | sha256sum | cut -d' ' -f1)
PATH=$work/programs:$PATH SSL_CERT_FILE=$work/ca.crt "$python" "$servers/on_push.py" "$here/templates/fleet/on-push/handler.py" \
    "localhost:$tls" team/index "sha256:$digest" > on_push.log
grep -q '"code": "LL101"' on_push.log || fail "the function has written nothing"
say "the function for each push to Amazon ECR has said and published LL101"
