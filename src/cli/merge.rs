//! `lamblint merge`: the documents of all shards, as the report of one run.

use super::arg_types::FailOn;
use super::shard_args::MergeArgs;
use super::{check, complain, output};
use crate::baseline::Baseline;
use crate::report::{Format, Run, Unreadable, sarif_parts};
use crate::save;
use crate::shards;
use clap::ValueEnum;
use std::path::Path;

/// `lamblint merge`; the exit code of the run that it stands for.
pub(super) fn all(args: &MergeArgs) -> Result<u8, String> {
    let whole = shards::together(&args.files).map_err(|error| error.to_string())?;
    output::refuse_over(&args.report, args.files.iter().chain(&args.baseline).map(AsRef::as_ref))?;
    let baseline = args.baseline.as_deref().map(Baseline::read);
    let mut baseline = baseline.transpose().map_err(|error| error.to_string())?;
    if let Some(file) = whole.unweighed.filter(|_| output::has(&args.report, Format::Html)) {
        return Err(format!(
            "{}: --format html shows where bytes are, which this shard does not say; check all shards with --weigh",
            file.display()
        ));
    }
    if let Some(folder) = &args.split_sarif {
        free(folder)?;
    }
    let (mut checked, mut unreadable, mut fails) = (Vec::new(), Vec::new(), false);
    for judged in whole.judged {
        match judged.outcome {
            Ok(mut subjects) => {
                for subject in &mut subjects {
                    if let Some(baseline) = &mut baseline {
                        baseline.take(subject);
                    }
                    subject.fold();
                    let notes = subject.notes.iter().filter(|_| args.verbose);
                    notes.for_each(|note| complain(&format!("{}: {note}", subject.path)));
                }
                let held = judged.fail_on.and_then(|word| FailOn::from_str(&word, true).ok());
                fails |= check::fail(&subjects, args.fail_on.or(held));
                checked.extend(subjects);
            }
            Err(message) => unreadable.push(Unreadable { path: judged.path, message }),
        }
    }
    check::complain_of(&unreadable);
    let run = Run {
        fail_on: args.fail_on.unwrap_or(FailOn::Warning).least(),
        ..Run::new(&checked, &unreadable, whole.today)
    };
    check::report(&args.report, run, args.quiet, &mut |run| match &args.split_sarif {
        Some(folder) => split(folder, run),
        None => Ok(()),
    })?;
    Ok(if unreadable.is_empty() { u8::from(fails) } else { 2 })
}

/// An error where a folder has files of an earlier run: whoever uploads it would upload them too.
fn free(folder: &Path) -> Result<(), String> {
    std::fs::create_dir_all(folder).map_err(|error| crate::error::Error::io(folder, &error).to_string())?;
    let listed = std::fs::read_dir(folder).map_err(|error| crate::error::Error::io(folder, &error).to_string())?;
    let mut names = listed.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    match names.find(|name| name.ends_with(".sarif")) {
        Some(name) => {
            Err(format!("{}: {name} of an earlier run is in it; --split-sarif takes an empty folder", folder.display()))
        }
        None => Ok(()),
    }
}

fn split(folder: &Path, run: &Run<'_>) -> Result<(), String> {
    for (name, text) in sarif_parts(run) {
        save::report(&folder.join(name), &text).map_err(|error| error.to_string())?;
    }
    Ok(())
}
