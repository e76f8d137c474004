//! LL709 snapstart-not-allowed.

use crate::diagnostic::{Finding, Location, Severity};
use crate::facts::BaseKind;
use crate::launch::{Launch, Setting};
use crate::rules::{Check, Deployed, Rule};
use crate::template::{Function, Language};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL709-snapstart-not-allowed.md"), check: Check::Function(check) };

/// Size of /tmp in MB that SnapStart allows.
const MAX_STORAGE: u64 = 512;

fn check(deployed: &Deployed<'_>, findings: &mut Vec<Finding>) {
    let function = deployed.function;
    let (Setting::Set(true, place) | Setting::Inherited(true, place)) = function.snapstart else { return };
    if !function.sure {
        return;
    }
    let on = "SnapStart is switched on here";
    if let Some((size, at)) = function.storage.value().zip(function.storage.place())
        && *size > MAX_STORAGE
    {
        findings.push(
            Finding::new(format!("SnapStart does not work with {size} MB of /tmp"))
                .at(at, format!("it allows {MAX_STORAGE} MB"))
                .at(place, on)
                .help("remove the setting, or switch SnapStart off"),
        );
    }
    if let Some(mount) = function.mounts.first() {
        findings.push(
            Finding::new("SnapStart does not work with a file system")
                .at(mount.place, "mounted here")
                .at(place, on)
                .help("remove the file system, or switch SnapStart off"),
        );
    }
    findings.extend(without_version(function, place));
    findings.extend(deployed.launch.and_then(|launch| without_hooks(launch, place)));
}

/// A base that neither takes snapshots by itself nor says that it may be.
fn without_hooks(launch: &Launch<'_>, place: Location) -> Option<Finding> {
    const LABEL: &str = "com.amazonaws.lambda.feature.snapstart";
    let known = match (launch.base.kind, launch.base.runtime) {
        (BaseKind::Lambda, Some(runtime)) => !hooks_are_there(runtime.family, runtime.tag),
        (BaseKind::General | BaseKind::Scratch, _) => true,
        _ => false,
    };
    let labelled = launch.has_label(LABEL);
    (known && !labelled).then(|| {
        Finding::new("SnapStart needs runtime hooks of this image, and nothing says that it has them")
            .at(launch.base_place, "only the bases for Java, Python and .NET bring them")
            .at(place, "SnapStart is switched on here")
            .help(format!("call /restore/next in the program, and add LABEL {LABEL}=\"Allow\""))
            .severity(Severity::Warning)
    })
}

/// Java from 11, Python from 3.12 and .NET from 8 take snapshots with what the base brings.
fn hooks_are_there(family: &str, tag: &str) -> bool {
    let mut numbers = tag.split(['.', '-']).map_while(|part| part.parse::<u32>().ok());
    let version = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    match family {
        "java" => version >= (11, 0),
        "python" => version >= (3, 12),
        "dotnet" => version >= (8, 0),
        _ => false,
    }
}

/// Snapshots are taken of versions alone.
fn without_version(function: &Function, place: Location) -> Option<Finding> {
    let help = match function.language {
        Language::Sam => "add AutoPublishAlias: live",
        Language::Terraform | Language::TerraformModule => "add publish = true",
        Language::CloudFormation => "add a resource of type AWS::Lambda::Version",
        Language::Serverless => "remove versionFunctions: false",
        Language::Pulumi | Language::OtherModule => return None,
    };
    (function.publishes == Setting::Unset).then(|| {
        Finding::new("SnapStart has no effect, because no version is published")
            .at(place, "Lambda takes snapshots of published versions")
            .help(help)
            .severity(Severity::Warning)
    })
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::Severity::{Error, Warning};
    use crate::rules::testing::template::{allows, catches_as, catches_built, sam, spares_built};

    fn with(lines: &str) -> String {
        let on = "PackageType: Image\n      SnapStart: {ApplyOn: PublishedVersions}";
        sam(&format!("{on}\n      {lines}"), "Dockerfile: Dockerfile\n      DockerContext: .")
    }

    #[test]
    fn contradictions() {
        catches_as(Error, "LL709", &with("AutoPublishAlias: live\n      EphemeralStorage: {Size: 1024}"));
        let mount =
            "FileSystemConfigs: [{Arn: !GetAtt A.Arn, LocalMountPath: /mnt/a}]\n      VpcConfig: {SubnetIds: [a]}";
        catches_as(Error, "LL709", &with(&format!("AutoPublishAlias: live\n      {mount}")));
        catches_as(Warning, "LL709", &with("Timeout: 3"));
    }

    #[test]
    fn bases() {
        let on = with("AutoPublishAlias: live");
        let from = |base: &str| format!("FROM {base}\nCMD [\"app.handler\"]\n");
        catches_built(Warning, "LL709", &on, &from("public.ecr.aws/lambda/nodejs:22"));
        catches_built(Warning, "LL709", &on, &from("public.ecr.aws/lambda/python:3.11"));
        spares_built("LL709", &on, &from("public.ecr.aws/lambda/python:3.13"));
        spares_built("LL709", &on, &from("public.ecr.aws/lambda/java:21"));
        spares_built("LL709", &on, &from("public.ecr.aws/lambda/python"));
        spares_built("LL709", &on, &from("example.com/base:1"));
        let label = "public.ecr.aws/lambda/nodejs:22\nLABEL com.amazonaws.lambda.feature.snapstart=\"Allow\"";
        spares_built("LL709", &on, &from(label));
    }

    #[test]
    fn near_misses() {
        allows("LL709", &with("AutoPublishAlias: live\n      EphemeralStorage: {Size: 512}"));
        allows("LL709", &with("AutoPublishAlias: !Ref Alias"));
        allows("LL709", &with("Timeout: 3").replace("PublishedVersions", "None"));
        allows(
            "LL709",
            &format!(
                "{}  V:\n    Type: AWS::Lambda::Version\n    Properties: {{FunctionName: !Ref F}}\n",
                with("Timeout: 3")
            ),
        );
        allows(
            "LL709",
            &with("Timeout: 3")
                .replace("{ApplyOn: PublishedVersions}", "!If [On, {ApplyOn: PublishedVersions}, !Ref AWS::NoValue]"),
        );
    }
}
