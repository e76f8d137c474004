//! The few functions that programs call: a Dockerfile's text or an image's bytes in, diagnostics out.

use crate::check::{self, Subject};
use crate::diagnostic::Diagnostic;
use crate::error::Error;
use crate::image::{self, Image, ReadOptions};
use crate::options::{Folder, Options};
use crate::{report, rules};
use std::io::Read;
use std::path::Path;

/// An image of an archive, and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct LintedImage {
    /// Its own name, if the archive gives one.
    pub name: Option<String>,
    /// What is wrong, in the order of places.
    pub diagnostics: Vec<Diagnostic>,
}

/// Checks the text of a Dockerfile.
///
/// `path` is what diagnostics call it; nothing is read from there, and what `COPY` names is not looked for: that is
/// [`lint_dockerfile_in`].
///
/// # Errors
///
/// [`Options::target`] names a stage that the file does not have, or a code in the options is no rule's. A Dockerfile
/// that cannot be read is not an error but a diagnostic.
///
/// # Examples
///
/// ```
/// use lamblint::{Arch, Options, lint_dockerfile};
///
/// let mut options = Options::default();
/// options.arch = Some(Arch::Arm64);
/// options.select = vec!["LL404".into()];
/// let text = "FROM public.ecr.aws/lambda/nodejs\nCOPY index.mjs ./\nCMD [\"index.handler\"]\n";
/// let found = lint_dockerfile("Dockerfile", text, &options)?;
/// assert_eq!(found.iter().map(|diagnostic| diagnostic.name).collect::<Vec<_>>(), ["unpinned-base"]);
///
/// options.select = vec!["LL40x".into()];
/// assert!(lint_dockerfile("Dockerfile", text, &options).is_err());
/// # Ok::<(), lamblint::Error>(())
/// ```
pub fn lint_dockerfile(path: &str, text: impl AsRef<[u8]>, options: &Options) -> Result<Vec<Diagnostic>, Error> {
    linted_dockerfile(&Subject::new(path, text.as_ref()), options)
}

/// The same, and looks for what `COPY` names in the folder that is the build context.
///
/// # Errors
///
/// As [`lint_dockerfile`]'s. A folder that does not hold what `COPY` names is not an error.
///
/// # Examples
///
/// ```
/// use lamblint::{Folder, Options, lint_dockerfile_in};
///
/// let folder = Folder { path: "tests/example".into(), given: true, dockerfile: "tests/example/Dockerfile".into() };
/// let text = "FROM public.ecr.aws/lambda/python:3.13\nCOPY ap.py ./\nCMD [\"app.handler\"]\n";
/// let found = lint_dockerfile_in(&folder, "Dockerfile", text, &Options::default())?;
/// assert!(found.iter().any(|diagnostic| diagnostic.code == "LL805"));
/// # Ok::<(), lamblint::Error>(())
/// ```
pub fn lint_dockerfile_in(
    context: &Folder,
    path: &str,
    text: impl AsRef<[u8]>,
    options: &Options,
) -> Result<Vec<Diagnostic>, Error> {
    linted_dockerfile(&Subject { context: Some(context), ..Subject::new(path, text.as_ref()) }, options)
}

fn linted_dockerfile(subject: &Subject<'_>, options: &Options) -> Result<Vec<Diagnostic>, Error> {
    known(options)?;
    let mut checked = check::subject(subject, options);
    checked.fold();
    match checked.error() {
        Some(error) => Err(Error::new(format!("{}: {error}", subject.path))),
        None => Ok(checked.diagnostics),
    }
}

/// Checks every image of an archive or a layout: what `docker save` and `docker buildx build -o type=oci` write.
///
/// # Errors
///
/// There is no such file, it is not an image at all, or a code in the options is no rule's. An image that is damaged is
/// none: that is a diagnostic.
///
/// # Examples
///
/// ```
/// use lamblint::{Options, lint_image};
///
/// let images = lint_image("tests/example/image.tar", &Options::default())?;
/// assert!(images[0].diagnostics.iter().any(|diagnostic| diagnostic.code == "LL101"));
/// # Ok::<(), lamblint::Error>(())
/// ```
pub fn lint_image(path: impl AsRef<Path>, options: &Options) -> Result<Vec<LintedImage>, Error> {
    known(options)?;
    let path = path.as_ref();
    image::open(path, &ReadOptions::default(), linted(&path.display().to_string(), options))
}

/// Checks every image of an archive that is read once, from front to back; `path` is what diagnostics call it.
///
/// # Errors
///
/// It is not an image at all, it cannot be read, or a code in the options is no rule's.
///
/// # Examples
///
/// ```
/// use lamblint::{Options, lint_image_from};
///
/// let archive = std::fs::File::open("tests/example/image.tar").unwrap();
/// let images = lint_image_from("image.tar", archive, &Options::default())?;
/// assert_eq!(images.len(), 1);
/// # Ok::<(), lamblint::Error>(())
/// ```
pub fn lint_image_from(path: &str, archive: impl Read, options: &Options) -> Result<Vec<LintedImage>, Error> {
    known(options)?;
    image::from_reader(archive, &ReadOptions::default(), linted(path, options))
        .map_err(|error| Error::new(format!("{path}: {error}")))
}

fn linted(path: &str, options: &Options) -> impl FnMut(Image) -> LintedImage {
    move |image| {
        let checked = check::image(path, &image, options);
        LintedImage { name: image.name.clone(), diagnostics: checked.diagnostics }
    }
}

/// Refuses unknown codes: a misspelt one would select nothing, and the run would pass.
fn known(options: &Options) -> Result<(), Error> {
    let severities = options.severities.iter().map(|(code, _)| code);
    let unknown = options.select.iter().chain(&options.ignore).chain(severities).find_map(|code| rules::unknown(code));
    unknown.map_or(Ok(()), |why| Err(Error::new(why)))
}

impl serde::Serialize for Diagnostic {
    /// As in the report `json`, `schemas/output.json`.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        report::diagnostic(self).serialize(serializer)
    }
}
