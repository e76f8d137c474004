#!/usr/bin/env bash
# The hooks of .pre-commit-hooks.yaml in the real pre-commit, on a repository made for it.
#   tests/hands/pre-commit.sh PRE_COMMIT LAMBLINT WORK [WHEELS]
# PRE_COMMIT and LAMBLINT are programs, WORK is a folder that is made anew.
# WHEELS is a folder with lamblint's wheel: with it the mirror and the hook that docs/ci.md shows are tried too.
# LAMBLINT_SKIP_RUST leaves out the hook that compiles.
# The hook of language rust builds lamblint in WORK/build, or where CARGO_TARGET_DIR says.
set -euo pipefail

pre_commit=$1 lamblint=$2 work=$3
[ -z "${4:-}" ] || set -- "$1" "$2" "$3" "$(realpath "$4")"
here=$(cd "$(dirname "$0")/../.." && pwd)

say() { printf '%s\n' "-- $*"; }
fail() { printf 'FAILED: %s\n' "$*" >&2; exit 1; }

rm -rf "$work"
mkdir -p "$work/bin"
work=$(cd "$work" && pwd)
ln -s "$lamblint" "$work/bin/lamblint"
export PATH="$work/bin:$PATH" PRE_COMMIT_HOME="$work/cache" CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$work/build}"
export GIT_CONFIG_GLOBAL="$work/gitconfig" GIT_CONFIG_NOSYSTEM=1
git config --global user.name someone
git config --global user.email someone@example.com
git config --global init.defaultBranch main

# The hooks as they are here, committed or not.
git init -q "$work/lamblint"
git -C "$here" ls-files -z --cached --others --exclude-standard |
    (cd "$here" && while IFS= read -r -d '' file; do [ ! -e "$file" ] || printf '%s\0' "$file"; done) |
    tar -C "$here" --null -T - -cf - | tar -C "$work/lamblint" -xf -
git -C "$work/lamblint" add -A
git -C "$work/lamblint" commit -qm lamblint

mkdir -p "$work/functions/api" "$work/functions/old"
cd "$work/functions"
git init -q
printf 'FROM public.ecr.aws/lambda/python:3.13\nCOPY app.py ./\nCMD app.handler\n' > old/Dockerfile
printf 'CMD app.handler\n' > old/Dockerfile.md
touch old/app.py api/app.py
git add -A
git commit -qm 'an old fault'

# run EXPECTED COMMAND…: runs pre-commit, with its output in $out; EXPECTED is its exit code.
run() {
    local expected=$1 status=0
    shift
    out=$("$pre_commit" "$@" 2>&1) || status=$?
    [ "$status" -eq "$expected" ] || fail "$*: exit code $status in place of $expected: $out"
}

# hook ID RUN…: what a hook does; RUN is how pre-commit is told to run it.
hook() {
    local id=$1
    shift
    git reset -q --hard
    git clean -fdq
    say "$id: nothing staged, nothing judged"
    run 0 "$@"
    say "$id: the old fault is not judged with what is staged"
    printf 'FROM public.ecr.aws/lambda/python:3.13\nCOPY app.py ./\nCMD ["app.handler"]\n' > api/api.Dockerfile
    git add -A
    run 0 "$@"
    ! grep -q 'old/Dockerfile' <<<"$out" || fail "old/Dockerfile was judged: $out"
    say "$id: a fault that is staged"
    printf 'FROM public.ecr.aws/lambda/python:3.13\nCOPY app.py ./\nCMD app.handler\n' > api/api.Dockerfile
    git add -A
    run 1 "$@"
    grep -q 'LL203' <<<"$out" && grep -q 'api/api.Dockerfile' <<<"$out" || fail "no LL203: $out"
    ! grep -q 'old/Dockerfile' <<<"$out" || fail "old/Dockerfile was judged: $out"
    say "$id: mended"
    printf 'FROM public.ecr.aws/lambda/python:3.13\nCOPY app.py ./\nCMD ["app.handler"]\n' > api/api.Dockerfile
    git add -A
    run 0 "$@"
    say "$id: --all-files judges the old one, and no Dockerfile.md"
    run 1 "$@" --all-files
    grep -q 'old/Dockerfile:' <<<"$out" || fail "old/Dockerfile was not judged: $out"
    ! grep -q 'Dockerfile.md' <<<"$out" || fail "old/Dockerfile.md was judged: $out"
}

# `try-repo` keeps nothing from one run to the next, and would build the program for each.
rev=$(git -C "$work/lamblint" rev-parse HEAD)
printf 'repos: [{repo: "%s", rev: "%s", hooks: [{id: lamblint}]}]\n' "$work/lamblint" "$rev" > "$work/rust.yaml"
hook lamblint-system try-repo "$work/lamblint" lamblint-system --verbose
[ -n "${LAMBLINT_SKIP_RUST:-}" ] || hook lamblint run --config "$work/rust.yaml" --verbose
if [ -n "${4:-}" ]; then
    say "the mirror, as its repository will be"
    export PIP_FIND_LINKS="$4"
    cp -r "$here/packaging/pre-commit-mirror" "$work/mirror"
    git -C "$work/mirror" init -q
    git -C "$work/mirror" add -A
    git -C "$work/mirror" commit -qm mirror
    printf 'repos: [{repo: "%s", rev: "%s", hooks: [{id: lamblint}]}]\n' "$work/mirror" \
        "$(git -C "$work/mirror" rev-parse HEAD)" > "$work/mirror.yaml"
    hook lamblint run --config "$work/mirror.yaml" --verbose
fi

say "the commit itself"
cat > .pre-commit-config.yaml <<CONFIG
repos:
  - repo: $work/lamblint
    rev: $rev
    hooks:
      - id: lamblint-system
        args: [--format, short]
CONFIG
"$pre_commit" install > /dev/null
git add -A
git commit -qm 'a good one' 2> "$work/said" || fail "a good commit was refused: $(cat "$work/said")"
printf 'FROM public.ecr.aws/lambda/python:3.13\nCMD app.handler\n' > Containerfile
git add -A
if git commit -qm 'a bad one' > "$work/said" 2>&1; then fail "a bad commit was let through"; fi
grep -q '^Containerfile:2:1: error\[LL203\]' "$work/said" || fail "no line of --format short: $(cat "$work/said")"
if [ -n "${4:-}" ]; then
    say "the hook of docs/ci.md that takes the wheel"
    awk '/^repos:/ { block = "" } /^```/ { if (block ~ /repo: local/) { print block; exit } block = "" } { block = block $0 "\n" }' \
        "$here/docs/ci.md" > .pre-commit-config.yaml
    git add -A
    if "$pre_commit" run > "$work/said" 2>&1; then fail "a fault was let through"; fi
    grep -q 'LL203' "$work/said" || fail "no LL203: $(cat "$work/said")"
    rm Containerfile
    git add -A
    "$pre_commit" run > "$work/said" 2>&1 || fail "$(cat "$work/said")"
fi
say "all hooks do what they should"
