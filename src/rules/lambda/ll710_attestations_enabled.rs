//! LL710 attestations-enabled.

use crate::diagnostic::{Finding, Severity};
use crate::launch::Setting;
use crate::rules::{Check, Rule};
use crate::template::{Builder, Function, Index, Push, Template, Tool};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL710-attestations-enabled.md"), check: Check::Template(check) };

fn check(template: &Template, findings: &mut Vec<Finding>) {
    findings.extend(template.functions.iter().filter_map(built));
    findings.extend(template.pushes.iter().filter(|push| push.deployed).map(pushed));
}

const ATTESTED: &str = "the image is pushed with attestations, which turn it into an index";

/// What the Serverless Framework builds.
fn built(function: &Function) -> Option<Finding> {
    let build = function.build.as_ref().filter(|build| build.tool == Tool::Serverless && function.sure)?;
    let finding = match build.attestations {
        Setting::Unset => Finding::new(ATTESTED).at(build.place, "docker build adds them unless provenance is false"),
        // v3 does not know the key, and v4 was told to add them.
        Setting::Set(true, place) | Setting::Inherited(true, place) => {
            Finding::new(ATTESTED).at(place, "this does not switch them off")
        }
        Setting::Set(false, _) | Setting::Inherited(false, _) | Setting::Unknown(_) => return None,
    };
    Some(finding.help(if build.can_switch_attestations {
        "add provenance: false to the image"
    } else {
        "set BUILDX_NO_DEFAULT_ATTESTATIONS=1 where the framework runs; version 3 has no key for it"
    }))
}

/// What a workflow or a script builds.
fn pushed(push: &Push) -> Finding {
    let off = match push.builder {
        Builder::Action => "add provenance: false",
        Builder::Buildx | Builder::Docker => "add --provenance=false",
    };
    match push.index {
        Index::Platforms(place) => {
            Finding::new("the image is pushed for several platforms, which turns it into an index")
                .at(place, "Lambda needs an image for one platform")
                .help("name one platform, and build once for each function")
        }
        Index::Asked(place) => Finding::new(ATTESTED).at(place, "this asks for them").help(off),
        Index::Default if push.builder == Builder::Docker => Finding::new(
            "docker build adds attestations if containerd stores the images, and the image becomes an index",
        )
        .at(push.place, "Docker Desktop and new installations of Docker Engine do")
        .help("add --provenance=false")
        .severity(Severity::Info),
        Index::Default => {
            Finding::new(ATTESTED).at(push.place, "BuildKit adds them unless provenance is false").help(off)
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::Severity::{Info, Warning};
    use crate::rules::testing::template::{allows, catches, catches_as, sam};

    fn service(version: &str, line: &str) -> String {
        format!(
            "service: s\nframeworkVersion: '{version}'\nprovider:\n  name: aws\n  ecr:\n    images:\n      app:\n        \
             path: .\n{line}functions:\n  f:\n    image: app\n"
        )
    }

    #[test]
    fn attestations() {
        catches("LL710", &service("4", ""));
        catches("LL710", &service("^3", ""));
        catches("LL710", &service("3", "        provenance: false\n"));
        catches("LL710", &service("4", "        provenance: true\n"));
    }

    const DEPLOY: &str = "aws lambda update-function-code --function-name f --image-uri $IMAGE";

    fn workflow(with: &str) -> String {
        format!(
            "on: push\njobs:\n  d:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: docker/build-push-action@v6\n        \
             with:\n          push: true\n          tags: 123456789012.dkr.ecr.us-east-1.amazonaws.com/f:1\n{with}      \
             - run: |\n          echo deploy\n          {DEPLOY}\n"
        )
    }

    fn script(build: &str) -> String {
        format!("#!/bin/sh\nset -e\nIMAGE=$ACCOUNT.dkr.ecr.eu-west-1.amazonaws.com/f:1\n{build}\n{DEPLOY}\n")
    }

    #[test]
    fn workflows() {
        catches_as(Warning, "LL710", &workflow(""));
        catches_as(Warning, "LL710", &workflow("          provenance: mode=max\n"));
        catches_as(Warning, "LL710", &workflow("          provenance: false\n          sbom: true\n"));
        catches_as(
            Warning,
            "LL710",
            &workflow("          provenance: false\n          platforms: linux/amd64,linux/arm64\n"),
        );
        let run = "on: push\njobs:\n  d:\n    steps:\n      - run: docker buildx build --platform linux/arm64 --push -t ${{ env.IMAGE }} .\n      \
                   - run: aws lambda create-function --function-name f --code ImageUri=${{ env.IMAGE }}\n";
        catches_as(Warning, "LL710", run);
        allows("LL710", &run.replace("--push", "--push --provenance=false"));
        allows("LL710", &run.replace("docker buildx", "BUILDX_NO_DEFAULT_ATTESTATIONS=1 docker buildx"));
        allows("LL710", &run.replace("ImageUri=${{ env.IMAGE }}", "S3Bucket=b"));
        allows("LL710", &run.replace("--push", "--load"));
    }

    #[test]
    fn images_called_after_lambda() {
        let push =
            |image: &str| format!("#!/bin/sh\naws ecr get-login-password\ndocker buildx build --push -t {image}:1 .\n");
        catches_as(Warning, "LL710", &push("123456789012.dkr.ecr.eu-west-1.amazonaws.com/orders-lambda"));
        catches_as(Warning, "LL710", &push("$ECR/lambda/orders").replace("lambda/orders", "orders_lambda"));
        allows("LL710", &push("example/orders-lambda"));
        allows("LL710", &push("$ECR/lambdatest"));
        allows("LL710", &push("$ECR/orders-lambda").replace("aws ecr get-login-password\n", ""));
        allows("LL710", &push("$ECR/orders"));
    }

    #[test]
    fn workflows_that_switch_off() {
        allows("LL710", &workflow("          provenance: false\n"));
        allows("LL710", &workflow("          provenance: 'false'\n"));
        allows("LL710", &workflow("          provenance: ${{ inputs.provenance }}\n"));
        allows("LL710", &workflow("          attests: type=provenance,disabled=true\n"));
        allows("LL710", &workflow("        env:\n          BUILDX_NO_DEFAULT_ATTESTATIONS: 1\n"));
        allows("LL710", &workflow("").replace("@v6", "@v2"));
        allows("LL710", &workflow("").replace("push: true", "push: false"));
        allows("LL710", &workflow("").replace("123456789012.dkr.ecr.us-east-1.amazonaws.com/f", "example/f"));
        allows("LL710", &workflow("").replace("update-function-code", "get-function"));
    }

    #[test]
    fn scripts() {
        catches_as(Warning, "LL710", &script("docker buildx build --platform linux/arm64 -t $IMAGE --push ."));
        catches_as(Warning, "LL710", &script("docker buildx build \\\n  --output type=registry \\\n  -t \"$IMAGE\" ."));
        catches_as(
            Warning,
            "LL710",
            &script("docker buildx build --provenance=false --platform linux/amd64,linux/arm64 -t $IMAGE --push ."),
        );
        catches_as(Info, "LL710", &script("docker build -t $IMAGE . && docker push $IMAGE"));
        catches_as(Info, "LL710", &script("docker buildx build --load -t $IMAGE . && docker push $IMAGE"));
        let make = |flags: &str| {
            format!(
                "IMAGE := $(ACCOUNT).dkr.ecr.eu-west-1.amazonaws.com/f\ndeploy:\n\t@docker buildx build {flags} --push \\\n\t\t-t $(IMAGE) .\n\t\
                 aws lambda update-function-code --function-name f --image-uri $(IMAGE)\n"
            )
        };
        catches_as(Warning, "LL710", &make("--platform linux/arm64"));
        allows("LL710", &make("--provenance=false"));
        allows("LL710", &make("$(FLAGS)"));
    }

    #[test]
    fn commands_of_terraform() {
        let module = |command: &str| {
            format!(
                "resource \"aws_lambda_function\" \"f\" {{\n  package_type = \"Image\"\n  image_uri = \"${{local.r}}:1\"\n}}\n\
                 resource \"terraform_data\" \"b\" {{\n  provisioner \"local-exec\" {{\n    command = <<EOT\n      {command}\n    \
                 EOT\n  }}\n}}\n"
            )
        };
        catches_as(Warning, "LL710", &module("docker buildx build --push -t ${local.r}:1 src"));
        catches_as(Info, "LL710", &module("docker build -t ${local.r}:1 src && docker push ${local.r}:1"));
        allows("LL710", &module("docker buildx build --provenance=false --push -t ${local.r}:1 src"));
        allows("LL710", &module("docker buildx build ${var.flags} --push -t ${local.r}:1 src"));
    }

    #[test]
    fn scripts_that_switch_off() {
        allows("LL710", &script("docker buildx build --provenance false -t $IMAGE --push ."));
        allows("LL710", &script("docker buildx build --attest type=provenance,disabled=true -t $IMAGE --push ."));
        allows("LL710", &script("export BUILDX_NO_DEFAULT_ATTESTATIONS=1\ndocker buildx build -t $IMAGE --push ."));
        allows("LL710", &script("DOCKER_BUILDKIT=0 docker build -t $IMAGE . && docker push $IMAGE"));
        allows("LL710", &script("docker buildx build $FLAGS -t $IMAGE --push ."));
        allows("LL710", &script("docker buildx build \"$@\" -t $IMAGE --push ."));
        allows("LL710", &script("docker buildx build -t example/f --push ."));
        allows("LL710", &script("docker build -t $IMAGE ."));
        allows("LL710", &script("/kaniko/executor --context . --destination $IMAGE"));
        allows("LL710", &script("sam build && sam deploy"));
    }

    #[test]
    fn near_misses() {
        allows("LL710", &service("4", "        provenance: false\n"));
        allows("LL710", &service("4", "        provenance: 'false'\n"));
        allows("LL710", &service("4", "        provenance: ${opt:provenance}\n"));
        allows("LL710", &sam("PackageType: Image", "Dockerfile: Dockerfile\n      DockerContext: ."));
    }
}
