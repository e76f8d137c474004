//! The packages that a saved image has installed for its Node handler, and what each of them needs.

use super::{Lacking, Language, Launch, Setting};
use crate::image::{EntryKind, FileContent, Image, Resolution};
use crate::path::under;
use std::collections::BTreeMap;

/// What a package manager leaves in a `node_modules` that it has filled, and a bundler or tracer does not.
const LISTS: &[&str] = &[".package-lock.json", ".yarn-integrity", ".modules.yaml", ".yarn-state.yml"];
/// Maximum number of folders that are looked at upwards.
const MAX_UP: usize = 64;

impl Launch<'_> {
    /// Packages of Node whose `dependencies` are in no `node_modules` above them.
    pub fn lacking_packages(&self) -> Vec<Lacking> {
        let image = self.image.filter(|image| image.is_whole());
        let node = self.handler().is_some_and(|handler| handler.language == Language::Node);
        let (Some(image), true) = (image, node && self.imports().is_some_and(|closure| closure.open.is_none())) else {
            return Vec::new();
        };
        let elsewhere = self.env("NODE_PATH").and_then(Setting::value).map_or("", String::as_str);
        let mut elsewhere: Vec<&str> = elsewhere.split(':').filter(|folder| folder.starts_with('/')).collect();
        elsewhere.extend(["/opt/nodejs/node_modules", "/var/runtime/node_modules", "/node_modules"]);
        let mut filled: BTreeMap<String, bool> = BTreeMap::new();
        let mut all = Vec::new();
        for file in image.files.told().filter(|file| file.kind == EntryKind::File) {
            let Some(FileContent::Package(package)) = file.facet.as_deref() else { continue };
            let path = file.path();
            let Some(folder) = path.strip_suffix("/package.json") else { continue };
            let Some(root) = folder.split_once("/node_modules/").map(|(root, _)| format!("{root}/node_modules")) else {
                continue;
            };
            // Tools and the runtime are not the function's.
            if ["/var/runtime", "/var/lang", "/usr", "/opt"].iter().any(|base| under(&root, base)) {
                continue;
            }
            if !*filled.entry(root).or_insert_with_key(|root| is_filled(image, root)) {
                continue;
            }
            let there = |name: &String| {
                above(folder)
                    .chain(elsewhere.iter().map(|at| (*at).to_owned()))
                    .any(|modules| !matches!(image.files.resolve(&format!("{modules}/{name}")), Resolution::Missing(_)))
            };
            let needs: Vec<String> = package.dependencies.iter().filter(|name| !there(name)).cloned().collect();
            if !needs.is_empty() {
                let place = self.place_of_file(&path);
                all.push(Lacking { distribution: format!("{} {}", package.name, package.version), needs, place });
            }
        }
        all
    }
}

/// Whether a package manager has filled a folder.
fn is_filled(image: &Image, modules: &str) -> bool {
    LISTS.iter().any(|list| image.files.has(&format!("{modules}/{list}")))
}

/// The folders in which a package finds others.
fn above(folder: &str) -> impl Iterator<Item = String> {
    let folders = std::iter::successors(Some(folder), |at| at.rsplit_once('/').map(|(above, _)| above));
    folders.filter(|at| !at.ends_with("/node_modules")).map(|at| format!("{at}/node_modules")).take(MAX_UP)
}
