//! What secrets are called and what they look like.

use super::packed::{Later, packed};
use serde::Deserialize;
use std::ops::Range;
use std::sync::LazyLock;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Secrets {
    #[serde(rename = "source")]
    _source: &'static str,
    #[serde(rename = "checked")]
    _checked: &'static str,
    aws: Vec<&'static str>,
    secret: Vec<&'static str>,
    fused: Vec<&'static str>,
    perhaps: Vec<&'static str>,
    public: Vec<&'static str>,
    published: Vec<&'static str>,
    placeholder_texts: Later<'static, Vec<&'static str>>,
    placeholder_words: Later<'static, Vec<&'static str>>,
    references: Later<'static, Vec<&'static str>>,
    token: Later<'static, Vec<Token>>,
    files: Later<'static, FileNames>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, bound(deserialize = "'de: 'static"))]
struct FileNames {
    secret: Vec<&'static str>,
    private: Vec<&'static str>,
    certificate: Vec<&'static str>,
    harmless: Vec<&'static str>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Token {
    kind: &'static str,
    prefix: &'static str,
    least: usize,
    #[serde(default)]
    upper: bool,
}

static SECRETS: LazyLock<Secrets> = LazyLock::new(|| packed!("secrets"));

/// What a variable's name says of its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Naming {
    /// It is a credential of an AWS account.
    Aws,
    /// It is a secret.
    Secret,
    /// It is one if it looks random: `STRIPE_KEY`.
    Perhaps,
}

/// What a variable's name says of its value; `None` where it is no secret.
pub fn naming(name: &str) -> Option<Naming> {
    let table = &*SECRETS;
    if name.len() > 128 {
        return None;
    }
    let parts = parts(name);
    let upper = parts.join("_");
    if table.aws.contains(&upper.as_str()) {
        return Some(Naming::Aws);
    }
    if published(name) || parts.iter().any(|part| table.public.contains(&part.as_str())) {
        return None;
    }
    let last = parts.last()?;
    let ends = |words: &&str| {
        let mut last = parts.iter().rev();
        words.rsplit(' ').all(|word| last.next().is_some_and(|part| part == word))
    };
    // `PWD` alone is the shell's own.
    let shell = parts.len() == 1 && last == "PWD";
    if !shell && (table.secret.iter().any(ends) || table.fused.iter().any(|&word| last.ends_with(word))) {
        return Some(Naming::Secret);
    }
    table.perhaps.contains(&last.as_str()).then_some(Naming::Perhaps)
}

/// Whether a build tool puts a variable of that name into pages for everybody.
pub fn published(name: &str) -> bool {
    SECRETS.published.iter().any(|&start| name.starts_with(start))
}

/// The words of a name in capitals: `dbPassword_2` is DB, PASSWORD.
fn parts(name: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut lower = false;
    for c in name.chars() {
        let new = !c.is_ascii_alphanumeric() || (lower && c.is_ascii_uppercase());
        if new && parts.last().is_some_and(|part| !part.is_empty()) {
            parts.push(String::new());
        }
        if c.is_ascii_alphanumeric()
            && let Some(part) = parts.last_mut()
        {
            part.push(c.to_ascii_uppercase());
        }
        lower = c.is_ascii_lowercase();
    }
    while parts.last().is_some_and(|part| part.bytes().all(|byte| byte.is_ascii_digit())) {
        parts.pop();
    }
    parts
}

/// Whether a value is none, stands in for one, or only says where one is.
pub fn placeholder(value: &str) -> bool {
    let table = &*SECRETS;
    let value = value.trim();
    let lower = value.to_ascii_lowercase();
    let mut bytes = lower.bytes();
    let first = bytes.next();
    let same = bytes.all(|byte| Some(byte) == first);
    let number = value.len() <= 5 && value.bytes().all(|byte| byte.is_ascii_digit());
    let words = || lower.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    same || number
        || table.references.iter().any(|&start| lower.starts_with(start))
        || table.placeholder_texts.iter().any(|&text| lower.contains(text))
        || words().all(|word| table.placeholder_words.contains(&word))
        || (lower.contains("://") && embedded_password(value).is_none())
        || [".json", ".txt", ".pem", ".key", ".yml", ".yaml"].iter().any(|end| lower.ends_with(end))
}

/// Whether a value looks drawn at random: long, and letters and digits mixed.
pub fn random(value: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"+/=_-.:".contains(&byte);
    let mixed = value.as_bytes().windows(2).filter(|pair| {
        pair[0].is_ascii_digit() && pair[1].is_ascii_alphabetic()
            || pair[0].is_ascii_alphabetic() && pair[1].is_ascii_digit()
    });
    value.len() >= 16 && value.bytes().all(plain) && mixed.count() >= 4 && distinct(value) >= 8
}

fn distinct(text: &str) -> u32 {
    text.bytes().filter(u8::is_ascii).fold(0_u128, |seen, byte| seen | 1 << byte).count_ones()
}

/// The password in `scheme://user:password@host`, where it is no placeholder.
pub fn embedded_password(value: &str) -> Option<&str> {
    let (_, rest) = value.split_once("://")?;
    let (user_info, host) = rest.split('/').next()?.rsplit_once('@')?;
    let (user, password) = user_info.split_once(':')?;
    let local = host.starts_with("localhost") || host.starts_with("127.") || !host.contains('.');
    let weak = password == user || password.contains(['$', '{', '<', '*']) || password.len() < 4;
    (!local && !weak && !placeholder(password)).then_some(password)
}

/// A token is not followed further than this, nor are more beginnings of one tried, so that a text full of them costs
/// no more than it should.
const MAX_BYTES: usize = 256;

/// Where the head of the first private key stands, in whichever of the PEM blocks of a text: certificates and
/// parameters often come before it.
fn private_key(text: &str) -> Option<Range<usize>> {
    const BEGIN: &str = "-----BEGIN ";
    text.match_indices(BEGIN).find_map(|(at, _)| {
        let rest = &text[at + BEGIN.len()..];
        let label = &rest[..rest.find("-----").filter(|end| *end < 64)?];
        let private = label.ends_with("PRIVATE KEY") || label == "PGP PRIVATE KEY BLOCK";
        let end = at + BEGIN.len() + label.len() + 5;
        (private && begins_key(&text[end..])).then_some(at..end)
    })
}

/// Whether what stands after the head of a key is one: its own line, or letters of base64 up to its end. Words
/// about keys go on with a blank.
fn begins_key(rest: &str) -> bool {
    let same_line = rest.trim_start_matches([' ', '\t']);
    let ends = same_line.is_empty() || same_line.starts_with(['\n', '\r']) || same_line.starts_with("\\n");
    let base64 = |c: char| c.is_ascii_alphanumeric() || "+/=".contains(c);
    let run = same_line.chars().take(MAX_BYTES).take_while(|c| base64(*c)).count();
    let closed = || same_line.get(run..).is_some_and(|rest| rest.trim_start().starts_with("-----END"));
    ends || run >= 24 || (run >= 4 && closed())
}

/// The kind of the first token in a text, and where it stands.
pub fn token(text: &str) -> Option<(&'static str, Range<usize>)> {
    if let Some(at) = private_key(text) {
        return Some(("a private key", at));
    }
    SECRETS.token.iter().find_map(|token| {
        text.match_indices(token.prefix).take(MAX_BYTES).find_map(|(at, _)| {
            let before = text[..at].chars().next_back();
            if before.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_') {
                return None;
            }
            let rest = &text[at + token.prefix.len()..];
            let of_it = |byte: u8| {
                if token.upper {
                    byte.is_ascii_uppercase() || byte.is_ascii_digit()
                } else {
                    byte.is_ascii_alphanumeric() || b"_-.".contains(&byte)
                }
            };
            let length = rest.bytes().take(MAX_BYTES).take_while(|&byte| of_it(byte)).count();
            let body = &rest[..length];
            let real = length >= token.least && distinct(body) >= 8 && !placeholder(body);
            real.then(|| (token.kind, at..at + token.prefix.len() + length))
        })
    })
}

/// Whether a path's last part is the name of a file, or folder, that holds secrets.
pub fn secret_file(path: &str) -> bool {
    let files = &SECRETS.files;
    let path = path.trim_end_matches('/').to_ascii_lowercase();
    // `.npmrc*` takes the file where there is one.
    let name = path.rsplit('/').next().unwrap_or_default().trim_end_matches('*');
    if name.is_empty() || name.len() > 128 {
        return false;
    }
    let ending = name.rsplit(['.', '-', '_']).next().unwrap_or_default();
    if files.harmless.contains(&ending) {
        return false;
    }
    let words = || name.split(|c: char| !c.is_ascii_alphanumeric());
    let says = |list: &[&str]| words().any(|word| list.contains(&word));
    if let Some(stem) = name.strip_suffix(".pem")
        && !stem.contains('*')
        && words().any(|word| files.private.iter().any(|&known| word.ends_with(known)))
    {
        return !says(&files.certificate);
    }
    files.secret.iter().any(|pattern| match (pattern.strip_prefix('*'), pattern.strip_suffix('*')) {
        (Some(end), _) => name.len() > end.len() && name.ends_with(end) && !says(&files.certificate),
        (_, Some(start)) => name.starts_with(start) && name.len() > start.len(),
        _ => name == *pattern,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_can_be_read() {
        assert!(SECRETS.token.len() > 20);
    }

    #[test]
    fn names() {
        for name in ["DB_PASSWORD", "SECRET", "dbPassword", "PGPASSWORD", "NPM_TOKEN", "API_KEY_2", "SECRET_KEY_BASE"] {
            assert_eq!(naming(name), Some(Naming::Secret), "{name}");
        }
        assert_eq!(naming("AWS_SESSION_TOKEN"), Some(Naming::Aws));
        assert_eq!(naming("STRIPE_KEY"), Some(Naming::Perhaps));
        for name in [
            "PWD",
            "SECRET_NAME",
            "SECRET_ARN",
            "TOKEN_EXPIRY",
            "KMS_KEY_ID",
            "NEXT_PUBLIC_API_KEY",
            "JWT_PUBLIC_KEY",
            "GIT_SSH_COMMAND",
            "GPG_KEY",
            "PASSWORD_FILE",
            "MAX_TOKEN",
            "BYPASS",
            "",
            "___",
        ] {
            assert_eq!(naming(name), None, "{name}");
        }
    }

    #[test]
    fn values() {
        for value in ["", "xxx", "000", "changeme", "<your key>", "${X}", "dev-secret", "/run/secrets/x", "arn:aws:x:1"]
        {
            assert!(placeholder(value), "{value}");
        }
        for value in ["hunter22", "Kr6x8TlAD1QLH2RcFX9hIJ-xxx", "postgres://u:s3cr3t9@db.acme.io/x"] {
            assert!(!placeholder(value), "{value}");
        }
        assert!(random("6144a906-f54b-4c74-a8f7-00") && !random("v1-dependencies-2024"));
        assert_eq!(embedded_password("https://u:p4ss9word@pypi.acme.io/simple"), Some("p4ss9word"));
        assert_eq!(embedded_password("postgres://postgres:postgres@db:5432"), None);
        assert_eq!(embedded_password("https://u:${T}@pypi.acme.io/simple"), None);
    }

    #[test]
    fn tokens() {
        // Put together here, so that no scanner takes this file for a leak.
        let aws = format!("x={}{}", "AKIA", "Z7QK3M5N8P2R4T6W");
        assert_eq!(token(&aws).map(|(kind, at)| (kind, at.start)), Some(("an AWS access key", 2)));
        assert!(token(&format!("{}IOSFODNN7EXAMPLE", "AKIA")).is_none());
        assert!(token(&format!("-----BEGIN {}PRIVATE KEY-----", "RSA ")).is_some());
        let pem = |label: &str| format!("-----BEGIN {label}-----\nMIIB\n-----END {label}-----\n");
        let private = |kind: &str| pem(&format!("{kind}PRIVATE KEY"));
        for before in ["CERTIFICATE", "EC PARAMETERS", "DH PARAMETERS", "X9.62 EC PARAMETERS"] {
            let text = format!("Bag Attributes\n{}{}", pem(before).repeat(3), private("EC "));
            assert_eq!(
                token(&text).map(|(_, at)| text[at].len()),
                Some("-----BEGIN EC PRIVATE KEY-----".len()),
                "{before}"
            );
        }
        assert!(token(&pem("PGP PRIVATE KEY BLOCK")).is_some());
        for label in ["CERTIFICATE", "CERTIFICATE REQUEST", "PUBLIC KEY", "PGP PUBLIC KEY BLOCK", "EC PARAMETERS"] {
            assert!(token(&pem(label).repeat(2)).is_none(), "{label}");
        }
        assert!(token("-----BEGIN \nPRIVATE KEYS ARE ELSEWHERE").is_none());
        assert!(token("npm_config_cache=/tmp npm_lifecycle_event").is_none());
        assert!(token(&format!("ghp_{}", "x".repeat(36))).is_none());
    }

    #[test]
    fn files() {
        for path in
            [".env", "a/.env.production", ".npmrc", "/root/.ssh/", "id_rsa", "tls/private-key.pem", "server.key"]
        {
            assert!(secret_file(path), "{path}");
        }
        for path in [
            ".env.example",
            ".env.sample",
            "global-bundle.pem",
            "rds-combined-ca-bundle.pem",
            "cert.pem",
            "*.pem",
            "ca.key.pub",
            "id_rsa.pub",
            ".",
            "",
            "public.key",
            "known_hosts",
            "*",
            "src/credentials.ts",
        ] {
            assert!(!secret_file(path), "{path}");
        }
    }
}
