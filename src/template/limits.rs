//! Bounds on what templates can make a reader hold or follow.

use crate::yaml;

/// Maximum length of one file in bytes: the limit of CloudFormation, which output of the CDK reaches.
pub const MAX_BYTES: u64 = 1024 * 1024;
/// A file of YAML or JSON: policies nest to over twenty levels.
pub(super) const TREE: yaml::Limits = yaml::Limits { bytes: MAX_BYTES as usize, depth: 64, values: MAX_VALUES };
/// Maximum values of one template, those that aliases and locals repeat counted each time.
pub(super) const MAX_VALUES: usize = 200_000;
/// Maximum functions of one template.
pub(super) const MAX_FUNCTIONS: usize = 500;
/// Maximum files of one Terraform module, or asset manifests of one folder.
pub const MAX_FILES: usize = 256;
/// Maximum bytes of one Terraform module.
pub const MAX_MODULE_BYTES: usize = 8 * 1024 * 1024;
/// Maximum depth of locals that refer to locals.
pub(super) const MAX_LOCALS: usize = 16;
/// Maximum pieces of one text with expressions in it.
pub(super) const MAX_PIECES: usize = 1000;
