//! What the options of `lamblint try` do: forms of input, events, variables, the network, a folder that stays, forms of
//! output.

use super::*;
use crate::support::saved::Archive;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;

/// Opens a folder to the user without privileges.
fn open_to_all(path: &Path) {
    std::fs::set_permissions(path, PermissionsExt::from_mode(0o777)).unwrap();
}

#[test]
fn an_oci_layout_in_a_folder_is_tried() {
    let drawn = drawn(&["answer"]);
    let layout = drawn.saved.pack(Form { archive: Archive::Folder, ..Form::default() }, drawn.folder.path());
    open_to_all(drawn.folder.path());
    for who in whos() {
        let output = command_at(*who, &[], &layout).output().unwrap();
        let outcome: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!((output.status.code(), &outcome["verdict"]), (Some(0), &json!("answers")), "{outcome:#}");
    }
}

#[test]
fn events_come_from_files_and_from_the_command_line() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "{\"from\": \"a file\"}\n").unwrap();
    open_to_all(file.path());
    let events = ["--event", file.path().to_str().unwrap(), "--event", "[1, 2]", "--event", "\"x\""];
    drawn(&["echo"]).each(&events, |outcome, code, _| {
        let said = |at: usize| serde_json::from_str::<Value>(outcome["answers"][at]["body"].as_str().unwrap()).unwrap();
        assert_eq!(code, 0, "{outcome:#}");
        assert_eq!(said(0)["event"], json!({"from": "a file"}));
        assert_eq!((&said(1)["event"], &said(2)["event"]), (&json!([1, 2]), &json!("x")));
    });
}

#[test]
fn variables_come_from_files_and_what_is_named_wins() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "# of the function\n\nGREETING=hello = you\n").unwrap();
    open_to_all(file.path());
    let drawn = drawn(&["echo"]).set("Env", json!(["GREETING=of the image"]));
    let greets = |arguments: &[&str], greeting: &str| {
        drawn.each(arguments, |outcome, code, who| {
            let said: Value = serde_json::from_str(outcome["answers"][0]["body"].as_str().unwrap()).unwrap();
            assert_eq!((code, &said["greeting"]), (0, &json!(greeting)), "{who:?}: {outcome:#}");
        });
    };
    let from = ["--env-file", file.path().to_str().unwrap()];
    greets(&[], "of the image");
    greets(&from, "hello = you");
    greets(&[from[0], from[1], "--env", "GREETING=bye"], "bye");
}

#[test]
fn the_network_of_the_machine_is_there_only_if_asked_for() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let drawn = drawn(&["connect", &port]);
    for (network, said) in [("none", "Connection refused"), ("host", "connected")] {
        drawn.each(&["--net", network], |outcome, code, who| {
            assert_eq!((code, &outcome["conditions"]["network"]), (0, &json!(network)), "{who:?}: {outcome:#}");
            assert!(outcome["answers"][0]["body"].as_str().unwrap().contains(said), "{who:?}: {outcome:#}");
            let noted = outcome["differs"].to_string();
            assert_eq!(noted.contains("no network"), network == "none", "{noted}");
            assert_eq!(noted.contains("127.0.0.1"), network == "host", "{noted}");
        });
    }
}

#[test]
fn what_is_unpacked_stays_where_it_is_to_be_kept() {
    let drawn = drawn(&["answer"]).with("opt/file", 0o644, b"content");
    let image = drawn.pack();
    for who in whos() {
        let folder = tempfile::tempdir().unwrap();
        open_to_all(folder.path());
        let kept = folder.path().join("kept");
        let arguments = ["--keep", kept.to_str().unwrap()];
        let (outcome, code) = tried(*who, &image, &arguments);
        assert_eq!(code, 0, "{outcome:#}");
        assert_eq!(std::fs::read(kept.join("opt/file")).unwrap(), b"content");
        let again = command(*who, &arguments).stdin(File::open(&image).unwrap()).output().unwrap();
        let said = String::from_utf8_lossy(&again.stderr).into_owned();
        assert!(again.status.code() == Some(2) && said.contains("not empty"), "{said}");
        // Its folders may be closed to the user that they were unpacked for.
        let _ = Command::new("chmod").args(["-R", "u+rwX"]).arg(&kept).status();
    }
}

#[test]
fn lines_of_json_come_while_it_happens() {
    let drawn = drawn(&["slow"]);
    let image = drawn.pack();
    for who in whos() {
        let mut command = command(*who, &["--format", "jsonl", "--timeout", "2"]);
        let mut child = command.stdin(File::open(&image).unwrap()).stdout(Stdio::piped()).spawn().unwrap();
        let mut seen = Vec::new();
        for line in BufReader::new(child.stdout.take().unwrap()).lines() {
            let line: Value = serde_json::from_str(&line.unwrap()).unwrap();
            if line["what"] == "invoke" {
                assert!(child.try_wait().unwrap().is_none(), "{who:?}: the event is told before its time is over");
            }
            seen.push(line);
        }
        let last = seen.pop().unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(1));
        fits_schema(&last);
        assert_eq!((&last["verdict"], &last["timeline"]), (&json!("timeout"), &json!(seen)), "{who:?}");
    }
}

#[test]
fn a_template_with_several_functions_needs_a_name() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("template.yaml");
    let function = |name: &str, word: &str| {
        format!(
            "  {name}:\n    Type: AWS::Lambda::Function\n    Properties:\n      PackageType: Image\n      Code: {{ImageUri: app}}\n      ImageConfig: {{Command: [{word}]}}\n"
        )
    };
    let text = format!("Resources:\n{}{}", function("One", "answer"), function("Two", "home"));
    std::fs::write(&file, text).unwrap();
    std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o755)).unwrap();
    let (drawn, file) = (drawn(&[]), file.display().to_string());
    drawn.each(&["--template", &file, "--function", "Two"], |outcome, code, _| {
        assert_eq!(code, 0, "{outcome:#}");
        assert!(outcome["answers"][0]["body"].as_str().unwrap().contains("/home/sbx_user1051"), "{outcome:#}");
    });
    let image = drawn.pack();
    for who in whos() {
        for arguments in [vec!["--template", &file], vec!["--template", &file, "--function", "Three"]] {
            let output = command(*who, &arguments).stdin(File::open(&image).unwrap()).output().unwrap();
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(output.status.code() == Some(2) && said.contains("function"), "{said}");
        }
    }
}
