//! Every command that README.md, rules/README.md and docs/ show, run as a reader would run it.
//!
//! They run in a made-up project. What needs a daemon, a registry or an account is a stand-in there, named in
//! `STAND_INS`; lamblint itself and the shell's own tools are real. A command with a program that is neither fails.

#![cfg(unix)]

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Programs that a reader has and these tests lack, and what each does here.
const STAND_INS: &[(&str, &str)] = &[
    (
        "docker",
        r#"case "$*" in
        "buildx build "*"-o type=oci,dest=image.tar"*" .") cp "$IMAGE" image.tar ;;
        "save "*) cat "$IMAGE" ;;
        "build -t lamblint .") ;;
        "run --rm -v $PWD:/work:ro lamblint") exec lamblint check . ;;
        *) exit 125 ;;
        esac"#,
    ),
    ("skopeo", r#"[ "$1" = copy ] && [ "${3%%:*}" = oci-archive ] && cp "$IMAGE" "${3#*:}""#),
    (
        "aws",
        r#"case "$1 $2" in
        "logs tail") cat error.log ;;
        "securityhub batch-import-findings") [ -s findings.json ] ;;
        *) exit 2 ;;
        esac"#,
    ),
    ("pipx", r#"case "$1" in install) ;; run) shift 2; exec lamblint "$@" ;; *) exit 2 ;; esac"#),
    (
        "cargo",
        r#"case "$*" in
        "run --profile quick --locked -- "*) shift 5; exec lamblint "$@" ;;
        "run -- "*) shift 2; exec lamblint "$@" ;;
        "install --locked --git https://github.com/lamblint/lamblint" | "install --locked --path ." | "install --locked --profile quick --path ." | test | "test "* | "doc --open") ;;
        *) exit 101 ;;
        esac"#,
    ),
];

const FAULTY: &str = "FROM public.ecr.aws/lambda/python:3.13\nCOPY app.py ./\nCMD app.handler\n";

const MENDED: &str = "FROM public.ecr.aws/lambda/python:3.13\nCOPY app.py ./\n";
const TEMPLATE: &str = "Transform: AWS::Serverless-2016-10-31\nResources:\n  Orders:\n    Type: AWS::Serverless::Function\n    \
                        Properties:\n      PackageType: Image\n      Timeout: 30\n      ImageConfig:\n        Command: [app.orders]\n    \
                        Metadata:\n      Dockerfile: Dockerfile\n      DockerContext: src\n";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A project as a reader might have one.
struct Project(tempfile::TempDir);

impl Project {
    fn new() -> Self {
        let project = Self(tempfile::tempdir().unwrap());
        for (name, text) in [
            ("work/Dockerfile", FAULTY),
            ("work/api/Dockerfile", FAULTY),
            ("work/web/Dockerfile", FAULTY),
            ("work/tests/example/Dockerfile", FAULTY),
            ("work/tests/deployed/Dockerfile", FAULTY),
            ("work/orders/template.yaml", TEMPLATE),
            ("work/orders/src/Dockerfile", MENDED),
            ("work/error.log", "START RequestId: 1\nRuntime exited with error: exit status 142\nRuntime.ExitError\n"),
        ] {
            project.write(name, text);
            project.write(&Path::new(name).with_file_name("app.py").to_string_lossy(), "");
        }
        std::fs::create_dir(project.at("home")).unwrap();
        std::fs::create_dir(project.at("bin")).unwrap();
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_lamblint"), project.at("bin/lamblint")).unwrap();
        for (name, script) in STAND_INS {
            let path = format!("bin/{name}");
            project.write(&path, &format!("#!/bin/bash\n{script}\n"));
            std::fs::set_permissions(project.at(&path), PermissionsExt::from_mode(0o755)).unwrap();
        }
        let git = "git init -q -b main && git add . && git -c user.name=a -c user.email=a@example.com \
                   -c commit.gpgsign=false commit -qm one && git update-ref refs/remotes/origin/main HEAD";
        assert_eq!(project.run(git).0, Some(0));
        project
    }

    fn at(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::create_dir_all(self.at(name).parent().unwrap()).unwrap();
        std::fs::write(self.at(name), text).unwrap();
    }

    /// Runs a line of shell in it; its exit code, and what it printed.
    fn run(&self, line: &str) -> (Option<i32>, String) {
        let output = Command::new("bash")
            .args(["-o", "pipefail", "-c", line])
            .current_dir(self.at("work"))
            .stdin(std::process::Stdio::null())
            .env("PATH", format!("{}:/usr/bin:/bin", self.at("bin").display()))
            .env("HOME", self.at("home"))
            .env("IMAGE", root().join("tests/example/image.tar"))
            .env("AWS_ACCOUNT_ID", "123456789012")
            .env("AWS_REGION", "eu-central-1")
            .env_remove("GITHUB_WORKSPACE")
            .env_remove("GITHUB_STEP_SUMMARY")
            .env_remove("CI_PROJECT_DIR")
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        (output.status.code(), said)
    }
}

/// The documents for people who use lamblint.
fn documents() -> Vec<PathBuf> {
    let mut documents = vec![root().join("README.md"), root().join("rules/README.md")];
    let docs = std::fs::read_dir(root().join("docs")).unwrap().map(|entry| entry.unwrap().path());
    documents.extend(docs.filter(|path| path.extension().is_some_and(|ending| ending == "md")));
    documents.sort();
    documents
}

/// The commands of a document's `console` blocks, each with the output that is shown under it.
fn commands(text: &str) -> Vec<(String, Vec<String>)> {
    let mut commands: Vec<(String, Vec<String>)> = Vec::new();
    let mut inside = false;
    for line in text.lines() {
        match (line, line.strip_prefix("$ ")) {
            ("```console", _) => inside = true,
            ("```", _) => inside = false,
            (_, Some(command)) if inside => commands.push((command.to_owned(), Vec::new())),
            (line, None) if inside => commands.last_mut().expect("output without a command").1.push(line.to_owned()),
            _ => {}
        }
    }
    commands
}

/// Whether an output is what is shown; a line of `...` stands for any lines.
fn shown(expected: &[String], said: &str) -> bool {
    let mut lines = said.lines();
    let mut any = false;
    for line in expected {
        if line == "..." {
            any = true;
        } else if any {
            if !lines.any(|said| said == line) {
                return false;
            }
            any = false;
        } else if lines.next() != Some(line) {
            return false;
        }
    }
    any || lines.next().is_none()
}

#[test]
fn commands_do_what_documents_say() {
    let mut count = 0;
    for document in documents() {
        let name = document.strip_prefix(root()).unwrap().display().to_string();
        let project = Project::new();
        for (command, output) in commands(&std::fs::read_to_string(&document).unwrap()) {
            let (code, said) = project.run(&command);
            // 1 says that there are findings, as there are in the project; anything above that the command is wrong.
            assert!(matches!(code, Some(0 | 1)), "{name}: `{command}` ends with {code:?}: {said}");
            assert!(output.is_empty() || shown(&output, &said), "{name}: `{command}` prints:\n{said}");
            count += 1;
        }
    }
    println!("{count} commands");
    assert!(count >= 30, "{count} commands");
}

/// CI runs the command that a reader runs first, to the letter.
#[test]
fn ci_runs_the_first_command_of_the_readme() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let ci = std::fs::read_to_string(root().join(".ci/run")).unwrap();
    let (first, _) = commands(&readme).swap_remove(0);
    assert!(first.starts_with("cargo run ") && ci.contains(&format!("\n{first} || status=$?\n")), "{first}");
}

#[test]
fn what_is_wrong_is_noticed() {
    let project = Project::new();
    for line in [
        "lamblint --no-such-flag",
        "lamblint no/such/file",
        "no-such-program",
        "docker frobnicate",
        "lamblint explain -",
    ] {
        let (code, said) = project.run(line);
        assert!(!matches!(code, Some(0 | 1)), "{line}: {code:?}: {said}");
    }
    assert!(!shown(&["a".into(), "c".into()], "a\nb\n") && !shown(&["a".into(), "...".into(), "c".into()], "a\nb\n"));
    assert!(shown(&["a".into(), "...".into()], "a\nb\n") && shown(&["...".into(), "b".into()], "a\nb\n"));
}
