//! What people see of an image's size.

use super::{SizeStyle, growth_as_markdown, growth_for_people, size_as_markdown, size_for_people as human};
use crate::image::{Image, Layer};
use crate::inventory::{ChangeNode, Growth, Inventory, LayerSize, PathSize, TreeNode, WastedSize, Weights};

#[test]
fn names_in_an_archive_steer_no_terminal() {
    let layer = Layer { digest: "/Laye\u{7f}sar".into(), ..Layer::default() };
    let image = Image { name: Some("\u{1b}]0;title\u{7}".into()), layers: vec![layer], ..Image::default() };
    let text = human(&Inventory::of(&image, 15), &SizeStyle::default());
    assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "{text:?}");
    assert!(text.contains("/Laye") && text.contains("title"), "{text}");
}

const MIB: u64 = 1 << 20;

fn folder(name: &str, sizes: (u64, u64), children: Vec<TreeNode>) -> TreeNode {
    let (bytes, wasted) = (sizes.0 * MIB, sizes.1 * MIB);
    TreeNode { name: name.into(), bytes, wasted, layer: Some(1), children: Some(children), left_out: 0 }
}

fn file(name: &str, sizes: (u64, u64)) -> TreeNode {
    TreeNode { children: None, ..folder(name, sizes, Vec::new()) }
}

/// An image as machine learning has them.
pub(super) fn large() -> Inventory {
    let numpy = folder("numpy.libs", (60, 0), vec![file("libopenblas.so", (60, 0))]);
    let torch = folder("torch", (440, 0), vec![folder("lib", (430, 0), vec![file("libtorch.so", (420, 0))])]);
    let site = folder("site-packages", (510, 0), vec![torch, numpy]);
    let python = folder("lib", (520, 0), vec![folder("python3.12", (515, 0), vec![site])]);
    let lang = folder("lang", (590, 0), vec![python, folder("bin", (70, 0), vec![file("python3.12", (70, 0))])]);
    let var = folder("var", (600, 0), vec![lang, folder("task", (10, 0), vec![])]);
    let models = folder("models", (400, 1200), vec![file("\u{1b}[2Jweights.bin", (400, 1200))]);
    let tree = folder("/", (1000, 1200), vec![folder("opt", (400, 1200), vec![models]), var]);
    let layer = |unpacked: u64, wasted: u64, by: &str| LayerSize {
        digest: format!("sha256:{unpacked}"),
        diff_id: None,
        packed_bytes: unpacked * MIB / 3,
        compressed: true,
        unpacked_bytes: Some(unpacked * MIB),
        entries: 1,
        wasted_bytes: wasted * MIB,
        created_by: Some(by.into()),
    };
    let path =
        |path: &str, bytes: u64, layer: usize| PathSize { path: path.into(), bytes: bytes * MIB, layer: Some(layer) };
    Inventory {
        image: Some("orders:latest".into()),
        unpacked_bytes: Some(2210 * MIB),
        flattened_bytes: Some(1000 * MIB),
        limit_bytes: 10240 * MIB,
        headroom_bytes: Some(8030 * (1 << 20)),
        files: Some(483),
        wasted_bytes: 1200 * MIB,
        layers: vec![
            layer(600, 0, "RUN pip install -r requirements.txt --target /var/lang/lib/python3.12/site-packages"),
            layer(1205, 1200, "COPY models /opt/models"),
            layer(405, 0, "RUN chmod -R a+r /opt/models"),
        ],
        folders: Vec::new(),
        largest: vec![
            path("/var/lang/lib/python3.12/site-packages/torch/lib/libtorch.so", 420, 1),
            path("/opt/models/\u{1b}[2Jweights.bin", 400, 3),
            path("/var/lang/bin/python3.12", 70, 1),
            path("/etc/os-release", 0, 1),
        ],
        wasted: vec![WastedSize {
            path: "/opt/models/\u{1b}[2Jweights.bin".into(),
            bytes: 1200 * MIB,
            layer: 2,
            by: 3,
            deleted: false,
        }],
        tree,
        telling_folders: 12,
        file_counts: (483, 1),
    }
}

/// Holds a text against the file that shows it; `UPDATE=1` rewrites the file.
pub(super) fn golden(name: &str, text: &str) {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/report/size").join(name);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, text).unwrap();
    }
    assert_eq!(text, std::fs::read_to_string(&path).unwrap(), "{name} is out of date; UPDATE=1 rewrites it\n{text}");
}

const TERMINAL: SizeStyle = SizeStyle { bars: true, color: false, unicode: true, width: Some(80), listed: 15 };

#[test]
fn a_terminal_shows_bars() {
    let text = human(&large(), &TERMINAL);
    golden("terminal.txt", &text);
    let ascii = human(&large(), &SizeStyle { unicode: false, ..TERMINAL });
    assert!(ascii.is_ascii(), "{ascii}");
    for width in [40, 60, 80, 200] {
        let text = human(&large(), &SizeStyle { width: Some(width), ..TERMINAL });
        let widest = text.lines().map(|line| line.chars().count()).max().unwrap_or_default();
        assert!(widest <= width.max(76), "{widest} of {width}\n{text}");
    }
}

#[test]
fn a_pipe_gets_columns_and_no_bars() {
    let text = human(&large(), &SizeStyle { listed: 3, ..SizeStyle::default() });
    assert!(!text.contains(['█', '░', '#']), "{text}");
    let folders: Vec<&str> = text.split("folders\n").nth(1).unwrap().lines().take(4).map(str::trim).collect();
    assert_eq!(folders[0], "1.56 GiB    72.7 %  /opt/models");
    assert_eq!(folders[1], "590.00 MiB    26.8 %  /var/lang");
    assert_eq!(folders[3], "and 9 smaller");
}

fn change(name: &str, sizes: (u64, u64), children: Vec<ChangeNode>) -> ChangeNode {
    let (old, new) = (sizes.0 * MIB, sizes.1 * MIB);
    let changed = children.iter().map(|child| child.changed).sum::<u64>().max(old.abs_diff(new));
    let growth = i64::try_from(new).unwrap() - i64::try_from(old).unwrap();
    let children = (!children.is_empty()).then_some(children);
    ChangeNode { name: name.into(), old, new, growth, changed, children, left_out: 0 }
}

fn grown() -> Growth {
    let now = large();
    let mut before = now.clone();
    before.image = Some("orders:main".into());
    before.unpacked_bytes = Some(900 * MIB);
    (before.flattened_bytes, before.wasted_bytes) = (Some(890 * MIB), 0);
    before.layers[0].digest = "sha256:old".into();
    before.layers[0].unpacked_bytes = Some(500 * MIB);
    before.layers[1].created_by = Some("RUN curl | tar x".into());
    before.layers[1].digest = "sha256:older".into();
    let nothing = Weights::of(&Image::default());
    let mut growth = Growth::of((&before, &nothing), (&now, &nothing));
    let torch = change("torch", (300, 440), vec![change("lib|<b>`*_", (300, 440), vec![])]);
    let old = change("numpy-1.26", (40, 0), vec![]);
    let site = change("site-packages", (340, 500), vec![torch, old, change("numpy-2.2", (0, 60), vec![])]);
    let models = change("models", (0, 1600), vec![change("\u{1b}[2Jweights.bin", (0, 1600), vec![])]);
    growth.tree =
        change("/", (900, 2210), vec![change("opt", (0, 1600), vec![models]), change("var", (590, 600), vec![site])]);
    growth
}

#[test]
fn growth_is_told_by_layer_and_folder() {
    golden("growth.txt", &growth_for_people(&grown(), &TERMINAL));
    let text = growth_for_people(&grown(), &SizeStyle { unicode: false, ..TERMINAL });
    assert!(text.is_ascii(), "{text}");
    assert!(!growth_for_people(&grown(), &SizeStyle::default()).contains(['█', '#']));
}

#[test]
fn growth_is_a_comment_on_a_pull_request() {
    golden("growth.md", &growth_as_markdown(&grown(), Some("50MB"), 15));
    golden("size.md", &size_as_markdown(&large(), 15));
}

#[test]
fn a_comment_is_no_longer_than_github_takes() {
    let mut growth = grown();
    let files = (0..900).map(|at| change(&format!("{at}{}", "€<".repeat(150)), (0, 5), vec![])).collect();
    growth.tree = change("/", (0, 5000), files);
    let text = growth_as_markdown(&growth, None, 1000);
    assert!(text.len() < 65_536 && text.contains("more.\n"), "{}", text.len());
}

#[test]
fn unknown_sizes_are_said_to_be() {
    let mut growth = grown();
    growth.unpacked.growth = None;
    growth.unpacked.new = None;
    assert!(growth_as_markdown(&growth, None, 15).contains("could not be read whole"));
    assert!(growth_for_people(&growth, &SizeStyle::default()).contains("unreadable       unknown  was 900.00 MiB"));
}
