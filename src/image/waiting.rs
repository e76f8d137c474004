//! Python modules that wait in a layer until it is known whether a package has installed them.
//!
//! Packages bring thousands of modules, and nothing is asked about one that a `RECORD` lists. The list often comes right
//! after its package: until then the text is held up to a bound, or only its place where the layer can be sought in.

use super::budget::Budget;
use super::content::{FileContent, Script, is_started};
use super::entries::Entries;
use super::kept::Kept;
use super::limits;
use super::record::{Record, hash};
use std::collections::{HashMap, HashSet, VecDeque};
use std::io;

/// Where the text of a module is.
#[derive(Debug)]
pub(super) enum Later {
    /// Here.
    Text(Vec<u8>),
    /// At a byte of the file at hand.
    At(u64),
}

impl Later {
    /// The facet of the module; `None` if it cannot be read.
    pub(super) fn facet(self, mode: u32, read: impl FnOnce(u64) -> io::Result<Vec<u8>>) -> Option<FileContent> {
        let text = match self {
            Self::Text(text) => text,
            Self::At(at) => read(at).ok()?,
        };
        Kept::Module.facet(text, mode)
    }

    fn held(&self) -> usize {
        match self {
            Self::Text(text) => 64 + text.len(),
            Self::At(_) => 0,
        }
    }
}

/// How deep a package lies at most.
const MAX_DEPTH: usize = 32;

/// The modules of a layer that wait, each with the number of its entry.
#[derive(Default)]
pub(super) struct Waiting {
    modules: VecDeque<(usize, Later)>,
    held: usize,
    /// By folder, the hashes of the paths below it that are listed.
    listed: HashMap<Box<[u8]>, HashSet<u64>>,
    hashes: usize,
}

impl Waiting {
    /// Lets a module wait.
    pub(super) fn add(&mut self, number: usize, later: Later) {
        self.held += later.held();
        self.modules.push_back((number, later));
    }

    /// Takes note of a list of what was installed.
    pub(super) fn note(&mut self, path: &[u8], record: &Record) {
        let Some(information) = path.strip_suffix(b"/RECORD") else { return };
        let folder = information.iter().rposition(|byte| *byte == b'/').map_or(&b""[..], |at| &information[..at]);
        if self.hashes + record.hashes().len() <= limits::LISTED_MODULES {
            self.hashes += record.hashes().len();
            self.listed.entry(folder.into()).or_default().extend(record.hashes());
        }
    }

    /// Whether more is held than may be.
    pub(super) fn is_full(&self) -> bool {
        self.held > limits::WAITING_BYTES
    }

    /// Forgets what is listed, and summarises the oldest of the rest until `most` bytes are held; all of it without one.
    pub(super) fn settle(
        &mut self,
        most: Option<usize>,
        entries: &mut Entries,
        (budget, room): (&Budget, &mut usize),
        read: impl Fn(u64, u64) -> io::Result<Vec<u8>>,
    ) {
        for (number, later) in std::mem::take(&mut self.modules) {
            let is_listed =
                !self.listed.is_empty() && entries.get(number).is_some_and(|entry| self.lists(&entry.path()));
            if !is_listed {
                self.modules.push_back((number, later));
                continue;
            }
            self.held -= later.held();
            if let (Later::Text(text), Some(entry)) = (later, entries.get(number))
                && is_started(&text, entry.mode)
            {
                entries.set_facet(number, budget.keep(Some(FileContent::Script(Script::of(&text))), room));
            }
        }
        while most.is_none_or(|most| self.held > most)
            && let Some((number, later)) = self.modules.pop_front()
        {
            self.held -= later.held();
            if let Some(entry) = entries.get(number) {
                let facet = later.facet(entry.mode, |at| read(at, entry.stored));
                entries.set_facet(number, budget.keep(facet, room));
            }
        }
    }

    fn lists(&self, path: &[u8]) -> bool {
        let in_folder = |folder: &[u8], below: &[u8]| {
            self.listed.get(folder).is_some_and(|listed| listed.contains(&hash(&String::from_utf8_lossy(below))))
        };
        let mut slashes = memchr::memchr_iter(b'/', path).take(MAX_DEPTH);
        in_folder(b"", path) || slashes.any(|at| in_folder(&path[..at], &path[at + 1..]))
    }
}

#[cfg(test)]
mod tests {
    use crate::image::budget::Budget;
    use crate::image::layer::{self, Scan};
    use crate::image::limits::WAITING_BYTES;
    use std::io::Write;
    use tar::{Builder, Header};

    /// A layer of these files, read through a stream and by seeking.
    fn scans(files: &[(&str, u32, &[u8])]) -> [Scan; 2] {
        let mut builder = Builder::new(Vec::new());
        for (path, mode, content) in files {
            let mut header = Header::new_gnu();
            header.set_size(content.len() as u64);
            header.set_mode(*mode);
            builder.append_data(&mut header, path, *content).unwrap();
        }
        let bytes = builder.into_inner().unwrap();
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&bytes).unwrap();
        let budget = || {
            let budget = Budget::new(std::sync::Arc::default());
            budget.search_sources(false);
            budget
        };
        [layer::stream(&bytes[..], &budget()), layer::seek(&file, 0, bytes.len() as u64, &budget())]
    }

    /// For each file: `-` where nothing is known of it, else the number of imports of a module, `s` where it is a script.
    fn told(files: &[(&str, u32, &[u8])]) -> String {
        let told = scans(files).map(|scan| {
            let told = |facet: &super::FileContent| match (facet.module(), facet) {
                (Some(module), super::FileContent::Script(_)) => format!("s{}", module.imports.len()),
                (Some(module), _) => module.imports.len().to_string(),
                (None, super::FileContent::Script(_)) => "s".to_owned(),
                (None, _) => "?".to_owned(),
            };
            let all = scan.entries.iter().map(|entry| entry.facet.map_or("-".into(), |facet| told(facet)));
            all.collect::<Vec<_>>().join(" ")
        });
        assert_eq!(told[0], told[1], "a stream and a file tell the same");
        told[0].clone()
    }

    #[test]
    fn what_a_list_has_is_not_kept() {
        let module: &[u8] = b"import a\nimport b\n";
        let record: &[u8] = b"pack/m.py,,\npack/s.py,,\n";
        let layer = [
            ("task/app.py", 0o644, module),
            ("task/pack/m.py", 0o644, module),
            ("task/pack/own.py", 0o644, module),
            ("task/pack/s.py", 0o755, module),
            ("task/pack-1.dist-info/RECORD", 0o644, record),
            ("other/pack/m.py", 0o644, module),
        ];
        assert_eq!(told(&layer), "2 - 2 s ? 2");
        let mut first = layer;
        first.rotate_left(4);
        assert_eq!(told(&first), "? 2 2 - 2 s", "the list stands in front");
        assert_eq!(told(&layer[..4]), "2 2 2 s2", "there is no list");
        let root: &[(&str, u32, &[u8])] = &[("m.py", 0o644, module), ("p.dist-info/RECORD", 0o644, b"m.py,,\n")];
        assert_eq!(told(root), "- ?");
        assert_eq!(told(&[("task/id_maker.py", 0o644, module)]), "2", "keys are called `id_…` too");
    }

    #[test]
    fn more_than_may_wait() {
        let comment = format!("import a\n#{}\n", "x".repeat(1 << 19));
        let names: Vec<String> = (0..=WAITING_BYTES >> 19).map(|at| format!("p/m{at:03}.py")).collect();
        let mut layer: Vec<(&str, u32, &[u8])> =
            names.iter().map(|name| (&**name, 0o644, comment.as_bytes())).collect();
        let record: String = names.iter().map(|name| format!("{name},,\n")).collect();
        layer.push(("p.dist-info/RECORD", 0o644, record.as_bytes()));
        let [streamed, sought] = scans(&layer);
        let summaries = |scan: &Scan| scan.entries.iter().filter(|entry| entry.facet.is_some()).count() - 1;
        assert!((1..names.len()).contains(&summaries(&streamed)), "the oldest were summarised before the list came");
        assert_eq!(summaries(&sought), 0, "nothing is held of a file that can be read later");
    }
}
