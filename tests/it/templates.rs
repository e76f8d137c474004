//! Templates and what they deploy, checked together by the program: a contradiction in each language is found, and
//! nothing is said once it is mended.

use serde_json::Value;
use std::path::Path;
use std::process::{Command, Output};

const PYTHON: &str =
    "FROM public.ecr.aws/lambda/python:3.13\nCOPY app.py ${LAMBDA_TASK_ROOT}/\nCMD [\"app.handler\"]\n";

/// A folder of files, with a repository's root.
struct Project(tempfile::TempDir);

impl Project {
    fn new(files: &[(&str, &str)]) -> Self {
        let project = Self(tempfile::tempdir().unwrap());
        std::fs::create_dir(project.0.path().join(".git")).unwrap();
        for (name, text) in files {
            project.write(name, text);
        }
        project
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.0.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn run(&self, args: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_lamblint"))
            .env("LAMBLINT_SHELLCHECK", "off")
            .args(["check", "--today", "2026-11-24", "--select", "lambda"])
            .args(args)
            .current_dir(self.0.path())
            .output()
            .unwrap()
    }

    /// The findings, a line each.
    fn lines(&self, args: &[&str]) -> Vec<String> {
        let output = self.run(&[&["--format", "short"], args].concat());
        assert!(output.status.code().is_some_and(|code| code < 2), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
    }
}

/// A contradiction in the files is found from the project's root, and nothing is said once it is mended.
#[track_caller]
fn contradiction(files: &[(&str, &str)], finds: &[&str], (file, wrong, right): (&str, &str, &str)) {
    let project = Project::new(files);
    let found = project.lines(&[]);
    let as_wanted = found.len() == finds.len() && found.iter().zip(finds).all(|(line, find)| line.contains(find));
    assert!(as_wanted, "wanted {finds:#?}, got {found:#?}");
    let (_, text) = files.iter().find(|(name, _)| *name == file).unwrap();
    assert!(text.contains(wrong), "{file} has no {wrong}");
    project.write(file, &text.replace(wrong, right));
    assert_eq!(project.lines(&[]), [""; 0], "after the fault is mended");
}

const SAM: &str = "Transform: AWS::Serverless-2016-10-31\nResources:\n  Orders:\n    Type: AWS::Serverless::Function\n    \
                   Properties:\n      PackageType: Image\n      Timeout: 30\n      Architectures: [arm64]\n    Metadata:\n      \
                   Dockerfile: Dockerfile\n      DockerContext: src\n";

#[test]
fn sam() {
    let dockerfile = PYTHON.replace(":3.13", ":3.13-x86_64");
    let files = [("template.yaml", SAM), ("src/Dockerfile", &dockerfile), ("src/app.py", "")];
    contradiction(&files, &["src/Dockerfile:1:6: error[LL707]"], ("template.yaml", "[arm64]", "[x86_64]"));
}

#[test]
fn the_stage_and_the_arguments_of_the_template_are_built() {
    let template = SAM.replace("[arm64]", "[x86_64]")
        + "      DockerBuildTarget: prod\n      DockerBuildArgs:\n        VERSION: '3.13'\n";
    let dockerfile = "ARG VERSION\nFROM public.ecr.aws/lambda/python:${VERSION} AS prod\nCOPY app.py ./\nCMD [\"app.handler\"]\n\
                      FROM prod AS dev\nCMD [\"python\", \"app.py\"]\n";
    let files = [("template.yaml", template.as_str()), ("src/Dockerfile", dockerfile), ("src/app.py", "")];
    contradiction(&files, &[], ("template.yaml", "prod", "prod"));
    let target = ("template.yaml", "DockerBuildTarget: dev", "DockerBuildTarget: prod");
    let wrong = template.replace("DockerBuildTarget: prod", "DockerBuildTarget: dev");
    let files = [("template.yaml", wrong.as_str()), ("src/Dockerfile", dockerfile), ("src/app.py", "")];
    contradiction(&files, &["src/Dockerfile:6:1: error[LL204]"], target);
}

#[test]
fn cloudformation_that_the_cdk_writes() {
    let template = r#"{"Resources": {"Fn": {"Type": "AWS::Lambda::Function", "Properties": {"PackageType": "Image",
        "Timeout": 30, "Architectures": ["arm64"], "Code": {"ImageUri": {"Fn::Sub": "${AWS::AccountId}.dkr.ecr.x/y:0a1b"}}}}}}"#;
    let assets = r#"{"dockerImages": {"0a1b": {"source": {"directory": "asset.0a1b", "platform": "linux/amd64"}}}}"#;
    let files = [
        ("cdk.json", "{}"),
        (".gitignore", "cdk.out\n"),
        ("cdk.out/S.template.json", template),
        ("cdk.out/S.assets.json", assets),
        ("cdk.out/asset.0a1b/Dockerfile", PYTHON),
        ("cdk.out/asset.0a1b/app.py", ""),
        ("lambda/Dockerfile", PYTHON),
        ("lambda/app.py", ""),
    ];
    let finds = ["cdk.out/S.assets.json:1:78: error[LL707]"];
    contradiction(&files, &finds, ("cdk.out/S.assets.json", "linux/amd64", "linux/arm64"));
    // The file that people edit is the one that is deployed.
    let json: Value = serde_json::from_slice(&Project::new(&files).run(&["--format", "json"]).stdout).unwrap();
    let subjects = json["subjects"].as_array().unwrap();
    let function = subjects.iter().find(|subject| subject["kind"] == "function").unwrap();
    assert_eq!((&function["name"], &function["dockerfile"]), (&"Fn".into(), &"lambda/Dockerfile".into()));
}

#[test]
fn terraform() {
    let main = "resource \"aws_lambda_function\" \"orders\" {\n  function_name = \"orders\"\n  role = aws_iam_role.r.arn\n  \
                package_type = \"Image\"\n  image_uri = docker_registry_image.orders.name\n  timeout = 30\n  image_config {\n    \
                command = [\"app.handler\", \"x\"]\n  }\n}\n";
    let image = "resource \"docker_registry_image\" \"orders\" {\n  name = docker_image.orders.name\n}\n\
                 resource \"docker_image\" \"orders\" {\n  name = \"x\"\n  build {\n    context = local.source\n    \
                 platform = \"linux/amd64\"\n  }\n}\n";
    let locals = "locals {\n  source = \"${path.module}/src\"\n}\n";
    let files = [
        ("infra/main.tf", main),
        ("infra/image.tf", image),
        ("infra/locals.tf", locals),
        ("infra/src/Dockerfile", PYTHON),
        ("infra/src/app.py", ""),
    ];
    contradiction(&files, &["infra/main.tf:8:15: error[LL204]"], ("infra/main.tf", ", \"x\"", ""));
}

#[test]
fn terraform_in_json() {
    let main = r#"{"resource": {"aws_lambda_function": {"orders": {"package_type": "Image", "timeout": 30,
        "image_uri": "${var.image}", "environment": {"variables": {"AWS_REGION": "${var.region}"}}}}}}"#;
    let finds = ["main.tf.json:2:68: error[LL703]"];
    contradiction(&[("main.tf.json", main)], &finds, ("main.tf.json", "AWS_REGION", "BUCKET_REGION"));
}

#[test]
fn serverless() {
    let service = "service: orders\nframeworkVersion: '4'\nprovider:\n  name: aws\n  ecr:\n    images:\n      app:\n        \
                   path: src\n        platform: linux/amd64\n        provenance: false\nfunctions:\n  orders:\n    image:\n      \
                   name: app\n      entryPoint: app.handler\n";
    let files = [("serverless.yml", service), ("src/Dockerfile", PYTHON), ("src/app.py", "")];
    contradiction(&files, &["serverless.yml:15:19: error[LL705]"], ("serverless.yml", "entryPoint", "command"));
}

#[test]
fn workflows_makefiles_and_scripts() {
    let workflow = "on: push\njobs:\n  d:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: aws-actions/amazon-ecr-login@v2\n        \
                    id: ecr\n      - uses: docker/build-push-action@v6\n        with:\n          context: src\n          \
                    push: true\n          provenance: true\n          tags: ${{ steps.ecr.outputs.registry }}/f:1\n";
    let files = [(".github/workflows/d.yml", workflow), ("src/Dockerfile", PYTHON), ("src/app.py", "")];
    let finds = [".github/workflows/d.yml:12:23: warning[LL710]"];
    contradiction(&files, &finds, (".github/workflows/d.yml", "provenance: true", "provenance: false"));
    // The image of something else.
    let web = [files[0], ("src/Dockerfile", "FROM nginx:1.29\nCOPY app.py /srv/\n"), files[2]];
    assert_eq!(Project::new(&web).lines(&[]), [""; 0]);
    let make = "R := 1.dkr.ecr.eu-west-1.amazonaws.com/f\npush:\n\t@docker buildx build --push \\\n\t\t-t $(R):1 src\n";
    let files = [("Makefile", make), files[1], files[2]];
    contradiction(&files, &["Makefile:3:3: warning[LL710]"], ("Makefile", "--push", "--push --provenance=false"));
    let script = make.split_once("\t@").unwrap().1.replace("$(R)", "$R.dkr.ecr.$Z.amazonaws.com/f");
    let files = [("deploy.sh", script.as_str()), files[1], files[2]];
    let project = Project::new(&files);
    let human = String::from_utf8(project.run(&["."]).stdout).unwrap();
    assert!(human.contains("\n1 warning in 1 Dockerfile and 1 script\n"), "{human}");
    let json: Value = serde_json::from_slice(&project.run(&["--format", "json"]).stdout).unwrap();
    assert_eq!(json["subjects"][0]["kind"], "script");
    contradiction(&files, &["deploy.sh:1:1: warning[LL710]"], ("deploy.sh", "--push", "--push --provenance=false"));
}

#[test]
fn pulumi() {
    let program = "name: job\nruntime: yaml\nresources:\n  fn:\n    type: aws:lambda:Function\n    properties:\n      \
                   role: ${role.arn}\n      handler: main.handler\n      imageUri: ${repo.repositoryUrl}:v1\n      \
                   packageType: Image\n";
    let mended = ("Pulumi.yaml", "      handler: main.handler\n", "");
    contradiction(&[("Pulumi.yaml", program)], &["Pulumi.yaml:8:7: error[LL701]"], mended);
}

#[test]
fn functions_beyond_a_bound_are_told_and_not_judged() {
    use std::fmt::Write as _;
    let mut template = "Transform: AWS::Serverless-2016-10-31\nResources:\n".to_owned();
    for at in 0..100 {
        write!(
            template,
            "  F{at}:\n    Type: AWS::Serverless::Function\n    Properties:\n      PackageType: Image\n      Timeout: 9\n      \
             ImageConfig: {{Command: [app.handler, '{at}']}}\n    Metadata: {{Dockerfile: Dockerfile, DockerContext: src}}\n"
        )
        .unwrap();
    }
    let project = Project::new(&[("template.yaml", &template), ("src/Dockerfile", PYTHON), ("src/app.py", "")]);
    assert_eq!(project.lines(&[]).len(), 64);
    let output = project.run(&["--verbose"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("src/Dockerfile: 36 functions were not checked"), "{said}");
}

#[test]
fn comments_silence_rules_in_yaml_and_hcl() {
    let yaml =
        SAM.replace("      Timeout: 30\n", "      # lamblint: ignore=LL708 -- on purpose\n      Timeout: 3000\n");
    let files = [("template.yaml", yaml.as_str()), ("src/Dockerfile", PYTHON), ("src/app.py", "")];
    assert_eq!(Project::new(&files).lines(&[]), [""; 0]);
    let file = format!("# lamblint: ignore-file=LL708\n{}", SAM.replace("Timeout: 30", "Timeout: 3000"));
    assert_eq!(Project::new(&[("template.yaml", &file), files[1], files[2]]).lines(&[]), [""; 0]);
    let unused = SAM.replace("      Timeout: 30\n", "      Timeout: 30 # lamblint: ignore=LL708, LL202\n");
    let found = Project::new(&[("template.yaml", &unused), files[1], files[2]]).lines(&[]);
    assert!(
        matches!(found.as_slice(), [one] if one.contains("LL003") && one.contains("template.yaml:7:19")),
        "{found:#?}"
    );
    let hcl = "# lamblint: ignore=LL716 -- the library wants it\nresource \"aws_lambda_function\" \"f\" {\n  package_type = \"Image\"\n  \
               image_uri = var.image\n  timeout = 30\n  environment {\n    variables = {\n      A = 1\n    }\n  }\n}\n";
    assert_eq!(Project::new(&[("main.tf", hcl)]).lines(&[]), [""; 0]);
    // One in the Dockerfile silences what has a label there.
    let dockerfile = format!("# lamblint: ignore=LL707 -- emulated\n{}", PYTHON.replace(":3.13", ":3.13-x86_64"));
    assert_eq!(Project::new(&[("template.yaml", SAM), ("src/Dockerfile", &dockerfile), files[2]]).lines(&[]), [""; 0]);
}

#[test]
fn a_baseline_knows_findings_of_templates() {
    let template = SAM.replace("Timeout: 30", "Timeout: 3000");
    let files = [("template.yaml", template.as_str()), ("src/Dockerfile", PYTHON), ("src/app.py", "")];
    let project = Project::new(&files);
    let written = Command::new(env!("CARGO_BIN_EXE_lamblint"))
        .args(["baseline", "--select", "lambda", "--output", "base.json"])
        .current_dir(project.0.path())
        .output()
        .unwrap();
    assert!(written.status.success());
    project.write("template.yaml", &format!("# moved\n\n{template}"));
    assert_eq!(project.lines(&["--baseline", "base.json"]), [""; 0]);
}

#[test]
fn the_template_above_a_dockerfile_decides() {
    let no_command = "FROM public.ecr.aws/lambda/python:3.13\nCOPY app.py ./\n";
    let template = SAM.replace("[arm64]", "[x86_64]");
    let files = [("template.yaml", template.as_str()), ("src/Dockerfile", no_command), ("src/app.py", "")];
    let project = Project::new(&files);
    let found = project.lines(&["src/Dockerfile"]);
    assert!(matches!(found.as_slice(), [one] if one.contains("error[LL202]")), "{found:#?}");
    let command = template.replace("      Timeout", "      ImageConfig: {Command: [app.handler]}\n      Timeout");
    project.write("template.yaml", &command);
    assert_eq!(project.lines(&["src/Dockerfile"]), [""; 0]);
    let unknown = template.replace("      Timeout", "      ImageConfig: {Command: [!Ref Handler]}\n      Timeout");
    project.write("template.yaml", &unknown);
    assert_eq!(project.lines(&["src/Dockerfile"]), [""; 0]);
    // A template elsewhere is named by lamblint.toml.
    project.write("elsewhere/service.yaml", &command.replace("DockerContext: src", "DockerContext: ../src"));
    std::fs::remove_file(project.0.path().join("template.yaml")).unwrap();
    assert_eq!(project.lines(&["src/Dockerfile"]).len(), 1);
    project.write("lamblint.toml", "[[paths]]\nfiles = [\"src/**\"]\ntemplate = \"elsewhere/service.yaml\"\n");
    assert_eq!(project.lines(&["src/Dockerfile"]), [""; 0]);
}

#[test]
fn compose_and_bake_name_the_build_context_and_nothing_else() {
    let dockerfile = "FROM public.ecr.aws/lambda/python:3.13\nCOPY app.py gone.py ./\nCMD [\"app.handler\"]\n";
    let compose =
        "services:\n  f:\n    build:\n      context: .\n      dockerfile: docker/Dockerfile\n    command: [a, b]\n";
    let bake = "target \"f\" {\n  context = \".\"\n  dockerfile = \"docker/Dockerfile\"\n}\n";
    for (name, text) in [("compose.yaml", compose), ("docker-bake.hcl", bake)] {
        let files = [(name, text), ("docker/Dockerfile", dockerfile), ("app.py", "def handler(a, b):\n    pass\n")];
        let finds = ["docker/Dockerfile:2:13: warning[LL805]"];
        contradiction(&files, &finds, ("docker/Dockerfile", " gone.py", ""));
        // Nothing of what it copies lies beside it, so that its context is elsewhere.
        assert_eq!(Project::new(&files[1..]).lines(&[]), [""; 0]);
    }
}

#[test]
fn a_program_near_a_dockerfile_may_give_the_command() {
    let program = "code=_lambda.DockerImageCode.from_image_asset(\"..\", cmd=[\"app.handler\"])\n";
    let dockerfile = "FROM public.ecr.aws/lambda/python:3.13\nCOPY app.py ./\n";
    let files = [("api/Dockerfile", dockerfile), ("api/app.py", ""), ("infra/stack.py", program)];
    let project = Project::new(&files);
    assert_eq!(project.lines(&[]), [""; 0]);
    assert_eq!(project.lines(&["--no-template"]).len(), 1, "LL202");
    project.write("infra/stack.py", &program.replace(", cmd=[\"app.handler\"]", ""));
    assert_eq!(project.lines(&[]).len(), 1, "LL202");
}

#[test]
fn a_template_that_the_user_names_must_be_readable() {
    let main = "resource \"aws_lambda_function\" \"f\" {\n  package_type = \"Image\"\n  image_uri = var.i\n  timeout = 1000\n}\n";
    let files = [
        ("infra/main.tf", main),
        ("infra/bad.tf", "a = {\n  b ==\n"),
        ("api/Dockerfile", PYTHON),
        ("api/app.py", ""),
        ("chart.yaml", "{{- if .Values.x }}\na: b\n"),
        ("empty/x", ""),
        (
            "stack.json",
            "{\"Resources\": {\"F\": {\"Type\": \"AWS::Lambda::Function\", \"Properties\": {\"PackageType\": \"Image\", \"Timeout\": 1000, \"Code\": {\"ImageUri\": {\"Ref\": \"I\"}}}}}}",
        ),
    ];
    let project = Project::new(&files);
    // A folder is a module, whether it was found before or not.
    for args in [
        &["--template", "infra", "api"][..],
        &["--template", "infra/main.tf", "infra"],
        &["--template", "infra", "infra"],
    ] {
        assert_eq!(project.lines(args).len(), 1, "{args:?}");
    }
    for (template, why) in [
        ("infra/bad.tf", "infra/bad.tf: line 2: "),
        ("chart.yaml", "chart.yaml: line 1: "),
        ("nowhere.yaml", "nowhere.yaml: "),
        ("empty", "empty: there is no Terraform in it"),
    ] {
        let output = project.run(&["--template", template, "api"]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.code() == Some(2) && said.contains(why), "{template}: {said}");
    }
    assert_eq!(project.lines(&["stack.json"]).len(), 1);
    // What nobody asked for is left alone.
    assert_eq!(project.lines(&["chart.yaml", "api"]), [""; 0]);
}

#[test]
fn an_image_is_checked_as_its_function_deploys_it() {
    let image = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/example/image.tar");
    let template = "Transform: AWS::Serverless-2016-10-31\nResources:\n  Orders:\n    Type: AWS::Serverless::Function\n    \
                    Properties:\n      PackageType: Image\n      Timeout: 30\n      ImageUri: ./image.tar\n      \
                    Architectures: [arm64]\n      ImageConfig:\n        WorkingDirectory: /nowhere\n";
    let project = Project::new(&[("template.yaml", template)]);
    std::fs::copy(image, project.0.path().join("image.tar")).unwrap();
    let has = |args: &[&str], code: &str| project.lines(args).iter().any(|line| line.contains(code));
    // The template takes the archive along, and the archive finds the template above it.
    for args in [&["template.yaml"], &["image.tar"]] {
        assert!(has(args, "[LL707]") && has(args, "[LL217]"), "{:#?}", project.lines(args));
    }
    assert!(!has(&["--no-template", "image.tar"], "[LL707]"));
    // Where the template does not name the archive, the user does.
    project.write("template.yaml", &template.replace("      ImageUri: ./image.tar\n", "      ImageUri: !Ref Image\n"));
    assert!(!has(&["image.tar"], "[LL707]"));
    assert!(has(&["--function", "Orders", "image.tar"], "[LL707]"));
}
