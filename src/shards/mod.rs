//! A run over many images that several machines share: the plan that all follow, what each says, and the whole again.
//!
//! Plans and documents of shards come from other machines. They are bounded, they carry a digest of themselves, and what
//! they name is never opened as a file.

mod plan;
mod said;
mod seal;
mod shard;
mod share;
mod text;
mod whole;

pub use plan::{Plan, Planned, PlannedFunction, PlannedLayer};
pub use shard::Shard;
pub use whole::{Judged, ShardReport, together};
