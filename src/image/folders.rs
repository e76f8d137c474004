//! The directories of a layer's entries, each kept once where what lies in it comes together.

use super::texts::Texts;

/// Directories by their numbers.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub(super) struct Folders {
    paths: Texts,
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
        let number = self.paths.add(path);
        self.open.push(number);
        number
    }

    /// Nothing comes any more.
    pub(super) fn finish(&mut self) {
        self.open = Vec::new();
        self.paths.finish();
    }

    /// The directory of a number.
    pub(super) fn path(&self, number: u32) -> &[u8] {
        self.paths.get(number)
    }
}

#[cfg(test)]
impl Folders {
    /// What it takes in memory, in bytes.
    pub(super) fn held(&self) -> usize {
        self.paths.held() + self.open.len() * size_of::<u32>()
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
