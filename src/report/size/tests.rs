//! What people see of an image's size.

use super::{SizeStyle, human};
use crate::image::{Image, Layer};
use crate::inventory::{Inventory, LayerSize, PathSize, TreeNode, WastedSize};

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
        digest: "sha256:0".into(),
        diff_id: None,
        packed_bytes: unpacked * MIB / 3,
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
