//! Asking ShellCheck, once for all Dockerfiles of a run.

use super::arg_types::When;
use super::check::Verbosity;
use super::complain;
use super::options::PathOptions;
use crate::discover::Found;
use crate::guard;
use crate::options::Options;
use crate::shellcheck::{Program, Results, scripts_of};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// Maximum time for one ShellCheck process, which has fifty scripts at most and takes a second or two.
const TIMEOUT: Duration = Duration::from_secs(60);

/// What was found at a path, and what holds there.
pub(super) type Subject = (PathBuf, Result<(Found, PathOptions), String>);

/// Asks about every Dockerfile where it is wanted, and hands the answers out. Where ShellCheck must be there and
/// is not, that is what is wrong with a path.
pub(super) fn all(subjects: &mut [Subject], talk: Verbosity) {
    let program = Program::find();
    let demanded =
        subjects.iter().any(|(_, subject)| subject.as_ref().is_ok_and(|(_, held)| held.shellcheck == When::On));
    if program.is_none() && !demanded && !talk.verbose {
        return;
    }
    let wanted = |found: &Found, held: &PathOptions| match found {
        Found::Dockerfile { bytes, .. } if held.shellcheck != When::Off => scripts_of(bytes, &held.options),
        _ => Vec::new(),
    };
    let mut scripts = Vec::new();
    let mut waiting = Vec::new();
    for (path, subject) in subjects.iter_mut() {
        let some = match &*subject {
            Ok((found, held)) => guard::subject(path, || Ok(wanted(found, held))),
            Err(_) => continue,
        };
        match some {
            Ok(some) if some.is_empty() => {}
            Ok(some) => {
                scripts.extend(some);
                waiting.push((path, subject));
            }
            Err(why) => *subject = Err(why),
        }
    }
    if waiting.is_empty() {
        return;
    }
    let answers = match &program {
        Some(program) => program.ask(&scripts, TIMEOUT).map(Arc::new).map_err(|failure| failure.to_string()),
        None => Err("there is no shellcheck on PATH".to_owned()),
    };
    let mut left_out = false;
    for (path, subject) in waiting {
        match (&answers, &mut *subject) {
            (Ok(answers), Ok((_, held))) => held.answers = Some(Arc::clone(answers)),
            (Err(why), Ok((_, held))) if held.shellcheck == When::On => {
                let message = format!("{}: shellcheck = on, but ShellCheck failed: {why}", path.display());
                *subject = Err(message);
            }
            (Err(_), _) => left_out = true,
            _ => {}
        }
    }
    // That it is not installed is nothing to hear of every day; that it is broken is.
    if let Err(why) = answers
        && left_out
        && (talk.verbose || (program.is_some() && !talk.quiet))
    {
        complain(&format!("ShellCheck was not asked about RUN: {why}"));
    }
}

/// The answers about a Dockerfile that has been changed since; none where ShellCheck has none.
pub(super) fn again(bytes: &[u8], options: &Options) -> Option<Arc<Results>> {
    let scripts = scripts_of(bytes, options);
    let answers = Program::find()?.ask(&scripts, TIMEOUT);
    answers.ok().map(Arc::new)
}
