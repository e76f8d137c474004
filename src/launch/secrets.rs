//! Secrets in the text of files, known by their shape.

use crate::facts;
use crate::path::file_name;

/// What kind of secret stands in the text of a file, if one certainly does.
pub fn secret_in(path: &str, text: &str) -> Option<String> {
    let name = file_name(path);
    facts::token(text).map(|(kind, _)| kind.to_owned()).or_else(|| match name {
        ".npmrc" => {
            values(text, "_authToken=").chain(values(text, "_password=")).any(real).then(|| "an npm token".into())
        }
        ".netrc" => values(text, "password ").any(real).then(|| "a password".into()),
        ".pypirc" => values(text, "password").any(real).then(|| "a password".into()),
        "credentials" => values(text, "aws_secret_access_key").any(real).then(|| "an AWS secret key".into()),
        ".git-credentials" => text.contains('@').then(|| "a password".into()),
        _ => None,
    })
}

/// Whether a file came with a package or a test: those bring keys that open nothing.
pub fn is_of_others(path: &str) -> bool {
    const OF_OTHERS: &[&str] = &["/gems/", "/test", "/example", "/fixture", "/vendor/"];
    facts::is_installed(path) || OF_OTHERS.iter().any(|part| path.contains(part))
}

/// The values after a key, blanks and `=` passed over.
fn values<'a>(text: &'a str, key: &'a str) -> impl Iterator<Item = &'a str> {
    text.match_indices(key).map(move |(at, _)| {
        let rest = text[at + key.len()..].trim_start_matches([' ', '\t', '=', ':', '"', '\'']);
        rest.split([' ', '\t', '\n', '\r', '"', '\'']).next().unwrap_or_default()
    })
}

/// Whether a value is one, and no placeholder.
fn real(value: &str) -> bool {
    let placeholder = ["xxx", "changeme", "your", "example", "<", "${", "$", "%"];
    let lower = value.to_ascii_lowercase();
    value.len() >= 6 && !placeholder.iter().any(|part| lower.starts_with(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_by_their_shape() {
        assert_eq!(secret_in("/a", "-----BEGIN RSA PRIVATE KEY-----\nMII").as_deref(), Some("a private key"));
        assert_eq!(secret_in("/a/.npmrc", "//r/:_authToken=0123456789abcdef").as_deref(), Some("an npm token"));
        assert_eq!(
            secret_in("/root/.aws/credentials", "aws_secret_access_key = abcdefghij").as_deref(),
            Some("an AWS secret key")
        );
        assert_eq!(secret_in("/a/.env", "KEY=AKIAABCDEFGHIJKLMNOP").as_deref(), Some("an AWS access key"));
    }

    #[test]
    fn what_only_looks_like_one() {
        assert_eq!(secret_in("/a/.npmrc", "//r/:_authToken=${NPM_TOKEN}").as_deref(), None);
        assert_eq!(secret_in("/a/ca.pem", "-----BEGIN CERTIFICATE-----").as_deref(), None);
        assert_eq!(secret_in("/a/.env", "DB_PASSWORD=\nPORT=8080").as_deref(), None);
    }
}
