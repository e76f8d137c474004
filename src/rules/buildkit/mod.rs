//! BuildKit's checks (`docker build --check`) under their own names, a file each.

use super::Rule;

/// In the order of codes.
pub(super) const RULES: &[&Rule] = &[];
