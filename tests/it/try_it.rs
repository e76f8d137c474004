//! Images that are really started: `lamblint try` as root, and as a user without privileges.
//!
//! The function is `tests/try/function.c`, which a C compiler must make. What cannot be tried on a machine is said, and
//! counts as failed if `LAMBLINT_TRY` is `require`, or `require root` or `require user` where only one of them can be, as CI
//! finds out.

mod options;
mod starts;

use crate::support::saved::{Form, Saved, SavedEntry, SavedLayer};
use serde_json::{Value, json};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

const LAMBLINT: &str = env!("CARGO_BIN_EXE_lamblint");

/// Who starts lamblint.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Who {
    Root,
    User,
}

impl Who {
    fn word(self) -> &'static str {
        match self {
            Self::Root => "root",
            Self::User => "user",
        }
    }
}

fn is_root() -> bool {
    own_id() == "0"
}

fn own_id() -> String {
    let output = Command::new("id").arg("-u").output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// `lamblint try` with the image at standard input, as someone.
fn command(who: Who, arguments: &[&str]) -> Command {
    command_at(who, arguments, Path::new("-"))
}

/// `lamblint try` with the image at a path.
fn command_at(who: Who, arguments: &[&str], image: &Path) -> Command {
    let mut command = if who == Who::User && is_root() {
        // The program lies where only root can look: an open file is enough to start it.
        let mut command = Command::new("sh");
        let script = r#"exec 3<"$0"; exec setpriv --reuid 1000 --regid 1000 --clear-groups /proc/self/fd/3 "$@""#;
        command.args(["-c", script, LAMBLINT]).current_dir("/");
        command
    } else {
        Command::new(LAMBLINT)
    };
    command.args(["try", "--no-config"]).args(arguments);
    if !arguments.contains(&"--format") {
        command.args(["--format", "json"]);
    }
    command.arg(image);
    command
}

/// Holds an outcome against the schema.
#[track_caller]
fn fits_schema(outcome: &Value) {
    static VALIDATOR: OnceLock<jsonschema::Validator> = OnceLock::new();
    let validator = VALIDATOR.get_or_init(|| {
        let schema: Value = serde_json::from_str(include_str!("../../schemas/try.json")).unwrap();
        jsonschema::validator_for(&schema).unwrap()
    });
    let errors: Vec<String> = validator.iter_errors(outcome).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:#?}\n{outcome:#}");
}

/// What came of a trial, and the exit code.
fn tried(who: Who, image: &Path, arguments: &[&str]) -> (Value, i32) {
    let output = command(who, arguments).stdin(File::open(image).unwrap()).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}{said}"));
    fits_schema(&value);
    (value, output.status.code().unwrap())
}

/// The function's program; none where there is no compiler.
fn program() -> Option<&'static [u8]> {
    static PROGRAM: OnceLock<Option<Vec<u8>>> = OnceLock::new();
    let make = || {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/try/function.c");
        let program = Path::new(env!("CARGO_TARGET_TMPDIR")).join("function");
        let made = Command::new("cc").args(["-O1", "-static", "-w", "-o"]).arg(&program).arg(source).output().ok()?;
        made.status.success().then(|| std::fs::read(program).unwrap())
    };
    PROGRAM.get_or_init(make).as_deref()
}

/// An image of the function, and of files: path, mode, content.
struct Drawn {
    folder: tempfile::TempDir,
    saved: Saved,
}

fn drawn(words: &[&str]) -> Drawn {
    let file = |path: &str, mode: u32, content: &[u8]| {
        let mut entry = SavedEntry::file(path, content.to_vec());
        entry.mode = mode;
        entry
    };
    let entries = vec![
        SavedEntry::folder("etc"),
        file("etc/passwd", 0o644, b"root:x:0:0:root:/root:/bin/sh\n"),
        SavedEntry::folder("var"),
        SavedEntry::folder("var/task"),
        file("var/task/function", 0o755, program().unwrap_or_default()),
    ];
    let mut all = vec!["/var/task/function"];
    all.extend(words);
    let saved = Saved {
        config: json!({
            "architecture": if cfg!(target_arch = "aarch64") { "arm64" } else { "amd64" },
            "os": "linux",
            "config": {"Entrypoint": all, "WorkingDir": "/var/task"},
        }),
        annotations: json!({}),
        layers: vec![SavedLayer { entries, end: None }],
        name: "x".into(),
    };
    Drawn { folder: tempfile::tempdir().unwrap(), saved }
}

impl Drawn {
    fn with(mut self, path: &str, mode: u32, content: &[u8]) -> Self {
        let mut known = String::new();
        for part in path.split('/').rev().skip(1).collect::<Vec<_>>().into_iter().rev() {
            known = if known.is_empty() { part.to_owned() } else { format!("{known}/{part}") };
            if !self.saved.has(&known) {
                self.saved.layers[0].entries.push(SavedEntry::folder(&known));
            }
        }
        let mut entry = SavedEntry::file(path, content.to_vec());
        entry.mode = mode;
        self.saved.layers[0].entries.push(entry);
        self
    }

    fn set(mut self, key: &str, value: Value) -> Self {
        self.saved.config["config"][key] = value;
        self
    }

    fn pack(&self) -> PathBuf {
        self.saved.pack(Form::default(), self.folder.path())
    }

    /// Tries it as everyone who can, and shows each outcome.
    fn each(&self, arguments: &[&str], look: impl Fn(&Value, i32, Who)) {
        let image = self.pack();
        for who in whos() {
            let (outcome, code) = tried(*who, &image, arguments);
            look(&outcome, code, *who);
        }
    }

    /// Tries it as everyone who can: verdict, exit code and type of the error.
    fn is(&self, arguments: &[&str], verdict: &str, code: i32, kind: &str) {
        self.each(arguments, |outcome, got, who| {
            let said = (&outcome["verdict"], got, outcome["error"]["type"].as_str().unwrap_or_default());
            assert_eq!(said, (&json!(verdict), code, kind), "{who:?}: {outcome:#}");
        });
    }
}

/// All as whom images can be tried here. Who cannot is said once.
fn whos() -> &'static [Who] {
    static WHOS: OnceLock<Vec<Who>> = OnceLock::new();
    WHOS.get_or_init(|| {
        let mut able = Vec::new();
        let mut skipped = Vec::new();
        if program().is_none() {
            skipped.push("no C compiler that links statically".to_owned());
        } else {
            let probe = drawn(&["answer"]);
            let image = probe.pack();
            for who in [Who::Root, Who::User] {
                if who == Who::Root && !is_root() {
                    skipped.push("as root: this is a user".to_owned());
                    continue;
                }
                let (outcome, code) = tried(who, &image, &[]);
                match code {
                    3 => skipped.push(format!("as {who:?}: {}", outcome["why"])),
                    _ => able.push(who),
                }
            }
        }
        for why in &skipped {
            println!("try: skipped: {why}");
        }
        let required = std::env::var("LAMBLINT_TRY").unwrap_or_default();
        let all = required == "require";
        let lacks = |who: Who| !able.contains(&who) && (all || required.split(' ').any(|word| word == who.word()));
        assert!(!lacks(Who::Root) && !lacks(Who::User), "LAMBLINT_TRY={required}, and skipped: {skipped:?}");
        able
    })
}

#[test]
fn the_conditions_are_those_of_lambda() {
    drawn(&["conditions"]).each(&[], |outcome, code, who| {
        assert_eq!(code, 0, "{outcome:#}");
        let said = outcome["answers"][0]["body"].as_str().unwrap();
        for part in [
            "uid 993 gid 990 groups 0 pid 1 nofile 1024",
            "CapEff: 0000000000000000 CapBnd: 0000000000000000",
            "NoNewPrivs: 1 Seccomp: 2 dev 8 cwd /var/task",
            "root Read-only file system tmp written first Permission denied",
            "namespace Operation not permitted HOME none network Network is unreachable",
        ] {
            assert!(said.contains(part), "{who:?}: {part} in {said}");
        }
        assert_eq!(outcome["conditions"]["user_namespace"], json!(who == Who::User));
        assert!(outcome["differs"].as_array().is_some_and(|list| !list.is_empty()));
    });
}

#[test]
fn a_function_answers_events_one_after_the_other() {
    drawn(&["answer"]).each(&["--event", "{}", "--event", "[1]", "--event", "2"], |outcome, code, _| {
        assert_eq!((code, outcome["answers"].as_array().unwrap().len()), (0, 3), "{outcome:#}");
        assert!(outcome["answers"][2]["body"].as_str().unwrap().contains("it works"));
        assert_eq!(outcome["invoke_ms"].as_array().unwrap().len(), 3);
    });
}

#[test]
fn each_way_to_fail_has_its_type() {
    drawn(&["exit", "0"]).is(&[], "fails", 1, "Runtime.ExitError");
    drawn(&["exit", "3"]).is(&[], "fails", 1, "Runtime.ExitError");
    drawn(&["crash"]).is(&[], "fails", 1, "Runtime.ExitError");
    drawn(&["init-error"]).is(&[], "fails", 1, "Runtime.Own");
    drawn(&["error"]).is(&[], "fails", 1, "ValueError");
    drawn(&["once"]).is(&[], "fails", 1, "Runtime.ExitError");
    drawn(&["memory"]).is(&[], "fails", 1, "Runtime.OutOfMemory");
    drawn(&["answer"]).set("Entrypoint", json!(["/nothing"])).is(&[], "fails", 1, "Runtime.InvalidEntrypoint");
    drawn(&["answer"]).set("Entrypoint", json!(null)).is(&[], "fails", 1, "Runtime.InvalidEntrypoint");
}

#[test]
fn both_limits_of_time_hold() {
    drawn(&["slow"]).is(&["--timeout", "1"], "timeout", 1, "Sandbox.Timedout");
    drawn(&["sleep"]).is(&["--timeout", "1", "--init-timeout", "1"], "timeout", 1, "Sandbox.Timedout");
}

#[test]
fn a_stream_is_an_answer_unless_its_trailer_says_otherwise() {
    drawn(&["stream"]).each(&[], |outcome, code, _| {
        assert_eq!((code, &outcome["answers"][0]["body"]), (0, &json!("hello")), "{outcome:#}");
        assert_eq!(outcome["answers"][0]["streamed"], json!(true));
    });
    drawn(&["stream", "late"]).is(&[], "fails", 1, "Late");
}

#[test]
fn extensions_register_are_told_of_events_and_shut_down() {
    let image = drawn(&["answer"]).with("opt/extensions/agent", 0o755, program().unwrap_or_default());
    image.each(&[], |outcome, code, _| {
        let timeline = outcome["timeline"].to_string();
        assert_eq!(code, 0, "{outcome:#}");
        for part in ["registered", "extension saw an event", "spindown"] {
            assert!(timeline.contains(part), "{part} in {outcome:#}");
        }
    });
    image.each(&["--extensions", "off"], |outcome, _, _| {
        assert!(!outcome["timeline"].to_string().contains("agent"), "{outcome:#}");
    });
    drawn(&["answer"]).with("opt/extensions/agent", 0o644, b"x").is(&[], "fails", 1, "Extension.LaunchError");
    drawn(&["answer"]).with("opt/extensions/agent", 0o755, b"x").is(&[], "fails", 1, "Extension.LaunchError");
}

/// A user without privileges owns what it unpacks, and could read all of it.
#[test]
fn a_file_that_only_root_may_read_cannot_be_read() {
    for (mode, verdict, code) in
        [(0o600, "fails", 1), (0o640, "fails", 1), (0o644, "answers", 0), (0o604, "answers", 0)]
    {
        let image = drawn(&["read", "/var/task/secret"]).with("var/task/secret", mode, b"x");
        let kind = if code == 1 { "Runtime.ExitError" } else { "" };
        image.is(&[], verdict, code, kind);
    }
}

/// A C library's `execvp` starts such a script with a shell. Lambda does not.
#[test]
fn a_script_without_a_first_line_is_no_program() {
    let image = drawn(&[]).with("var/task/script", 0o755, b"exec /var/task/function\n");
    let image = image.set("Entrypoint", json!(["/var/task/script"]));
    image.is(&[], "fails", 1, "Runtime.InvalidEntrypoint");
    image.each(&[], |outcome, _, _| {
        assert!(outcome["error"]["message"].as_str().unwrap().ends_with("exec format error"), "{outcome:#}");
        assert_eq!(outcome["explained_by"][0]["code"], json!("LL210"));
    });
}

#[test]
fn a_missing_working_directory_is_no_missing_program() {
    let image = drawn(&["answer"]).set("WorkingDir", json!("/nowhere"));
    image.is(&[], "fails", 1, "Runtime.InvalidWorkingDir");
    drawn(&["answer"]).is(&["--workdir", "/var/task"], "answers", 0, "");
}

#[test]
fn an_image_without_anything_but_the_program_answers() {
    let mut image = drawn(&["answer"]);
    image.saved.layers[0].entries.retain(|entry| entry.path == "var/task/function");
    image.is(&[], "answers", 0, "");
}

#[test]
fn the_user_has_a_home_by_its_name() {
    drawn(&["home"]).each(&[], |outcome, code, _| {
        assert_eq!(code, 0, "{outcome:#}");
        assert!(outcome["answers"][0]["body"].as_str().unwrap().contains("/home/sbx_user1051"));
    });
}

#[test]
fn a_program_in_tmp_starts_and_its_files_are_no_memory() {
    drawn(&["exec-tmp"]).is(&[], "answers", 0, "");
    drawn(&["tmp-files"]).is(&["--timeout", "20"], "answers", 0, "");
}

#[test]
fn a_flood_of_log_is_read_and_bounded() {
    drawn(&["flood"]).each(&["--log-limit", "64"], |outcome, code, _| {
        assert_eq!(code, 0);
        assert!(outcome.to_string().len() < 1_000_000);
        assert!(outcome["timeline"].to_string().contains("line 399999"), "the last lines are kept");
    });
}

#[test]
fn a_write_outside_tmp_is_told() {
    drawn(&["write", "/var/task/x"]).each(&[], |outcome, code, _| {
        assert_eq!((code, &outcome["outside_tmp"]), (0, &json!(["/var/task/x"])), "{outcome:#}");
    });
}

/// Processes whose command line has a word.
fn running(word: &str) -> usize {
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    let lines = processes.filter_map(|entry| std::fs::read(entry.path().join("cmdline")).ok());
    lines.filter(|line| String::from_utf8_lossy(line).contains(word)).count()
}

fn soon(what: impl Fn() -> bool) -> bool {
    let end = Instant::now() + Duration::from_secs(10);
    while !what() && Instant::now() < end {
        std::thread::sleep(Duration::from_millis(20));
    }
    what()
}

#[test]
fn nothing_is_left_of_a_trial_that_is_killed() {
    for who in whos() {
        let word = format!("left-by-{who:?}-{}", std::process::id());
        let drawn = drawn(&["sleep", &word]);
        let image = drawn.pack();
        let space = tempfile::tempdir().unwrap();
        std::fs::set_permissions(space.path(), std::os::unix::fs::PermissionsExt::from_mode(0o777)).unwrap();
        let mut command = command(*who, &["--init-timeout", "60"]);
        command.env("TMPDIR", space.path()).stdin(File::open(&image).unwrap()).stdout(Stdio::null());
        let mut child = command.spawn().unwrap();
        assert!(soon(|| running(&word) > 0), "{who:?}: the function was started");
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(soon(|| running(&word) == 0), "{who:?}: the function is gone");
        let empty = || std::fs::read_dir(space.path()).unwrap().next().is_none();
        assert!(soon(empty), "{who:?}: what was unpacked is gone");
    }
}

#[test]
fn what_the_function_leaves_behind_ends_with_the_trial() {
    let word = format!("behind-{}", std::process::id());
    drawn(&["leave", &word]).is(&[], "answers", 0, "");
    assert_eq!(running(&word), 0);
}

/// A sample of what `tests/try/proofs.py` proves of all rules about the start: the rule is named, and its message is what
/// the page quotes.
#[test]
fn a_failure_is_explained_by_the_rule_that_check_names() {
    let other = |path: &str, mode, content: &[u8]| {
        drawn(&[]).with(path, mode, content).set("Entrypoint", json!([format!("/{path}")]))
    };
    let function = program().unwrap_or_default();
    for (image, code, message) in [
        (drawn(&[]).set("Entrypoint", json!(["/nothing"])), "LL206", "fork/exec /nothing: no such file or directory"),
        (other("app/main", 0o644, function), "LL207", "fork/exec /app/main: permission denied"),
        (other("run.sh", 0o755, b"#!/bin/zsh\n"), "LL209", "fork/exec /run.sh: no such file or directory"),
        (other("run.sh", 0o755, b"#!/bin/sh\r\n"), "LL210", "fork/exec /run.sh: no such file or directory"),
        (other("run.sh", 0o755, b"exec /var/task/function\n"), "LL210", "fork/exec /run.sh: exec format error"),
        (drawn(&["answer"]).set("WorkingDir", json!("/work")), "LL217", "the working directory doesn't exist: /work"),
    ] {
        image.each(&[], |outcome, exit, who| {
            assert_eq!(
                (exit, &outcome["explained_by"][0]["code"], outcome["error"]["message"].as_str()),
                (1, &json!(code), Some(message)),
                "{who:?}: {outcome:#}"
            );
        });
    }
}

#[test]
fn check_and_try_are_held_against_each_other() {
    // What `check` takes for an error, and what answers although it is one: without extensions nothing of them is started.
    let image = drawn(&["answer"]).with("opt/extensions/agent", 0o755, b"#!/nowhere\n");
    image.each(&[], |outcome, code, _| {
        assert_eq!((code, &outcome["check"]["errors"]), (1, &json!(["LL219"])), "{outcome:#}");
        assert_eq!(outcome["explained_by"][0]["code"], json!("LL219"));
    });
    image.each(&["--extensions", "off"], |outcome, code, _| {
        assert_eq!((code, &outcome["check"]["disagrees"]), (0, &json!(true)), "{outcome:#}");
    });
    image.each(&["--extensions", "off", "--strict"], |_, code, _| assert_eq!(code, 1));
}

#[test]
fn an_image_for_another_architecture_is_not_tried() {
    let mut image = drawn(&["answer"]);
    image.saved.config["architecture"] = json!(if cfg!(target_arch = "aarch64") { "amd64" } else { "arm64" });
    image.is(&[], "not-tried", 3, "");
    image.is(&["--require"], "not-tried", 1, "");
}

#[test]
fn a_template_brings_what_its_function_overrides() {
    let template = tempfile::tempdir().unwrap();
    let file = template.path().join("template.yaml");
    let text = "AWSTemplateFormatVersion: '2010-09-09'
Transform: AWS::Serverless-2016-10-31
Resources:
  Api:
    Type: AWS::Serverless::Function
    Properties:
      PackageType: Image
      ImageUri: 123456789012.dkr.ecr.eu-west-1.amazonaws.com/app:1
      ImageConfig: {Command: [conditions]}
      MemorySize: 256
      Timeout: 7
      Environment: {Variables: {HOME: /tmp/home}}
";
    std::fs::write(&file, text).unwrap();
    std::fs::set_permissions(template.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let arguments = ["--template", file.to_str().unwrap(), "--function", "Api"];
    drawn(&[]).set("Cmd", json!(["exit"])).each(&arguments, |outcome, code, _| {
        assert_eq!(code, 0, "{outcome:#}");
        assert_eq!((&outcome["conditions"]["memory_mb"], &outcome["conditions"]["timeout"]), (&json!(256), &json!(7)));
        assert!(outcome["answers"][0]["body"].as_str().unwrap().contains("HOME /tmp/home"));
    });
}

/// What a wrong command line, a broken image and a file that is none say.
#[test]
fn what_cannot_be_read_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str, content: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        path.display().to_string()
    };
    let drawn = drawn(&["answer"]);
    let image = drawn.pack().display().to_string();
    let run = |arguments: &[&str]| {
        let output = Command::new(LAMBLINT).arg("try").args(arguments).output().unwrap();
        (output.status.code().unwrap(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    for (arguments, said) in [
        (vec![at("Dockerfile", b"FROM scratch\n")], "no saved image"),
        (vec![at("x.tar", b"nothing")], "x.tar"),
        (vec![image.clone(), "--event".into(), "{".into()], "not JSON"),
        (vec![image.clone(), "--env".into(), "AWS_REGION=x".into()], "reserved"),
        (vec![image.clone(), "--timeout".into(), "901".into()], "901"),
        (vec![image.clone(), "--function".into(), "A".into()], "--template"),
    ] {
        let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let (code, text) = run(&words);
        assert!(code == 2 && text.contains(said), "{words:?}: {code} {text}");
    }
}
