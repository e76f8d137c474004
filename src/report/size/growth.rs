//! What an image has that an older one has not, for people.

use super::bars::SizeStyle;
use super::outline::{Line, outline};
use crate::inventory::{Change, ChangeNode, Growth, LayerChange, Sides};
use crate::report::{plain, plural};
use crate::size::show;
use std::fmt::Write;

/// The table of a comparison.
pub fn growth_for_people(growth: &Growth, style: &SizeStyle) -> String {
    let mut out = String::new();
    let name = |name: &Option<String>| plain(name.as_deref().unwrap_or("image"));
    let _ = writeln!(out, "{} against {}", name(&growth.image), name(&growth.against));
    for (what, sides) in totals(growth) {
        let before = sides.old.map_or("unreadable".into(), show);
        let _ = writeln!(out, "  {what:<10} {:>12} {:>13}  was {before}", now(*sides), signed(sides.growth));
    }
    let download = &growth.download;
    let _ = writeln!(out, "  {:<10} {:>12} {:>13}  {}", "download", "", plus(download.bytes), downloaded(growth));
    layers(&mut out, &growth.layers, style);
    changes(&mut out, &growth.tree, style);
    out.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}

/// The sizes of the whole, with their names.
pub(in crate::report) fn totals(growth: &Growth) -> [(&'static str, &Sides); 3] {
    [("unpacked", &growth.unpacked), ("merged", &growth.flattened), ("wasted", &growth.wasted)]
}

/// `in 2 layers that the older image does not have`.
pub(in crate::report) fn downloaded(growth: &Growth) -> String {
    let download = &growth.download;
    let layers = plural(download.layers, "layer");
    match (download.layers, download.compressed) {
        (0, _) => "no new layer".to_owned(),
        (_, true) => format!("in {layers} that the older image does not have"),
        (_, false) => format!("in {layers} that the older image does not have, not all of them compressed"),
    }
}

pub(in crate::report) fn now(sides: Sides) -> String {
    sides.new.map_or("unreadable".into(), show)
}

/// `+1.50 MiB`, `-3 bytes`, `0 bytes`, or that it is unknown.
pub(in crate::report) fn signed(growth: Option<i64>) -> String {
    match growth {
        None => "unknown".into(),
        Some(0) => show(0),
        Some(bytes) => format!("{}{}", if bytes < 0 { '-' } else { '+' }, show(bytes.unsigned_abs())),
    }
}

fn plus(bytes: u64) -> String {
    signed(Some(i64::try_from(bytes).unwrap_or(i64::MAX)))
}

/// Columns in front of an instruction.
const BEHIND_LAYER: usize = 51;

fn layers(out: &mut String, layers: &[LayerChange], style: &SizeStyle) {
    let differ: Vec<&LayerChange> = layers.iter().filter(|layer| layer.change != Change::Same).collect();
    if !differ.is_empty() {
        let _ = writeln!(out, "\nlayers        growth    unpacked    download  made by");
    }
    for layer in &differ {
        let by = style.cut(layer.created_by.as_deref().unwrap_or(&layer.digest), BEHIND_LAYER);
        let (change, growth) = (layer.change.as_str(), signed(layer.unpacked.growth));
        let (unpacked, download) = (now(layer.unpacked), show(layer.download_bytes));
        let _ = writeln!(out, "  {change:<7} {growth:>12}{unpacked:>12}{download:>12}  {by}");
    }
    let same = layers.len() - differ.len();
    if same > 0 && !differ.is_empty() {
        let _ = writeln!(out, "  same    {}", plural(same, "layer"));
    }
}

/// Columns in front of a path, bars left out.
const BEHIND_SIZES: usize = 29;

/// What has changed most, each below the one that it is in.
fn changes(out: &mut String, tree: &ChangeNode, style: &SizeStyle) {
    let shown = outline(tree, style.listed);
    if shown.is_empty() {
        return;
    }
    let _ = writeln!(out, "\nfolders and files\n        growth           now");
    let most = shown.iter().map(|line| line.node.changed).max().unwrap_or(0);
    for line in &shown {
        let mut behind = BEHIND_SIZES + 2 * line.depth;
        let bar = if style.bars {
            behind += style.bar_width() + 2;
            let size = line.node.growth.unsigned_abs();
            let (grown, shrunk) = if line.node.growth < 0 { (0, size) } else { (size, 0) };
            format!("{}  ", style.bar(grown, shrunk, most, style.bar_width()))
        } else {
            String::new()
        };
        let (growth, name) = (signed(Some(line.node.growth)), style.cut_path(&line.name, behind));
        let indent = 2 * line.depth;
        let _ = writeln!(out, "  {growth:>12}  {:>12}  {bar}{:indent$}{name}{}", show(line.node.new), "", state(line));
    }
}

/// Whether something is new or gone.
fn state(line: &Line<'_, ChangeNode>) -> &'static str {
    match (line.node.old, line.node.new) {
        (0, 1..) => " (new)",
        (1.., 0) => " (gone)",
        _ => "",
    }
}
