//! LL702 invalid-image-uri.

use crate::diagnostic::{Finding, Location, Severity};
use crate::rules::{Check, Deployed, Rule};
use crate::template::{Function, Image, Language, Uri};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL702-invalid-image-uri.md"), check: Check::Function(check) };

/// Registries that Lambda does not pull from, and the endings of such hosts.
const FOREIGN: &[&str] = &[
    "public.ecr.aws",
    "docker.io",
    "index.docker.io",
    "registry-1.docker.io",
    "ghcr.io",
    "quay.io",
    "gcr.io",
    "mcr.microsoft.com",
    "registry.gitlab.com",
    "registry.access.redhat.com",
    ".gcr.io",
    ".pkg.dev",
    ".azurecr.io",
];

fn check(deployed: &Deployed<'_>, findings: &mut Vec<Finding>) {
    let function = deployed.function;
    let Image::Uri(text, place) = &function.image else { return };
    // What is built replaces what is written.
    if !function.sure || function.build.is_some() {
        return;
    }
    let uri = Uri::of(text);
    findings.extend(judge(function, &uri, *place));
}

fn judge(function: &Function, uri: &Uri<'_>, place: Location) -> Option<Finding> {
    let pulls = "Lambda pulls images from private repositories of Amazon ECR only";
    let push = "push the image to Amazon ECR, and write <account>.dkr.ecr.<region>.amazonaws.com/<repository>:<tag>";
    if let Some(host) = uri.host.filter(|host| is_foreign(host)) {
        let finding = Finding::new(format!("Lambda cannot pull an image from {host}")).at(place, pulls).help(push);
        // `sam deploy` pushes what it finds under any name in the local Docker.
        return Some(if function.pushed_by_sam { finding.severity(Severity::Warning) } else { finding });
    }
    if let Some((region, fips)) = uri.ecr() {
        if fips {
            return Some(
                Finding::new("Lambda cannot pull an image from a FIPS endpoint of ECR")
                    .at(place, "ecr-fips is for your own clients")
                    .help("write dkr.ecr instead of dkr.ecr-fips"),
            );
        }
        if let Some((expected, other)) = function.region.value().zip(function.region.place())
            && expected != region
        {
            return Some(
                Finding::new(format!("the image is in {region}, and the function in {expected}"))
                    .at(place, "Lambda pulls images from its own Region only")
                    .at(other, "the Region of the function")
                    .help(format!("push the image to a repository in {expected}")),
            );
        }
        if uri.known && uri.tag.is_none() && uri.digest.is_none() {
            return Some(
                Finding::new("the image URI has neither a tag nor a digest")
                    .at(place, "Lambda does not assume latest")
                    .help("add :<tag> or @sha256:<digest>"),
            );
        }
        return None;
    }
    let bare = uri.known && uri.host.is_none() && is_name(uri.head);
    let pushes = function.pushed_by_sam || function.language == Language::Serverless;
    (bare && !pushes).then(|| {
        Finding::new(format!("{} names no registry", uri.head)).at(place, pulls).help(push).severity(Severity::Warning)
    })
}

fn is_foreign(host: &str) -> bool {
    FOREIGN.iter().any(|known| host == *known || (known.starts_with('.') && host.ends_with(known)))
}

/// `true` for an image name such as `app:latest`, and not for a file, an address or a placeholder.
fn is_name(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-/:".contains(&byte);
    text.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
        && text.bytes().all(plain)
        && !text.contains("//")
        && ![".tar", ".gz", ".tgz"].iter().any(|end| text.ends_with(end))
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::Severity::{Error, Warning};
    use crate::rules::testing::template::{allows, catches_as, cfn, sam};

    fn terraform(uri: &str) -> String {
        format!("resource \"aws_lambda_function\" \"f\" {{\n  package_type = \"Image\"\n  image_uri = {uri}\n}}\n")
    }

    #[test]
    fn what_lambda_cannot_pull() {
        catches_as(Error, "LL702", &cfn("public.ecr.aws/lambda/python:3.13"));
        catches_as(Error, "LL702", &terraform("\"ghcr.io/acme/${var.name}\""));
        catches_as(Error, "LL702", &cfn("123456789012.dkr.ecr-fips.us-east-1.amazonaws.com/x:1"));
        catches_as(Error, "LL702", &cfn("123456789012.dkr.ecr.us-east-1.amazonaws.com/x"));
        catches_as(Warning, "LL702", &terraform("\"app:latest\""));
        let region = "provider \"aws\" {\n  region = \"eu-west-1\"\n}\n";
        catches_as(
            Error,
            "LL702",
            &format!("{region}{}", terraform("\"123456789012.dkr.ecr.us-east-1.amazonaws.com/x:1\"")),
        );
    }

    #[test]
    fn near_misses() {
        allows("LL702", &cfn("222222222222.dkr.ecr.ap-northeast-1.amazonaws.com/node:11.6-alpine"));
        allows("LL702", &cfn("!Sub ${AWS::AccountId}.dkr.ecr.${AWS::Region}.amazonaws.com/x"));
        allows("LL702", &cfn("s3://bucket/key"));
        allows("LL702", &format!("Transform: [AWS::Serverless-2016-10-31]\n{}", cfn("app:latest")));
        allows("LL702", &cfn("''"));
        allows("LL702", &sam("PackageType: Image\n      ImageUri: workflow:latest", ""));
        allows("LL702", &sam("PackageType: Image\n      ImageUri: ./archive.tar.gz", ""));
        allows(
            "LL702",
            &sam(
                "PackageType: Image\n      ImageUri: public.ecr.aws/x:1",
                "Dockerfile: Dockerfile\n      DockerContext: .",
            ),
        );
        allows("LL702", &terraform("var.image_uri"));
        let region = "provider \"aws\" {\n  region = \"eu-west-1\"\n}\n";
        let there = terraform("\"123456789012.dkr.ecr.us-east-1.amazonaws.com/x:1\"");
        allows("LL702", &format!("{region}{}", there.replace("  package", "  provider = aws.us\n  package")));
        allows("LL702", &format!("{region}{}", there.replace("  package", "  region = \"us-east-1\"\n  package")));
        let endpoints = "provider \"aws\" {\n  endpoints {\n    lambda = \"http://localhost:4566\"\n  }\n}\n";
        allows("LL702", &format!("{endpoints}{}", terraform("\"app:latest\"")));
    }
}
