//! What `lamblint size` prints: where an image's bytes are, and what an image has that an older one has not.

mod bars;
mod growth;
mod human;
mod markdown;
mod outline;

pub use bars::SizeStyle;
pub(super) use bars::percent;
pub use growth::growth_for_people;
pub(super) use growth::{downloaded, now, signed, totals};
pub use human::human as size_for_people;
pub(super) use human::known;
pub use markdown::{growth_as_markdown, size_as_markdown};
pub(super) use outline::outline;

#[cfg(test)]
mod tests;
