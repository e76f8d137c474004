//! `lamblint size`.

use super::values::ListFormat;
use super::{complain, print};
use lamblint::image::{self, ReadOptions};
use lamblint::inventory::Inventory;
use std::path::{Path, PathBuf};

/// 0, or 2 where something could not be looked at.
pub(super) fn all(paths: &[PathBuf], format: ListFormat, image: Option<String>) -> Result<u8, String> {
    let read = ReadOptions { image, verify: false };
    let (mut inventories, mut blind) = (Vec::new(), false);
    for path in paths {
        let images = if path == Path::new("-") {
            image::from_reader(std::io::stdin().lock(), &read)
        } else {
            image::open(path, &read)
        };
        match images {
            Ok(images) => inventories.extend(images.iter().map(Inventory::of)),
            Err(error) => {
                complain(&error.to_string());
                blind = true;
            }
        }
    }
    let text = match format {
        ListFormat::Human => inventories.iter().map(Inventory::human).collect::<Vec<_>>().join("\n"),
        ListFormat::Json => serde_json::to_string_pretty(&inventories).unwrap_or_default() + "\n",
    };
    print(&text).map(|()| if blind { 2 } else { 0 })
}
