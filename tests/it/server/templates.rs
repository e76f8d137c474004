//! Templates as documents: their own findings, those that their Dockerfiles bring, and ignoring both.

use super::editor::{Editor, TODAY, abilities, slice, uri};
use serde_json::{Value, json};

const TEMPLATE: &str = "Resources:
  Function:
    Type: AWS::Serverless::Function
    Properties:
      PackageType: Image
      Timeout: 901
      ImageConfig:
        Command: [\"app.handler\", \"and\", \"more\"]
    Metadata:
      Dockerfile: Dockerfile
      DockerContext: .
";
const DOCKERFILE: &str = "FROM public.ecr.aws/lambda/python:3.13\nCOPY app.py ./\n";

struct Scene {
    folder: tempfile::TempDir,
    editor: Editor,
}

impl Scene {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in
            [("Dockerfile", DOCKERFILE), ("template.yaml", TEMPLATE), ("app.py", "def handler(event, context): ...\n")]
        {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        let options = json!({"today": TODAY, "shellcheck": "off", "select": ["lambda"]});
        let editor = Editor::new(&abilities(true, false), &options, &[folder.path()]);
        Self { folder, editor }
    }

    fn uri(&self, name: &str) -> String {
        uri(&self.folder.path().join(name))
    }
}

#[test]
fn a_template_shows_what_its_dockerfile_makes_wrong() {
    let mut scene = Scene::new();
    let (template, dockerfile) = (scene.uri("template.yaml"), scene.uri("Dockerfile"));
    scene.editor.open(&template, "yaml", TEMPLATE);
    let shown = scene.editor.diagnostics(&template);
    let parts: Vec<(&str, &str)> =
        shown.iter().map(|one| (one["code"].as_str().unwrap(), slice(TEMPLATE, &one["range"], false))).collect();
    let timeout = parts.iter().find(|(_, part)| part.contains("901"));
    let command = parts.iter().find(|(_, part)| part.contains("app.handler"));
    assert!(timeout.is_some() && command.is_some(), "{parts:?}");
    // Another Dockerfile, not saved yet, makes the command right: it starts a program of its own.
    scene.editor.open(&dockerfile, "dockerfile", "FROM debian:12\nCOPY main /main\nENTRYPOINT [\"/main\"]\n");
    let shown = scene.editor.diagnostics(&template);
    assert!(shown.iter().all(|one| one["code"] != command.unwrap().0), "{shown:?}");
}

#[test]
fn findings_of_templates_are_ignored_where_they_are() {
    let mut scene = Scene::new();
    let template = scene.uri("template.yaml");
    scene.editor.open(&template, "yaml", TEMPLATE);
    let before = scene.editor.diagnostics(&template);
    assert!(before.len() >= 2, "{before:?}");
    for one in &before {
        let code = one["code"].as_str().unwrap();
        let actions = scene.editor.actions(&template, &one["range"], "quickfix");
        for way in ["here", "in this file"] {
            let title = format!("{code}: ignore {way}");
            let action = actions.iter().find(|action| action["title"] == title.as_str());
            let Some(action) = action else { panic!("{title}: {actions:?}") };
            let text = scene.editor.after(&action["edit"])[&template].clone();
            assert!(text.contains("# lamblint: ignore"), "{text}");
            let mut other = Scene::new();
            let uri = other.uri("template.yaml");
            std::fs::write(other.folder.path().join("template.yaml"), &text).unwrap();
            other.editor.open(&uri, "yaml", &text);
            let after = other.editor.diagnostics(&uri);
            let codes = |all: &[Value]| all.iter().map(|one| one["code"].to_string()).collect::<Vec<_>>();
            let mut wanted = codes(&before);
            wanted.retain(|other| *other != format!("\"{code}\""));
            assert_eq!(codes(&after), wanted, "{title}:\n{text}");
        }
    }
}

#[test]
fn a_configuration_that_is_created_ignores() {
    let mut scene = Scene::new();
    let (uri, config) = (scene.uri("Dockerfile"), scene.uri("lamblint.toml"));
    std::fs::remove_file(scene.folder.path().join("template.yaml")).unwrap();
    scene.editor.open(&uri, "dockerfile", "FROM public.ecr.aws/lambda/python:3.13\nCOPY app.py ./\nCMD app.handler\n");
    let actions = scene.editor.actions(&uri, &super::editor::everything(), "quickfix");
    let action = actions.iter().find(|action| action["title"] == "LL203: ignore in lamblint.toml").unwrap();
    assert_eq!(action["edit"]["documentChanges"][0]["kind"], "create");
    let text = scene.editor.after(&action["edit"])[&config].clone();
    assert_eq!(text, "ignore = [\"LL203\"]\n");
    std::fs::write(scene.folder.path().join("lamblint.toml"), &text).unwrap();
    scene.editor.notify("textDocument/didSave", json!({"textDocument": {"uri": config}}));
    assert!(scene.editor.codes(&uri).iter().all(|code| code != "LL203"));
    // The next goes into the same list, in the text that the client has open.
    scene.editor.open(&config, "toml", "# ours\nignore = [\n  \"LL203\",\n]\n");
    scene.editor.change(&uri, "FROM public.ecr.aws/lambda/python:3.8\nCOPY app.py ./\nCMD [\"app.handler\"]\n");
    let actions = scene.editor.actions(&uri, &super::editor::everything(), "quickfix");
    let action = actions.iter().find(|action| action["title"] == "LL401: ignore in lamblint.toml");
    let action = action.unwrap_or_else(|| panic!("{actions:#?}"));
    let text = scene.editor.after(&action["edit"])[&config].clone();
    assert_eq!(text, "# ours\nignore = [\n  \"LL203\", \"LL401\",\n]\n");
    // A client that creates no files is offered none.
    let mut can = abilities(true, false);
    can["workspace"]["workspaceEdit"] = json!({});
    let folder = tempfile::tempdir().unwrap();
    let mut poor = Editor::new(&can, &json!({"today": TODAY, "select": ["LL203"]}), &[folder.path()]);
    let uri = super::editor::uri(&folder.path().join("Dockerfile"));
    poor.open(&uri, "dockerfile", "FROM public.ecr.aws/lambda/python:3.13\nCMD app.handler\n");
    let actions = poor.actions(&uri, &super::editor::everything(), "quickfix");
    assert!(actions.iter().all(|action| !action["title"].as_str().unwrap().contains("toml")), "{actions:?}");
    assert!(actions.iter().all(|action| action["edit"]["changes"].is_object()));
}
