//! `lamblint size`.

use super::arg_types::ListFormat;
use super::progress::Waiting;
use super::{complain, print, print_json};
use crate::image::{self, ReadOptions};
use crate::inventory::Inventory;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// 0, or 2 where something could not be looked at.
pub(super) fn all(paths: &[PathBuf], format: ListFormat, image: Option<&str>) -> Result<u8, String> {
    let (mut inventories, mut blind) = (Vec::new(), false);
    for path in paths {
        let waiting = Waiting::at(&path.display().to_string(), false);
        let progress = Arc::clone(&waiting.progress);
        let read = ReadOptions { image: image.map(str::to_owned), verify: false, progress };
        let weighed = |image| Inventory::of(&image);
        let all = if path == Path::new("-") {
            image::from_reader(std::io::stdin().lock(), &read, weighed)
        } else {
            image::open(path, &read, weighed)
        };
        drop(waiting);
        match all {
            Ok(all) => inventories.extend(all),
            Err(error) => {
                complain(&error.to_string());
                blind = true;
            }
        }
    }
    match format {
        ListFormat::Human => print(&inventories.iter().map(Inventory::human).collect::<Vec<_>>().join("\n"))?,
        ListFormat::Json => print_json(&(serde_json::to_string_pretty(&inventories).unwrap_or_default() + "\n"))?,
    }
    Ok(if blind { 2 } else { 0 })
}
