//! Whether the runtime can load the handler's file: its format, its version, and what must lie beside it.

use super::{HandlerFile, Language, Launch};
use crate::diagnostic::Location;
use crate::image::{FileContent, Image, Resolution};
use crate::node;
use std::borrow::Cow;

/// The handler's file, which the runtime finds and cannot load.
#[derive(Clone, Debug)]
pub struct UnloadableHandler {
    /// The file.
    pub path: String,
    /// The layer that brings it.
    pub layer: Location,
    /// Where the handler is named.
    pub handler: Location,
    /// Why it cannot be loaded.
    pub why: Unloadable,
}

/// Why a runtime cannot load a file.
#[derive(Clone, Debug)]
pub enum Unloadable {
    /// An ES module that Node takes for `CommonJS`: for sure, or where the image has a bootstrap that says so.
    EsModule { certain: bool },
    /// An assembly without this file beside it.
    Without(String),
    /// A class file of a version for a later Java: that of the file, the Java it needs, and the Java there is.
    NewerJava { version: u16, needs: u16, java: u16 },
}

/// The option of Node that lets it tell ES modules by their text.
const DETECTS: &str = "--experimental-detect-module";

impl Launch<'_> {
    /// The handler's file, if the runtime cannot load it.
    pub fn unloadable_handler(&self) -> Option<UnloadableHandler> {
        let (image, file) = (self.image?, self.handler_file()?);
        let HandlerFile { handler, found: Some(found), .. } = file else { return None };
        let why = match handler.language {
            Language::Node if found.ends_with(".js") => {
                let certain = self.takes_js_for_common(image)?;
                is_es_module(image, found).then_some(Unloadable::EsModule { certain })?
            }
            Language::Dotnet => alone(image, found.strip_suffix(".dll")?)?,
            Language::Java => self.newer_java(image, found)?,
            _ => return None,
        };
        let (handler, layer) = (handler.place, self.place_of_file(found));
        Some(UnloadableHandler { path: found.clone(), layer, handler, why })
    }

    /// Whether the Node of the image certainly takes `.js` for `CommonJS`, or does so on Lambda's present bases; `None`
    /// if it detects the format, or nothing is known.
    fn takes_js_for_common(&self, image: &Image) -> Option<bool> {
        if !self.starts_lambda_entrypoint() {
            return None;
        }
        let tag = self.base.runtime.and_then(|runtime| runtime.tag.parse::<u32>().ok());
        // Amazon Linux 2 has no Node later than 18.
        let old_system = || image.distribution().is_some_and(|(id, version)| id == "amzn" && version == "2");
        match tag {
            Some(22) => {
                // AWS's bootstrap switches the detection of 22 off, unless NODE_OPTIONS has it.
                let options = match self.env("NODE_OPTIONS") {
                    Some(options) => options.value()?.as_str(),
                    None => "",
                };
                (!options.contains(DETECTS)).then_some(false)
            }
            Some(version) => (version <= 18).then_some(true),
            None => old_system().then_some(true),
        }
    }

    fn newer_java(&self, image: &Image, found: &str) -> Option<Unloadable> {
        let Resolution::Found(node, _) = image.files.resolve(found) else { return None };
        let Some(FileContent::Class(version)) = node.facet.as_deref() else { return None };
        let java = self.java_of(image)?;
        // Java 8 is version 52, and each later one is one more.
        let needs = version.saturating_sub(44);
        (needs > java).then_some(Unloadable::NewerJava { version: *version, needs, java })
    }

    /// The Java of an image, by the base's tag or by `/var/lang/release`.
    fn java_of(&self, image: &Image) -> Option<u16> {
        if let Some(runtime) = self.base.runtime {
            return runtime.tag.split('.').next()?.parse().ok();
        }
        let release = text(image, "/var/lang/release")?;
        let version = release.lines().find_map(|line| line.strip_prefix("JAVA_VERSION="))?.trim_matches('"');
        version.strip_prefix("1.").unwrap_or(version).split(['.', '_', '-']).next()?.parse().ok()
    }
}

fn text<'a>(image: &'a Image, path: &str) -> Option<Cow<'a, str>> {
    let Resolution::Found(node, _) = image.files.resolve(path) else { return None };
    match node.facet.as_deref()? {
        FileContent::Text(text) => Some(String::from_utf8_lossy(text)),
        facet if facet.source().is_some() => facet.source().map(String::from_utf8_lossy),
        _ => None,
    }
}

/// Whether a `.js` file has the syntax of an ES module, and no `package.json` says that it is one.
fn is_es_module(image: &Image, found: &str) -> bool {
    let code = text(image, found).map(|code| node::summarise(code.as_bytes()));
    if !code.is_some_and(|code| code.is_module && !code.unread) {
        return false;
    }
    // The nearest package.json decides.
    let mut folder = found;
    while let Some((above, _)) = folder.rsplit_once('/') {
        let path = format!("{above}/package.json");
        if matches!(image.files.resolve(&path), Resolution::Found(..)) {
            let package: Option<serde_json::Value> =
                text(image, &path).and_then(|package| serde_json::from_str(&package).ok());
            return package.is_some_and(|package| package["type"].as_str() != Some("module"));
        }
        folder = above;
    }
    true
}

/// An assembly without the files that the runtime reads first.
fn alone(image: &Image, stem: &str) -> Option<Unloadable> {
    let beside = ["deps.json", "runtimeconfig.json"].map(|ending| format!("{stem}.{ending}"));
    let missing = beside.into_iter().find(|path| !matches!(image.files.resolve(path), Resolution::Found(..)))?;
    Some(Unloadable::Without(missing))
}
