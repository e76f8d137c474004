//! What a template names as a function's image: a URI in ECR, an image of the local Docker, a file, or nothing yet.

use super::value::Text;
use crate::diagnostic::Location;

/// Where a function's image comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Image {
    /// The template names none.
    #[default]
    Unset,
    /// A tool is to fill it in.
    Later(Location),
    /// A text, of which parts may be unknown.
    Uri(Text, Location),
    /// An image of the same template by its name there.
    Named(String, Location),
    /// A saved image, by its path from the template's folder.
    Archive(String, Location),
    /// A name that the template does not define, or a definition that contradicts itself: the message, where, what to
    /// do.
    Faulty(Fault),
    /// An expression, which is not null if `present`.
    Unknown {
        /// Where it stands.
        place: Location,
        /// `true` if it is not null.
        present: bool,
    },
}

/// What is wrong with a named image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What is wrong.
    pub message: String,
    /// Why here.
    pub label: String,
    /// What to do.
    pub help: String,
    /// Where.
    pub place: Location,
}

impl Image {
    /// Where it is named.
    pub fn place(&self) -> Option<Location> {
        match self {
            Self::Unset => None,
            Self::Later(place)
            | Self::Uri(_, place)
            | Self::Named(_, place)
            | Self::Archive(_, place)
            | Self::Unknown { place, .. } => Some(*place),
            Self::Faulty(fault) => Some(fault.place),
        }
    }

    /// `true` if it is a saved image.
    pub fn is_archive(&self) -> bool {
        matches!(self, Self::Archive(..))
    }

    /// What names it, if that is literal.
    pub fn text(&self) -> Option<String> {
        match self {
            Self::Uri(text, _) => text.known().map(str::to_owned),
            Self::Named(name, _) | Self::Archive(name, _) => Some(name.clone()),
            Self::Unset | Self::Later(_) | Self::Faulty(_) | Self::Unknown { .. } => None,
        }
    }

    /// `true` if an image is certainly named.
    pub fn is_present(&self) -> bool {
        match self {
            Self::Unset | Self::Later(_) | Self::Faulty(_) => false,
            Self::Uri(..) | Self::Named(..) | Self::Archive(..) => true,
            Self::Unknown { present, .. } => *present,
        }
    }
}

/// An image URI taken apart, as far as it is literal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Uri<'a> {
    /// The registry's host; `None` if it is unknown, or the name has none.
    pub host: Option<&'a str>,
    /// `true` if the text is literal up to its end.
    pub known: bool,
    /// The tag.
    pub tag: Option<&'a str>,
    /// The digest.
    pub digest: Option<&'a str>,
    /// The whole literal text, or the part in front of the first expression.
    pub head: &'a str,
}

impl<'a> Uri<'a> {
    /// Takes a text apart.
    pub fn of(text: &'a Text) -> Self {
        let head = text.known().unwrap_or(text.head());
        let known = text.known().is_some();
        let first = head.split('/').next().filter(|first| first.len() < head.len());
        // As Docker has it: what looks like a host is one.
        let host = first.filter(|first| first.contains(['.', ':']) || *first == "localhost");
        let tail = text.known().unwrap_or(text.tail());
        let (rest, digest) = match tail.rsplit_once('@') {
            Some((rest, digest)) => (rest, Some(digest).filter(|digest| !digest.is_empty())),
            None => (tail, None),
        };
        let last = rest.rsplit('/').next().unwrap_or_default();
        let tag = last.rsplit_once(':').map(|(_, tag)| tag).filter(|tag| !tag.is_empty());
        Self { host, known, tag, digest, head }
    }

    /// The Region of an ECR host, and whether it is a FIPS endpoint.
    pub fn ecr(&self) -> Option<(&'a str, bool)> {
        let mut parts = self.host?.split('.');
        let account = parts.next()?;
        let service = (parts.next()?, parts.next()?);
        let region = parts.next()?;
        let known = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
        match service {
            ("dkr", "ecr") if known => Some((region, false)),
            ("dkr", "ecr-fips") if known => Some((region, true)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uris_are_taken_apart() {
        let text = Text::literal("123456789012.dkr.ecr.eu-west-1.amazonaws.com/a/b:1@sha256:00");
        let uri = Uri::of(&text);
        assert_eq!((uri.ecr(), uri.tag, uri.digest), (Some(("eu-west-1", false)), Some("1"), Some("sha256:00")));
        let text = Text::literal("localhost:5000/app");
        assert_eq!((Uri::of(&text).host, Uri::of(&text).tag), (Some("localhost:5000"), None));
        let text = Text::literal("app:latest");
        assert_eq!((Uri::of(&text).host, Uri::of(&text).tag), (None, Some("latest")));
    }

    #[test]
    fn ends_of_an_expression_are_read() {
        let mut text = Text::default();
        text.push_unknown();
        text.push(":latest");
        let uri = Uri::of(&text);
        assert_eq!((uri.host, uri.known, uri.tag), (None, false, Some("latest")));
        let mut text = Text::literal("public.ecr.aws/x/");
        text.push_unknown();
        assert_eq!(Uri::of(&text).host, Some("public.ecr.aws"));
        let mut text = Text::literal("1.dkr.ecr.");
        text.push_unknown();
        text.push("/app:v1");
        assert_eq!(Uri::of(&text).host, None);
    }
}
