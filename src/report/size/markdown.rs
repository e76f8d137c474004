//! Sizes as Markdown, for comments on pull requests.

use super::bars::percent;
use super::growth::{downloaded, now, signed, totals};
use super::human::known;
use super::outline::outline;
use crate::inventory::{Change, Growth, Inventory};
use crate::report::github::{LONGEST_COMMENT, cell};
use crate::size::show;
use std::fmt::Write;

/// Tables of an image's size.
pub fn size_as_markdown(inventory: &Inventory, listed: usize) -> String {
    let name = cell(inventory.image.as_deref().unwrap_or("image"));
    let mut out = format!("### lamblint: {name} has {} unpacked\n\n", known(inventory.unpacked_bytes));
    let (merged, wasted) = (known(inventory.flattened_bytes), show(inventory.wasted_bytes));
    let limit = show(inventory.limit_bytes);
    let _ = writeln!(out, "Lambda takes at most {limit}. {merged} are visible, {wasted} are wasted.\n");
    let mut tables = Tables { text: out, longest: LONGEST_COMMENT };
    let layers = inventory.layers.iter().enumerate().map(|(at, layer)| {
        let by = made_by(layer.created_by.as_deref(), &layer.digest);
        let (unpacked, packed) = (known(layer.unpacked_bytes), show(layer.packed_bytes));
        format!("| {} | {unpacked} | {packed} | {} | {by} |\n", at + 1, show(layer.wasted_bytes))
    });
    tables.add("| layer | unpacked | packed | wasted | made by |\n|--:|--:|--:|--:|--|\n", layers);
    let all = inventory.tree.total();
    let folders = outline(&inventory.tree, listed);
    let folders = folders.iter().map(|line| {
        let bytes = line.node.total();
        format!("| {} | {} % | {} |\n", show(bytes), percent(bytes, all), path(&line.path))
    });
    tables.add("| size | share | folder |\n|--:|--:|--|\n", folders);
    tables.text
}

/// Tables of what an image has that an older one has not. `over` is the limit that it has passed, as the user wrote it.
pub fn growth_as_markdown(growth: &Growth, over: Option<&str>, listed: usize) -> String {
    let name = cell(growth.image.as_deref().unwrap_or("the image"));
    let mut out = match growth.unpacked.growth {
        None => format!("### lamblint: {name} could not be read whole"),
        Some(0) => format!("### lamblint: {name} has not grown"),
        Some(1..) => format!("### lamblint: {name} has grown by {}", signed(growth.unpacked.growth)),
        Some(_) => format!("### lamblint: {name} has shrunk by {}", signed(growth.unpacked.growth)),
    };
    out = out.replace("by +", "by ").replace("by -", "by ");
    if let Some(limit) = over {
        let _ = write!(out, ", over the limit of {}", cell(limit));
    }
    out.push_str("\n\n");
    let mut tables = Tables { text: out, longest: LONGEST_COMMENT };
    let rows = totals(growth).map(|(what, sides)| {
        format!("| {what} | {} | {} | {} |\n", known(sides.old), now(*sides), signed(sides.growth))
    });
    let download = format!("| to download | | {} | {} |\n", show(growth.download.bytes), downloaded(growth));
    tables.add("| | before | now | growth |\n|--|--:|--:|--:|\n", rows.into_iter().chain([download]));
    let differ = growth.layers.iter().filter(|layer| layer.change != Change::Same);
    let layers = differ.map(|layer| {
        let by = made_by(layer.created_by.as_deref(), &layer.digest);
        let (growth, unpacked) = (signed(layer.unpacked.growth), now(layer.unpacked));
        format!("| {} | {growth} | {unpacked} | {} | {by} |\n", layer.change.as_str(), show(layer.download_bytes))
    });
    tables.add("| layer | growth | unpacked | download | made by |\n|--|--:|--:|--:|--|\n", layers);
    let changes = outline(&growth.tree, listed);
    let changes = changes.iter().map(|line| {
        format!("| {} | {} | {} |\n", signed(Some(line.node.growth)), show(line.node.new), path(&line.path))
    });
    tables.add("| growth | now | folder or file |\n|--:|--:|--|\n", changes);
    tables.text
}

/// Characters of an instruction, or of a path, that are shown.
const MAX_CELL: usize = 200;

fn made_by(instruction: Option<&str>, digest: &str) -> String {
    let text = instruction.unwrap_or(digest);
    let cut: String = text.chars().take(MAX_CELL).collect();
    cell(&cut) + if cut.len() < text.len() { " …" } else { "" }
}

/// A path, its end kept: the name tells more than the folders.
fn path(path: &str) -> String {
    let count = path.chars().count();
    if count <= MAX_CELL {
        return cell(path);
    }
    format!("… {}", cell(&path.chars().skip(count - MAX_CELL).collect::<String>()))
}

/// Tables that fit into a comment together.
struct Tables {
    text: String,
    longest: usize,
}

impl Tables {
    fn add(&mut self, head: &str, rows: impl Iterator<Item = String>) {
        let rows: Vec<String> = rows.collect();
        if rows.is_empty() {
            return;
        }
        self.text.push_str(head);
        for (at, row) in rows.iter().enumerate() {
            if self.text.len() + row.len() > self.longest {
                let _ = writeln!(self.text, "\n… and {} more.", rows.len() - at);
                break;
            }
            self.text.push_str(row);
        }
        self.text.push('\n');
    }
}
