//! What lamblint says of a handler's imports against a real Python that imports it.
//!
//! `LAMBLINT_HANDLERS=LIST cargo test --test it python_imports -- --ignored --nocapture`: the list has a handler a line, a
//! folder of the search path behind each tab: `app.handler<TAB>/srv/app<TAB>/srv/site-packages`. Installed packages are
//! followed like the function's own files, so that as much as possible is judged. `PYTHON` names the interpreter.

use crate::support::disk;
use crate::support::internals::imports::{Closure, Module, Search, Stands, Start, Tree};
use crate::support::internals::python::summarise;
use std::borrow::Cow;
use std::path::Path;
use std::process::Command;

/// Files on this machine's disk.
struct Disk {
    follow_installed: bool,
}

impl Tree for Disk {
    fn stands(&self, path: &str) -> Stands {
        disk::stands(path)
    }

    fn names(&self, folder: &str) -> Vec<String> {
        disk::names(folder)
    }

    fn module(&self, entry: &str, path: &str) -> Module<'_> {
        let installed = entry.ends_with("-packages") && !self.follow_installed;
        match std::fs::read(path) {
            Ok(text) if path.ends_with(".py") && !installed => Module::Own(Cow::Owned(summarise(&text))),
            // A compiled module is not looked into, and the oracle says whether it loads.
            Ok(_) => Module::Installed,
            Err(_) => Module::Unread,
        }
    }
}

/// Imports a handler, and says in one line what came of it.
const ORACLE: &str = "
import importlib, os, sys
module, function, *folders = sys.argv[1:]
sys.path[0:1] = folders
sys.dont_write_bytecode = True
try:
    loaded = importlib.import_module(module)
    said = 'OK' if hasattr(loaded, function) else 'NO-FUNCTION'
except ImportError as error:
    said = f'IMPORT {error}'
except BaseException as error:
    said = f'OTHER {type(error).__name__} {error}'
sys.stdout.flush()
os.write(1, b'\\n@@' + said.split('\\n')[0].encode('utf-8', 'replace') + b'\\n')
os._exit(0)
";

fn oracle(python: &str, start: &Start, folders: &[&str]) -> String {
    let mut command = Command::new("timeout");
    command.args(["60", python, "-c", ORACLE, &start.module, &start.function]).args(folders).current_dir("/");
    command.env("AWS_DEFAULT_REGION", "us-east-1").env("AWS_REGION", "us-east-1");
    let output = command.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.rsplit_once("@@").map_or("NOTHING".into(), |(_, said)| said.trim().to_owned())
}

#[test]
#[ignore = "needs LAMBLINT_HANDLERS and an interpreter"]
fn errors_are_what_python_says() {
    let list = std::env::var("LAMBLINT_HANDLERS").expect("LAMBLINT_HANDLERS names a list");
    let python = std::env::var("PYTHON").unwrap_or_else(|_| "python3".into());
    let minor = std::env::var("PYTHON_MINOR").map_or(11, |minor| minor.parse().unwrap());
    let tree = Disk { follow_installed: std::env::var_os("SHALLOW").is_none() };
    let (mut handlers, mut files, mut clean, mut open) = (0, 0, 0, 0);
    let (mut right, mut wrong, mut missed) = (Vec::new(), Vec::new(), Vec::new());
    for line in std::fs::read_to_string(list).unwrap().lines().filter(|line| !line.is_empty()) {
        let mut parts = line.split('\t');
        let (module, function) = parts.next().unwrap().rsplit_once('.').unwrap();
        let start = Start { module: module.replace('/', "."), function: function.to_owned() };
        let folders: Vec<&str> = parts.filter(|folder| Path::new(folder).is_dir()).collect();
        let search = Search {
            minor,
            machine: Some("x86_64"),
            folders: folders.iter().map(|folder| (*folder).to_owned()).collect(),
            provided: vec!["distutils".into()],
            open: None,
        };
        let closure = Closure::of(&tree, &search, &start);
        let said = oracle(&python, &start, &folders);
        handlers += 1;
        files += closure.files.len();
        open += usize::from(closure.open.is_some());
        let always = closure.faults.iter().filter(|fault| !fault.when_called);
        let mut faults: Vec<String> = always.map(|fault| format!("{fault:?}")).collect();
        faults.extend(closure.no_function.iter().map(|(function, near)| format!("no {function}, near {near:?}")));
        let failed = said.starts_with("IMPORT") || said == "NO-FUNCTION";
        match (faults.is_empty(), failed) {
            (true, false) => clean += 1,
            (true, true) if closure.file.is_some() => missed.push(format!("{line}: {said}; open: {:?}", closure.open)),
            (true, true) => {}
            (false, true) => right.push(format!("{line}: {said}\n    {}", faults.join("\n    "))),
            // Another failure may come first.
            (false, false) => wrong.push(format!("{line}: {said}\n    {}", faults.join("\n    "))),
        }
    }
    println!("{handlers} handlers, {files} files; clean {clean}, open {open}");
    println!("\nconfirmed {}:\n{}", right.len(), right.join("\n"));
    println!("\nnot seen {}:\n{}", missed.len(), missed.join("\n"));
    println!("\nnot confirmed {}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(wrong.iter().all(|line| line.contains(": OTHER")), "errors that Python does not make");
}
