# Part of run.sh: a registry that takes signed tokens, and the server that gives them.

say "signed tokens"
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -keyout tokens.key -out tokens.crt -subj '/CN=tokens of a test' 2>> openssl.log
# tokens NAME SECONDS [--old]: a server of tokens, and a registry that takes them at $taker.
tokens() {
    local name=$1 giver
    shift
    giver=$(port)
    start "$name" "$python" "$servers/token_server.py" "$giver" "$work" "$@"
    taker=$(port)
    configuration "$taker" > "$name.yml" <<YML
storage: {filesystem: {rootdirectory: $work/data}}
auth: {token: {realm: "https://localhost:$giver/token", service: the registry, issuer: the test, rootcertbundle: $work/tokens.crt}}
YML
    start "$name-registry" docker-registry serve "$name.yml"
    ready "$giver"
    ready "$taker"
}

tokens tokens 300
login "$(basic test:geheim)" elsewhere.example
same "a public repository without a login" "${options[@]}" "localhost:$taker/public/orders:1.4"
refused "a token for nothing" "localhost:$taker/team/orders:1.4" "localhost:$taker" '(401)' 'docker login'
login "$(basic test:geheim)" "localhost:$taker"
same "a password for a token" "${options[@]}" "localhost:$taker/team/orders:1.4"
login "$(basic test:falsch)" "localhost:$taker"
refused "a wrong password for a token" "localhost:$taker/team/orders:1.4" "localhost:$taker" '(401)' 'docker login'
login '{"identitytoken":"identity-geheim"}' "localhost:$taker"
same "an identity token" "${options[@]}" "localhost:$taker/team/orders:1.4"
grep -q '^POST identity 200' tokens.log || fail "no POST"
login '{"identitytoken":"identity-falsch"}' "localhost:$taker"
refused "an identity token that was withdrawn" "localhost:$taker/team/orders:1.4" "localhost:$taker" '(401)' 'docker login'

tokens old 300 --old
login '{"identitytoken":"identity-geheim"}' "localhost:$taker"
same "an identity token where the server gives tokens by GET alone" "${options[@]}" "localhost:$taker/public/orders:1.4"
grep -q '^POST identity 405' old.log && grep -q '^GET nothing 200' old.log || fail "POST was not tried first"

# Each request takes 1.5 seconds, and a token is good for three to four: it runs out between manifest and layers.
tokens short 4
slow=$(port)
start slow "$python" "$servers/between.py" "$slow" "https://localhost:$taker" --authority ca.crt --wait 1.5
ready "$slow"
login "$(basic test:geheim)" "localhost:$slow"
same "tokens that run out in the middle" "${options[@]}" "localhost:$slow/team/orders:1.4"
given=$(grep -c '^GET password 200' short.log)
[ "$given" -ge 2 ] && [ "$given" -le 4 ] || fail "$given tokens were asked for"
