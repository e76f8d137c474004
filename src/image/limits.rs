//! How much of an input is read at most: the one table. Passing a limit is a finding with the number in it, or the
//! thing is left out and so unknown; `tests/hostile.rs` and the tests beside the code stand at each edge.

/// Unpacked bytes of all layers together: twice what Lambda takes.
pub(super) const UNPACKED_BYTES: u64 = 20 * 1024 * 1024 * 1024;
/// Bytes that an archive has when it is unpacked itself, or comes through a pipe: its layers may be plain.
pub(super) const ARCHIVE_BYTES: u64 = UNPACKED_BYTES + 1024 * 1024 * 1024;
/// Entries of all layers together, counted once for the reading and once for the merging: a layer may be named twice.
pub(super) const ENTRIES: u64 = 1_000_000;
/// Files and directories of a merged tree, those that nobody has an entry for and those that are gone included.
pub(super) const NODES: usize = 1_000_000;
/// Paths and link targets of all entries together, in bytes.
pub(super) const PATH_BYTES_TOGETHER: u64 = 128 * 1024 * 1024;
/// A path or a link target, in bytes: Linux's `PATH_MAX`.
pub(super) const PATH_BYTES: usize = 4096;
/// A file, in bytes: a sparse one may call itself longer, and sums of lengths shall not overflow.
pub(super) const FILE_BYTES: u64 = 1 << 43;
/// A PAX or GNU extension header, in bytes.
pub(super) const EXTENSION_BYTES: u64 = 1024 * 1024;
/// A JSON document, in bytes.
pub(super) const JSON_BYTES: u64 = 8 * 1024 * 1024;
/// JSON documents of an archive together, in bytes.
pub(super) const JSON_BYTES_TOGETHER: u64 = 64 * 1024 * 1024;
/// Values in the JSON documents of an archive together, as commas and brackets count them.
pub(super) const JSON_VALUES: u64 = 500_000;
/// Places noted in a JSON document, in bytes of their pointers: what has none is shown at the value around it.
pub(super) const JSON_PLACES: usize = 16 * 1024 * 1024;
/// A value in JSON is moved to the right by so many levels at most.
pub(super) const JSON_INDENT: usize = 16;
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
/// Texts of the short list are kept up to this length in bytes.
pub(super) const TEXT_BYTES: u64 = 64 * 1024;
/// Scripts are looked through up to this length in bytes.
pub(super) const SCRIPT_BYTES: u64 = 256 * 1024;
/// An ELF file in a stream is kept up to here, in bytes, while it is read: a loader's tables come first.
pub(super) const ELF_BYTES: u64 = 12 * 1024 * 1024;
/// A longer program is not looked through for the Runtime API's name, in bytes.
pub(super) const PROGRAM_BYTES: u64 = 512 * 1024 * 1024;
/// Libraries, folders and versions of one ELF file, each.
pub(super) const ELF_ITEMS: usize = 4096;
/// Names kept of one ELF file together, in bytes.
pub(super) const ELF_TEXT_BYTES: usize = 256 * 1024;
