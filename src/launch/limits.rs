//! How much is read of a build context at most: the one table. What passes a limit is not read, and so unknown;
//! `tests/it/context_limits.rs` and the tests beside the code stand at each edge.

/// Sources of COPY and ADD that are looked up.
pub const SOURCES: usize = 512;
/// Names of folders that are read.
pub const NAMES: usize = 2_048;
/// A .dockerignore or .gitignore, in bytes.
pub const IGNORE_BYTES: u64 = 256 * 1024;
/// Folders above the context that are asked whether they are the context.
pub const FOLDERS_UPWARD: usize = 8;
/// A file whose text is read, in bytes: the lock file of a large project has one or two million.
pub const FILE_BYTES: u64 = 4 * 1024 * 1024;
/// All files that are read, in bytes.
pub const FILE_BYTES_TOGETHER: u64 = 64 * 1024 * 1024;
/// Files that are read.
pub const FILES: usize = 1_024;
/// Paths that are looked at.
pub const PATHS: usize = 64 * 1024;
/// The beginning of a program that is looked at, in bytes.
pub const HEAD_BYTES: usize = 4_096;
/// Scripts that a RUN may start, each counted as often as it is started.
pub const SCRIPTS: usize = 256;
/// Scripts that start one another.
pub const SCRIPT_DEPTH: usize = 4;
/// Stages after one another through which a file is followed to the COPY that brings it.
pub const STAGES: usize = 8;
/// Lists of dependencies that are looked for.
pub const LISTS: usize = 64;
/// Lists that take in one another.
pub const LIST_DEPTH: usize = 8;
/// Packages of all lists together.
pub const PACKAGES: usize = 100_000;
