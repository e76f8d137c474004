//! How much of an input is read at most. Passing a limit is a finding with the number in it.

/// Unpacked bytes of all layers together: twice what Lambda takes.
pub(super) const UNPACKED_BYTES: u64 = 20 * 1024 * 1024 * 1024;
/// Entries of all layers together.
pub(super) const ENTRIES: u64 = 2_000_000;
/// A path or a link target, in bytes: Linux's `PATH_MAX`.
pub(super) const PATH_BYTES: usize = 4096;
/// A PAX or GNU extension header, in bytes.
pub(super) const EXTENSION_BYTES: u64 = 1024 * 1024;
/// A JSON document, in bytes.
pub(super) const JSON_BYTES: u64 = 8 * 1024 * 1024;
/// JSON documents kept while an archive streams by, in bytes together.
pub(super) const JSON_BYTES_TOGETHER: u64 = 64 * 1024 * 1024;
/// Members of an archive.
pub(super) const MEMBERS: usize = 200_000;
/// Images in one archive that are looked at.
pub(super) const IMAGES: usize = 64;
/// Layers of an image.
pub(super) const LAYERS: usize = 1024;
/// How deep an index may lead to an index.
pub(super) const INDEX_DEPTH: usize = 4;
/// Links followed in one path: Linux's `MAXSYMLINKS`.
pub(super) const LINKS: usize = 40;
/// Paths kept of one layer that lack their parent directory, or their hard link's target.
pub(super) const PATHS_KEPT: usize = 1000;
/// What is kept of the content of files, in bytes together.
pub(super) const FACET_BYTES: usize = 64 * 1024 * 1024;
