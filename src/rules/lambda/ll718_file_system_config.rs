//! LL718 file-system-config.

use crate::diagnostic::Finding;
use crate::launch::Setting;
use crate::rules::{Check, Deployed, Rule};
use crate::template::Language;

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL718-file-system-config.md"), check: Check::Function(check) };

fn check(deployed: &Deployed<'_>, findings: &mut Vec<Finding>) {
    let function = deployed.function;
    if !function.sure {
        return;
    }
    for mount in &function.mounts {
        if let Some((path, place)) = mount.path.value().zip(mount.path.place())
            && !is_valid(path)
        {
            findings.push(
                Finding::new(format!("a file system cannot be mounted at {path}"))
                    .at(place, "the path is /mnt/ and one name")
                    .help("write /mnt/data"),
            );
        }
        if mount.efs && function.vpc == Setting::Unset {
            let key = match function.language {
                Language::Terraform => "vpc_config",
                Language::TerraformModule => "vpc_subnet_ids and vpc_security_group_ids",
                Language::Serverless => "vpc",
                _ => "VpcConfig",
            };
            findings.push(
                Finding::new("a function with an EFS file system needs a VPC")
                    .at(mount.place, format!("the function has no {key}"))
                    .help(format!("add {key} with the subnets of the mount targets")),
            );
        }
    }
}

/// `/mnt/[a-zA-Z0-9-_.]+`
fn is_valid(path: &str) -> bool {
    let name = path.strip_prefix("/mnt/").unwrap_or_default();
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::template::{allows, catches, sam};

    fn with(path: &str, vpc: &str) -> String {
        let mount = format!("FileSystemConfigs: [{{Arn: !GetAtt A.Arn, LocalMountPath: {path}}}]");
        let metadata = "Dockerfile: Dockerfile\n      DockerContext: .";
        sam(&format!("PackageType: Image\n      {mount}\n      {vpc}"), metadata)
    }

    const VPC: &str = "VpcConfig: {SubnetIds: [a], SecurityGroupIds: [b]}";

    #[test]
    fn what_cannot_be_mounted() {
        catches("LL718", &with("/data", VPC));
        catches("LL718", &with("/mnt/a/b", VPC));
        catches("LL718", &with("/mnt/a", "Timeout: 3"));
    }

    #[test]
    fn near_misses() {
        allows("LL718", &with("/mnt/a-b_c.1", VPC));
        allows("LL718", &with("!Sub '/mnt/${Name}'", "VpcConfig: !If [Vpc, {SubnetIds: [a]}, !Ref AWS::NoValue]"));
        let s3 = with("/mnt/a", "Timeout: 3").replace("!GetAtt A.Arn", "arn:aws:s3files:eu-west-1:123456789012:x");
        allows("LL718", &s3);
    }
}
