//! `WWW-Authenticate`: how a registry wants to be asked.

/// One way to log in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Challenge {
    /// User and password with each request.
    Basic,
    /// A token from somewhere else.
    Bearer {
        /// Where it comes from.
        realm: String,
        /// For whom.
        service: Option<String>,
        /// What it allows.
        scope: Option<String>,
    },
}

/// Bytes of a header that are read.
const MAX_LENGTH: usize = 8 * 1024;

/// All challenges of all headers, in their order; those of other kinds are left out.
pub(super) fn read<'a>(headers: impl Iterator<Item = &'a str>) -> Vec<Challenge> {
    headers.filter(|header| header.len() <= MAX_LENGTH).flat_map(of_header).collect()
}

fn of_header(header: &str) -> Vec<Challenge> {
    let mut all: Vec<(String, Vec<(String, String)>)> = Vec::new();
    let mut rest = header;
    loop {
        rest = rest.trim_start_matches([' ', '\t', ',']);
        let end = rest.find([' ', '\t', ',', '=']).unwrap_or(rest.len());
        let (word, behind) = rest.split_at(end);
        if word.is_empty() {
            break;
        }
        let after = behind.trim_start_matches([' ', '\t']);
        // A word with `=` and a value belongs to the scheme before it; any other word is a scheme.
        match after.strip_prefix('=').filter(|_| !all.is_empty()) {
            Some(value) => {
                let (value, behind) = value_of(value.trim_start_matches([' ', '\t']));
                if let Some((_, parameters)) = all.last_mut() {
                    parameters.push((word.to_ascii_lowercase(), value));
                }
                rest = behind;
            }
            None => {
                all.push((word.to_ascii_lowercase(), Vec::new()));
                rest = behind.strip_prefix('=').unwrap_or(behind);
            }
        }
    }
    let challenge = |(scheme, parameters): (String, Vec<(String, String)>)| {
        let get = |key: &str| parameters.iter().find(|(name, _)| name == key).map(|(_, value)| value.clone());
        match scheme.as_str() {
            "basic" => Some(Challenge::Basic),
            "bearer" => Some(Challenge::Bearer { realm: get("realm")?, service: get("service"), scope: get("scope") }),
            _ => None,
        }
    };
    all.into_iter().filter_map(challenge).collect()
}

/// A value, quoted or not, and what stands behind it.
fn value_of(text: &str) -> (String, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find([',', ' ', '\t']).unwrap_or(text.len());
        return (text[..end].to_owned(), &text[end..]);
    };
    let mut value = String::new();
    let mut chars = quoted.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return (value, &quoted[at + 1..]),
            '\\' => value.extend(chars.next().map(|(_, c)| c)),
            c => value.push(c),
        }
    }
    (value, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bearer(realm: &str, service: Option<&str>, scope: Option<&str>) -> Challenge {
        let own = |text: Option<&str>| text.map(str::to_owned);
        Challenge::Bearer { realm: realm.to_owned(), service: own(service), scope: own(scope) }
    }

    #[test]
    fn every_header_and_every_challenge_of_one() {
        let headers = [
            "Negotiate",
            "Bearer realm=\"https://a.e/token\",service=\"a, b\",scope=\"repository:x:pull,push\"",
            "Basic realm=\"https://r.e/\",service=\"ecr.amazonaws.com\", bearer Realm=\"https://b.e/\\\"t\" , service = s",
            "BASIC",
            "Digest realm=\"x\", nonce=\"=\"",
        ];
        let wanted = [
            bearer("https://a.e/token", Some("a, b"), Some("repository:x:pull,push")),
            Challenge::Basic,
            bearer("https://b.e/\"t", Some("s"), None),
            Challenge::Basic,
        ];
        assert_eq!(read(headers.into_iter()), wanted);
    }

    #[test]
    fn broken_ones_end() {
        for header in ["Bearer", "Bearer realm", "=", ",,,", "Bearer service=\"x", "a=b=c", "\u{e9}=", "Bearer =\"x\""]
        {
            assert_eq!(read([header].into_iter()), [], "{header}");
        }
        assert_eq!(read(["Bearer realm=\"x"].into_iter()), [bearer("x", None, None)]);
        assert_eq!(read([&*"Basic ".repeat(9000)].into_iter()), []);
    }
}
