//! The hash of what archives name: fast, and with a seed that no archive can know.
//!
//! Whoever writes an archive chooses its names. With a hash that is the same in every run they could all be made to
//! collide, and each look-up would go through all of them.

use foldhash::SharedSeed;
use foldhash::fast::SeedableRandomState;
use std::hash::{BuildHasher, RandomState};

/// Makes the hashes of one table.
pub(super) type Seed = SeedableRandomState;

/// A seed that was not there before: the standard library takes it from the system.
pub(super) fn seed() -> Seed {
    SeedableRandomState::with_seed(RandomState::new().hash_one(0_u8), SharedSeed::global_random())
}

#[cfg(test)]
mod tests {
    use super::*;
    use foldhash::fast::FixedState;
    use std::collections::BTreeMap;

    /// The fullest of the 4,096 places of a table.
    fn fullest(names: &[String], hash: impl Fn(&[u8]) -> u64) -> usize {
        let mut places: BTreeMap<u64, usize> = BTreeMap::new();
        names.iter().for_each(|name| *places.entry(hash(name.as_bytes()) & 0xfff).or_default() += 1);
        places.into_values().max().unwrap_or(0)
    }

    #[test]
    fn names_that_were_made_to_collide() {
        let known = FixedState::default();
        let all = (0..1_000_000).map(|at| format!("file{at}"));
        let forged: Vec<String> = all.filter(|name| known.hash_one(name.as_bytes()).trailing_zeros() >= 12).collect();
        assert!(forged.len() > 150, "{}", forged.len());
        assert_eq!(fullest(&forged, |name| known.hash_one(name)), forged.len(), "without a seed all are in one place");
        let (one, other) = (seed(), seed());
        assert!(fullest(&forged, |name| one.hash_one(name)) < 8);
        assert_ne!(one.hash_one(b"file"), other.hash_one(b"file"), "each table has its own");
    }
}
