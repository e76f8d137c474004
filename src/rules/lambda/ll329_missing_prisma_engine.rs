//! LL329 missing-prisma-engine.

use crate::diagnostic::Finding;
use crate::image::FileAt;
use crate::launch::Launch;
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL329-missing-prisma-engine.md"), check: Check::Launch(check) };

/// How names of engines begin; the target stands behind.
const BEGINNINGS: [&str; 2] = ["libquery_engine-", "query-engine-"];

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    let Some(files) = launch.files() else { return };
    let engine = |file: FileAt<'_>| {
        let (path, name) = (file.path(), file.name());
        let target = BEGINNINGS.iter().find_map(|beginning| name.strip_prefix(beginning))?;
        let target = target.trim_end_matches(".node").trim_end_matches(".so").to_owned();
        path.contains("node_modules/").then_some((path, target))
    };
    let engines = files.called(|name| BEGINNINGS.iter().any(|beginning| name.starts_with(beginning)));
    let engines: Vec<(String, String)> = engines.filter_map(engine).collect();
    let (Some((first, _)), Some(wanted)) = (engines.first(), wanted(launch)) else { return };
    if engines.iter().any(|(_, target)| wanted.iter().any(|wanted| target.starts_with(wanted))) {
        return;
    }
    let mut targets: Vec<&str> = engines.iter().map(|(_, target)| target.as_str()).collect();
    targets.sort_unstable();
    targets.dedup();
    let wanted = wanted.first().map_or("", String::as_str);
    findings.push(
        Finding::new(format!("Prisma's engine is there for {}, and not for {wanted}", targets.join(", ")))
            .at(launch.place_of_file(first), first.clone())
            .help(format!("binaryTargets = [\"native\", \"{wanted}\"] in schema.prisma, then `prisma generate`")),
    );
}

/// The targets that fit the image's system, the usual one first; `None` where it is not known.
fn wanted(launch: &Launch<'_>) -> Option<Vec<String>> {
    let (id, version) = launch.distribution()?;
    let arm = launch.architecture.value()?.starts_with("arm64");
    let openssl = match (id.as_str(), version.split('.').next().unwrap_or_default()) {
        ("amzn", "2") => "1.0",
        ("debian", "10" | "11") | ("ubuntu", "18" | "20") => "1.1",
        ("amzn" | "debian" | "ubuntu" | "alpine", _) => "3.0",
        _ => return None,
    };
    let family = match (id.as_str(), arm) {
        ("alpine", true) => "linux-musl-arm64",
        ("alpine", false) => "linux-musl",
        (_, true) => "linux-arm64",
        ("amzn", _) => "rhel",
        _ => "debian",
    };
    let mut wanted = vec![format!("{family}-openssl-{openssl}.x")];
    // The plain musl engine is of OpenSSL 1.1, and `linux-static-*` fits everywhere.
    wanted.push("linux-static".into());
    Some(wanted)
}
