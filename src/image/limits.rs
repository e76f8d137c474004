//! How much of an input is read at most: the one table. Passing a limit is a finding with the number in it, or the
//! thing is left out and so unknown; `tests/it/hostile.rs` and the tests beside the code stand at each edge.

/// Bytes that all layers together are unpacked or read to: Lambda takes 10 GiB, and what is longer still is only said to
/// be longer. A plain layer in a file is passed over by seeking, and counts exactly.
pub(super) const UNPACKED_BYTES: u64 = 12 * 1024 * 1024 * 1024;
/// Bytes that an archive has when it is unpacked itself, or comes through a pipe: its layers may be plain.
pub(super) const ARCHIVE_BYTES: u64 = UNPACKED_BYTES + 1024 * 1024 * 1024;
/// A plain layer in a file is read and hashed up to this length, in bytes, though `--verify` was not given: that costs
/// nothing, and an archive that lost a layer often has an empty one in its place.
pub(super) const SMALL_LAYER_BYTES: u64 = 64 * 1024;
/// Entries of an image's layers together; of those of all images where the archive passes once.
pub(super) const ENTRIES: u64 = 1_000_000;
/// Entries of the layers of all images of an archive, counted once for the reading and once for the merging: a layer may
/// be named twice.
pub(super) const ENTRIES_TOGETHER: u64 = 4_000_000;
/// Files and directories of a merged tree, including those without an entry and those that were deleted.
pub(super) const NODES: usize = 1_000_000;
/// The same of all images of an archive.
pub(super) const NODES_TOGETHER: u64 = 4_000_000;
/// Paths and link targets of all entries together, in bytes.
pub(super) const PATH_BYTES_TOGETHER: u64 = 64 * 1024 * 1024;
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
/// Maximum indentation of a JSON value, in levels.
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
/// Parts of a path and of the links in it that are followed: more is as good as a circle.
pub(super) const STEPS: usize = 16 * 1024;
/// The same for all paths that are looked up in an image together.
pub(super) const STEPS_TOGETHER: u64 = 100_000_000;
/// What is held of a file of an image at most, in bytes, where its path has fewer than a hundred: its entry in a layer,
/// its row in the merged tree, and where it is found. What is kept of its content comes on top.
#[cfg(test)]
const HELD_BYTES: usize = 200;
/// Paths kept of one layer that lack their parent directory, or their hard link's target.
pub(super) const PATHS_KEPT: usize = 1000;
/// What is kept of the content of files, in bytes together.
pub(super) const FACET_BYTES: usize = 64 * 1024 * 1024;
/// What is held of the layers that images of a run share, in bytes.
#[cfg(feature = "registry")]
pub(super) const SHARED_BYTES: usize = 256 * 1024 * 1024;
/// Layers that an image has, as far as a shared one takes its part of what is kept of files' content: which image comes
/// first must not show.
#[cfg(feature = "registry")]
pub(super) const SHARED_LAYERS: usize = 4;
/// Texts of the short list are kept up to this length in bytes.
pub(super) const TEXT_BYTES: u64 = 64 * 1024;
/// The whole text of a script that an image may start is kept up to this length in bytes.
pub(super) const STARTED_BYTES: u64 = 8 * 1024;
/// Scripts are looked through up to this length in bytes.
pub(super) const SCRIPT_BYTES: u64 = 256 * 1024;
/// Layers of an image that are read again for files with several names, unpacked, in bytes.
pub(super) const AGAIN_BYTES: u64 = 4 * 1024 * 1024 * 1024;
/// How often an archive that is packed as a whole is read again from its beginning for that.
pub(super) const READ_AGAIN: usize = 8;
/// A Python module is read up to this length in bytes: of 40,000 in popular packages 19 are longer, all of them made by
/// programs.
pub(super) const MODULE_BYTES: u64 = 1024 * 1024;
/// Texts of Python modules that one layer holds until it is known whether a package has installed them, in bytes together:
/// of 30 popular packages one alone brings 17 MB in front of its list.
pub(super) const WAITING_BYTES: usize = 20 * 1024 * 1024;
/// Modules that the lists of packages in a layer name, and that are looked for among those.
pub(super) const LISTED_MODULES: usize = 400_000;
/// A JavaScript module of the function, in bytes; a longer one is a bundle, in which nothing can be told.
pub(super) const SOURCE_BYTES: u64 = 128 * 1024;
/// JavaScript modules that are kept together, in bytes: only those are parsed that the handler leads to.
pub(super) const SOURCES_TOGETHER: usize = 8 * 1024 * 1024;
/// The first fields of a Python distribution's `METADATA`, in bytes; a long description stands after them.
pub(super) const METADATA_BYTES: u64 = 256 * 1024;
/// The list of a package's installed files, in bytes.
pub(super) const RECORD_BYTES: u64 = 4 * 1024 * 1024;
/// An ELF file in a stream is kept up to here, in bytes, while it is read: a loader's tables come first.
pub(super) const ELF_BYTES: u64 = 12 * 1024 * 1024;
/// A longer program is not looked through for the Runtime API's name, in bytes.
pub(super) const PROGRAM_BYTES: u64 = 512 * 1024 * 1024;
/// Libraries, folders and versions of one ELF file, each.
pub(super) const ELF_ITEMS: usize = 1024;
/// Names kept of one ELF file together, in bytes.
pub(super) const ELF_TEXT_BYTES: usize = 256 * 1024;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::budget::Budget;
    use crate::image::layer::{self, Scan};
    use crate::image::{Files, Image, ReadOptions, Resolution, from_reader};
    use serde_json::json;
    use tar::{EntryType, Header};

    fn entry(path: &str, kind: EntryType, content: &[u8]) -> Vec<u8> {
        let mut header = Header::new_gnu();
        header.set_path(path).unwrap();
        header.set_entry_type(kind);
        header.set_mode(0o644);
        header.set_size(content.len() as u64);
        header.set_cksum();
        let padding = content.len().next_multiple_of(512) - content.len();
        [header.as_bytes(), content, &vec![0; padding]].concat()
    }

    fn file(path: &str, content: &[u8]) -> Vec<u8> {
        entry(path, EntryType::Regular, content)
    }

    /// An entry whose path is as long as wanted, said by a GNU long name.
    fn long(length: usize) -> Vec<u8> {
        [entry("long", EntryType::GNULongName, "p".repeat(length).as_bytes()), file("x", b"")].concat()
    }

    fn scan(stream: &[u8], budget: &Budget) -> Scan {
        layer::stream(stream, budget)
    }

    fn small(bytes: u64, entries: u64) -> Budget {
        Budget::of(bytes, entries, std::sync::Arc::default())
    }

    /// The images of a docker-archive with these documents and no layer that is there.
    fn read(manifest: &serde_json::Value, config: &[u8]) -> Vec<Image> {
        let archive = [file("manifest.json", manifest.to_string().as_bytes()), file("c.json", config)].concat();
        from_reader(archive.as_slice(), &ReadOptions::default(), std::convert::identity).unwrap()
    }

    fn faults(config: &[u8]) -> String {
        let images = read(&json!([{"Config": "c.json", "Layers": []}]), config);
        images[0].faults.iter().map(|fault| format!("{} {}\n", fault.message, fault.label)).collect()
    }

    #[test]
    fn unpacked_bytes() {
        let stream = file("a", b"x");
        let length = stream.len() as u64;
        assert_eq!(scan(&stream, &small(length, 9)).unpacked_bytes, Some(length));
        let budget = small(length - 1, 9);
        assert!(scan(&stream, &budget).fault.is_some() && budget.is_too_long());
    }

    #[test]
    fn entries_read_and_merged() {
        let stream = [file("a", b""), file("b", b"")].concat();
        assert_eq!(scan(&stream, &small(9999, 2)).entries.len(), 2);
        let budget = small(9999, 1);
        assert!(scan(&stream, &budget).fault.is_some() && budget.is_exhausted() && !budget.is_too_long());
        assert!(budget.take_merge(1).is_err(), "over is over");
        let budget = small(9999, 3);
        assert!(budget.take_merge(3).is_ok() && budget.take_merge(1).is_err());
        let budget = small(9999, 3);
        assert!((0..3).all(|_| budget.take_entries(1, 1).is_ok()));
        budget.begin_image();
        assert!(budget.take_entries(1, 1).is_err(), "all images together have a limit too");
    }

    #[test]
    fn a_path() {
        assert_eq!(scan(&long(PATH_BYTES), &small(99_999, 9)).fault, None);
        assert!(scan(&long(PATH_BYTES + 1), &small(99_999, 9)).fault.unwrap().contains("a path of 4097 bytes"));
    }

    #[test]
    fn paths_together() {
        let budget = small(9, 9);
        assert!(budget.take_entries(1, PATH_BYTES_TOGETHER).is_ok());
        assert!(budget.take_entries(1, 1).is_err());
    }

    #[test]
    fn an_extended_header() {
        let header = |length: usize| {
            let digits = length.to_string().len();
            let record = format!("{length} a={}\n", "x".repeat(length - digits - 4));
            [entry("x", EntryType::XHeader, record.as_bytes()), file("a", b"")].concat()
        };
        let most = EXTENSION_BYTES as usize;
        assert_eq!(scan(&header(most), &small(9 << 20, 9)).fault, None);
        assert!(scan(&header(most + 1), &small(9 << 20, 9)).fault.unwrap().contains("an extended header of 1048577"));
    }

    #[test]
    fn nodes() {
        let deep = |count: usize| vec!["a"; count].join("/");
        let merged = |count: usize| {
            let entries: Vec<_> = (0..count).map(|at| format!("{at}/{}", deep(1999))).collect();
            let stream: Vec<u8> = entries
                .iter()
                .flat_map(|path| [entry("long", EntryType::GNULongName, path.as_bytes()), file("x", b"")].concat())
                .collect();
            let budget = small(9 << 30, 9999);
            Files::default().merge(&scan(&stream, &budget).entries, 0, &budget)
        };
        // Each of these stands for 2,000 directories, whose paths have four million bytes.
        assert!(merged(15).is_ok());
        assert!(merged(20).unwrap_err().contains("bytes of paths"));
        let budget = small(9, 9);
        assert!(budget.take_nodes(NODES_TOGETHER as usize).is_ok() && budget.take_nodes(1).is_err());
    }

    #[test]
    fn memory_of_a_file() {
        const FILES: usize = 20_000;
        let path = |at: usize| format!("usr/local/lib/python3.12/site-packages/package{}/module/file{at}.js", at / 20);
        let entry = |at| crate::image::tarball::Entry { path: path(at).into_bytes().into(), ..Default::default() };
        let entries: crate::image::entries::Entries = (0..FILES).map(entry).collect();
        let mut files = Files::default();
        files.merge(&entries, 0, &Budget::new(std::sync::Arc::default())).unwrap();
        assert_eq!(files.count(), FILES as u64);
        let held = entries.held() + files.held();
        assert!(held < FILES * HELD_BYTES, "{} bytes a file", held / FILES);
    }

    #[test]
    fn a_sparse_file() {
        let pax = b"38 GNU.sparse.realsize=99999999999999\n";
        let stream = [entry("x", EntryType::XHeader, pax), file("a", b"")].concat();
        assert_eq!(scan(&stream, &small(9999, 9)).entries.get(0).map(|entry| entry.size), Some(FILE_BYTES));
    }

    #[test]
    fn json() {
        let text = |length: usize| format!("{{\"a\": \"{}\"}}", "x".repeat(length - 9)).into_bytes();
        assert!(!faults(&text(JSON_BYTES as usize)).contains("bytes"));
        assert!(faults(&text(JSON_BYTES as usize + 1)).contains("has 8388609 bytes"));
        let list = |values: u64| format!("[{}0]", "0,".repeat(values as usize)).into_bytes();
        assert!(!faults(&list(JSON_VALUES - 100)).contains("values"));
        assert!(faults(&list(JSON_VALUES)).contains("over 500000 values"));
    }

    #[test]
    fn images_and_layers() {
        let one = json!({"Config": "c.json", "Layers": []});
        assert_eq!(read(&json!(vec![one.clone(); IMAGES]), b"{}").len(), IMAGES);
        assert_eq!(read(&json!(vec![one; IMAGES + 1]), b"{}").len(), IMAGES);
        let layers: Vec<String> = (0..=LAYERS).map(|at| at.to_string()).collect();
        let images = read(&json!([{"Config": "c.json", "Layers": layers}]), b"{}");
        assert_eq!(images[0].layers.len(), LAYERS);
    }

    #[test]
    fn links() {
        let chain = |count: usize| {
            let link = |at: usize| {
                let mut header = Header::new_gnu();
                header.set_path(format!("l{at}")).unwrap();
                header.set_entry_type(EntryType::Symlink);
                header.set_link_name(format!("l{}", at + 1)).unwrap();
                header.set_size(0);
                header.set_mode(0o777);
                header.set_cksum();
                header.as_bytes().to_vec()
            };
            let stream = [(0..count).flat_map(link).collect(), file(&format!("l{count}"), b"")].concat();
            let mut files = Files::default();
            let budget = small(999_999, 999);
            files.merge(&scan(&stream, &budget).entries, 0, &budget).unwrap();
            matches!(files.resolve("/l0"), Resolution::Found(..))
        };
        assert!(chain(LINKS) && !chain(LINKS + 1));
    }

    #[test]
    fn members() {
        let archive = |count: usize| {
            let members: Vec<u8> = (0..count).flat_map(|at| file(&at.to_string(), b"")).collect();
            from_reader(members.as_slice(), &ReadOptions::default(), std::convert::identity).unwrap_err().to_string()
        };
        assert!(!archive(100).contains("members"));
        assert!(archive(MEMBERS + 1).contains("over 200000 members"));
    }
}
