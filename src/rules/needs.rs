//! What a rule needs of an image: its manifest and config, or its layers too.

use super::{Check, Rule};

/// Rules about images that manifest and config answer, at least in part. What they say without the layers, they also say
/// with them; `tests/it/depth.rs` holds the list against every image that is drawn for a test.
const OF_DOCUMENTS: &[&str] = &[
    "LL010", "LL011", "LL012", "LL013", "LL101", "LL102", "LL103", "LL104", "LL106", "LL108", "LL109", "LL110",
    "LL111", "LL201", "LL202", "LL203", "LL204", "LL215", "LL216", "LL217", "LL218", "LL220", "LL221", "LL223",
    "LL318", "LL320", "LL324", "LL325", "LL401", "LL402", "LL403", "LL601", "LL602",
];

/// Whether a rule says nothing of an image whose layers were not read.
pub fn needs_layers(rule: &Rule, code: &str) -> bool {
    looks_at_images(rule) && !OF_DOCUMENTS.contains(&code)
}

/// Whether a rule is about what an image has.
pub fn looks_at_images(rule: &Rule) -> bool {
    matches!(rule.check, Check::Image(_) | Check::Launch(_))
}
