//! What is known of the files of the image that a Dockerfile makes. An answer has three values, and "absent" and a
//! mode cannot be had after a step that may have done anything.

use super::effects::{Effect, Logged, NewMode, Target};
use super::mode::Mode;
use super::wanted::{At, Hit, Wanted};
use super::{Build, Copied};
use crate::diagnostic::Location;
use crate::facts;
use crate::launch::context::Found;
use crate::path::{clean, is_file, last, under};
use crate::source::Span;

/// Whether a path is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// It is, and this put it there.
    Present(Location),
    /// It is not.
    Absent,
    /// It may be: the place is what could have put it there.
    Unknown(Location),
}

/// What makes it unknown whether a file is there, the least first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Doubt {
    /// Nothing does.
    #[default]
    None,
    /// The distribution's packages may bring it.
    System,
    /// A list of packages may name the one that brings it.
    Listed,
    /// A step may do anything, and most likely does it elsewhere.
    Elsewhere,
    /// Anything may have brought it.
    Open,
}

/// What the steps of a build say of a file that the base does not bring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sight {
    /// Whether it is there.
    pub presence: Presence,
    /// What hides it.
    pub doubt: Doubt,
}

impl Build<'_> {
    /// Whether the steps of the final image bring a file that the base does not have.
    pub fn look(&self, wanted: &dyn Wanted) -> Sight {
        self.look_besides(wanted, &[])
    }

    /// The same, some steps left out, of which more is known.
    pub fn look_besides(&self, wanted: &dyn Wanted, known: &[Span]) -> Sight {
        let mut sight = Sight { presence: Presence::Absent, doubt: Doubt::None };
        for logged in self.effects().iter().filter(|logged| !known.contains(&logged.span)) {
            let place = logged.place();
            match &logged.effect {
                Effect::File(target, _) => match target.hits(wanted) {
                    Hit::Yes if logged.sure => sight = Sight { presence: Presence::Present(place), doubt: Doubt::None },
                    Hit::No => {}
                    _ => sight.doubt(Doubt::Open, place),
                },
                Effect::Fill(target, _) if target.may_hold(wanted) => sight.doubt(Doubt::Open, place),
                Effect::Remove(target) => {
                    if let Presence::Present(_) = sight.presence {
                        sight.remove(target, wanted, logged);
                    }
                }
                Effect::Packages(packages) => match wanted.in_packages(packages) {
                    Doubt::None => {}
                    doubt => sight.doubt(doubt, place),
                },
                Effect::System { foreign: true, .. } => sight.doubt(Doubt::Open, place),
                Effect::System { installs: true, names, .. } => match wanted.in_system(names) {
                    Doubt::None => {}
                    doubt => sight.doubt(doubt, place),
                },
                Effect::Anything(near) => {
                    let elsewhere = near.as_deref().is_some_and(|folder| !wanted.inside(folder));
                    sight.hide(if elsewhere { Doubt::Elsewhere } else { Doubt::Open }, place);
                }
                _ => {}
            }
        }
        sight
    }

    /// Whether a file that a step brings is certainly the one that the image has, as it was.
    pub fn stays(&self, path: &str, brought: Span, known: &[Span]) -> bool {
        let wanted = At(path);
        let Some(at) = self.effects().iter().rposition(|logged| logged.span == brought) else { return false };
        let mut behind = self.effects()[at + 1..].iter().filter(|logged| !known.contains(&logged.span));
        !behind.any(|logged| match &logged.effect {
            Effect::File(target, _) | Effect::Edit(target) => target.hits(&wanted) != Hit::No,
            Effect::Fill(target, _) | Effect::Remove(target) => target.may_hold(&wanted),
            Effect::Anything(_) | Effect::System { foreign: true, .. } => true,
            Effect::Packages(packages) => packages.own,
            Effect::Folder(..) | Effect::Mode { .. } | Effect::System { .. } => false,
        })
    }

    /// Whether a path that the base does not bring is there.
    pub fn presence(&self, path: &str) -> Presence {
        self.look(&At(&clean(path))).presence
    }

    /// Whether a step that only running it can tell may have opened a folder to others.
    pub fn opens_unknown(&self, folder: &str) -> bool {
        self.effects().iter().any(|logged| match &logged.effect {
            Effect::Mode { at, others: None, recursive, .. } => at.covers(folder, *recursive) != Hit::No,
            Effect::Mode { at, recursive, .. } => at.covers(folder, *recursive) == Hit::Maybe,
            _ => false,
        })
    }

    /// Whether a folder that the base brings has the mode that the base gave it, for sure.
    pub fn keeps_mode_of_base(&self, folder: &str) -> bool {
        let wanted = At(folder);
        self.effects().iter().all(|logged| match &logged.effect {
            Effect::File(target, _) => target.hits(&wanted) == Hit::No,
            Effect::Fill(target, _) => *target == Target::At(folder.to_owned()) || !target.may_hold(&wanted),
            Effect::Mode { at, recursive, .. } => at.covers(folder, *recursive) == Hit::No,
            Effect::Remove(target) => target.covers(folder, true) == Hit::No,
            Effect::Packages(packages) => wanted.in_packages(packages) == Doubt::None,
            Effect::System { foreign, .. } => !foreign,
            Effect::Anything(_) => false,
            Effect::Folder(..) | Effect::Edit(_) => true,
        })
    }

    /// Whether a step may have done anything to the image.
    pub fn may_have_done_anything(&self) -> bool {
        self.effects().iter().any(|logged| matches!(logged.effect, Effect::Anything(_)))
    }

    /// Whether no step after a COPY may have replaced, changed or removed the file that it put at a path.
    pub fn untouched_after(&self, path: &str, copy: Span) -> bool {
        let wanted = At(path);
        let behind =
            self.effects().iter().skip_while(|logged| logged.span != copy).skip_while(|logged| logged.span == copy);
        behind.into_iter().all(|logged| match &logged.effect {
            Effect::File(target, _) | Effect::Edit(target) => target.hits(&wanted) == Hit::No,
            Effect::Fill(target, _) => !target.may_hold(&wanted),
            Effect::Remove(target) => target.covers(path, true) == Hit::No,
            Effect::Packages(packages) => wanted.in_packages(packages) == Doubt::None,
            Effect::Mode { at, recursive, .. } => at.covers(path, *recursive) != Hit::Maybe,
            Effect::System { foreign, .. } => !foreign,
            Effect::Anything(_) => false,
            Effect::Folder(..) => true,
        })
    }

    /// What removes a folder of the final image, if it certainly is not there at the end.
    pub fn removed(&self, folder: &str) -> Option<Span> {
        let mut gone = None;
        for logged in self.effects() {
            match &logged.effect {
                Effect::Remove(target) if logged.sure && target.covers(folder, true) == Hit::Yes => {
                    gone = Some(logged.span);
                }
                Effect::File(target, _) | Effect::Fill(target, _) | Effect::Folder(target, _) => {
                    let back = match target {
                        Target::At(path) | Target::Glob(path, _) => under(path, folder) || under(folder, path),
                        Target::Named(_) | Target::Unknown => true,
                    };
                    if back {
                        gone = None;
                    }
                }
                Effect::Anything(_) | Effect::System { foreign: true, .. } | Effect::Packages(_) => gone = None,
                _ => {}
            }
        }
        gone
    }

    /// The mode of a path of the final image, as far as its steps decide it: nothing is known of it after a step that
    /// may have done anything.
    pub fn mode(&self, path: &str, folder: bool) -> Mode {
        let mut mode = Mode::default();
        let wanted = At(path);
        for logged in self.effects() {
            match &logged.effect {
                Effect::File(target, new) => match target.hits(&wanted) {
                    Hit::No => {}
                    hit => {
                        mode = match self.closed_by(logged, *new, path, folder) {
                            Some(kept) => Mode::new(kept, folder, true),
                            None if hit == Hit::Yes && logged.sure => Mode::new(*new, folder, true),
                            None => Mode::default(),
                        };
                    }
                },
                Effect::Fill(target, new)
                    if target.may_hold(&wanted) && !(folder && *target == Target::At(path.to_owned())) =>
                {
                    mode = match self.closed_by(logged, *new, path, folder) {
                        Some(kept) => Mode::new(kept, folder, true),
                        None => Mode { certain: mode.is_unsaid(), ..Mode::new(*new, folder, false) },
                    };
                }
                Effect::Folder(Target::At(own), Some((others, span))) if own == path && logged.sure => {
                    mode = Mode::new(NewMode::Given(Some(*others), *span), folder, true);
                }
                Effect::Mode { at, others, recursive, span } => match (at.covers(path, *recursive), others) {
                    (Hit::No, _) => {}
                    (Hit::Yes, Some(others)) if logged.sure => mode.apply(*others, *span, folder),
                    _ => mode = Mode::default(),
                },
                Effect::Remove(target) if target.covers(path, true) != Hit::No => mode = Mode::default(),
                Effect::Packages(packages) if wanted.in_packages(packages) != Doubt::None => mode = Mode::default(),
                Effect::System { foreign: true, .. } | Effect::Anything(_) => mode = Mode::default(),
                _ => {}
            }
        }
        mode
    }
}

impl Sight {
    /// Something may have brought it.
    fn doubt(&mut self, doubt: Doubt, place: Location) {
        if !matches!(self.presence, Presence::Present(_)) {
            self.hide(doubt, place);
        }
    }

    /// Something may have brought it, or taken it away.
    fn hide(&mut self, doubt: Doubt, place: Location) {
        if doubt >= self.doubt {
            *self = Self { presence: Presence::Unknown(place), doubt };
        }
    }

    fn remove(&mut self, target: &Target, wanted: &dyn Wanted, logged: &Logged) {
        let hit = match target {
            // A folder above it goes with all that is in it.
            Target::At(path) if wanted.is(path) => Hit::Yes,
            Target::At(folder) if wanted.inside(folder) => Hit::Maybe,
            Target::At(_) => Hit::No,
            other if other.may_hold(wanted) => Hit::Maybe,
            _ => Hit::No,
        };
        match hit {
            Hit::Yes if logged.sure => *self = Self { presence: Presence::Absent, doubt: Doubt::None },
            Hit::No => {}
            _ => self.hide(Doubt::Open, logged.place()),
        }
    }
}

impl Copied<'_, '_> {
    /// What one source of a COPY or ADD puts where, each with whether it certainly does.
    pub(super) fn effects_of(
        &self,
        source: &str,
        to: &str,
        mode: NewMode,
        seen: Option<&Found>,
    ) -> Vec<(Effect, bool)> {
        let into = |name: &str| Target::At(clean(&format!("{to}/{name}")));
        let name = last(source);
        let named = Target::At(to.to_owned());
        // `COPY <<EOF /app/`: the document is called like its mark.
        if let Some(mark) = source.strip_prefix("<<") {
            let mark = mark.trim_start_matches('-').trim_matches(['"', '\'']);
            return vec![(Effect::File(if self.folder { into(mark) } else { named }, mode), true)];
        }
        let file = match seen {
            Some(Found::File) => !self.unpacks(source),
            Some(Found::Folder(_)) => false,
            _ => facts::is_one_file(source) && !self.unpacks(source),
        };
        if name.contains(['*', '?', '[']) {
            let all_files = file && name.contains('.');
            let effect = if all_files {
                Effect::File(Target::Glob(to.to_owned(), name.to_owned()), mode)
            } else {
                Effect::Fill(named, mode)
            };
            return vec![(effect, true)];
        }
        let foreign = !matches!(self.origin, super::Origin::Context);
        if !file && !self.fetches_file(source) {
            // A folder, or a file without an ending: then it is what the destination names.
            let mut effects = vec![(Effect::Fill(named.clone(), mode), true)];
            if !self.folder && !matches!(seen, Some(Found::Folder(_))) {
                effects.push((Effect::File(named, mode), !source.ends_with('/') && !name.is_empty()));
            }
            return effects;
        }
        if self.folder {
            let mut effects = vec![(Effect::File(into(name), mode), !foreign)];
            if foreign {
                effects.push((Effect::Fill(named, mode), true));
            }
            return effects;
        }
        let mut effects = vec![(Effect::File(named, mode), true)];
        // Without a slash it may be a folder that is there already.
        if !last(to).contains('.') && last(to) != name {
            effects.push((Effect::File(into(name), mode), false));
        }
        effects
    }

    /// Whether ADD unpacks or fetches one of its sources, or one is unknown.
    pub fn opens(&self) -> bool {
        let opens = |source: &str| self.unpacks(source) || source.contains("://") || is_git(source);
        self.add && self.sources.iter().any(|(source, _)| source.as_deref().is_none_or(opens))
    }

    /// Whether ADD unpacks a source.
    pub fn unpacks(&self, source: &str) -> bool {
        self.add && facts::is_tar_archive(source) && !source.contains("://")
    }

    fn fetches_file(&self, source: &str) -> bool {
        self.add && source.contains("://") && !is_git(source)
    }
}

/// Whether an address is that of a repository, which ADD clones.
fn is_git(source: &str) -> bool {
    source.contains(".git") || source.starts_with("git@") || is_file(source) && source.starts_with("git://")
}
