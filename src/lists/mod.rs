//! Lists of dependencies: which packages requirements.txt, package.json, go.mod and their like name.
//!
//! A list that cannot be read is no list. What is read in part, or takes in more than it names, is [`List::open`].

mod json;
mod lines;
mod tables;
mod xml;

use crate::facts::ListFormat;

/// What a list names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct List {
    /// The packages.
    pub packages: Vec<Listed>,
    /// Whether there may be more of them: code of the user's own, another index, another project.
    pub open: bool,
    /// Other lists that it takes in, by their paths from its own folder.
    pub includes: Vec<String>,
}

/// A package of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its name; of Java's `group:artifact`.
    pub name: String,
    /// The version, if it is exactly one.
    pub version: Option<String>,
}

/// Maximum number of packages of a list: of more, it is open.
const MAX_PACKAGES: usize = 20_000;

impl List {
    fn add(&mut self, name: impl Into<String>, version: Option<&str>) {
        if self.packages.len() >= MAX_PACKAGES {
            self.open = true;
            return;
        }
        let exact = |version: &str| {
            let version = version.trim().trim_start_matches(['=', 'v']).trim();
            let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '+' | '_');
            let number = version.starts_with(|c: char| c.is_ascii_digit()) && version.chars().all(plain);
            number.then(|| version.to_owned())
        };
        self.packages.push(Listed { name: name.into(), version: version.and_then(exact) });
    }
}

/// Reads a list; `None` if it is not one.
pub fn read(format: ListFormat, text: &str) -> Option<List> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    match format {
        ListFormat::Requirements => Some(lines::requirements(text)),
        ListFormat::Gemfile => Some(lines::gemfile(text)),
        ListFormat::GemfileLock => Some(lines::gemfile_lock(text)),
        ListFormat::GoMod => lines::go_mod(text),
        ListFormat::YarnLock => Some(lines::yarn_lock(text)),
        ListFormat::Gradle => Some(lines::gradle(text)),
        ListFormat::Pyproject => tables::pyproject(text),
        ListFormat::Pipfile => tables::pipfile(text),
        ListFormat::TomlLock => tables::lock(text),
        ListFormat::Cargo => tables::cargo(text),
        ListFormat::PipfileLock => json::pipfile_lock(text),
        ListFormat::PackageJson => json::package_json(text),
        ListFormat::PackageLock => json::package_lock(text),
        ListFormat::Pom => xml::pom(text),
        ListFormat::Csproj => xml::csproj(text),
    }
}

#[cfg(test)]
mod tests;
