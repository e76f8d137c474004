#!/usr/bin/env bash
# The files for GitHub and GitLab by the schemas that the two publish, and by zizmor, which looks for what can be abused.
#   tests/hands/schemas.sh LAMBLINT WORK
set -euo pipefail

lamblint=$(realpath "$1")
mkdir -p "$2"
work=$(cd "$2" && pwd)
cd "$(dirname "$0")/../.."

say() { printf '%s\n' "-- $*"; }

say "check-jsonschema, which brings the schemas along, and zizmor, from PyPI"
[ -x "$work/tools/bin/zizmor" ] || python3 -m venv "$work/tools"
pip() { "$work/tools/bin/pip" "$@" --quiet --disable-pip-version-check; }
pip install check-jsonschema xmlschema zizmor
valid() { "$work/tools/bin/check-jsonschema" "$@"; }

say action.yml
valid --builtin-schema vendor.github-actions action.yml
"$work/tools/bin/zizmor" --offline --no-progress --quiet action.yml

say "templates/lamblint.yml, head and job, with its inputs' defaults put in as GitLab does"
"$work/tools/bin/python" - "$work" <<'PYTHON'
import re, sys
from ruamel.yaml import YAML

yaml = YAML()
head, job = YAML().load_all(open("templates/lamblint.yml"))
inputs = {name: str(value["default"]) for name, value in head["spec"]["inputs"].items()}

def filled(value):
    if isinstance(value, dict):
        return {filled(key): filled(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [filled(inner) for inner in value]
    if isinstance(value, str):
        return re.sub(r"\$\[\[ inputs\.([a-z-]+) \]\]", lambda found: inputs[found[1]], value)
    return value

with open(f"{sys.argv[1]}/spec.yml", "w") as file:
    yaml.dump(head, file)
with open(f"{sys.argv[1]}/job.yml", "w") as file:
    yaml.dump(filled(job), file)
PYTHON
valid --builtin-schema vendor.gitlab-ci "$work/job.yml" "$work/spec.yml"

say "the workflows and pipelines that docs/ci.md shows"
"$work/tools/bin/python" - "$work" <<'PYTHON'
import re, sys, pathlib
text = pathlib.Path("docs/ci.md").read_text()
for index, (kind, block) in enumerate(re.findall(r"```yaml ([a-z-]+)\n(.*?)```", text, re.S)):
    pathlib.Path(f"{sys.argv[1]}/{kind}-{index}.yml").write_text(block)
PYTHON
valid --builtin-schema vendor.github-workflows "$work"/github-workflow-*.yml
valid --builtin-schema vendor.gitlab-ci "$work"/gitlab-ci-*.yml

say "the report junit, by the schema of Jenkins' plugin, which pytest's source archive carries"
[ -d "$work/pytest" ] || pip download --no-deps --no-binary :all: -d "$work/pytest" pytest==8.3.4
tar xzOf "$work"/pytest/pytest-8.3.4.tar.gz pytest-8.3.4/testing/example_scripts/junit-10.xsd > "$work/junit.xsd"
status=0
"$lamblint" check --format junit tests no-such-file > "$work/junit.xml" || status=$?
[ "$status" -eq 2 ]
"$work/tools/bin/xmlschema-validate" --schema "$work/junit.xsd" "$work/junit.xml"
say "all valid"
