//! Images that are not in files, for the commands that look at images.

use super::args::RemoteArgs;
use crate::image::{self, Image, ReadOptions};
use crate::registry::{self, Reference, Repository};
use std::path::Path;

/// How a run reaches registries and engines: one login and one set of connections for all of its images.
#[derive(Default)]
pub(super) struct Remotes {
    #[cfg_attr(not(feature = "registry"), allow(dead_code, reason = "nothing is reached without the feature"))]
    args: RemoteArgs,
    #[cfg(feature = "registry")]
    client: std::cell::OnceCell<Result<registry::Client, String>>,
}

impl Remotes {
    pub(super) fn new(args: RemoteArgs) -> Self {
        Self {
            args,
            #[cfg(feature = "registry")]
            client: std::cell::OnceCell::new(),
        }
    }

    /// Reads the image that a path is a reference of.
    pub(super) fn read<T>(
        &self,
        path: &Path,
        reference: &Reference,
        options: &ReadOptions,
        each: impl FnMut(Image) -> T,
    ) -> Result<Vec<T>, String> {
        let read = match reference {
            Reference::Registry(repository) => self.of_registry(repository, options, each),
            Reference::Engine(engine, name) => {
                let archive = registry::save(*engine, name, &|name| std::env::var_os(name));
                archive
                    .and_then(|archive| image::from_reader(archive, options, each))
                    .map_err(|error| error.to_string())
            }
        };
        let path = path.display();
        read.map_err(|why| match reference {
            // A path that is misspelt may look like a host.
            Reference::Registry(_) if why.contains("no such host") => format!("{path}: no such file, and {why}"),
            _ => format!("{path}: {why}"),
        })
    }

    #[cfg(feature = "registry")]
    fn of_registry<T>(
        &self,
        repository: &Repository,
        options: &ReadOptions,
        each: impl FnMut(Image) -> T,
    ) -> Result<Vec<T>, String> {
        let client = self.client.get_or_init(|| {
            let (plain_http, ca_file) = (self.args.plain_http.clone(), self.args.ca_file.clone());
            let settings = registry::Settings { plain_http, ca_file, ..registry::Settings::default() };
            registry::Client::new(settings, registry::Desk::default()).map_err(|error| error.to_string())
        });
        let client = client.as_ref().map_err(Clone::clone)?;
        let read = client.open(repository).and_then(|remote| image::from_remote(&remote, options, each));
        read.map_err(|error| error.to_string())
    }

    #[cfg(not(feature = "registry"))]
    #[allow(clippy::unused_self, reason = "it is used where there is a client")]
    fn of_registry<T>(&self, _: &Repository, _: &ReadOptions, _: impl FnMut(Image) -> T) -> Result<Vec<T>, String> {
        Err("this lamblint was built without the feature `registry`, and reads no images from registries".to_owned())
    }

    /// What registries want their users to know.
    #[cfg_attr(not(feature = "registry"), allow(clippy::unused_self, reason = "there are none without the feature"))]
    pub(super) fn warnings(&self) -> Vec<String> {
        #[cfg(feature = "registry")]
        if let Some(Ok(client)) = self.client.get() {
            return client.warnings();
        }
        Vec::new()
    }
}
