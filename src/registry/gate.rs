//! How many requests a registry is asked at once: one more after each round that went well, half after "too many".

use std::sync::{Arc, Condvar, Mutex, PoisonError};

/// At once at first, and at most.
const FIRST: usize = 4 * ROUND;
const MOST: usize = 8 * ROUND;
/// Limits are counted in parts of a request, of which each answer that comes adds some.
const ROUND: usize = 1000;

/// The way to one registry.
#[derive(Debug)]
pub(super) struct Gate {
    state: Mutex<State>,
    left: Condvar,
}

#[derive(Debug)]
struct State {
    limit: usize,
    inside: usize,
}

impl Default for Gate {
    fn default() -> Self {
        Self { state: Mutex::new(State { limit: FIRST, inside: 0 }), left: Condvar::new() }
    }
}

/// The right to ask. Another one asks when it is dropped.
#[derive(Debug)]
pub(super) struct Permit(Arc<Gate>);

impl Gate {
    /// Waits until one more may ask.
    pub(super) fn enter(self: &Arc<Self>) -> Permit {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        while state.inside >= state.limit / ROUND {
            state = self.left.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.inside += 1;
        Permit(Arc::clone(self))
    }

    /// An answer has come.
    pub(super) fn faster(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.limit = (state.limit + ROUND * ROUND / state.limit).min(MOST);
        self.left.notify_one();
    }

    /// It has said that there are too many.
    pub(super) fn slower(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.limit = (state.limit / 2).max(ROUND);
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner).inside -= 1;
        self.0.left.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit(gate: &Gate) -> usize {
        gate.state.lock().unwrap().limit / ROUND
    }

    #[test]
    fn it_opens_slowly_and_closes_at_once() {
        let gate = Gate::default();
        (0..100).for_each(|_| gate.faster());
        assert_eq!(limit(&gate), 8);
        gate.slower();
        assert_eq!(limit(&gate), 4);
        (0..9).for_each(|_| gate.slower());
        assert_eq!(limit(&gate), 1);
        (0..3).for_each(|_| gate.faster());
        assert_eq!(limit(&gate), 2);
    }

    #[test]
    fn no_more_than_the_limit_are_inside() {
        let gate = Arc::new(Gate::default());
        gate.slower();
        let most = std::sync::atomic::AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    let _permit = gate.enter();
                    let inside = gate.state.lock().unwrap().inside;
                    most.fetch_max(inside, std::sync::atomic::Ordering::Relaxed);
                    std::thread::sleep(std::time::Duration::from_millis(2));
                });
            }
        });
        assert!((1..=2).contains(&most.into_inner()));
        assert_eq!(gate.state.lock().unwrap().inside, 0);
    }
}
