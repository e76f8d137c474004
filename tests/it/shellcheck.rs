//! ShellCheck and `.hadolint.yaml` on the command line. ShellCheck itself need not be there: a script of the same name
//! stands for it.
#![cfg(unix)]

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::time::Duration;
use tempfile::TempDir;

const FILE: &str = "FROM debian:12\nRUN a && \\\n  echo $x\nUSER 9\nCMD [\"a\"]\n";

/// Says SC2154 of the last word of each script's last line, and SC2086 too, and counts how often it is called.
const FAKE: &str = r#"#!/bin/sh
echo "$@" >> "$CALLS"
shift 3
printf '{"comments":['
comma=
for file; do
  line=$(wc -l < "$file")
  for remark in '"level":"warning","code":2154' '"level":"info","code":2086'; do
    printf '%s{"file":"%s","line":%d,"endLine":%d,"column":13,"endColumn":15,%s,"message":"Said.","fix":null}' \
      "$comma" "$file" "$line" "$line" "$remark"
    comma=,
  done
done
printf ']}'
exit 1
"#;

struct Location(TempDir);

impl Location {
    fn new(dockerfile: &str, program: Option<&str>) -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        place.write("root/lamblint.toml", "root = true\nfunction = false\n");
        place.write("root/Dockerfile", dockerfile);
        if let Some(program) = program {
            place.write("bin/shellcheck", program);
            let path = place.0.path().join("bin/shellcheck");
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
        }
        place
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.0.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Exit code, what is printed, what is complained of.
    fn run(&self, args: &[&str]) -> (i32, String, String) {
        // The script wants the tools of the system; the real ShellCheck must not be found among them.
        let tools = self.0.path().join("tools");
        std::fs::create_dir_all(&tools).unwrap();
        for tool in ["sh", "wc", "sleep", "cat"] {
            let real =
                ["/bin", "/usr/bin"].iter().map(|folder| Path::new(folder).join(tool)).find(|path| path.exists());
            let _ = std::os::unix::fs::symlink(real.unwrap(), tools.join(tool));
        }
        let path = std::env::join_paths([self.0.path().join("bin"), tools]).unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_lamblint"))
            .args(["check", "--format", "short", "--today", "2026-11-24"])
            .args(args)
            .current_dir(self.0.path().join("root"))
            .env("PATH", path)
            .env("CALLS", self.0.path().join("calls"))
            .env_remove("LAMBLINT_SHELLCHECK")
            .output()
            .unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
    }

    fn calls(&self) -> usize {
        std::fs::read_to_string(self.0.path().join("calls")).unwrap_or_default().lines().count()
    }
}

#[test]
fn its_remarks_are_findings() {
    let place = Location::new(FILE, Some(FAKE));
    let (code, said, complaints) = place.run(&["--shellcheck", "auto"]);
    assert_eq!((code, complaints.as_str()), (1, ""));
    assert_eq!(said, "Dockerfile:3:8: warning[SC2154] Said\n");
    let (_, said, _) = place.run(&["--preset", "hadolint", "--ignore", "DL"]);
    assert_eq!(said, "Dockerfile:3:8: info[SC2086] Said\nDockerfile:3:8: warning[SC2154] Said\n");
    let (_, said, _) = place.run(&["--select", "SC2086", "--error", "shellcheck"]);
    assert_eq!(said, "Dockerfile:3:8: error[SC2086] Said\n");
    assert_eq!(place.calls(), 3);
}

#[test]
fn nobody_asks_in_vain() {
    let place = Location::new(FILE, Some(FAKE));
    for args in [["--select", "lambda"], ["--select", "DL"], ["--ignore", "shellcheck"], ["--shellcheck", "off"]] {
        assert_eq!(place.run(&args).0, 0, "{args:?}");
    }
    place.write(
        "root/Dockerfile",
        "FROM debian:12\nRUN [\"a\"]\nSHELL [\"pwsh\", \"-c\"]\nRUN b\nUSER 9\nCMD [\"a\"]\n",
    );
    assert_eq!(place.run(&["--shellcheck", "on"]).0, 0);
    assert_eq!(place.calls(), 0);
}

#[test]
fn one_process_is_enough_for_the_same_script_in_many_files() {
    let place = Location::new(FILE, Some(FAKE));
    for at in 0..40 {
        place.write(&format!("root/{at}/Dockerfile"), FILE);
    }
    let (_, said, _) = place.run(&[]);
    assert_eq!((said.lines().count(), place.calls()), (41, 1));
}

#[test]
fn without_it_nothing_is_said_unless_it_must_be_there() {
    let place = Location::new(FILE, None);
    assert_eq!(place.run(&[]), (0, String::new(), String::new()));
    let missing = "there is no shellcheck on PATH\n";
    let (code, _, complaints) = place.run(&["--verbose"]);
    assert_eq!(code, 0);
    assert_eq!(complaints.matches("ShellCheck was not asked about RUN: there is no shellcheck on PATH").count(), 1);
    let (code, _, complaints) = place.run(&["--shellcheck", "on"]);
    assert!(code == 2 && complaints.ends_with(missing), "{complaints}");
    place.write("root/lamblint.toml", "root = true\nfunction = false\nshellcheck = \"on\"\n");
    let (code, _, complaints) = place.run(&[]);
    assert!(code == 2 && complaints.ends_with(missing), "{complaints}");
    assert_eq!(place.run(&["--shellcheck", "off"]).0, 0, "the flag wins");
}

#[test]
fn a_broken_one_is_a_note_or_an_error_and_never_a_crash() {
    for (program, why) in [
        ("#!/bin/sh\necho garbage\n", "its answer is not ShellCheck JSON"),
        ("#!/bin/sh\necho '{\"comments\":[{}]}'\n", "its answer is not ShellCheck JSON"),
        ("#!/bin/sh\necho broken >&2\nexit 4\n", "it ended with exit code 4: broken"),
        ("#!/bin/sh\nkill -9 $$\n", "it crashed"),
        ("#!/no/such/program\n", "No such file"),
        (
            "#!/bin/sh\necho '{\"comments\":[{\"file\":\"9\",\"line\":1,\"endLine\":1,\"column\":1,\"endColumn\":1,\
             \"level\":\"info\",\"code\":1,\"message\":\"x\"}]}'\n",
            "a file that it was not asked about",
        ),
    ] {
        let place = Location::new(FILE, Some(program));
        let (code, _, complaints) = place.run(&[]);
        assert!(code == 0 && complaints.contains(why) && complaints.lines().count() == 1, "{complaints}");
        let (code, _, complaints) = place.run(&["--shellcheck", "on"]);
        assert!(code == 2 && complaints.contains(why), "{complaints}");
        assert_eq!(place.run(&["--quiet"]).2, "");
    }
}

#[test]
fn nobody_waits_for_ever() {
    use crate::support::internals::dockerfile::Dockerfile;
    use crate::support::internals::launch::Build;
    use crate::support::internals::shellcheck::{Program, scripts};
    use lamblint::Options;
    let options = Options::new(jiff::civil::date(2026, 11, 24));
    let read = Dockerfile::read(FILE);
    let scripts = scripts(&Build::new(&read, &options), &options);
    for (program, why) in [
        ("#!/bin/sh\nexec sleep 600\n", "no answer within 0 seconds"),
        ("#!/bin/sh\nexec cat /dev/zero\n", "no answer within 0 seconds"),
    ] {
        let place = Location::new(FILE, Some(program));
        let program = Program::at(place.0.path().join("bin/shellcheck"));
        let begun = std::time::Instant::now();
        let failure = program.ask(&scripts, Duration::from_millis(200)).unwrap_err();
        assert!(failure.0.contains(why) || failure.0.contains("has no end"), "{failure}");
        assert!(begun.elapsed() < Duration::from_secs(30));
    }
}

#[test]
fn fixes_are_followed_by_another_look() {
    let place = Location::new("FROM debian:12 as a\nRUN a &&   echo $x\nCMD [\"a\"]\n", Some(FAKE));
    let (_, said, _) = place.run(&["--fix", "--select", "FromAsCasing,SC2154"]);
    assert_eq!(said, "Dockerfile:2:17: warning[SC2154] Said\n");
}

#[test]
fn settings_of_hadolint_hold_where_there_are_none_of_ours() {
    let place = Location::new("FROM debian\nRUN apt-get install -y x\nUSER 9\nCMD [\"a\"]\n", None);
    std::fs::remove_file(place.0.path().join("root/lamblint.toml")).unwrap();
    place.write(
        "root/.hadolint.yaml",
        "ignored: [DL3009, DL3015]\noverride:\n  error: [DL3008]\nformat: json\nfailure-threshold: error\n",
    );
    let (code, said, complaints) = place.run(&[]);
    let codes: Vec<&str> = said.lines().filter_map(|line| line.split(' ').nth(1)).collect();
    assert_eq!((code, codes), (1, vec!["warning[DL3006]", "error[DL3008]"]), "{said}");
    assert_eq!(complaints, "");
    let (_, _, complaints) = place.run(&["--verbose"]);
    assert!(complaints.contains("format is about printing, and is left out"), "{complaints}");
    assert_eq!(place.run(&["--no-config"]).0, 0);
    place.write("root/.hadolint.yaml", "ignored: [\n");
    let (code, _, complaints) = place.run(&[]);
    assert!(code == 2 && complaints.contains(".hadolint.yaml: line "), "{complaints}");
    place.write("root/lamblint.toml", "root = true\n");
    assert_eq!(place.run(&[]).0, 0, "ours comes first");
}
