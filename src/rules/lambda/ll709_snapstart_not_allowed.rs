//! LL709 snapstart-not-allowed.

use crate::diagnostic::{Finding, Severity};
use crate::launch::Setting;
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
}

/// Snapshots are taken of versions alone.
fn without_version(function: &Function, place: crate::diagnostic::Place) -> Option<Finding> {
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
    use crate::rules::tried::template::{catches_as, sam, spares};

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
    fn near_misses() {
        spares("LL709", &with("AutoPublishAlias: live\n      EphemeralStorage: {Size: 512}"));
        spares("LL709", &with("AutoPublishAlias: !Ref Alias"));
        spares("LL709", &with("Timeout: 3").replace("PublishedVersions", "None"));
        spares(
            "LL709",
            &format!(
                "{}  V:\n    Type: AWS::Lambda::Version\n    Properties: {{FunctionName: !Ref F}}\n",
                with("Timeout: 3")
            ),
        );
        spares(
            "LL709",
            &with("Timeout: 3")
                .replace("{ApplyOn: PublishedVersions}", "!If [On, {ApplyOn: PublishedVersions}, !Ref AWS::NoValue]"),
        );
    }
}
