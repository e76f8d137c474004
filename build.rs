//! Packs the tables of `rules/facts` when the crate is built, so that no start parses TOML. `src/facts/packed.rs` reads
//! them, and says how they are packed. The many names of `commands.toml` are sorted here too.

#![allow(clippy::print_stdout, reason = "that is how a build script talks to cargo")]

#[path = "src/facts/program_name.rs"]
mod program_name;

use program_name::{hash, unversioned};
use std::error::Error;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use toml::de::{DeTable, DeValue};

const FACTS: &str = "rules/facts";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={FACTS}");
    println!("cargo::rerun-if-changed=src/facts/program_name.rs");
    let out = PathBuf::from(std::env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR")?);
    for entry in std::fs::read_dir(FACTS)? {
        let file = entry?.path();
        if file.extension().is_some_and(|extension| extension == "toml") {
            write_table(&file, &out).map_err(|error| format!("{}: {error}", file.display()))?;
        }
    }
    Ok(())
}

fn write_table(file: &Path, out: &Path) -> Result<(), Box<dyn Error>> {
    let text = std::fs::read_to_string(file)?;
    let table = DeTable::parse(&text)?;
    let mut packed = String::new();
    pack_table(table.get_ref(), &mut packed)?;
    let name = out.join(file.file_name().ok_or("a file has a name")?);
    std::fs::write(name.with_extension("packed"), packed)?;
    if let Some(rows) = table.get_ref().get("command") {
        std::fs::write(name.with_extension("rs"), index(rows.get_ref()))?;
    }
    Ok(())
}

/// The names of the rows of a table as two sorted arrays of their hashes, each with its row: those that are as they
/// stand, and those with a `*` at the end for a version, without any version.
fn index(rows: &DeValue<'_>) -> String {
    let (mut exact, mut versioned) = (Vec::new(), Vec::new());
    for (row, command) in rows.as_array().into_iter().flatten().enumerate() {
        let names = command.get_ref().get("names").and_then(|names| names.get_ref().as_array());
        for name in names.into_iter().flatten().filter_map(|name| name.get_ref().as_str()) {
            match name.strip_suffix('*') {
                Some(stem) => versioned.push((hash(unversioned(stem)), row)),
                None => exact.push((hash(name), row)),
            }
        }
    }
    let mut code = String::new();
    for (name, mut list) in [("EXACT", exact), ("VERSIONED", versioned)] {
        list.sort_unstable();
        let _ = writeln!(code, "pub(super) static {name}: &[(u64, usize)] = &{list:?};");
    }
    code
}

fn pack_table(table: &DeTable<'_>, out: &mut String) -> Result<(), Box<dyn Error>> {
    let mut content = String::new();
    push_number(table.len(), &mut content);
    for (key, value) in table {
        pack_text('s', key.get_ref(), &mut content);
        pack(value.get_ref(), &mut content)?;
    }
    pack_text('m', &content, out);
    Ok(())
}

fn pack(value: &DeValue<'_>, out: &mut String) -> Result<(), Box<dyn Error>> {
    match value {
        DeValue::Boolean(true) => out.push('t'),
        DeValue::Boolean(false) => out.push('f'),
        DeValue::String(text) => pack_text('s', text, out),
        DeValue::Datetime(date) => pack_text('s', &date.to_string(), out),
        DeValue::Integer(number) => {
            out.push('n');
            push_number(usize::from_str_radix(number.as_str(), number.radix())?, out);
        }
        DeValue::Array(list) => {
            let mut content = String::new();
            push_number(list.len(), &mut content);
            for value in list {
                pack(value.get_ref(), &mut content)?;
            }
            pack_text('a', &content, out);
        }
        DeValue::Table(table) => pack_table(table, out)?,
        DeValue::Float(_) => return Err("no table has fractions".into()),
    }
    Ok(())
}

/// A text, or the content of a list or a table, behind its length.
fn pack_text(kind: char, text: &str, out: &mut String) {
    out.push(kind);
    push_number(text.len(), out);
    out.push_str(text);
}

/// A number, six bits a character, the lowest first; all but the last with the bit of 64.
fn push_number(mut number: usize, out: &mut String) {
    while number >= 64 {
        out.push(char::from(64 | (number % 64) as u8));
        number /= 64;
    }
    out.push(char::from(number as u8));
}
