//! Pulumi in YAML: `aws:lambda:Function` among `resources`.

use super::intrinsics::Evaluator;
use super::limits::MAX_FUNCTIONS;
use super::lower;
use super::value::{self, Kind};
use super::{Function, Image, Language};
use crate::launch::Setting;
use crate::yaml::Node;

/// Reads the functions of a program; `None` if the tree is not one.
pub(super) fn functions(root: &Node, evaluator: Evaluator) -> Option<Vec<Function>> {
    root.get("runtime")?;
    let resources = root.get("resources")?.entries()?;
    let mut functions = Vec::new();
    for (key, node) in resources.iter().take(MAX_FUNCTIONS) {
        let kind = node.get("type").and_then(Node::text);
        let (Some(id), Some("aws:lambda:Function" | "aws:lambda/function:Function")) = (key.text(), kind) else {
            continue;
        };
        let mut function = Function::named(id, Language::Pulumi, evaluator.place(key));
        let Some(properties) = node.get("properties").map(|node| evaluator.value(node)) else { continue };
        let get = |path: &[&str]| properties.at(path);
        function.name = value::string(get(&["name"]).as_ref());
        function.package = lower::package(get(&["packageType"]).as_ref(), function.place);
        function.image = lower::image(get(&["imageUri"]).as_ref());
        if let Image::Unknown { present, .. } = &mut function.image {
            // What a resource of the program has is there.
            let text = node.get("properties").and_then(|properties| properties.get("imageUri")).and_then(Node::text);
            let name = text.and_then(|text| text.strip_prefix("${")?.split(['.', '[', '}']).next());
            *present |= resources.iter().any(|(key, _)| name.is_some() && key.text() == name);
        }
        function.command = lower::command(get(&["imageConfig", "commands"]).as_ref());
        function.entrypoint = lower::command(get(&["imageConfig", "entryPoints"]).as_ref());
        function.workdir = value::string(get(&["imageConfig", "workingDirectory"]).as_ref());
        function.architectures = value::strings(get(&["architectures"]).as_ref());
        function.memory = value::number(get(&["memorySize"]).as_ref());
        function.timeout = value::number(get(&["timeout"]).as_ref());
        function.storage = value::number(get(&["ephemeralStorage", "size"]).as_ref());
        function.set_env(get(&["environment", "variables"]).as_ref());
        function.vpc = lower::presence(get(&["vpcConfig"]).as_ref());
        function.source_hash = !matches!(value::string(get(&["sourceCodeHash"]).as_ref()), Setting::Unset);
        match &properties.kind {
            Kind::Map(map) => function.set_zip_only(map, &["runtime", "handler", "layers", "codeSigningConfigArn"]),
            _ => function.sure = false,
        }
        functions.push(function);
    }
    Some(functions)
}
