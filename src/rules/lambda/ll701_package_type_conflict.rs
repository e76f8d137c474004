//! LL701 package-type-conflict.

use crate::diagnostic::{Finding, Location};
use crate::launch::Setting;
use crate::rules::{Check, Deployed, Rule};
use crate::template::{Function, Image, Language, Package};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL701-package-type-conflict.md"), check: Check::Function(check) };

fn check(deployed: &Deployed<'_>, findings: &mut Vec<Finding>) {
    let function = deployed.function;
    if !function.sure {
        return;
    }
    match function.package {
        Setting::Set(Package::Image, place) | Setting::Inherited(Package::Image, place) => {
            image_function(function, place, findings);
        }
        Setting::Set(Package::Zip, place) | Setting::Inherited(Package::Zip, place) => {
            findings.extend(zip_function(function, place));
        }
        Setting::Unset | Setting::Unknown(_) => {}
    }
}

fn image_function(function: &Function, package: Location, findings: &mut Vec<Finding>) {
    for key in &function.zip_only {
        let (label, help) = advice(&key.name);
        let mut finding = Finding::new(format!("an image function cannot have {}", key.name)).at(key.place, label);
        if key.place != package {
            finding = finding.at(package, "here it becomes an image function");
        }
        findings.push(finding.help(format!("remove {}{help}", key.name)));
    }
    if function.packs_zip {
        findings.push(
            Finding::new("the module packs a zip archive as well, and Terraform takes one of the two")
                .at(package, "create_package is true unless it is set")
                .help("add create_package = false"),
        );
    }
}

/// Why Lambda refuses a key, and what to do besides removing it.
fn advice(key: &str) -> (&'static str, &'static str) {
    match key.to_ascii_lowercase().as_str() {
        "layers" => ("Lambda attaches layers to zip functions only", ", and copy what the layers hold into the image"),
        "handler" => ("CMD of the image names the handler", ": the handler is CMD of the image, or its override"),
        "runtime" => ("the base image brings the runtime", ": the base image brings the runtime"),
        "filename" | "s3_bucket" => ("Terraform takes this or image_uri, not both", ": image_uri is the code"),
        _ => ("Lambda checks signatures of zip archives only", ", and sign the image in its registry"),
    }
}

fn zip_function(function: &Function, package: Location) -> Option<Finding> {
    let (key, line) = match function.language {
        Language::Terraform | Language::TerraformModule => ("package_type", "package_type = \"Image\""),
        Language::Pulumi => ("packageType", "packageType: Image"),
        _ => ("PackageType", "PackageType: Image"),
    };
    let written = !function.package.is_inherited();
    let why = if written { "here it is Zip" } else { "it is Zip unless it is set" };
    let help = if written { format!("write {line}") } else { format!("add {line}") };
    let named = matches!(&function.image, Image::Uri(..) | Image::Archive(..) | Image::Unknown { present: true, .. });
    let place = function.image.place().filter(|_| named);
    let message = match place {
        Some(_) => format!("the function names an image, and its {key} is not Image"),
        // An empty text is what a tool fills in, for either kind.
        None if function.image == Image::Unset => {
            format!("the function overrides the image's settings, and its {key} is not Image")
        }
        None => return None,
    };
    let overrides = [function.command.place(), function.entrypoint.place(), function.workdir.place()];
    let place = place.or_else(|| overrides.into_iter().flatten().next())?;
    Some(Finding::new(message).at(place, "only an image function can have this").at(package, why).help(help))
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::template::{allows, catches, sam};

    #[test]
    fn keys_of_zip_functions() {
        catches(
            "LL701",
            &sam("PackageType: Image\n      Runtime: python3.12", "Dockerfile: Dockerfile\n      DockerContext: ."),
        );
        catches(
            "LL701",
            &sam("PackageType: Image\n      Layers: [!Ref Layer]", "Dockerfile: Dockerfile\n      DockerContext: ."),
        );
        catches("LL701", &sam("ImageUri: 123456789012.dkr.ecr.eu-west-1.amazonaws.com/x:1", ""));
        catches("LL701", &sam("PackageType: Zip\n      ImageConfig: {Command: [app.handler]}", ""));
        catches(
            "LL701",
            "resource \"aws_lambda_function\" \"f\" {\n  image_uri = \"${aws_ecr_repository.r.repository_url}:1\"\n}\n",
        );
        let globals = "Globals:\n  Function:\n    Runtime: python3.12\n";
        let both = sam("PackageType: Image", "Dockerfile: Dockerfile\n      DockerContext: .");
        catches("LL701", &format!("{globals}{both}"));
    }

    #[test]
    fn near_misses() {
        let pulumi = |uri: &str| {
            format!(
                "name: p\nruntime: yaml\nresources:\n  i: {{type: 'awsx:ecr:Image'}}\n  f:\n    type: aws:lambda:Function\n    \
                 properties: {{imageUri: '{uri}', role: r}}\n"
            )
        };
        catches("LL701", &pulumi("${i.imageUri}"));
        allows("LL701", &pulumi("${uri}"));
        let empty = "resource \"aws_lambda_function\" \"f\" {\n  package_type = \"Image\"\n  image_uri = var.i\n  handler = \"\"\n  \
                     runtime = \"\"\n  layers = []\n}\n";
        allows("LL701", empty);
        let metadata = "Dockerfile: Dockerfile\n      DockerContext: .";
        allows("LL701", &sam("PackageType: Image\n      Layers: []", metadata));
        allows("LL701", &sam("PackageType: Image\n      Runtime: !If [Zip, python3.12, !Ref AWS::NoValue]", metadata));
        allows("LL701", &sam("PackageType: !Ref Type\n      Runtime: python3.12\n      ImageUri: a:1", ""));
        let globals = "Globals:\n  Function:\n    Runtime: python3.12\n";
        let ignored = sam("PackageType: Image", metadata)
            .replace("    Properties:", "    IgnoreGlobals: [Runtime]\n    Properties:");
        allows("LL701", &format!("{globals}{ignored}"));
        let module = "resource \"aws_lambda_function\" \"f\" {\n  package_type = \"Image\"\n  image_uri = var.image\n  \
                      handler = var.handler\n  runtime = null\n}\n";
        allows("LL701", module);
        allows(
            "LL701",
            "resource \"aws_lambda_function\" \"f\" {\n  image_uri = var.image\n  filename = var.file\n}\n",
        );
        let call = "module \"f\" {\n  source = \"terraform-aws-modules/lambda/aws\"\n  package_type = \"Image\"\n  \
                    create_package = false\n  handler = \"a.b\"\n  image_uri = \"123456789012.dkr.ecr.eu-west-1.amazonaws.com/x:1\"\n}\n";
        allows("LL701", call);
        let plugin = "service: s\nprovider: {name: aws}\nplugins: [serverless-plugin-ifelse]\n\
                      functions:\n  f:\n    image: 123456789012.dkr.ecr.eu-west-1.amazonaws.com/x:1\n    handler: a.b\n";
        allows("LL701", plugin);
        catches("LL701", &plugin.replace("serverless-plugin-ifelse", "serverless-offline"));
    }
}
