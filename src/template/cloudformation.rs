//! CloudFormation and AWS SAM: functions among `Resources`, with SAM's `Globals` merged in.

use super::image_uri::Image;
use super::intrinsics::Evaluator;
use super::limits::MAX_FUNCTIONS;
use super::lower;
use super::value::{self, Kind, Map, Value};
use super::{Function, Gateway, ImageBuild, Language, Misplaced, Named, OddKey, Tool};
use crate::launch::Setting;
use crate::yaml::Node;

/// Properties that SAM does not take from `Globals.Function`.
const NOT_GLOBAL: &[&str] = &["PackageType", "ImageUri", "ImageConfig"];

/// What SAM, and the .NET tools after it, read of a resource's `Metadata`.
const BUILD_KEYS: &[&str] = &[
    "Dockerfile",
    "DockerContext",
    "DockerTag",
    "DockerImage",
    "DockerBuildTarget",
    "DockerBuildArgs",
    "DockerBuildExtraParams",
];

/// Reads the functions of a template; `None` if the tree is not one.
pub(super) fn functions(root: &Node, evaluator: Evaluator) -> Option<Vec<Function>> {
    let resources = root.get("Resources")?.entries()?;
    let globals = root.get("Globals").and_then(|globals| globals.get("Function")).map(|node| {
        let mut value = evaluator.value(node);
        value.inherit();
        value
    });
    let publishes = resources.iter().any(|(_, node)| kind(node) == Some("AWS::Lambda::Version"));
    let transformed = root.get("Transform").is_some_and(names_sam);
    let mut functions = Vec::new();
    for (key, node) in resources {
        let (Some(id), Some(kind)) = (key.text(), kind(node)) else { continue };
        let language = match kind {
            "AWS::Serverless::Function" => Language::Sam,
            "AWS::Lambda::Function" => Language::CloudFormation,
            _ => continue,
        };
        if functions.len() == MAX_FUNCTIONS {
            break;
        }
        let mut function = Function::named(id, language, evaluator.place(key));
        function.pushed_by_sam |= transformed;
        let own = node.get("Properties").map(|node| evaluator.value(node));
        let empty = || Value::new(Kind::Map(Map::default()), function.place);
        let properties = match (language, &globals) {
            (Language::Sam, Some(globals)) => with_globals(own.unwrap_or_else(empty), globals, node),
            _ => own.unwrap_or_else(empty),
        };
        let metadata = node.get("Metadata").map(|node| evaluator.value(node));
        lower(&mut function, &properties, metadata.as_ref());
        if let Some(build) = function.build.as_mut().filter(|build| build.tool == Tool::Sam) {
            build.odd_keys.extend(attributes(node, evaluator));
        }
        if publishes && function.publishes == Setting::Unset {
            function.publishes = Setting::Unknown(function.place);
        }
        functions.push(function);
    }
    Some(functions)
}

/// `true` if SAM transforms the template, whose own tools then deploy all of it.
fn names_sam(transform: &Node) -> bool {
    match &transform.kind {
        crate::yaml::Kind::List(list) => list.iter().any(names_sam),
        _ => transform.text().is_some_and(|name| name.starts_with("AWS::Serverless")),
    }
}

/// Build arguments whose values are attributes of resources.
fn attributes(resource: &Node, evaluator: Evaluator) -> Vec<(Named, OddKey)> {
    let args = resource.get("Metadata").and_then(|metadata| metadata.get("DockerBuildArgs")).and_then(Node::entries);
    let is = |value: &Node| value.tag.as_deref() == Some("!GetAtt") || value.get("Fn::GetAtt").is_some();
    let attributes = args.into_iter().flatten().filter(|(_, value)| is(value));
    let one = |(key, value): &(Node, Node)| {
        let name = key.text().unwrap_or_default().to_owned();
        (Named { name, place: evaluator.place(value) }, OddKey::Attribute)
    };
    attributes.map(one).collect()
}

fn kind(node: &Node) -> Option<&str> {
    node.get("Type").and_then(Node::text)
}

/// Properties with SAM's globals: maps merge, lists follow each other, and the function's own scalars win.
fn with_globals(own: Value, globals: &Value, node: &Node) -> Value {
    let ignored: Vec<&str> = match node.get("IgnoreGlobals") {
        Some(node) if node.text() == Some("*") => return own,
        Some(node) => match &node.kind {
            crate::yaml::Kind::List(list) => list.iter().filter_map(Node::text).collect(),
            _ => Vec::new(),
        },
        None => Vec::new(),
    };
    let mut globals = globals.clone();
    if let Kind::Map(map) = &mut globals.kind {
        map.entries
            .retain(|(key, _)| !NOT_GLOBAL.contains(&key.text.as_str()) && !ignored.contains(&key.text.as_str()));
    }
    // SAM takes the function's own list here, and joins all other lists.
    if let (Kind::Map(globals), Kind::Map(own)) = (&mut globals.kind, &own.kind) {
        globals.entries.retain(|(key, _)| key.text != "Architectures" || own.get(&key.text).is_none());
    }
    merged(globals, own)
}

fn merged(base: Value, own: Value) -> Value {
    let kind = match (base.kind, own.kind) {
        (Kind::Map(mut base), Kind::Map(own)) => {
            base.open |= own.open;
            for (key, value) in own.entries {
                match base.entries.iter().rposition(|(known, _)| known.text == key.text) {
                    Some(at) => {
                        let (_, known) = base.entries.remove(at);
                        base.entries.push((key, merged(known, value)));
                    }
                    None => base.entries.push((key, value)),
                }
            }
            Kind::Map(base)
        }
        (Kind::List(mut base), Kind::List(own)) => {
            base.extend(own);
            Kind::List(base)
        }
        (_, own) => own,
    };
    Value { place: own.place, inherited: own.inherited, kind }
}

fn lower(function: &mut Function, properties: &Value, metadata: Option<&Value>) {
    let sam = function.language == Language::Sam;
    let get = |path: &[&str]| properties.at(path);
    function.name = value::string(get(&["FunctionName"]).as_ref());
    function.package = lower::package(get(&["PackageType"]).as_ref(), function.place);
    function.image = lower::image(get(if sam { &["ImageUri"] } else { &["Code", "ImageUri"] }).as_ref());
    function.command = lower::command(get(&["ImageConfig", "Command"]).as_ref());
    function.entrypoint = lower::command(get(&["ImageConfig", "EntryPoint"]).as_ref());
    function.workdir = value::string(get(&["ImageConfig", "WorkingDirectory"]).as_ref());
    function.architectures = value::strings(get(&["Architectures"]).as_ref());
    function.memory = value::number(get(&["MemorySize"]).as_ref());
    function.timeout = value::number(get(&["Timeout"]).as_ref());
    function.storage = value::number(get(&["EphemeralStorage", "Size"]).as_ref());
    function.set_env(get(&["Environment", "Variables"]).as_ref());
    function.snapstart = lower::on(value::string(get(&["SnapStart", "ApplyOn"]).as_ref()));
    function.publishes = lower::presence(get(&["AutoPublishAlias"]).as_ref());
    function.managed = lower::presence(get(&["CapacityProviderConfig"]).as_ref());
    function.vpc = lower::presence(get(&["VpcConfig"]).as_ref());
    function.mounts = lower::mounts(get(&["FileSystemConfigs"]).as_ref(), "LocalMountPath", "Arn");
    match &properties.kind {
        Kind::Map(map) => {
            function.set_zip_only(map, &["Runtime", "Handler", "Layers", "CodeSigningConfigArn"]);
            function.misplaced.extend(misplaced(map, sam));
            function.sure &= !map.open;
        }
        _ => function.sure = false,
    }
    if sam {
        function.gateway = gateway(get(&["Events"]).as_ref());
    }
    if let Some(metadata) = metadata {
        function.build = build(metadata);
        function.misplaced.extend(in_metadata(metadata));
    }
    if let (Image::Later(place), None) = (&function.image, &function.build) {
        let mut build = ImageBuild::by(Tool::Dotnet, *place);
        build.context = Setting::Inherited(".".to_owned(), *place);
        build.dockerfile = Setting::Inherited("Dockerfile".to_owned(), *place);
        build.args_open = true;
        function.build = Some(build);
    }
}

/// Keys of a function that do nothing where they stand.
fn misplaced(properties: &Map, sam: bool) -> Vec<Misplaced> {
    const OVERRIDES: &[&str] = &["Command", "EntryPoint", "WorkingDirectory"];
    const OF_FUNCTION: &[&str] =
        &["Timeout", "MemorySize", "Environment", "Architectures", "EphemeralStorage", "PackageType", "ImageUri"];
    let mut found = Vec::new();
    let mut look = |map: &Map, keys: &[&str], belongs: &str| {
        for (key, value) in map.entries.iter().filter(|(key, _)| keys.contains(&key.text.as_str())) {
            if !value.is_absent() {
                let key = Named { name: key.text.clone(), place: key.place };
                found.push(Misplaced { key, belongs: belongs.to_owned() });
            }
        }
    };
    look(properties, OVERRIDES, "Properties.ImageConfig");
    let inner = |name: &str| properties.get(name).and_then(Value::map);
    if let Some(config) = inner("ImageConfig") {
        look(config, OF_FUNCTION, "Properties");
    }
    match inner("Code") {
        Some(code) if sam => look(code, &["ImageUri"], "Properties"),
        _ if !sam => look(properties, &["ImageUri"], "Properties.Code"),
        _ => {}
    }
    found
}

fn in_metadata(metadata: &Value) -> Vec<Misplaced> {
    const KEYS: &[&str] = &["ImageConfig", "Command", "EntryPoint", "WorkingDirectory", "Architectures", "PackageType"];
    let entries = metadata.map().into_iter().flat_map(|map| &map.entries);
    let here = entries.filter(|(key, value)| KEYS.contains(&key.text.as_str()) && !value.is_absent());
    let one = |key: &value::Key| {
        let nested = ["Command", "EntryPoint", "WorkingDirectory"].contains(&key.text.as_str());
        let belongs = if nested { "Properties.ImageConfig" } else { "Properties" };
        Misplaced { key: Named { name: key.text.clone(), place: key.place }, belongs: belongs.to_owned() }
    };
    here.map(|(key, _)| one(key)).collect()
}

/// The API that invokes a function, if its events are of APIs alone.
fn gateway(events: Option<&Value>) -> Option<Gateway> {
    let events = events?.map().filter(|map| !map.open)?;
    let one = |(_, event): &(value::Key, Value)| match event.get("Type")?.scalar()?.as_str() {
        "Api" => Some(Gateway { kind: "REST API", seconds: 29, place: event.place }),
        "HttpApi" => Some(Gateway { kind: "HTTP API", seconds: 30, place: event.place }),
        _ => None,
    };
    let gateways: Option<Vec<Gateway>> = events.entries.iter().map(one).collect();
    gateways?.into_iter().max_by_key(|gateway| gateway.seconds)
}

/// The build that `Metadata` tells SAM of, or the CDK's own notes on an asset.
fn build(metadata: &Value) -> Option<ImageBuild> {
    let map = metadata.map()?;
    let has = |key: &str| map.get(key).is_some_and(|value| !value.is_absent());
    let get = |key: &str| map.get(key);
    if BUILD_KEYS.iter().any(|key| has(key)) || map.entries.iter().any(|(key, _)| misspelt(&key.text).is_some()) {
        let mut build = ImageBuild::by(Tool::Sam, metadata.place);
        build.context = value::string(get("DockerContext"));
        build.dockerfile = value::string(get("Dockerfile"));
        build.target = value::string(get("DockerBuildTarget"));
        build.tag = value::string(get("DockerTag"));
        build.set_args(get("DockerBuildArgs"));
        for (key, _) in &map.entries {
            let named = || Named { name: key.text.clone(), place: key.place };
            if let Some(near) = misspelt(&key.text) {
                build.odd_keys.push((named(), OddKey::Misspelt(near)));
            } else if ["BuildArchitecture", "BuildMethod", "BuildProperties"].contains(&key.text.as_str()) {
                build.odd_keys.push((named(), OddKey::ZipBuild));
            }
        }
        return Some(build);
    }
    let property = value::string(get("aws:asset:property"));
    if has("aws:asset:dockerfile-path") || property.value().is_some_and(|property| property == "Code.ImageUri") {
        let mut build = ImageBuild::by(Tool::Cdk, metadata.place);
        build.context = value::string(get("aws:asset:path"));
        build.dockerfile = value::string(get("aws:asset:dockerfile-path"));
        if build.dockerfile == Setting::Unset {
            build.dockerfile = Setting::Inherited("Dockerfile".to_owned(), metadata.place);
        }
        build.target = value::string(get("aws:asset:docker-build-target"));
        build.set_args(get("aws:asset:docker-build-args"));
        return Some(build);
    }
    None
}

/// The key that a misspelt key of `Metadata` means.
fn misspelt(key: &str) -> Option<&'static str> {
    let about_docker = key.len() > 6 && key.get(..6).is_some_and(|head| head.eq_ignore_ascii_case("docker"));
    if !about_docker || BUILD_KEYS.contains(&key) {
        return None;
    }
    let same = |known: &&&str| known.eq_ignore_ascii_case(&key.replace(['-', '_'], ""));
    BUILD_KEYS.iter().find(same).copied().or_else(|| crate::suggest::nearest(key, BUILD_KEYS.iter().copied()))
}
