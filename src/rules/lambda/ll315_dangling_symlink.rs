//! LL315 dangling-symlink.

use crate::diagnostic::Finding;
use crate::image::{EntryKind, FileAt, Resolution};
use crate::launch::Launch;
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL315-dangling-symlink.md"), check: Check::Launch(check) };

/// Filled at run time, or by Lambda.
const AT_RUN_TIME: &[&str] = &["/dev", "/proc", "/sys", "/tmp", "/mnt", "/run", "/var/run"];

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    let Some(files) = launch.files() else { return };
    let mut folders = vec!["/var/task", "/opt"];
    folders
        .extend(launch.workdir.value().map(String::as_str).filter(|dir| dir.matches('/').count() > 0 && *dir != "/"));
    folders.sort_unstable();
    folders.dedup();
    // A folder below another is looked at with it.
    let outer: Vec<&str> =
        folders.iter().copied().filter(|dir| !folders.iter().any(|o| o != dir && crate::path::under(dir, o))).collect();
    for folder in outer {
        let links = files.inside(folder).filter(|file| file.kind == EntryKind::Symlink).map(FileAt::path);
        // Programs of development packages that were pruned leave their links.
        let links = links.filter(|path| !path.contains("/.bin/"));
        let dangling = |path: String| {
            let target = match files.resolve(&path) {
                Resolution::Missing(target) => target,
                Resolution::Loop => path.clone(),
                _ => return None,
            };
            let later = AT_RUN_TIME.iter().any(|dir| crate::path::under(&target, dir));
            (!later).then_some((path, target))
        };
        let mut links = links.filter_map(dangling);
        let named: Vec<(String, String)> = links.by_ref().take(super::NAMED).collect();
        let count = named.len() + links.count();
        let Some((first, target)) = named.first() else { continue };
        let message = match count {
            1 => format!("{first} leads to {target}, which is not in the image"),
            count => format!("{count} links under {folder} lead to what is not in the image"),
        };
        let shown: Vec<String> = named.iter().map(|(path, target)| format!("{path} -> {target}")).collect();
        findings.push(
            Finding::new(message)
                .at(launch.place_of_file_itself(first), super::few_of(&shown, count))
                .help("copy what the links lead to, or install without links (`pnpm deploy`, `cp -rL`)"),
        );
    }
}
