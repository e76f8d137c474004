//! Images where they live: in a registry, or with Docker and Podman on this machine.
//!
//! Layers stream from the socket into the reader of layers; nothing is written. What a registry answers is material to
//! judge: its documents are bounded, its redirects get no credentials, and its words are not repeated.

mod engine;
mod reference;
#[cfg(unix)]
mod socket;

#[cfg(feature = "registry")]
mod body;
#[cfg(feature = "registry")]
mod challenge;
#[cfg(feature = "registry")]
mod client;
#[cfg(feature = "registry")]
mod credentials;
#[cfg(feature = "registry")]
mod gate;
#[cfg(feature = "registry")]
mod helper;
#[cfg(feature = "registry")]
mod http;
#[cfg(feature = "registry")]
mod image;
#[cfg(feature = "registry")]
mod proxy;
#[cfg(feature = "registry")]
mod url;

/// Maximum number of images of a list.
pub const MAX_IMAGES: usize = 100_000;

pub use engine::save;
#[cfg(feature = "registry")]
pub use reference::is_digest;
pub use reference::{Reference, Repository};

#[cfg(feature = "registry")]
pub use client::Client;
#[cfg(feature = "registry")]
pub use credentials::Desk;
#[cfg(feature = "registry")]
pub use http::Settings;
#[cfg(feature = "registry")]
pub use image::Manifests;

#[cfg(test)]
#[cfg(feature = "registry")]
mod tests;
