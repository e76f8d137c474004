//! What a Dockerfile makes of the file system: present, absent, or nobody can tell.

use super::build::Build;
use super::stage::Step;
use crate::diagnostic::Place;
use crate::dockerfile::{Copy, Kind};
use crate::path::{clean, file_name};

/// Whether a path is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// It is, and this put it there.
    Present(Place),
    /// It is not.
    Absent,
    /// It may be: the place is what could have put it there.
    Unknown(Place),
}

/// What the steps of the final image write, in order.
#[derive(Debug, Default)]
pub struct Writes<'a> {
    writes: Vec<Write<'a>>,
}

#[derive(Debug)]
enum Write<'a> {
    /// COPY or ADD.
    Copy { place: Place, destination: Option<String>, folder: bool, sources: Vec<Option<String>>, foreign: bool },
    /// A RUN: its text, here-documents included.
    Run { place: Place, texts: Vec<&'a str> },
}

impl<'a> Writes<'a> {
    /// Collects what the steps of the final image write.
    pub fn of_build(build: &'a Build<'a>) -> Self {
        Self { writes: build.final_steps().into_iter().filter_map(write).collect() }
    }

    /// Whether a path of the image that the base does not bring is there, as far as COPY and ADD say. A RUN
    /// counts when its text mentions the path's last part.
    pub fn presence(&self, path: &str) -> Presence {
        let path = clean(path);
        let name = file_name(&path).to_owned();
        let mut presence = Presence::Absent;
        for write in &self.writes {
            let next = match write {
                Write::Copy { place, destination, folder, sources, foreign } => {
                    copied(&path, &name, *place, destination.as_deref(), *folder, sources, *foreign)
                }
                Write::Run { place, texts } if texts.iter().any(|text| text.contains(&name)) => {
                    Presence::Unknown(*place)
                }
                Write::Run { .. } => Presence::Absent,
            };
            match next {
                Presence::Present(_) => presence = next,
                Presence::Unknown(_) if presence == Presence::Absent => presence = next,
                _ => {}
            }
        }
        presence
    }

    /// The RUN instructions whose text holds a word.
    pub fn runs_mentioning(&self, word: &str) -> Vec<Place> {
        let mentions = |write: &Write<'_>| match write {
            Write::Run { place, texts } if texts.iter().any(|text| text.contains(word)) => Some(*place),
            _ => None,
        };
        self.writes.iter().filter_map(mentions).collect()
    }
}

fn write<'a>(step: &'a Step<'a>) -> Option<Write<'a>> {
    let instruction = step.instruction;
    let place = Place::from(instruction.span);
    match &instruction.kind {
        Kind::Copy(copy) | Kind::Add(copy) => Some(copy_write(step, copy, place)),
        Kind::Run(_) => {
            let mut texts = vec![instruction.rest.text.as_str()];
            texts.extend(instruction.heredocs.iter().map(|heredoc| heredoc.body.text.as_str()));
            Some(Write::Run { place, texts })
        }
        _ => None,
    }
}

fn copy_write<'a>(step: &Step<'_>, copy: &Copy, place: Place) -> Write<'a> {
    let destination = step.expand(&copy.destination);
    let folder = copy.sources.len() > 1
        || destination.as_deref().is_some_and(|d| d.ends_with('/') || d == "." || d.ends_with("/."));
    // What ADD unpacks is as unseen as what another stage holds.
    let archive = |source: &crate::dockerfile::Word| {
        ["tar", "tgz", "gz", "xz", "bz2", "txz", "zst"].iter().any(|end| source.text.ends_with(&format!(".{end}")))
    };
    let unpacks = matches!(step.instruction.kind, Kind::Add(_)) && copy.sources.iter().any(archive);
    let foreign = step.instruction.flag("from").is_some() || unpacks;
    Write::Copy {
        place,
        destination: destination.and_then(|path| step.state.absolute(&path)),
        folder,
        sources: copy.sources.iter().map(|source| step.expand(source)).collect(),
        foreign,
    }
}

/// What one COPY says about a path. A source may be a file or a folder, and only its name can tell: the
/// contents of a folder may be anything.
fn copied(
    path: &str,
    name: &str,
    place: Place,
    destination: Option<&str>,
    folder: bool,
    sources: &[Option<String>],
    foreign: bool,
) -> Presence {
    let Some(destination) = destination else { return Presence::Unknown(place) };
    if destination == path {
        // `COPY main /var/runtime/bootstrap`, or a folder of that name.
        return if folder { Presence::Unknown(place) } else { Presence::Present(place) };
    }
    let Some(below) = path.strip_prefix(destination.trim_end_matches('/')).and_then(|rest| rest.strip_prefix('/'))
    else {
        return Presence::Absent;
    };
    for source in sources {
        let Some(source) = source else { return Presence::Unknown(place) };
        let last = source.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
        if folder && last == name && below == name {
            return Presence::Present(place);
        }
        let wild = last.contains(['*', '?', '[']);
        // A name with an ending is a file, and a file only ever lands as itself.
        let file = last.contains('.') && !last.starts_with('.') && !source.ends_with('/') && !foreign;
        if wild || !file {
            return Presence::Unknown(place);
        }
    }
    Presence::Absent
}
