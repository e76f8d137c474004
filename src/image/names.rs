//! Names of files and directories, each kept once: an image has a thousand files of the name `__init__.py`.

use super::hash::{Seed, seed};
use hashbrown::HashTable;
use hashbrown::hash_table::Entry;
use std::hash::BuildHasher;

/// Names by their numbers, which are given in the order in which they come.
#[derive(Debug)]
pub(super) struct Names {
    /// All of them, one behind the other.
    text: Vec<u8>,
    /// Where each ends.
    ends: Vec<u32>,
    numbers: HashTable<u32>,
    seed: Seed,
}

impl Default for Names {
    fn default() -> Self {
        Self { text: Vec::new(), ends: Vec::new(), numbers: HashTable::new(), seed: seed() }
    }
}

impl Names {
    /// The number of a name, a new one if it is new.
    pub(super) fn number(&mut self, name: &[u8]) -> u32 {
        let Self { text, ends, numbers, seed } = self;
        let is = |at: &u32| text_of(text, ends, *at) == name;
        let of = |at: &u32| seed.hash_one(text_of(text, ends, *at));
        let number = ends.len() as u32;
        match numbers.entry(seed.hash_one(name), is, of) {
            Entry::Occupied(known) => return *known.get(),
            Entry::Vacant(free) => drop(free.insert(number)),
        }
        text.extend_from_slice(name);
        // What is named at all is bounded far below this.
        ends.push(u32::try_from(text.len()).unwrap_or(u32::MAX));
        number
    }

    /// Makes room for names of this many bytes together, were all of them new.
    pub(super) fn expect(&mut self, names: usize, bytes: usize) {
        self.ends.reserve_exact(names);
        self.text.reserve_exact(bytes);
    }

    /// The number of a name that has one.
    pub(super) fn find(&self, name: &[u8]) -> Option<u32> {
        self.numbers.find(self.seed.hash_one(name), |at| self.text(*at) == name).copied()
    }

    /// The name of a number.
    pub(super) fn text(&self, number: u32) -> &[u8] {
        text_of(&self.text, &self.ends, number)
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }
}

#[cfg(test)]
impl Names {
    /// What it takes in memory, in bytes.
    pub(super) fn held(&self) -> usize {
        self.text.len() + self.ends.len() * size_of::<u32>() + self.numbers.allocation_size()
    }
}

fn text_of<'a>(text: &'a [u8], ends: &[u32], number: u32) -> &'a [u8] {
    let at = number as usize;
    let start = at.checked_sub(1).and_then(|before| ends.get(before)).copied().unwrap_or(0);
    let end = ends.get(at).copied().unwrap_or(start);
    text.get(start as usize..end as usize).unwrap_or_default()
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
