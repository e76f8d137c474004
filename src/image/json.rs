//! JSON as Go's `encoding/json` takes it, since Docker, containerd and skopeo read an image's documents with it: half a
//! surrogate pair and bytes that are not UTF-8 become U+FFFD, and the names of fields may be in either case.

use crate::diagnostic::Doc;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Reads a document.
pub(super) fn read(doc: Doc, bytes: &[u8]) -> Result<Value, serde_json::Error> {
    let read = serde_json::from_slice(bytes);
    let mut value = match read {
        Ok(value) => value,
        Err(error) => serde_json::from_str(&repaired(bytes)).map_err(|_| error)?,
    };
    match doc {
        Doc::Config => spell(&mut value, CONFIG),
        // The list of images in a docker-archive has other fields, `Config` and `Layers` among them.
        Doc::Manifest | Doc::Index if value.is_object() => spell(&mut value, MANIFEST),
        _ => {}
    }
    Ok(value)
}

/// The fields of an object, and what lies below some of them.
struct Fields {
    names: &'static [&'static str],
    below: &'static [(&'static str, &'static Fields)],
}

const CONFIG: &Fields = &Fields {
    names: &["architecture", "os", "variant", "os.version", "config", "rootfs", "history", "created", "author"],
    below: &[("config", SETTINGS), ("rootfs", ROOTFS), ("history", HISTORY)],
};
const SETTINGS: &Fields = &Fields {
    names: &["User", "ExposedPorts", "Env", "Entrypoint", "Cmd", "Volumes", "WorkingDir", "Labels", "StopSignal"],
    below: &[],
};
const ROOTFS: &Fields = &Fields { names: &["type", "diff_ids"], below: &[] };
const HISTORY: &Fields = &Fields { names: &["created", "created_by", "author", "comment", "empty_layer"], below: &[] };
const MANIFEST: &Fields = &Fields {
    names: &["schemaVersion", "mediaType", "artifactType", "config", "layers", "manifests", "subject", "annotations"],
    below: &[("config", DESCRIPTOR), ("layers", DESCRIPTOR), ("manifests", DESCRIPTOR), ("subject", DESCRIPTOR)],
};
const DESCRIPTOR: &Fields = &Fields {
    names: &["mediaType", "digest", "size", "urls", "annotations", "data", "artifactType", "platform"],
    below: &[("platform", PLATFORM)],
};
const PLATFORM: &Fields = &Fields { names: &["architecture", "os", "os.version", "variant"], below: &[] };

/// Gives fields the names that they are asked for by.
fn spell(value: &mut Value, fields: &Fields) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| spell(item, fields)),
        Value::Object(map) => {
            if map.keys().any(|key| !fields.names.contains(&key.as_str())) {
                rename(map, fields.names);
            }
            for (name, below) in fields.below {
                if let Some(value) = map.get_mut(*name) {
                    spell(value, below);
                }
            }
        }
        _ => {}
    }
}

fn rename(map: &mut Map<String, Value>, names: &[&str]) {
    let lower: BTreeMap<String, &str> = names.iter().map(|name| (name.to_ascii_lowercase(), *name)).collect();
    let known = |key: &str| lower.get(&key.to_ascii_lowercase()).copied();
    // A field that is there under its own name too is left alone.
    let strange = |key: &String| known(key).is_some_and(|name| name != key && !map.contains_key(name));
    if !map.keys().any(strange) {
        return;
    }
    let own: Vec<&str> = names.iter().copied().filter(|name| map.contains_key(*name)).collect();
    let spelt = std::mem::take(map).into_iter().map(|(key, value)| match known(&key) {
        Some(name) if name != key && !own.contains(&name) => (name.to_owned(), value),
        _ => (key, value),
    });
    *map = spelt.collect();
}

/// The text with U+FFFD for all that is no Unicode.
fn repaired(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let mut out = String::with_capacity(text.len());
    let mut rest = &*text;
    // An escape stands in strings alone; anywhere else the document is no JSON, and stays so.
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let length = match (unit(rest), rest.get(6..).and_then(unit)) {
            (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => 12,
            (Some(0xd800..=0xdfff), _) => {
                out.push('\u{fffd}');
                rest = &rest[6..];
                continue;
            }
            (Some(_), _) => 6,
            (None, _) => 1 + rest[1..].chars().next().map_or(0, char::len_utf8),
        };
        out.push_str(&rest[..length]);
        rest = &rest[length..];
    }
    out + rest
}

/// The unit of UTF-16 that an escape at the beginning of a text stands for.
fn unit(text: &str) -> Option<u16> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    digits.bytes().all(|byte| byte.is_ascii_hexdigit()).then(|| u16::from_str_radix(digits, 16).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_no_unicode_is_replaced() {
        let read = |text: &[u8]| read(Doc::Config, text).ok();
        assert_eq!(read(br#"{"a": "\ud800"}"#), Some(json!({"a": "\u{fffd}"})));
        assert_eq!(read(br#"["\udc00x", "\\\ud800\u0041", "\ud83d\ude00", "\\ud800"]"#), {
            Some(json!(["\u{fffd}x", "\\\u{fffd}A", "\u{1f600}", "\\ud800"]))
        });
        assert_eq!(read(b"[\"\xff\"]"), Some(json!(["\u{fffd}"])));
        for broken in [&b"[\"\\ud80\"]"[..], b"[\\ud800]", b"[\"\\", b"{", b"[\"\\x\"]"] {
            assert_eq!(read(broken), None, "{broken:?}");
        }
    }

    #[test]
    fn fields_are_known_in_either_case() {
        let config = json!({"Architecture": "arm64", "CONFIG": {"cmd": ["a"], "x": 1}, "os": "linux", "OS": "b"});
        let read = read(Doc::Config, config.to_string().as_bytes()).unwrap();
        assert_eq!(read, json!({"architecture": "arm64", "config": {"Cmd": ["a"], "x": 1}, "os": "linux", "OS": "b"}));
        assert_eq!(read.as_object().unwrap().keys().next().unwrap(), "architecture", "each stays where it was");
    }
}
