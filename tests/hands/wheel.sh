#!/usr/bin/env bash
# The wheel: built, installed into an empty environment, and run.
#   tests/hands/wheel.sh WORK [PROFILE]
# WORK is a folder that is kept: what is built lies in WORK/target, or where CARGO_TARGET_DIR says. PROFILE is Cargo's, and
# `release` unless another is named. LAMBLINT_WHEEL names a wheel that is there, which is then tried and not built.
set -euo pipefail

mkdir -p "$1"
work=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")/../.." && pwd)
cd "$here"
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$work/target}"

say() { printf '%s\n' "-- $*"; }
fail() { printf 'FAILED: %s\n' "$*" >&2; exit 1; }

rm -rf "$work/tools" "$work/wheels" "$work/target folder" "$work/prefix"
python3 -m venv "$work/tools"
if [ -n "${LAMBLINT_WHEEL:-}" ]; then
    mkdir "$work/wheels"
    cp "$LAMBLINT_WHEEL" "$work/wheels"
else
    say "maturin from PyPI, and the wheel"
    "$work/tools/bin/pip" install -q --disable-pip-version-check 'maturin>=1.9,<2'
    "$work/tools/bin/maturin" build -q --profile "${2:-release}" --locked --out "$work/wheels"
fi
wheels=("$work"/wheels/lamblint-*.whl)
[ "${#wheels[@]}" -eq 1 ] || fail "not one wheel: ${wheels[*]}"
wheel=${wheels[0]}
printf '%s, %s bytes\n' "${wheel##*/}" "$(stat -c %s "$wheel")"
case $wheel in
*-py3-none-manylinux*.whl | *-py3-none-musllinux*.whl | *-py3-none-macosx*.whl | *-py3-none-win*.whl) ;;
*) fail "a wheel that PyPI does not take: $wheel" ;;
esac
say "into an empty environment, without asking any registry: the program, and python -m lamblint"
"$work/tools/bin/python" packaging/smoke-wheel "$wheel"
say "where pip puts it elsewhere"
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
pip=("$work/tools/bin/python" -I -m pip install -q --disable-pip-version-check --no-index)
"${pip[@]}" --target "$work/target folder" "$wheel"
"${pip[@]}" --prefix "$work/prefix" "$wheel"
for packages in "$work/target folder" "$work"/prefix/lib/python*/site-packages; do
    said=$(cd "$work" && PYTHONPATH=$packages "$work/tools/bin/python" -m lamblint --version)
    [ "$said" = "lamblint $version" ] || fail "$packages: $said"
done
say "lamblint $version works from its wheel"
