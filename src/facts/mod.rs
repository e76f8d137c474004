//! What AWS and the makers of base images publish, as data: `rules/facts/*.toml`, typed.
//!
//! Every table carries `source` and `checked`. A new runtime is a change to one TOML file.

mod alpine;
mod base;
mod caches_and_tools;
mod client;
mod commands;
mod custom_base;
mod debian;
mod distributions;
mod files;
mod home;
mod keyed;
mod lists;
mod messages;
mod modules;
mod native;
mod package_needs;
mod packages;
mod packed;
mod print;
mod program_name;
mod programs;
mod reference;
mod removed;
mod secret;

pub use base::{Base, BaseKind, absent_tools, base, base_with_unknown_tag, nearest_tag, os};
pub use caches_and_tools::{PackageCache, build_programs, build_tool, emulator, package_caches};
pub use client::{
    RuntimeClient, StartedClient, is_runtime_client, may_hold_client, runtime_client, started_client, traces_client,
};
pub use commands::{Command, CommandEffect, CommandKind, commands, is_builtin, is_server, is_system_manager};
pub use custom_base::{CustomBase, own_base};
pub use distributions::{is_asked_for_names, is_left_out, modules_of, without_variant};
pub use files::{
    holds_packages, installed_from, is_adapter_name, is_beside_dockerfile, is_builder_name, is_dependency_list,
    is_distribution_package, is_editor_folder, is_function_name, is_installed, is_lent_folder, is_of_other_language,
    is_one_file, is_output_folder, is_repository_list, is_script_name, is_system_folder, is_tar_archive, is_trial_name,
    is_wheel_name, may_be_adapter, names_tests, names_written, only_sets_variables,
};
pub use home::{
    Cache, HomeContent, Launcher, build_only_variables, caches, holds_models, home_contents, is_runtime_variable,
    launchers,
};
pub use keyed::Keyed;
pub use lists::{ListFormat, list_kind};
pub use messages::{Message, Sign, messages, signs};
pub use modules::{changes_search_path, is_harmless_path_file, is_node_module, is_standard_module};
pub use native::{Needs, WebAdapter, native_packages, web_adapter};
pub use package_needs::{NewWheel, SystemLibrary, Writer, package_needs, python_name};
pub use packages::{ClientBuild, Toolchain, is_official, packages};
pub(crate) use packed::packed;
pub use packed::read;
pub use print::{runtimes_json, runtimes_table};
pub use programs::{lacks, programs};
pub use reference::{ImageRef, is_image_name};
pub use removed::{Removed, removed_commands};
pub use secret::{Naming, embedded_password, naming, placeholder, published, random, secret_file, token};

use jiff::civil::Date;
use serde::{Deserialize, Deserializer};
use std::sync::LazyLock;

/// An operating system as bases bring it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Os {
    /// `AL2023`, `AL2`, `AL1`, `debian-12`, `alpine` …
    pub id: &'static str,
    /// `Amazon Linux 2023 (minimal container image)`.
    pub name: &'static str,
    /// Glibc's version; none for musl.
    #[serde(default)]
    pub glibc: Option<&'static str>,
    /// Whether its libc is musl.
    #[serde(default)]
    pub musl: bool,
    /// Package managers that are there, the usual one first.
    #[serde(default)]
    pub package_managers: Vec<&'static str>,
    /// Programs people expect and that are not there until installed.
    #[serde(default)]
    pub absent_tools: Vec<&'static str>,
}

/// A base that no longer gets anything.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Retired {
    /// Repositories; a `*` at the end stands for anything.
    names: Vec<&'static str>,
    /// The tags it is about; empty = all.
    #[serde(default)]
    tags: Vec<&'static str>,
    /// Why, as half a sentence: `lambci's images have had no update since 2022`.
    pub reason: &'static str,
    /// What to use instead.
    pub instead: &'static str,
}

/// A managed runtime or OS-only base, one tag of the AWS images.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Runtime {
    pub id: &'static str,
    pub family: &'static str,
    pub tag: &'static str,
    /// `x86_64`, `arm64`.
    pub archs: Vec<&'static str>,
    /// The id of an [`Os`].
    pub os: &'static str,
    #[serde(default, deserialize_with = "day")]
    pub released: Option<Date>,
    /// When AWS stops patching it; none = not scheduled.
    #[serde(default, deserialize_with = "day")]
    pub deprecation: Option<Date>,
    #[serde(default, deserialize_with = "day")]
    pub block_create: Option<Date>,
    #[serde(default, deserialize_with = "day")]
    pub block_update: Option<Date>,
}

/// A day as tables write it, `2026-11-28`. There are many of them, and a date as people write it takes longer to read.
fn day<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Date>, D::Error> {
    let text = <&str>::deserialize(deserializer)?;
    let number = |digits: &[u8]| {
        digits.iter().try_fold(0_i16, |sum, digit| digit.is_ascii_digit().then(|| sum * 10 + i16::from(digit - b'0')))
    };
    let day = match text.as_bytes() {
        [year @ .., b'-', m1, m2, b'-', d1, d2] if year.len() == 4 => number(year)
            .zip(number(&[*m1, *m2]).and_then(|month| i8::try_from(month).ok()))
            .zip(number(&[*d1, *d2]).and_then(|day| i8::try_from(day).ok()))
            .and_then(|((year, month), day)| Date::new(year, month, day).ok()),
        _ => None,
    };
    day.map(Some).ok_or_else(|| serde::de::Error::custom("not a day"))
}

/// Sizes and counts that Lambda has, in bytes unless a field says otherwise.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Limits {
    /// Σ of the layers' unpacked tar streams.
    pub unpacked_bytes: u64,
    /// The share of it that is worth a warning, in percent.
    pub unpacked_percent_to_warn: u64,
    /// ENTRYPOINT, CMD, WORKDIR and ENV together.
    pub settings_bytes: u64,
    /// The manifest's JSON.
    pub manifest_bytes: u64,
    /// The function's environment as compact JSON.
    pub environment_bytes: u64,
    /// External extensions of one function.
    pub extensions: usize,
}

/// Variables that Lambda owns, and those that AWS's bases set.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'static"))]
pub struct Environment {
    /// Always set by Lambda, regardless of the image.
    pub reserved: Vec<&'static str>,
    /// What every AWS base image sets.
    pub base: Keyed<&'static str>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(bound(deserialize = "'de: 'static"))]
struct Runtimes {
    runtime: Vec<Runtime>,
}

// The tables are part of the program, and tests read each of them; one that cannot be read is empty here, and
// rules that need it are silent.
static RUNTIMES: LazyLock<Runtimes> = LazyLock::new(|| packed!("runtimes"));
static LIMITS: LazyLock<Limits> = LazyLock::new(|| packed!("limits"));
static ENVIRONMENT: LazyLock<Environment> = LazyLock::new(|| packed!("environment"));

/// All runtimes, families together, newest first.
pub fn runtimes() -> &'static [Runtime] {
    &RUNTIMES.runtime
}

/// Lambda's limits.
pub fn limits() -> &'static Limits {
    &LIMITS
}

/// Reserved variables and the bases' own.
pub fn environment() -> &'static Environment {
    &ENVIRONMENT
}

/// The runtime to move to from a deprecated one: the newest of its family that is out and has the longest to
/// go; for families that ended, the OS-only base.
pub fn successor(runtime: &Runtime, today: Date) -> Option<&'static Runtime> {
    let family = if runtime.family == "go" { "provided" } else { runtime.family };
    let alive = |r: &&Runtime| {
        r.family == family && r.released.is_some_and(|day| day <= today) && r.deprecation.is_none_or(|day| day > today)
    };
    let old_java = |r: &&Runtime| runtime.family == "java" && r.tag.contains('.') && !runtime.tag.starts_with('8');
    let candidates: Vec<&'static Runtime> = runtimes().iter().filter(alive).filter(|r| !old_java(r)).collect();
    // The table has the newest first; where the newest is less than a year old, both are given by the docs.
    candidates.into_iter().next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_can_be_read() {
        assert!(runtimes().len() > 40);
        assert_eq!(limits().unpacked_bytes, 10 * 1024 * 1024 * 1024);
        assert_eq!(environment().base.get("LAMBDA_TASK_ROOT"), Some(&"/var/task"));
        assert!(environment().reserved.len() > 18);
    }

    #[test]
    fn dates_ascend() {
        for runtime in runtimes() {
            let dates = [runtime.released, runtime.deprecation, runtime.block_create, runtime.block_update];
            let given: Vec<_> = dates.into_iter().flatten().collect();
            assert!(given.is_sorted(), "{}: {given:?}", runtime.id);
        }
    }

    #[test]
    fn every_table_says_where_it_is_from() {
        for text in [
            include_str!("../../rules/facts/runtimes.toml"),
            include_str!("../../rules/facts/base-images.toml"),
            include_str!("../../rules/facts/limits.toml"),
            include_str!("../../rules/facts/environment.toml"),
            include_str!("../../rules/facts/caches.toml"),
            include_str!("../../rules/facts/home.toml"),
            include_str!("../../rules/facts/programs.toml"),
            include_str!("../../rules/facts/clients.toml"),
            include_str!("../../rules/facts/caches-and-tools.toml"),
            include_str!("../../rules/facts/secrets.toml"),
            include_str!("../../rules/facts/packages.toml"),
            include_str!("../../rules/facts/official-images.toml"),
            include_str!("../../rules/facts/debian.toml"),
            include_str!("../../rules/facts/removed-commands.toml"),
        ] {
            let table: toml::Table = text.parse().unwrap();
            assert!(table["source"].is_str());
            assert!(table["checked"].as_str().unwrap().parse::<Date>().is_ok());
        }
    }

    #[test]
    fn successors() {
        let of = |id: &str| {
            let runtime = runtimes().iter().find(|r| r.id == id).unwrap();
            successor(runtime, jiff::civil::date(2026, 11, 24)).map(|r| r.id)
        };
        assert_eq!(of("python3.9"), Some("python3.14"));
        assert_eq!(of("nodejs16.x"), Some("nodejs24.x"));
        assert_eq!(of("go1.x"), Some("provided.al2023"));
        assert_eq!(of("java8"), Some("java25"));
    }
}
