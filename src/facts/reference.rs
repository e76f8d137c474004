//! The name of an image, taken apart.

/// Whether Docker takes a text as the name of an image at all, registry, tag and digest included. What it may not
/// look like is stricter than what [`ImageRef::parse`] can take apart.
pub fn is_image_name(text: &str) -> bool {
    let hex = |text: &str| text.bytes().all(|b| b.is_ascii_hexdigit());
    if text.len() == 64 && hex(text) {
        return false;
    }
    let (domain, rest) = match text.split_once('/') {
        Some((first, rest)) if first.contains(['.', ':']) || first == "localhost" || has_upper(first) => {
            (Some(first), rest)
        }
        _ => (None, text),
    };
    let (rest, digest) = rest.split_once('@').map_or((rest, None), |(rest, digest)| (rest, Some(digest)));
    let (path, tag) = rest.split_once(':').map_or((rest, None), |(path, tag)| (path, Some(tag)));
    domain.is_none_or(is_domain)
        && path.len() + domain.map_or(0, str::len) < 255
        && path.split('/').all(is_component)
        && tag.is_none_or(is_tag)
        && digest.is_none_or(|digest| {
            digest.split_once(':').is_some_and(|(name, sum)| {
                name.starts_with(|c: char| c.is_ascii_alphabetic())
                    && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_+.".contains(c))
                    && sum.len() >= 32
                    && hex(sum)
            })
        })
}

fn has_upper(text: &str) -> bool {
    text.chars().any(char::is_uppercase)
}

/// `[a-z0-9]+`, parted by one `.`, one or two `_`, or any number of `-`.
fn is_component(part: &str) -> bool {
    let letter = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    part.starts_with(letter)
        && part.ends_with(letter)
        && part
            .split(letter)
            .all(|between| matches!(between, "" | "." | "_" | "__") || between.bytes().all(|b| b == b'-'))
}

fn is_tag(tag: &str) -> bool {
    let letter = |c: char| c.is_ascii_alphanumeric() || c == '_';
    tag.len() <= 128 && tag.starts_with(letter) && tag.chars().all(|c| letter(c) || c == '.' || c == '-')
}

/// `example.com:5000`, `localhost`, `[::1]:5000`.
fn is_domain(domain: &str) -> bool {
    let port = |port: &str| !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit());
    if let Some((address, rest)) = domain.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        let plain = !address.is_empty() && address.chars().all(|c| c.is_ascii_hexdigit() || c == ':');
        return plain && (rest.is_empty() || rest.strip_prefix(':').is_some_and(port));
    }
    let (host, number) = domain.split_once(':').map_or((domain, None), |(host, number)| (host, Some(number)));
    let letter = |c: char| c.is_ascii_alphanumeric();
    let label =
        |part: &str| part.starts_with(letter) && part.ends_with(letter) && part.chars().all(|c| letter(c) || c == '-');
    host.split('.').all(label) && number.is_none_or(port)
}

/// A reference to an image, taken apart as Docker does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImageRef {
    /// `public.ecr.aws`; `docker.io` where none is written.
    pub registry: String,
    /// `lambda/python`; `library/` is taken off for Docker Hub's own images.
    pub repository: String,
    /// `3.12`, if written.
    pub tag: Option<String>,
    /// `sha256:…`, if written.
    pub digest: Option<String>,
}

impl ImageRef {
    /// Takes a reference apart; `None` where Docker would refuse it or a variable is left in it.
    pub fn parse(reference: &str) -> Option<Self> {
        let (name, digest) = match reference.split_once('@') {
            Some((name, digest)) => (name, Some(digest.to_owned())),
            None => (reference, None),
        };
        let (name, tag) = match name.rsplit_once(':') {
            // `localhost:5000/x` has a port and no tag.
            Some((name, tag)) if !tag.contains('/') => (name, Some(tag.to_owned())),
            _ => (name, None),
        };
        let (registry, path) = match name.split_once('/') {
            Some((first, rest)) if first.contains(['.', ':']) || first == "localhost" => (first, rest),
            _ => ("docker.io", name),
        };
        let registry = if registry == "index.docker.io" { "docker.io" } else { registry };
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-/".contains(c);
        let tag_plain = |tag: &String| {
            !tag.is_empty() && tag.len() <= 128 && tag.chars().all(|c| c.is_ascii_alphanumeric() || "_.-".contains(c))
        };
        if path.is_empty() || !path.chars().all(plain) || !tag.as_ref().is_none_or(tag_plain) {
            return None;
        }
        let path = if registry == "docker.io" { path.strip_prefix("library/").unwrap_or(path) } else { path };
        Some(Self { registry: registry.to_owned(), repository: path.to_owned(), tag, digest })
    }

    /// The name as people write it, without tag: Docker Hub's registry is left out.
    pub fn familiar(&self) -> String {
        if self.registry == "docker.io" {
            self.repository.clone()
        } else {
            format!("{}/{}", self.registry, self.repository)
        }
    }

    /// The name that tables use: a mirror of Docker Hub's own images counts as Docker Hub.
    pub(super) fn key(&self) -> String {
        match (self.registry.as_str(), self.repository.strip_prefix("docker/library/")) {
            ("public.ecr.aws", Some(official)) => official.to_owned(),
            ("mirror.gcr.io", _) => self.repository.trim_start_matches("library/").to_owned(),
            _ => self.familiar(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{ImageRef, is_image_name};

    fn parts(reference: &str) -> Option<(String, Option<String>)> {
        ImageRef::parse(reference).map(|r| (format!("{}|{}", r.registry, r.repository), r.tag))
    }

    #[test]
    fn names_that_docker_takes() {
        let sum = "0123456789abcdef0123456789abcdef";
        for good in
            ["a", "a/b", "a_b__c-d--e.f:Tag_1", "localhost:5000/a", "Foo/bar", "x.y/a:1", "[::1]:5/a", "a:1-${x}"]
        {
            assert_eq!(is_image_name(good), !good.contains('$'), "{good}");
        }
        assert!(is_image_name(&format!("a@sha256:{sum}")));
        let id = sum.repeat(2);
        for bad in ["", "a:", "A", "a/B", "a//b", "a@sha256:0", "-a", "a_", "a...b", "a:-1", "x.y/", "a b", &id] {
            assert!(!is_image_name(bad), "{bad}");
        }
    }

    #[test]
    fn references() {
        let some = |name: &str, tag: Option<&str>| Some((name.to_owned(), tag.map(str::to_owned)));
        assert_eq!(parts("python:3.12"), some("docker.io|python", Some("3.12")));
        assert_eq!(parts("docker.io/library/python"), some("docker.io|python", None));
        assert_eq!(parts("localhost:5000/a/b"), some("localhost:5000|a/b", None));
        assert_eq!(
            parts("public.ecr.aws/lambda/python:3.12@sha256:0"),
            some("public.ecr.aws|lambda/python", Some("3.12"))
        );
        assert_eq!(parts("bref/php-83:2"), some("docker.io|bref/php-83", Some("2")));
        assert_eq!(parts("${BASE}:1"), None);
        assert_eq!(parts("Python:3"), None);
        assert_eq!(parts(""), None);
    }
}
