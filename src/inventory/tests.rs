//! Trees are bounded, add up, and have every byte once.

use super::{ChangeNode, Inventory, TreeNode, Weights};
use crate::image::instruction;
use crate::image::{Image, ReadOptions, from_reader};

#[test]
fn history_reads_as_a_dockerfile_does() {
    assert_eq!(instruction("/bin/sh -c #(nop) COPY file:abc in /app "), "COPY file:abc in /app");
    assert_eq!(instruction("RUN /bin/sh -c apt-get update # buildkit"), "RUN apt-get update");
    assert_eq!(instruction("/bin/sh -c pip  install x"), "RUN pip install x");
    assert_eq!(instruction("WORKDIR /app"), "WORKDIR /app");
}

/// An image of layers of files with sizes, as an old docker-archive.
fn image(layers: &[&[(&str, u64)]]) -> Image {
    let layer = |files: &[(&str, u64)]| {
        let mut layer = tar::Builder::new(Vec::new());
        for (path, size) in files {
            let mut header = tar::Header::new_gnu();
            header.set_size(*size);
            header.set_mode(0o644);
            layer.append_data(&mut header, path, std::io::Read::take(std::io::repeat(0), *size)).unwrap();
        }
        layer.into_inner().unwrap()
    };
    let mut archive = tar::Builder::new(Vec::new());
    let mut add = |name: &str, bytes: &[u8]| {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        archive.append_data(&mut header, name, bytes).unwrap();
    };
    let names: Vec<String> = (0..layers.len()).map(|at| format!("{at}/layer.tar")).collect();
    layers.iter().zip(&names).for_each(|(files, name)| add(name, &layer(files)));
    add("c.json", br#"{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]}}"#);
    let manifest = serde_json::json!([{"Config": "c.json", "RepoTags": null, "Layers": names}]);
    add("manifest.json", manifest.to_string().as_bytes());
    let bytes = archive.into_inner().unwrap();
    from_reader(bytes.as_slice(), &ReadOptions::default(), std::convert::identity).unwrap().remove(0)
}

/// Every node below one, itself included.
fn all(node: &TreeNode) -> Vec<&TreeNode> {
    std::iter::once(node).chain(node.children().iter().flat_map(all)).collect()
}

#[test]
fn a_tree_has_live_and_hidden_bytes_once() {
    let lower: &[(&str, u64)] = &[("a/b", 1000), ("a/c", 500), ("d", 300), ("e/f/g", 200)];
    // `a/b` is overwritten, `a/c` deleted, and the folder `e` gives way to a file.
    let image = image(&[lower, &[("a/b", 700), ("a/.wh.c", 0), ("e", 50)]]);
    let tree = Inventory::of(&image, 15).tree;
    let node = |path: &str| {
        let step = |node: &'static TreeNode, name: &str| node.children().iter().find(|child| child.name == name);
        let root: &'static TreeNode = Box::leak(Box::new(tree.clone()));
        path.split('/').try_fold(root, step).unwrap()
    };
    let known = |path: &str| (node(path).bytes, node(path).wasted, node(path).layer);
    assert_eq!((tree.name.as_str(), tree.bytes, tree.wasted), ("/", 700 + 300 + 50, 1000 + 500 + 200));
    assert_eq!(known("a"), (700, 1500, Some(1)));
    assert_eq!(known("a/b"), (700, 1000, Some(2)));
    assert_eq!(known("a/c"), (0, 500, Some(1)));
    assert_eq!(known("e"), (50, 200, Some(2)));
    assert!(node("d").children.is_none() && node("a").children.is_some());
}

#[test]
fn what_is_small_is_counted_and_left_out() {
    let many: Vec<(String, u64)> = (0..1000).map(|at| (format!("many/{at}"), 1)).collect();
    let mut files: Vec<(&str, u64)> = many.iter().map(|(path, size)| (path.as_str(), *size)).collect();
    files.push(("big", 9000));
    let tree = Inventory::of(&image(&[&files]), 15).tree;
    assert_eq!(tree.children().iter().map(|node| node.name.as_str()).collect::<Vec<_>>(), ["big", "many"]);
    assert_eq!((tree.children()[1].children().len(), tree.children()[1].left_out), (0, 1000));
    assert_eq!((tree.bytes, tree.left_out), (10_000, 0));
}

#[test]
fn a_deep_tree_is_cut() {
    let deep = format!("{}f", "d/".repeat(900));
    let inventory = Inventory::of(&image(&[&[(&deep, 5000)]]), 15);
    let nodes = all(&inventory.tree);
    assert_eq!(nodes.len(), 33);
    assert_eq!((nodes[32].bytes, nodes[32].left_out), (5000, 1));
    // serde_json reads no more than 128 levels.
    let text = serde_json::to_string(&inventory).unwrap();
    assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok());
}

#[test]
fn a_wide_and_deep_tree_has_a_bounded_number_of_nodes() {
    let files: Vec<(String, u64)> = (0..400).map(|at| (format!("{at}/{}f", "d/".repeat(25)), 100)).collect();
    let files: Vec<(&str, u64)> = files.iter().map(|(path, size)| (path.as_str(), *size)).collect();
    let tree = Inventory::of(&image(&[&files]), 15).tree;
    assert_eq!(all(&tree).len(), 2000);
    for node in all(&tree) {
        assert!(node.children().iter().map(TreeNode::total).sum::<u64>() <= node.total());
    }
}

#[test]
fn rows_are_walked_with_their_paths() {
    let weights = Weights::of(&image(&[&[("a/b/c", 1), ("a/d", 2), ("a.txt", 4), ("z", 8)]]));
    let mut seen = Vec::new();
    weights.walk(|at, path| seen.push((path.to_owned(), weights.rows()[at].bytes)));
    let expected = [("/a", 3), ("/a/b", 1), ("/a/b/c", 1), ("/a/d", 2), ("/a.txt", 4), ("/z", 8)];
    assert_eq!(seen, expected.map(|(path, bytes)| (path.to_owned(), bytes)));
    assert_eq!(weights.children(0).map(|at| weights.name(at)).collect::<Vec<_>>(), ["a", "a.txt", "z"]);
}

fn changes(old: &[&[(&str, u64)]], new: &[&[(&str, u64)]]) -> ChangeNode {
    ChangeNode::of(&Weights::of(&image(old)), &Weights::of(&image(new)))
}

fn all_changes(node: &ChangeNode) -> Vec<&ChangeNode> {
    std::iter::once(node).chain(node.children().iter().flat_map(all_changes)).collect()
}

#[test]
fn what_has_grown_and_shrunk_is_found_by_name() {
    let old: &[(&str, u64)] = &[("a/b", 100), ("a/c", 50), ("same", 1000), ("gone/x", 30), ("kind", 9)];
    let new: &[(&str, u64)] = &[("a/b", 160), ("a/d", 50), ("same", 1000), ("kind/of/folder", 20)];
    let tree = changes(&[old], &[new]);
    let told: Vec<String> = all_changes(&tree)
        .iter()
        .map(|node| format!("{} {}→{} {:+} {}", node.name, node.old, node.new, node.growth, node.changed))
        .collect();
    assert_eq!(
        told,
        [
            "/ 1189→1230 +41 219",
            "a 150→210 +60 160",
            "b 100→160 +60 60",
            "c 50→0 -50 50",
            "d 0→50 +50 50",
            "gone 30→0 -30 30",
            "x 30→0 -30 30",
            "kind 9→20 +11 29",
            "of 0→20 +20 20",
            "folder 0→20 +20 20",
        ]
    );
}

#[test]
fn an_image_has_no_changes_to_itself() {
    let files: &[(&str, u64)] = &[("a/b", 100), ("c", 50)];
    let tree = changes(&[files], &[files]);
    assert_eq!((tree.growth, tree.changed, tree.children().len(), tree.left_out), (0, 0, 0, 0));
}

#[test]
fn what_is_copied_again_has_grown_by_its_waste() {
    let files: &[(&str, u64)] = &[("opt/model", 4000)];
    let tree = changes(&[files], &[files, files]);
    assert_eq!((tree.old, tree.new, tree.growth), (4000, 8000, 4000));
}

#[test]
fn changes_are_as_bounded_as_a_tree() {
    let files: Vec<(String, u64)> = (0..400).map(|at| (format!("{at}/{}f", "d/".repeat(40)), 100)).collect();
    let files: Vec<(&str, u64)> = files.iter().map(|(path, size)| (path.as_str(), *size)).collect();
    let tree = changes(&[&[("one", 1)]], &[&files]);
    assert_eq!(all_changes(&tree).len(), 2000);
    assert!(tree.left_out > 0);
    for node in all_changes(&tree) {
        assert!(node.children().iter().map(|child| child.changed).sum::<u64>() <= node.changed);
    }
}
