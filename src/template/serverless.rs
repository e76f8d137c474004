//! The Serverless Framework, v2 to v4: `functions` of serverless.yml, with `provider` below them.

use super::image_uri::{Fault, Image};
use super::intrinsics::Evaluator;
use super::limits::MAX_FUNCTIONS;
use super::lower;
use super::value::{self, Key, Kind, Map, Value};
use super::{Function, Gateway, ImageBuild, Language, Misplaced, Named, Package, Tool};
use crate::launch::Setting;
use crate::yaml::Node;

/// Plugins that leave `image` and what is said beside it alone. Any other may rewrite the file.
const HARMLESS: &[&str] = &[
    "serverless-api-gateway-caching",
    "serverless-apigw-binary",
    "serverless-better-credentials",
    "serverless-domain-manager",
    "serverless-dotenv-plugin",
    "serverless-dynamodb-local",
    "serverless-esbuild",
    "serverless-iam-roles-per-function",
    "serverless-lift",
    "serverless-localstack",
    "serverless-offline",
    "serverless-offline-sqs",
    "serverless-plugin-canary-deployments",
    "serverless-plugin-lambda-dead-letter",
    "serverless-plugin-log-retention",
    "serverless-plugin-resource-tagging",
    "serverless-plugin-split-stacks",
    "serverless-plugin-tracing",
    "serverless-plugin-typescript",
    "serverless-plugin-warmup",
    "serverless-prune-plugin",
    "serverless-pseudo-parameters",
    "serverless-python-requirements",
    "serverless-s3-sync",
    "serverless-step-functions",
    "serverless-webpack",
    "serverless-wsgi",
];

/// The limits of the framework's own defaults.
const DEFAULT_MEMORY: u64 = 1024;
const DEFAULT_TIMEOUT: u64 = 6;

/// What is said for all functions.
struct Provider {
    value: Value,
    /// `false` if a plugin may rewrite the file.
    sure: bool,
    version: Option<u32>,
}

/// Reads the functions of a service; `None` if the tree is not one.
pub(super) fn functions(root: &Node, evaluator: Evaluator) -> Option<Vec<Function>> {
    root.get("service")?;
    let functions = root.get("functions")?;
    let mut value = root.get("provider").map(|node| evaluator.value(node))?;
    // The framework deploys to other clouds too.
    let cloud = value.scalar().or_else(|| value.get("name")?.scalar());
    if cloud.is_some_and(|cloud| cloud != "aws") {
        return Some(Vec::new());
    }
    value.inherit();
    let version = root.get("frameworkVersion").and_then(Node::text);
    let provider = Provider { value, sure: is_untouched(root), version: version.and_then(major) };
    let one = |(key, node): &(Node, Node)| function(&provider, evaluator, key, node);
    Some(match &functions.kind {
        crate::yaml::Kind::Map(entries) => entries.iter().filter_map(one).take(MAX_FUNCTIONS).collect(),
        // A list of maps, often one file each.
        crate::yaml::Kind::List(list) => {
            list.iter().filter_map(Node::entries).flatten().filter_map(one).take(MAX_FUNCTIONS).collect()
        }
        crate::yaml::Kind::Scalar { .. } => Vec::new(),
    })
}

/// `true` if no plugin may rewrite the functions.
fn is_untouched(root: &Node) -> bool {
    let plugins = match root.get("plugins").map(|node| (node, &node.kind)) {
        None => return true,
        Some((_, crate::yaml::Kind::List(list))) => list,
        Some((node, crate::yaml::Kind::Map(_))) => match node.get("modules").map(|node| &node.kind) {
            Some(crate::yaml::Kind::List(list)) => list,
            _ => return false,
        },
        Some((node, _)) => return node.is_null(),
    };
    plugins.iter().all(|plugin| plugin.text().is_some_and(|name| HARMLESS.contains(&name)))
}

/// The major version that a range such as `^3` or `>=3.1.0 <4` admits.
fn major(range: &str) -> Option<u32> {
    let digits = range.trim_start_matches(|c: char| !c.is_ascii_digit());
    digits.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

fn function(provider: &Provider, evaluator: Evaluator, key: &Node, node: &Node) -> Option<Function> {
    let (id, value) = (key.text()?, evaluator.value(node));
    let map = value.map()?;
    let mut function = Function::named(id, Language::Serverless, evaluator.place(key));
    let image = map.get("image").filter(|image| !image.is_absent())?;
    let own = |key: &str| map.get(key).cloned();
    let or_provider = |key: &str| own(key).or_else(|| provider.value.get(key));
    function.sure = provider.sure && !map.open;
    // The framework sets the package type itself.
    function.package = Setting::Inherited(Package::Image, image.place);
    function.name = value::string(own("name").as_ref());
    let within = |key: &str| image.map().and_then(|map| map.get(key));
    function.command = lower::command(within("command"));
    function.entrypoint = lower::command(within("entryPoint"));
    function.workdir = value::string(within("workingDirectory"));
    function.architectures = value::strings(or_provider("architecture").as_ref());
    function.memory = value::number(or_provider("memorySize").as_ref());
    function.managed = lower::presence(own("capacityProvider").as_ref());
    if function.memory == Setting::Unset && function.managed == Setting::Unset {
        function.memory = Setting::Inherited(DEFAULT_MEMORY, function.place);
    }
    function.timeout = value::number(or_provider("timeout").as_ref());
    if function.timeout == Setting::Unset {
        function.timeout = Setting::Inherited(DEFAULT_TIMEOUT, function.place);
    }
    function.storage = value::number(own("ephemeralStorageSize").as_ref());
    function.snapstart = value::boolean(own("snapStart").as_ref());
    // It publishes a version with each deployment unless it is told not to.
    function.publishes = match value::boolean(or_provider("versionFunctions").as_ref()) {
        Setting::Unset => Setting::Inherited(true, function.place),
        Setting::Set(false, _) | Setting::Inherited(false, _) => Setting::Unset,
        publishes => publishes,
    };
    function.vpc = lower::presence(or_provider("vpc").as_ref());
    function.mounts = lower::mounts(own("fileSystemConfig").as_ref(), "localMountPath", "arn");
    function.region = value::string(provider.value.get("region").as_ref());
    let environment = own("environment");
    function.set_env(environment.as_ref());
    let inherited = provider.value.get("environment");
    let mut below = Function::named(id, Language::Serverless, function.place);
    below.set_env(inherited.as_ref());
    function.env_open |= below.env_open;
    let own_names: Vec<String> = function.env.iter().map(|variable| variable.name.text.clone()).collect();
    function.env.extend(below.env.into_iter().filter(|variable| !own_names.contains(&variable.name.text)));
    function.set_zip_only(map, &["handler", "runtime", "layers"]);
    if map.get("layers").is_none()
        && let Some(of_provider) = provider.value.map()
    {
        function.set_zip_only(of_provider, &["layers"]);
    }
    function.gateway = gateway(own("events").as_ref());
    function.misplaced = misplaced(map);
    (function.image, function.build) = image_of(provider, image);
    Some(function)
}

/// The image that a function names, and how it is built.
fn image_of(provider: &Provider, image: &Value) -> (Image, Option<ImageBuild>) {
    let named = match &image.kind {
        Kind::Map(map) => match (map.get("uri"), map.get("name")) {
            (Some(uri), None) => return (lower::image(Some(uri)), None),
            (None, Some(name)) => name,
            (Some(_), Some(name)) => {
                let fault = Fault {
                    message: "image has both name and uri".to_owned(),
                    label: "the framework refuses both".to_owned(),
                    help: "keep one of them".to_owned(),
                    place: name.place,
                };
                return (Image::Faulty(fault), None);
            }
            (None, None) if map.open => return (Image::Unknown { place: image.place, present: true }, None),
            (None, None) => {
                let fault = Fault {
                    message: "image has neither name nor uri".to_owned(),
                    label: "the framework accepts only one of them".to_owned(),
                    help: "add name, with the image under provider.ecr.images, or uri".to_owned(),
                    place: image.place,
                };
                return (Image::Faulty(fault), None);
            }
        },
        _ => image,
    };
    let Some(name) = named.scalar() else { return (lower::image(Some(named)), None) };
    // What has a slash or an at sign is a URI, as the framework's own pattern says.
    if name.contains(['/', '@']) {
        return (lower::image(Some(named)), None);
    }
    let images = provider.value.at(&["ecr", "images"]);
    let defined = match images.as_ref().map(|images| &images.kind) {
        Some(Kind::Map(map)) => map.entry(&name).map(|(_, value)| value.clone()).ok_or(map.open),
        Some(Kind::Unknown | Kind::Present) => Err(true),
        _ => Err(false),
    };
    match defined {
        Ok(value) => defined_image(provider, &name, named, &value),
        Err(true) => (Image::Named(name, named.place), None),
        Err(false) => {
            let known = images.as_ref().and_then(Value::map).map(|map| map.entries.as_slice()).unwrap_or_default();
            let names = known.iter().map(|(key, _)| key.text.as_str());
            let help = match crate::suggest::nearest(&name, names) {
                Some(near) => format!("write {near}"),
                None => format!("define {name} under provider.ecr.images"),
            };
            let fault = Fault {
                message: format!("provider.ecr.images does not define the image {name}"),
                label: "the framework looks for it there".to_owned(),
                help,
                place: named.place,
            };
            (Image::Faulty(fault), None)
        }
    }
}

/// An image of `provider.ecr.images`: a folder, a URI, or a map.
fn defined_image(provider: &Provider, name: &str, named: &Value, value: &Value) -> (Image, Option<ImageBuild>) {
    let image = Image::Named(name.to_owned(), named.place);
    let mut build = ImageBuild::by(Tool::Serverless, value.place);
    match &value.kind {
        Kind::Text(text) if text.known().is_some_and(|text| text.contains(".dkr.ecr")) => {
            return (lower::image(Some(value)), None);
        }
        Kind::Text(_) => build.context = value::string(Some(value)),
        Kind::Map(map) => match (map.get("uri"), map.get("path")) {
            (Some(uri), None) => return (lower::image(Some(uri)), None),
            (Some(_), Some(path)) => {
                let fault = Fault {
                    message: format!("the image {name} has both uri and path"),
                    label: "the framework refuses both".to_owned(),
                    help: "keep uri for an image that is there, path for one to build".to_owned(),
                    place: path.place,
                };
                return (Image::Faulty(fault), None);
            }
            (None, None) if map.open => return (image, None),
            (None, None) => {
                let fault = Fault {
                    message: format!("the image {name} has neither uri nor path"),
                    label: "the framework accepts only one of them".to_owned(),
                    help: "add path with the folder of the Dockerfile".to_owned(),
                    place: value.place,
                };
                return (Image::Faulty(fault), None);
            }
            (None, Some(path)) => {
                build.context = value::string(Some(path));
                build.dockerfile = value::string(map.get("file"));
                build.set_args(map.get("buildArgs"));
                build.platform = value::string(map.get("platform"));
                options(&mut build, map);
                build.attestations = attestations(provider, map);
            }
        },
        _ => return (image, None),
    }
    if build.dockerfile == Setting::Unset {
        build.dockerfile = Setting::Inherited("Dockerfile".to_owned(), value.place);
    }
    build.can_switch_attestations = provider.version != Some(3) && provider.version != Some(2);
    (image, Some(build))
}

/// `--target` and `--platform` among `buildOptions` (v4).
fn options(build: &mut ImageBuild, map: &Map) {
    let options = value::strings(map.get("buildOptions"));
    if let Setting::Unknown(place) = options {
        build.target = Setting::Unknown(place);
        build.platform = Setting::Unknown(place);
    }
    let words = options.value().map(Vec::as_slice).unwrap_or_default();
    for (at, word) in words.iter().enumerate() {
        for (flag, setting) in [("--target", &mut build.target), ("--platform", &mut build.platform)] {
            let value = match word.text.strip_prefix(flag) {
                Some("") => words.get(at + 1).map(|next| next.text.clone()),
                Some(rest) => rest.strip_prefix(['=', ' ']).map(str::to_owned),
                None => None,
            };
            if let Some(value) = value {
                *setting = Setting::Set(value, word.place);
            }
        }
    }
}

/// Whether BuildKit adds attestations. Only v4 can switch them off, with `provenance`.
fn attestations(provider: &Provider, map: &Map) -> Setting<bool> {
    let Some((key, value)) = map.entry("provenance") else { return Setting::Unset };
    match (value.scalar().as_deref(), provider.version) {
        // v3 does not know the key, and says so in a warning at most.
        (Some(_), Some(2 | 3)) => Setting::Set(true, key.place),
        (Some("false"), _) => Setting::Set(false, value.place),
        (Some(_), _) => Setting::Set(true, value.place),
        (None, _) => Setting::Unknown(value.place),
    }
}

/// The API that invokes a function, if its events are of APIs alone.
fn gateway(events: Option<&Value>) -> Option<Gateway> {
    let Kind::List(events) = &events?.kind else { return None };
    let one = |event: &Value| match event.map()?.entries.as_slice() {
        [(Key { text, place }, _)] if text == "http" => Some(Gateway { kind: "REST API", seconds: 29, place: *place }),
        [(Key { text, place }, _)] if text == "httpApi" => {
            Some(Gateway { kind: "HTTP API", seconds: 30, place: *place })
        }
        _ => None,
    };
    let gateways: Option<Vec<Gateway>> = events.iter().map(one).collect();
    gateways?.into_iter().max_by_key(|gateway| gateway.seconds)
}

/// Overrides beside `image`, where the framework does not read them.
fn misplaced(map: &Map) -> Vec<Misplaced> {
    const KEYS: &[&str] = &["command", "entryPoint", "entrypoint", "workingDirectory", "image_config", "imageConfig"];
    let here = map.entries.iter().filter(|(key, value)| KEYS.contains(&key.text.as_str()) && !value.is_absent());
    let one =
        |key: &Key| Misplaced { key: Named { name: key.text.clone(), place: key.place }, belongs: "image".to_owned() };
    here.map(|(key, _)| one(key)).collect()
}
