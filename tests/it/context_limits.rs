//! The bounds of what is read of a build context, each at its edge.

use crate::evidence::said_in;
use crate::support::internals::launch::limits;
use std::fmt::Write as _;
use std::path::Path;
use tempfile::TempDir;

const PYTHON: &str = "FROM public.ecr.aws/lambda/python:3.13\n";

fn context(files: &[(&str, &str)]) -> TempDir {
    let root = tempfile::tempdir().unwrap();
    files.iter().for_each(|(path, text)| write(root.path(), path, text));
    root
}

fn write(root: &Path, path: &str, text: &str) {
    let full = root.join(path);
    std::fs::create_dir_all(full.parent().unwrap()).unwrap();
    std::fs::write(full, text).unwrap();
}

#[test]
fn sources() {
    let root = context(&[("app.py", "x")]);
    let missing = |count: usize| {
        let dockerfile = format!("{PYTHON}COPY {}gone.txt ./\n", "app.py ".repeat(count - 1));
        said_in(root.path(), true, "LL805", &dockerfile).len()
    };
    assert_eq!((missing(limits::SOURCES), missing(limits::SOURCES + 1)), (1, 0));
}

#[test]
fn names() {
    let root = context(&[("src/lib/x.py", "")]);
    (1..limits::NAMES).for_each(|at| write(root.path(), &format!("src/{at}.py"), ""));
    let flattens = || said_in(root.path(), true, "LL810", &format!("{PYTHON}COPY src/* ./\n")).len();
    assert_eq!(flattens(), 1);
    write(root.path(), "src/more.py", "");
    assert_eq!(flattens(), 0);
}

#[test]
fn ignore_files() {
    let root = context(&[("app.py", "x")]);
    let ignored = |length: u64| {
        let text = format!("{}\napp.py", "#".repeat(usize::try_from(length).unwrap() - 7));
        write(root.path(), ".dockerignore", &text);
        said_in(root.path(), true, "LL805", &format!("{PYTHON}COPY app.py ./\n")).len()
    };
    assert_eq!((ignored(limits::IGNORE_BYTES), ignored(limits::IGNORE_BYTES + 1)), (1, 0));
}

#[test]
fn folders_upward() {
    let missing = |depth: usize| {
        let root = context(&[("conf.json", "{}")]);
        let below: String = (0..depth).map(|at| format!("{at}/")).collect();
        write(root.path(), &format!("{below}app.py"), "x");
        let dockerfile = format!("{PYTHON}COPY app.py conf.json ./\n");
        said_in(&root.path().join(below), false, "LL805", &dockerfile).len()
    };
    assert_eq!((missing(limits::FOLDERS_UPWARD - 1), missing(limits::FOLDERS_UPWARD)), (0, 1));
}

#[test]
fn the_head_of_a_program() {
    let ends_in_return = |length: usize| {
        let first = format!("#!/bin/sh {}\r\necho\n", "x".repeat(length - 11));
        let root = context(&[("run.sh", &first)]);
        let dockerfile = "FROM python:3.13\nCOPY run.sh /run.sh\nENTRYPOINT [\"/run.sh\"]\n";
        said_in(root.path(), true, "LL210", dockerfile).len()
    };
    assert_eq!((ends_in_return(limits::HEAD_BYTES), ends_in_return(limits::HEAD_BYTES + 1)), (1, 0));
}

/// LL303 stands behind a RUN whose scripts were all read.
fn seen(root: &TempDir, before: &str, run: &str) -> bool {
    write(root.path(), "app.py", "x");
    let dockerfile = format!("{before}{PYTHON}COPY --chmod=600 app.py ./\n{run}\nCMD [\"app.handler\"]\n");
    !said_in(root.path(), true, "LL303", &dockerfile).is_empty()
}

#[test]
fn scripts() {
    let root = context(&[("s/x.sh", "echo")]);
    let run = |count: usize| format!("COPY s /s/\nRUN {}true", "sh /s/x.sh && ".repeat(count));
    assert!(seen(&root, "", &run(limits::SCRIPTS)) && !seen(&root, "", &run(limits::SCRIPTS + 1)));
}

#[test]
fn scripts_behind_one_another() {
    let root = context(&[("s/0.sh", "echo")]);
    (1..=limits::SCRIPT_DEPTH)
        .for_each(|at| write(root.path(), &format!("s/{at}.sh"), &format!("sh /s/{}.sh", at - 1)));
    let run = |first: usize| format!("COPY s /s/\nRUN sh /s/{first}.sh");
    assert!(seen(&root, "", &run(limits::SCRIPT_DEPTH - 1)) && !seen(&root, "", &run(limits::SCRIPT_DEPTH)));
}

#[test]
fn stages_behind_one_another() {
    let root = context(&[("x.sh", "echo")]);
    let stages = |count: usize| {
        let mut before = String::from("FROM alpine:3.20 AS s0\nCOPY x.sh /s/x.sh\n");
        (1..count).for_each(|at| {
            writeln!(before, "FROM alpine:3.20 AS s{at}\nCOPY --from=s{} /s/x.sh /s/x.sh", at - 1).unwrap();
        });
        let run = format!("COPY --from=s{} /s/x.sh /s/x.sh\nRUN sh /s/x.sh", count - 1);
        seen(&root, &before, &run)
    };
    // The stage at hand is one of them.
    assert!(stages(limits::STAGES - 1) && !stages(limits::STAGES));
}

/// Whether all lists were read: then LL224 knows that there is no client.
fn listed(root: &TempDir) -> bool {
    write(root.path(), "batch.py", "import x");
    let dockerfile =
        format!("{PYTHON}COPY . .\nRUN pip install -r requirements.txt\nENTRYPOINT [\"python\", \"batch.py\"]\n");
    !said_in(root.path(), true, "LL224", &dockerfile).is_empty()
}

#[test]
fn bytes_of_a_file() {
    let of = |length: u64| {
        let length = usize::try_from(length).unwrap();
        listed(&context(&[("requirements.txt", &format!("boto3\n#{}", "x".repeat(length - 7)))]))
    };
    assert!(of(limits::FILE_BYTES) && !of(limits::FILE_BYTES + 1));
}

#[test]
fn lists() {
    let of = |count: usize| {
        let mut first = String::new();
        (1..count).for_each(|at| writeln!(first, "-r {at}.txt").unwrap());
        let root = context(&[("requirements.txt", &first)]);
        (1..count).for_each(|at| write(root.path(), &format!("{at}.txt"), "boto3"));
        listed(&root)
    };
    assert!(of(limits::LISTS) && !of(limits::LISTS + 1));
}

#[test]
fn lists_behind_one_another() {
    let of = |count: usize| {
        let root = context(&[("requirements.txt", "-r 1.txt"), (&format!("{count}.txt"), "boto3")]);
        (1..count).for_each(|at| write(root.path(), &format!("{at}.txt"), &format!("-r {}.txt", at + 1)));
        listed(&root)
    };
    assert!(of(limits::LIST_DEPTH) && !of(limits::LIST_DEPTH + 1));
}

#[test]
fn packages_of_all_lists() {
    let of = |count: usize| {
        let root = context(&[("requirements.txt", "-r a.txt\n-r b.txt\n-r c.txt\n-r d.txt\n-r e.txt\n-r f.txt\n")]);
        for (at, name) in ["a", "b", "c", "d", "e", "f"].iter().enumerate() {
            let names = (at * 20_000..count.min((at + 1) * 20_000)).map(|at| format!("p{at}\n"));
            write(root.path(), &format!("{name}.txt"), &format!("#\n{}", names.collect::<String>()));
        }
        listed(&root)
    };
    assert!(of(limits::PACKAGES) && !of(limits::PACKAGES + 1));
}
