//! Which files were met already: one of several names counts once.

/// The numbers of files that were met, a bit each.
#[derive(Debug, Default)]
pub struct Seen(Vec<u64>);

impl Seen {
    /// Takes note of a number; `true` the first time.
    pub fn is_new(&mut self, number: u32) -> bool {
        let (word, bit) = (number as usize / 64, 1 << (number % 64));
        if self.0.len() <= word {
            self.0.resize(word + 1, 0);
        }
        let known = self.0[word] & bit != 0;
        self.0[word] |= bit;
        !known
    }
}

#[cfg(test)]
mod tests {
    use super::Seen;

    #[test]
    fn each_number_is_new_once() {
        let mut seen = Seen::default();
        assert_eq!(
            [0, 63, 64, 1_000, 0, 64, 1_000].map(|number| seen.is_new(number)),
            [true, true, true, true, false, false, false]
        );
    }
}
