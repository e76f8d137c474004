//! Where an image's bytes are, for people: plain columns, and bars on a terminal.

use super::bars::{SizeStyle, percent};
use super::outline::outline;
use crate::inventory::{Inventory, LayerSize, SHARE};
use crate::report::plain;
use crate::size::show;
use std::fmt::Write;

/// The table of an image.
pub fn human(inventory: &Inventory, style: &SizeStyle) -> String {
    let mut out = String::new();
    head(&mut out, inventory, style);
    layers(&mut out, &inventory.layers, style);
    folders(&mut out, inventory, style);
    files(&mut out, inventory, style);
    wasted(&mut out, inventory, style);
    out.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}

/// A size that may be unknown.
pub(in crate::report) fn known(bytes: Option<u64>) -> String {
    bytes.map_or("unreadable".to_owned(), show)
}

fn head(out: &mut String, inventory: &Inventory, style: &SizeStyle) {
    let unpacked = inventory.unpacked_bytes.unwrap_or(0);
    let _ = writeln!(out, "{}", plain(inventory.image.as_deref().unwrap_or("image")));
    let count = inventory.layers.len();
    let _ = writeln!(out, "  unpacked   {:>12}  in {count} layers", known(inventory.unpacked_bytes));
    let files = inventory.files.map_or("?".into(), |files| files.to_string());
    let _ = writeln!(out, "  merged     {:>12}  in {files} files", known(inventory.flattened_bytes));
    let share = inventory.wasted_bytes.saturating_mul(100).checked_div(unpacked).unwrap_or(0);
    let _ = writeln!(out, "  wasted     {:>12}  {share} %", show(inventory.wasted_bytes));
    let limit = show(inventory.limit_bytes);
    let headroom = match inventory.headroom_bytes {
        Some(left) if left >= 0 => format!("{:>12}  below Lambda's {limit}", show(left.unsigned_abs())),
        Some(over) => format!("{:>12}  OVER Lambda's {limit}", show(over.unsigned_abs())),
        None => format!("{:>12}", "unknown"),
    };
    let _ = writeln!(out, "  headroom   {headroom}");
    if style.bars {
        let live = unpacked.saturating_sub(inventory.wasted_bytes);
        let columns = style.width.unwrap_or(80).saturating_sub(4).max(8);
        let bar = style.bar(live, inventory.wasted_bytes, inventory.limit_bytes, columns);
        let _ = writeln!(out, "  [{bar}]");
    }
}

/// Columns in front of an instruction, bars left out.
const BEHIND_SIZES: usize = 46;

/// Columns of a layer's bar at most: beside it stands its instruction.
const MAX_LAYER_BAR: usize = 10;

fn layers(out: &mut String, layers: &[LayerSize], style: &SizeStyle) {
    let width = if style.bars { style.bar_width().min(MAX_LAYER_BAR) } else { 0 };
    let gap = if style.bars { format!("  {:width$}", "") } else { String::new() };
    let _ = writeln!(out, "\nlayers    unpacked      packed      wasted{gap}  made by");
    let most = layers.iter().filter_map(|layer| layer.unpacked_bytes).max().unwrap_or(0);
    for (at, layer) in layers.iter().enumerate() {
        let unpacked = layer.unpacked_bytes.unwrap_or(0);
        let bar = if style.bars {
            let live = unpacked.saturating_sub(layer.wasted_bytes);
            format!("  {}", style.bar(live, layer.wasted_bytes.min(unpacked), most, width))
        } else {
            String::new()
        };
        let by = layer.created_by.as_deref().unwrap_or(&layer.digest);
        let by = style.cut(by, BEHIND_SIZES + if style.bars { width + 2 } else { 0 });
        let (packed, wasted) = (show(layer.packed_bytes), show(layer.wasted_bytes));
        let _ = writeln!(out, "  {:>3} {:>12}{packed:>12}{wasted:>13}{bar}  {by}", at + 1, known(layer.unpacked_bytes));
    }
}

/// Columns in front of a path, bars left out.
const BEHIND_SHARE: usize = 26;

/// A line of a list: a size, its share of all files, and a bar of it.
fn row(out: &mut String, style: &SizeStyle, sizes: (u64, u64), all: u64, indent: usize, name: &str) {
    let (live, gone) = sizes;
    let both = live.saturating_add(gone);
    let mut behind = BEHIND_SHARE + indent;
    let bar = if style.bars {
        behind += style.bar_width() + 2;
        format!("{}  ", style.bar(live, gone, all, style.bar_width()))
    } else {
        String::new()
    };
    let name = style.cut_path(name, behind);
    let _ = writeln!(out, "  {:>12} {:>7} %  {bar}{:indent$}{name}", show(both), percent(both, all), "");
}

pub(super) fn more(out: &mut String, count: usize, what: &str) {
    if count > 0 {
        let _ = writeln!(out, "  {:>12} and {count} {what}", "");
    }
}

/// The largest folders, each below the one that it is in.
fn folders(out: &mut String, inventory: &Inventory, style: &SizeStyle) {
    let all = inventory.tree.total();
    let shown = outline(&inventory.tree, style.listed);
    if shown.is_empty() {
        return;
    }
    let _ = writeln!(out, "\nfolders");
    for line in &shown {
        let node = line.node;
        row(out, style, (node.bytes, node.wasted), all, 2 * line.depth, &line.name);
    }
    more(out, inventory.telling_folders.saturating_sub(shown.len()), "smaller");
}

fn files(out: &mut String, inventory: &Inventory, style: &SizeStyle) {
    let all = inventory.tree.total();
    let large = |bytes: u64| bytes >= all / SHARE;
    let rows: Vec<_> = inventory.largest.iter().filter(|file| large(file.bytes)).take(style.listed).collect();
    if rows.is_empty() {
        return;
    }
    let _ = writeln!(out, "\nfiles");
    for file in &rows {
        let layer = file.layer.map_or(String::new(), |layer| format!(" (layer {layer})"));
        row(out, style, (file.bytes, 0), all, 0, &format!("{}{layer}", file.path));
    }
    more(out, inventory.file_counts.0.saturating_sub(rows.len()), "smaller");
}

fn wasted(out: &mut String, inventory: &Inventory, style: &SizeStyle) {
    let all = inventory.tree.total();
    let rows: Vec<_> = inventory.wasted.iter().filter(|file| file.bytes >= all / SHARE).take(style.listed).collect();
    if rows.is_empty() {
        return;
    }
    let _ = writeln!(out, "\nwasted");
    for file in &rows {
        let how = if file.deleted { "deleted" } else { "overwritten" };
        let name = format!("{} (layer {}, {how} by {})", file.path, file.layer, file.by);
        row(out, style, (0, file.bytes), all, 0, &name);
    }
    more(out, inventory.file_counts.1.saturating_sub(rows.len()), "smaller");
}
