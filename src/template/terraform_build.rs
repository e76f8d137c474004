//! How a Terraform module builds images: resources of the Docker provider, the module docker-build, and what SAM reads.

use super::hcl::{Block, Evaluator};
use super::value::{self, Text, Value};
use super::{ImageBuild, Tool};
use crate::diagnostic::Location;
use crate::launch::Setting;

/// The builds of a module.
pub(super) struct Builds {
    /// By what refers to them: `docker_image.app`, `module.build`.
    named: Vec<(String, ImageBuild)>,
    /// By the function that SAM's metadata names.
    for_sam: Vec<(String, ImageBuild)>,
}

impl Builds {
    pub(super) fn of(blocks: &[Block], evaluator: &Evaluator) -> Self {
        let mut builds = Self { named: Vec::new(), for_sam: Vec::new() };
        for block in blocks {
            let labels: Vec<&str> = block.labels.iter().map(String::as_str).collect();
            match (block.kind.as_str(), labels.as_slice()) {
                ("resource", [kind @ ("docker_image" | "docker_registry_image"), name]) => {
                    if let Some(build) = docker_image(block) {
                        builds.named.push((format!("{kind}.{name}"), build));
                    }
                }
                ("module", [name]) => {
                    if let Some(build) = docker_build(block) {
                        builds.named.push((format!("module.{name}"), build));
                    }
                }
                ("resource", ["null_resource" | "terraform_data", name]) if name.starts_with("sam_metadata_") => {
                    builds.for_sam.extend(sam_metadata(block, evaluator));
                }
                _ => {}
            }
        }
        // `docker_registry_image` pushes the image that its name refers to.
        for block in
            blocks.iter().filter(|block| block.labels.first().is_some_and(|kind| kind == "docker_registry_image"))
        {
            let Some(build) = block.body.get("name").and_then(|name| builds.referred_to(evaluator, name.place)) else {
                continue;
            };
            builds.named.push((block.labels.join("."), build));
        }
        builds
    }

    /// The build that the expression at a place refers to.
    pub(super) fn referred_to(&self, evaluator: &Evaluator, place: Location) -> Option<ImageBuild> {
        let references = evaluator.references.borrow();
        let mut here = references.iter().filter(|(at, _)| at.doc == place.doc && place.span.contains(at.span));
        here.find_map(|(_, reference)| {
            let of = |name: &str| reference.strip_prefix(name).is_some_and(|rest| rest.starts_with('.'));
            self.named.iter().find(|(name, _)| of(name)).map(|(_, build)| build.clone())
        })
    }

    /// The build that SAM's metadata has for a function.
    pub(super) fn named_by_sam(&self, id: &str) -> Option<ImageBuild> {
        self.for_sam.iter().find(|(name, _)| name == id).map(|(_, build)| build.clone())
    }
}

/// `docker_image` with a `build` block, of the provider kreuzwerker/docker.
fn docker_image(block: &Block) -> Option<ImageBuild> {
    let build = block.body.get("build")?;
    let get = |key: &str| build.get(key);
    let mut image = ImageBuild::by(Tool::Terraform, build.place);
    image.context = value::string(get("context").as_ref());
    image.dockerfile = or_default(value::string(get("dockerfile").as_ref()), build.place);
    image.target = value::string(get("target").as_ref());
    image.platform = value::string(get("platform").as_ref());
    if let (Setting::Unset, Some(place)) = (&image.platform, block.body.get("platform").map(|value| value.place)) {
        // That of the image is for what is pulled; what it means for the build depends on the provider's version.
        image.platform = Setting::Unknown(place);
    }
    image.set_args(get("build_args").or_else(|| get("build_arg")).as_ref());
    Some(image)
}

/// The module docker-build of terraform-aws-modules/lambda.
fn docker_build(block: &Block) -> Option<ImageBuild> {
    let get = |key: &str| block.body.get(key);
    get("source").and_then(|source| source.scalar()).filter(|source| source.contains("modules/docker-build"))?;
    let mut image = ImageBuild::by(Tool::Terraform, block.body.place);
    image.context = value::string(get("source_path").as_ref());
    image.dockerfile = match value::text(get("docker_file_path").as_ref()) {
        Setting::Set(path, place) | Setting::Inherited(path, place) => {
            from_context(&path, &image.context).map_or(Setting::Unknown(place), |path| Setting::Set(path, place))
        }
        Setting::Unset => or_default(Setting::Unset, block.body.place),
        Setting::Unknown(place) => Setting::Unknown(place),
    };
    image.target = value::string(get("build_target").as_ref());
    image.platform = value::string(get("platform").as_ref());
    image.set_args(get("build_args").as_ref());
    Some(image)
}

/// The path of a Dockerfile that may also be written from where Terraform runs.
fn from_context(path: &Text, context: &Setting<String>) -> Option<String> {
    let path = path.known()?;
    let context = context.value().map(|context| context.trim_end_matches('/'));
    let below = context.and_then(|context| path.strip_prefix(context)?.strip_prefix('/'));
    Some(below.unwrap_or(path).to_owned())
}

/// What SAM's Terraform hook reads: `null_resource.sam_metadata_…` with triggers.
fn sam_metadata(block: &Block, evaluator: &Evaluator) -> Option<(String, ImageBuild)> {
    let triggers = block.body.get("triggers").or_else(|| block.body.get("triggers_replace"))?;
    let name = triggers.get("resource_name")?;
    let literal = name.scalar();
    let function = literal.or_else(|| {
        let references = evaluator.references.borrow();
        let here = references.iter().find(|(at, _)| at.doc == name.place.doc && name.place.span.contains(at.span));
        here.map(|(_, reference)| reference.split('.').take(2).collect::<Vec<_>>().join("."))
    })?;
    let get = |key: &str| triggers.get(key);
    let mut image = ImageBuild::by(Tool::Sam, triggers.place);
    image.context = value::string(get("docker_context").as_ref());
    image.dockerfile = or_default(value::string(get("docker_file").as_ref()), triggers.place);
    image.target = value::string(get("docker_build_target").as_ref());
    // They are the JSON of a map.
    image.args_open = get("docker_build_args").is_some_and(|args: Value| !args.is_absent());
    Some((function, image))
}

fn or_default(dockerfile: Setting<String>, place: Location) -> Setting<String> {
    if dockerfile == Setting::Unset { Setting::Inherited("Dockerfile".to_owned(), place) } else { dockerfile }
}
