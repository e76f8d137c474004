//! LL330 class-version-too-new.

use crate::diagnostic::Finding;
use crate::image::{Facet, Image, Resolution};
use crate::launch::{Language, Launch};
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL330-class-version-too-new.md"), check: Check::Launch(check) };

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    let (Some(image), Some(file)) = (launch.image, launch.handler_file()) else { return };
    let (Language::Java, Some(found)) = (file.handler.language, &file.found) else { return };
    let Resolution::Found(node, _) = image.files.resolve(found) else { return };
    let (Some(Facet::Class(major)), Some(java)) = (node.facet.as_deref(), java(launch, image)) else { return };
    // Java 8 is version 52, and each later one is one more.
    let needs = major.saturating_sub(44);
    if needs > java {
        findings.push(
            Finding::new(format!("{found} is compiled for Java {needs}, and the base has Java {java}"))
                .at(file.handler.place, "the handler is in it")
                .at(launch.place_of_file(found), format!("class file version {major}"))
                .help(format!("compile with --release {java}, or build from public.ecr.aws/lambda/java:{needs}")),
        );
    }
}

/// The Java of the image, by the base's tag or by `/var/lang/release`.
fn java(launch: &Launch<'_>, image: &Image) -> Option<u16> {
    let tag = launch.base.runtime.map(|runtime| runtime.tag.split('.').next().unwrap_or_default().to_owned());
    let release = || {
        let Resolution::Found(node, _) = image.files.resolve("/var/lang/release") else { return None };
        let Some(Facet::Text(text)) = node.facet.as_deref() else { return None };
        let text = String::from_utf8_lossy(text);
        let line = text.lines().find_map(|line| line.strip_prefix("JAVA_VERSION="))?;
        let version = line.trim_matches('"');
        Some(version.strip_prefix("1.").unwrap_or(version).split(['.', '_', '-']).next()?.to_owned())
    };
    tag.or_else(release)?.parse().ok()
}
