//! The directories of a layer's entries, each kept once where what lies in it comes together.

/// Directories by their numbers.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub(super) struct Folders {
    /// Their paths, one behind the other.
    text: Vec<u8>,
    /// Where each ends.
    ends: Vec<u32>,
    /// The last directory, and those above it that had a number before it did.
    #[serde(skip)]
    open: Vec<u32>,
}

impl Folders {
    /// The number of a directory: the one that it had where the entries before lie in it, or somewhere below.
    pub(super) fn number(&mut self, path: &[u8]) -> u32 {
        while let Some(&last) = self.open.last() {
            let known = self.path(last);
            if known == path {
                return last;
            }
            let is_below = path.strip_prefix(known).is_some_and(|rest| known.is_empty() || rest.first() == Some(&b'/'));
            if is_below {
                break;
            }
            self.open.pop();
        }
        let number = self.ends.len() as u32;
        self.text.extend_from_slice(path);
        self.ends.push(self.text.len() as u32);
        self.open.push(number);
        number
    }

    /// Nothing comes any more.
    pub(super) fn finish(&mut self) {
        self.open = Vec::new();
        self.text.shrink_to_fit();
        self.ends.shrink_to_fit();
    }

    /// The directory of a number.
    pub(super) fn path(&self, number: u32) -> &[u8] {
        let at = number as usize;
        let start = at.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        let end = self.ends.get(at).copied().unwrap_or(start);
        self.text.get(start as usize..end as usize).unwrap_or_default()
    }
}

#[cfg(test)]
impl Folders {
    /// What it takes in memory, in bytes.
    pub(super) fn held(&self) -> usize {
        self.text.len() + (self.ends.len() + self.open.len()) * size_of::<u32>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directories_that_come_back() {
        let mut folders = Folders::default();
        let paths = ["", "usr", "usr/lib", "usr/lib/x", "usr/lib", "usr", "usrx", "usr", "", "usr"];
        let numbers = paths.map(|path| folders.number(path.as_bytes()));
        assert_eq!(numbers, [0, 1, 2, 3, 2, 1, 4, 5, 0, 6]);
        let back = numbers.map(|number| String::from_utf8_lossy(folders.path(number)).into_owned());
        assert_eq!(back, paths);
        assert_eq!(folders.path(9), b"");
    }
}
