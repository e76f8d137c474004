//! A handler whose file is certainly, or very likely, not where the runtime looks for it.

use super::{Build, Copied, Doubt, Handler, HandlerFile, Language, Launch, NearHandler, Presence, Search, Sight};
use crate::diagnostic::Location;
use crate::path::last;
use crate::suggest::nearest;

/// A handler whose file is not there.
#[derive(Clone, Debug)]
pub enum AbsentHandler {
    /// Nothing in the build puts it there.
    NotBrought {
        /// The handler.
        handler: Handler,
        /// The folder that the runtime looks in first.
        root: String,
        /// The file that it looks for; `None` if any file of the folder may hold the handler.
        file: Option<String>,
        /// A COPY to another folder.
        elsewhere: Option<Elsewhere>,
        /// The file that is there and may be meant, and the handler that names it.
        near: Option<NearHandler>,
        /// Whether nothing else can bring it.
        certain: bool,
    },
    /// No file of the image can hold it.
    NotInImage(HandlerFile),
}

/// A COPY to a folder that the runtime does not look in.
#[derive(Clone, Debug)]
pub struct Elsewhere {
    /// The instruction.
    pub place: Location,
    /// Its destination.
    pub to: String,
    /// Whether it brings a file of the handler's name.
    pub named: bool,
}

/// Modules of such names are the user's own, never a package that a list of requirements brings.
const OWN: &[&str] =
    &["app", "main", "index", "handler", "handlers", "lambda", "lambda_function", "lambda_handler", "function", "src"];

impl Launch<'_> {
    /// The handler, if the runtime does not find its file.
    pub fn absent_handler(&self) -> Option<AbsentHandler> {
        match self.build {
            Some(build) => self.handler_not_brought(build),
            None => self.handler_file().filter(|file| file.found.is_none()).cloned().map(AbsentHandler::NotInImage),
        }
    }

    fn handler_not_brought(&self, build: &Build<'_>) -> Option<AbsentHandler> {
        let handler = self.handler().filter(|_| self.wants_handler())?;
        let search = self.search(&handler)?;
        let copies = build.copies();
        // With nothing copied at all, the code is mounted (a container for development), or the text is not whole.
        if copies.is_empty() {
            return None;
        }
        let named = copies.iter().find(|copied| copied.names().any(|name| search.is_called(name)));
        // No package of Node brings a file into the task root; other languages load modules of packages by their names.
        let own = handler.language == Language::Node
            || search.stem.as_deref().is_none_or(|stem| stem.split('/').next().is_some_and(|part| OWN.contains(&part)));
        let near = self.near_handler().cloned().or_else(|| near_by_name(build, &search, &copies, &handler));
        let certain = match build.look(&search) {
            Sight { presence: Presence::Absent, .. } => true,
            Sight { doubt: Doubt::Listed, .. } if named.is_some() => true,
            Sight { doubt: Doubt::Listed | Doubt::Elsewhere, .. } if own => false,
            Sight { presence: Presence::Unknown(_), .. } if self.near_handler().is_some() => false,
            Sight { doubt: Doubt::Listed, .. } if near.is_some() => false,
            _ => return None,
        };
        let elsewhere = named.or(copies.iter().find(|copied| copied.copies_folder())).filter(|_| near.is_none());
        Some(AbsentHandler::NotBrought {
            root: search.roots.first().cloned().unwrap_or_default(),
            file: search.stem.as_ref().map(|_| search.path()),
            elsewhere: elsewhere.and_then(|copied| goes_elsewhere(&search, copied)),
            handler,
            near,
            certain,
        })
    }
}

/// A file that COPY names and puts where the runtime looks, with nearly the handler's name. Its own name must be one that
/// is usual for a handler's file, because the text of the file is not seen.
fn near_by_name(
    build: &Build<'_>,
    search: &Search,
    copies: &[Copied<'_, '_>],
    handler: &Handler,
) -> Option<NearHandler> {
    let stem = search.stem.as_deref().filter(|stem| !stem.contains('/'))?;
    let ending = |name: &str| search.endings.iter().find_map(|ending| name.strip_suffix(ending)).map(str::len);
    let names = copies.iter().flat_map(Copied::names);
    let stems = names.filter_map(|name| name.get(..ending(name)?)).filter(|stem| OWN.contains(stem));
    let near = nearest(stem, stems).filter(|near| *near != stem)?;
    let there = Search { stem: Some(near.to_owned()), ..search.clone() };
    let path = copies.iter().flat_map(|copied| &copied.sources).filter_map(|(source, _)| source.as_deref());
    let path =
        path.map(|path| path.trim_start_matches("./")).find(|path| last(path).split('.').next() == Some(near))?;
    matches!(build.look(&there).presence, Presence::Present(_))
        .then(|| NearHandler { path: path.to_owned(), handler: handler.text.replacen(stem, near, 1) })
}

fn goes_elsewhere(search: &Search, copied: &Copied<'_, '_>) -> Option<Elsewhere> {
    let named = copied.names().any(|name| search.is_called(name));
    Some(Elsewhere { place: copied.span().into(), to: copied.destination.clone()?, named })
}
