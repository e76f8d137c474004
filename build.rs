//! Packs the tables of `rules/facts` when the crate is built, so that no start parses TOML. `src/facts/packed.rs` reads
//! them, and says how they are packed.

#![allow(clippy::print_stdout, reason = "that is how a build script talks to cargo")]

use std::error::Error;
use std::path::{Path, PathBuf};
use toml::de::{DeTable, DeValue};

const FACTS: &str = "rules/facts";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={FACTS}");
    let out = PathBuf::from(std::env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR")?);
    for entry in std::fs::read_dir(FACTS)? {
        let file = entry?.path();
        if file.extension().is_some_and(|extension| extension == "toml") {
            let packed = packed(&file).map_err(|error| format!("{}: {error}", file.display()))?;
            let name = Path::new(file.file_name().ok_or("a file has a name")?).with_extension("packed");
            std::fs::write(out.join(name), packed)?;
        }
    }
    Ok(())
}

fn packed(file: &Path) -> Result<String, Box<dyn Error>> {
    let text = std::fs::read_to_string(file)?;
    let mut packed = String::new();
    pack_table(DeTable::parse(&text)?.get_ref(), &mut packed)?;
    Ok(packed)
}

fn pack_table(table: &DeTable<'_>, out: &mut String) -> Result<(), Box<dyn Error>> {
    pack_number('m', table.len(), out);
    for (key, value) in table {
        pack_text(key.get_ref(), out);
        pack(value.get_ref(), out)?;
    }
    Ok(())
}

fn pack(value: &DeValue<'_>, out: &mut String) -> Result<(), Box<dyn Error>> {
    match value {
        DeValue::Boolean(true) => out.push('t'),
        DeValue::Boolean(false) => out.push('f'),
        DeValue::String(text) => pack_text(text, out),
        DeValue::Datetime(date) => pack_text(&date.to_string(), out),
        DeValue::Integer(number) => pack_number('n', usize::from_str_radix(number.as_str(), number.radix())?, out),
        DeValue::Array(list) => {
            pack_number('a', list.len(), out);
            for value in list {
                pack(value.get_ref(), out)?;
            }
        }
        DeValue::Table(table) => pack_table(table, out)?,
        DeValue::Float(_) => return Err("no table has fractions".into()),
    }
    Ok(())
}

fn pack_text(text: &str, out: &mut String) {
    pack_number('s', text.len(), out);
    out.push_str(text);
}

/// A number, six bits a character, the lowest first; all but the last with the bit of 64.
fn pack_number(kind: char, mut number: usize, out: &mut String) {
    out.push(kind);
    while number >= 64 {
        out.push(char::from(64 | (number % 64) as u8));
        number /= 64;
    }
    out.push(char::from(number as u8));
}
