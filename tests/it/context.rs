//! The build context as the library looks it up: what is said, and above all what is not.

use lamblint::{Folder, Options};
use std::path::Path;

/// Makes files (folders end in `/`), and says the codes of a check in a folder.
fn codes(root: &Path, files: &[&str], folder: &str, given: bool, copies: &str) -> Vec<String> {
    for file in files {
        let (path, text) = file.split_once(' ').unwrap_or((file, ""));
        let full = root.join(path);
        if path.ends_with('/') {
            std::fs::create_dir_all(full).unwrap();
        } else {
            std::fs::create_dir_all(full.parent().unwrap()).unwrap();
            std::fs::write(full, text).unwrap();
        }
    }
    let path = root.join(folder);
    std::fs::create_dir_all(&path).unwrap();
    let options = Options::new(jiff::civil::date(2026, 11, 24));
    let context = Folder { dockerfile: path.join("Dockerfile"), path, given };
    let dockerfile = format!("FROM public.ecr.aws/lambda/python:3.13\n{copies}\nCMD [\"app.handler\"]\n");
    let found = lamblint::lint_dockerfile_in(&context, "Dockerfile", dockerfile, &options).unwrap();
    found.iter().map(|d| format!("{} {}", d.code, d.message)).collect()
}

fn missing(files: &[&str], folder: &str, given: bool, copies: &str) -> usize {
    let root = tempfile::tempdir().unwrap();
    codes(root.path(), files, folder, given, copies).iter().filter(|text| text.starts_with("LL805")).count()
}

#[test]
fn a_source_that_is_not_there() {
    assert_eq!(missing(&["app.py"], "", true, "COPY app.py conf.json ./"), 1);
    assert_eq!(missing(&["app.py"], "", false, "COPY app.py conf.json ./"), 1);
    assert_eq!(missing(&["app.py", ".dockerignore *.py"], "", false, "COPY app.py ./"), 1);
    assert_eq!(missing(&["app.py", "Dockerfile.dockerignore *.py", ".dockerignore x"], "", false, "COPY app.py ./"), 1);
    assert_eq!(missing(&["app.py", ".dockerignore dist"], "", false, "COPY app.py dist ./"), 1);
}

#[test]
fn the_folder_is_not_the_context() {
    assert_eq!(missing(&[], "", false, "COPY app.py ./"), 0, "nothing of it is here");
    assert_eq!(missing(&["app.py", "api/x.py"], "api", false, "COPY app.py x.py ./"), 0, "a folder further up has it");
    assert_eq!(
        missing(&["api/x.py"], "api", false, "COPY x.py api/y.py ./"),
        0,
        "the path begins at a folder further up"
    );
    assert_eq!(
        missing(&["app.py", "api/.git/", "api/x.py"], "api", false, "COPY app.py x.py ./"),
        1,
        "not out of the repository"
    );
}

#[test]
fn what_is_made_first() {
    for source in ["dist", "target/app.jar", "build/libs/", "layer.zip", "bootstrap", "x.whl"] {
        assert_eq!(missing(&["app.py"], "", false, &format!("COPY app.py {source} ./")), 0, "{source}");
        assert_eq!(missing(&["app.py"], "", true, &format!("COPY app.py {source} ./")), 0, "{source}");
    }
    let ignored = &["api/app.py", ".git/", ".gitignore conf.json\n"];
    assert_eq!(missing(ignored, "api", false, "COPY app.py conf.json ./"), 0);
    assert_eq!(missing(&["app.py"], "", false, "COPY app.py conf*.json ./"), 0, "a wildcard may take in nothing");
    assert_eq!(missing(&["app.py"], "", false, "ARG X\nCOPY app.py $X ./\nADD https://x.example/y.txt ./"), 0);
    assert_eq!(missing(&["app.py"], "", false, "COPY app.py <<EOF ./\nx\nEOF"), 0);
    assert_eq!(missing(&["app.py"], "", false, "COPY --from=nginx:1 /nothing ./\nCOPY ../app.py /./app.py ./"), 0);
}

#[test]
fn a_stage_that_is_not_built_asks_for_nothing() {
    let copies = "COPY app.py ./\nFROM alpine:3.20 AS idle\nCOPY gone.txt /\nFROM public.ecr.aws/lambda/python:3.13\nCOPY app.py ./";
    assert_eq!(missing(&["app.py"], "", true, copies), 0);
}

#[cfg(unix)]
#[test]
fn links_are_not_followed() {
    let root = tempfile::tempdir().unwrap();
    std::fs::write(root.path().join("app.py"), "").unwrap();
    std::os::unix::fs::symlink("/nowhere", root.path().join("link")).unwrap();
    std::os::unix::fs::symlink("/", root.path().join("all")).unwrap();
    let found = codes(root.path(), &[], "", true, "COPY app.py link all/etc/passwd all/gone ./");
    assert!(!found.iter().any(|text| text.starts_with("LL805")), "{found:?}");
}

#[test]
fn modules_of_the_host() {
    let root = tempfile::tempdir().unwrap();
    let files = &["package.json", "app.py", "node_modules/"];
    let of = |files: &[&str], copies: &str| {
        codes(root.path(), files, "", true, copies).iter().filter(|text| text.starts_with("LL314")).count()
    };
    assert_eq!(of(files, "COPY package.json ./\nRUN npm ci\nCOPY . ."), 1);
    assert_eq!(of(files, "COPY package.json ./\nRUN npm ci\nCOPY . .\nRUN npm rebuild"), 0);
    assert_eq!(of(files, "COPY . .\nRUN npm ci"), 0);
    assert_eq!(of(files, "COPY package.json ./\nRUN npm ci\nCOPY . ./src/"), 0);
    assert_eq!(of(&[".dockerignore **/node_modules"], "COPY package.json ./\nRUN npm ci\nCOPY . ."), 0);
}
