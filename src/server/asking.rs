//! Asking ShellCheck beside the loop: it takes longer than a keystroke may.

use crate::shellcheck::{Program, Results, Script};
use crossbeam_channel::{Receiver, Sender, unbounded};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// Maximum time for the scripts of a document.
const TIMEOUT: Duration = Duration::from_secs(20);

/// What was said of a document's scripts, or why nothing was.
pub type Answer = (String, Result<Arc<Results>, String>);

/// The thread that asks; it is started when there is something to ask.
pub struct Asking {
    questions: Option<Sender<(String, Vec<Script>)>>,
    answers: (Sender<Answer>, Receiver<Answer>),
    /// `true` if there is no ShellCheck.
    absent: bool,
}

impl Default for Asking {
    fn default() -> Self {
        Self { questions: None, answers: unbounded(), absent: false }
    }
}

impl Asking {
    /// Where answers come in.
    pub fn answers(&self) -> &Receiver<Answer> {
        &self.answers.1
    }

    /// Asks about the scripts of a document; a later question about it stands for an earlier one.
    pub fn ask(&mut self, uri: &str, scripts: Vec<Script>) {
        if self.questions.is_none() && !self.absent {
            let program = Program::find();
            self.absent = program.is_none();
            self.questions = program.map(|program| start(program, self.answers.0.clone()));
        }
        if let Some(questions) = &self.questions {
            // A thread that has failed answers no more; findings of other rules stay.
            let _ = questions.send((uri.to_owned(), scripts));
        }
    }
}

fn start(program: Program, answers: Sender<Answer>) -> Sender<(String, Vec<Script>)> {
    let (sender, questions) = unbounded::<(String, Vec<Script>)>();
    std::thread::spawn(move || {
        while let Ok(first) = questions.recv() {
            let waiting: BTreeMap<String, Vec<Script>> = std::iter::once(first).chain(questions.try_iter()).collect();
            for (uri, scripts) in waiting {
                let said = program.ask(&scripts, TIMEOUT).map(Arc::new).map_err(|failure| failure.to_string());
                if answers.send((uri, said)).is_err() {
                    return;
                }
            }
        }
    });
    sender
}
