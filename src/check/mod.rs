//! Checking one subject: read it, work out its launch, run the rules, sign what they find.

mod checked;
mod deployed;
mod fold;
pub mod launches;
mod overlaps;
mod run;
mod suppressions;

pub use checked::{Checked, FunctionOutcome, ImageOutcome, Outcome};

use crate::context;
use crate::diagnostic::DocumentId;
use crate::dockerfile::Dockerfile;
use crate::image::Image;
use crate::launch::{Build, Launch, NamedFor, Pairing};
use crate::options::{Folder, Options};
use crate::rules::Deployed;
use crate::shellcheck::Results;
use crate::source::{Source, Span};
use crate::template::{Function, Linked, Template, TemplateFile};
use deployed::{Group, MAX_OF_IMAGE, groups, most, note, together};
use run::{Models, run};
use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

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
    pub shellcheck: Option<&'a Results>,
    /// The functions that templates deploy from it.
    pub functions: &'a [Linked],
}

impl<'a> Subject<'a> {
    /// A Dockerfile of which there is the text alone.
    pub fn new(path: &'a str, bytes: &'a [u8]) -> Self {
        Self { path, bytes, context: None, shellcheck: None, functions: &[] }
    }
}

/// Checks the text of a Dockerfile.
pub fn dockerfile(path: &str, bytes: impl AsRef<[u8]>, options: &Options) -> Checked {
    subject(&Subject::new(path, bytes.as_ref()), options)
}

/// Checks a Dockerfile together with what there is beside it.
pub fn subject(subject: &Subject<'_>, options: &Options) -> Checked {
    let dockerfile = Dockerfile::read(subject.bytes);
    let files = files_of(subject.functions);
    let sources = sources_of(&files, [(DocumentId::Dockerfile, dockerfile.source.clone())]);
    let build = Build::new(&dockerfile, options);
    let error =
        options.target.as_ref().filter(|_| build.target.is_none()).map(|name| format!("no stage is named {name}"));
    let mut notes = Vec::new();
    let lambda = options.function.unwrap_or_else(|| !subject.functions.is_empty() || build.points_to_lambda());
    if !lambda {
        let why = if options.function.is_some() {
            "lamblint.toml says so"
        } else {
            "nothing in it points to Lambda; --lambda runs all rules"
        };
        notes.push(format!("not checked as a Lambda function: {why}"));
    }
    // All that is looked up on the disk is looked up here: rules never touch it.
    let no_context = Cell::new(false);
    let look = |mut build: Build<'_>, options: &Options, group: Option<&Group<'_>>| {
        build.context = subject.context.and_then(|folder| context::look(&build, folder));
        no_context.set(subject.context.is_some() && build.context.is_none());
        build.named_for = std::path::absolute(subject.path).ok().and_then(|path| NamedFor::of(&path));
        let build = build;
        let launch = Launch::of_build(&build, options).filter(|_| lambda);
        let launch = match group {
            Some(group) => launch.map(|launch| launch.deployed(&group.overrides)),
            None => launch,
        };
        if let (Some(launch), Some(folder)) = (&launch, subject.context) {
            context::follow(launch, &build, folder);
        }
        let functions = group.map(|group| Deployed::all(group, options, Some(&build), launch.as_ref(), None));
        run(&Models {
            build: Some(&build),
            launch: launch.as_ref(),
            functions: functions.as_deref().unwrap_or_default(),
            files: &files,
            shellcheck: subject.shellcheck,
            ..Models::new(subject.path, options, &sources)
        })
    };
    let said = if subject.functions.is_empty() {
        look(build, options, None)
    } else {
        let (groups, left_out) = groups(subject.functions, options, most(subject.bytes.len()));
        notes.extend(note(left_out));
        together(groups.into_iter().map(|group| {
            let said = look(Build::new(&dockerfile, &group.options), &group.options, Some(&group));
            (group, said)
        }))
    };
    Checked {
        path: subject.path.to_owned(),
        outcome: Outcome::Dockerfile { error, lambda, no_context: no_context.get() },
        diagnostics: said.diagnostics,
        cut: said.cut,
        suppressed: said.suppressed,
        known: 0,
        sources,
        notes,
    }
}

/// The files of the templates that declare functions.
fn files_of(linked: &[Linked]) -> Vec<&TemplateFile> {
    let mut seen = BTreeSet::new();
    let files = linked.iter().flat_map(|linked| &linked.template.files);
    files.filter(|file| seen.insert(file.doc)).collect()
}

fn sources_of(
    files: &[&TemplateFile],
    own: impl IntoIterator<Item = (DocumentId, Source)>,
) -> BTreeMap<DocumentId, Source> {
    files.iter().map(|file| (file.doc, file.source.clone())).chain(own).collect()
}

/// Checks an image that was read from an archive or layout.
pub fn image(path: &str, image: &Image, options: &Options) -> Checked {
    image_of(path, image, None, &[], options)
}

/// Checks an image together with the Dockerfile that made it (its path and bytes): findings about a layer point
/// at the instruction that made it.
///
/// `functions` are those that templates deploy from it.
pub fn image_of(
    path: &str,
    image: &Image,
    dockerfile: Option<(&str, &[u8])>,
    functions: &[Linked],
    options: &Options,
) -> Checked {
    let files = files_of(functions);
    let mut sources = sources_of(&files, image.sources());
    let (mut notes, mut contradiction) = (Vec::new(), None);
    let mut layers: Vec<Option<Span>> = Vec::new();
    if let Some((name, bytes)) = dockerfile {
        let dockerfile = Dockerfile::read(bytes);
        let pairing = Pairing::of(&Build::new(&dockerfile, options), image);
        contradiction = pairing.contradiction.map(|why| format!("{name} did not make this image: {why}"));
        layers = pairing.spans;
        sources.insert(DocumentId::Dockerfile, dockerfile.source);
    }
    let mut outcome = ImageOutcome::of(image, contradiction);
    if image.form == crate::image::Form::DockerArchive {
        notes.push(
            "an old docker-archive hides the index and rewrites layers; `docker buildx build -o type=oci` or \
             `skopeo copy` saves what would be pushed"
                .to_owned(),
        );
    }
    let (verified, all) = (outcome.verified_layers, outcome.layers);
    let rest = match (image.layers_left_out, verified < all) {
        (true, _) => "; --depth layers reads them",
        (false, true) => "; --verify reads the plain ones too",
        (false, false) => "",
    };
    notes.push(format!("{verified} of {all} layers were read whole and compared with their digests{rest}"));
    let look = |options: &Options, group: Option<&Group<'_>>| {
        let launch = Launch::of_image(image, options);
        let launch = match group {
            Some(group) => launch.deployed(&group.overrides),
            None => launch,
        };
        let functions = group.map(|group| Deployed::all(group, options, None, Some(&launch), Some(image)));
        run(&Models {
            image: Some(image),
            launch: Some(&launch),
            functions: functions.as_deref().unwrap_or_default(),
            files: &files,
            built_from: dockerfile.map(|(name, _)| (name, layers.as_slice())),
            ..Models::new(path, options, &sources)
        })
    };
    let said = if functions.is_empty() {
        look(options, None)
    } else {
        let (groups, left_out) = groups(functions, options, MAX_OF_IMAGE);
        notes.extend(note(left_out));
        together(groups.into_iter().map(|group| {
            let said = look(&group.options, Some(&group));
            (group, said)
        }))
    };
    if image.layers_left_out {
        outcome.not_asked = Some(said.not_asked);
    }
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

/// Checks the functions of a template by what it says of them. `images` are the Dockerfiles and archives that they are
/// deployed from, as far as these are known: with those, they are checked as their subjects.
pub fn template(template: &Template, images: &[Option<String>], options: &Options) -> Checked {
    let files: Vec<&TemplateFile> = template.files.iter().collect();
    let sources = sources_of(&files, []);
    let image = |at: usize| images.get(at).and_then(Option::as_ref);
    let alone: Vec<Launch<'_>> = template
        .functions
        .iter()
        .enumerate()
        .filter(|(at, function)| image(*at).is_none() && function.is_image())
        .map(|(_, function)| Launch::of_function(options, &function.overrides()))
        .collect();
    let of = |function| Deployed { function, options, build: None, launch: None, image: None };
    let functions: Vec<Deployed<'_>> = template.functions.iter().map(of).collect();
    let said = run(&Models {
        functions: &functions,
        template: Some(template),
        alone: &alone,
        files: &files,
        ..Models::new(&template.path, options, &sources)
    });
    let outcome = |(at, function): (usize, &Function)| FunctionOutcome {
        name: function.id.clone(),
        template: template.file_of(function).map_or(&template.path, |file| &file.path).clone(),
        dockerfile: image(at).filter(|_| !function.image.is_archive()).cloned(),
        image: function.image.text().or_else(|| image(at).filter(|_| function.image.is_archive()).cloned()),
    };
    Checked {
        path: template.path.clone(),
        outcome: Outcome::Template(template.functions.iter().enumerate().map(outcome).collect()),
        diagnostics: said.diagnostics,
        cut: said.cut,
        suppressed: said.suppressed,
        known: 0,
        sources,
        notes: template.notes.clone(),
    }
}

impl<'a> Deployed<'a> {
    /// All functions of a group.
    fn all(
        group: &Group<'a>,
        options: &'a Options,
        build: Option<&'a Build<'a>>,
        launch: Option<&'a Launch<'a>>,
        image: Option<&'a Image>,
    ) -> Vec<Self> {
        let one = |function: &&'a Function| Self { function, options, build, launch, image };
        group.functions.iter().map(one).collect()
    }
}
