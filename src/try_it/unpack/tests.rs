//! Layers that try to lead out of the folder, and layers that are hard to merge.

use super::*;
use std::os::unix::fs::{MetadataExt, PermissionsExt};

struct Case {
    folder: tempfile::TempDir,
    tree: Tree,
}

fn case() -> Case {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("root")).unwrap();
    std::fs::write(folder.path().join("outside"), "untouched").unwrap();
    let tree = Tree::new(&folder.path().join("root"), Owners::Projected).unwrap();
    Case { folder, tree }
}

impl Case {
    /// Puts lines such as `a/`, `a/b = text`, `l -> a`, `h => a/b` into a layer; the first error.
    fn layer(&mut self, layer: usize, lines: &[&str]) -> Result<(), String> {
        for line in lines {
            let (mut kind, mut link, mut content) = (EntryKind::File, None, "");
            let mut path = *line;
            if let Some((name, target)) = line.split_once(" -> ") {
                (path, kind, link) = (name, EntryKind::Symlink, Some(target));
            } else if let Some((name, target)) = line.split_once(" => ") {
                (path, kind, link) = (name, EntryKind::Hardlink, Some(target));
            } else if let Some((name, text)) = line.split_once(" = ") {
                (path, content) = (name, text);
            } else if line.ends_with('/') {
                kind = EntryKind::Directory;
            } else if line.ends_with('|') {
                kind = EntryKind::Special;
            }
            let entry = LayerEntry {
                path: path.trim_end_matches('/').as_bytes(),
                kind,
                mode: 0o6755,
                link: link.map(str::as_bytes),
                owner: 0,
                group: 0,
                changed: 1_000_000_000,
                sparse: false,
            };
            self.tree.put(layer, &entry, &mut content.as_bytes())?;
        }
        Ok(())
    }

    fn at(&self, path: &str) -> PathBuf {
        self.folder.path().join("root").join(path)
    }

    fn text(&self, path: &str) -> Option<String> {
        std::fs::read_to_string(self.at(path)).ok()
    }

    /// All that lies in the tree, by path.
    fn all(&self) -> Vec<String> {
        fn walk(folder: &Path, root: &Path, found: &mut Vec<String>) {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                found.push(path.strip_prefix(root).unwrap().display().to_string());
                if path.is_dir() && !path.is_symlink() {
                    walk(&path, root, found);
                }
            }
        }
        let mut found = Vec::new();
        walk(&self.at(""), &self.at(""), &mut found);
        found.sort();
        found
    }
}

#[test]
fn nothing_leads_out_of_the_folder() {
    let outside = |case: &Case| std::fs::read_to_string(case.folder.path().join("outside")).unwrap();
    for lines in [
        vec!["../outside = x"],
        vec!["a/../../outside = x"],
        vec!["up -> ..", "up/outside = x"],
        vec!["up -> ../..", "up/outside = x"],
        vec!["here -> /", "here/outside = x"],
        vec!["a -> ../outside", "a = x"],
        vec!["a -> ../outside", "b => a", "b = x"],
        vec!["b => ../outside", "b = x"],
        vec!["l -> missing/../../..", "l/outside = x"],
        vec!["../.wh.outside"],
        vec!["up -> ..", "up/.wh..wh..opq"],
        vec![".. -> x"],
    ] {
        let mut case = case();
        let _ = case.layer(0, &lines);
        assert_eq!(outside(&case), "untouched", "{lines:?}");
        assert_eq!(std::fs::read_dir(case.folder.path()).unwrap().count(), 2, "{lines:?}");
    }
}

#[test]
fn layers_lie_over_one_another() {
    for (layers, expected) in [
        (vec![vec!["a/", "a/x", "a/y"], vec!["a/.wh.x"]], vec!["a", "a/y"]),
        (vec![vec!["a/", "a/x", "a/b/", "a/b/y"], vec!["a/n", "a/.wh..wh..opq"]], vec!["a", "a/n"]),
        (vec![vec!["a/", "a/x"], vec![".wh.a", "a/", "a/n"]], vec!["a", "a/n"]),
        (vec![vec!["x", "y"], vec!["x", ".wh.y", ".wh.x"]], vec!["x"]),
        (vec![vec!["a/", "a/x"], vec!["a"]], vec!["a"]),
        (vec![vec!["a"], vec!["a/", "a/x"]], vec!["a", "a/x"]),
        (vec![vec!["b/", "b/y", "a -> b"], vec!["a/", "a/x"]], vec!["a", "a/x", "b", "b/y"]),
        (
            vec![vec!["usr/lib/y", "lib -> usr/lib"], vec!["lib/x", "lib/.wh.y"]],
            vec!["lib", "usr", "usr/lib", "usr/lib/x"],
        ),
        (vec![vec!["lib -> /usr/lib"], vec!["lib/x"]], vec!["lib", "usr", "usr/lib", "usr/lib/x"]),
        (vec![vec!["a", "b => a", "c => a"], vec![".wh.a"]], vec!["b", "c"]),
        (vec![vec!["p|", "q"]], vec!["q"]),
    ] {
        let mut case = case();
        for (at, lines) in layers.iter().enumerate() {
            case.layer(at, lines).unwrap();
        }
        assert_eq!(case.all(), expected, "{layers:?}");
    }
}

#[test]
fn files_have_the_permissions_of_lambdas_user_and_no_privileges() {
    let mut case = case();
    case.layer(0, &["a/", "a/b = text", "h => a/b"]).unwrap();
    case.tree.finish().unwrap();
    let file = std::fs::metadata(case.at("a/b")).unwrap();
    assert_eq!((file.permissions().mode() & 0o7777, file.mtime(), file.nlink()), (0o555, 1_000_000_000, 2));
    assert_eq!(std::fs::metadata(case.at("a")).unwrap().permissions().mode() & 0o7777, 0o555);
    assert_eq!(std::fs::metadata(case.at("")).unwrap().permissions().mode() & 0o7777, 0o555);
    handles::remove_all(&case.at("")).unwrap();
    assert!(!case.at("").exists(), "closed folders are removed too");
}

#[test]
fn a_missing_target_and_a_file_in_the_way_are_errors() {
    assert!(case().layer(0, &["b => a"]).unwrap_err().contains("no such file"));
    assert!(case().layer(0, &["a = x", "a/b = y"]).is_err());
}

#[test]
fn lists_are_completed_once_and_mount_points_are_folders() {
    let mut case = case();
    case.layer(0, &["etc/passwd = root:x:0:0::/root:/bin/sh", "tmp -> var/tmp"]).unwrap();
    let lacks = |text: &str| !text.contains(":993:");
    for _ in 0..2 {
        case.tree.complete("etc/passwd", lacks, "u:x:993:990::/:/x\n").unwrap();
    }
    assert_eq!(case.text("etc/passwd").unwrap(), "root:x:0:0::/root:/bin/sh\nu:x:993:990::/:/x\n");
    assert!(case.tree.mount_point("tmp").unwrap() && !case.tree.mount_point("proc").unwrap());
    assert!(case.at("tmp").is_dir() && !case.at("tmp").is_symlink());
    case.tree.replace("etc/hosts", b"x").unwrap();
    assert_eq!(case.text("etc/hosts").as_deref(), Some("x"));
    assert_eq!(case.tree.files_in("etc"), ["hosts", "passwd"]);
}
