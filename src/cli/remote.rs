//! Images that are not in files, for the commands that look at images.

use super::args::RemoteArgs;
use super::fleet::Deployed;
#[cfg(feature = "registry")]
use crate::image::Remote;
use crate::image::{self, Image, ReadOptions};
use crate::registry::{self, Reference, Repository};
#[cfg(feature = "registry")]
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
#[cfg(feature = "registry")]
use std::sync::atomic::{AtomicUsize, Ordering};
#[cfg(feature = "registry")]
use std::sync::{Mutex, PoisonError};

/// Tags that are asked at once.
#[cfg(feature = "registry")]
const AT_ONCE: usize = 4;

/// How a run reaches registries and engines: one login and one set of connections for all of its images.
#[derive(Default)]
pub(super) struct Remotes {
    #[cfg_attr(not(feature = "registry"), allow(dead_code, reason = "nothing is reached without the feature"))]
    args: RemoteArgs,
    #[cfg(feature = "registry")]
    client: std::cell::OnceCell<Result<std::sync::Arc<registry::Client>, String>>,
    /// The layers of several images, or of a cache.
    #[cfg(feature = "registry")]
    layers: std::cell::OnceCell<Result<std::sync::Arc<image::SharedLayers>, String>>,
    /// Where a run has several images: they are fetched while others are judged.
    #[cfg(feature = "registry")]
    ahead: std::cell::OnceCell<super::ahead::Ahead>,
}

impl Remotes {
    pub(super) fn new(args: RemoteArgs) -> Self {
        Self {
            args,
            #[cfg(feature = "registry")]
            client: std::cell::OnceCell::new(),
            #[cfg(feature = "registry")]
            layers: std::cell::OnceCell::new(),
            #[cfg(feature = "registry")]
            ahead: std::cell::OnceCell::new(),
        }
    }

    /// What reaches registries alone.
    #[cfg(feature = "registry")]
    pub(super) fn of_registries(registry: super::args::RegistryArgs) -> Self {
        Self::new(RemoteArgs { registry, ..RemoteArgs::default() })
    }

    /// Reads the image that a path is a reference of.
    pub(super) fn read<T>(
        &self,
        path: &Path,
        reference: &Reference,
        options: &ReadOptions,
        each: impl FnMut(Image) -> T,
    ) -> Result<Vec<T>, String> {
        match reference {
            Reference::Registry(repository) => self.of_registry(path, repository, options, each),
            Reference::Engine(engine, name) => {
                let archive = registry::save(*engine, name, &|name| std::env::var_os(name));
                let read = archive.and_then(|archive| image::from_reader(archive, options, each));
                read.map_err(|error| format!("{}: {error}", path.display()))
            }
        }
    }
}

#[cfg(feature = "registry")]
impl Remotes {
    /// What asks registries, with one login and one set of connections for a run.
    pub(super) fn client(&self) -> Result<std::sync::Arc<registry::Client>, String> {
        let client = self.client.get_or_init(|| {
            let (plain_http, ca_file) = (self.args.registry.plain_http.clone(), self.args.registry.ca_file.clone());
            let settings = registry::Settings { plain_http, ca_file, ..registry::Settings::default() };
            let client = registry::Client::new(settings, registry::Desk::default());
            client.map(std::sync::Arc::new).map_err(|error| error.to_string())
        });
        client.clone()
    }

    /// Layers that images have in common, and that earlier runs have left in the cache.
    fn layers(&self) -> Result<std::sync::Arc<image::SharedLayers>, String> {
        let layers = self.layers.get_or_init(|| {
            let open = |folder: &PathBuf| image::LayerCache::open(folder, self.args.cache_read_only);
            let cache = self.args.cache.as_ref().map(open).transpose().map_err(|error| error.to_string())?;
            Ok(std::sync::Arc::new(image::SharedLayers::new(cache)))
        });
        layers.clone()
    }

    /// Begins to fetch the images of a run, if there are several, or some of a list. Layers that they have in common are
    /// fetched once.
    pub(super) fn start(&self, references: Vec<(PathBuf, Repository)>, listed: bool, options: &ReadOptions) {
        if references.len() < if listed { 1 } else { 2 } {
            return;
        }
        // What is wrong with them is said of each image.
        let (Ok(client), Ok(layers)) = (self.client(), self.layers()) else { return };
        let paths: Vec<PathBuf> = references.iter().map(|(path, _)| path.clone()).collect();
        // Two functions may have one name, each in another account. The first of them is fetched here.
        let mut first: std::collections::HashMap<PathBuf, Repository> = std::collections::HashMap::new();
        for (path, repository) in references {
            first.entry(path).or_insert(repository);
        }
        let options = options.clone();
        let read = move |path: &Path| {
            let Some(repository) = first.get(path) else { return Ok(Vec::new()) };
            fetched(&client, path, repository, Some(&layers), &options, |image| image)
        };
        let _ = self.ahead.set(super::ahead::Ahead::start(paths.into_iter(), read));
    }

    /// Whether images are fetched while others are judged.
    pub(super) fn is_ahead(&self) -> bool {
        self.ahead.get().is_some()
    }

    fn of_registry<T>(
        &self,
        path: &Path,
        repository: &Repository,
        options: &ReadOptions,
        each: impl FnMut(Image) -> T,
    ) -> Result<Vec<T>, String> {
        if let Some(images) = self.ahead.get().and_then(|ahead| ahead.take(path)) {
            return Ok(images?.into_iter().map(each).collect());
        }
        let client = self.client().map_err(|why| format!("{}: {why}", path.display()))?;
        let layers = match (&self.args.cache, self.ahead.get()) {
            (None, None) => None,
            _ => Some(self.layers().map_err(|why| format!("{}: {why}", path.display()))?),
        };
        fetched(&client, path, repository, layers.as_deref(), options, each)
    }

    /// Says of functions whose tag leads elsewhere by now. Each tag is asked once.
    pub(super) fn moved(&self, deployed: &[Deployed]) -> Vec<String> {
        // Why there is no client was said of each image.
        let Ok(client) = self.client() else { return Vec::new() };
        let tags: BTreeMap<String, &Repository> = deployed.iter().map(|one| (one.tag.to_string(), &one.tag)).collect();
        let tags: Vec<(String, &Repository)> = tags.into_iter().collect();
        let (next, now) = (AtomicUsize::new(0), Mutex::new(BTreeMap::new()));
        std::thread::scope(|scope| {
            for _ in 0..AT_ONCE.min(tags.len()) {
                scope.spawn(|| {
                    while let Some((name, tag)) = tags.get(next.fetch_add(1, Ordering::Relaxed)) {
                        let digest = client.open(tag).map(|image| image.root()["digest"].as_str().map(str::to_owned));
                        now.lock().unwrap_or_else(PoisonError::into_inner).insert(name, digest);
                    }
                });
            }
        });
        let now = now.into_inner().unwrap_or_else(PoisonError::into_inner);
        let note = |one: &Deployed| {
            let (path, tag) = (one.path.display(), one.tag.to_string());
            match now.get(&tag)? {
                Ok(Some(digest)) if *digest == one.digest => None,
                Ok(digest) => {
                    let digest = digest.as_deref().unwrap_or_default();
                    Some(format!("{path}: {tag} now leads to {digest}, which the function does not run"))
                }
                Err(error) => Some(format!("{path}: where its tag leads to now is not known: {error}")),
            }
        };
        deployed.iter().filter_map(note).collect()
    }

    /// What registries want their users to know.
    pub(super) fn warnings(&self) -> Vec<String> {
        let warnings = self.client.get().and_then(|client| client.as_ref().ok()).map(|client| client.warnings());
        let cache = self.layers.get().and_then(|layers| layers.as_ref().ok()?.fault());
        warnings.into_iter().flatten().chain(cache).collect()
    }
}

/// `lamblint cache prune`.
#[cfg(feature = "registry")]
pub(super) fn prune(cache: &Path, unused_for: std::time::Duration) -> Result<u8, String> {
    let (gone, left) = image::prune(cache, unused_for).map_err(|error| error.to_string())?;
    super::print(&format!("{gone} layers were removed, and {left} are left\n"))?;
    Ok(0)
}

#[cfg(feature = "registry")]
fn fetched<T>(
    client: &std::sync::Arc<registry::Client>,
    path: &Path,
    repository: &Repository,
    layers: Option<&image::SharedLayers>,
    options: &ReadOptions,
    each: impl FnMut(Image) -> T,
) -> Result<Vec<T>, String> {
    let read = client.open(repository).and_then(|remote| image::from_remote(&remote, layers, options, each));
    read.map_err(|error| said(path, &error.to_string()))
}

/// Why an image could not be read, on one line.
#[cfg(feature = "registry")]
pub(super) fn said(path: &Path, why: &str) -> String {
    let path = path.display();
    // A path that is misspelt may look like a host.
    if why.contains("no such host") { format!("{path}: no such file, and {why}") } else { format!("{path}: {why}") }
}

#[cfg(not(feature = "registry"))]
#[allow(clippy::unused_self, reason = "it is used where there is a client")]
impl Remotes {
    pub(super) fn start(&self, _: Vec<(PathBuf, Repository)>, _: bool, _: &ReadOptions) {}

    pub(super) fn moved(&self, _: &[Deployed]) -> Vec<String> {
        Vec::new()
    }

    pub(super) fn is_ahead(&self) -> bool {
        false
    }

    fn of_registry<T>(
        &self,
        path: &Path,
        _: &Repository,
        _: &ReadOptions,
        _: impl FnMut(Image) -> T,
    ) -> Result<Vec<T>, String> {
        let path = path.display();
        Err(format!("{path}: this lamblint was built without the feature `registry`, and asks no registries"))
    }

    pub(super) fn warnings(&self) -> Vec<String> {
        Vec::new()
    }
}
