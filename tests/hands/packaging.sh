#!/usr/bin/env bash
# The scripts of packaging/, which the release workflow runs: on a program that is built already, and on copies.
#   tests/hands/packaging.sh LAMBLINT WORK
# Needs Python 3.11 and git. The image is tried where buildah and skopeo are. LAMBLINT_RELEASE_TOOLS names a folder with
# `maturin` and a `python` that has cyclonedx-python-lib: with it the source archives are packed, and the list of crates is
# held against its schema.
set -euo pipefail

lamblint=$(realpath "$1")
rm -rf "$2"
mkdir -p "$2"
work=$(cd "$2" && pwd)
cd "$(dirname "$0")/../.."
here=$PWD
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)

say() { printf '%s\n' "-- $*"; }
fail() { printf 'FAILED: %s\n' "$*" >&2; exit 1; }
# refuses PIECE COMMAND…: the command fails, and says that piece.
refuses() {
    local piece=$1 said
    shift
    if said=$("$@" 2>&1); then fail "$*: not refused"; fi
    grep -qF -- "$piece" <<< "$said" || fail "$*: does not say \`$piece\`: $said"
}

say "check-version: here, on a copy that is ready for a release, and on one with a stale place"
packaging/check-version
mkdir "$work/copy"
cp -r Cargo.toml Cargo.lock CHANGELOG.md docs templates packaging "$work/copy"
cd "$work/copy"
sed -i.orig "s/^## $version.*/## $version (2026-12-01)/" CHANGELOG.md
packaging/check-version "v$version" --notes "$work/notes.md"
grep -q '^- Reads Dockerfiles' "$work/notes.md" || fail "no text of the release: $(head -n 3 "$work/notes.md")"
refuses "the tag is v9.9.9" packaging/check-version v9.9.9
sed -i.orig "s/^## $version.*/## $version (unreleased)/" CHANGELOG.md
packaging/check-version
refuses "(unreleased)" packaging/check-version "v$version"
sed -i.orig "s/^## $version.*/## 0.0.1/" CHANGELOG.md
refuses "no section" packaging/check-version
mv CHANGELOG.md.orig CHANGELOG.md
packaging/pre-commit-mirror/bump 9.9.9
refuses "pre-commit-mirror/pyproject.toml: names 9.9.9" packaging/check-version
cd "$here"

say "the mirror's bump commits and tags, and takes a version only"
cp -r packaging/pre-commit-mirror "$work/mirror"
git -C "$work/mirror" init -q
git -C "$work/mirror" config user.name someone
git -C "$work/mirror" config user.email someone@example.com
git -C "$work/mirror" add -A
git -C "$work/mirror" commit -qm mirror
"$work/mirror/bump" 1.2.3-rc.1 --commit
[ "$(git -C "$work/mirror" tag)" = v1.2.3-rc.1 ] || fail "no tag"
[ "$(git -C "$work/mirror" grep -hoE '(lamblint==|rev: v)1\.2\.3-rc\.1' v1.2.3-rc.1 | wc -l)" -eq 2 ] || fail "not two places"
refuses "bump 0.2.0" "$work/mirror/bump" '1.0"; touch stolen'

say "smoke: a program that works, and some that do not"
packaging/smoke "$lamblint"
refuses "exit code 0" packaging/smoke true
printf '#!/bin/sh\n[ "$1" = --version ] && echo lamblint %s\nexit 1\n' "$version" > "$work/half"
chmod +x "$work/half"
refuses "--version: exit code 1" packaging/smoke "$work/half"

say "archive: the same bytes twice, and the program in it is the program"
for time in one two; do
    packaging/archive "$lamblint" x86_64-unknown-linux-gnu "$work/$time" > /dev/null
    packaging/archive "$lamblint" x86_64-pc-windows-msvc "$work/$time" > /dev/null
done
folder=lamblint-$version-x86_64-unknown-linux-gnu
cmp "$work/one/$folder.tar.gz" "$work/two/$folder.tar.gz"
cmp "$work/one/${folder/unknown-linux-gnu/pc-windows-msvc}.zip" "$work/two/${folder/unknown-linux-gnu/pc-windows-msvc}.zip"
tar -xzf "$work/one/$folder.tar.gz" -C "$work"
cmp "$lamblint" "$work/$folder/${lamblint##*/}"
for file in README.md CHANGELOG.md LICENSE-MIT LICENSE-APACHE doc/lamblint.1 complete/{lamblint.bash,_lamblint,lamblint.fish}; do
    [ -s "$work/$folder/$file" ] || fail "$file is not in the archive"
done
bash -n "$work/$folder/complete/lamblint.bash"

say "checksums: sha256sum reads them, and a changed file is noticed"
packaging/checksums "$work/one"
(cd "$work/one" && sha256sum --check --quiet SHA256SUMS)
packaging/checksums --check "$work/one"
printf x >> "$work/one/$folder.tar.gz"
refuses "not those of SHA256SUMS" packaging/checksums --check "$work/one"

say "complete: all files of a release, one too few, one too many"
mkdir "$work/release"
python3 - "$work/release" <<'PYTHON'
import pathlib, runpy, sys
sys.path.insert(0, "packaging")
release = runpy.run_path("packaging/complete")
for pattern in release["FILES"]:
    (pathlib.Path(sys.argv[1]) / pattern.replace("VERSION", release["VERSION"]).replace("*", "1_1")).touch()
PYTHON
packaging/complete "$work/release"
touch "$work/release/other"
refuses "other: not a file" packaging/complete "$work/release"
rm "$work/release/other" "$work/release/lamblint-$version.crate"
refuses "lamblint-VERSION.crate: 0 files" packaging/complete "$work/release"

say "sbom: the same bytes twice, crates of the build, and none that only tests need"
packaging/sbom "$work/one.cdx.json"
packaging/sbom "$work/two.cdx.json"
cmp "$work/one.cdx.json" "$work/two.cdx.json"
python3 - "$work/one.cdx.json" <<'PYTHON'
import json, sys
names = {one["name"]: one for one in json.load(open(sys.argv[1]))["components"]}
assert names["sha2"]["scope"] == "required" and names["cc"]["scope"] == "excluded", "scopes"
assert len(names["sha2"]["hashes"][0]["content"]) == 64 and names["sha2"]["licenses"], "checksum and licence"
assert not {"proptest", "trycmd", "dockerfile-parser"} & set(names), "what only tests need"
PYTHON

say "publish-crate: only what was tested, and no failure if it is there"
mkdir "$work/bin" "$work/tested"
cat > "$work/bin/cargo" <<'CARGO'
#!/bin/sh
case $1 in
package) mkdir -p "$CARGO_TARGET_DIR/package" && echo packed > "$CARGO_TARGET_DIR/package/x.crate" ;;
publish) [ -z "$MOOD" ] || { echo "error: $MOOD" >&2; exit 101; } ;;
esac
CARGO
chmod +x "$work/bin/cargo"
publish() { MOOD=$1 PATH=$work/bin:$PATH packaging/publish-crate "$work/tested/x.crate"; }
echo other > "$work/tested/x.crate"
refuses differ publish ""
echo packed > "$work/tested/x.crate"
publish ""
publish "crate lamblint@$version already exists on the index"
refuses "no network" publish "no network"

tools=${LAMBLINT_RELEASE_TOOLS:-}
if [ -n "$tools" ]; then
    say "the list of crates by its schema"
    "$tools/python" - "$work/one.cdx.json" <<'PYTHON'
import sys
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
wrong = JsonStrictValidator(SchemaVersion.V1_6).validate_str(open(sys.argv[1]).read())
sys.exit(str(wrong) if wrong else 0)
PYTHON
    say "the source archive and the package, without building them"
    git clone -q . "$work/clone"
    (cd "$work/clone" && LAMBLINT_BUILD_TOOLS=$tools packaging/source "$work/source" --pack-only)
    for packed in "$work/source/lamblint-$version.tar.gz" "$work/source/lamblint-$version.crate"; do
        tar -tzf "$packed" > "$work/listed"
        grep -q "^lamblint-$version/src/lib.rs$" "$work/listed" && grep -q '/rules/facts/limits.toml$' "$work/listed" ||
            fail "$packed: not whole"
        ! grep -E '/(tests|benches|fuzz|packaging|\.ci|\.github)/' "$work/listed" || fail "$packed: holds more"
    done
    tar -tzf "$work/source/lamblint-$version.tar.gz" | grep -q '/python/lamblint/__main__.py$' || fail "no package"
else
    say "skipped: the source archives (LAMBLINT_RELEASE_TOOLS is not set)"
fi

if command -v buildah > /dev/null && command -v skopeo > /dev/null; then
    say "image: both processors, the same digest twice, and the copy to a registry keeps it"
    for processor in x86_64 aarch64; do
        packaging/archive "$lamblint" "$processor-unknown-linux-musl" "$work/static" > /dev/null
    done
    packaging/image "$work/static" "$work/one.tar" > /dev/null
    packaging/image "$work/static" "$work/two.tar" > /dev/null
    first=$(skopeo inspect --raw "oci-archive:$work/one.tar" | sha256sum)
    [ "$first" = "$(skopeo inspect --raw "oci-archive:$work/two.tar" | sha256sum)" ] || fail "two digests"
    skopeo inspect --raw "oci-archive:$work/one.tar" | grep -q arm64 || fail "no arm64"
    digest=$(packaging/publish-image "$work/one.tar" "oci:$work/registry" "$version")
    [ "$digest" = "sha256:${first%% *}" ] || fail "$digest is not sha256:$first"
    # `latest` is for releases alone, and not for previews.
    for pair in 0.2.0=2 0.2.0-rc.1=1; do
        rm -rf "$work/registry"
        packaging/publish-image "$work/one.tar" "oci:$work/registry" "${pair%=*}" > /dev/null
        tags=$(grep -o '"org.opencontainers.image.ref.name"' "$work/registry/index.json" | wc -l)
        [ "$tags" -eq "${pair#*=}" ] || fail "${pair%=*}: $tags tags"
    done
else
    say "skipped: the image (buildah or skopeo is not installed)"
fi
say "all scripts do what they should"
