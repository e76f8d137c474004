//! Files that lamblint writes: `--fix`, reports and baselines lose nothing, whatever goes wrong meanwhile.

#![cfg(unix)]

use std::fmt::Write;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::{Command, Output};

/// Under eight blocks of 512 bytes, and over them once mended.
fn grows() -> String {
    (0..60).fold("FROM public.ecr.aws/lambda/python:3.13\n".to_owned(), |mut text, at| {
        let _ = writeln!(text, "MAINTAINER somebody{at}@a-house-with-a-long-name.example");
        text
    })
}

fn lamblint(folder: &Path, before: &str, args: &str) -> Output {
    let script = format!("{before}\nexec \"$0\" check --no-config --today 2026-11-24 {args}");
    let mut command = Command::new("sh");
    command.args(["-c", &script, env!("CARGO_BIN_EXE_lamblint")]).env("LAMBLINT_SHELLCHECK", "off");
    command.current_dir(folder).output().unwrap()
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

#[test]
fn a_limit_on_the_length_of_files_is_an_error_and_loses_nothing() {
    for linked in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("Dockerfile");
        std::fs::write(&file, grows()).unwrap();
        if linked {
            std::fs::hard_link(&file, folder.path().join("other")).unwrap();
        }
        let before = names(folder.path());
        let output = lamblint(folder.path(), "ulimit -f 8", "--fix Dockerfile > /dev/null");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains("Dockerfile: file too large"), "{said}");
        assert_eq!((std::fs::read_to_string(&file).unwrap(), names(folder.path())), (grows(), before));
        let output = lamblint(folder.path(), "", "--fix Dockerfile");
        assert_ne!(output.status.code(), Some(2));
        let now = std::fs::read_to_string(&file).unwrap();
        assert!(now.len() > 8 * 512 && !now.contains("MAINTAINER"), "{now}");
    }
}

#[test]
fn a_report_that_cannot_be_written_leaves_the_old_one() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("Dockerfile"), grows()).unwrap();
    std::fs::write(folder.path().join("r.json"), "old").unwrap();
    let output = lamblint(folder.path(), "ulimit -f 8", "--preset all --report json=r.json");
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(std::fs::read_to_string(folder.path().join("r.json")).unwrap(), "old");
    assert_eq!(names(folder.path()), ["Dockerfile", "r.json"]);
}

#[test]
fn a_file_that_is_edited_while_shellcheck_runs_keeps_the_edit() {
    let folder = tempfile::tempdir().unwrap();
    let tools = tempfile::tempdir().unwrap();
    let file = folder.path().join("Dockerfile");
    std::fs::write(&file, "FROM public.ecr.aws/lambda/python:3.13\nENV A b\nRUN make\n").unwrap();
    let shellcheck = tools.path().join("shellcheck");
    let script = "#!/bin/sh\necho 'USER nobody' >> \"$EDITED\"\necho '{\"comments\":[]}'\n";
    std::fs::write(&shellcheck, script).unwrap();
    std::fs::set_permissions(&shellcheck, std::fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:{}", tools.path().display(), std::env::var("PATH").unwrap());
    let output = Command::new(env!("CARGO_BIN_EXE_lamblint"))
        .args(["check", "--no-config", "--shellcheck", "on", "--fix", "Dockerfile"])
        .env("PATH", path)
        .env("EDITED", &file)
        .current_dir(folder.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("Dockerfile: changed since it was read"), "{said}");
    let now = std::fs::read_to_string(&file).unwrap();
    assert!(now.contains("ENV A b") && now.ends_with("USER nobody\n"), "{now}");
}

#[test]
fn a_report_never_follows_a_link_out_of_the_checkout() {
    let (folder, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let target = outside.path().join("outside.txt");
    std::fs::write(&target, "precious").unwrap();
    std::fs::write(folder.path().join("Dockerfile"), "FROM scratch\n").unwrap();
    for name in ["r.json", "o.json", "b.json"] {
        symlink(&target, folder.path().join(name)).unwrap();
    }
    lamblint(folder.path(), "", "--report json=r.json --format json --output o.json Dockerfile");
    let args = ["baseline", "--no-config", "Dockerfile", "--output", "b.json"];
    Command::new(env!("CARGO_BIN_EXE_lamblint")).args(args).current_dir(folder.path()).output().unwrap();
    assert_eq!(std::fs::read_to_string(&target).unwrap(), "precious");
    for name in ["r.json", "o.json", "b.json"] {
        assert!(std::fs::read_to_string(folder.path().join(name)).unwrap().starts_with('{'), "{name}");
    }
}

#[test]
fn no_report_is_written_over_what_was_read() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("Dockerfile"), grows()).unwrap();
    let known = "{\"baseline\": 1, \"findings\": []}\n";
    std::fs::write(folder.path().join("known.json"), known).unwrap();
    for args in [
        "--output Dockerfile",
        "--report json=./Dockerfile",
        "--output \"$PWD/Dockerfile\" .",
        "--baseline known.json --report json=known.json",
    ] {
        let output = lamblint(folder.path(), "", args);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{args}: {said}");
        assert!(said.contains("writes no report over it"), "{said}");
        assert_eq!(std::fs::read_to_string(folder.path().join("Dockerfile")).unwrap(), grows());
        assert_eq!(std::fs::read_to_string(folder.path().join("known.json")).unwrap(), known);
    }
}

#[test]
fn bytes_that_are_no_text_are_never_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("Dockerfile");
    let text = b"FROM public.ecr.aws/lambda/python:3.13\nMAINTAINER b\xffob\nENV A b\n";
    std::fs::write(&file, text).unwrap();
    lamblint(folder.path(), "", "--preset all --fix Dockerfile");
    let now = std::fs::read(&file).unwrap();
    assert!(now.windows(14).any(|window| window == b"MAINTAINER b\xffo"), "{}", String::from_utf8_lossy(&now));
    assert!(now.ends_with(b"ENV A=b\n"), "what can be mended is: {}", String::from_utf8_lossy(&now));
}
