//! `file:` addresses as paths, and paths as addresses. Clients spell them in several ways, so a path is what is
//! compared, and a client is answered with its own spelling.

use crate::percent;
use percent_encoding::{AsciiSet, percent_encode};
use std::path::{Path, PathBuf};

/// The path that an address names; `None` if it is not one of a file on this machine.
pub fn to_path(uri: &str) -> Option<PathBuf> {
    let bytes = local(uri, cfg!(windows))?;
    #[cfg(unix)]
    let path = PathBuf::from(<std::ffi::OsString as std::os::unix::ffi::OsStringExt>::from_vec(bytes));
    #[cfg(not(unix))]
    let path = PathBuf::from(String::from_utf8(bytes).ok()?);
    Some(path)
}

/// The address of an absolute path.
pub fn of_path(path: &Path) -> String {
    encoded(path.as_os_str().as_encoded_bytes(), cfg!(windows))
}

/// The bytes of the path, with `/` or, on Windows, `\` between its parts.
fn local(uri: &str, windows: bool) -> Option<Vec<u8>> {
    let rest = uri.get(..5).filter(|scheme| scheme.eq_ignore_ascii_case("file:")).and(uri.get(5..))?;
    let rest = rest.split(['?', '#']).next()?;
    let (host, path) = match rest.strip_prefix("//") {
        Some(rest) => rest.split_at(rest.find('/')?),
        None => ("", rest),
    };
    let mut path = decoded(path)?;
    if path.first() != Some(&b'/') || path.contains(&0) {
        return None;
    }
    let here = host.is_empty() || host.eq_ignore_ascii_case("localhost");
    if !windows {
        return here.then_some(path);
    }
    if !here {
        path = [b"//", host.as_bytes(), &path].concat();
    } else if let [b'/', drive, b':', ..] = path[..] {
        path.remove(0);
        path[0] = drive.to_ascii_uppercase();
    }
    path.iter_mut().filter(|byte| **byte == b'/').for_each(|byte| *byte = b'\\');
    Some(path)
}

/// A text with `%41` replaced by the byte; `None` if a `%` has no two digits behind it.
fn decoded(text: &str) -> Option<Vec<u8>> {
    let mut parts = text.as_bytes().split(|byte| *byte == b'%');
    let mut bytes = parts.next()?.to_vec();
    for part in parts {
        let digits = part.get(..2).filter(|digits| digits.iter().all(u8::is_ascii_hexdigit))?;
        bytes.push(u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?);
        bytes.extend_from_slice(&part[2..]);
    }
    Some(bytes)
}

/// The same with the colon of a drive.
const WINDOWS_PATH: &AsciiSet = &percent::PATH.remove(b':');

fn encoded(path: &[u8], windows: bool) -> String {
    let mut uri = String::from("file://");
    if windows && !path.starts_with(b"\\\\") {
        uri.push('/');
    }
    let path = if windows { path.strip_prefix(b"\\\\").unwrap_or(path) } else { path };
    if windows {
        let parts = path.split(|byte| *byte == b'\\').map(|part| percent_encode(part, WINDOWS_PATH).to_string());
        uri.push_str(&parts.collect::<Vec<_>>().join("/"));
    } else {
        uri.extend(percent_encode(path, percent::PATH));
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn spellings_of_clients() {
        let path = |uri: &str, windows| local(uri, windows).map(|path| String::from_utf8(path).unwrap());
        let unix = |uri| path(uri, false);
        assert_eq!(unix("file:///a%20b/D%C3%A9").as_deref(), Some("/a b/Dé"));
        assert_eq!(unix("FILE:/a/b#x").as_deref(), Some("/a/b"));
        assert_eq!(unix("file://localhost/a?x").as_deref(), Some("/a"));
        for other in
            ["file://host/a", "file:a", "file:///%0", "file:///%zz", "file:///%00", "git:/a", "untitled:x", "é"]
        {
            assert_eq!(unix(other), None, "{other}");
        }
        let windows = |uri| path(uri, true);
        for uri in ["file:///c%3A/a/b", "file:///C:/a/b", "file:///c:/a/b"] {
            assert_eq!(windows(uri).as_deref(), Some("C:\\a\\b"), "{uri}");
        }
        assert_eq!(windows("file://host/share/a").as_deref(), Some("\\\\host\\share\\a"));
        assert_eq!(encoded(b"C:\\a b\\c", true), "file:///C:/a%20b/c");
        assert_eq!(encoded(b"\\\\host\\share", true), "file://host/share");
    }

    proptest! {
        #[test]
        fn a_path_comes_back(name in proptest::collection::vec(1u8..=255, 0..40)) {
            let path = [b"/", &name[..]].concat();
            prop_assert_eq!(local(&encoded(&path, false), false), Some(path));
        }

        #[test]
        fn a_path_of_windows_comes_back(drive in "[A-Z]", name in "[^/\\\\\0:]{0,20}") {
            let path = format!("{drive}:\\{name}");
            prop_assert_eq!(local(&encoded(path.as_bytes(), true), true), Some(path.into_bytes()));
        }

        #[test]
        fn no_text_is_too_odd(text in ".{0,60}") {
            let _ = to_path(&text);
            let _ = to_path(&format!("file://{text}"));
        }
    }
}
