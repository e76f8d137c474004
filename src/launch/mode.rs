//! File modes as far as Lambda's user is concerned: it is neither owner nor in the group, so only the bits for
//! others count.

use super::{Build, Copied, Ran};
use crate::path::{file_name, is_file, last, under};
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
}

impl Mode {
    fn apply(&mut self, others: Others, span: Span, folder: bool) {
        self.read = others.read.map(|set| (set, span)).or(self.read);
        if !others.folders_only || folder {
            self.execute = others.execute.map(|set| (set, span)).or(self.execute);
        }
    }
}

impl Build<'_> {
    /// The mode of a path of the final image as far as COPY and chmod decide it.
    pub fn mode(&self, path: &str, folder: bool) -> Mode {
        let mut mode = Mode::default();
        for stage in self.final_stages() {
            let mut copies = self.copies_of(stage).into_iter().peekable();
            for (at, step) in stage.steps.iter().enumerate() {
                while let Some(copied) = copies.next_if(|copied| std::ptr::eq(copied.step, step)) {
                    match (copied.may_hold(path), &copied.chmod) {
                        (Some(false), _) => {}
                        (Some(true), Some((chmod, span))) => {
                            mode = Mode::default();
                            mode.apply(Others::parse(chmod).unwrap_or_default(), *span, folder);
                        }
                        // What ADD fetches belongs to root, mode 0600.
                        (Some(true), None) if copied.fetches() => {
                            let none = Others { read: Some(false), execute: Some(false), ..Others::default() };
                            mode.apply(none, copied.span(), folder);
                        }
                        _ => mode = Mode::default(),
                    }
                }
                for ran in stage.ran_in(at) {
                    if let Some((others, span)) = ran.chmod(path, |text| step.state.absolute(text)) {
                        mode.apply(others, span, folder);
                    } else if ran.replaces(path)
                        || ran.chmod_parts().is_some_and(|(_, _, args)| args.iter().any(|arg| arg.text.is_none()))
                    {
                        mode = Mode::default();
                    }
                }
            }
        }
        mode
    }
}

impl Ran {
    /// Mode and operands of a chmod.
    pub fn chmod_parts(&self) -> Option<(Others, bool, Vec<&super::RanArg>)> {
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

    /// What a chmod does to a path, if it is one and covers it.
    fn chmod(&self, path: &str, absolute: impl Fn(&str) -> Option<String>) -> Option<(Others, Span)> {
        let (others, recursive, operands) = self.chmod_parts()?;
        let covers = |arg: &&super::RanArg| {
            let Some(full) = arg.text.as_deref().and_then(&absolute) else { return false };
            let (folder, name) = full.rsplit_once('/').unwrap_or_default();
            let wild = name.contains('*');
            let hit = full == path
                || (wild
                    && under(path, folder)
                    && glob(name, path.get(folder.len() + 1..).unwrap_or_default(), recursive));
            // `cd` may have gone before: then the name alone decides.
            hit || (recursive && under(path, &full)) || (arg.raw != "." && last(&arg.raw) == last(path))
        };
        let arg = operands.into_iter().find(covers)?;
        Some((others, arg.span))
    }

    /// Whether it may put another file at a path.
    fn replaces(&self, path: &str) -> bool {
        let name = file_name(path);
        matches!(
            self.program.as_str(),
            "cp" | "mv" | "install" | "ln" | "curl" | "wget" | "sed" | "dos2unix" | "find" | "xargs"
        ) && (name.is_empty() || self.args.iter().any(|arg| arg.raw.contains(name)))
    }
}

/// Whether `*.sh` takes in the first part of a path.
fn glob(pattern: &str, rest: &str, recursive: bool) -> bool {
    let (first, more) = rest.split_once('/').map_or((rest, ""), |(first, more)| (first, more));
    let (before, behind) = pattern.split_once('*').unwrap_or((pattern, ""));
    (more.is_empty() || recursive) && first.starts_with(before) && first.ends_with(behind)
}

impl Copied<'_, '_> {
    /// Whether it is an ADD that fetches a file.
    pub fn fetches(&self) -> bool {
        let url = |source: &str| {
            (source.starts_with("http://") || source.starts_with("https://")) && !source.contains(".git")
        };
        self.add && self.sources.iter().any(|(source, _)| source.as_deref().is_some_and(url))
    }

    /// Whether at least one source is a folder for sure: `.`, or a name with a slash behind it.
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
