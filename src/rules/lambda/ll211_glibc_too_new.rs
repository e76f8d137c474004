//! LL211 glibc-too-new.

use crate::diagnostic::{Finding, Severity};
use crate::launch::{Launch, MissingLibrary};
use crate::rules::{Check, Rule};
use std::collections::BTreeMap;

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL211-glibc-too-new.md"), check: Check::Launch(check) };

/// Maximum number of findings about files that do not start; one for each library and version.
const MAX_LISTED: usize = 20;

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    let lacks = launch.lacks();
    let start = tell(launch, &lacks.start, "what starts needs it");
    let elsewhere = tell(launch, &lacks.elsewhere, "needed by").into_iter().take(MAX_LISTED);
    findings.extend(start);
    findings.extend(elsewhere.map(|finding| finding.severity(Severity::Warning)));
}

/// What is asked of one library in versions of one kind.
#[derive(Default)]
struct Asked<'a> {
    /// The newest version asked for.
    version: &'a str,
    /// The newest that the library has.
    newest: Option<&'a str>,
    users: Vec<&'a str>,
}

/// One finding a library: the newest version that is asked of it, and which file asks.
fn tell(launch: &Launch<'_>, lacks: &BTreeMap<MissingLibrary, Vec<String>>, why: &str) -> Vec<Finding> {
    let mut by_library: BTreeMap<(&str, &str), Asked<'_>> = BTreeMap::new();
    for (lack, users) in lacks {
        let MissingLibrary::Version(library, version, newest) = lack else { continue };
        let kind = version.split('_').next().unwrap_or_default();
        let asked = by_library.entry((library, kind)).or_default();
        asked.newest = newest.as_deref();
        if number(version) > number(asked.version) {
            asked.version = version;
        }
        for user in users {
            if !asked.users.contains(&user.as_str()) {
                asked.users.push(user);
            }
        }
    }
    by_library.iter().filter_map(|((library, _), asked)| finding(launch, library, asked, why)).collect()
}

fn finding(launch: &Launch<'_>, library: &str, asked: &Asked<'_>, why: &str) -> Option<Finding> {
    let Asked { version, newest, users } = asked;
    let first = *users.first()?;
    let (who, verb) = match users.len() {
        1 => (first.to_owned(), "needs"),
        count => (format!("{first} and {} more files", count - 1), "need"),
    };
    let has = newest.map_or("none of that kind".to_owned(), |newest| format!("{newest} at most"));
    Some(
        Finding::new(format!("{who} {verb} {version}, and {library} in the image has {has}"))
            .at(launch.place_of_file(first), format!("{why}: {}", super::list_some(users)))
            .help("build it on the image's own base or an older one, or link it statically"),
    )
}

fn number(version: &str) -> Vec<u32> {
    version.split(['_', '.']).filter_map(|part| part.parse().ok()).collect()
}
