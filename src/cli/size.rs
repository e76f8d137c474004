//! `lamblint size`.

use super::arg_types::ListFormat;
use super::args::SizeArgs;
use super::progress::Waiting;
use super::remote::Remotes;
use super::{complain, output, print, print_json};
use crate::discover::{self, Found};
use crate::image::{self, Depth, Image, ReadOptions};
use crate::inventory::Inventory;
use crate::report;
use std::path::Path;
use std::sync::Arc;

/// 0, or 2 where something could not be looked at.
pub(super) fn all(args: &SizeArgs) -> Result<u8, String> {
    let listed = usize::from(args.top);
    let remotes = Remotes::new(args.remote.clone());
    let (mut inventories, mut blind) = (Vec::new(), false);
    for path in &args.paths {
        match read(&remotes, path, args.image.as_deref(), |image| Inventory::of(&image, listed)) {
            Ok(all) => inventories.extend(all),
            Err(error) => {
                complain(&error);
                blind = true;
            }
        }
    }
    match args.format {
        ListFormat::Human => {
            let style = output::size_style(listed);
            let texts: Vec<String> = inventories.iter().map(|one| report::size_for_people(one, &style)).collect();
            print(&texts.join("\n"))?;
        }
        ListFormat::Json => print_json(&(serde_json::to_string_pretty(&inventories).unwrap_or_default() + "\n"))?,
    }
    Ok(if blind { 2 } else { 0 })
}

/// Reads the images of a path.
fn read<T>(remotes: &Remotes, path: &Path, name: Option<&str>, each: impl FnMut(Image) -> T) -> Result<Vec<T>, String> {
    let waiting = Waiting::at(&path.display().to_string(), false);
    let progress = Arc::clone(&waiting.progress);
    let options = ReadOptions { image: name.map(str::to_owned), verify: false, depth: Depth::Layers, progress };
    let all = if path == Path::new("-") {
        image::from_reader(std::io::stdin().lock(), &options, each)
    } else {
        match discover::remote(path).transpose().map_err(|error| error.to_string())? {
            Some(Found::Remote { reference, .. }) => return remotes.read(path, &reference, &options, each),
            _ => image::open(path, &options, each),
        }
    };
    all.map_err(|error| error.to_string())
}
