//! What each shard says, and all of it together: complete, once, and of one plan, or not at all.

use super::said::Said;
use super::seal::{self, Kind};
use super::shard::MAX_SHARDS;
use super::{Plan, Shard};
use crate::check::Checked;
use crate::error::Error;
use crate::fingerprint;
use crate::registry::MAX_IMAGES;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

const KIND: Kind = Kind { name: "shard", format: 1, command: "lamblint check --plan" };

/// Bytes of all texts that findings point into.
const MAX_TEXTS: usize = 2 * 1024 * 1024 * 1024 - 1;

/// What a shard says of its images, as its document has it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShardReport {
    lamblint: String,
    format: u32,
    digest: String,
    version: String,
    /// The digest of the plan.
    plan: String,
    shard: usize,
    of: usize,
    /// The hash of what was asked for: rules, severities and all other options.
    settings: String,
    today: Date,
    /// How many images the plan has.
    images: usize,
    subjects: Vec<Entry>,
}

/// What became of one image of the plan.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    subject: usize,
    path: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    fail_on: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    said: Vec<Said>,
}

/// What became of one image.
#[derive(Debug)]
pub struct Judged {
    /// What reports call it.
    pub path: String,
    /// The severity that fails the run, if a configuration file says so.
    pub fail_on: Option<String>,
    /// What was found, or why it could not be looked at.
    pub outcome: Result<Vec<Checked>, String>,
}

/// All shards together.
#[derive(Debug)]
pub struct Whole {
    /// The day of the run.
    pub today: Date,
    /// The images, in the order of the list.
    pub judged: Vec<Judged>,
    /// A file whose images were not weighed, if there is one.
    pub unweighed: Option<PathBuf>,
}

impl ShardReport {
    /// A report of a shard that has no image yet. `settings` are what the user has asked for, in any text.
    pub fn new(plan: &Plan, shard: Shard, today: Date, settings: &[&str]) -> Self {
        Self {
            lamblint: KIND.name.to_owned(),
            format: KIND.format,
            digest: seal::UNSEALED.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            plan: plan.digest.clone(),
            shard: shard.index,
            of: shard.of,
            settings: fingerprint::hash(settings),
            today,
            images: plan.subjects.len(),
            subjects: Vec::new(),
        }
    }

    /// Adds an image, by its number in the plan.
    pub fn add(&mut self, subject: usize, judged: &Judged) {
        let said = judged.outcome.iter().flatten().filter_map(Said::of).collect();
        let (path, error, fail_on) =
            (judged.path.clone(), judged.outcome.as_ref().err().cloned(), judged.fail_on.clone());
        self.subjects.push(Entry { subject, path, error, fail_on, said });
    }

    /// Its document.
    pub fn text(&self) -> String {
        seal::seal(self).0
    }
}

/// Reads the documents of all shards of a plan.
pub fn together(files: &[PathBuf]) -> Result<Whole, Error> {
    let mut all = Assembly::default();
    for file in files {
        let refused = |why: String| Error::new(format!("{}: {why}", file.display()));
        all.add(file, seal::read(file, &KIND)?).map_err(refused)?;
    }
    all.whole().map_err(Error::new)
}

/// What has been read of shards so far.
#[derive(Default)]
struct Assembly {
    first: Option<(PathBuf, ShardReport)>,
    /// The file of each shard.
    files: Vec<Option<PathBuf>>,
    judged: Vec<Option<Judged>>,
    unweighed: Option<PathBuf>,
    texts: usize,
}

impl Assembly {
    fn add(&mut self, file: &Path, mut report: ShardReport) -> Result<(), String> {
        let own = env!("CARGO_PKG_VERSION");
        if report.version != own {
            return Err(format!(
                "lamblint {} wrote it, and this is {own}; check that shard with this version",
                report.version
            ));
        }
        let known = report.of <= MAX_SHARDS && report.shard < report.of && report.images <= MAX_IMAGES;
        if !known {
            return Err(format!("there is no shard {} of {} of {} images", report.shard, report.of, report.images));
        }
        let entries = std::mem::take(&mut report.subjects);
        let (index, of) = (report.shard, report.of);
        match &self.first {
            None => {
                self.files = vec![None; report.of];
                self.judged.resize_with(report.images, || None);
                self.first = Some((file.to_owned(), report));
            }
            Some((with, first)) => same(first, &report).map_err(|what| format!("{what} than {}", with.display()))?,
        }
        match self.files.get_mut(index) {
            Some(Some(other)) => {
                return Err(format!("{} is shard {index} of {of} too; give each shard once", other.display()));
            }
            Some(free) => *free = Some(file.to_owned()),
            None => {}
        }
        for entry in entries {
            self.entry(file, entry)?;
        }
        Ok(())
    }

    fn entry(&mut self, file: &Path, entry: Entry) -> Result<(), String> {
        let number = entry.subject;
        let place = self.judged.get_mut(number).filter(|place| place.is_none());
        let place = place.ok_or_else(|| format!("image {number} is no image of the plan, or is in two shards"))?;
        let mut room = MAX_TEXTS.saturating_sub(self.texts);
        let whole = room;
        let outcome = match entry.error {
            Some(error) => Err(error),
            None => {
                if entry.said.iter().any(|said| !said.has_inventory()) {
                    self.unweighed.get_or_insert_with(|| file.to_owned());
                }
                let said: Option<Vec<Checked>> = entry.said.into_iter().map(|said| said.checked(&mut room)).collect();
                Ok(said.ok_or_else(|| {
                    format!(
                        "what it says of image {number} is nothing that lamblint would say, or over {MAX_TEXTS} bytes"
                    )
                })?)
            }
        };
        self.texts += whole - room;
        *place = Some(Judged { path: entry.path, fail_on: entry.fail_on, outcome });
        Ok(())
    }

    fn whole(self) -> Result<Whole, String> {
        let Some((_, first)) = self.first else { return Err("no document of a shard to merge".to_owned()) };
        let missing: Vec<usize> = (0..first.of).filter(|at| self.files.get(*at).is_none_or(Option::is_none)).collect();
        if let Some(one) = missing.first() {
            let more = missing.len() - 1;
            let more = if more > 0 { format!(", and {more} more are missing") } else { String::new() };
            return Err(format!(
                "there is no document of shard {one} of {}{more}; `lamblint check --plan PLAN --shard {one}/{} --output \
                 FILE` writes it",
                first.of, first.of
            ));
        }
        let missing = |at| format!("image {at} of the plan is in no shard; check all shards again");
        let judged = self.judged.into_iter().enumerate().map(|(at, judged)| judged.ok_or_else(|| missing(at)));
        let judged = judged.collect::<Result<_, String>>()?;
        Ok(Whole { today: first.today, judged, unweighed: self.unweighed })
    }
}

/// In what two documents differ that should be of one run.
fn same(first: &ShardReport, other: &ShardReport) -> Result<(), String> {
    if first.plan != other.plan || first.images != other.images {
        return Err("it is of another plan".to_owned());
    }
    if first.of != other.of {
        return Err(format!("it is a shard of {}, another number", other.of));
    }
    if first.settings != other.settings || first.today != other.today {
        return Err("it was checked with other options, or another lamblint.toml,".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shards::Planned;
    use jiff::civil::date;

    fn plan(images: usize) -> Plan {
        let subject =
            |at: usize| Planned { path: at.to_string(), error: Some(format!("{at}: no")), ..Planned::default() };
        let mut plan = Plan::new(date(2026, 11, 28), (0..images).map(subject).collect(), Vec::new());
        plan.digest = format!("of {images}");
        plan
    }

    fn report(plan: &Plan, index: usize, of: usize) -> ShardReport {
        let shard = Shard { index, of };
        let mut report = ShardReport::new(plan, shard, plan.today, &["x"]);
        for at in plan.subjects_of(shard) {
            let path = plan.subjects[at].path.clone();
            report.add(at, &Judged { outcome: Err(format!("{path}: no")), path, fail_on: None });
        }
        report
    }

    fn written(reports: &[ShardReport]) -> (tempfile::TempDir, Vec<PathBuf>) {
        let folder = tempfile::tempdir().unwrap();
        let file = |(at, report): (usize, &ShardReport)| {
            let path = folder.path().join(format!("shard-{at}.json"));
            std::fs::write(&path, report.text()).unwrap();
            path
        };
        let files = reports.iter().enumerate().map(file).collect();
        (folder, files)
    }

    fn merged(reports: &[ShardReport]) -> Result<Vec<String>, String> {
        let (_folder, files) = written(reports);
        let whole = together(&files).map_err(|error| error.to_string())?;
        Ok(whole.judged.into_iter().map(|judged| judged.path).collect())
    }

    #[test]
    fn all_shards_are_the_whole_in_any_order() {
        let plan = plan(7);
        let all: Vec<String> = (0..7).map(|at| at.to_string()).collect();
        assert_eq!(merged(&[report(&plan, 2, 3), report(&plan, 0, 3), report(&plan, 1, 3)]), Ok(all.clone()));
        assert_eq!(merged(&(0..9).map(|index| report(&plan, index, 9)).collect::<Vec<_>>()), Ok(all));
    }

    #[test]
    fn what_is_not_whole_is_refused() {
        let (plan, other) = (plan(7), plan(8));
        let one = |index| report(&plan, index, 3);
        let with = |change: &dyn Fn(&mut ShardReport)| {
            let mut report = one(2);
            change(&mut report);
            merged(&[one(0), one(1), report]).unwrap_err()
        };
        for (said, words) in [
            (merged(&[one(0), one(2)]).unwrap_err(), "no document of shard 1 of 3; `lamblint check"),
            (merged(&[one(1)]).unwrap_err(), "no document of shard 0 of 3, and 1 more"),
            (merged(&[one(0), one(1), one(2), one(1)]).unwrap_err(), "shard-1.json is shard 1 of 3 too"),
            (merged(&[one(0), report(&other, 1, 3)]).unwrap_err(), "shard-1.json: it is of another plan"),
            (merged(&[one(0), report(&plan, 1, 4)]).unwrap_err(), "a shard of 4"),
            (with(&|report| report.settings.push('1')), "other options"),
            (with(&|report| report.today = date(2026, 11, 29)), "other options"),
            (with(&|report| report.version = "0.0.1".into()), "lamblint 0.0.1 wrote it"),
            (with(&|report| drop(report.subjects.pop())), "in no shard"),
            (with(&|report| report.subjects[0].subject = 0), "is in two shards"),
            (with(&|report| report.subjects[0].subject = usize::MAX), "no image of the plan"),
            (with(&|report| report.shard = 3), "no shard 3 of 3"),
            (with(&|report| report.of = usize::MAX), "there is no shard"),
            (merged(&[]).unwrap_err(), "no document"),
        ] {
            assert!(said.contains(words), "{said}");
        }
    }

    #[test]
    fn documents_that_are_cut_are_refused() {
        let (_folder, files) = written(&[report(&plan(2), 0, 1)]);
        let whole = std::fs::read(&files[0]).unwrap();
        std::fs::write(&files[0], &whole[..whole.len() / 2]).unwrap();
        let said = together(&files).unwrap_err().to_string();
        assert!(said.contains("shard-0.json: no shard of lamblint's"), "{said}");
        std::fs::write(&files[0], plan(2).text()).unwrap();
        assert!(together(&files).unwrap_err().to_string().contains("another document"));
    }
}
