//! An image in pictures: what it takes of the limit, a treemap, its folders, its layers.

use super::escape::{escape, head, tail};
use super::treemap::{Area, Rect, What, areas};
use crate::inventory::{Inventory, TreeNode};
use crate::report::size::{known, percent};
use crate::size::show;
use std::collections::BTreeMap;
use std::fmt::Write;

/// Okabe and Ito's colours, which colour-blind people tell apart, and the colour of text on each.
const COLORS: [(&str, &str); 7] = [
    ("#0072B2", "#fff"),
    ("#E69F00", "#000"),
    ("#009E73", "#000"),
    ("#CC79A7", "#000"),
    ("#56B4E9", "#000"),
    ("#D55E00", "#000"),
    ("#F0E442", "#000"),
];
/// The colour of all other layers.
const OTHERS: (&str, &str) = ("#999999", "#000");
/// Width and height of the treemap in units of its own.
const MAP: (f64, f64) = (960.0, 480.0);
/// Maximum number of folders and files in the treemap, and in the list.
const MAX_DRAWN: usize = 500;
/// Maximum number of characters of a name, and of a path.
const MAX_NAME: usize = 100;
const MAX_PATH: usize = 160;
/// Maximum number of layers in the table.
const MAX_LAYERS: usize = 200;

/// The section of an image. `at` tells the sections of a page apart.
pub(super) fn section(out: &mut String, inventory: &Inventory, at: usize) {
    let colors = colors(inventory);
    let name = head(inventory.image.as_deref().unwrap_or("image"), MAX_PATH);
    let _ = writeln!(out, "<section id=\"image{at}\"><h2>Image {name}</h2>");
    totals(out, inventory);
    if inventory.tree.total() > 0 {
        treemap(out, inventory, &colors, at);
        folders(out, &inventory.tree);
    }
    layers(out, inventory, &colors);
    out.push_str("</section>\n");
}

/// The colour of each layer, counted from 1: the largest ones have their own.
fn colors(inventory: &Inventory) -> BTreeMap<usize, (&'static str, &'static str)> {
    let mut layers: Vec<(u64, usize)> =
        inventory.layers.iter().enumerate().map(|(at, layer)| (layer.unpacked_bytes.unwrap_or(0), at + 1)).collect();
    layers.sort_by_key(|(bytes, at)| (std::cmp::Reverse(*bytes), *at));
    let mut shown: Vec<usize> = layers.into_iter().take(COLORS.len()).map(|(_, at)| at).collect();
    shown.sort_unstable();
    shown.into_iter().zip(COLORS).collect()
}

fn totals(out: &mut String, inventory: &Inventory) {
    let limit = show(inventory.limit_bytes);
    let unpacked = known(inventory.unpacked_bytes);
    let _ = write!(
        out,
        "<p><b>{unpacked}</b> unpacked of {limit} that Lambda takes, in {} layers. ",
        inventory.layers.len()
    );
    let files = inventory.files.map_or("?".into(), |files| files.to_string());
    let _ = write!(out, "{} are visible, in {files} files. ", known(inventory.flattened_bytes));
    let share = percent(inventory.wasted_bytes, inventory.unpacked_bytes.unwrap_or(0));
    match inventory.wasted_bytes {
        0 => out.push_str("Nothing is wasted."),
        bytes => {
            let _ = write!(out, "{} ({share} %) are wasted: later layers overwrite or delete them.", show(bytes));
        }
    }
    if inventory.headroom_bytes.is_some_and(|bytes| bytes < 0) {
        out.push_str(" <b>The image is over the limit.</b>");
    }
    out.push_str("</p>\n");
}

/// The bytes of the last node that is drawn.
fn least(tree: &TreeNode) -> u64 {
    fn collect(node: &TreeNode, sizes: &mut Vec<u64>) {
        sizes.push(node.total());
        node.children().iter().for_each(|child| collect(child, sizes));
    }
    let mut sizes = Vec::new();
    collect(tree, &mut sizes);
    sizes.sort_unstable_by(|a, b| b.cmp(a));
    // One above, so that equal ones are all left out and none is drawn by chance.
    sizes.get(MAX_DRAWN).map_or(1, |bytes| bytes + 1)
}

fn treemap(out: &mut String, inventory: &Inventory, colors: &BTreeMap<usize, (&str, &str)>, at: usize) {
    let (width, height) = MAP;
    let tree = &inventory.tree;
    let _ = write!(
        out,
        "<h3>Where the bytes are</h3>\n<div class=\"wide map\"><svg viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" role=\"img\" \
         aria-label=\"Treemap of the folders and files; the list and the table below hold the same\" \
         font-family=\"system-ui,sans-serif\" font-size=\"11\" stroke-width=\"1\">\n<defs><pattern id=\"gone{at}\" width=\"8\" height=\"8\" \
         patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\"><rect width=\"8\" height=\"8\" fill=\"#eee\"/>\
         <rect width=\"3\" height=\"8\" fill=\"#a33\"/></pattern></defs>\n"
    );
    let whole = Rect { x: 0.0, y: 0.0, width, height };
    for area in areas(tree, whole, least(tree)) {
        draw(out, &area, tree.total(), colors, at);
    }
    out.push_str("</svg></div>\n<ul class=\"legend\">\n");
    let swatch = |fill: &str| {
        format!(
            "<svg width=\"12\" height=\"12\" aria-hidden=\"true\"><rect width=\"12\" height=\"12\" fill=\"{fill}\"/></svg>"
        )
    };
    for (layer, (fill, _)) in colors {
        let by = inventory.layers.get(layer - 1).map(|layer| layer.created_by.as_deref().unwrap_or(&layer.digest));
        let _ = writeln!(
            out,
            "<li>{} layer {layer}: <code>{}</code></li>",
            swatch(fill),
            head(by.unwrap_or_default(), MAX_NAME)
        );
    }
    if inventory.layers.len() > colors.len() {
        let _ = writeln!(out, "<li>{} smaller layers</li>", swatch(OTHERS.0));
    }
    if inventory.wasted_bytes > 0 {
        let _ = writeln!(
            out,
            "<li>{} wasted: a later layer overwrites or deletes it</li>",
            swatch(&format!("url(#gone{at})"))
        );
    }
    out.push_str("</ul>\n");
}

fn rect(rect: Rect, paint: &str) -> String {
    let Rect { x, y, width, height } = rect;
    format!("<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" {paint}/>")
}

fn draw(out: &mut String, area: &Area<'_>, all: u64, colors: &BTreeMap<usize, (&str, &str)>, at: usize) {
    let (path, bytes, share) = (tail(&area.path, MAX_PATH), show(area.bytes()), percent(area.bytes(), all));
    let place = area.rect;
    match area.what {
        What::Folder(node) => {
            let _ = write!(out, "<g><title>{path}: {bytes}, {share} %{}</title>", wasted(node));
            out.push_str(&rect(place, "fill=\"#808080\" fill-opacity=\".06\" stroke=\"#808080\""));
            let text = format!("{} {bytes}", node.name);
            let text = if fits(&text, place.width) { text } else { node.name.clone() };
            write_text(out, place, 0, &text, "fill=\"currentColor\"");
        }
        What::Whole(node) => {
            let layer = node.layer.map_or(String::new(), |layer| format!(", layer {layer}"));
            let _ = write!(out, "<g><title>{path}: {bytes}, {share} %{layer}{}</title>", wasted(node));
            let (fill, ink) = node.layer.and_then(|layer| colors.get(&layer)).copied().unwrap_or(OTHERS);
            let (live, gone) = area.parts(node);
            if node.bytes > 0 {
                out.push_str(&rect(live, &format!("fill=\"{fill}\" stroke=\"#fff\"")));
            }
            if node.wasted > 0 {
                out.push_str(&rect(gone, &format!("fill=\"url(#gone{at})\" stroke=\"#fff\"")));
            }
            // On the pattern, letters have a rim.
            let ink = if node.wasted > 0 {
                "fill=\"#000\" stroke=\"#fff\" stroke-width=\"3\" paint-order=\"stroke\"".to_owned()
            } else {
                format!("fill=\"{ink}\"")
            };
            write_text(out, place, 0, &node.name, &ink);
            write_text(out, place, 1, &bytes, &ink);
        }
        What::Smaller(count, _) => {
            let what = if count == 0 { "not in a folder".to_owned() } else { format!("{count} smaller") };
            let _ = write!(out, "<g><title>{path}: {what}, {bytes}, {share} %</title>");
            out.push_str(&rect(place, "fill=\"#808080\" fill-opacity=\".35\" stroke=\"#fff\""));
            let text = if count == 0 { String::new() } else { format!("+{count}") };
            write_text(out, place, 0, &text, "fill=\"currentColor\"");
        }
    }
    out.push_str("</g>\n");
}

fn wasted(node: &TreeNode) -> String {
    if node.wasted > 0 { format!(", {} wasted", show(node.wasted)) } else { String::new() }
}

/// Width of a letter: there is no font to ask, and names are cut rather too early than too late.
const LETTER: f64 = 6.4;
/// Columns that a name is cut to at least; a shorter one says nothing.
const LEAST_LETTERS: usize = 4;

fn fits(text: &str, width: f64) -> bool {
    // A name that is longer than that fits nowhere.
    let letters = u16::try_from(textwrap::core::display_width(text)).unwrap_or(u16::MAX);
    f64::from(letters) * LETTER <= width - 6.0
}

/// Writes a text into a line of an area, cut to its width; nothing where it has no room.
fn write_text(out: &mut String, place: Rect, line: u32, text: &str, paint: &str) {
    let text = crate::report::plain(text);
    let (x, y) = (place.x + 3.0, place.y + 11.5 + 13.0 * f64::from(line));
    if place.height < 14.0 + 13.0 * f64::from(line) {
        return;
    }
    let mut cut = String::new();
    for c in text.chars() {
        cut.push(c);
        if !fits(&cut, place.width) {
            cut.pop();
            break;
        }
    }
    let whole = cut.len() == text.len();
    // A size that is cut is another size.
    let enough = line == 0 && cut.chars().count() >= LEAST_LETTERS;
    if (whole || enough) && !cut.is_empty() {
        let _ = write!(out, "<text x=\"{x:.1}\" y=\"{y:.1}\" {paint}>{}</text>", escape(&cut));
    }
}

/// The folders as a list that folds.
fn folders(out: &mut String, tree: &TreeNode) {
    out.push_str("<h3>Folders and files</h3>\n<ul class=\"tree\">");
    item(out, tree, (tree.total(), least(tree)), 0);
    out.push_str("</ul>\n");
}

/// Levels of folders that are open from the beginning; of what is below, the folders with this share of all are: a fourth.
const OPEN: usize = 2;
const OPEN_SHARE: u64 = 4;

fn item(out: &mut String, node: &TreeNode, sizes: (u64, u64), depth: usize) {
    let (all, least) = sizes;
    let (name, bytes, share) = (head(&node.name, MAX_NAME), show(node.total()), percent(node.total(), all));
    let layer = node.layer.filter(|_| node.children.is_none()).map_or(String::new(), |at| format!(", layer {at}"));
    let line = format!("{name} <b>{bytes}</b> <small>{share} %{layer}{}</small>", wasted(node));
    let shown: Vec<&TreeNode> = node.children().iter().filter(|child| child.total() >= least).collect();
    let more = node.children().len() - shown.len() + node.left_out;
    if shown.is_empty() {
        let _ = writeln!(out, "<li>{line}</li>");
        return;
    }
    let open = if depth < OPEN || node.total() >= all / OPEN_SHARE { " open=\"\"" } else { "" };
    let _ = writeln!(out, "<li><details{open}><summary>{line}</summary><ul>");
    shown.into_iter().for_each(|child| item(out, child, sizes, depth + 1));
    if more > 0 {
        let _ = writeln!(out, "<li><small>and {more} smaller</small></li>");
    }
    out.push_str("</ul></details></li>\n");
}

fn layers(out: &mut String, inventory: &Inventory, colors: &BTreeMap<usize, (&str, &str)>) {
    out.push_str(
        "<div class=\"wide\"><table><caption>Layers, lowest first</caption>\n<thead><tr><th scope=\"col\">Layer</th>\
         <th scope=\"col\" class=\"n\">Unpacked</th><th scope=\"col\" class=\"n\">Packed</th><th scope=\"col\" class=\"n\">Wasted</th>\
         <th scope=\"col\">Made by</th></tr></thead>\n<tbody>\n",
    );
    for (at, layer) in inventory.layers.iter().enumerate().take(MAX_LAYERS) {
        let fill = colors.get(&(at + 1)).map_or(OTHERS.0, |(fill, _)| fill);
        let (unpacked, packed) = (known(layer.unpacked_bytes), show(layer.packed_bytes));
        let by = head(layer.created_by.as_deref().unwrap_or(&layer.digest), 2 * MAX_PATH);
        let _ = writeln!(
            out,
            "<tr><td><svg width=\"12\" height=\"12\" aria-hidden=\"true\"><rect width=\"12\" height=\"12\" fill=\"{fill}\"/></svg> {}</td>\
             <td class=\"n\">{unpacked}</td><td class=\"n\">{packed}</td><td class=\"n\">{}</td><td><code>{by}</code></td></tr>",
            at + 1,
            show(layer.wasted_bytes)
        );
    }
    out.push_str("</tbody></table></div>\n");
    let more = inventory.layers.len().saturating_sub(MAX_LAYERS);
    if more > 0 {
        let _ = writeln!(out, "<p>And {more} more layers.</p>");
    }
}
