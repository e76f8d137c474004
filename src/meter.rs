//! What one subject may cost. Work that can grow faster than the input is counted here; where it is used up, the rest
//! counts as unknown, and what is unknown is silent. Steps are counted and never time, so that a subject gets the same
//! answer on every machine.

use std::cell::Cell;

/// Work that is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// Parsing scripts, in about microseconds.
    Shell,
    /// Bytes of variables that are put in, and characters that their patterns are tried on.
    Expansion,
    /// Characters that patterns of .dockerignore are tried on.
    Context,
    /// Letters of names that are held against each other, to tell which one was meant.
    Names,
    /// Bytes of instructions in which something is looked for that another instruction names.
    Texts,
}

/// Maximum steps of each kind of work for one subject. The dearest of 2,274 real Dockerfiles takes 3,157 of the first
/// and 4,500 of the second.
const MAX: [u64; KINDS] = [1_000_000, 64 << 20, 256 << 20, 128 << 20, 512 << 20];
const KINDS: usize = 5;

thread_local! {
    static SPENT: Cell<[u64; KINDS]> = const { Cell::new([0; KINDS]) };
    static SUBJECT: Cell<u64> = const { Cell::new(0) };
}

/// Begins with another subject.
pub fn begin() {
    SPENT.set([0; KINDS]);
    SUBJECT.set(subject().wrapping_add(1));
}

/// A number that the next subject has not, for what is remembered of one.
pub fn subject() -> u64 {
    SUBJECT.get()
}

/// How many steps are left.
pub fn left(work: Work) -> u64 {
    MAX[work as usize].saturating_sub(SPENT.get()[work as usize])
}

/// Takes steps; `false` if there are not enough left, and then none are left.
pub fn take(work: Work, steps: u64) -> bool {
    let enough = steps <= left(work);
    let mut spent = SPENT.get();
    spent[work as usize] = spent[work as usize].saturating_add(steps);
    SPENT.set(spent);
    enough
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_used_up_comes_back_with_the_next_subject() {
        begin();
        let most = left(Work::Shell);
        assert!(take(Work::Shell, most) && take(Work::Expansion, 1), "each kind has its own");
        assert!(!take(Work::Shell, 1) && !take(Work::Shell, 1));
        assert!(!take(Work::Expansion, u64::MAX) && left(Work::Expansion) == 0);
        begin();
        assert!(take(Work::Shell, 1));
    }
}
