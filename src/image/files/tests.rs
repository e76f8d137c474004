//! Layers merged, and paths followed in them.

use super::*;
use crate::image::tarball::Entry;

fn entry(path: &str, kind: EntryKind, size: u64, link: Option<&str>) -> Entry {
    Entry {
        path: path.as_bytes().into(),
        kind,
        size,
        mode: 0o644,
        link: link.map(|l| l.as_bytes().into()),
        ..Entry::default()
    }
}

fn file(path: &str, size: u64) -> Entry {
    entry(path, EntryKind::File, size, None)
}

fn merged(layers: &[Vec<Entry>]) -> Files {
    let (mut files, budget) = (Files::default(), Budget::new(Arc::default()));
    layers.iter().enumerate().for_each(|(at, entries)| {
        files.merge(&entries.iter().cloned().collect(), at, &budget).unwrap();
    });
    files
}

#[test]
fn whiteouts_hide_lower_layers_only() {
    let files = merged(&[vec![file("a/x", 1), file("a/y", 2)], vec![file("a/.wh.x", 0), file("a/z", 4)]]);
    assert_eq!((files.bytes(), files.count()), (6, 2));
    let files = merged(&[vec![file("a/x", 1)], vec![file("a/n", 2), file("a/.wh..wh..opq", 0)]]);
    assert_eq!((files.bytes(), files.get("a/x").is_none()), (2, true));
}

#[test]
fn files_and_directories_replace_each_other() {
    let files = merged(&[vec![file("a/x", 1)], vec![file("a", 2)]]);
    assert_eq!((files.bytes(), files.count()), (2, 1));
    let files = merged(&[vec![file("a", 2)], vec![file("a/x", 1)]]);
    assert_eq!((files.bytes(), files.count()), (1, 1));
}

#[test]
fn hard_links_count_once_and_live_as_long_as_one_name() {
    let link = entry("b", EntryKind::Hardlink, 0, Some("a"));
    let files = merged(&[vec![file("a", 5), link.clone()]]);
    assert_eq!((files.bytes(), files.count()), (5, 2));
    let files = merged(&[vec![file("a", 5), link], vec![file(".wh.a", 0)]]);
    assert_eq!((files.bytes(), files.count()), (5, 1));
}

#[test]
fn what_is_hidden_counts_once() {
    let hidden = |layers: &[Vec<Entry>]| -> Vec<(String, u64, usize, usize, bool)> {
        let files = merged(layers);
        let one = |h: &Hidden| (String::from_utf8_lossy(&h.path).into_owned(), h.bytes, h.layer, h.by, h.deleted);
        files.hidden().iter().map(one).collect()
    };
    let link = |path, to| entry(path, EntryKind::Hardlink, 0, Some(to));
    // Deleted, overwritten, below an opaque directory, and below a directory that became a file.
    assert_eq!(hidden(&[vec![file("a", 5)], vec![file(".wh.a", 0)]]), [("a".into(), 5, 0, 1, true)]);
    assert_eq!(hidden(&[vec![file("a", 5)], vec![file("a", 5)]]), [("a".into(), 5, 0, 1, false)]);
    let opaque = [vec![file("d/a", 5)], vec![file("d/b", 1), file("d/.wh..wh..opq", 0)]];
    assert_eq!(hidden(&opaque), [("d/a".into(), 5, 0, 1, true)]);
    assert_eq!(hidden(&[vec![file("d/a", 5)], vec![file("d", 1)]]), [("d/a".into(), 5, 0, 1, false)]);
    assert_eq!(hidden(&[vec![file("d", 5)], vec![file("d/a", 1)]]), [("d".into(), 5, 0, 1, false)]);
    // A file with two names is there until both are gone.
    assert_eq!(hidden(&[vec![file("a", 5), link("b", "a")], vec![file(".wh.a", 0)]]), []);
    let gone = [vec![file("a", 5), link("b", "a")], vec![file(".wh.a", 0)], vec![file(".wh.b", 0)]];
    assert_eq!(hidden(&gone), [("b".into(), 5, 0, 2, true)]);
    // Deleted and put back: the first copy is wasted.
    assert_eq!(hidden(&[vec![file("a", 5)], vec![file(".wh.a", 0)], vec![file("a", 5)]]).len(), 1);
    // The same name twice in one layer.
    assert_eq!(hidden(&[vec![file("a", 5), file("a", 6)]]), [("a".into(), 5, 0, 0, false)]);
}

#[test]
fn everything_below_a_directory() {
    let files =
        merged(&[vec![file("a/y", 1), file("a/b/x", 1), file("c", 1), entry("l", EntryKind::Symlink, 0, Some("a"))]]);
    let paths = |path| files.inside(path).map(FileAt::path).collect::<Vec<_>>();
    assert_eq!(paths("/a"), ["/a/b", "/a/b/x", "/a/y"]);
    assert_eq!(paths("/l"), ["/a/b", "/a/b/x", "/a/y"]);
    assert_eq!(paths("/"), ["/a", "/a/b", "/a/b/x", "/a/y", "/c", "/l"]);
    assert_eq!(paths("/none").len(), 0);
    let mut walked = Vec::new();
    files.walk(|path, node| walked.push((path.join(&b"/"[..]), node.size)));
    let shown: Vec<(&str, u64)> =
        walked.iter().map(|(path, size)| (std::str::from_utf8(path).unwrap(), *size)).collect();
    assert_eq!(shown, [("a", 0), ("a/b", 0), ("a/b/x", 1), ("a/y", 1), ("c", 1), ("l", 0)]);
}

#[test]
fn links_are_followed_inside_the_root_and_not_for_ever() {
    let files = merged(&[vec![
        file("usr/bin/python3", 1),
        entry("bin", EntryKind::Symlink, 0, Some("usr/bin")),
        entry("usr/bin/python", EntryKind::Symlink, 0, Some("python3")),
        entry("up", EntryKind::Symlink, 0, Some("../../../usr")),
        entry("loop", EntryKind::Symlink, 0, Some("loop")),
    ]]);
    assert!(matches!(files.resolve("/bin/python"), Resolution::Found(_, path) if path == "/usr/bin/python3"));
    assert!(matches!(files.resolve("/up/bin/python3"), Resolution::Found(..)));
    assert!(matches!(files.resolve("/loop"), Resolution::Loop));
    assert!(matches!(files.resolve("/bin/ruby"), Resolution::Missing(path) if path == "/usr/bin/ruby"));
    assert!(matches!(files.resolve("/bin/python/x"), Resolution::NotDirectory(_)));
}
