//! Extensions that were built for another libc than the image has.

use super::{Build, Launch};
use crate::diagnostic::Location;
use crate::facts;

/// An extension for another libc.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForeignExtension {
    /// The image that it comes from.
    pub image: String,
    /// Where that is named.
    pub place: Location,
    /// `true` if it was built for musl.
    pub musl: bool,
    /// What to copy from in its place; `None` if the tag tells no name.
    pub instead: Option<String>,
}

impl Launch<'_> {
    /// The extensions whose image has a build for each libc, and the one for the other is taken.
    pub fn foreign_extensions(&self) -> Vec<ForeignExtension> {
        let (Some(build), Some(musl)) = (self.build, self.base.musl()) else { return Vec::new() };
        foreign(build, musl)
    }
}

fn foreign(build: &Build<'_>, musl: bool) -> Vec<ForeignExtension> {
    let copies = build.copies();
    let found = copies.iter().filter_map(|copied| {
        let reference = build.origin_base(copied)?.reference.as_ref()?;
        let known = facts::package_needs().extension.iter();
        let known = known.into_iter().find(|known| reference.repository.ends_with(&known.repository))?;
        let tag = reference.tag.as_deref().filter(|_| reference.digest.is_none())?;
        let is_musl = tag.contains(known.musl);
        let name = reference.familiar();
        let instead = match tag.strip_suffix(&format!("-{}", known.musl)) {
            Some(plain) => format!("{name}:{plain}"),
            None => format!("{name}:{tag}-{}", known.musl),
        };
        (is_musl != musl).then(|| ForeignExtension {
            image: format!("{name}:{tag}"),
            place: copied.span().into(),
            musl: is_musl,
            instead: Some(instead),
        })
    });
    found.collect()
}
