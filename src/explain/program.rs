//! Which program a shell has not found: its name tells which rule is meant.

use super::message;
use crate::facts;

/// Package managers, of which each base has one.
pub(super) const MANAGERS: &[&str] = &["yum", "dnf", "microdnf", "apt-get", "apt", "apk", "amazon-linux-extras"];

/// A handler that a shell takes for a program.
const HANDLER: &str = "LL215";

/// The code of the rule about a program that a shell has not found; `None` if the message is about nothing like it.
pub(super) fn missing(message: &str) -> Option<&'static str> {
    let lines = message::telling(message);
    let own = |name: &str| {
        if MANAGERS.contains(&name) {
            Some("LL801")
        } else if name.contains('.') && name.ends_with("handler") {
            Some(HANDLER)
        } else {
            let known = facts::absent_tools().any(|tool| tool == name) || facts::packages().sbin.contains(&name);
            known.then_some("LL803")
        }
    };
    // `gcc not found` is said of much else, so that only the names that are known count. `file` is a word too.
    let bare = |line: &String| {
        line.split_once(" not found")
            .and_then(|(before, _)| own(before.rsplit(' ').next().filter(|name| *name != "file")?))
    };
    match lines.iter().find_map(|line| name(line)) {
        Some(name) => own(name),
        None => lines.iter().find_map(bare),
    }
}

/// What it means that a shell does not find a program of which no rule knows anything; `None` if the message does not say
/// so.
pub(super) fn unknown(message: &str) -> Option<&'static str> {
    // Docker says of files too that they are not found; only a shell says who it is.
    let by_shell = |line: &str| line.contains("command not found") || line.contains("sh: ");
    let named = message::telling(message).iter().any(|line| by_shell(line) && name(line).is_some());
    (named && missing(message).is_none()).then_some(
        "the shell finds no program of that name: install it in that stage, or give its path. If ENV sets PATH, LL316 says \
         what it must keep",
    )
}

/// `gcc` of `/bin/sh: line 1: gcc: command not found`, and of `gcc: not found`.
fn name(line: &str) -> Option<&str> {
    let end = line.find(": command not found").or_else(|| line.find(": not found"))?;
    let before = line.get(..end)?;
    before.rsplit([' ', ':', '/']).next().filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::{missing, name};

    #[test]
    fn the_name_stands_before_the_colon() {
        assert_eq!(name("/bin/sh: line 1: gcc: command not found"), Some("gcc"));
        assert_eq!(name("/bin/sh: apk: not found"), Some("apk"));
        assert_eq!(name("gcc is not found"), None);
        assert_eq!(missing("#9 0.2 yum: command not found"), Some("LL801"));
        assert_eq!(missing("gcc not found: scipy tried to compile"), Some("LL803"));
        assert_eq!(missing("frobnicate: command not found"), None);
    }
}
