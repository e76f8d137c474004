//! Who does what: a plan and a number of shards alone decide, on every machine alike.

use super::{Plan, PlannedLayer, Shard};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// What a layer costs besides its bytes: requests, and an entry that is written.
const OVERHEAD: u64 = 256 * 1024;

impl Plan {
    /// The layers that a shard scans, largest first: each goes to the shard that has least to do so far.
    pub fn layers_of(&self, shard: Shard) -> Vec<&PlannedLayer> {
        let mut layers: Vec<&PlannedLayer> = self.layers.iter().collect();
        layers.sort_by(|a, b| (Reverse(a.size), &a.digest).cmp(&(Reverse(b.size), &b.digest)));
        let mut loads: BinaryHeap<Reverse<(u64, usize)>> = (0..shard.of).map(|index| Reverse((0, index))).collect();
        layers.retain(|layer| {
            let Some(Reverse((load, index))) = loads.pop() else { return false };
            loads.push(Reverse((load.saturating_add(layer.size).saturating_add(OVERHEAD), index)));
            index == shard.index
        });
        layers
    }

    /// The images that a shard judges, by their numbers in the list. Each shard has as many, and images on one base are
    /// together: where shards have no cache in common, a base is then fetched by few of them.
    pub fn subjects_of(&self, shard: Shard) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.subjects.len()).collect();
        let chain = |at: usize| self.subjects.get(at).map(|subject| subject.layers.as_slice());
        order.sort_by(|a, b| (chain(*a), a).cmp(&(chain(*b), b)));
        let edge = |index: usize| order.len() * index / shard.of.max(1);
        let mut own = order.get(edge(shard.index)..edge(shard.index + 1)).unwrap_or_default().to_vec();
        own.sort_unstable();
        own
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shards::Planned;
    use jiff::civil::date;

    fn plan(sizes: &[u64], chains: &[&[usize]]) -> Plan {
        let layer = |(at, size): (usize, &u64)| PlannedLayer {
            digest: format!("sha256:{at:064x}"),
            size: *size,
            ..PlannedLayer::default()
        };
        let subject = |chain: &&[usize]| Planned { layers: chain.to_vec(), ..Planned::default() };
        let (layers, subjects) = (sizes.iter().enumerate().map(layer).collect(), chains.iter().map(subject).collect());
        Plan::new(date(2026, 11, 28), subjects, layers)
    }

    #[test]
    fn each_layer_has_one_shard_and_none_has_much_more_than_another() {
        let sizes: Vec<u64> = (0..200).map(|at| 1_000_000 * (1 + at * at % 37)).chain([90_000_000]).collect();
        let plan = plan(&sizes, &[]);
        for of in [1, 2, 3, 8, 300] {
            let shares: Vec<Vec<&PlannedLayer>> = (0..of).map(|index| plan.layers_of(Shard { index, of })).collect();
            let mut all: Vec<&str> = shares.iter().flatten().map(|layer| layer.digest.as_str()).collect();
            all.sort_unstable();
            all.dedup();
            assert_eq!((all.len(), shares.iter().map(Vec::len).sum::<usize>()), (201, 201), "{of}");
            let loads: Vec<u64> = shares.iter().map(|share| share.iter().map(|layer| layer.size).sum()).collect();
            let (most, sum) = (*loads.iter().max().unwrap(), sizes.iter().sum::<u64>());
            assert!(most <= (sum / of as u64 + 37_000_000).max(90_000_000), "{of}: {loads:?}");
        }
        let share = plan.layers_of(Shard { index: 0, of: 2 });
        assert_eq!(share[0].size, 90_000_000, "the largest first");
    }

    #[test]
    fn lengths_that_are_lies_are_no_overflow() {
        let plan = plan(&[u64::MAX, u64::MAX, 1], &[]);
        assert_eq!(plan.layers_of(Shard { index: 0, of: 1 }).len(), 3);
    }

    #[test]
    fn images_on_one_base_are_together() {
        let plan = plan(&[1, 1, 1, 1], &[&[0, 2], &[1, 2], &[0, 3], &[], &[1, 3], &[0, 1]]);
        let of = |index, of| plan.subjects_of(Shard { index, of });
        assert_eq!((of(0, 1), of(0, 3), of(1, 3), of(2, 3)), ((0..6).collect(), vec![3, 5], vec![0, 2], vec![1, 4]));
        let mut all: Vec<usize> = (0..9).flat_map(|index| of(index, 9)).collect();
        all.sort_unstable();
        assert_eq!(all, (0..6).collect::<Vec<_>>(), "more shards than images");
    }
}
