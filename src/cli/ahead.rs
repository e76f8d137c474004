//! Images that are fetched while others are judged, in the order in which they are going to be.

use crate::guard;
use crate::image::Image;
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

/// Images that wait to be judged at most: each may take some megabytes.
const WAITING: usize = 4;

/// What reads the image that a path is a reference of.
type Read = dyn Fn(&Path) -> Result<Vec<Image>, String> + Send + Sync;

/// Threads that fetch.
pub(super) struct Ahead {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

struct Shared {
    paths: Vec<PathBuf>,
    next: AtomicUsize,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    done: HashMap<usize, Result<Vec<Image>, String>>,
    /// Everything before this was taken.
    taken: usize,
    ended: bool,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'s>(&self, state: MutexGuard<'s, State>) -> MutexGuard<'s, State> {
        self.changed.wait(state).unwrap_or_else(PoisonError::into_inner)
    }

    fn work(&self, read: &Read) {
        loop {
            let at = self.next.fetch_add(1, Ordering::Relaxed);
            let Some(path) = self.paths.get(at) else { return };
            let mut state = self.state();
            while !state.ended && at >= state.taken + WAITING {
                state = self.wait(state);
            }
            if state.ended {
                return;
            }
            drop(state);
            let images = guard::subject(path, || read(path));
            self.state().done.insert(at, images);
            self.changed.notify_all();
        }
    }
}

impl Ahead {
    /// Begins to fetch; each path once.
    pub(super) fn start(
        paths: impl Iterator<Item = PathBuf>,
        read: impl Fn(&Path) -> Result<Vec<Image>, String> + Send + Sync + 'static,
    ) -> Self {
        let mut seen = HashSet::new();
        let paths = paths.filter(|path| seen.insert(path.clone())).collect();
        let shared =
            Arc::new(Shared { paths, next: AtomicUsize::new(0), state: Mutex::default(), changed: Condvar::new() });
        let read: Arc<Read> = Arc::new(read);
        let count =
            std::thread::available_parallelism().map_or(2, usize::from).clamp(2, WAITING).min(shared.paths.len());
        let threads = (0..count).map(|_| {
            let (shared, read) = (Arc::clone(&shared), Arc::clone(&read));
            std::thread::spawn(move || shared.work(&*read))
        });
        let threads = threads.collect();
        Self { shared, threads }
    }

    /// The images of a path; `None` if it is not fetched here. Paths that were not asked for before it are let go.
    pub(super) fn take(&self, path: &Path) -> Option<Result<Vec<Image>, String>> {
        let mut state = self.shared.state();
        let at = self.shared.paths.iter().skip(state.taken).position(|known| known == path)? + state.taken;
        (state.taken..at).for_each(|passed| drop(state.done.remove(&passed)));
        state.taken = at;
        self.shared.changed.notify_all();
        loop {
            if let Some(images) = state.done.remove(&at) {
                state.taken = at + 1;
                self.shared.changed.notify_all();
                return Some(images);
            }
            state = self.shared.wait(state);
        }
    }
}

impl Drop for Ahead {
    fn drop(&mut self) {
        self.shared.state().ended = true;
        self.shared.changed.notify_all();
        self.threads.drain(..).for_each(|thread| drop(thread.join()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(path: &Path) -> Result<Vec<Image>, String> {
        match path.to_str() {
            Some("bad") => Err("bad: no".to_owned()),
            name => Ok(vec![Image { name: name.map(str::to_owned), ..Image::default() }]),
        }
    }

    #[test]
    fn in_the_order_in_which_they_are_asked_for() {
        let paths: Vec<PathBuf> =
            (0..20).map(|at| PathBuf::from(at.to_string())).chain(["bad".into(), "0".into()]).collect();
        let ahead = Ahead::start(paths.iter().cloned(), named);
        // Some are passed over.
        for path in paths.iter().step_by(3).take(7) {
            let images = ahead.take(path).unwrap().unwrap();
            assert_eq!(images[0].name.as_deref(), path.to_str());
        }
        assert_eq!(ahead.take(Path::new("bad")).unwrap().unwrap_err(), "bad: no");
        assert!(ahead.take(Path::new("0")).is_none() && ahead.take(Path::new("x")).is_none());
    }

    #[test]
    fn it_ends_though_nothing_is_taken() {
        drop(Ahead::start((0..20).map(|at| PathBuf::from(at.to_string())), named));
    }
}
