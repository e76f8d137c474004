//! Checking one subject: read it, work out its launch, run the rules, sign what they find.

mod checked;
mod echo;
mod run;
mod silence;

pub use checked::{Checked, FunctionOutcome, ImageOutcome, Outcome};

use crate::context;
use crate::diagnostic::Doc;
use crate::dockerfile::Dockerfile;
use crate::image::Image;
use crate::launch::{Build, Launch, Pairing};
use crate::options::{Folder, Options};
use crate::rules::Deployed;
use crate::shellcheck::Answers;
use crate::source::{Source, Span};
use crate::template::{Function, Template};
use run::{Models, run};
use std::collections::BTreeMap;

/// A Dockerfile, and what there is beside its text.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// The path as the user named it; `-` for standard input.
    pub path: &'a str,
    /// The text.
    pub bytes: &'a [u8],
    /// Where the build context is, for what only its files can tell.
    pub context: Option<&'a Folder>,
    /// What ShellCheck says of the scripts; `None` where it was not asked.
    pub shellcheck: Option<&'a Answers>,
}

impl<'a> Subject<'a> {
    /// A Dockerfile of which there is the text alone.
    pub fn new(path: &'a str, bytes: &'a [u8]) -> Self {
        Self { path, bytes, context: None, shellcheck: None }
    }
}

/// Checks the text of a Dockerfile.
pub fn dockerfile(path: &str, bytes: impl AsRef<[u8]>, options: &Options) -> Checked {
    subject(&Subject::new(path, bytes.as_ref()), options)
}

/// Checks a Dockerfile together with what there is beside it.
pub fn subject(subject: &Subject<'_>, options: &Options) -> Checked {
    let dockerfile = Dockerfile::read(subject.bytes);
    let mut build = Build::new(&dockerfile, options);
    // All that is looked up on the disk is looked up here: rules never touch it.
    build.context = subject.context.and_then(|folder| context::look(&build, folder));
    let build = build;
    let error =
        options.target.as_ref().filter(|_| build.target.is_none()).map(|name| format!("no stage is named {name}"));
    let mut notes = Vec::new();
    let lambda = options.function.unwrap_or_else(|| build.points_to_lambda());
    if !lambda {
        let why = if options.function.is_some() {
            "lamblint.toml says so"
        } else {
            "nothing in it points to Lambda; --lambda checks it all the same"
        };
        notes.push(format!("checked as no Lambda function: {why}"));
    }
    let launch = Launch::of_build(&build, options).filter(|_| lambda);
    let sources = BTreeMap::from([(Doc::Dockerfile, dockerfile.source.clone())]);
    let said = run(&Models {
        build: Some(&build),
        launch: launch.as_ref(),
        shellcheck: subject.shellcheck,
        ..Models::new(subject.path, options, &sources)
    });
    Checked {
        path: subject.path.to_owned(),
        outcome: Outcome::Dockerfile { error },
        diagnostics: said.diagnostics,
        cut: said.cut,
        suppressed: said.suppressed,
        known: 0,
        sources,
        notes,
    }
}

/// Checks an image that was read from an archive or layout.
pub fn image(path: &str, image: &Image, options: &Options) -> Checked {
    image_of(path, image, None, options)
}

/// Checks an image together with the Dockerfile that made it (its path and bytes): findings about a layer point
/// at the instruction that made it.
pub fn image_of(path: &str, image: &Image, dockerfile: Option<(&str, &[u8])>, options: &Options) -> Checked {
    let mut sources = image.sources();
    let (mut notes, mut contradiction) = (Vec::new(), None);
    let mut layers: Vec<Option<Span>> = Vec::new();
    if let Some((name, bytes)) = dockerfile {
        let dockerfile = Dockerfile::read(bytes);
        let pairing = Pairing::of(&Build::new(&dockerfile, options), image);
        contradiction = pairing.contradiction.map(|why| format!("{name} did not make this image: {why}"));
        layers = pairing.spans;
        sources.insert(Doc::Dockerfile, dockerfile.source);
    }
    let outcome = ImageOutcome::of(image, contradiction);
    if image.form == crate::image::Form::DockerArchive {
        notes.push(
            "an old docker-archive hides the index and rewrites layers; `docker buildx build -o type=oci` or \
             `skopeo copy` saves what would be pushed"
                .to_owned(),
        );
    }
    let (verified, all) = (outcome.verified_layers, outcome.layers);
    let rest = if verified < all { "; --verify reads the plain ones too" } else { "" };
    notes.push(format!("{verified} of {all} layers were read whole and held against their digests{rest}"));
    let launch = Launch::of_image(image, options);
    let said = run(&Models {
        image: Some(image),
        launch: Some(&launch),
        made_by: dockerfile.map(|(name, _)| (name, layers.as_slice())),
        ..Models::new(path, options, &sources)
    });
    Checked {
        path: path.to_owned(),
        outcome: Outcome::Image(outcome),
        diagnostics: said.diagnostics,
        cut: said.cut,
        suppressed: said.suppressed,
        known: 0,
        sources,
        notes,
    }
}

/// Checks the functions of a template.
pub fn template(template: &Template, options: &Options) -> Checked {
    let sources: BTreeMap<Doc, Source> = template.files.iter().map(|file| (file.doc, file.source.clone())).collect();
    let functions: Vec<Deployed<'_>> =
        template.functions.iter().map(|function| Deployed { function, options }).collect();
    let said = run(&Models {
        functions: &functions,
        files: &template.files,
        ..Models::new(&template.path, options, &sources)
    });
    let of_function = |function: &Function| FunctionOutcome {
        name: function.id.clone(),
        template: template.file_of(function).map_or(&template.path, |file| &file.path).clone(),
    };
    Checked {
        path: template.path.clone(),
        outcome: Outcome::Template(template.functions.iter().map(of_function).collect()),
        diagnostics: said.diagnostics,
        cut: said.cut,
        suppressed: said.suppressed,
        known: 0,
        sources,
        notes: template.notes.clone(),
    }
}
