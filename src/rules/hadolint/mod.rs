//! hadolint's rules under their codes, a file each. Written from what the rules mean; hadolint itself is GPL, and no
//! line of it is here.

use super::Rule;

/// In the order of codes.
pub(super) const RULES: &[&Rule] = &[];
