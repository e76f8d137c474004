//! The largest parts of a tree as an outline: each below the one that it is in, and none twice.

use crate::inventory::{ChangeNode, TreeNode};

/// A node of a tree that has an outline.
pub(in crate::report) trait Node: Sized {
    fn name(&self) -> &str;
    /// What it counts.
    fn weight(&self) -> u64;
    /// What is in it.
    fn children(&self) -> &[Self];
    /// Whether it may be shown.
    fn shown(&self) -> bool;
    /// `true` if it says something that the largest thing in it does not.
    fn tells(&self) -> bool;
}

/// Folders alone: files have a list.
impl Node for TreeNode {
    fn name(&self) -> &str {
        &self.name
    }

    fn weight(&self) -> u64 {
        self.total()
    }

    fn children(&self) -> &[Self] {
        self.children()
    }

    fn shown(&self) -> bool {
        self.children.is_some()
    }

    fn tells(&self) -> bool {
        self.tells()
    }
}

/// Folders and files.
impl Node for ChangeNode {
    fn name(&self) -> &str {
        &self.name
    }

    fn weight(&self) -> u64 {
        self.changed
    }

    fn children(&self) -> &[Self] {
        self.children()
    }

    fn shown(&self) -> bool {
        true
    }

    fn tells(&self) -> bool {
        let most = self.children().first().map_or(0, |child| child.changed);
        most.saturating_mul(10) < self.changed.saturating_mul(9)
    }
}

/// A node as it is shown.
pub(in crate::report) struct Line<'a, N> {
    pub(in crate::report) node: &'a N,
    /// Its path from the line above that it lies in, or from the root.
    pub(in crate::report) name: String,
    /// Its path from the root.
    pub(in crate::report) path: String,
    /// How many lines it lies in.
    pub(in crate::report) depth: usize,
}

/// At most `most` nodes, the largest ones; those are left out that say no more than what is in them.
pub(in crate::report) fn outline<N: Node>(tree: &N, most: usize) -> Vec<Line<'_, N>> {
    let mut weights = Vec::new();
    collect(tree, &mut weights);
    weights.sort_unstable_by(|a, b| b.cmp(a));
    let last = weights.get(most.saturating_sub(1)).or(weights.last()).copied();
    let mut outline = Outline { least: last.unwrap_or(u64::MAX).max(1), most, lines: Vec::new() };
    outline.below(tree, "", "", 0);
    outline.lines
}

fn collect<N: Node>(node: &N, weights: &mut Vec<u64>) {
    for child in node.children().iter().filter(|child| child.shown()) {
        if child.tells() {
            weights.push(child.weight());
        }
        collect(child, weights);
    }
}

struct Outline<'a, N> {
    least: u64,
    most: usize,
    lines: Vec<Line<'a, N>>,
}

impl<'a, N: Node> Outline<'a, N> {
    /// Adds what is in a node. `above` is its path, `since` the part of it that no line has.
    fn below(&mut self, node: &'a N, above: &str, since: &str, depth: usize) {
        let least = self.least;
        for child in node.children().iter().filter(|child| child.shown() && child.weight() >= least) {
            let slash = if depth == 0 || !since.is_empty() { "/" } else { "" };
            let (path, name) = (format!("{above}/{}", child.name()), format!("{since}{slash}{}", child.name()));
            if !child.tells() {
                self.below(child, &path, &name, depth);
            } else if self.lines.len() < self.most {
                self.lines.push(Line { node: child, name, path: path.clone(), depth });
                self.below(child, &path, "", depth + 1);
            }
        }
    }
}
