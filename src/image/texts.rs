//! Many short texts in one piece of memory, by their numbers.

/// Texts, one behind the other.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub(super) struct Texts {
    text: Vec<u8>,
    /// Where each ends.
    ends: Vec<u32>,
}

impl Texts {
    /// Adds one; its number.
    pub(super) fn add(&mut self, text: &[u8]) -> u32 {
        let number = self.ends.len() as u32;
        self.text.extend_from_slice(text);
        // What is named at all is bounded far below this.
        self.ends.push(u32::try_from(self.text.len()).unwrap_or(u32::MAX));
        number
    }

    /// The one of a number.
    pub(super) fn get(&self, number: u32) -> &[u8] {
        let at = number as usize;
        let start = at.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        let end = self.ends.get(at).copied().unwrap_or(start);
        self.text.get(start as usize..end as usize).unwrap_or_default()
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Makes room for more: how many, and how many bytes they have together.
    pub(super) fn expect(&mut self, count: usize, bytes: usize) {
        self.ends.reserve_exact(count);
        self.text.reserve_exact(bytes);
    }

    /// Gives back what is held for more.
    pub(super) fn finish(&mut self) {
        self.text.shrink_to_fit();
        self.ends.shrink_to_fit();
    }
}

#[cfg(test)]
impl Texts {
    /// What it takes in memory, in bytes.
    pub(super) fn held(&self) -> usize {
        self.text.len() + self.ends.len() * size_of::<u32>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_their_numbers() {
        let mut texts = Texts::default();
        let numbers = ["", "a", "bc", ""].map(|text| texts.add(text.as_bytes()));
        assert_eq!((numbers, texts.len()), ([0, 1, 2, 3], 4));
        assert_eq!(numbers.map(|number| texts.get(number)), [&b""[..], b"a", b"bc", b""]);
        assert_eq!(texts.get(4), b"");
    }
}
