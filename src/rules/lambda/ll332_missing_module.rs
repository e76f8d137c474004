//! LL332 missing-module.

use crate::diagnostic::{Finding, Severity};
use crate::imports::{Fault, Hint, Problem};
use crate::launch::Launch;
use crate::rules::{Check, Rule};
use std::collections::BTreeMap;

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL332-missing-module.md"), check: Check::Launch(check) };

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    let Some(closure) = launch.imports() else { return };
    // One module may be missing in many files.
    let mut missing: BTreeMap<&str, Vec<(&Fault, &Hint)>> = BTreeMap::new();
    for fault in &closure.faults {
        if let Problem::Missing { module, hint } = &fault.problem {
            missing.entry(module).or_default().push((fault, hint));
        }
    }
    // Packages in a virtual environment or a home folder are LL309's and LL310's.
    let strays = [true, false].into_iter().filter_map(|venv| launch.stray_python(venv));
    let strays: Vec<String> = strays.flat_map(|stray| stray.names).collect();
    missing.retain(|module, _| module.split('.').next().is_none_or(|top| strays.iter().all(|stray| stray != top)));
    for (module, faults) in missing {
        // What fails when the module is loaded comes before what fails at a call.
        let Some((fault, hint)) = faults.iter().min_by_key(|(fault, _)| fault.when_called) else { continue };
        let others = match faults.len() - 1 {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let (load, import) = if others.is_empty() { ("loads", "imports") } else { ("load", "import") };
        let relative = module.starts_with(['.', '/', '#']);
        let message = match hint {
            Hint::Because(why) => format!("{}{others} cannot load `{module}`: {why}", fault.file),
            _ if relative => format!("`{module}` does not exist, and {}{others} {load} it", fault.file),
            _ => format!("`{module}` is not on the search path, and {}{others} {import} it", fault.file),
        };
        let mut finding = launch.show_import(Finding::new(message), fault).help(help(launch, module, fault, hint));
        if fault.when_called {
            finding = finding.severity(Severity::Warning);
        }
        findings.push(finding);
    }
}

fn help(launch: &Launch<'_>, module: &str, fault: &Fault, hint: &Hint) -> String {
    match hint {
        Hint::OtherCase(path) => {
            return format!("{path} is there: spell the import and the file alike, letter case counts");
        }
        Hint::Ending(path) => return format!("{path} is there: write the ending, which an import needs"),
        Hint::Because(_) => return "install the version that has it, or build the package in the image".to_owned(),
        Hint::None if module.starts_with(['.', '/', '#']) => {
            let bundle = if fault.file.ends_with(".rb") { "" } else { ", or build it into the bundle" };
            return format!("copy it beside {}{bundle}", fault.file);
        }
        Hint::None => {}
    }
    if let Some(path) = launch.module_elsewhere(module) {
        return format!(
            "{path} is there, out of Python's sight: copy it to where {} is, or set PYTHONPATH",
            fault.file
        );
    }
    let folder = fault.file.rsplit_once('/').map_or("/", |(folder, _)| folder);
    format!("install it with the requirements, or copy it to {folder}/")
}
