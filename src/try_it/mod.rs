//! `lamblint try`: an image is unpacked and started as Lambda would start it, and answers events.
//!
//! Two helper processes of lamblint itself make the sandbox: the outer one makes namespaces, the inner one is their first
//! process, serves the Runtime API and looks after the function. No code of the image runs outside of it.

mod cgroup;
mod exchange;
mod filter;
mod handles;
mod http;
mod human;
mod inner;
mod life;
mod memory;
mod modes;
mod network;
mod outcome;
mod outer;
mod plan;
mod processes;
mod sandbox;
mod server;
mod shared;
mod spec;
mod streams;
mod texts;
mod trial;
mod unpack;

pub use outcome::{Outcome, Verdict};
pub use plan::{Asked, Plan};
pub use spec::Happening;
pub use trial::{Space, Trial};

use std::ffi::OsStr;

/// The word that makes lamblint the outer helper.
pub const OUTER: &str = "__try-outer";
/// The word that makes lamblint the inner helper.
pub const INNER: &str = "__try-inner";

/// Runs a helper process, if a command line asks for one; its exit code. No thread may run yet.
pub fn helper(words: &[std::ffi::OsString]) -> Option<u8> {
    match words.get(1).map(std::ffi::OsString::as_os_str) {
        Some(word) if word == OsStr::new(OUTER) => Some(outer::run()),
        Some(word) if word == OsStr::new(INNER) => Some(inner::run()),
        _ => None,
    }
}
