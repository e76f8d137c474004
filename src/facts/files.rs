//! Names of files and packages that tell what they are: one file or a folder, an archive, a package of the distribution.

use super::packed;
use crate::path::{last, under};
use serde::Deserialize;
use std::sync::LazyLock;

/// The table of names.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'static"))]
struct Names {
    files: Vec<&'static str>,
    archives: Vec<&'static str>,
    system: Vec<&'static str>,
    packages: Vec<&'static str>,
    installed: Vec<&'static str>,
    distribution: Vec<&'static str>,
    outputs: Vec<&'static str>,
    builders: Vec<&'static str>,
    lists: Vec<&'static str>,
    variables: Vec<&'static str>,
    trials: Vec<&'static str>,
    editors: Vec<&'static str>,
    lent: Vec<&'static str>,
    beside: Vec<&'static str>,
    languages: Vec<&'static str>,
    scripts: Vec<&'static str>,
    tests: Vec<&'static str>,
    adapters: Vec<&'static str>,
    perhaps_adapters: Vec<&'static str>,
    wheels: Vec<&'static str>,
    functions: Vec<&'static str>,
    repositories: Vec<&'static str>,
    written: Vec<&'static str>,
}

static NAMES: LazyLock<Names> = LazyLock::new(|| packed!("files"));

/// Whether a text fits a name of the table, in which a `*` at either end stands for anything.
fn fits(pattern: &str, text: &str) -> bool {
    match (pattern.strip_prefix('*'), pattern.strip_suffix('*')) {
        (Some(end), None) => text.ends_with(end),
        (None, Some(beginning)) => text.starts_with(beginning),
        (Some(_), Some(_)) => text.contains(pattern.trim_matches('*')),
        (None, None) => {
            text == pattern
                || pattern.split_once('*').is_some_and(|(before, after)| {
                    text.len() >= before.len() + after.len() && text.starts_with(before) && text.ends_with(after)
                })
        }
    }
}

/// Whether a source of COPY can only be one file, or several of one kind: a name with a short ending, or one of a known
/// file.
pub fn is_one_file(source: &str) -> bool {
    let name = last(source);
    if source.starts_with("<<") {
        return true;
    }
    if source.ends_with('/') || source.contains(".git") || name.contains('[') {
        return false;
    }
    if NAMES.files.iter().any(|known| fits(known, name)) {
        return true;
    }
    let ending = name.rsplit_once('.').filter(|(stem, _)| !stem.is_empty()).map_or("", |(_, ending)| ending);
    (1..=5).contains(&ending.len())
        && ending.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        && ending.bytes().any(|byte| byte.is_ascii_lowercase())
}

/// Whether ADD unpacks a file of this name. Docker looks at the content; the name tells it nearly always.
pub fn is_tar_archive(source: &str) -> bool {
    NAMES.archives.iter().any(|&ending| source.ends_with(ending))
}

/// Whether a path lies where the packages of a distribution write.
pub fn is_system_folder(path: &str) -> bool {
    NAMES.system.iter().any(|folder| under(path, folder))
}

/// Whether a path lies where packages of a language go.
pub fn holds_packages(path: &str) -> bool {
    NAMES.packages.iter().any(|&part| path.contains(part))
}

/// Where in a path the last folder ends that an installer of packages fills, the slash after it included: what follows is
/// the name of a package or of its module. `None` where there is no such folder.
pub fn installed_from(path: &str) -> Option<usize> {
    let after = |folder: &&str| {
        let ends = memchr::memmem::rfind_iter(path.as_bytes(), folder.as_bytes()).map(|at| (at, at + folder.len()));
        let whole =
            |&(at, end): &(usize, usize)| path[end..].starts_with('/') && (at == 0 || path.as_bytes()[at - 1] == b'/');
        ends.into_iter().find(whole).map(|(_, end)| end + 1)
    };
    NAMES.installed.iter().filter_map(after).max()
}

/// Whether an installer of packages has put a file where it is.
pub fn is_installed(path: &str) -> bool {
    installed_from(path).is_some()
}

/// Whether a package is known as one of a distribution, which writes only into the system's own folders. A version
/// after the name does not matter.
pub fn is_distribution_package(name: &str) -> bool {
    let name = name.split(['=', '<', '>', '~', ':']).next().unwrap_or_default();
    NAMES.distribution.iter().any(|known| fits(known, name))
}

/// Whether a path lies in a folder whose content is taken out of the image, and not run in it.
pub fn is_output_folder(path: &str) -> bool {
    NAMES.outputs.iter().any(|folder| under(path, folder))
}

/// Whether the name of a stage or file says that it builds something, or is a base for others.
pub fn is_builder_name(name: &str) -> bool {
    name.split(['-', '_', '.', '/']).any(|part| NAMES.builders.iter().any(|known| known.eq_ignore_ascii_case(part)))
}

/// Whether the name of a Dockerfile says that its image is for a trial, or for work on a machine of a developer.
pub fn is_trial_name(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let own = ["dockerfile", "containerfile"].iter().any(|word| lower.starts_with(word) || lower.ends_with(word));
    own && lower.split(['-', '_', '.']).any(|part| NAMES.trials.contains(&part))
}

/// Whether a folder is one of an editor, which opens a project in a separate image.
pub fn is_editor_folder(name: &str) -> bool {
    NAMES.editors.contains(&name)
}

/// Whether a path lies where other images take files from, and nothing is started.
pub fn is_lent_folder(path: &str) -> bool {
    NAMES.lent.iter().any(|folder| under(path, folder))
}

/// Whether a file's name says that it stands beside a Dockerfile, or is made into one.
pub fn is_beside_dockerfile(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    NAMES.beside.iter().any(|ending| lower.ends_with(ending))
}

/// Whether a file's name ends as one of another language.
pub fn is_of_other_language(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    NAMES.languages.iter().any(|ending| lower.ends_with(ending))
}

/// Whether a program is a shell script by its name.
pub fn is_script_name(name: &str) -> bool {
    NAMES.scripts.iter().any(|known| fits(known, name))
}

/// Whether a file, a folder or an image is the Lambda Web Adapter by its name.
pub fn is_adapter_name(name: &str) -> bool {
    NAMES.adapters.iter().any(|known| fits(known, name))
}

/// Whether a file, a folder or an image may be the Lambda Web Adapter by its name.
pub fn may_be_adapter(name: &str) -> bool {
    NAMES.perhaps_adapters.iter().any(|known| fits(known, name))
}

/// Whether a file or a folder holds Python packages that are ready to be installed, by its name.
pub fn is_wheel_name(name: &str) -> bool {
    NAMES.wheels.iter().any(|known| fits(known, name))
}

/// Whether the name of a stage says that it is the function.
pub fn is_function_name(name: &str) -> bool {
    NAMES.functions.iter().any(|known| fits(known, &name.to_ascii_lowercase()))
}

/// Whether a path is one of the lists of repositories that a package manager of a distribution reads.
pub fn is_repository_list(path: &str) -> bool {
    NAMES.repositories.iter().any(|known| fits(known, path))
}

/// Whether a variable names something that is written at run time, by a word of its name: `PIP_CACHE_DIR`.
pub fn names_written(variable: &str) -> bool {
    variable.split('_').any(|part| NAMES.written.contains(&part))
}

/// Whether a part of a name or path is one of tests, or of a program that runs them: `run-tests.sh`, `pytest`.
pub fn names_tests(text: &str) -> bool {
    let mut parts = text.split(|c: char| !c.is_ascii_alphanumeric());
    parts.any(|part| NAMES.tests.iter().any(|known| known.eq_ignore_ascii_case(part)))
}

/// Whether a script that is sourced is known to set variables and functions, and to do nothing else.
pub fn only_sets_variables(path: &str) -> bool {
    NAMES.variables.iter().any(|known| fits(known, last(path)))
}

/// Whether a file lists the packages that a project depends on.
pub fn is_dependency_list(name: &str) -> bool {
    NAMES.lists.iter().any(|known| fits(known, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_can_be_read() {
        assert!(NAMES.files.len() > 10 && NAMES.distribution.len() > 100);
    }

    #[test]
    fn files_and_folders() {
        assert!(is_one_file("poetry.lock") && is_one_file("<<EOF") && is_one_file("package.json"));
        assert!(is_one_file("package*.json") && is_one_file("requirements*.txt") && is_one_file("Gemfile"));
        assert!(!is_one_file("Company.Api") && !is_one_file("v1.2") && !is_one_file("src.d/"));
        assert!(!is_one_file("packages") && !is_one_file("package") && !is_one_file("/prod/package-api"));
        assert!(is_tar_archive("x.tar.gz") && !is_tar_archive("x.zip"));
    }

    #[test]
    fn what_an_installer_has_put() {
        let after = |path: &'static str| installed_from(path).map(|at| &path[at..]);
        assert_eq!(after("/app/node_modules/a/node_modules/@b/c.js"), Some("@b/c.js"));
        assert_eq!(after("usr/lib/python3/dist-packages/x.py"), Some("x.py"));
        assert_eq!(after("site-packages/numpy/a.so"), Some("numpy/a.so"));
        assert!(!is_installed("/app/my-site-packages/x.py") && !is_installed("/app/node_modules"));
        assert!(!is_installed("/app/node_modules.old/x.js") && !is_installed("/é/x"));
    }

    #[test]
    fn packages_of_distributions() {
        assert!(is_distribution_package("gcc") && is_distribution_package("libpq-dev"));
        assert!(is_distribution_package("python3.12") && is_distribution_package("curl=8.1"));
        assert!(!is_distribution_package("my-function") && !is_distribution_package("./x.rpm"));
    }
}
