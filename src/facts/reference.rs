//! The name of an image, taken apart.

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
    use super::ImageRef;

    fn parts(reference: &str) -> Option<(String, Option<String>)> {
        ImageRef::parse(reference).map(|r| (format!("{}|{}", r.registry, r.repository), r.tag))
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
