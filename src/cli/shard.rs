//! `lamblint check --plan`: a shard of a plan's images, into a document that `lamblint merge` reads.

use super::args::CheckArgs;
use super::check::{self, Look};
use super::fleet::Declared;
use super::options::{self, PathOptions};
use super::progress::Counting;
use super::remote::Remotes;
use super::{complain, output, print_json};
use crate::config::Configs;
use crate::discover::Found;
use crate::options::Options;
use crate::registry::{Reference, Repository};
use crate::report::{Unreadable, plural};
use crate::shards::{Judged, Plan, Planned, PlannedFunction, Shard, ShardReport};
use crate::{guard, save};
use clap::ValueEnum;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// What `--shard` says.
pub(super) fn asked(text: &str) -> Result<Shard, String> {
    Shard::read(text, &|name| std::env::var_os(name).map(|value| value.to_string_lossy().into_owned()))
}

/// Checks a shard; 0 if its document could be written. What is found is for `lamblint merge` to judge: an engine would
/// start a job again that ends with anything else.
pub(super) fn check(args: &CheckArgs, file: &Path) -> Result<u8, String> {
    let shard = asked(args.shards.shard.as_deref().unwrap_or_default())?;
    let plan = Plan::read(file).map_err(|error| error.to_string())?;
    output::refuse_over(&args.report, std::iter::once(file))?;
    let mut run = options::of_run(&args.subject)?;
    if args.subject.today.is_none() {
        run.today = plan.today;
    }
    let worker =
        Worker { args, run, configs: Configs::default(), remotes: Rc::new(Remotes::new(args.subject.remote.clone())) };
    let settings = worker.settings(&plan);
    let settings: Vec<&str> = settings.iter().map(String::as_str).collect();
    let mut report = ShardReport::new(&plan, shard, worker.run.today, &settings);
    let own: Vec<(usize, &Planned)> =
        plan.subjects_of(shard).into_iter().filter_map(|at| Some((at, plan.subjects.get(at)?))).collect();
    let references = own.iter().filter_map(|(_, subject)| Some((PathBuf::from(&subject.path), repository(subject)?)));
    let line = Counting::at("image", own.len(), args.quiet || args.verbose);
    worker.remotes.start(references.collect(), true, &check::read_options(&args.subject, Some(&line)));
    let mut unread = Vec::new();
    for (at, subject) in &own {
        let judged = worker.judged(subject);
        if let Err(message) = &judged.outcome {
            unread.push(Unreadable { path: judged.path.clone(), message: message.clone() });
        }
        report.add(*at, &judged);
        line.next();
    }
    drop(line);
    check::complain_of(&unread);
    if !args.quiet {
        worker.remotes.warnings().iter().for_each(|warning| complain(warning));
        let images = plural(own.len(), "image");
        complain(&format!("info: shard {shard}: {images}, {} could not be read", unread.len()));
    }
    match &args.report.output {
        Some(file) => save::report(file, &report.text()).map_err(|error| error.to_string())?,
        None => print_json(&report.text())?,
    }
    Ok(0)
}

fn repository(subject: &Planned) -> Option<Repository> {
    Repository::pinned(subject.reference.as_deref()?)
}

struct Worker<'a> {
    args: &'a CheckArgs,
    run: Options,
    configs: Configs,
    remotes: Rc<Remotes>,
}

impl Worker<'_> {
    fn held(&self, subject: &Planned) -> Result<PathOptions, String> {
        options::of_listed(&self.args.subject, &self.run, &self.configs, Path::new(&subject.path))
    }

    /// What was asked for, in texts that are the same on every machine. It is that of all images: shards are compared by it.
    fn settings(&self, plan: &Plan) -> Vec<String> {
        let subject = &self.args.subject;
        let held = |planned: &Planned| match self.held(planned) {
            Ok(held) => format!("{:?} {:?}", held.options, held.fail_on.map(word)),
            // Its text may have the folder of this machine.
            Err(_) => "no configuration".to_owned(),
        };
        let mut texts: BTreeSet<String> = plan.subjects.iter().map(held).collect();
        let (depth, image) = (subject.depth.of_image(), &subject.image);
        texts.insert(format!(
            "depth {depth:?}, image {image:?}, verify {}, weigh {}",
            subject.verify, self.args.shards.weigh
        ));
        texts.into_iter().collect()
    }

    fn judged(&self, subject: &Planned) -> Judged {
        let path = Path::new(&subject.path);
        let held = self.held(subject);
        let fail_on = held.as_ref().ok().and_then(|held| held.fail_on).map(word);
        let outcome = match (&subject.error, repository(subject)) {
            (Some(error), _) => Err(error.clone()),
            (None, None) => Err(format!("{}: the plan has no reference of it", path.display())),
            (None, Some(repository)) => held.and_then(|held| {
                let declared = |function: &PlannedFunction| {
                    Declared::new(subject.path.clone(), function.name.clone(), &function.properties)
                };
                let runs_as = subject.function.as_ref().map(declared);
                let held = PathOptions { runs_as, remotes: Rc::clone(&self.remotes), ..held };
                let found = Found::Remote { path: path.to_owned(), reference: Reference::Registry(repository) };
                let look = Look { quiet: self.args.quiet, weigh: self.args.shards.weigh };
                guard::subject(path, || check::judged(&self.args.subject, &held, &found, look))
            }),
        };
        Judged { path: subject.path.clone(), fail_on, outcome }
    }
}

/// The word for a severity, as it is written.
fn word(fail_on: super::arg_types::FailOn) -> String {
    fail_on.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
}
