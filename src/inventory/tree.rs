//! The folders and files of an image that take most of it, as a tree of bounded size.

use super::weights::{Row, Weights};
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};

/// What takes less than one in this number of all bytes is left out.
pub const SHARE: u64 = 500;
/// Maximum number of folders and files in a tree.
pub(super) const MAX_NODES: usize = 2_000;
/// Maximum depth: readers of JSON refuse what is nested deeper than about twice as many folders.
pub(super) const MAX_DEPTH: usize = 32;

/// A folder or a file, and the larger ones of what is in it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TreeNode {
    /// Its name, `/` for the root.
    pub name: String,
    /// Regular files there and below that can be read, hard links once, in bytes.
    pub bytes: u64,
    /// Files there and below that later layers hide, in bytes: they come on top.
    pub wasted: u64,
    /// The layer that brings it, or most of what is below it, counted from 1.
    pub layer: Option<usize>,
    /// What is in a folder, largest first; `None` for a file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub children: Option<Vec<TreeNode>>,
    /// How many smaller folders and files directly in it are not among the children.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub left_out: usize,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
pub(super) fn is_zero(count: &usize) -> bool {
    *count == 0
}

impl TreeNode {
    /// All that it takes of the image, in bytes.
    pub fn total(&self) -> u64 {
        self.bytes.saturating_add(self.wasted)
    }

    /// What is in it, largest first.
    pub fn children(&self) -> &[Self] {
        self.children.as_deref().unwrap_or_default()
    }

    /// `true` if it says something that the largest folder in it does not.
    pub fn tells(&self) -> bool {
        let below = self.children().iter().find(|child| child.children.is_some());
        super::tells(self.total(), below.map_or(0, Self::total))
    }

    /// The larger part of what was weighed.
    pub(super) fn of(weights: &Weights) -> Self {
        let size = |at: usize| weights.rows().get(at).map_or(0, Row::total);
        let chosen = largest(size, |at| weights.children(at));
        node(weights, &chosen, 0)
    }
}

/// What is shown of a tree whose root is 0: the largest parts, each below one that is shown.
pub(super) fn largest<C: Iterator<Item = usize>>(
    size: impl Fn(usize) -> u64,
    children: impl Fn(usize) -> C,
) -> BTreeSet<usize> {
    let least = (size(0) / SHARE).max(1);
    let mut chosen = BTreeSet::new();
    let mut waiting = BinaryHeap::from([(u64::MAX, Reverse(0), 0)]);
    while let Some((_, Reverse(at), depth)) = waiting.pop() {
        chosen.insert(at);
        if chosen.len() == MAX_NODES {
            break;
        }
        if depth < MAX_DEPTH {
            let large = children(at).filter(|&child| size(child) >= least);
            waiting.extend(large.map(|child| (size(child), Reverse(child), depth + 1)));
        }
    }
    chosen
}

fn node(weights: &Weights, chosen: &BTreeSet<usize>, at: usize) -> TreeNode {
    let row = weights.rows().get(at).copied().unwrap_or_default();
    let (shown, others): (Vec<usize>, Vec<usize>) = weights.children(at).partition(|child| chosen.contains(child));
    let mut children: Vec<TreeNode> = shown.into_iter().map(|child| node(weights, chosen, child)).collect();
    children.sort_by(|a, b| (b.total(), &a.name).cmp(&(a.total(), &b.name)));
    TreeNode {
        name: if at == 0 { "/".to_owned() } else { weights.name(at).to_owned() },
        bytes: row.bytes,
        wasted: row.wasted,
        layer: row.layer(),
        children: row.folder.then_some(children),
        left_out: others.len(),
    }
}
