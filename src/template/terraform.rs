//! Terraform and OpenTofu: `aws_lambda_function`, and calls of modules that make one.
//!
//! All files of a folder are one module and are read together.

use super::hcl::{Block, Evaluator};
use super::limits::MAX_FUNCTIONS;
use super::terraform_build::Builds;
use super::value::{self, Key, Kind, Map, Value};
use super::{Function, Image, Language, Package, Push, lower, pipeline};
use crate::diagnostic::{DocumentId, Location};
use crate::launch::Setting;
use crate::yaml::{self, Node};

/// Where the registry, and where its repository, has the module of functions.
const MODULE: &[&str] = &["terraform-aws-modules/lambda/", "terraform-aws-modules/terraform-aws-lambda"];

/// The blocks of a module.
#[derive(Default)]
pub(super) struct Module {
    evaluator: Evaluator,
    blocks: Vec<Block>,
}

/// A file of a module.
pub(super) enum File {
    /// In HCL.
    Hcl(DocumentId, hcl_edit::structure::Body),
    /// In JSON.
    Json(DocumentId, Node),
}

impl Module {
    /// Reads all files of a module, locals first.
    pub(super) fn of(files: &[File]) -> Self {
        let mut module = Self::default();
        for file in files {
            match file {
                File::Hcl(doc, body) => module.evaluator.learn(*doc, body),
                File::Json(doc, root) => {
                    for (key, node) in root.get("locals").and_then(Node::entries).unwrap_or_default() {
                        let value = module.json(*doc, node);
                        module.evaluator.learn_plain(key.text().unwrap_or_default(), value);
                    }
                }
            }
        }
        for file in files {
            match file {
                File::Hcl(doc, body) => {
                    let blocks = module.evaluator.blocks(*doc, body);
                    module.blocks.extend(blocks);
                }
                File::Json(doc, root) => module.json_blocks(*doc, root),
            }
        }
        module
    }

    /// The blocks of a file in JSON: `{"resource": {"aws_lambda_function": {"x": {…}}}}`.
    fn json_blocks(&mut self, doc: DocumentId, root: &Node) {
        for (kind, labels) in [("resource", 2), ("data", 2), ("module", 1), ("provider", 1)] {
            let mut level: Vec<(Vec<String>, &Node, Location)> =
                root.get(kind).map(|node| (Vec::new(), node, Location::new(doc, node.span))).into_iter().collect();
            for _ in 0..labels {
                level = level
                    .into_iter()
                    .flat_map(|(path, node, _)| {
                        let entries = node.entries().unwrap_or_default();
                        entries.iter().map(move |(key, value)| {
                            let path = path.iter().cloned().chain(key.text().map(str::to_owned)).collect();
                            (path, value, Location::new(doc, key.span))
                        })
                    })
                    .collect();
            }
            for (labels, node, place) in level {
                // A block may also be a list of one.
                let nodes = match &node.kind {
                    yaml::Kind::List(list) => list.iter().collect(),
                    _ => vec![node],
                };
                for node in nodes {
                    let body = self.json(doc, node);
                    self.blocks.push(Block { kind: kind.to_owned(), labels: labels.clone(), place, body });
                }
            }
        }
    }

    fn json(&self, doc: DocumentId, node: &Node) -> Value {
        let place = Location::new(doc, node.span);
        let kind = match &node.kind {
            yaml::Kind::Scalar { text, plain: true } if yaml::is_null(text) => Kind::Absent,
            yaml::Kind::Scalar { text, plain: true } if text == "true" || text == "false" => Kind::Bool(text == "true"),
            yaml::Kind::Scalar { text, plain: true } => Kind::Number(text.clone()),
            yaml::Kind::Scalar { text, .. } => match hcl_edit::parser::parse_template(text) {
                Ok(template) => return self.evaluator.template_value(&template, place),
                Err(_) => Kind::Present,
            },
            yaml::Kind::List(list) => Kind::List(list.iter().map(|node| self.json(doc, node)).collect()),
            yaml::Kind::Map(entries) => {
                let one = |(key, node): &(Node, Node)| {
                    let text = key.text().unwrap_or_default().to_owned();
                    (Key { text, place: Location::new(doc, key.span) }, self.json(doc, node))
                };
                Kind::Map(Map { entries: entries.iter().map(one).collect(), open: false })
            }
        };
        Value::new(kind, place)
    }

    /// The functions of the module.
    pub(super) fn functions(&self) -> Vec<Function> {
        let builds = Builds::of(&self.blocks, &self.evaluator);
        let providers = || self.blocks.iter().filter(|block| block.kind == "provider" && block.labels == ["aws"]);
        let emulated = providers().any(|block| block.body.get("endpoints").is_some());
        let region = providers().find(|block| block.body.get("alias").is_none()).and_then(|b| b.body.get("region"));
        let mut functions = Vec::new();
        for block in &self.blocks {
            let labels: Vec<&str> = block.labels.iter().map(String::as_str).collect();
            let function = match (block.kind.as_str(), labels.as_slice()) {
                ("resource", ["aws_lambda_function", _]) => resource(block),
                ("module", [_]) => match call(block) {
                    Some(function) => function,
                    None => continue,
                },
                _ => continue,
            };
            let mut function = function;
            function.sure &= !emulated;
            // A function may have a Region, or a provider, of its own.
            function.region = match block.body.get("region").or_else(|| block.body.get("provider")) {
                None if block.body.get("providers").is_none() => value::string(region.as_ref()),
                _ => value::string(block.body.get("region").as_ref()),
            };
            // What changes outside of Terraform is not its to follow.
            function.source_hash |= block.body.at(&["lifecycle", "ignore_changes"]).is_some();
            if let Some(place) = function.image.place() {
                function.build = builds.referred_to(&self.evaluator, place);
            }
            if function.build.is_none() {
                function.build = builds.named_by_sam(&function.id);
            }
            function.own_repository = self.own_repository(&function);
            functions.push(function);
            if functions.len() == MAX_FUNCTIONS {
                break;
            }
        }
        functions
    }
}

impl Module {
    /// What commands of the module push, if it deploys images as functions.
    pub(super) fn pushes(&self) -> Vec<Push> {
        let commands = self.blocks.iter().filter_map(|block| block.body.get("provisioner"));
        let commands = commands.flat_map(|provisioner| match provisioner.kind {
            Kind::List(list) => list,
            _ => vec![provisioner],
        });
        let texts = commands.filter_map(|provisioner| match provisioner.get("command")? {
            Value { kind: Kind::Text(text), place, .. } => Some((text.script(), place)),
            _ => None,
        });
        texts.flat_map(|(script, place)| pipeline::of_command(&script, place)).collect()
    }

    /// The repository of this module that the image of a function is in, under a literal tag, if nothing pushes there.
    fn own_repository(&self, function: &Function) -> Option<Location> {
        let Image::Uri(text, place) = &function.image else { return None };
        if !text.tail().starts_with(':') || function.build.is_some() || self.blocks.iter().any(pushes) {
            return None;
        }
        let references = self.evaluator.references.borrow();
        let mut here = references.iter().filter(|(at, _)| at.doc == place.doc && place.span.contains(at.span));
        here.find_map(|(_, reference)| {
            let named = reference.strip_prefix("aws_ecr_repository.")?.split('.').next()?;
            let repository = |block: &&Block| block.labels == ["aws_ecr_repository", named];
            self.blocks.iter().find(repository).map(|block| block.place)
        })
    }
}

/// `true` for what may push an image while Terraform runs.
fn pushes(block: &Block) -> bool {
    let kind = block.labels.first().map(String::as_str).unwrap_or_default();
    kind.starts_with("docker_")
        || block.body.get("provisioner").is_some()
        || ["aws_codebuild_project", "aws_imagebuilder_image", "skopeo_copy"].contains(&kind)
        || block.kind == "module"
            && block
                .body
                .get("source")
                .and_then(|source| source.scalar())
                .is_none_or(|source| ["docker", "image", "build", "ecr"].iter().any(|word| source.contains(word)))
}

/// A value along a path of keys, where a block may be a list of one.
fn at(value: &Value, path: &[&str]) -> Option<Value> {
    let Some((key, rest)) = path.split_first() else { return Some(value.clone()) };
    match &value.kind {
        Kind::List(list) => match list.as_slice() {
            [one] => at(one, path),
            _ => None,
        },
        _ => at(&value.get(key)?, rest),
    }
}

fn resource(block: &Block) -> Function {
    let name = block.labels.last().map(String::as_str).unwrap_or_default();
    let mut function = Function::named(&format!("aws_lambda_function.{name}"), Language::Terraform, block.place);
    let get = |path: &[&str]| at(&block.body, path);
    function.name = value::string(get(&["function_name"]).as_ref());
    function.package = lower::package(get(&["package_type"]).as_ref(), function.place);
    function.image = lower::image(get(&["image_uri"]).as_ref());
    function.command = lower::command(get(&["image_config", "command"]).as_ref());
    function.entrypoint = lower::command(get(&["image_config", "entry_point"]).as_ref());
    function.workdir = value::string(get(&["image_config", "working_directory"]).as_ref());
    function.architectures = value::strings(get(&["architectures"]).as_ref());
    function.memory = value::number(get(&["memory_size"]).as_ref());
    function.timeout = value::number(get(&["timeout"]).as_ref());
    function.storage = value::number(get(&["ephemeral_storage", "size"]).as_ref());
    function.set_env(get(&["environment", "variables"]).as_ref());
    function.snapstart = lower::on(value::string(get(&["snap_start", "apply_on"]).as_ref()));
    function.publishes = truth(value::boolean(get(&["publish"]).as_ref()));
    function.managed = lower::presence(get(&["capacity_provider_config"]).as_ref());
    function.vpc = lower::presence(get(&["vpc_config"]).as_ref());
    function.mounts = lower::mounts(get(&["file_system_config"]).as_ref(), "local_mount_path", "arn");
    function.source_hash = get(&["source_code_hash"]).is_some_and(|value| !value.is_absent());
    if let Some(map) = block.body.map() {
        let names = ["runtime", "handler", "layers", "code_signing_config_arn", "filename", "s3_bucket"];
        function.set_zip_only(map, &names);
    }
    function
}

/// A call of the module of functions, or of one that takes an image URI for anything it makes.
fn call(block: &Block) -> Option<Function> {
    let get = |key: &str| block.body.get(key);
    let source = get("source").and_then(|source| source.scalar())?;
    let known = MODULE.iter().any(|module| source.contains(module));
    // A copy of the module, and its own examples, name it by a path; no other has this argument.
    let copied = source.starts_with('.') && get("create_package").is_some();
    let language = if (known || copied) && !source.contains("//modules/") {
        Language::TerraformModule
    } else if get("image_uri").is_some() && !source.contains("docker-build") {
        Language::OtherModule
    } else {
        return None;
    };
    let name = block.labels.first().map(String::as_str).unwrap_or_default();
    let mut function = Function::named(&format!("module.{name}"), language, block.place);
    function.sure = language == Language::TerraformModule;
    let package = get("package_type");
    function.package = match (&package, language) {
        (None, Language::OtherModule) => Setting::Unknown(block.place),
        _ => lower::package(package.as_ref(), function.place),
    };
    function.name = value::string(get("function_name").as_ref());
    function.image = lower::image(get("image_uri").as_ref());
    function.command = lower::command(get("image_config_command").as_ref());
    function.entrypoint = lower::command(get("image_config_entry_point").as_ref());
    function.workdir = value::string(get("image_config_working_directory").as_ref());
    function.architectures = value::strings(get("architectures").as_ref());
    function.memory = value::number(get("memory_size").as_ref());
    function.timeout = value::number(get("timeout").as_ref());
    function.storage = value::number(get("ephemeral_storage_size").as_ref());
    function.set_env(get("environment_variables").as_ref());
    // The module publishes whenever SnapStart is on.
    function.snapstart = truth(value::boolean(get("snap_start").as_ref()));
    function.publishes = if function.snapstart == Setting::Unset {
        truth(value::boolean(get("publish").as_ref()))
    } else {
        function.snapstart.clone()
    };
    function.vpc = lower::presence(get("vpc_subnet_ids").as_ref());
    if let Some(path) = get("file_system_local_mount_path").filter(|path| !path.is_absent()) {
        function.mounts.push(super::Mount { path: value::string(Some(&path)), efs: true, place: path.place });
    }
    if let Some(map) = block.body.map() {
        // Handler and runtime reach a zip function only: the module leaves them out.
        function.set_zip_only(map, &["layers", "code_signing_config_arn"]);
    }
    let makes = |key: &str| value::boolean(get(key).as_ref());
    let decided = |key: &str| matches!(makes(key), Setting::Unset | Setting::Set(true, _));
    function.packs_zip = function.package.set().is_some_and(|(package, _)| *package == Package::Image)
        && decided("create")
        && decided("create_function")
        && decided("create_package");
    Some(function)
}

/// A literal `false` is the default.
fn truth(setting: Setting<bool>) -> Setting<bool> {
    match setting {
        Setting::Set(false, _) | Setting::Inherited(false, _) => Setting::Unset,
        setting => setting,
    }
}
