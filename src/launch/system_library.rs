//! System libraries that wheels load, and programs that they start, which they do not bring, and that neither the base nor a step of the build brings.

use super::dependencies::Dependency;
use super::left_behind::brings_libraries;
use super::{Build, Copied, Launch, RunCommand};
use crate::command::Handed;
use crate::facts::{self, BaseKind, SystemLibrary};
use crate::source::Span;

/// A package whose library is not in the image.
#[derive(Clone, Debug)]
pub struct LackingLibrary {
    /// The package.
    pub package: Dependency,
    /// The library.
    pub library: &'static SystemLibrary,
    /// What installs it on this base.
    pub install: String,
}

impl Launch<'_> {
    /// The packages of Python that lack a system library. Empty if a step may have brought it.
    pub fn lacking_libraries(&self) -> Vec<LackingLibrary> {
        let known = matches!(self.base.kind, BaseKind::Lambda | BaseKind::General);
        let build = self.build.filter(|_| known && !self.function().is_no());
        let (Some(build), Some(system)) = (build, self.bare_system()) else { return Vec::new() };
        if build.may_have_done_anything() || brings_libraries(build) {
            return Vec::new();
        }
        let needs = facts::package_needs().library.iter().filter(|need| need.lacking.contains(&system));
        needs.filter_map(|need| lacking(build, need, system)).collect()
    }

    /// The system of the base by its id, if it has few libraries: Amazon Linux, or `slim`.
    fn bare_system(&self) -> Option<&str> {
        let os = self.base.os?;
        match os.id {
            id @ ("AL2023" | "AL2") if self.on_lambda_base() => Some(id),
            id if id.starts_with("debian") && self.base.has_variant("slim") => Some("slim"),
            _ => None,
        }
    }
}

fn lacking(build: &Build<'_>, need: &'static SystemLibrary, system: &str) -> Option<LackingLibrary> {
    let packages = || build.dependencies().packages.iter().filter(|package| package.language == "python");
    let is_any = |package: &Dependency, names: &[&str]| names.contains(&facts::python_name(&package.name).as_str());
    let package = packages().find(|package| is_any(package, &need.packages))?;
    if packages().any(|package| is_any(package, &need.twins)) {
        return None;
    }
    let brings = |name: &str| need.brought_by.iter().any(|&part| name.to_ascii_lowercase().contains(part));
    let installs = |ran: &RunCommand| match ran.install() {
        Some(install) if matches!(install.manager, "pip" | "npm" | "gem") => false,
        Some(install) => {
            // What a variable names, a file or an address may be it.
            ran.args.iter().any(|arg| arg.text.is_none())
                || install.packages.len() < ran.own_operands().count()
                || install.packages.iter().any(|package| brings(&package.name))
        }
        // What a shell is given is looked at by itself.
        None => !matches!(ran.reading.handed, Handed::Script(_)) && ran.texts().any(brings),
    };
    let copied = |copied: &Copied<'_, '_>| {
        copied.names().any(brings) || need.program.is_some_and(|program| copied.may_bring(program))
    };
    let brought = build.final_commands().any(|(_, ran)| installs(ran)) || build.copies().iter().any(copied);
    let install = match system {
        "AL2023" | "AL2" if need.amazon.is_empty() => {
            format!("Amazon Linux has no package of it: take a base on Debian, and apt-get install -y {}", need.debian)
        }
        "AL2023" => format!("dnf install -y {}", need.amazon),
        "AL2" => format!("yum install -y {}", need.amazon),
        _ => format!("apt-get install -y --no-install-recommends {}", need.debian),
    };
    (!brought).then(|| LackingLibrary { package: package.clone(), library: need, install })
}

impl LackingLibrary {
    /// The word of the Dockerfile that names the package or its list.
    pub fn span(&self) -> Span {
        self.package.span
    }
}
