//! What Lambda would start of a subject: once for each function that deploys it.

use super::deployed::{Group, groups, most};
use super::{Subject, files_of};
use crate::context;
use crate::diagnostic::DocumentId;
use crate::dockerfile::Dockerfile;
use crate::image::Image;
use crate::launch::{Build, Launch};
use crate::launched::{Launched, Texts};
use crate::options::Options;
use crate::template::{Function, Linked, Template, TemplateFile};

/// What Lambda would start of a Dockerfile's final image.
pub fn of_dockerfile(subject: &Subject<'_>, options: &Options) -> Vec<Launched> {
    let dockerfile = Dockerfile::read(subject.bytes);
    let files = files_of(subject.functions);
    let mut texts = texts_of(&files);
    texts.insert(DocumentId::Dockerfile, (subject.path, &dockerfile.source));
    let one = |options: &Options, group: Option<&Group<'_>>| {
        let mut build = Build::new(&dockerfile, options);
        build.context = subject.context.and_then(|folder| context::look(&build, folder));
        let build = build;
        let follow = |launch: &Launch<'_>| {
            if let Some(folder) = subject.context {
                context::follow(launch, &build, folder);
            }
        };
        Launch::of_build(&build, options)
            .map_or_else(Vec::new, |launch| each(subject.path, launch, group, &follow, &files, &texts))
    };
    grouped(subject.functions, options, one)
}

/// What Lambda would start of a saved image.
pub fn of_image(path: &str, image: &Image, functions: &[Linked], options: &Options) -> Vec<Launched> {
    let files = files_of(functions);
    let sources = image.sources();
    let mut texts = texts_of(&files);
    texts.extend(sources.iter().map(|(doc, source)| (*doc, (path, source))));
    let one = |options: &Options, group: Option<&Group<'_>>| {
        each(path, Launch::of_image(image, options), group, &|_| {}, &files, &texts)
    };
    let mut all = grouped(functions, options, one);
    for launched in &mut all {
        launched.image.clone_from(&image.name);
        launched.is_build = false;
    }
    all
}

/// What Lambda would start of the functions whose image is not known.
pub fn of_template(template: &Template, images: &[Option<String>], options: &Options) -> Vec<Launched> {
    let files: Vec<&TemplateFile> = template.files.iter().collect();
    let texts = texts_of(&files);
    let functions = template.functions.iter().enumerate();
    let unknown = functions.filter(|(at, function)| function.is_image() && images.get(*at).is_none_or(Option::is_none));
    let one = |(_, function): (usize, &Function)| {
        let launch = Launch::of_function(options, &function.overrides());
        let file = template.file_of(function).map(|file| file.path.as_str());
        let mut launched = Launched::of(&template.path, &launch, file, &texts);
        launched.set_function_architecture(function, &texts);
        launched
    };
    unknown.map(one).collect()
}

fn texts_of<'a>(files: &[&'a TemplateFile]) -> Texts<'a> {
    files.iter().map(|file| (file.doc, (file.path.as_str(), &file.source))).collect()
}

fn grouped(
    functions: &[Linked],
    options: &Options,
    one: impl Fn(&Options, Option<&Group<'_>>) -> Vec<Launched>,
) -> Vec<Launched> {
    if functions.is_empty() {
        return one(options, None);
    }
    groups(functions, options, most(0)).0.iter().flat_map(|group| one(&group.options, Some(group))).collect()
}

/// The launch of an image for each function of a group: they differ in their names alone. `follow` looks up what the
/// handler imports, where that has to be done beforehand.
fn each(
    path: &str,
    launch: Launch<'_>,
    group: Option<&Group<'_>>,
    follow: &dyn Fn(&Launch<'_>),
    files: &[&TemplateFile],
    texts: &Texts<'_>,
) -> Vec<Launched> {
    let Some(group) = group else {
        follow(&launch);
        return vec![Launched::of(path, &launch, None, texts)];
    };
    let launch = launch.deployed(&group.overrides);
    follow(&launch);
    let one = |function: &&Function| {
        let file = files.iter().find(|file| file.doc == function.place.doc).map(|file| file.path.as_str());
        let mut launched = Launched::of(path, &launch, file, texts);
        launched.function = Some(function.id.clone());
        launched.set_function_architecture(function, texts);
        launched
    };
    group.functions.iter().map(one).collect()
}
