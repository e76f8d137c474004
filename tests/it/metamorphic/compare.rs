//! Trying changes on samples, and what a change has turned.

use super::Change;
use super::allowed::{ALLOWED, LESS};
use crate::support::draft::Draft;
use crate::support::internals::diagnostic::Severity;
use crate::support::samples::{Sample, Verdict};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Every change is tried on every sample.
pub(super) fn every(_: &str, _: &str) -> bool {
    true
}

/// One in four, always the same ones.
pub(super) fn some(change: &str, sample: &str) -> bool {
    let hash = change
        .bytes()
        .chain(sample.bytes())
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    (hash >> 32).is_multiple_of(4)
}

/// A verdict that a change has turned.
pub(super) struct Turned {
    pub(super) change: Change,
    pub(super) code: &'static str,
    pub(super) sample: String,
    before: Option<Severity>,
    after: Option<Severity>,
    text: String,
}

impl Turned {
    /// Whether something became an error.
    fn new_error(&self) -> bool {
        self.after == Some(Severity::Error)
    }
}

/// What a run has seen.
#[derive(Default)]
pub(super) struct Seen {
    /// What was tried: the names of changes and samples.
    pub(super) tried: BTreeSet<(&'static str, String)>,
    pub(super) turned: Vec<Turned>,
}

/// Tries changes on samples, on all processors.
pub(super) fn compare(samples: &[Sample], changes: &[Change], tried: impl Fn(&str, &str) -> bool + Sync) -> Seen {
    let (next, seen) = (AtomicUsize::new(0), Mutex::new(Seen::default()));
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let Some(sample) = samples.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let own = compare_one(sample, changes, &tried);
                    let mut seen = seen.lock().unwrap();
                    seen.tried.extend(own.tried);
                    seen.turned.extend(own.turned);
                }
            });
        }
    });
    let mut seen = seen.into_inner().unwrap();
    seen.turned.sort_by(|a, b| (&a.sample, a.change.name, a.code).cmp(&(&b.sample, b.change.name, b.code)));
    seen
}

fn compare_one(sample: &Sample, changes: &[Change], tried: impl Fn(&str, &str) -> bool) -> Seen {
    let mut seen = Seen::default();
    let draft = Draft::read(&sample.text);
    if draft.instructions().is_empty() || draft.text.contains("lamblint: ignore") || sample.options.target.is_some() {
        return seen;
    }
    let before = severities(sample.verdict(&sample.text, None));
    for change in changes.iter().filter(|change| tried(change.name, &sample.name)) {
        let Some(text) = (change.apply)(&draft).filter(|text| *text != sample.text) else { continue };
        seen.tried.insert((change.name, sample.name.clone()));
        let after = severities(sample.verdict(&text, change.target));
        for code in before.keys().chain(after.keys()).copied().collect::<BTreeSet<_>>() {
            let (before, after) = (before.get(code).copied(), after.get(code).copied());
            let new = Turned { change: *change, code, sample: sample.name.clone(), before, after, text: text.clone() };
            if before != after && allowed(&new).is_none() {
                seen.turned.push(new);
            }
        }
    }
    seen
}

/// The worst severity of each code.
fn severities(verdict: Verdict) -> BTreeMap<&'static str, Severity> {
    let mut worst = BTreeMap::new();
    for (code, severity) in verdict {
        let known = worst.entry(code).or_insert(severity);
        *known = severity.max(*known);
    }
    worst
}

/// The reason why a change may turn a verdict.
fn allowed(turned: &Turned) -> Option<&'static str> {
    let name = turned.change.name;
    let fits = |(change, code, _): &&(&str, &str, &str)| {
        let change = change.strip_suffix('*').map_or(*change == name, |head| name.starts_with(head));
        change && (*code == turned.code || (*code == LESS && turned.after < turned.before))
    };
    ALLOWED.iter().find(fits).map(|(.., reason)| *reason)
}

impl Seen {
    pub(super) fn print(&self, what: &str) {
        // `SHOW=run-env,LL203,step-ls/LL206` prints what a change turns, what turns a code, and both at once.
        let show = std::env::var("SHOW").unwrap_or_default();
        let shown = |turned: &&Turned| {
            let (name, code) = (turned.change.name, turned.code);
            show.split(',').any(|word| word == name || word == code || word == format!("{name}/{code}"))
        };
        for turned in self.turned.iter().filter(shown) {
            let Turned { change, code, sample, before, after, text, .. } = turned;
            println!("{sample}: {} turns {code} from {before:?} to {after:?}:\n{text}", change.name);
        }
        let mut causes: BTreeMap<&str, BTreeMap<&str, BTreeMap<&str, usize>>> = BTreeMap::new();
        for turned in &self.turned {
            *causes
                .entry(turned.change.cause)
                .or_default()
                .entry(turned.change.name)
                .or_default()
                .entry(turned.code)
                .or_default() += 1;
        }
        for (cause, changes) in causes {
            let count: usize = changes.values().flat_map(BTreeMap::values).sum();
            println!("{cause}: {count}");
            for (change, codes) in changes {
                let codes: Vec<String> = codes.iter().map(|(code, count)| format!("{code} {count}")).collect();
                println!("    {change}: {}", codes.join(", "));
            }
        }
        let errors = self.turned.iter().filter(|turned| turned.new_error()).count();
        println!("{what}: {} comparisons, {} wrong, {errors} new errors", self.tried.len(), self.turned.len());
    }
}
