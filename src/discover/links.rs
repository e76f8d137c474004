//! Which functions deploy a Dockerfile or a saved image.

use super::Found;
use crate::template::{Function, Image, Linked, Located, Template, Tool, Uri};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// The functions of a run, by what they are deployed from.
#[derive(Debug, Default)]
pub struct Links {
    by_file: BTreeMap<PathBuf, Vec<Linked>>,
    templates: Vec<Rc<Template>>,
    /// Ids or names that the user has chosen; empty for all.
    chosen: Vec<String>,
}

impl Links {
    /// Links the functions of templates to what was found. `chosen` are ids or names of functions; empty for all.
    pub fn of(templates: &[Rc<Template>], found: &[(PathBuf, &Found)], chosen: &[String]) -> Self {
        let mut links = Self { by_file: BTreeMap::new(), templates: templates.to_vec(), chosen: chosen.to_vec() };
        for template in templates {
            for (index, function) in template.functions.iter().enumerate() {
                if !links.is_chosen(function) {
                    continue;
                }
                let (file, context) = match &function.located {
                    Located::Built(paths) => match original(function, &paths.dockerfile, found) {
                        // The CDK builds from a copy: the file that people edit is the one to speak of.
                        Some(original) => (original, None),
                        None => (paths.dockerfile.clone(), Some(paths.context.clone())),
                    },
                    Located::Archive(path) => (path.clone(), None),
                    Located::Missing(..) | Located::Unknown(_) => continue,
                };
                let linked = Linked { template: Rc::clone(template), index, context };
                links.by_file.entry(identity(&file)).or_default().push(linked);
            }
        }
        links
    }

    fn is_chosen(&self, function: &Function) -> bool {
        self.chosen.is_empty() || self.chosen.iter().any(|name| is_named(function, name))
    }

    /// The functions that are deployed from a file.
    pub fn to(&self, file: &Path) -> &[Linked] {
        self.by_file.get(&identity(file)).map(Vec::as_slice).unwrap_or_default()
    }

    /// The functions that are deployed from a saved image of that name: by the tag that a template names, if just one
    /// image has it.
    pub fn to_image(&self, file: &Path, name: Option<&str>) -> Vec<Linked> {
        let by_file = self.to(file);
        match name {
            Some(name) if by_file.is_empty() => {
                self.all().filter(|linked| linked.function().is_some_and(|f| tags(f, name))).collect()
            }
            _ => by_file.to_vec(),
        }
    }

    /// The functions that the user has chosen, regardless of what the template says of their images.
    pub fn chosen(&self) -> Vec<Linked> {
        if self.chosen.is_empty() { Vec::new() } else { self.all().collect() }
    }

    fn all(&self) -> impl Iterator<Item = Linked> {
        self.templates.iter().flat_map(|template| {
            let functions = template.functions.iter().enumerate();
            let chosen = functions.filter(|(_, function)| self.is_chosen(function));
            chosen.map(|(index, _)| Linked { template: Rc::clone(template), index, context: None })
        })
    }

    /// The file that each function of a template is deployed from.
    pub fn from(&self, template: &Rc<Template>) -> Vec<Option<String>> {
        let file = |index: usize| {
            let is = |linked: &Linked| Rc::ptr_eq(&linked.template, template) && linked.index == index;
            let (file, _) = self.by_file.iter().find(|(_, linked)| linked.iter().any(is))?;
            Some(short(file))
        };
        (0..template.functions.len()).map(file).collect()
    }
}

/// A path as seen from the current folder.
fn short(path: &Path) -> String {
    let current = std::env::current_dir().ok().and_then(|folder| folder.canonicalize().ok()).unwrap_or_default();
    path.strip_prefix(current).unwrap_or(path).display().to_string()
}

/// `true` if a function is meant by a name: its id, the last part of it, or the name that it has on Lambda.
pub fn is_named(function: &Function, name: &str) -> bool {
    function.id == name
        || function.id.rsplit('.').next() == Some(name)
        || function.name.value().is_some_and(|own| own == name)
}

/// `true` if a function's image has a name and tag such as `app:1.4`.
fn tags(function: &Function, name: &str) -> bool {
    let built = function.build.as_ref().filter(|build| build.tool == Tool::Sam);
    if let Some(tag) = built.and_then(|build| build.tag.value()) {
        return name == format!("{}:{tag}", function.id.to_lowercase());
    }
    let Image::Uri(text, _) = &function.image else { return false };
    let uri = Uri::of(text);
    // `latest` is the tag of many images.
    let tagged = uri.known && uri.tag.is_some_and(|tag| tag != "latest");
    tagged && (uri.head == name || uri.head.ends_with(&format!("/{name}")))
}

/// The Dockerfile with the same text as one that the CDK has copied, if there is just one.
fn original(function: &Function, copy: &Path, found: &[(PathBuf, &Found)]) -> Option<PathBuf> {
    function.build.as_ref().filter(|build| build.tool == Tool::Cdk)?;
    let text = crate::source::read_file(copy, super::MAX_DOCKERFILE).ok()?;
    let same = |(path, found): &&(PathBuf, &Found)| {
        matches!(found, Found::Dockerfile { bytes, .. } if *bytes == text) && path.file_name() == copy.file_name()
    };
    let in_output = |path: &Path| path.components().any(|part| part.as_os_str() == "cdk.out");
    let mut others = found.iter().filter(same).filter(|(path, _)| !in_output(path));
    let (path, _) = others.next()?;
    others.next().is_none().then(|| path.clone())
}

fn identity(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_path_buf())
}
