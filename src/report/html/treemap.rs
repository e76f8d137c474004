//! The tree of an image as areas: a folder is a rectangle, and what is in it lies within, each as large as its bytes.
//!
//! Squarified after Bruls, Huizing and van Wijk, "Squarified Treemaps" (2000).

#![allow(clippy::cast_precision_loss, reason = "a picture shows tenths of its units")]

use crate::inventory::TreeNode;

/// A rectangle; the corner is the upper left one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Rect {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) width: f64,
    pub(super) height: f64,
}

impl Rect {
    pub(super) fn area(self) -> f64 {
        self.width * self.height
    }

    /// Cuts a part off along the longer side: that part, and what is left.
    fn split(self, share: f64) -> (Self, Self) {
        self.cut(share.clamp(0.0, 1.0), self.width < self.height)
    }

    /// Cuts a part off from above if it is upright, else from the left: that part, and what is left.
    fn cut(self, share: f64, upright: bool) -> (Self, Self) {
        if upright {
            let height = self.height * share;
            let below = Self { y: self.y + height, height: self.height - height, ..self };
            (Self { height, ..self }, below)
        } else {
            let width = self.width * share;
            let beside = Self { x: self.x + width, width: self.width - width, ..self };
            (Self { width, ..self }, beside)
        }
    }

    /// The place for what is in a folder, below its name.
    fn inner(self) -> Self {
        let (x, y) = (self.x + FRAME, self.y + HEADER);
        Self { x, y, width: self.width - 2.0 * FRAME, height: self.height - HEADER - FRAME }
    }
}

/// Height of a folder's name.
const HEADER: f64 = 15.0;
/// Width of a folder's frame.
const FRAME: f64 = 2.0;
/// Least width and height of a folder whose content is drawn.
const LEAST_FOLDER: (f64, f64) = (36.0, 32.0);

/// Areas for weights, which add up to the whole one. Weights are sorted, the largest first.
pub(super) fn squarify(weights: &[u64], whole: Rect) -> Vec<Rect> {
    let mut areas = Vec::with_capacity(weights.len());
    let mut free = whole;
    let mut rest = weights;
    while let Some((&first, others)) = rest.split_first() {
        let all: f64 = rest.iter().map(|&weight| weight as f64).sum();
        let scale = free.area() / all.max(1.0);
        let side = free.width.min(free.height);
        // One more joins the row for as long as that makes its areas squarer.
        let mut sum = first as f64;
        let mut worst = elongation(side, first as f64 * scale, first as f64 * scale, sum * scale);
        let mut count = 1;
        for &next in others {
            let longer = elongation(side, first as f64 * scale, next as f64 * scale, (sum + next as f64) * scale);
            if longer > worst {
                break;
            }
            (worst, sum, count) = (longer, sum + next as f64, count + 1);
        }
        let (row, left) = rest.split_at(count);
        let share = if left.is_empty() { 1.0 } else { sum / all.max(1.0) };
        let (mut strip, behind) = free.split(share);
        // A row lies across the longer side.
        let upright = free.width >= free.height;
        for &weight in row {
            let share = if sum > 0.0 { (weight as f64 / sum).min(1.0) } else { 1.0 };
            let (area, below) = strip.cut(share, upright);
            areas.push(area);
            (strip, sum) = (below, sum - weight as f64);
        }
        (free, rest) = (behind, left);
    }
    areas
}

/// How far the longest area of a row is from a square.
fn elongation(side: f64, largest: f64, smallest: f64, sum: f64) -> f64 {
    let (side, sum) = (side * side, sum * sum);
    if side <= 0.0 || sum <= 0.0 || smallest <= 0.0 {
        return f64::MAX;
    }
    (side * largest / sum).max(sum / (side * smallest))
}

/// What an area stands for.
#[derive(Clone, Copy, Debug)]
pub(super) enum What<'a> {
    /// A folder whose content is drawn within it.
    Folder(&'a TreeNode),
    /// A file, or a folder that is too small to look into.
    Whole(&'a TreeNode),
    /// Smaller things of a folder: how many, and their bytes.
    Smaller(usize, u64),
}

/// An area of the picture.
#[derive(Debug)]
pub(super) struct Area<'a> {
    pub(super) what: What<'a>,
    pub(super) rect: Rect,
    /// The path from the root; of what is smaller, that of the folder.
    pub(super) path: String,
    /// The area that it lies in; `None` for what lies in the root.
    #[cfg_attr(not(test), expect(dead_code, reason = "what the tests check"))]
    pub(super) parent: Option<usize>,
}

impl Area<'_> {
    /// The bytes that it stands for.
    pub(super) fn bytes(&self) -> u64 {
        match self.what {
            What::Folder(node) | What::Whole(node) => node.total(),
            What::Smaller(_, bytes) => bytes,
        }
    }

    /// The parts that can be read and that cannot, beside each other.
    pub(super) fn parts(&self, node: &TreeNode) -> (Rect, Rect) {
        self.rect.split(node.bytes as f64 / (node.total() as f64).max(1.0))
    }
}

/// The areas of a tree, folders before what is in them. What has less bytes than `least` is drawn as smaller.
pub(super) fn areas(tree: &TreeNode, whole: Rect, least: u64) -> Vec<Area<'_>> {
    let mut areas = Vec::new();
    fill(&mut areas, tree, (whole, ""), None, least);
    areas
}

fn fill<'a>(areas: &mut Vec<Area<'a>>, node: &'a TreeNode, place: (Rect, &str), parent: Option<usize>, least: u64) {
    let (whole, path) = place;
    let large = |child: &&TreeNode| child.total() >= least.max(1);
    let mut parts: Vec<(u64, Option<&TreeNode>)> =
        node.children().iter().filter(large).map(|child| (child.total(), Some(child))).collect();
    let drawn = parts.iter().fold(0_u64, |sum, (bytes, _)| sum.saturating_add(*bytes));
    let small = node.children().len() - parts.len() + node.left_out;
    let rest = node.total().saturating_sub(drawn);
    if rest > 0 {
        parts.push((rest, None));
        parts.sort_by_key(|(bytes, _)| std::cmp::Reverse(*bytes));
    }
    let weights: Vec<u64> = parts.iter().map(|(bytes, _)| *bytes).collect();
    for ((bytes, child), rect) in parts.into_iter().zip(squarify(&weights, whole)) {
        let Some(child) = child else {
            areas.push(Area { what: What::Smaller(small, bytes), rect, path: path.to_owned(), parent });
            continue;
        };
        let path = format!("{path}/{}", child.name);
        let opens = !child.children().is_empty() && rect.width >= LEAST_FOLDER.0 && rect.height >= LEAST_FOLDER.1;
        let what = if opens { What::Folder(child) } else { What::Whole(child) };
        areas.push(Area { what, rect, path: path.clone(), parent });
        if opens {
            let parent = Some(areas.len() - 1);
            fill(areas, child, (rect.inner(), &path), parent, least);
        }
    }
}
