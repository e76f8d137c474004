//! LL706 docker-metadata.

use crate::diagnostic::{Finding, Location, Severity};
use crate::dockerfile::Kind;
use crate::launch::{Build, Setting};
use crate::rules::{Check, Deployed, Rule};
use crate::suggest::nearest;
use crate::template::{Function, Image, ImageBuild, Language, Located, Missing, OddKey, Tool};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL706-docker-metadata.md"), check: Check::Function(check) };

fn check(deployed: &Deployed<'_>, findings: &mut Vec<Finding>) {
    let function = deployed.function;
    if !function.is_image() || !function.sure {
        return;
    }
    match &function.build {
        Some(declared) => {
            if let Some(build) = deployed.build {
                against_dockerfile(function, declared, build, findings);
                return;
            }
            let build = declared;
            findings.extend(missing(function, build));
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

/// A build context or a Dockerfile that is not on the disk.
fn missing(function: &Function, build: &ImageBuild) -> Option<Finding> {
    let Located::Missing(what, path) = &function.located else { return None };
    let (place, kind) = match what {
        Missing::Context => (build.context.place(), "folder"),
        Missing::Dockerfile => (build.dockerfile.place(), "file"),
    };
    Some(
        Finding::new(format!("the {kind} {} does not exist", path.display()))
            .at(place.unwrap_or(build.place), "the build looks for it there")
            .help("write the path from the folder of this file")
            .severity(Severity::Warning),
    )
}

/// What the template says of the build, against the Dockerfile.
fn against_dockerfile(function: &Function, declared: &ImageBuild, build: &Build<'_>, findings: &mut Vec<Finding>) {
    let Some(first) = build.stages.first() else { return };
    let from = Location::from(first.from.span);
    if let Some((target, place)) = declared.target.value().zip(declared.target.place())
        && build.stage(target).is_none()
    {
        let names: Vec<&str> = build.stages.iter().filter_map(|stage| stage.name.as_deref()).collect();
        let help = match nearest(target, names.iter().copied()) {
            Some(near) => format!("write {near}"),
            None if names.is_empty() => format!("write FROM … AS {target} in the Dockerfile"),
            None => format!("write one of {}", names.join(", ")),
        };
        findings.push(
            Finding::new(format!("the Dockerfile has no stage {target}"))
                .at(place, "the build stops here")
                .at(from, "the first stage")
                .help(help),
        );
    }
    let takes = |name: &str| {
        let all = build.head.iter().chain(build.stages.iter().flat_map(|stage| &stage.steps));
        all.filter_map(|step| match &step.instruction.kind {
            Kind::Arg(pairs) => Some(pairs),
            _ => None,
        })
        .flatten()
        .any(|pair| pair.key.text == name || pair.key.text.contains('$'))
    };
    for (name, value) in declared.args.iter().filter(|(name, _)| !is_predefined(&name.text) && !takes(&name.text)) {
        let meant = (name.text == "target" || name.text == "TARGET") && declared.target == Setting::Unset;
        let help = match value.value().filter(|value| meant && build.stage(value).is_some()) {
            Some(stage) if declared.tool == Tool::Sam => format!("write DockerBuildTarget: {stage} for the stage"),
            _ => format!("write ARG {} in the Dockerfile, or remove it here", name.text),
        };
        findings.push(
            Finding::new(format!("no ARG of the Dockerfile takes the build argument {}", name.text))
                .at(name.place, "it has no effect")
                .at(from, "the Dockerfile begins here")
                .help(help)
                .severity(Severity::Warning),
        );
    }
    findings.extend(from_without_value(function, declared, build));
}

/// An ARG without default in the FROM of a stage that is built, and no value for it.
fn from_without_value(function: &Function, declared: &ImageBuild, build: &Build<'_>) -> Option<Finding> {
    if declared.args_open {
        return None;
    }
    let bare = build.head.iter().filter_map(|step| match &step.instruction.kind {
        Kind::Arg(pairs) => Some(pairs),
        _ => None,
    });
    let given = |name: &str| declared.args.iter().any(|(given, _)| given.text == name);
    let bare =
        bare.flatten().filter(|pair| pair.value.is_none() && !given(&pair.key.text) && !is_predefined(&pair.key.text));
    let names: Vec<&str> = bare.map(|pair| pair.key.text.as_str()).collect();
    let stage = build.final_stages().into_iter().find(|stage| stage.below().is_none())?;
    let Kind::From(words) = &stage.from.kind else { return None };
    let used = |name: &&&str| {
        let text = &words.image.text;
        text.contains(&format!("${{{name}}}"))
            || text.ends_with(&format!("${name}"))
            || text.contains(&format!("${name}/"))
    };
    let name = names.iter().find(used)?;
    Some(
        Finding::new(format!("FROM needs the build argument {name}, and the template does not give it"))
            .at(declared.place, format!("{} is built without it", function.id))
            .at(words.image.span, "the name of the base is incomplete")
            .help(format!("add {name} to the build arguments, or give ARG {name} a default")),
    )
}

/// Build arguments that Docker and BuildKit know without ARG.
fn is_predefined(name: &str) -> bool {
    const NAMES: &[&str] = &["HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY", "SOURCE_DATE_EPOCH"];
    let platform = ["TARGET", "BUILD"].iter().any(|start| {
        let rest = name.strip_prefix(start).unwrap_or_default();
        ["PLATFORM", "OS", "ARCH", "VARIANT", "STAGE"].contains(&rest)
    });
    platform
        || NAMES.iter().any(|known| known.eq_ignore_ascii_case(name))
        || name.starts_with("BUILDKIT_")
        || name == "SAM_BUILD_MODE"
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
        _ => Finding::new(format!("Metadata has no {missing}, so sam build skips the function"))
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
            OddKey::Attribute => Finding::new(format!("the build argument {} is an attribute of a resource", key.name))
                .at(key.place, "sam build cannot resolve resources, and passes a wrong text")
                .help("write the value, or take it from a parameter"),
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
    use crate::rules::testing::template::{allows, catches_as, catches_built, sam, spares_built};

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
    fn attributes_of_resources() {
        let args = |value: &str| {
            sam(
                IMAGE,
                &format!("Dockerfile: Dockerfile\n      DockerContext: .\n      DockerBuildArgs: {{A: {value}}}"),
            )
        };
        catches_as(Warning, "LL706", &args("!GetAtt T.Arn"));
        catches_as(Warning, "LL706", &args("{Fn::GetAtt: [T, Arn]}"));
        allows("LL706", &args("!Ref Parameter"));
        allows("LL706", &args("!Sub '${AWS::Region}'"));
    }

    #[test]
    fn contradictions_of_the_dockerfile() {
        let metadata =
            |lines: &str| sam(IMAGE, &format!("Dockerfile: Dockerfile\n      DockerContext: .\n      {lines}"));
        let stages =
            "FROM public.ecr.aws/lambda/python:3.13 AS prod\nARG A\nCMD [\"app.handler\"]\nFROM prod AS dev\nCMD []\n";
        catches_built(Error, "LL706", &metadata("DockerBuildTarget: production"), stages);
        catches_built(Warning, "LL706", &metadata("DockerBuildArgs: {target: prod}"), stages);
        let from = "ARG VERSION\nFROM public.ecr.aws/lambda/python:${VERSION}\nCMD [\"app.handler\"]\n";
        catches_built(Error, "LL706", &metadata("DockerTag: v1"), from);
        spares_built("LL706", &metadata("DockerBuildTarget: prod"), stages);
        spares_built("LL706", &metadata("DockerBuildTarget: '1'"), stages);
        spares_built("LL706", &metadata("DockerBuildTarget: !Ref Stage"), stages);
        spares_built("LL706", &metadata("DockerBuildArgs: {A: '1', HTTP_PROXY: x}"), stages);
        spares_built("LL706", &metadata("DockerBuildArgs: {VERSION: '3.13'}"), from);
        spares_built("LL706", &metadata("DockerBuildArgs: !Ref Args"), from);
        spares_built("LL706", &metadata("DockerTag: v1"), &from.replace("ARG VERSION", "ARG VERSION=3.13"));
    }

    #[test]
    fn near_misses() {
        allows("LL706", &sam(IMAGE, "Dockerfile: Dockerfile\n      DockerContext: .\n      DockerTag: v1"));
        allows("LL706", &sam("PackageType: Image\n      ImageUri: app:1", "DockerTag: v1"));
        // The .NET tools fill it in.
        allows("LL706", &sam("PackageType: Image\n      ImageUri: ''", ""));
        allows("LL706", &sam("PackageType: Image\n      ImageUri: ''", "Dockerfile: Dockerfile"));
        allows("LL706", &sam("PackageType: Image\n      ImageUri: !Ref Image", ""));
        allows("LL706", &sam(IMAGE, "Dockerfile: !Ref File\n      DockerContext: ."));
    }
}
