//! LL706 docker-metadata.

use crate::diagnostic::{Finding, Severity};
use crate::launch::Setting;
use crate::rules::{Check, Deployed, Rule};
use crate::template::{Function, Image, ImageBuild, Language, OddKey, Tool};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL706-docker-metadata.md"), check: Check::Function(check) };

fn check(deployed: &Deployed<'_>, findings: &mut Vec<Finding>) {
    let function = deployed.function;
    if !function.is_image() || !function.sure {
        return;
    }
    match &function.build {
        Some(build) => {
            findings.extend(half(function, build));
            odd_keys(build, findings);
            if let Some(place) = build.args_fault {
                findings.push(
                    Finding::new("the build arguments are not a map")
                        .at(place, "sam build takes names with values")
                        .help("write NAME: value for each"),
                );
            }
        }
        None => findings.extend(nothing(function)),
    }
}

/// An image function that neither names an image nor says how to build one.
fn nothing(function: &Function) -> Option<Finding> {
    let uri = match function.language {
        Language::Sam => "ImageUri",
        Language::CloudFormation => "Code.ImageUri",
        _ => return None,
    };
    // That it stands in the wrong place is said by LL712.
    let misplaced = function.misplaced.iter().any(|misplaced| misplaced.key.name == "ImageUri");
    (function.image == Image::Unset && !misplaced).then(|| {
        Finding::new("the function is built from an image, and nothing says from which")
            .at(function.place, format!("neither {uri} nor Metadata with Dockerfile and DockerContext"))
            .help("add Metadata with Dockerfile and DockerContext")
    })
}

/// `sam build` skips a function that has one of the two keys alone.
fn half(function: &Function, build: &ImageBuild) -> Option<Finding> {
    if build.tool != Tool::Sam || function.image != Image::Unset {
        return None;
    }
    let (missing, there) = match (&build.context, &build.dockerfile) {
        (Setting::Unset, Setting::Unset) => ("Dockerfile and DockerContext", build.place),
        (Setting::Unset, dockerfile) => ("DockerContext", dockerfile.place()?),
        (context, Setting::Unset) => ("Dockerfile", context.place()?),
        _ => return None,
    };
    let meant = build.odd_keys.iter().find(|(_, odd)| matches!(odd, OddKey::Misspelt(key) if missing.contains(key)));
    Some(match meant {
        Some((key, OddKey::Misspelt(near))) => Finding::new(format!("sam build does not know {}", key.name))
            .at(key.place, format!("without {near} it skips the function"))
            .help(format!("write {near}")),
        _ => Finding::new(format!("Metadata has no {missing}, so that sam build skips the function"))
            .at(there, "it builds only what has Dockerfile and DockerContext")
            .help(format!("add {missing}")),
    })
}

fn odd_keys(build: &ImageBuild, findings: &mut Vec<Finding>) {
    for (key, odd) in &build.odd_keys {
        let finding = match odd {
            // That it is missing is said once.
            OddKey::Misspelt("DockerContext") if build.context == Setting::Unset => continue,
            OddKey::Misspelt("Dockerfile") if build.dockerfile == Setting::Unset => continue,
            OddKey::Misspelt(near) => Finding::new(format!("sam build does not know {}", key.name))
                .at(key.place, "it has no effect")
                .help(format!("write {near}")),
            OddKey::ZipBuild => Finding::new(format!("{} has no effect on an image", key.name))
                .at(key.place, "sam build reads it for zip functions only")
                .help("remove it; Architectures decides what the image is built for"),
        };
        findings.push(finding.severity(Severity::Warning));
    }
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::Severity::{Error, Warning};
    use crate::rules::tried::template::{catches_as, sam, spares};

    const IMAGE: &str = "PackageType: Image";

    #[test]
    fn what_sam_build_does_not_build() {
        catches_as(Error, "LL706", &sam(IMAGE, ""));
        catches_as(Error, "LL706", &sam(IMAGE, "DockerContext: ."));
        catches_as(Error, "LL706", &sam(IMAGE, "Dockerfile: Dockerfile\n      DockerContent: ."));
        catches_as(
            Error,
            "LL706",
            &sam(IMAGE, "Dockerfile: Dockerfile\n      DockerContext: .\n      DockerBuildArgs: [A]"),
        );
        catches_as(
            Warning,
            "LL706",
            &sam(IMAGE, "Dockerfile: Dockerfile\n      DockerContext: .\n      DockerTarget: a"),
        );
        catches_as(
            Warning,
            "LL706",
            &sam(IMAGE, "Dockerfile: Dockerfile\n      DockerContext: .\n      BuildMethod: x"),
        );
    }

    #[test]
    fn near_misses() {
        spares("LL706", &sam(IMAGE, "Dockerfile: Dockerfile\n      DockerContext: .\n      DockerTag: v1"));
        spares("LL706", &sam("PackageType: Image\n      ImageUri: app:1", "DockerTag: v1"));
        // The .NET tools fill it in.
        spares("LL706", &sam("PackageType: Image\n      ImageUri: ''", ""));
        spares("LL706", &sam("PackageType: Image\n      ImageUri: ''", "Dockerfile: Dockerfile"));
        spares("LL706", &sam("PackageType: Image\n      ImageUri: !Ref Image", ""));
        spares("LL706", &sam(IMAGE, "Dockerfile: !Ref File\n      DockerContext: ."));
    }
}
