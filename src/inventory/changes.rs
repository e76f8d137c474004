//! Folders and files that have grown or shrunk, as a tree of bounded size.

use super::growth::difference;
use super::tree::largest;
use super::weights::{Row, Weights};
use serde::Serialize;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

/// A folder or a file of two images, and the larger changes of what is in it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ChangeNode {
    /// Its name, `/` for the root.
    pub name: String,
    /// Files there and below in the older image, wasted ones included, in bytes.
    pub old: u64,
    /// The same of the image.
    pub new: u64,
    /// The difference, negative if it has shrunk.
    pub growth: i64,
    /// By how much files there and below have grown or shrunk, all added up.
    pub changed: u64,
    /// What is in a folder, the largest changes first; `None` for a file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub children: Option<Vec<ChangeNode>>,
    /// How many smaller changes directly in it are not among the children.
    #[serde(skip_serializing_if = "super::tree::is_zero")]
    pub left_out: usize,
}

/// A folder or a file of either image, or of both.
struct Pair {
    old: Option<usize>,
    new: Option<usize>,
    /// The pair that it lies in.
    parent: usize,
    changed: u64,
}

impl ChangeNode {
    /// What is in it, the largest changes first.
    pub fn children(&self) -> &[Self] {
        self.children.as_deref().unwrap_or_default()
    }

    /// The larger changes between two images.
    pub fn of(old: &Weights, new: &Weights) -> Self {
        let mut pairs = pairs(old, new);
        add_up(&mut pairs, old, new);
        let children = children(&pairs);
        let chosen = largest(|at| pairs[at].changed, |at| children.get(&at).into_iter().flatten().copied());
        Tree { pairs: &pairs, children: &children, chosen: &chosen, old, new }.node(0)
    }
}

/// All folders and files of both, parents before what is in them.
fn pairs(old: &Weights, new: &Weights) -> Vec<Pair> {
    let mut pairs = Vec::with_capacity(old.rows().len().max(new.rows().len()));
    let mut waiting = vec![Pair { old: Some(0), new: Some(0), parent: 0, changed: 0 }];
    while let Some(pair) = waiting.pop() {
        let at = pairs.len();
        let mut left = pair.old.into_iter().flat_map(|row| old.children(row)).peekable();
        let mut right = pair.new.into_iter().flat_map(|row| new.children(row)).peekable();
        loop {
            let order = match (left.peek(), right.peek()) {
                (None, None) => break,
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some(&one), Some(&other)) => old.name(one).cmp(new.name(other)),
            };
            let one = if order.is_le() { left.next() } else { None };
            let other = if order.is_ge() { right.next() } else { None };
            waiting.push(Pair { old: one, new: other, parent: at, changed: 0 });
        }
        pairs.push(pair);
    }
    pairs
}

fn total(weights: &Weights, row: Option<usize>) -> u64 {
    row.and_then(|row| weights.rows().get(row)).map_or(0, Row::total)
}

/// Adds up by how much files have changed, from what is below to what is above.
fn add_up(pairs: &mut [Pair], old: &Weights, new: &Weights) {
    // What is in a folder, in each image: what it has besides is its own.
    let mut below: Vec<(u64, u64)> = vec![(0, 0); pairs.len()];
    for at in (0..pairs.len()).rev() {
        let (before, now) = (total(old, pairs[at].old), total(new, pairs[at].new));
        let own = before.saturating_sub(below[at].0).abs_diff(now.saturating_sub(below[at].1));
        pairs[at].changed = pairs[at].changed.saturating_add(own);
        if at > 0 {
            let (parent, changed) = (pairs[at].parent, pairs[at].changed);
            below[parent] = (below[parent].0.saturating_add(before), below[parent].1.saturating_add(now));
            pairs[parent].changed = pairs[parent].changed.saturating_add(changed);
        }
    }
}

/// What is in each folder, of what has changed.
fn children(pairs: &[Pair]) -> BTreeMap<usize, Vec<usize>> {
    let mut children: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (at, pair) in pairs.iter().enumerate().skip(1).filter(|(_, pair)| pair.changed > 0) {
        children.entry(pair.parent).or_default().push(at);
    }
    children
}

/// What a tree is made of.
struct Tree<'a> {
    pairs: &'a [Pair],
    children: &'a BTreeMap<usize, Vec<usize>>,
    chosen: &'a BTreeSet<usize>,
    old: &'a Weights,
    new: &'a Weights,
}

impl Tree<'_> {
    fn node(&self, at: usize) -> ChangeNode {
        let pair = &self.pairs[at];
        let row = |weights: &Weights, row: Option<usize>| row.and_then(|row| weights.rows().get(row).copied());
        let (before, now) = (row(self.old, pair.old), row(self.new, pair.new));
        let name = pair.new.map_or_else(|| self.old.name(pair.old.unwrap_or(0)), |row| self.new.name(row));
        let below = self.children.get(&at).map_or(&[][..], Vec::as_slice);
        let mut children: Vec<ChangeNode> =
            below.iter().filter(|child| self.chosen.contains(child)).map(|&child| self.node(child)).collect();
        children.sort_by(|a, b| (b.changed, &a.name).cmp(&(a.changed, &b.name)));
        let (old, new) = (before.map_or(0, |row| row.total()), now.map_or(0, |row| row.total()));
        ChangeNode {
            name: if at == 0 { "/".to_owned() } else { name.to_owned() },
            old,
            new,
            growth: difference(old, new),
            changed: pair.changed,
            left_out: below.len() - children.len(),
            children: [before, now].into_iter().flatten().any(|row| row.folder).then_some(children),
        }
    }
}
