//! Pages are well formed, say what they are to say, and hold nothing of others but text.

#![allow(clippy::cast_precision_loss, reason = "areas are compared within a tolerance")]

use super::treemap::{Rect, What, areas, squarify};
use super::{STYLE, STYLE_HASH, growths, render, sizes};
use crate::check::{self, Checked, Outcome};
use crate::inventory::{Growth, Inventory, LayerSize, TreeNode, WastedSize, Weights};
use crate::options::Options;
use crate::report::{Run, Unreadable};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::civil::date;
use proptest::prelude::*;
use quick_xml::events::Event;
use sha2::{Digest, Sha256};

/// Elements that a page has, and the attributes of all of them.
const ELEMENTS: &str = "main h1 h2 h3 p b small code pre mark span a ul li nav section article details summary svg defs pattern g title \
                        rect text div table caption thead tbody tr th td";
const ATTRIBUTES: &str = "class id href rel open scope viewBox width height role aria-label aria-hidden font-family font-size stroke-width \
                          patternUnits patternTransform fill fill-opacity stroke paint-order x y";

/// What is in the page, as a reader of XML sees it; fails on anything that a page does not have.
#[track_caller]
fn texts(page: &str) -> String {
    let start = page.find("<main>").unwrap();
    let end = page.rfind("</main>").unwrap() + "</main>".len();
    let body = &page[start..end];
    assert!(body.chars().all(|c| matches!(c, '\n' | '\t') || !c.is_control()), "a control character");
    let mut reader = quick_xml::Reader::from_str(body);
    let mut text = String::new();
    loop {
        match reader.read_event().unwrap_or_else(|error| panic!("{error} at {}\n{body}", reader.error_position())) {
            Event::Start(element) | Event::Empty(element) => {
                let name = String::from_utf8(element.name().as_ref().to_vec()).unwrap();
                assert!(ELEMENTS.split_whitespace().any(|known| known == name), "<{name}>");
                for attribute in element.attributes() {
                    let attribute = attribute.unwrap();
                    let key = String::from_utf8(attribute.key.as_ref().to_vec()).unwrap();
                    assert!(ATTRIBUTES.split_whitespace().any(|known| known == key), "<{name} {key}>");
                    let own = attribute.value.starts_with(b"#") || attribute.value.starts_with(b"https://");
                    assert!(key != "href" || own, "{attribute:?}");
                }
            }
            Event::Text(part) => text.push_str(&String::from_utf8_lossy(&part)),
            Event::GeneralRef(part) => {
                assert!(["amp", "lt", "gt", "quot", "#39"].contains(&&*String::from_utf8_lossy(&part)), "{part:?}");
            }
            Event::End(_) => {}
            Event::Eof => return text,
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn the_policy_allows_the_style_sheet_alone() {
    assert_eq!(STYLE_HASH, STANDARD.encode(Sha256::digest(STYLE)), "STYLE_HASH is the hash of another style sheet");
    let page = sizes(&[]);
    assert!(page.contains(&format!("<style>{STYLE}</style>")) && !STYLE.contains(['<', '&']), "{page}");
    assert!(page.contains("content=\"default-src 'none'; style-src 'sha256-"), "{page}");
}

const MIB: u64 = 1 << 20;

fn node(name: &str, sizes: (u64, u64), layer: usize, children: Option<Vec<TreeNode>>) -> TreeNode {
    let (bytes, wasted) = (sizes.0 * MIB, sizes.1 * MIB);
    TreeNode { name: name.into(), bytes, wasted, layer: Some(layer), children, left_out: 0 }
}

fn inventory(name: &str, tree: TreeNode, layers: &[&str]) -> Inventory {
    let layer = |(at, by): (usize, &&str)| LayerSize {
        digest: format!("sha256:{at}"),
        diff_id: None,
        packed_bytes: 10 * MIB,
        compressed: true,
        unpacked_bytes: Some((30 + at as u64) * MIB),
        entries: 3,
        wasted_bytes: 0,
        created_by: Some((*by).to_owned()),
    };
    Inventory {
        image: Some(name.to_owned()),
        unpacked_bytes: Some(tree.total() + 1),
        flattened_bytes: Some(tree.bytes),
        limit_bytes: 10 << 30,
        headroom_bytes: Some(1),
        files: Some(7),
        wasted_bytes: tree.wasted,
        layers: layers.iter().enumerate().map(layer).collect(),
        folders: Vec::new(),
        largest: Vec::new(),
        wasted: vec![WastedSize { path: "/x".into(), bytes: 1, layer: 1, by: 2, deleted: true }],
        tree,
        telling_folders: 3,
        file_counts: (7, 1),
    }
}

fn small_image() -> Inventory {
    let models = node("ml", (20, 40), 2, Some(vec![node("<b>.bin", (20, 40), 2, None)]));
    let task = node("task", (30, 0), 3, Some(vec![node("a&b.py", (25, 0), 3, None)]));
    let tree = node("/", (50, 40), 1, Some(vec![models, task]));
    inventory("orders:latest", tree, &["FROM base", "COPY models /opt/ml", "RUN echo '<script>'"])
}

fn checked(path: &str, text: &str) -> Checked {
    check::dockerfile(path, text, &Options::new(date(2026, 11, 24)))
}

fn of_image(inventory: Inventory) -> Checked {
    let mut checked = check::image("image.tar", &crate::image::Image::default(), &Options::new(date(2026, 11, 24)));
    if let Outcome::Image(outcome) = &mut checked.outcome {
        outcome.inventory = Some(Box::new(inventory));
    }
    checked.diagnostics.clear();
    checked
}

const DOCKERFILE: &str =
    "FROM public.ecr.aws/lambda/python:3.13\n# <b>&\nRUN yum install -y jq && pip install x\nCMD app.handler\n";

#[test]
fn a_page_has_findings_sources_and_pictures() {
    let checked = [checked("api/Dockerfile", DOCKERFILE), of_image(small_image())];
    let unreadable = [Unreadable { path: "x".into(), message: "x: <no such file>".into() }];
    let page = render(&Run::new(&checked, &unreadable, date(2026, 11, 24)));
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/report/html/page.html");
    // The version of the next release is not what this is about.
    let told = page.replace(env!("CARGO_PKG_VERSION"), "VERSION");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &told).unwrap();
    }
    assert_eq!(told, std::fs::read_to_string(&path).unwrap(), "page.html is out of date; UPDATE=1 rewrites it");
    texts(&page);
    let at = |what: &str| page.find(what).unwrap_or_else(|| panic!("no {what} in {page}"));
    assert!(at("LL203 handler-shell-form") < at("LL502 "), "the worst stands first");
    assert!(page.contains("<mark>app.handler</mark>") || page.contains("<mark>CMD app.handler</mark>"), "{page}");
    // Every link within the page leads somewhere.
    for target in page.split("href=\"#").skip(1).filter_map(|rest| rest.split('"').next()) {
        assert!(page.contains(&format!("id=\"{target}\"")), "#{target} leads nowhere");
    }
}

#[test]
fn several_subjects_have_sections_of_their_own() {
    let checked = [
        checked("a/Dockerfile", DOCKERFILE),
        checked("b/Dockerfile", DOCKERFILE),
        of_image(small_image()),
        of_image(small_image()),
    ];
    let page = render(&Run::new(&checked, &[], date(2026, 11, 24)));
    texts(&page);
    let mut ids: Vec<&str> = page.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), count, "an id stands twice");
    assert!(ids.contains(&"file2-4") && ids.contains(&"image2") && ids.contains(&"gone2"));
}

#[test]
fn growth_is_a_page_too() {
    let (image, nothing) = (small_image(), Weights::of(&crate::image::Image::default()));
    let mut before = image.clone();
    before.layers.remove(2);
    before.image = Some("<old>".into());
    let growth = Growth::of((&before, &nothing), (&image, &nothing));
    let page = growths(&[(&growth, &image)]);
    texts(&page);
    assert!(page.contains("&lt;old&gt;") && page.contains("RUN echo &#39;&lt;script&gt;&#39;"), "{page}");
}

/// A tree as wide and as deep as one can be.
fn worst_tree() -> TreeNode {
    let long = |at: usize| format!("{at}{}", "a-long-name-of-a-package".repeat(3));
    let mut children = Vec::new();
    for at in 0..60 {
        let mut inner = Vec::new();
        for at in 0..33 {
            let mut file = node(&long(at), (1, 0), at % 9 + 1, None);
            file.wasted = MIB / 4;
            inner.push(file);
        }
        children.push(TreeNode { wasted: 33 * MIB / 4, left_out: 7, ..node(&long(at), (33, 0), 1, Some(inner)) });
    }
    TreeNode { wasted: 60 * 33 * MIB / 4, ..node("/", (60 * 33, 0), 1, Some(children)) }
}

#[test]
fn the_page_of_a_large_image_is_small() {
    let page = sizes(&[inventory("large", worst_tree(), &["RUN x"; 127])]);
    texts(&page);
    assert!(page.len() < 200 * 1024, "{} bytes", page.len());
}

/// How far two lengths may be apart: of what is drawn a tenth of a unit is seen.
const NEAR: f64 = 1e-3;

fn lies_within(inner: Rect, outer: Rect) -> bool {
    inner.x >= outer.x - NEAR
        && inner.y >= outer.y - NEAR
        && inner.x + inner.width <= outer.x + outer.width + NEAR
        && inner.y + inner.height <= outer.y + outer.height + NEAR
        && inner.width >= 0.0
        && inner.height >= 0.0
}

fn overlap(a: Rect, b: Rect) -> f64 {
    let width = (a.x + a.width).min(b.x + b.width) - a.x.max(b.x);
    let height = (a.y + a.height).min(b.y + b.height) - a.y.max(b.y);
    if width > 0.0 && height > 0.0 { width * height } else { 0.0 }
}

fn trees() -> impl Strategy<Value = TreeNode> {
    let name = prop_oneof![
        "[a-z]{1,12}",
        "\\PC{0,20}",
        Just("\"><script>alert(1)</script>".to_owned()),
        "[\\x00-\\x7f]{0,12}"
    ];
    let sizes = (prop_oneof![Just(0_u64), 1_u64..1_000_000, any::<u64>()], prop_oneof![Just(0_u64), 1_u64..1_000_000]);
    let leaf = (name.clone(), sizes, 0_usize..12).prop_map(|(name, (bytes, wasted), layer)| TreeNode {
        name,
        bytes: bytes >> 8,
        wasted,
        layer: Some(layer).filter(|layer| *layer > 0),
        children: None,
        left_out: 0,
    });
    leaf.prop_recursive(5, 80, 8, move |inner| {
        (name.clone(), proptest::collection::vec(inner, 0..8), 0_u64..100_000).prop_map(|(name, mut children, more)| {
            children.sort_by_key(|child| std::cmp::Reverse(child.total()));
            let sum = |of: fn(&TreeNode) -> u64| children.iter().map(of).fold(0, u64::saturating_add);
            let (bytes, wasted) = (sum(|child| child.bytes).saturating_add(more), sum(|child| child.wasted));
            TreeNode { name, bytes, wasted, layer: Some(1), children: Some(children), left_out: usize::from(more > 0) }
        })
    })
}

proptest! {
    /// What is drawn of weights is as large as they are, covers the whole, and nothing lies on anything else.
    #[test]
    fn areas_add_up(mut weights in proptest::collection::vec(prop_oneof![1_u64..1000, 1_u64..1 << 50], 1..60)) {
        weights.sort_unstable_by(|a, b| b.cmp(a));
        let whole = Rect { x: 3.0, y: 5.0, width: 960.0, height: 480.0 };
        let drawn = squarify(&weights, whole);
        prop_assert_eq!(drawn.len(), weights.len());
        let all: f64 = weights.iter().map(|&weight| weight as f64).sum();
        for (at, rect) in drawn.iter().enumerate() {
            prop_assert!(lies_within(*rect, whole), "{rect:?}");
            let wanted = whole.area() * weights[at] as f64 / all;
            prop_assert!((rect.area() - wanted).abs() < 0.01, "{} and {wanted}", rect.area());
            for other in &drawn[..at] {
                prop_assert!(overlap(*rect, *other) < 0.01, "{rect:?} {other:?}");
            }
        }
        prop_assert!((drawn.iter().map(|rect| rect.area()).sum::<f64>() - whole.area()).abs() < 0.1);
    }

    /// What is in a folder lies within it, in proportion, and is all of it.
    #[test]
    fn folders_hold_what_is_in_them(tree in trees()) {
        let whole = Rect { x: 0.0, y: 0.0, width: 960.0, height: 480.0 };
        let drawn = areas(&tree, whole, 1);
        for (at, area) in drawn.iter().enumerate() {
            let outer = area.parent.map_or(whole, |parent| drawn[parent].rect);
            prop_assert!(lies_within(area.rect, outer), "{area:?} in {outer:?}");
            let (bytes, inside) = match area.what {
                What::Folder(node) => (node.total(), drawn.iter().filter(|other| other.parent == Some(at)).collect::<Vec<_>>()),
                What::Whole(node) => {
                    let (live, gone) = area.parts(node);
                    prop_assert!(lies_within(live, area.rect) && lies_within(gone, area.rect));
                    prop_assert!((live.area() + gone.area() - area.rect.area()).abs() < 0.01);
                    continue;
                }
                What::Smaller(..) => continue,
            };
            let below = inside.iter().map(|other| other.bytes()).fold(0, u64::saturating_add);
            prop_assert!(below == bytes, "{below} of {bytes}");
            let space: f64 = inside.iter().map(|other| other.rect.area()).sum();
            for other in &inside {
                let (share, drawn) = (other.bytes() as f64 / bytes as f64, other.rect.area() / space);
                prop_assert!((share - drawn).abs() < 1e-3, "{share} {drawn}");
            }
        }
    }

    /// Names from an archive are text on a page, whatever they are.
    #[test]
    fn hostile_names_are_text(tree in trees(), name in "\\PC{0,30}", by in any::<String>()) {
        texts(&sizes(&[inventory(&name, tree, &[&by, "</style><script>"])]));
    }

    /// So is what a Dockerfile holds.
    #[test]
    fn hostile_files_are_text(path in any::<String>(), line in any::<String>(), bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
        let mut text = DOCKERFILE.as_bytes().to_vec();
        text.extend(line.as_bytes());
        text.extend(b"\nRUNN </pre><script>alert(1)</script>\nCOPY ");
        text.extend(bytes);
        let checked = [check::dockerfile(&path, &text, &Options::new(date(2026, 11, 24)))];
        let said = texts(&render(&Run::new(&checked, &[], date(2026, 11, 24))));
        prop_assert!(said.contains("LL001"));
    }
}
