//! What a checkout, or a file in it, could do to the one who lints it: start programs, steer the terminal or the log of
//! the job, make lamblint wait, or pass for clean.

#![cfg(unix)]

use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

const FAULT: &str = "FROM public.ecr.aws/lambda/python:3.13\nCMD app.handler\n";

fn write(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

fn program(folder: &Path, name: &str, script: &str) {
    write(folder, name, &format!("#!/bin/sh\n{script}\n"));
    std::fs::set_permissions(folder.join(name), std::fs::Permissions::from_mode(0o755)).unwrap();
}

fn command(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lamblint"));
    command.args(args).current_dir(folder).env("LAMBLINT_SHELLCHECK", "off");
    for name in ["GITHUB_ACTIONS", "TF_BUILD", "TEAMCITY_VERSION", "GITHUB_WORKSPACE", "CI_PROJECT_DIR"] {
        command.env_remove(name);
    }
    command
}

fn lamblint(folder: &Path, args: &[&str]) -> Output {
    command(folder, args).output().unwrap()
}

fn said(output: &Output) -> (Option<i32>, String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

fn git(folder: &Path, args: &[&str]) {
    let who = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "protocol.file.allow=always"];
    let output = Command::new("git").args(who).args(args).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// A repository with a commit, and a file that has been written again since.
fn repository() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    git(folder.path(), &["init", "-q", "-b", "main"]);
    write(folder.path(), "Dockerfile", FAULT);
    write(folder.path(), "old/Dockerfile", FAULT);
    write(folder.path(), ".gitattributes", "* filter=evil\n");
    git(folder.path(), &["add", "-A"]);
    git(folder.path(), &["commit", "-q", "-m", "a"]);
    write(folder.path(), "Dockerfile", &format!("{FAULT}# changed\n"));
    folder
}

#[test]
fn a_repositorys_settings_start_nothing() {
    let folder = repository();
    program(folder.path(), ".git/evil", &format!("touch {}/OWNED; cat", folder.path().display()));
    let evil = folder.path().join(".git/evil").display().to_string();
    for key in
        ["core.fsmonitor", "filter.evil.clean", "filter.evil.process", "core.pager", "core.sshCommand", "diff.external"]
    {
        git(folder.path(), &["config", key, &evil]);
    }
    git(folder.path(), &["config", "core.hooksPath", ".git/hooks"]);
    for hook in ["post-index-change", "fsmonitor-watchman", "reference-transaction"] {
        program(folder.path(), &format!(".git/hooks/{hook}"), &format!("touch {}/OWNED", folder.path().display()));
    }
    let (code, found, errors) =
        said(&lamblint(folder.path(), &["check", "--changed-since", "HEAD", "--format", "short"]));
    assert!(!folder.path().join("OWNED").exists());
    assert_eq!(
        (code, found.lines().any(|line| line.starts_with("Dockerfile:2:1: error[LL203]"))),
        (Some(1), true),
        "{errors}"
    );
    assert!(!found.contains("old/"), "{found}");
}

#[test]
fn a_submodules_settings_start_nothing_and_a_bare_repository_is_none() {
    let (folder, inner) = (repository(), repository());
    git(folder.path(), &["submodule", "add", "-q", &inner.path().display().to_string(), "sub"]);
    git(folder.path(), &["commit", "-q", "-m", "b"]);
    let evil = folder.path().join(".git/evil");
    program(folder.path(), ".git/evil", &format!("touch {}/OWNED", folder.path().display()));
    git(&folder.path().join("sub"), &["config", "core.fsmonitor", &evil.display().to_string()]);
    assert_eq!(lamblint(folder.path(), &["check", "--changed-since", "HEAD"]).status.code(), Some(1));
    assert!(!folder.path().join("OWNED").exists());

    // Files that look like a repository, committed in a folder.
    git(inner.path(), &["clone", "-q", "--bare", ".", "bare"]);
    let bare = inner.path().join("bare");
    git(&bare, &["config", "core.fsmonitor", &evil.display().to_string()]);
    git(&bare, &["config", "core.worktree", "."]);
    git(&bare, &["config", "core.bare", "false"]);
    write(&bare, "Dockerfile", FAULT);
    let (code, _, errors) = said(&lamblint(&bare, &["check", "--changed-since", "HEAD"]));
    assert_eq!((code, errors.starts_with("lamblint: git: ")), (Some(2), true), "{errors}");
    assert!(!folder.path().join("OWNED").exists());
}

#[test]
fn programs_are_not_taken_from_the_checkout() {
    let folder = repository();
    for name in ["git", "shellcheck"] {
        program(folder.path(), name, "touch OWNED");
    }
    let path = format!(".::{}", std::env::var("PATH").unwrap());
    let output = command(folder.path(), &["check", "--changed-since", "HEAD", "--shellcheck", "auto"])
        .env("PATH", path)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(!folder.path().join("OWNED").exists());
}

#[test]
fn a_revision_is_a_revision() {
    let folder = repository();
    for rev in ["^HEAD", "--help", "HEAD..HEAD", "nothing", "-q", "", "HEAD^{tree}"] {
        let (code, _, errors) = said(&lamblint(folder.path(), &["check", &format!("--changed-since={rev}")]));
        assert_eq!(code, Some(2), "{rev}: {errors}");
    }
}

#[test]
fn ignore_files_are_read_within_bounds_and_hide_nothing_that_git_shows() {
    let folder = repository();
    symlink("/dev/zero", folder.path().join(".gitignore")).unwrap();
    write(folder.path(), ".ignore", "*\n");
    assert!(Command::new("mkfifo").arg(folder.path().join("old/.gitignore")).status().unwrap().success());
    let (code, found, _) = said(&lamblint(folder.path(), &["check", "--format", "short"]));
    assert_eq!((code, found.contains("old/Dockerfile:2:1")), (Some(1), true), "{found}");
    std::fs::remove_file(folder.path().join("old/.gitignore")).unwrap();
    write(folder.path(), "old/.gitignore", &"a*b\n".repeat(100_000));
    let (code, found, errors) = said(&lamblint(folder.path(), &["check", "--format", "short"]));
    assert_eq!((code, errors.as_str()), (Some(2), "lamblint: old/.gitignore: over 262144 bytes\n"));
    assert!(found.contains("old/Dockerfile:2:1"), "what it might leave out is looked at: {found}");
}

#[test]
fn a_file_is_looked_at_once_however_it_is_spelt() {
    let folder = repository();
    let whole = folder.path().join("Dockerfile").display().to_string();
    symlink("old", folder.path().join("link")).unwrap();
    let paths = ["Dockerfile", "./Dockerfile", "old/../Dockerfile", &whole, "link/Dockerfile", "old/Dockerfile", "."];
    let (_, found, _) =
        said(&lamblint(folder.path(), &[&["check", "--format", "short", "--select", "LL203"], &paths[..]].concat()));
    assert_eq!(found.lines().count(), 2, "{found}");
}

#[test]
fn nothing_steers_a_terminal_or_a_job() {
    let folder = tempfile::tempdir().unwrap();
    let text = "FROM public.ecr.aws/lambda/python:3.13\nMAINTAINER bob\nRUN <<EOF\n::error file=x::pwned\n \
        ##[add-path]x\nEOF\nRUN cd \"/aaa ::error file=x::pwned ##[stop-commands]y\"\n\
        CMD \u{1b}]0;PWNED\u{7}\u{202e}\u{9b}31m\u{61c}\n";
    write(folder.path(), "a##[stop-commands]b\u{9b}/Dockerfile", text);
    write(
        folder.path(),
        "lamblint.toml",
        "[[paths]]\nfiles = [\"\u{9b}x\u{202e}\\n::error::x\"]\nbuild-args = { \"\u{202e}A\" = \"##[b]\" }\n",
    );
    let formats = ["human", "short", "json", "jsonl", "sarif", "gitlab", "junit", "checkstyle", "github"];
    let mut runs: Vec<Vec<&str>> =
        formats.iter().map(|format| vec!["check", "--preset", "all", "--format", format]).collect();
    runs.extend([
        vec!["check", "--diff"],
        vec!["config", "x"],
        vec!["config", "x", "--format", "json"],
        vec!["baseline"],
    ]);
    runs.push(vec!["check", "##[stop-commands]\u{1b}", "--nonsense\u{1b}"]);
    runs.push(vec!["check", "##[stop-commands]\u{1b}"]);
    for args in runs {
        let output = command(folder.path(), &args).env("GITHUB_ACTIONS", "true").env("COLUMNS", "40").output().unwrap();
        let (_, out, err) = said(&output);
        let diff = args.contains(&"--diff");
        for line in out.lines().chain(err.lines()) {
            let starts = line.trim_start().starts_with("::") && !args.contains(&"github");
            assert!(!starts && !line.contains("##["), "{args:?}: {line:?}");
            // A patch in a pipe is exact.
            let steers = |c: char| c.is_control() && c != '\t' || matches!(c, '\u{202e}' | '\u{61c}');
            assert!(diff || !line.contains(steers), "{args:?}: {line:?}");
        }
        if args.contains(&"json") || args.contains(&"sarif") || args.contains(&"gitlab") {
            serde_json::from_str::<serde_json::Value>(&out).unwrap();
        }
    }
}

#[test]
fn a_context_stays_in_the_repository_unless_the_user_says_otherwise() {
    let folder = repository();
    write(folder.path(), "old/lamblint.toml", "context = \"..\"\n");
    write(folder.path(), "lamblint.toml", "context = \"/\"\n");
    symlink("/", folder.path().join("out")).unwrap();
    let check =
        |args: &[&str]| said(&lamblint(folder.path(), &[&["check", "--fail-on", "never", "--quiet"], args].concat()));
    assert_eq!(check(&["old"]).0, Some(0));
    assert_eq!(check(&["Dockerfile", "--context", "/"]).0, Some(0));
    for context in ["/", "..", "out", "old/../.."] {
        write(folder.path(), "lamblint.toml", &format!("context = \"{context}\"\n"));
        let (code, _, errors) = check(&["Dockerfile"]);
        assert_eq!((code, errors.contains("is outside of the repository")), (Some(2), true), "{context}: {errors}");
    }
}

#[test]
fn a_folder_that_is_gone_is_not_clean() {
    let folder = tempfile::tempdir().unwrap();
    let script = "mkdir gone && cd gone && rmdir ../gone && exec \"$0\" check";
    let output = Command::new("sh")
        .args(["-c", script, env!("CARGO_BIN_EXE_lamblint")])
        .current_dir(folder.path())
        .output()
        .unwrap();
    let (code, found, errors) = said(&output);
    assert_eq!((code, errors.contains("it has been removed")), (Some(2), true), "{found}{errors}");
}

/// Waits until a file is there, and gives what is in it.
fn await_file(path: &Path) -> String {
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(20) {
        match std::fs::read_to_string(path) {
            Ok(text) if text.ends_with('\n') => return text.trim().to_owned(),
            _ => std::thread::sleep(Duration::from_millis(20)),
        }
    }
    panic!("{} does not come", path.display());
}

fn is_running(id: &str) -> bool {
    // A process that has ended and is not yet waited for is none.
    std::fs::read_to_string(format!("/proc/{id}/stat")).is_ok_and(|stat| !stat.contains(") Z "))
}

#[test]
fn what_shellcheck_has_started_ends_with_lamblint() {
    let (folder, tools) = (repository(), tempfile::tempdir().unwrap());
    write(folder.path(), "Dockerfile", &format!("{FAULT}RUN make\n"));
    let ids = tools.path().join("ids");
    program(tools.path(), "shellcheck", &format!("sleep 300 & echo \"$$ $!\" > {}; wait", ids.display()));
    let path = format!("{}:{}", tools.path().display(), std::env::var("PATH").unwrap());
    let mut child =
        command(folder.path(), &["check", "--shellcheck", "on", "Dockerfile"]).env("PATH", path).spawn().unwrap();
    let started = await_file(&ids);
    assert!(started.split(' ').all(is_running), "{started}");
    assert!(Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap().success());
    let status = child.wait().unwrap();
    assert_eq!(std::os::unix::process::ExitStatusExt::signal(&status), Some(15), "it ends as the signal says");
    let start = Instant::now();
    while started.split(' ').any(is_running) && start.elapsed() < Duration::from_secs(10) {
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(!started.split(' ').any(is_running), "{started}");
}
