//! JSON as Go's `encoding/json` takes it, since Docker, containerd and skopeo read an image's documents with it: half a
//! surrogate pair and bytes that are not UTF-8 become U+FFFD. Fields in other letters are told of in `schema`.

use serde_json::Value;

/// Reads a document.
pub(super) fn read(bytes: &[u8]) -> Result<Value, serde_json::Error> {
    let read = serde_json::from_slice(bytes);
    match read {
        Ok(value) => Ok(value),
        Err(error) => serde_json::from_str(&repaired(bytes)).map_err(|_| error),
    }
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
        let read = |text: &[u8]| read(text).ok();
        assert_eq!(read(br#"{"a": "\ud800"}"#), Some(json!({"a": "\u{fffd}"})));
        assert_eq!(read(br#"["\udc00x", "\\\ud800\u0041", "\ud83d\ude00", "\\ud800"]"#), {
            Some(json!(["\u{fffd}x", "\\\u{fffd}A", "\u{1f600}", "\\ud800"]))
        });
        assert_eq!(read(b"[\"\xff\"]"), Some(json!(["\u{fffd}"])));
        for broken in [&b"[\"\\ud80\"]"[..], b"[\\ud800]", b"[\"\\", b"{", b"[\"\\x\"]"] {
            assert_eq!(read(broken), None, "{broken:?}");
        }
    }
}
