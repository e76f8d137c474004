//! What an image has that an older one has not, as tables.

use super::escape::{escape, head, tail};
use crate::inventory::{Change, Growth, LISTED};
use crate::report::size::{downloaded, known, now, outline, signed, totals};
use crate::size::show;
use std::fmt::Write;

/// Characters of an instruction or a path that are shown.
const MAX_TEXT: usize = 300;

pub(super) fn section(out: &mut String, growth: &Growth) {
    let name = |name: &Option<String>| head(name.as_deref().unwrap_or("image"), MAX_TEXT);
    let _ = writeln!(out, "<section><h2>{} against {}</h2>", name(&growth.image), name(&growth.against));
    table(out, "Sizes", &["", "Before", "Now", "Growth"]);
    for (what, sides) in totals(growth) {
        let (before, now, growth) = (known(sides.old), now(*sides), signed(sides.growth));
        let _ = writeln!(out, "<tr><th scope=\"row\">{what}</th>{}</tr>", numbers(&[&before, &now, &growth]));
    }
    let download = show(growth.download.bytes);
    let _ = writeln!(
        out,
        "<tr><th scope=\"row\">download</th>{}<td>{}</td></tr>",
        numbers(&["", &download]),
        escape(&downloaded(growth))
    );
    out.push_str("</tbody></table></div>\n");
    layers(out, growth);
    let changes = outline(&growth.tree, LISTED);
    if !changes.is_empty() {
        table(out, "Folders and files", &["Path", "Growth", "Now"]);
        for line in changes {
            let (growth, now) = (signed(Some(line.node.growth)), show(line.node.new));
            let path = tail(&line.path, MAX_TEXT);
            let _ = writeln!(out, "<tr><th scope=\"row\"><code>{path}</code></th>{}</tr>", numbers(&[&growth, &now]));
        }
        out.push_str("</tbody></table></div>\n");
    }
    out.push_str("</section>\n");
}

fn layers(out: &mut String, growth: &Growth) {
    let differ: Vec<_> = growth.layers.iter().filter(|layer| layer.change != Change::Same).collect();
    if differ.is_empty() {
        return;
    }
    table(out, "Layers that differ", &["Made by", "Growth", "Unpacked", "Download", "Change"]);
    for layer in differ {
        let by = head(layer.created_by.as_deref().unwrap_or(&layer.digest), MAX_TEXT);
        let (growth, unpacked, download) =
            (signed(layer.unpacked.growth), now(layer.unpacked), show(layer.download_bytes));
        let numbers = numbers(&[&growth, &unpacked, &download]);
        let change = layer.change.as_str();
        let _ = writeln!(out, "<tr><th scope=\"row\"><code>{by}</code></th>{numbers}<td>{change}</td></tr>");
    }
    out.push_str("</tbody></table></div>\n");
}

/// Begins a table; the first column is a text, and those that follow are numbers.
fn table(out: &mut String, caption: &str, columns: &[&str]) {
    let _ = write!(out, "<div class=\"wide\"><table><caption>{caption}</caption>\n<thead><tr>");
    for (at, column) in columns.iter().enumerate() {
        let class = if at == 0 || *column == "Change" { "" } else { " class=\"n\"" };
        let cell =
            if column.is_empty() { "<td></td>".to_owned() } else { format!("<th scope=\"col\"{class}>{column}</th>") };
        out.push_str(&cell);
    }
    out.push_str("</tr></thead>\n<tbody>\n");
}

fn numbers(texts: &[&str]) -> String {
    texts.iter().map(|text| format!("<td class=\"n\">{text}</td>")).collect()
}
