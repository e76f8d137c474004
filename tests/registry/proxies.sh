# Part of run.sh: a proxy that alone knows the names, and a registry that redirects to another host.

say "proxies, and redirects to another host"
storage=$(port)
start blobs "$python" "$servers/blobs.py" "$storage" "$work/data" "$work"
redirecting=$(port)
configuration "$redirecting" > redirecting.yml <<YML
storage: {filesystem: {rootdirectory: $work/data}}
auth: {htpasswd: {realm: test, path: $work/users}}
middleware: {storage: [{name: redirect, options: {baseurl: "https://blobs.test/"}}]}
YML
start redirecting docker-registry serve redirecting.yml
names=("registry.test:443=127.0.0.1:$redirecting" "blobs.test:443=127.0.0.1:$storage" "plain.test:80=127.0.0.1:$plain")
forward=$(port)
start forward "$python" "$servers/forward.py" "$forward" "${names[@]}"
guarded=$(port)
start guarded "$python" "$servers/forward.py" "$guarded" "${names[@]}" --password proxy:geheim
shut=$(port)
start shut "$python" "$servers/forward.py" "$shut" "${names[@]}" --closed
for one in "$storage" "$redirecting" "$forward" "$guarded" "$shut"; do ready "$one"; done
login "$(basic test:geheim)" registry.test blobs.test
options=(--ca-file ca.crt)

HTTPS_PROXY=http://127.0.0.1:$forward same "HTTPS_PROXY" "${options[@]}" registry.test/team/orders:1.4
grep -q '^CONNECT registry.test:443 no-login 200' forward.log && grep -q '^CONNECT blobs.test:443 no-login 200' forward.log ||
    { cat forward.log; fail "the proxy was not used"; }
[ "$(grep -c '^GET' blobs.log)" -eq 3 ] || { cat blobs.log; fail "blobs did not come from the other host"; }
! grep -qi authorization blobs.log || fail "a login reached another host"
HTTPS_PROXY=http://proxy:geheim@127.0.0.1:$guarded same "HTTPS_PROXY with a password" "${options[@]}" registry.test/team/orders:1.4
HTTP_PROXY=http://127.0.0.1:$forward same "HTTP_PROXY" --plain-http plain.test plain.test/team/orders:1.4
grep -qE '^(GET|CONNECT) plain.test:80 no-login 200' forward.log || { cat forward.log; fail "the proxy was not used"; }
HTTPS_PROXY=http://127.0.0.1:$shut HTTP_PROXY=http://127.0.0.1:$shut same "this machine in spite of a proxy" "127.0.0.1:$plain/team/orders:1.4"
HTTPS_PROXY=http://127.0.0.1:$shut refused "a proxy that lets nothing through" registry.test/team/orders:1.4 \
    registry.test: "127.0.0.1:$shut of HTTPS_PROXY" NO_PROXY=registry.test
NO_PROXY=test HTTPS_PROXY=http://127.0.0.1:$shut refused "NO_PROXY" registry.test/team/orders:1.4 registry.test: 'no such host'
HTTPS_PROXY=http://proxy:falsch@127.0.0.1:$guarded refused "a wrong password for the proxy" registry.test/team/orders:1.4 \
    registry.test: "127.0.0.1:$guarded of HTTPS_PROXY" '(407)'
HTTPS_PROXY=http://127.0.0.1:$closed refused "no proxy where it should be" registry.test/team/orders:1.4 \
    registry.test: "127.0.0.1:$closed of HTTPS_PROXY" 'is it running'
! grep -qi authorization blobs.log || fail "a login reached another host"
