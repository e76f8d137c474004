//! What `lamblint size` prints: where an image's bytes are.

mod bars;
mod human;

pub use bars::SizeStyle;
pub use human::human;

#[cfg(test)]
mod tests;
