//! Adopting lamblint on old code: `--baseline` and `--changed-since`.

use std::path::Path;
use std::process::{Command, Output};

const OLD: &str =
    "FROM public.ecr.aws/lambda/python:3.13\nRUN yum install -y gcc\nRUN yum install -y jq\nCMD app.handler\n";

fn lamblint(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_lamblint"))
        .env("LAMBLINT_SHELLCHECK", "off")
        .args(args)
        .current_dir(folder)
        .output()
        .unwrap()
}

fn check(folder: &Path, args: &[&str]) -> (Option<i32>, String, String) {
    let always = ["check", "--today", "2026-11-24", "--select", "LL203,LL404,LL801", "--format", "short"];
    let output = lamblint(folder, &[&always[..], args].concat());
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

/// A folder with one old function, and its baseline.
fn adopted() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("api")).unwrap();
    std::fs::create_dir(folder.path().join("ci")).unwrap();
    std::fs::write(folder.path().join("api/Dockerfile"), OLD).unwrap();
    let args = ["baseline", "--today", "2026-11-24", "--select", "LL203,LL404,LL801", "-o", "ci/known.json"];
    assert_eq!(lamblint(folder.path(), &args).status.code(), Some(0));
    folder
}

#[test]
fn what_is_known_is_not_reported_and_does_not_fail() {
    let folder = adopted();
    let (_, found, _) = check(folder.path(), &[]);
    assert!(found.lines().count() == 2 && found.contains("has no yum, at 2 places"), "{found}");
    let silent = (Some(0), String::new(), String::new());
    assert_eq!(check(folder.path(), &["--baseline", "ci/known.json"]), silent);
    // From another folder, and by an absolute path, it is the same file.
    let api = folder.path().join("api");
    assert_eq!(check(&api, &["--baseline", "../ci/known.json", "Dockerfile"]), silent);
    assert_eq!(check(&api, &["--baseline", "../ci/known.json", api.join("Dockerfile").to_str().unwrap()]), silent);
}

#[test]
fn lines_put_in_above_change_nothing_and_new_faults_are_reported() {
    let folder = adopted();
    let moved = format!("{}{OLD}", "# a line\n".repeat(20));
    std::fs::write(folder.path().join("api/Dockerfile"), &moved).unwrap();
    let silent = (Some(0), String::new(), String::new());
    assert_eq!(check(folder.path(), &["--baseline", "ci/known.json"]), silent);

    std::fs::write(folder.path().join("api/Dockerfile"), moved.replace("CMD", "RUN yum install -y gcc\nCMD")).unwrap();
    let (code, found, _) = check(folder.path(), &["--baseline", "ci/known.json"]);
    assert_eq!((code, found.lines().count()), (Some(1), 1), "a second one of the same kind is new: {found}");
    std::fs::write(folder.path().join("Dockerfile"), OLD).unwrap();
    assert_eq!(check(folder.path(), &["--baseline", "ci/known.json"]).1.lines().count(), 3, "another file is new");
}

#[test]
fn what_is_gone_is_said_once() {
    let folder = adopted();
    std::fs::write(folder.path().join("api/Dockerfile"), OLD.replace("app.handler", "[\"app.handler\"]")).unwrap();
    let gone = |args: &[&str]| check(folder.path(), &[&["--baseline", "ci/known.json"], args].concat()).2;
    let said = "lamblint: info: 1 finding of ci/known.json is gone (--verbose lists them)\n";
    assert_eq!(gone(&[]), said);
    assert!(gone(&["--verbose"]).contains("lamblint: gone: ../api/Dockerfile: LL203 CMD is in shell form"));
    assert_eq!(gone(&["--quiet"]), "");
    // A rule that does not run and a file that is not looked at say nothing.
    assert_eq!(gone(&["--ignore", "LL203"]), "");
    let clean = "FROM public.ecr.aws/lambda/python:3.13\nCOPY app.py ./\nCMD [\"app.handler\"]\n";
    std::fs::write(folder.path().join("ci/Dockerfile"), clean).unwrap();
    assert_eq!(gone(&["ci"]), "");
    std::fs::remove_file(folder.path().join("api/Dockerfile")).unwrap();
    assert!(gone(&["ci"]).contains("3 findings of ci/known.json are gone"));
}

#[test]
fn equal_lines_are_counted() {
    let folder = adopted();
    let twice = "RUN yum install -y gcc\nRUN yum install -y gcc\n";
    let with = |runs: &str| OLD.replace("RUN yum install -y gcc\nRUN yum install -y jq\n", runs);
    let put = |runs: &str| std::fs::write(folder.path().join("api/Dockerfile"), with(runs)).unwrap();
    put(twice);
    let args = ["baseline", "--today", "2026-11-24", "--select", "LL203,LL404,LL801", "-o", "ci/known.json"];
    assert_eq!(lamblint(folder.path(), &args).status.code(), Some(0));
    let known = || check(folder.path(), &["--baseline", "ci/known.json"]);
    assert_eq!(known(), (Some(0), String::new(), String::new()));
    put(&twice.repeat(2));
    let found = known().1;
    assert!(found.lines().count() == 1 && found.contains(", at 2 places"), "two more of the same: {found}");
    put("RUN yum install -y gcc\n");
    let said = "lamblint: info: 1 finding of ci/known.json is gone (--verbose lists them)\n";
    assert_eq!(known(), (Some(0), String::new(), said.into()));
}

#[test]
fn a_file_that_has_moved_is_known_and_a_copy_is_not() {
    let folder = adopted();
    let at = |name: &str| folder.path().join(name);
    std::fs::create_dir(at("worker")).unwrap();
    std::fs::rename(at("api/Dockerfile"), at("worker/Dockerfile")).unwrap();
    let silent = (Some(0), String::new(), String::new());
    assert_eq!(check(folder.path(), &["--baseline", "ci/known.json"]), silent);
    std::fs::copy(at("worker/Dockerfile"), at("api/Dockerfile")).unwrap();
    let (code, found, _) = check(folder.path(), &["--baseline", "ci/known.json"]);
    assert_eq!((code, found.lines().count()), (Some(1), 2), "{found}");
    assert!(found.lines().all(|line| line.starts_with("worker/")), "{found}");
}

#[test]
fn findings_of_an_image_are_known_again() {
    let folder = tempfile::tempdir().unwrap();
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/example/image.tar");
    std::fs::copy(&example, folder.path().join("image.tar")).unwrap();
    let args = ["baseline", "--today", "2026-11-24", "-o", "known.json", "image.tar"];
    assert_eq!(lamblint(folder.path(), &args).status.code(), Some(0));
    let image = |args: &[&str]| {
        let always = ["check", "--today", "2026-11-24", "--format", "short", "image.tar"];
        let output = lamblint(folder.path(), &[&always[..], args].concat());
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    assert_eq!(image(&[]).0, Some(1));
    assert_eq!(image(&["--baseline", "known.json"]), (Some(0), String::new()));
}

#[test]
fn a_baseline_that_is_none_is_refused() {
    let folder = adopted();
    std::fs::write(folder.path().join("other.json"), "{\"a\": 1}").unwrap();
    std::fs::write(folder.path().join("later.json"), "{\"baseline\": 9, \"findings\": []}").unwrap();
    for (name, why) in [("other.json", "no baseline"), ("later.json", "version 9"), ("none.json", "none.json")] {
        let (code, _, said) = check(folder.path(), &["--baseline", name]);
        assert_eq!(code, Some(2));
        assert!(said.contains(why), "{said}");
    }
}

fn git(folder: &Path, args: &[&str]) {
    let who = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"];
    let output = Command::new("git").args(who).args(args).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn only_what_git_says_has_changed() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    for name in ["old", "edited", "gone", "ünï cöde"] {
        std::fs::create_dir(at(name)).unwrap();
        std::fs::write(at(name).join("Dockerfile"), OLD).unwrap();
    }
    git(folder.path(), &["init", "-q", "-b", "main"]);
    git(folder.path(), &["add", "."]);
    git(folder.path(), &["commit", "-qm", "one"]);
    git(folder.path(), &["checkout", "-qb", "work"]);
    let files = |args: &[&str], from: &str| {
        let found = check(&at(from), &[&["--changed-since"], args].concat()).1;
        let mut files: Vec<String> = found.lines().map(|line| line.split(':').next().unwrap().to_owned()).collect();
        files.dedup();
        files
    };
    assert_eq!(files(&["main"], "."), [""; 0]);
    std::fs::write(at("edited/Dockerfile"), OLD.replace("jq", "git")).unwrap();
    std::fs::write(at("ünï cöde/Dockerfile"), OLD.replace("jq", "git")).unwrap();
    git(folder.path(), &["commit", "-qam", "two"]);
    std::fs::create_dir(at("new")).unwrap();
    std::fs::write(at("new/Dockerfile"), OLD).unwrap();
    git(folder.path(), &["rm", "-q", "gone/Dockerfile"]);
    // What the other branch did meanwhile is not this one's.
    git(folder.path(), &["checkout", "-q", "main"]);
    std::fs::write(at("old/Dockerfile"), OLD.replace("jq", "tar")).unwrap();
    git(folder.path(), &["commit", "-qm", "three", "--", "old/Dockerfile"]);
    git(folder.path(), &["checkout", "-q", "work"]);
    assert_eq!(files(&["main"], "."), ["edited/Dockerfile", "new/Dockerfile", "ünï cöde/Dockerfile"]);
    assert_eq!(files(&["HEAD"], "."), ["new/Dockerfile"]);
    assert_eq!(files(&["main", "."], "edited"), ["Dockerfile"]);

    for rev in ["no-such-revision", "--output=x"] {
        let (code, _, said) = check(folder.path(), &[&format!("--changed-since={rev}")]);
        assert_eq!(code, Some(2));
        assert!(said.contains(&format!("git knows no revision {rev}")), "{said}");
    }
}
