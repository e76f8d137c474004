//! LL713 mutable-image-tag.

use crate::diagnostic::Finding;
use crate::rules::{Check, Deployed, Rule};
use crate::template::{Image, Language, Uri};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL713-mutable-image-tag.md"), check: Check::Function(check) };

fn check(deployed: &Deployed<'_>, findings: &mut Vec<Finding>) {
    let function = deployed.function;
    let Image::Uri(text, place) = &function.image else { return };
    // The Serverless Framework asks for the digest behind the tag.
    if function.build.is_some() || function.source_hash || !function.sure || function.language == Language::Serverless {
        return;
    }
    let uri = Uri::of(text);
    // `sam deploy` pushes a local name again.
    let registry = uri.host.is_some() || !uri.known;
    if registry && uri.tag == Some("latest") && uri.digest.is_none() {
        findings.push(
            Finding::new("an update of the image behind :latest is not deployed")
                .at(*place, "the text stays the same, so the function is not updated")
                .help("name the image by a tag of each build, or by its digest"),
        );
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::template::{allows, catches, cfn, sam};

    fn terraform(lines: &str) -> String {
        format!("resource \"aws_lambda_function\" \"f\" {{\n  package_type = \"Image\"\n  {lines}\n}}\n")
    }

    #[test]
    fn latest() {
        catches("LL713", &cfn("123456789012.dkr.ecr.us-east-1.amazonaws.com/x:latest"));
        catches("LL713", &cfn("!Sub ${AWS::AccountId}.dkr.ecr.${AWS::Region}.amazonaws.com/x:latest"));
        catches("LL713", &terraform("image_uri = \"${aws_ecr_repository.r.repository_url}:latest\""));
    }

    #[test]
    fn near_misses() {
        allows("LL713", &cfn("123456789012.dkr.ecr.us-east-1.amazonaws.com/x:1.2"));
        allows("LL713", &cfn("!Sub ${Repository}:latest@${Digest}"));
        allows("LL713", &sam("PackageType: Image\n      ImageUri: workflow:latest", ""));
        let hash = "image_uri = \"${aws_ecr_repository.r.repository_url}:latest\"\n  source_code_hash = var.hash";
        allows("LL713", &terraform(hash));
        let ignored = "image_uri = \"${var.r}:latest\"\n  lifecycle {\n    ignore_changes = [image_uri]\n  }";
        allows("LL713", &terraform(ignored));
    }
}
