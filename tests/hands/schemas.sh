#!/usr/bin/env bash
# The files for GitHub and GitLab by the schemas that the two publish, and by zizmor, which looks for what can be abused.
#   tests/hands/schemas.sh LAMBLINT WORK
set -euo pipefail

lamblint=$1
mkdir -p "$2"
work=$(cd "$2" && pwd)
cd "$(dirname "$0")/../.."

say() { printf '%s\n' "-- $*"; }

say "check-jsonschema, which brings the schemas along, and zizmor, from PyPI"
[ -x "$work/tools/bin/zizmor" ] || python3 -m venv "$work/tools"
"$work/tools/bin/pip" install -q --disable-pip-version-check check-jsonschema zizmor
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
"$lamblint" --version > /dev/null
"$work/tools/bin/python" - "$work" <<'PYTHON'
import re, sys, pathlib
text = pathlib.Path("docs/ci.md").read_text()
for index, (kind, block) in enumerate(re.findall(r"```yaml ([a-z-]+)\n(.*?)```", text, re.S)):
    pathlib.Path(f"{sys.argv[1]}/{kind}-{index}.yml").write_text(block)
PYTHON
valid --builtin-schema vendor.github-workflows "$work"/github-workflow-*.yml
valid --builtin-schema vendor.gitlab-ci "$work"/gitlab-ci-*.yml
say "all valid"
