//! LL321 module-format-mismatch.

use crate::diagnostic::Finding;
use crate::image::{Facet, Image, Resolution};
use crate::launch::{HandlerFile, Language, Launch};
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL321-module-format-mismatch.md"), check: Check::Launch(check) };

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    let (Some(image), Some(file)) = (launch.image, launch.handler_file()) else { return };
    let Some(found) = file.found.clone() else { return };
    match file.handler.language {
        Language::Node if found.ends_with(".js") && is_old_node(launch, image) => {
            findings.extend(node(launch, image, file, &found));
        }
        Language::Dotnet if found.ends_with(".dll") => findings.extend(dotnet(launch, image, file, &found)),
        _ => {}
    }
}

/// Whether the Node of the image certainly takes `.js` for `CommonJS`.
fn is_old_node(launch: &Launch<'_>, image: &Image) -> bool {
    let tag = launch.base.runtime.and_then(|runtime| runtime.tag.parse::<u32>().ok());
    // Amazon Linux 2 has no Node later than 18.
    let old_system = || image.distribution().is_some_and(|(id, version)| id == "amzn" && version == "2");
    launch.starts_lambda_entrypoint() && tag.map_or_else(old_system, |version| version <= 18)
}

fn text<'a>(image: &'a Image, path: &str) -> Option<std::borrow::Cow<'a, str>> {
    let Resolution::Found(node, _) = image.files.resolve(path) else { return None };
    match node.facet.as_deref()? {
        Facet::Text(text) => Some(String::from_utf8_lossy(text)),
        _ => None,
    }
}

fn node(launch: &Launch<'_>, image: &Image, file: &HandlerFile, found: &str) -> Option<Finding> {
    let code = text(image, found)?;
    let module = |line: &str| {
        let line = line.trim_start();
        let import = line.starts_with("import ") && (line.contains(" from ") || line.contains(['"', '\'']));
        import
            || ["export const ", "export default ", "export async ", "export function ", "export {", "export let "]
                .iter()
                .any(|word| line.starts_with(word))
    };
    if !code.lines().any(module) || code.contains("module.exports") || code.contains("exports.handler") {
        return None;
    }
    // The nearest package.json decides.
    let mut folder = found;
    while let Some((above, _)) = folder.rsplit_once('/') {
        let path = format!("{above}/package.json");
        if matches!(image.files.resolve(&path), Resolution::Found(..)) {
            let package = text(image, &path)?;
            let value: serde_json::Value = serde_json::from_str(&package).ok()?;
            if value["type"].as_str() == Some("module") {
                return None;
            }
            break;
        }
        folder = above;
    }
    Some(
        Finding::new(format!("{found} is an ES module, and Node takes it for CommonJS"))
            .at(file.handler.place, "the handler is in it")
            .at(launch.place_of_file(found), "no package.json says \"type\": \"module\"")
            .help(format!(
                "rename it to {}, or add \"type\": \"module\" to package.json",
                found.replace(".js", ".mjs")
            )),
    )
}

fn dotnet(launch: &Launch<'_>, image: &Image, file: &HandlerFile, found: &str) -> Option<Finding> {
    let stem = found.strip_suffix(".dll")?;
    let missing = ["deps.json", "runtimeconfig.json"]
        .into_iter()
        .find(|ending| !matches!(image.files.resolve(&format!("{stem}.{ending}")), Resolution::Found(..)))?;
    Some(
        Finding::new(format!("{stem}.{missing} is not in the image"))
            .at(file.handler.place, "the runtime reads it first")
            .at(launch.place_of_file(found), "this assembly is there")
            .help("copy the whole output of `dotnet publish`"),
    )
}
