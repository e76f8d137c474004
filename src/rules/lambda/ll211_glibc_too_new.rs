//! LL211 glibc-too-new.

use crate::diagnostic::{Finding, Severity};
use crate::launch::{Lack, Launch};
use crate::rules::{Check, Rule};
use std::collections::BTreeMap;

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL211-glibc-too-new.md"), check: Check::Launch(check) };

/// So many findings about files that do not start are made; one a library and version.
const MOST: usize = 20;

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    let lacks = launch.lacks();
    let start = tell(launch, &lacks.start, "what starts needs it");
    let elsewhere = tell(launch, &lacks.elsewhere, "needed by").into_iter().take(MOST);
    findings.extend(start);
    findings.extend(elsewhere.map(|finding| finding.severity(Severity::Warning)));
}

/// One finding a library: the newest version that is asked of it, and who asks.
fn tell(launch: &Launch<'_>, lacks: &BTreeMap<Lack, Vec<String>>, why: &str) -> Vec<Finding> {
    let mut by_library: BTreeMap<(&str, &str), (&str, Option<&str>, Vec<&str>)> = BTreeMap::new();
    for (lack, users) in lacks {
        let Lack::Version(library, version, newest) = lack else { continue };
        let kind = version.split('_').next().unwrap_or_default();
        let entry = by_library.entry((library, kind)).or_insert((version, newest.as_deref(), Vec::new()));
        if number(version) > number(entry.0) {
            entry.0 = version;
        }
        entry.2.extend(users.iter().map(String::as_str).filter(|user| !entry.2.contains(user)).collect::<Vec<_>>());
    }
    let finding = |((library, _), (version, newest, users)): ((&str, &str), (&str, Option<&str>, Vec<&str>))| {
        let first = *users.first()?;
        let who =
            if users.len() == 1 { first.to_owned() } else { format!("{first} and {} more files", users.len() - 1) };
        let verb = if users.len() == 1 { "needs" } else { "need" };
        let has = newest.map_or("none of that kind".to_owned(), |newest| format!("{newest} at most"));
        Some(
            Finding::new(format!("{who} {verb} {version}, and {library} in the image has {has}"))
                .at(launch.place_of_file(first), format!("{why}: {}", super::few(&users)))
                .help("build it on the image's own base or an older one, or link it statically"),
        )
    };
    by_library.into_iter().filter_map(finding).collect()
}

fn number(version: &str) -> Vec<u32> {
    version.split(['_', '.']).filter_map(|part| part.parse().ok()).collect()
}
