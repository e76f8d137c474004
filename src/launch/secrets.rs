//! Secrets in the text of files, known by their shape.

/// Tokens that begin in a way nothing else does: (beginning, letters that follow at least, what it is).
const TOKENS: &[(&str, usize, &str)] = &[
    ("AKIA", 16, "an AWS access key"),
    ("ASIA", 16, "an AWS access key"),
    ("ghp_", 30, "a GitHub token"),
    ("gho_", 30, "a GitHub token"),
    ("ghs_", 30, "a GitHub token"),
    ("github_pat_", 30, "a GitHub token"),
    ("glpat-", 16, "a GitLab token"),
    ("npm_", 30, "an npm token"),
    ("pypi-", 40, "a PyPI token"),
    ("xoxb-", 16, "a Slack token"),
    ("xoxp-", 16, "a Slack token"),
    ("sk_live_", 16, "a Stripe key"),
    ("AIza", 30, "a Google key"),
    ("dp.st.", 16, "a Doppler token"),
    ("hf_", 30, "a Hugging Face token"),
];

/// What kind of secret stands in the text of a file, if one certainly does.
pub fn secret_in(path: &str, text: &str) -> Option<&'static str> {
    let name = path.rsplit('/').next().unwrap_or_default();
    if text.contains("-----BEGIN") && text.contains("PRIVATE KEY-----") {
        return Some("a private key");
    }
    token(text).or_else(|| match name {
        ".npmrc" => values(text, "_authToken=").chain(values(text, "_password=")).any(real).then_some("an npm token"),
        ".netrc" => values(text, "password ").any(real).then_some("a password"),
        ".pypirc" => values(text, "password").any(real).then_some("a password"),
        "credentials" => values(text, "aws_secret_access_key").any(real).then_some("an AWS secret key"),
        ".git-credentials" => text.contains('@').then_some("a password"),
        _ => None,
    })
}

/// What kind of token stands in a text.
pub fn token(text: &str) -> Option<&'static str> {
    let word = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    TOKENS.iter().find_map(|(beginning, least, what)| {
        let hit = text.match_indices(beginning).any(|(at, _)| {
            let before = text[..at].chars().next_back();
            let behind = text[at + beginning.len()..].chars().take_while(|c| word(*c)).count();
            !before.is_some_and(|c| c.is_ascii_alphanumeric()) && behind >= *least
        });
        hit.then_some(*what)
    })
}

/// The values behind a key, blanks and `=` passed over.
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
        assert_eq!(secret_in("/a", "-----BEGIN RSA PRIVATE KEY-----\nMII"), Some("a private key"));
        assert_eq!(secret_in("/a/.npmrc", "//r/:_authToken=0123456789abcdef"), Some("an npm token"));
        assert_eq!(
            secret_in("/root/.aws/credentials", "aws_secret_access_key = abcdefghij"),
            Some("an AWS secret key")
        );
        assert_eq!(secret_in("/a/.env", "KEY=AKIAABCDEFGHIJKLMNOP"), Some("an AWS access key"));
    }

    #[test]
    fn what_only_looks_like_one() {
        assert_eq!(secret_in("/a/.npmrc", "//r/:_authToken=${NPM_TOKEN}"), None);
        assert_eq!(secret_in("/a/ca.pem", "-----BEGIN CERTIFICATE-----"), None);
        assert_eq!(secret_in("/a/.env", "DB_PASSWORD=\nPORT=8080"), None);
        assert_eq!(token("MAKIAABCDEFGHIJKLMNOP"), None);
    }
}
