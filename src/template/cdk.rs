//! Output of the CDK: functions and images meet by the hash of an asset.
//!
//! `<Stack>.template.json` is CloudFormation, and the tag of its image URI is a key of `dockerImages` in an
//! `*.assets.json` of the same folder.

use super::image_uri::{Image, Uri};
use super::intrinsics::Evaluator;
use super::value::{self, Value};
use super::{Function, ImageBuild, Tool};
use crate::launch::Setting;
use crate::yaml::Node;

/// The images of one asset manifest.
pub(super) struct Manifest {
    images: Vec<(String, Value)>,
}

impl Manifest {
    /// Reads a manifest; `None` if the tree is not one.
    pub(super) fn of(root: &Node, evaluator: Evaluator) -> Option<Self> {
        let images = root.get("dockerImages")?.entries()?;
        let one = |(key, node): &(Node, Node)| Some((key.text()?.to_owned(), evaluator.value(node)));
        Some(Self { images: images.iter().filter_map(one).collect() })
    }
}

/// Gives each function the build of its asset.
pub(super) fn join(functions: &mut [Function], manifests: &[Manifest]) {
    for function in functions {
        let Image::Uri(text, place) = &function.image else { continue };
        let Some(hash) = Uri::of(text).tag else { continue };
        let mut images = manifests.iter().flat_map(|manifest| &manifest.images);
        let Some((_, image)) = images.find(|(key, _)| key == hash) else { continue };
        let get = |key: &str| image.at(&["source", key]);
        if let Some(archive) = archive(get("executable").as_ref()) {
            function.image = Image::Archive(archive, *place);
            continue;
        }
        let mut build = ImageBuild::by(Tool::Cdk, image.place);
        build.context = value::string(get("directory").as_ref());
        build.dockerfile = value::string(get("dockerFile").as_ref());
        if build.dockerfile == Setting::Unset {
            build.dockerfile = Setting::Inherited("Dockerfile".to_owned(), image.place);
        }
        build.target = value::string(get("dockerBuildTarget").as_ref());
        build.platform = value::string(get("platform").as_ref());
        build.set_args(get("dockerBuildArgs").as_ref());
        function.build = Some(build);
    }
}

/// The archive that a `TarballImageAsset` loads: the last word of its command.
fn archive(command: Option<&Value>) -> Option<String> {
    let words = value::strings(command);
    let last = words.value()?.last()?;
    last.text.ends_with(".tar").then(|| last.text.clone())
}
