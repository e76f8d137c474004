//! LL317 dangling-env-path.

use crate::diagnostic::Finding;
use crate::facts;
use crate::image::Resolution;
use crate::launch::Launch;
use crate::path::under;
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL317-dangling-env-path.md"), check: Check::Launch(check) };

const ENDINGS: &[&str] = &["_DATA", "_HOME", "_PATH", "_DIR", "_LIB", "_ROOT"];
/// Lists, places to write to, and what Lambda or a base sets itself.
const OTHERS: &[&str] = &["LD_LIBRARY_PATH", "LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR", "NODE_PATH", "DOTNET_ROOT"];
const AT_RUN_TIME: &[&str] = &["/tmp", "/mnt", "/dev", "/proc", "/sys", "/run", "/opt/extensions"];

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    let Some(files) = launch.files() else { return };
    for (name, setting) in &launch.env {
        let Some(value) = setting.value().map(|value| value.trim_end_matches('/')) else { continue };
        let named = ENDINGS.iter().any(|ending| name.ends_with(ending));
        let written = facts::names_written(name);
        let path =
            value.starts_with('/') && value.matches('/').count() > 1 && !value.contains([':', ' ', '?', '*', ',']);
        if !named
            || written
            || !path
            || OTHERS.contains(&name.as_str())
            || AT_RUN_TIME.iter().any(|dir| under(value, dir))
        {
            continue;
        }
        // `/api/v1` is no path of this image where there is no `/api` in it.
        let first = value.get(1..).and_then(|rest| rest.split('/').next()).unwrap_or_default();
        let there = |path: &str| matches!(files.resolve(path), Resolution::Found(..));
        if !there(&format!("/{first}")) || there(value) {
            continue;
        }
        findings.push(
            Finding::new(format!("{name} names {value}, which is not in the image"))
                .at(setting.place().unwrap_or_default(), "nothing is there")
                .help(format!("copy it there, or point {name} to where it is")),
        );
    }
}
