//! LL206 entrypoint-not-found.

use crate::diagnostic::Finding;
use crate::launch::{Arg, Launch};
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL206-entrypoint-not-found.md"), check: Check::Launch(check) };

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    let Some(program) = launch.argv().and_then(|argv| argv.first().copied()) else { return };
    if let Some(help) = whole_command(program) {
        findings.push(
            Finding::new(format!("`{}` is a whole command line in one element", program.text))
                .at(program.place, "taken as the name of one program")
                .help(help),
        );
    } else if let Some(place) = launch.missing_program(program) {
        findings.push(
            Finding::new(format!("{} does not exist in the image", program.text))
                .at(program.place, "Lambda starts this")
                .help(place),
        );
    }
}

/// `"poetry run /entry.sh"`: words of a command line, and not a file with blanks in its name.
fn whole_command(program: &Arg) -> Option<String> {
    let words: Vec<&str> = program.text.split_whitespace().collect();
    let (first, rest) = words.split_first()?;
    let plain = |word: &str| word.chars().all(|c| c.is_ascii_alphanumeric() || "-_./:=@%+,*".contains(c));
    // `/opt/My App/run` is a path with a blank in it: its first word is no program by itself.
    if rest.is_empty() || !words.iter().all(|word| plain(word)) || (first.starts_with('/') && rest[0].contains('/')) {
        return None;
    }
    Some(format!("write each word as its own element: {}", crate::launch::json(&words)))
}
