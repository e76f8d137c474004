//! LL715 image-not-pushed.

use crate::diagnostic::Finding;
use crate::rules::{Check, Deployed, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL715-image-not-pushed.md"), check: Check::Function(check) };

fn check(deployed: &Deployed<'_>, findings: &mut Vec<Finding>) {
    let function = deployed.function;
    let (Some(repository), Some(place)) = (function.own_repository, function.image.place()) else { return };
    findings.push(
        Finding::new("nothing pushes this image before the function is created")
            .at(place, "the first apply finds the repository empty")
            .at(repository, "the repository is created by the same apply")
            .help("create the repository first with terraform apply -target, push the image, then apply the rest"),
    );
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::template::{allows, catches};

    const REPOSITORY: &str = "resource \"aws_ecr_repository\" \"r\" {\n  name = \"app\"\n}\n";

    fn function(uri: &str) -> String {
        format!(
            "{REPOSITORY}resource \"aws_lambda_function\" \"f\" {{\n  package_type = \"Image\"\n  image_uri = {uri}\n}}\n"
        )
    }

    #[test]
    fn an_empty_repository() {
        catches("LL715", &function("\"${aws_ecr_repository.r.repository_url}:v1\""));
    }

    #[test]
    fn near_misses() {
        let tagged = function("\"${aws_ecr_repository.r.repository_url}:v1\"");
        allows("LL715", &tagged.replace(REPOSITORY, ""));
        allows("LL715", &function("\"${aws_ecr_repository.r.repository_url}:${var.tag}\""));
        allows("LL715", &format!("{tagged}resource \"docker_registry_image\" \"i\" {{\n  name = \"x\"\n}}\n"));
        let provisioner = "resource \"null_resource\" \"push\" {\n  provisioner \"local-exec\" {\n    command = \"make push\"\n  }\n}\n";
        allows("LL715", &format!("{tagged}{provisioner}"));
        allows("LL715", &function("data.aws_ecr_image.i.image_uri"));
    }
}
