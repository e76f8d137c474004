//! A handler whose file no COPY brings, beside a file with nearly its name: `ap.handler`, and `app.py` has `handler`.

use super::copied::Layout;
use crate::imports::Tree;
use crate::launch::{Build, Doubt, Handler, Language, Launch, NearHandler, Presence};
use crate::path::clean;
use crate::python::summarise;
use crate::suggest::nearest;

/// A file of the context that the handler nearly names and that has its function. `None` if the handler's own file may
/// be in the image.
pub(super) fn find(
    launch: &Launch<'_>,
    build: &Build<'_>,
    layout: &Layout<'_, '_>,
    handler: &Handler,
) -> Option<NearHandler> {
    let search = launch.search(handler)?;
    let stem = search.stem.as_deref()?;
    let (folder, name) = stem.rsplit_once('/').unwrap_or(("", stem));
    let sight = build.look_besides(&search, &layout.known);
    // A list of packages nearly never has one that is called like a file of the function.
    if matches!(sight.presence, Presence::Present(_)) || sight.doubt > Doubt::Listed {
        return None;
    }
    // `index.ts` becomes `index.js`, and `app.cpython-313.so` is `app`.
    let is_own = |file: &String| file == name || file.strip_prefix(name).is_some_and(|rest| rest.starts_with('.'));
    let folders: Vec<String> = search.roots.iter().map(|root| clean(&format!("{root}/{folder}"))).collect();
    if folders.iter().any(|folder| Tree::names(layout, folder).iter().any(is_own)) {
        return None;
    }
    let files = Tree::names(layout, folders.first()?);
    let stems = files.iter().filter_map(|file| search.endings.iter().find_map(|ending| file.strip_suffix(ending)));
    let near = nearest(name, stems)?;
    let file = files.iter().find(|file| file.strip_prefix(near).is_some_and(|rest| search.endings.contains(&rest)))?;
    let (place, _) = layout.at(&format!("{}/{file}", folders.first()?.trim_end_matches('/')))?;
    let function = handler.text.get(handler.text.rfind(name)? + name.len() + 1..)?;
    let has = has_function(handler.language, &layout.text(&place.path)?, function);
    let above = handler.text.get(..handler.text.rfind(name)?)?;
    has.then(|| NearHandler { path: place.path, handler: format!("{above}{near}.{function}") })
}

/// Whether the text of a module shows that it has a function.
fn has_function(language: Language, text: &[u8], function: &str) -> bool {
    match language {
        Language::Python => summarise(text).binds(function),
        Language::Node => {
            let text = String::from_utf8_lossy(text);
            let exports = |line: &str| line.contains("export") && words(line).any(|word| word == function);
            text.lines().any(exports)
        }
        Language::Java | Language::Dotnet | Language::Ruby => false,
    }
}

fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$'))
}
