//! Which functions deploy what was found: templates that were asked for, and those above a Dockerfile.

use super::{Found, Links, Templates, is_named, open};
use crate::launch::Setting;
use crate::template::{Function, Located, Template};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// What was found, what holds there, and the functions that deploy it.
pub struct Deployed {
    /// What was found, and what templates that were asked for lead to.
    pub found: Vec<Subject>,
    /// The functions, by what they are deployed from.
    pub links: Links,
    /// Dockerfiles without CMD of which a program, a template or a file of Compose near them may say what starts.
    pub started_elsewhere: BTreeSet<PathBuf>,
    /// Build contexts that files of Compose and bake name.
    pub contexts: BTreeMap<PathBuf, PathBuf>,
    /// How each function is built.
    pub notes: Vec<String>,
}

/// What the user says of templates and functions.
#[derive(Clone, Copy, Default)]
pub struct Asked<'a> {
    /// Templates besides those that are found.
    pub templates: &'a [PathBuf],
    /// Ids or names of the functions that are meant; empty for all.
    pub functions: &'a [String],
}

/// What was found at a path.
type Subject = (PathBuf, Result<Found, String>);

/// Opens what the flags name, takes along the Dockerfiles and archives of templates that were asked for, and looks
/// above all others for templates that name them.
///
/// `configured` is the template that the configuration names for a path.
pub fn all(
    asked_for: Asked<'_>,
    mut found: Vec<Subject>,
    templates: &mut Templates,
    configured: &dyn Fn(&Path) -> Option<PathBuf>,
) -> Result<Deployed, String> {
    for path in asked_for.templates {
        match templates.named(path) {
            Ok(Some(template)) => {
                found.push((PathBuf::from(&template.path), Ok(Found::Template(Rc::new(template)))));
            }
            Ok(None) if is_among(&found, path) => {}
            Ok(None) => {
                let why = format!("{}: it declares no function from an image", path.display());
                found.push((path.clone(), Err(why)));
            }
            Err(error) => found.push((path.clone(), Err(error.to_string()))),
        }
    }
    let mut all: Vec<Rc<Template>> = asked(&found).cloned().collect();
    take_along(&mut found, &all);
    for (file, _) in found.iter().filter(|(_, found)| is_deployable(found)) {
        // What the configuration names for it, and what lies above it.
        if let Some(path) = configured(file) {
            all.extend(templates.named(&path).map_err(|error| error.to_string())?.map(Rc::new));
        }
        all.extend(templates.above(file).into_iter().map(Rc::new));
    }
    for name in asked_for.functions {
        let functions = || all.iter().flat_map(|template| &template.functions);
        if !functions().any(|function| is_named(function, name)) {
            return Err(format!("no template declares a function {name} from an image"));
        }
    }
    let seen: Vec<(PathBuf, &Found)> =
        found.iter().filter_map(|(path, found)| Some((path.clone(), found.as_ref().ok()?))).collect();
    let links = Links::of(&all, &seen, asked_for.functions);
    let mut notes: Vec<String> = all.iter().flat_map(|template| told(template)).collect();
    let (mut started_elsewhere, mut contexts) = (BTreeSet::new(), BTreeMap::new());
    for (path, found) in &found {
        let Ok(Found::Dockerfile { path: file, bytes }) = found else { continue };
        if file == Path::new("-") || !links.to(file).is_empty() {
            continue;
        }
        contexts.extend(templates.built_from(file).map(|context| (path.clone(), context)));
        if has_command(bytes) {
            continue;
        }
        if let Some(program) = templates.program_with_commands(file).or_else(|| command_for_all(&all, file)) {
            notes.push(format!("{}: {} may give its functions a command", file.display(), program.display()));
            started_elsewhere.insert(path.clone());
        } else if templates.started_by_others(file) {
            notes.push(format!("{}: a file of Compose says what starts in it", file.display()));
            started_elsewhere.insert(path.clone());
        }
    }
    Ok(Deployed { found, links, started_elsewhere, contexts, notes })
}

/// The template nearest to a Dockerfile, if it does not say how its images are built and gives each of their functions
/// a command.
fn command_for_all(templates: &[Rc<Template>], dockerfile: &Path) -> Option<PathBuf> {
    let whole = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    let dockerfile = whole(dockerfile);
    let mut nearest: Option<(usize, Vec<&Template>)> = None;
    for template in templates.iter().map(Rc::as_ref) {
        let Some(file) = template.files.first().map(|file| whole(Path::new(&file.path))) else { continue };
        let Some(folder) = file.parent().filter(|folder| dockerfile.starts_with(folder)) else { continue };
        let depth = folder.components().count();
        match &mut nearest {
            Some((known, _)) if *known > depth => {}
            Some((known, all)) if *known == depth => all.push(template),
            _ => nearest = Some((depth, vec![template])),
        }
    }
    let (_, templates) = nearest?;
    let unpaired = |function: &&Function| function.is_image() && matches!(function.located, Located::Unknown(_));
    let mut functions = templates.iter().flat_map(|template| &template.functions).filter(unpaired).peekable();
    functions.peek()?;
    let all = functions.all(|function| !matches!(function.command, Setting::Unset));
    templates.first().filter(|_| all).map(|template| PathBuf::from(&template.path))
}

/// `true` if some line of a Dockerfile begins with CMD.
pub fn has_command(dockerfile: &[u8]) -> bool {
    let mut lines = dockerfile.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii_start);
    lines.any(|line| line.get(..3).is_some_and(|word| word.eq_ignore_ascii_case(b"CMD")))
}

/// How each function of a template is built.
fn told(template: &Template) -> Vec<String> {
    let one = |function: &Function| {
        let file = template.file_of(function).map_or(&template.path, |file| &file.path);
        format!("{file}: {}: {}", function.id, super::told(function))
    };
    template.functions.iter().map(one).collect()
}

fn asked(found: &[Subject]) -> impl Iterator<Item = &Rc<Template>> {
    found.iter().filter_map(|(_, found)| match found {
        Ok(Found::Template(template)) => Some(template),
        _ => None,
    })
}

fn is_among(found: &[Subject], path: &Path) -> bool {
    let real = path.canonicalize().ok();
    let same = |file: &str| Path::new(file).canonicalize().ok() == real;
    asked(found).any(|template| same(&template.path) || template.files.iter().any(|file| same(&file.path)))
}

fn is_deployable(found: &Result<Found, String>) -> bool {
    matches!(found, Ok(Found::Dockerfile { path, .. } | Found::Image { path }) if path != Path::new("-"))
}

/// Adds the Dockerfiles and archives that the templates name.
fn take_along(found: &mut Vec<Subject>, templates: &[Rc<Template>]) {
    let mut known: Vec<PathBuf> = found.iter().filter_map(|(path, _)| path.canonicalize().ok()).collect();
    for function in templates.iter().flat_map(|template| &template.functions) {
        let path = match &function.located {
            Located::Built(paths) => &paths.dockerfile,
            Located::Archive(path) => path,
            Located::Missing(..) | Located::Unknown(_) => continue,
        };
        let Ok(real) = path.canonicalize() else { continue };
        if known.contains(&real) {
            continue;
        }
        known.push(real);
        let opened = open(path).map_err(|error| error.to_string());
        found.push((path.clone(), opened));
    }
    found.sort_by(|(a, _), (b, _)| a.cmp(b));
}
