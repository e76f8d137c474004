//! The digest that a document carries of itself, so that one which was cut or changed is noticed.

use crate::error::Error;
use crate::report::{self, Format};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::path::Path;

/// Stands where the digest will: that of a text cannot be in it while it is made.
pub(super) const UNSEALED: &str = "sha256:0000000000000000000000000000000000000000000000000000000000000000";
/// What stands in front of it. The first such key is the document's own.
const KEY: &str = "\"digest\": \"";

/// Bytes of a document: a plan of a hundred thousand functions with large environments.
const MAX_BYTES: u64 = 512 * 1024 * 1024;

/// A kind of document.
pub(super) struct Kind {
    /// What it calls itself.
    pub(super) name: &'static str,
    /// The number of its form.
    pub(super) format: u32,
    /// What writes one.
    pub(super) command: &'static str,
}

/// What every document begins with.
#[derive(Deserialize)]
struct Head {
    lamblint: String,
    format: u32,
    digest: String,
}

/// The text of a document whose digest is [`UNSEALED`] so far, with its digest; and that.
pub(super) fn seal(document: &impl Serialize) -> (String, String) {
    let text = serde_json::to_string_pretty(document).unwrap_or_default() + "\n";
    // As it may be printed anywhere, so that no printing changes it.
    let text = report::for_log(Some(Format::Json), &report::plain_json(&text));
    let digest = named(&Sha256::digest(text.as_bytes()));
    (text.replacen(&format!("{KEY}{UNSEALED}"), &format!("{KEY}{digest}"), 1), digest)
}

/// Reads a document of a kind that nothing has changed.
pub(super) fn read<T: DeserializeOwned>(file: &Path, kind: &Kind) -> Result<T, Error> {
    let bytes = crate::source::read_file(file, MAX_BYTES)?;
    of(&bytes, kind).map_err(|why| Error::new(format!("{}: {why}", file.display())))
}

/// The same of its bytes.
pub(super) fn of<T: DeserializeOwned>(bytes: &[u8], kind: &Kind) -> Result<T, String> {
    let Kind { name, format, command } = kind;
    let none = |why: &str| format!("no {name} of lamblint's: {why}; `{command}` writes one");
    let head: Head = serde_json::from_slice(bytes).map_err(|error| none(&error.to_string()))?;
    if head.lamblint != *name {
        return Err(none("it is another document"));
    }
    if head.format != *format {
        return Err(format!(
            "a {name} in form {}, and this lamblint knows {format}; `{command}` of this version writes one",
            head.format
        ));
    }
    if !is_intact(bytes, &head.digest) {
        return Err(format!(
            "the {name} was cut or changed after it was written, its digest does not fit; `{command}` writes another"
        ));
    }
    serde_json::from_slice(bytes).map_err(|error| none(&error.to_string()))
}

fn is_intact(bytes: &[u8], digest: &str) -> bool {
    let place = memchr::memmem::find(bytes, KEY.as_bytes()).map(|at| at + KEY.len());
    let Some((before, rest)) = place.and_then(|at| bytes.split_at_checked(at)) else { return false };
    let Some(after) = rest.strip_prefix(digest.as_bytes()) else { return false };
    let hash = Sha256::new().chain_update(before).chain_update(UNSEALED).chain_update(after);
    named(&hash.finalize()) == digest
}

/// `sha256:` and the hash.
fn named(hash: &[u8]) -> String {
    format!("sha256:{}", crate::hex::of(hash))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    const KIND: Kind = Kind { name: "plan", format: 1, command: "lamblint plan" };

    fn sealed() -> String {
        seal(&json!({"lamblint": "plan", "format": 1, "digest": UNSEALED, "text": "\"digest\": \"x\"", "hidden": "\u{202e}##[group]"})).0
    }

    #[test]
    fn any_change_is_noticed() {
        let text = sealed();
        assert_eq!(of::<Value>(text.as_bytes(), &KIND).unwrap()["text"], "\"digest\": \"x\"");
        for at in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[at] ^= 1;
            assert!(of::<Value>(&bytes, &KIND).is_err(), "byte {at}");
            assert!(of::<Value>(&text.as_bytes()[..at], &KIND).is_err() || at + 1 == text.len(), "cut at {at}");
        }
        assert!(of::<Value>(text.trim_end().as_bytes(), &KIND).is_err());
    }

    #[test]
    fn what_is_no_such_document() {
        let said = |value: &Value| of::<Value>(value.to_string().as_bytes(), &KIND).unwrap_err();
        assert!(said(&json!([])).starts_with("no plan of lamblint's: "));
        assert!(said(&json!({"lamblint": "shard", "format": 1, "digest": ""})).contains("another document"));
        assert!(said(&json!({"lamblint": "plan", "format": 2, "digest": ""})).contains("form 2"));
        assert!(said(&json!({"lamblint": "plan", "format": 1, "digest": ""})).contains("digest does not fit"));
        assert!(of::<Value>(b"\xff\xfe", &KIND).is_err());
        assert!(of::<Value>("[".repeat(100_000).as_bytes(), &KIND).is_err(), "deeper than a reader may go");
    }
}
