//! The crate's modules that tests look into. Tests name them by this path only, so that a move in the crate is one
//! change here.

pub use lamblint::internals::*;
