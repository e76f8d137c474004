//! A file that is looked for in a build, and whether something that a step touches is that file.

use super::effects::{Packages, Target};
use super::files::Doubt;
use super::search::Search;
use crate::facts;
use crate::path::{last, under};

/// A file that is looked for: at one path, or at one of several.
pub trait Wanted {
    /// Whether a file at this path is it.
    fn is(&self, path: &str) -> bool;
    /// Whether it may lie in a folder, or anywhere below.
    fn inside(&self, folder: &str) -> bool;
    /// Whether a file of this folder whose name fits may be it.
    fn fits(&self, folder: &str, fits: &dyn Fn(&str) -> bool) -> bool;
    /// Whether a file of this name may be it.
    fn named(&self, name: &str) -> bool;
    /// Whether packages of a language may bring it, and how likely.
    fn in_packages(&self, packages: &Packages) -> Doubt;
    /// Whether packages of the distribution may bring it, and how likely.
    fn in_system(&self, names: &[String]) -> Doubt;
}

/// One path.
pub struct At<'p>(pub &'p str);

impl Wanted for At<'_> {
    fn is(&self, path: &str) -> bool {
        path == self.0
    }

    fn inside(&self, folder: &str) -> bool {
        under(self.0, folder)
    }

    fn fits(&self, folder: &str, fits: &dyn Fn(&str) -> bool) -> bool {
        self.0.rsplit_once('/').is_some_and(|(own, name)| own == folder.trim_end_matches('/') && fits(name))
    }

    fn named(&self, name: &str) -> bool {
        last(self.0) == name
    }

    fn in_packages(&self, packages: &Packages) -> Doubt {
        let into = match &packages.into {
            Some(Target::At(folder)) => under(self.0, folder),
            Some(_) => true,
            None => false,
        };
        let own = packages.folder.as_deref().is_none_or(|folder| folder != "/" && under(self.0, folder));
        if into || (own && packages.into.is_none() && !packages.global) {
            Doubt::Open
        } else if facts::holds_packages(self.0) {
            if packages.into.is_some() { Doubt::None } else { Doubt::Listed }
        } else {
            Doubt::None
        }
    }

    fn in_system(&self, names: &[String]) -> Doubt {
        let brings = names.iter().any(|name| facts::packages().may_bring(name, last(self.0)));
        match (facts::is_system_folder(self.0), brings) {
            (true, true) => Doubt::Open,
            (true, false) => Doubt::System,
            (false, _) => Doubt::None,
        }
    }
}

/// A program that is looked up in the folders of PATH.
pub struct OnPath<'p> {
    /// Its name.
    pub name: &'p str,
    /// The folders.
    pub folders: &'p [&'p str],
    /// Which packages of a language may bring a program of that name.
    pub packaged: Packaged,
}

/// Which packages of a language may bring a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packaged {
    /// None does.
    Never,
    /// One that is called like it.
    Named,
    /// Any.
    Any,
}

impl Wanted for OnPath<'_> {
    fn is(&self, path: &str) -> bool {
        path.rsplit_once('/').is_some_and(|(folder, name)| name == self.name && self.folders.contains(&folder))
    }

    fn inside(&self, folder: &str) -> bool {
        // A folder below one of PATH holds no program that is found.
        self.folders.iter().any(|own| under(own, folder))
    }

    fn fits(&self, folder: &str, fits: &dyn Fn(&str) -> bool) -> bool {
        self.folders.contains(&folder) && fits(self.name)
    }

    fn named(&self, name: &str) -> bool {
        name == self.name
    }

    fn in_packages(&self, packages: &Packages) -> Doubt {
        // `supervisor` brings supervisord.
        let called = |name: &String| self.name.starts_with(name.as_str()) || name.contains(self.name);
        let named = || packages.listed || packages.own || packages.names.iter().any(called);
        match self.packaged {
            Packaged::Any => Doubt::Open,
            Packaged::Named if named() => Doubt::Open,
            Packaged::Named | Packaged::Never => Doubt::None,
        }
    }

    fn in_system(&self, names: &[String]) -> Doubt {
        let called = |name: &String| !name.is_empty() && self.name.starts_with(name.as_str());
        let brings = names.iter().any(|name| facts::packages().may_bring(name, self.name) || called(name));
        match (brings, names.is_empty()) {
            (true, _) => Doubt::Open,
            (false, false) => Doubt::System,
            (false, true) => Doubt::None,
        }
    }
}

impl Wanted for Search {
    fn is(&self, path: &str) -> bool {
        self.roots.iter().any(|root| {
            let rest = path.strip_prefix(root.trim_end_matches('/')).and_then(|rest| rest.strip_prefix('/'));
            match (&self.stem, rest) {
                (_, None) => false,
                (None, Some(_)) => self.is_called(path),
                (Some(stem), Some(rest)) => {
                    rest.strip_prefix(stem.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '/']))
                }
            }
        }) || self.loose.iter().any(|folder| under(path, folder))
    }

    fn inside(&self, folder: &str) -> bool {
        let Some(stem) = &self.stem else { return self.touches(folder) };
        let of_root = |root: &String| {
            let target = format!("{}/{stem}", root.trim_end_matches('/'));
            under(&target, folder) || under(folder, &target)
        };
        self.roots.iter().any(of_root) || self.loose.iter().any(|root| under(root, folder) || under(folder, root))
    }

    fn fits(&self, folder: &str, fits: &dyn Fn(&str) -> bool) -> bool {
        let Some(stem) = &self.stem else { return self.touches(folder) };
        let of_root = |root: &String| {
            let target = format!("{}/{stem}", root.trim_end_matches('/'));
            let (above, name) = target.rsplit_once('/').unwrap_or_default();
            above == folder.trim_end_matches('/') && self.endings.iter().any(|ending| fits(&format!("{name}{ending}")))
        };
        self.roots.iter().any(of_root) || self.loose.iter().any(|loose| under(folder, loose))
    }

    fn named(&self, name: &str) -> bool {
        self.is_called(name)
    }

    fn in_packages(&self, packages: &Packages) -> Doubt {
        let away = |target: &Target| matches!(target, Target::At(folder) if !self.inside(folder));
        if packages.into.as_ref().is_some_and(away) {
            return Doubt::None;
        }
        let first = self.stem.as_deref().and_then(|stem| stem.split('/').next()).unwrap_or_default();
        let fold = |name: &str| name.to_ascii_lowercase().replace(['-', '.'], "_");
        let named = packages.names.iter().any(|name| match first.len() {
            0..=2 => fold(name) == fold(first),
            _ => fold(name).contains(&fold(first)),
        });
        let here = packages.folder.as_deref().is_none_or(|folder| self.touches(folder));
        let own = packages.own && (packages.manager != "npm" || here);
        match (own || named, packages.listed) {
            (true, _) => Doubt::Open,
            (false, true) => Doubt::Listed,
            (false, false) => Doubt::None,
        }
    }

    fn in_system(&self, _names: &[String]) -> Doubt {
        Doubt::None
    }
}

/// Whether something done to a target is done to a wanted file.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Hit {
    No,
    Maybe,
    Yes,
}

impl Target {
    pub(super) fn hits(&self, wanted: &dyn Wanted) -> Hit {
        match self {
            Self::At(path) if wanted.is(path) => Hit::Yes,
            Self::At(_) => Hit::No,
            Self::Glob(folder, pattern) => {
                let fits = |name: &str| {
                    pattern_parts(pattern).is_none_or(|(before, after)| {
                        name.len() >= before.len() + after.len() && name.starts_with(before) && name.ends_with(after)
                    })
                };
                if wanted.fits(folder, &fits) { Hit::Maybe } else { Hit::No }
            }
            Self::Named(name) if wanted.named(name) => Hit::Maybe,
            Self::Named(_) => Hit::No,
            Self::Unknown => Hit::Maybe,
        }
    }

    /// Whether what is put into this folder may be the wanted file.
    pub(super) fn may_hold(&self, wanted: &dyn Wanted) -> bool {
        match self {
            Self::At(folder) => wanted.inside(folder),
            Self::Glob(folder, _) => wanted.inside(folder),
            Self::Named(_) | Self::Unknown => true,
        }
    }

    /// Whether a path is this, or lies below it.
    pub(super) fn covers(&self, path: &str, recursive: bool) -> Hit {
        match self {
            Self::At(own) if own == path || (recursive && under(path, own)) => Hit::Yes,
            Self::At(_) => Hit::No,
            Self::Glob(folder, pattern) => {
                let Some(rest) =
                    path.strip_prefix(folder.trim_end_matches('/')).and_then(|rest| rest.strip_prefix('/'))
                else {
                    return Hit::No;
                };
                let (first, deeper) = rest.split_once('/').map_or((rest, false), |(first, _)| (first, true));
                match pattern_parts(pattern) {
                    _ if deeper && !recursive => Hit::No,
                    Some((before, after)) if first.starts_with(before) && first.ends_with(after) => Hit::Yes,
                    Some(_) => Hit::No,
                    None => Hit::Maybe,
                }
            }
            Self::Named(name) if name == last(path) => Hit::Maybe,
            Self::Named(_) if !recursive => Hit::No,
            Self::Named(_) | Self::Unknown => Hit::Maybe,
        }
    }
}

/// What stands before and after the only `*` of a pattern; `None` for any other pattern.
fn pattern_parts(pattern: &str) -> Option<(&str, &str)> {
    let (before, after) = pattern.split_once('*')?;
    (!after.contains(['*', '?', '[', '{']) && !before.contains(['?', '[', '{'])).then_some((before, after))
}
