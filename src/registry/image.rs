//! An image of a registry, part by part.

use super::client::{Client, Host};
use super::reference::{Repository, Version};
use crate::error::Error;
use crate::image::Remote;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::io::Read;
use std::sync::{Arc, Mutex, PoisonError};

/// What may be answered: indexes too. A registry that is asked for manifests alone picks one out of an index, and hides
/// that Lambda would refuse it.
const MANIFESTS: &str = "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json, \
                         application/vnd.docker.distribution.manifest.list.v2+json, \
                         application/vnd.docker.distribution.manifest.v2+json, \
                         application/vnd.docker.distribution.manifest.v1+prettyjws;q=0.5, */*;q=0.1";
/// Bytes of a manifest, which registries take up to 4 MiB, and of a config.
const MAX_DOCUMENT: u64 = 8 * 1024 * 1024;

/// An image that a registry has.
pub struct RemoteImage {
    client: Arc<Client>,
    host: Arc<Host>,
    repository: Repository,
    root: Value,
    parts: Mutex<Parts>,
    failure: Arc<Mutex<Option<Error>>>,
}

/// What documents have said so far.
#[derive(Default)]
struct Parts {
    /// Documents that have come, by their digests as they were asked for.
    documents: BTreeMap<String, Vec<u8>>,
    /// Digests that an index lists: manifests.
    manifests: Vec<String>,
    /// Lengths that a manifest gives.
    sizes: BTreeMap<String, u64>,
}

impl Client {
    /// Finds an image: what its tag or digest leads to.
    pub fn open(self: &Arc<Self>, repository: &Repository) -> Result<RemoteImage, Error> {
        let host = self.host(repository)?;
        let version = repository.version.text();
        let read = self.document(&host, repository, &format!("manifests/{version}"), MANIFESTS, MAX_DOCUMENT)?;
        let name = repository.api_host();
        let (bytes, kind) = read.map_err(|code| {
            let what = if code == "NAME_UNKNOWN" {
                format!("no repository {}", repository.name)
            } else {
                format!("no image {repository}")
            };
            Error::new(format!("{name}: it has {what} that can be read with this login (404); is it spelt right?"))
        })?;
        let document: Value = serde_json::from_slice(&bytes).unwrap_or_default();
        if !document.is_object() {
            let kind: String = kind.chars().filter(char::is_ascii_graphic).take(80).collect();
            return Err(Error::new(format!(
                "{name}: it answers with {}, which is no manifest; is it a registry, and does a proxy let it through?",
                if kind.is_empty() { "something without a type" } else { &kind }
            )));
        }
        let digest = match &repository.version {
            Version::Digest(digest) | Version::Pinned(_, digest) => digest.clone(),
            Version::Tag(_) => digest_of(&bytes),
        };
        let kind = document["mediaType"].as_str().map_or(kind, str::to_owned);
        let root = json!({"mediaType": kind, "digest": digest, "size": bytes.len(),
            "annotations": {"io.containerd.image.name": repository.to_string()}});
        let image = RemoteImage {
            client: Arc::clone(self),
            host,
            repository: repository.clone(),
            root,
            parts: Mutex::default(),
            failure: Arc::default(),
        };
        image.learn(&digest, bytes);
        Ok(image)
    }

    /// An image of which a layer alone is asked for: its manifest is known from elsewhere.
    pub fn for_layer(self: &Arc<Self>, repository: &Repository, layer: &str, size: u64) -> Result<RemoteImage, Error> {
        let sizes = BTreeMap::from([(layer.to_owned(), size)]);
        Ok(RemoteImage {
            client: Arc::clone(self),
            host: self.host(repository)?,
            repository: repository.clone(),
            root: Value::Null,
            parts: Mutex::new(Parts { sizes, ..Parts::default() }),
            failure: Arc::default(),
        })
    }
}

/// An image as far as its manifests show it. Its config is not asked for.
pub struct Manifests<'r>(pub &'r RemoteImage);

impl Remote for Manifests<'_> {
    fn root(&self) -> Value {
        self.0.root()
    }

    fn document(&self, digest: &str) -> Option<Result<Vec<u8>, String>> {
        let is_manifest = {
            let parts = self.0.parts();
            parts.documents.contains_key(digest) || parts.manifests.iter().any(|manifest| manifest == digest)
        };
        if is_manifest { self.0.document(digest) } else { None }
    }

    fn layer(&self, _: &str) -> Option<Box<dyn Read + '_>> {
        None
    }

    fn size(&self, digest: &str) -> Option<u64> {
        self.0.size(digest)
    }

    fn failure(&self) -> Option<Error> {
        self.0.failure()
    }
}

fn digest_of(bytes: &[u8]) -> String {
    format!("sha256:{}", crate::hex::of(&Sha256::digest(bytes)))
}

impl RemoteImage {
    /// Takes note of what a document names.
    fn learn(&self, digest: &str, bytes: Vec<u8>) {
        let document: Value = serde_json::from_slice(&bytes).unwrap_or_default();
        let list = |key: &str| document[key].as_array().map_or(&[][..], Vec::as_slice);
        let mut parts = self.parts();
        parts.manifests.extend(list("manifests").iter().filter_map(|one| Some(one["digest"].as_str()?.to_owned())));
        for one in list("layers") {
            if let (Some(digest), Some(size)) = (one["digest"].as_str(), one["size"].as_u64()) {
                // Of two lengths the longer one is read: the shorter shows as a fault.
                let known = parts.sizes.entry(digest.to_owned()).or_default();
                *known = size.max(*known);
            }
        }
        parts.documents.insert(digest.to_owned(), bytes);
    }

    fn parts(&self) -> std::sync::MutexGuard<'_, Parts> {
        self.parts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn fail(&self, error: Error) -> String {
        let said = error.to_string();
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
        said
    }
}

impl Remote for RemoteImage {
    fn root(&self) -> Value {
        self.root.clone()
    }

    fn document(&self, digest: &str) -> Option<Result<Vec<u8>, String>> {
        if let Some(bytes) = self.parts().documents.get(digest) {
            return Some(Ok(bytes.clone()));
        }
        let is_manifest = self.parts().manifests.iter().any(|manifest| manifest == digest);
        let (path, accept) = if is_manifest { ("manifests", MANIFESTS) } else { ("blobs", "*/*") };
        let path = format!("{path}/{digest}");
        match self.client.document(&self.host, &self.repository, &path, accept, MAX_DOCUMENT) {
            Ok(Ok((bytes, _))) => {
                self.learn(digest, bytes.clone());
                Some(Ok(bytes))
            }
            Ok(Err(_)) => None,
            Err(error) => Some(Err(self.fail(error))),
        }
    }

    fn size(&self, digest: &str) -> Option<u64> {
        self.parts().sizes.get(digest).copied()
    }

    fn layer(&self, digest: &str) -> Option<Box<dyn Read + '_>> {
        match self.client.blob(&self.host, &self.repository, digest, self.size(digest)) {
            Ok(Some(blob)) => Some(Box::new(blob.failing(&self.failure))),
            Ok(None) => None,
            Err(error) => {
                self.fail(error);
                None
            }
        }
    }

    fn failure(&self) -> Option<Error> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
