//! The modules that a saved image loads with its Node handler.

use super::{Language, Launch, Setting, saved_tree};
use crate::image::{EntryKind, FileContent, Image};
use crate::imports::{Closure, NodeSearch, NodeTree, PackageAt, Source, Stands, Start};
use crate::node::Package;
use crate::path::clean;
use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::BTreeMap;

/// Options of Node that change where modules are looked for.
const CHANGES_PATH: &[&str] =
    &["--require", "-r", "--import", "--loader", "--experimental-loader", "--preserve-symlinks"];

impl Launch<'_> {
    /// The modules that are loaded with the Node handler of a saved image; `None` where that is not known.
    pub(super) fn follow_node(&self, image: &Image) -> Option<Closure> {
        let file = self.handler_file().filter(|file| file.handler.language == Language::Node)?;
        if !self.env_known {
            return None;
        }
        let text = &file.handler.text;
        let folder = text.rfind('/').map_or(0, |at| at + 1);
        let (_, function) = text.get(folder..)?.split_once('.')?;
        let start = Start { module: file.found.clone()?, function: function.split('.').next()?.to_owned() };
        let tree = ImageTree { image, own: OnceCell::new() };
        Some(Closure::of_node(&tree, &self.node_search(image, &start.module), &start))
    }

    fn node_search(&self, image: &Image, file: &str) -> NodeSearch {
        let mut search = NodeSearch::default();
        let path = self.env("NODE_PATH").and_then(Setting::value).map(String::as_str);
        let listed = path.into_iter().flat_map(|path| path.split(':')).filter(|folder| !folder.is_empty());
        search
            .folders
            .extend(listed.map(|folder| if folder.starts_with('/') { clean(folder) } else { format!("/{folder}") }));
        // The bootstrap sets these where NODE_PATH is not set. A package in one is still not called missing.
        if self.on_lambda_base() {
            let version = self.base.runtime.map_or("", |runtime| runtime.tag);
            search.folders.extend([
                format!("/opt/nodejs/node{version}/node_modules"),
                "/opt/nodejs/node_modules".to_owned(),
                "/var/runtime/node_modules".to_owned(),
                "/var/runtime".to_owned(),
                "/var/task".to_owned(),
            ]);
        }
        let options = self.env("NODE_OPTIONS").and_then(Setting::value).map_or("", String::as_str);
        let words: Vec<&str> = options.split_whitespace().collect();
        for (at, word) in words.iter().enumerate() {
            let (name, value) = word.split_once('=').unwrap_or((word, ""));
            if matches!(name, "--conditions" | "-C") {
                let value = if value.is_empty() { words.get(at + 1).copied().unwrap_or_default() } else { value };
                search.conditions.push(value.to_owned());
            }
            if CHANGES_PATH.contains(&name) {
                search.open.get_or_insert_with(|| format!("NODE_OPTIONS has {name}"));
            }
        }
        // Yarn may do without node_modules, and answers by itself.
        let mut above = file;
        while let Some((folder, _)) = above.rsplit_once('/') {
            for name in [".pnp.cjs", ".pnp.js", ".pnp.loader.mjs"] {
                if image.files.get(format!("{folder}/{name}")).is_some() {
                    search.open.get_or_insert_with(|| format!("{folder}/{name} changes where modules are looked for"));
                }
            }
            above = folder;
        }
        search
    }
}

/// The files of a saved image.
struct ImageTree<'a> {
    image: &'a Image,
    /// Descriptions whose text was kept, by their folders.
    own: OnceCell<BTreeMap<String, Option<Package>>>,
}

impl ImageTree<'_> {
    /// The descriptions outside of `node_modules`.
    fn own(&self) -> &BTreeMap<String, Option<Package>> {
        self.own.get_or_init(|| {
            let texts = self.image.files.called(|name| name == "package.json").filter_map(|file| {
                let Some(FileContent::Text(text)) = file.facet.as_deref() else { return None };
                Some((file.path().strip_suffix("/package.json")?.to_owned(), Package::read(text)))
            });
            texts.collect()
        })
    }
}

impl NodeTree for ImageTree<'_> {
    fn stands(&self, path: &str) -> Stands {
        saved_tree::stands(self.image, path)
    }

    fn real(&self, path: &str) -> String {
        saved_tree::real(self.image, path)
    }

    fn names(&self, folder: &str) -> Vec<String> {
        self.image.files.children(folder).map(|(name, _)| String::from_utf8_lossy(name).into_owned()).collect()
    }

    fn package(&self, folder: &str) -> PackageAt<'_> {
        let Some((node, path)) = saved_tree::node(self.image, &format!("{folder}/package.json")) else {
            return PackageAt::None;
        };
        if node.kind != EntryKind::File {
            return PackageAt::None;
        }
        match node.facet.as_deref() {
            Some(FileContent::Package(package)) => PackageAt::Read(package),
            Some(FileContent::Text(_)) => {
                let own = path.strip_suffix("/package.json").and_then(|folder| self.own().get(folder));
                own.and_then(Option::as_ref).map_or(PackageAt::Unread, PackageAt::Read)
            }
            _ => PackageAt::Unread,
        }
    }

    fn source(&self, path: &str) -> Source<'_> {
        let Some((node, _)) = saved_tree::node(self.image, path) else { return Source::Unread };
        match node.facet.as_deref().and_then(FileContent::source) {
            Some(text) => Source::Text(Cow::Borrowed(text)),
            None if node.size == 0 => Source::Text(Cow::Borrowed(b"")),
            None => Source::Unread,
        }
    }
}
