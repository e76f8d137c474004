//! Names of files and directories, each kept once: an image has a thousand files of the name `__init__.py`.

use super::hash::{Seed, seed};
use super::texts::Texts;
use hashbrown::HashTable;
use hashbrown::hash_table::Entry;
use std::hash::BuildHasher;

/// Names by their numbers, which are given in the order in which they come.
#[derive(Debug)]
pub(super) struct Names {
    texts: Texts,
    numbers: HashTable<u32>,
    seed: Seed,
}

impl Default for Names {
    fn default() -> Self {
        Self { texts: Texts::default(), numbers: HashTable::new(), seed: seed() }
    }
}

impl Names {
    /// The number of a name, a new one if it is new.
    pub(super) fn number(&mut self, name: &[u8]) -> u32 {
        let Self { texts, numbers, seed } = self;
        let is = |at: &u32| texts.get(*at) == name;
        let of = |at: &u32| seed.hash_one(texts.get(*at));
        let number = texts.len() as u32;
        match numbers.entry(seed.hash_one(name), is, of) {
            Entry::Occupied(known) => return *known.get(),
            Entry::Vacant(free) => drop(free.insert(number)),
        }
        texts.add(name)
    }

    /// Makes room for names of this many bytes together, were all of them new.
    pub(super) fn expect(&mut self, names: usize, bytes: usize) {
        self.texts.expect(names, bytes);
    }

    /// The number of a name that has one.
    pub(super) fn find(&self, name: &[u8]) -> Option<u32> {
        self.numbers.find(self.seed.hash_one(name), |at| self.text(*at) == name).copied()
    }

    /// The name of a number.
    pub(super) fn text(&self, number: u32) -> &[u8] {
        self.texts.get(number)
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.texts.len()
    }
}

#[cfg(test)]
impl Names {
    /// What it takes in memory, in bytes.
    pub(super) fn held(&self) -> usize {
        self.texts.held() + self.numbers.allocation_size()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_once() {
        let mut names = Names::default();
        let numbers = ["a", "bc", "", "a", "bc"].map(|name| names.number(name.as_bytes()));
        assert_eq!((numbers, names.len()), ([0, 1, 2, 0, 1], 3));
        assert_eq!([0, 1, 2, 3].map(|number| names.text(number)), [&b"a"[..], b"bc", b"", b""]);
        assert_eq!((names.find(b"bc"), names.find(b"b")), (Some(1), None));
    }
}
