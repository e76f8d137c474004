//! ShellCheck: what it says of the scripts of RUN, where the program is installed.
//!
//! Three steps, of which only the second starts anything: [`scripts`] says what ShellCheck would be asked of a
//! Dockerfile, [`Program::ask`] asks, and the [`Results`] are a part of what a check looks at, which takes them as
//! findings. A script that was not sent to ShellCheck has no findings.
//!
//! ```no_run
//! use lamblint::internals::{check, dockerfile::Dockerfile, launch::Build, shellcheck};
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let options = lamblint::Options::new("2026-11-24".parse()?);
//! let text = std::fs::read("Dockerfile")?;
//! let mut answers = None;
//! if let Some(program) = shellcheck::Program::find() {
//!     let dockerfile = Dockerfile::read(text.as_slice());
//!     let scripts = shellcheck::scripts(&Build::new(&dockerfile, &options), &options);
//!     answers = Some(program.ask(&scripts, std::time::Duration::from_secs(60))?);
//! }
//! let subject = check::Subject { shellcheck: answers.as_ref(), ..check::Subject::new("Dockerfile", &text) };
//! let checked = check::subject(&subject, &options);
//! # Ok(()) }
//! ```

mod dialect;
mod enabled;
mod filter;
mod program;
mod response;
mod script;

pub use enabled::{may_speak, speaks};
pub use program::Program;
pub use response::{Comment, Level};
pub use script::{Script, scripts};

use crate::diagnostic::{Finding, Severity};
use crate::dockerfile::Dockerfile;
use crate::launch::Build;
use crate::options::Options;
use crate::selection::Preset;
use std::collections::{BTreeSet, HashMap};

/// What ShellCheck says of scripts, by their whole text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Results(HashMap<String, Vec<Comment>>);

/// Codes that say nothing about a RUN: a sourced file is in the image and not here (1090, 1091), and ash is not
/// taken for dash by mistake (2187). hadolint has the same ones off.
const SENSELESS: &[u16] = &[1090, 1091, 2187];

/// The scripts of a Dockerfile's text; none if no rule of ShellCheck's could speak.
pub fn scripts_of(bytes: &[u8], options: &Options) -> Vec<Script> {
    if !may_speak(options) {
        return Vec::new();
    }
    let dockerfile = Dockerfile::read(bytes);
    scripts(&Build::new(&dockerfile, options), options)
}

impl Results {
    /// Answers with what was said of each script.
    pub fn new(said: HashMap<String, Vec<Comment>>) -> Self {
        Self(said)
    }

    /// The remarks on the scripts of a build: each with its code.
    pub(crate) fn findings(&self, build: &Build<'_>, options: &Options) -> Vec<(&'static str, Finding)> {
        let chosen = options.preset != Preset::Recommended || !options.select.is_empty();
        let mut seen = BTreeSet::new();
        let mut findings = Vec::new();
        for script in scripts(build, options) {
            let all = self.0.get(&script.text).map(Vec::as_slice).unwrap_or_default();
            for remark in all {
                let (Some(code), Some(span)) = (code(remark.code), script.place(remark)) else { continue };
                let passed = SENSELESS.contains(&remark.code) || (!chosen && filter::passes(remark, all, &script));
                if passed || !seen.insert((span, remark.code)) {
                    continue;
                }
                let severity = match remark.level {
                    Level::Error => Severity::Error,
                    Level::Warning => Severity::Warning,
                    Level::Info | Level::Style => Severity::Info,
                };
                findings.push((code, Finding::new(filter::message(&remark.message)).at(span, "").severity(severity)));
            }
        }
        findings
    }
}

/// The lowest and the first number that is not a code any more.
const FIRST: usize = 1000;
const BEHIND: usize = 5000;
const LENGTH: usize = "SC1000".len();

/// All codes in one text, `SC1000SC1001…`: codes are as static as those of our own rules.
static CODES: [u8; (BEHIND - FIRST) * LENGTH] = {
    let mut text = [0; (BEHIND - FIRST) * LENGTH];
    let mut at = 0;
    while at < BEHIND - FIRST {
        let number = at + FIRST;
        text[at * LENGTH] = b'S';
        text[at * LENGTH + 1] = b'C';
        text[at * LENGTH + 2] = b'0' + (number / 1000 % 10) as u8;
        text[at * LENGTH + 3] = b'0' + (number / 100 % 10) as u8;
        text[at * LENGTH + 4] = b'0' + (number / 10 % 10) as u8;
        text[at * LENGTH + 5] = b'0' + (number % 10) as u8;
        at += 1;
    }
    text
};

/// `SC2086` of 2086; `None` for numbers that ShellCheck does not have.
fn code(number: u16) -> Option<&'static str> {
    let at = usize::from(number).checked_sub(FIRST)? * LENGTH;
    std::str::from_utf8(CODES.get(at..at + LENGTH)?).ok()
}

#[cfg(test)]
mod tests;
