//! File modes as far as Lambda's user is concerned: it is neither owner nor in the group, so only the bits for
//! others count.

use super::effects::NewMode;
use super::{CommandArg, Copied, RunCommand};
use crate::path::is_file;
use crate::source::Span;

/// What a mode says to others; `None` where it leaves the bit as it was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Others {
    /// Whether others may read.
    pub read: Option<bool>,
    /// Whether others may execute, or pass through a folder. `X` (folders only) counts for folders.
    pub execute: Option<bool>,
    /// Whether others may write.
    pub write: Option<bool>,
    /// Whether `execute` is about folders only.
    pub folders_only: bool,
}

impl Others {
    /// Reads `0755`, `755`, `a+rX`, `u=rwx,go=`; `None` where it is neither.
    pub fn parse(mode: &str) -> Option<Self> {
        if let Some(digit) = mode.bytes().last().filter(u8::is_ascii_digit) {
            let octal = mode.len() <= 5 && mode.bytes().all(|byte| (b'0'..=b'7').contains(&byte));
            let bits = digit - b'0';
            return octal.then_some(Self {
                read: Some(bits & 4 != 0),
                write: Some(bits & 2 != 0),
                execute: Some(bits & 1 != 0),
                folders_only: false,
            });
        }
        let mut others = Self::default();
        for clause in mode.split(',') {
            let at = clause.find(['+', '-', '='])?;
            let (who, rest) = clause.split_at(at);
            if !who.chars().all(|c| "ugoa".contains(c)) {
                return None;
            }
            let (sign, what) = rest.split_at(1);
            if !what.chars().all(|c| "rwxXstugo".contains(c)) {
                return None;
            }
            if !who.is_empty() && !who.contains(['o', 'a']) {
                continue;
            }
            let set = |bit: &mut Option<bool>, there: bool| match sign {
                "+" if there => *bit = Some(true),
                "-" if there => *bit = Some(false),
                "=" => *bit = Some(there),
                _ => {}
            };
            set(&mut others.read, what.contains('r'));
            set(&mut others.write, what.contains('w'));
            set(&mut others.execute, what.contains(['x', 'X']));
            others.folders_only = what.contains('X') && !what.contains('x');
        }
        Some(others)
    }
}

/// The bits of a path at the end of the build, each with what set it; `None` where nothing visible did.
#[derive(Clone, Copy, Debug, Default)]
pub struct Mode {
    /// Whether others may read it.
    pub read: Option<(bool, Span)>,
    /// Whether others may execute it.
    pub execute: Option<(bool, Span)>,
    /// Whether it is certain that what the bits were set for is what is at the path.
    pub certain: bool,
}

impl Mode {
    pub(super) fn new(new: NewMode, folder: bool, certain: bool) -> Self {
        let mut mode = Self { certain, ..Self::default() };
        if let NewMode::Given(Some(others), span) = new {
            mode.apply(others, span, folder);
        }
        mode
    }

    pub(super) fn apply(&mut self, others: Others, span: Span, folder: bool) {
        self.read = others.read.map(|set| (set, span)).or(self.read);
        if !others.folders_only || folder {
            self.execute = others.execute.map(|set| (set, span)).or(self.execute);
        }
    }

    /// Whether nothing has said anything of it yet.
    pub(super) fn is_unsaid(&self) -> bool {
        self.read.is_none() && self.execute.is_none() && !self.certain
    }
}

impl RunCommand {
    /// Mode and operands of a chmod.
    pub fn chmod_parts(&self) -> Option<(Others, bool, Vec<&CommandArg>)> {
        if self.program != "chmod" {
            return None;
        }
        // `-x` and `-R` both begin with a dash; only one of them is a mode.
        let mode = self.args.iter().position(|arg| {
            arg.text
                .as_deref()
                .is_some_and(|text| Others::parse(text).is_some() && !matches!(text, "-R" | "-v" | "-c" | "-f"))
        })?;
        let others = Others::parse(self.args[mode].text.as_deref()?)?;
        let recursive = self.args.iter().any(|arg| {
            arg.raw == "--recursive"
                || (arg.raw.starts_with('-') && !arg.raw.starts_with("--") && arg.raw.contains('R'))
        });
        let operands = self.args[mode + 1..].iter().filter(|arg| !arg.raw.starts_with('-')).collect();
        Some((others, recursive, operands))
    }
}

impl Copied<'_, '_> {
    /// Whether it is an ADD that fetches a file.
    pub fn fetches(&self) -> bool {
        let url = |source: &str| {
            (source.starts_with("http://") || source.starts_with("https://")) && !source.contains(".git")
        };
        self.add && self.sources.iter().any(|(source, _)| source.as_deref().is_some_and(url))
    }

    /// Whether at least one source is a folder for sure: `.`, or a name with a slash after it.
    pub fn copies_folder(&self) -> bool {
        let folder = |source: &str| matches!(source, "." | "./" | "/") || (source.ends_with('/') && !is_file(source));
        self.sources.iter().any(|(source, _)| source.as_deref().is_some_and(folder))
    }
}

#[cfg(test)]
mod tests {
    use super::Others;

    fn bits(mode: &str) -> Option<(Option<bool>, Option<bool>)> {
        Others::parse(mode).map(|others| (others.read, others.execute))
    }

    #[test]
    fn modes() {
        assert_eq!(bits("0755"), Some((Some(true), Some(true))));
        assert_eq!(bits("600"), Some((Some(false), Some(false))));
        assert_eq!(bits("644"), Some((Some(true), Some(false))));
        assert_eq!(bits("+x"), Some((None, Some(true))));
        assert_eq!(bits("u+x"), Some((None, None)));
        assert_eq!(bits("a+rX,u+w"), Some((Some(true), Some(true))));
        assert_eq!(bits("u=rwx,go="), Some((Some(false), Some(false))));
        assert_eq!(bits("go-rwx"), Some((Some(false), Some(false))));
        assert_eq!(bits("root:root"), None);
        assert_eq!(bits("/app"), None);
        assert_eq!(bits("9999"), None);
    }
}
