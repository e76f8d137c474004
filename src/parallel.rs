//! Work that several threads share, with what comes of it in order.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// What `work` makes of each number below `count`, in their order, whichever thread did it. The calling thread works too.
/// `None` where a thread has panicked, which is a fault of ours: what it had done is lost.
pub fn in_order<T: Send>(count: usize, threads: usize, work: impl Fn(usize) -> T + Sync) -> Vec<Option<T>> {
    let next = AtomicUsize::new(0);
    let share = || {
        let own = std::iter::from_fn(|| Some(next.fetch_add(1, Ordering::Relaxed)).filter(|at| *at < count));
        own.map(|at| (at, work(at))).collect::<Vec<_>>()
    };
    let mut done: Vec<Option<T>> = Vec::new();
    done.resize_with(count, || None);
    thread::scope(|scope| {
        let others: Vec<_> = (1..threads.min(count)).map(|_| scope.spawn(share)).collect();
        let own = share();
        let others = others.into_iter().filter_map(|other| other.join().ok()).flatten();
        for (at, made) in own.into_iter().chain(others) {
            if let Some(place) = done.get_mut(at) {
                *place = Some(made);
            }
        }
    });
    done
}

/// Processors that this process may use.
pub fn processors() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_of_it_in_order() {
        for (count, threads) in [(0, 4), (1, 4), (100, 1), (100, 0), (100, 7)] {
            let wanted: Vec<Option<usize>> = (0..count).map(|at| Some(at * at)).collect();
            assert_eq!(in_order(count, threads, |at| at * at), wanted, "{count} {threads}");
        }
    }

    #[test]
    fn a_thread_that_panics_takes_only_its_own_with_it() {
        let own = thread::current().id();
        let done = in_order(50, 2, |at| {
            // The other thread comes in between.
            thread::sleep(std::time::Duration::from_millis(1));
            assert!(thread::current().id() == own, "for the test");
            at
        });
        assert!(done.iter().enumerate().all(|(at, made)| (*made).is_none_or(|made| made == at)));
        assert!(done.iter().flatten().count() > 0 && done.len() == 50);
    }
}
