//! What lamblint says of a Node handler's imports against a real Node that loads it.
//!
//! `LAMBLINT_NODE_HANDLERS=LIST cargo test --test it node_imports -- --ignored --nocapture`: the list has a line
//! `index.handler<TAB>/srv/app` for each handler.

use crate::support::disk;
use crate::support::internals::imports::{Closure, NodeSearch, NodeTree, PackageAt, Source, Stands, Start};
use crate::support::internals::node::Package;
use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

/// Files on this machine's disk.
#[derive(Default)]
struct Disk {
    packages: RefCell<BTreeMap<String, Option<&'static Package>>>,
}

impl NodeTree for Disk {
    fn stands(&self, path: &str) -> Stands {
        disk::stands(path)
    }

    fn real(&self, path: &str) -> String {
        std::fs::canonicalize(path).map_or(path.to_owned(), |path| path.to_string_lossy().into_owned())
    }

    fn names(&self, folder: &str) -> Vec<String> {
        disk::names(folder)
    }

    fn package(&self, folder: &str) -> PackageAt<'_> {
        let path = format!("{folder}/package.json");
        if !Path::new(&path).is_file() {
            return PackageAt::None;
        }
        let read = || {
            let package = Package::read(&std::fs::read(&path).unwrap());
            package.map(|package| &*Box::leak(Box::new(package)))
        };
        match self.packages.borrow_mut().entry(path.clone()).or_insert_with(read) {
            Some(package) => PackageAt::Read(package),
            None => PackageAt::Unread,
        }
    }

    fn source(&self, path: &str) -> Source<'_> {
        std::fs::read(path).map_or(Source::Unread, |text| Source::Text(Cow::Owned(text)))
    }
}

/// Loads a handler as the runtime does, and says in one line what came of it.
const ORACLE: &str = r"
const path = require('path'), fs = require('fs'), { createRequire } = require('module');
const [file, name] = process.argv.slice(1);
globalThis.awslambda = { streamifyResponse: f => f, HttpResponseStream: { from: x => x } };
const say = text => { fs.writeSync(1, '\n@@' + String(text).split('\n')[0] + '\n'); process.exit(0); };
process.on('uncaughtException', e => say('OTHER ' + e.message));
const isModule = () => {
  if (!file.endsWith('.js')) return file.endsWith('.mjs');
  for (let folder = path.dirname(file); ; folder = path.dirname(folder)) {
    const text = path.join(folder, 'package.json');
    if (fs.existsSync(text)) return JSON.parse(fs.readFileSync(text)).type === 'module';
    if (path.basename(folder) === 'node_modules' || folder === '/') return false;
  }
};
(async () => {
  try {
    const loaded = isModule() ? await import(file) : createRequire(file)(file);
    const found = name.split('.').reduce((value, key) => value && value[key], loaded);
    say(typeof found === 'function' ? 'OK' : found ? 'NO-FUNCTION (not one)' : 'NO-FUNCTION');
  } catch (e) {
    const missing = ['MODULE_NOT_FOUND', 'ERR_MODULE_NOT_FOUND', 'ERR_PACKAGE_PATH_NOT_EXPORTED',
      'ERR_UNSUPPORTED_DIR_IMPORT', 'ERR_PACKAGE_IMPORT_NOT_DEFINED'].includes(e.code);
    const name = /does not provide an export/.test(e.message);
    say((missing || name ? 'IMPORT ' : e instanceof SyntaxError ? 'SYNTAX ' : 'OTHER ') + e.message);
  }
})();
";

#[test]
#[ignore = "needs LAMBLINT_NODE_HANDLERS and node"]
fn errors_are_what_node_says() {
    let list = std::env::var("LAMBLINT_NODE_HANDLERS").expect("LAMBLINT_NODE_HANDLERS names a list");
    let tree = Disk::default();
    let (mut handlers, mut files, mut clean, mut open) = (0, 0, 0, 0);
    let (mut right, mut wrong, mut missed) = (Vec::new(), Vec::new(), Vec::new());
    for line in std::fs::read_to_string(list).unwrap().lines().filter(|line| !line.is_empty()) {
        let (handler, root) = line.split_once('\t').unwrap();
        let folder = handler.rfind('/').map_or(0, |at| at + 1);
        let (module, function) = handler[folder..].split_once('.').unwrap();
        let stem = format!("{root}/{}{module}", &handler[..folder]);
        let Some(file) =
            [".js", ".mjs", ".cjs"].iter().map(|ending| format!("{stem}{ending}")).find(|f| Path::new(f).is_file())
        else {
            continue;
        };
        let start = Start { module: file.clone(), function: function.split('.').next().unwrap().to_owned() };
        let closure = Closure::of_node(&tree, &NodeSearch::default(), &start);
        let output =
            Command::new("timeout").args(["60", "node", "-e", ORACLE, "--", &file, function]).current_dir("/").output();
        let output = output.unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let said = text.rsplit_once("@@").map_or("NOTHING".into(), |(_, said)| said.trim().to_owned());
        handlers += 1;
        files += closure.files.len();
        open += usize::from(closure.open.is_some());
        let mut faults: Vec<String> = closure.faults.iter().map(|fault| format!("{fault:?}")).collect();
        faults.extend(closure.no_function.iter().map(|(function, near)| format!("no {function}, near {near:?}")));
        let failed = said.starts_with("IMPORT") || said == "NO-FUNCTION";
        let entry = || format!("{line}: {said}; open {:?}\n    {}", closure.open, faults.join("\n    "));
        match (faults.is_empty(), failed) {
            (true, false) => clean += 1,
            (true, true) => missed.push(entry()),
            (false, true) => right.push(entry()),
            // Another failure may come first.
            (false, false) => wrong.push(entry()),
        }
    }
    println!("{handlers} handlers, {files} files; clean {clean}, open {open}");
    println!("\nconfirmed {}:\n{}", right.len(), right.join("\n"));
    println!("\nnot seen {}:\n{}", missed.len(), missed.join("\n"));
    println!("\nnot confirmed {}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(
        wrong.iter().all(|line| line.contains(": OTHER") || line.contains(": SYNTAX")),
        "errors that Node does not make"
    );
}
