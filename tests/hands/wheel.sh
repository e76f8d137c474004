#!/usr/bin/env bash
# The wheel: built, installed into an empty environment, and run.
#   tests/hands/wheel.sh WORK
# WORK is a folder that is kept: what is built lies in WORK/target, or where CARGO_TARGET_DIR says.
set -euo pipefail

mkdir -p "$1"
work=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")/../.." && pwd)
cd "$here"
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$work/target}"

say() { printf '%s\n' "-- $*"; }
fail() { printf 'FAILED: %s\n' "$*" >&2; exit 1; }

rm -rf "$work/tools" "$work/wheels" "$work/clean"
say "maturin from PyPI"
python3 -m venv "$work/tools"
"$work/tools/bin/pip" install -q --disable-pip-version-check 'maturin>=1.9,<2'
say "the wheel"
"$work/tools/bin/maturin" build -q --release --locked --out "$work/wheels"
wheels=("$work"/wheels/lamblint-*.whl)
[ "${#wheels[@]}" -eq 1 ] || fail "not one wheel: ${wheels[*]}"
wheel=${wheels[0]}
printf '%s, %s bytes\n' "${wheel##*/}" "$(stat -c %s "$wheel")"
case $wheel in
*-py3-none-manylinux*.whl | *-py3-none-musllinux*.whl | *-py3-none-macosx*.whl | *-py3-none-win*.whl) ;;
*) fail "a wheel that PyPI does not take: $wheel" ;;
esac
say "into an empty environment, without asking any registry"
python3 -m venv "$work/clean"
"$work/clean/bin/pip" install -q --disable-pip-version-check --no-index "$wheel"
version=$("$work/clean/bin/lamblint" --version)
[ "$version" = "lamblint $(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)" ] || fail "$version"
shown=$("$work/clean/bin/pip" show lamblint)
grep -q '^Summary: Know, before you push' <<<"$shown" || fail "no summary: $shown"
status=0
out=$("$work/clean/bin/lamblint" check --format short tests/example) || status=$?
[ "$status" -eq 1 ] && grep -q 'LL203' <<<"$out" || fail "tests/example: exit code $status, $out"
say "$version works from its wheel"
