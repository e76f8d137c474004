//! `lamblint launch --imports`: the files that are loaded with the handler, from a saved image and from a build context.

use crate::support::{Picture, pack, pages};
use serde_json::Value;
use std::path::Path;
use std::process::Command;

fn imports(subject: &Path) -> Value {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lamblint"));
    command.args(["launch", "--imports", "--no-config", "--no-template", "--format", "json"]).arg(subject);
    let output = command.output().unwrap();
    let launched: Value = serde_json::from_slice(&output.stdout).unwrap();
    launched[0]["imports"].clone()
}

fn of_image(base: &str, handler: &str, files: &[&str]) -> Value {
    let files = serde_json::to_string(files).unwrap();
    let picture: Picture = toml::from_str(&format!(
        "base = \"{base}\"\n[config.config]\nCmd = [\"{handler}\"]\n[[layer]]\nfiles = {files}\n"
    ))
    .unwrap();
    let folder = tempfile::tempdir().unwrap();
    imports(&pack(&picture, folder.path()))
}

#[test]
fn of_a_saved_image() {
    let files = [
        "var/task/",
        "var/task/app.py = import requests\nfrom lib import pay\ndef handler(event, context):\n    if event:\n        import seldom\n",
        "var/task/seldom.py = import json\n",
        "var/task/old.py = import json\n",
        "var/task/lib/",
        "var/task/lib/pay.py = import json\n",
        "var/task/lib/rest.py = import json\n",
        "var/task/requests/",
        "var/task/requests/__init__.py = import json\n",
        "var/task/requests-1.dist-info/",
        "var/task/requests-1.dist-info/RECORD = requests/__init__.py,,\n",
    ];
    let found = of_image("python", "app.handler", &files);
    assert_eq!(found["files"], serde_json::json!(["/var/task/app.py", "/var/task/lib/pay.py"]));
    assert_eq!(found["packages"], serde_json::json!(["requests"]));
    assert_eq!(found["unreached"], serde_json::json!(["/var/task/lib/rest.py", "/var/task/old.py"]));
    assert_eq!(found["open"], Value::Null);
}

#[test]
fn what_changes_the_path_hides_the_rest() {
    let files = ["var/task/", "var/task/app.py = import sys\nsys.path.append('x')\ndef handler(e, c): pass\n"];
    let found = of_image("python", "app.handler", &files);
    assert_eq!(found["unreached"], Value::Null);
    assert_eq!(found["open"], "/var/task/app.py changes where modules are looked for");
}

#[test]
fn of_a_build_context() {
    let folder = pages::folder(concat!(
        "index.mjs 644 import pay from './pay.mjs';\\nexport const handler = async () => pay();\\n\n",
        "pay.mjs 644 export default () => 1;\\n\n",
        "Dockerfile 644 FROM public.ecr.aws/lambda/nodejs:22\\nCOPY *.mjs ${LAMBDA_TASK_ROOT}/\\nCMD [\"index.handler\"]\\n\n",
    ));
    let found = imports(&folder.path().join("Dockerfile"));
    assert_eq!(found["files"], serde_json::json!(["/var/task/index.mjs", "/var/task/pay.mjs"]));
    assert_eq!(found["unreached"], Value::Null);
}
