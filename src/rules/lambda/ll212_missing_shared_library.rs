//! LL212 missing-shared-library.

use crate::diagnostic::{Finding, Severity};
use crate::launch::{Launch, MissingLibrary};
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL212-missing-shared-library.md"), check: Check::Launch(check) };

/// Maximum number of findings about files that do not start; one for each library.
const MAX_LISTED: usize = 20;

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    let lacks = launch.lacks();
    let told = |(lack, users): (&MissingLibrary, &Vec<String>), starts: bool| match lack {
        MissingLibrary::Library(name, elsewhere) => tell(launch, name, elsewhere.as_deref(), users, starts),
        MissingLibrary::Version(..) => None,
    };
    findings.extend(lacks.start.iter().filter_map(|lack| told(lack, true)));
    let elsewhere = lacks.elsewhere.iter().filter_map(|lack| told(lack, false));
    findings.extend(elsewhere.take(MAX_LISTED).map(|finding| finding.severity(Severity::Warning)));
}

fn tell(launch: &Launch<'_>, name: &str, elsewhere: Option<&str>, users: &[String], starts: bool) -> Option<Finding> {
    let first = users.first()?;
    let (who, verb) = match users.len() {
        1 => (first.clone(), "needs"),
        count => (format!("{first} and {} more files", count - 1), "need"),
    };
    let why = if starts { "what starts needs it" } else { "needed by" };
    let users: Vec<&str> = users.iter().map(String::as_str).collect();
    let finding = Finding::new(format!("{who} {verb} {name}, which the loader does not find"))
        .at(launch.place_of_file(first), format!("{why}: {}", super::list_some(&users)));
    Some(match elsewhere.and_then(|path| path.rsplit_once('/')) {
        Some((folder, _)) => finding.help(format!("it is in {folder}: add that folder to LD_LIBRARY_PATH")),
        None => finding.help(format!("install the package that has {name} in the final stage, or copy it there")),
    })
}
