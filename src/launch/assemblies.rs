//! Assemblies of a .NET function that its list of dependencies names and that are not in a saved image.

use super::{HandlerFile, Language, Launch};
use crate::diagnostic::Location;
use crate::image::{FileAt, FileContent, Image, Resolution};
use crate::path::file_name;
use serde_json::Value;
use std::borrow::Cow;
use std::collections::BTreeSet;

/// Assemblies that a `.deps.json` lists and that are nowhere.
#[derive(Clone, Debug)]
pub struct AbsentAssemblies {
    /// The list.
    pub list: String,
    /// The layer that brings it.
    pub layer: Location,
    /// Where the handler is named.
    pub handler: Location,
    /// Their file names, in order.
    pub names: Vec<String>,
}

/// Variables that name other folders with assemblies.
const STORES: &[&str] = &["DOTNET_SHARED_STORE", "DOTNET_ADDITIONAL_DEPS", "DOTNET_STARTUP_HOOKS"];

impl Launch<'_> {
    /// Assemblies that the list beside the handler's own names and that no file of the image is called after.
    pub fn absent_assemblies(&self) -> Option<AbsentAssemblies> {
        let (image, file) = (self.image?, self.handler_file()?);
        let HandlerFile { handler, found: Some(found), .. } = file else { return None };
        if handler.language != Language::Dotnet || STORES.iter().any(|name| self.env(name).is_some()) {
            return None;
        }
        let list = format!("{}.deps.json", found.strip_suffix(".dll")?);
        let listed = assemblies(&document(image, &list)?)?;
        // The framework, a layer or a folder of another culture may bring one.
        let there: BTreeSet<Cow<'_, str>> =
            image.files.called(|name| name.ends_with(".dll")).map(FileAt::name).collect();
        let names: Vec<String> = listed.into_iter().filter(|name| !there.contains(name.as_str())).collect();
        let layer = self.place_of_file(&list);
        (!names.is_empty()).then_some(AbsentAssemblies { list, layer, handler: handler.place, names })
    }
}

fn document(image: &Image, path: &str) -> Option<Value> {
    let Resolution::Found(node, _) = image.files.resolve(path) else { return None };
    let Some(FileContent::Text(text)) = node.facet.as_deref() else { return None };
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    serde_json::from_slice(text).ok()
}

/// The assemblies that the host looks for in the task root: those of the target that is started, for any processor it
/// has.
fn assemblies(list: &Value) -> Option<BTreeSet<String>> {
    let target = list["runtimeTarget"]["name"].as_str()?;
    let mut names = BTreeSet::new();
    for library in list["targets"][target].as_object()?.values() {
        for (path, asset) in library["runtime"].as_object().into_iter().flatten() {
            // A package without a file for this framework has `_._`.
            let path = asset["localPath"].as_str().unwrap_or(path);
            names.extend(Some(file_name(path)).filter(|name| name.ends_with(".dll")).map(str::to_owned));
        }
    }
    Some(names)
}

#[cfg(test)]
mod tests {
    use super::assemblies;
    use serde_json::json;

    #[test]
    fn what_the_host_looks_for() {
        let list = json!({
            "runtimeTarget": {"name": ".NETCoreApp,Version=v8.0"},
            "targets": {
                ".NETCoreApp,Version=v6.0": {"Old/1.0.0": {"runtime": {"Old.dll": {}}}},
                ".NETCoreApp,Version=v8.0": {
                    "App/1.0.0": {"dependencies": {"Core": "1.0.0"}, "runtime": {"App.dll": {}}},
                    "Core/1.0.0": {
                        "runtime": {"lib/net8.0/Core.dll": {}, "lib/net8.0/_._": {}},
                        "resources": {"lib/net8.0/de/Core.resources.dll": {"locale": "de"}},
                        "runtimeTargets": {"runtimes/win/lib/net8.0/Core.Win.dll": {"rid": "win"}},
                    },
                    "Moved/1.0.0": {"runtime": {"lib/net10.0/a/Moved.dll": {"localPath": "b/Moved.dll"}}},
                    "Only/1.0.0": {"compile": {"ref/Only.dll": {}}},
                },
            },
        });
        let names: Vec<String> = assemblies(&list).unwrap().into_iter().collect();
        assert_eq!(names, ["App.dll", "Core.dll", "Moved.dll"]);
        assert_eq!(assemblies(&json!({"targets": {"x": {}}})), None);
        assert_eq!(assemblies(&json!([])), None);
    }
}
