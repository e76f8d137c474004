//! A fault of lamblint itself costs the subject it is met at, and never the run: a panic becomes what is wrong with a
//! path, and the other paths are looked at.

use crate::page::HOME;
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::path::Path;
use std::sync::Mutex;

/// What the first panic said that no subject has been given yet. A panic of a thread that reads layers is met by the
/// thread that waits for it.
static SAID: Mutex<Option<String>> = Mutex::new(None);

/// Maximum length of a panic's text that is shown: it may quote the whole subject.
const MAX_SHOWN: usize = 200;

/// What is said of a subject whose thread is gone.
#[cfg(feature = "registry")]
pub const LOST: &str = "lamblint itself failed in another thread";

/// Keeps panics from being printed where they happen, since their text may quote bytes of a subject.
pub fn hold_back() {
    panic::set_hook(Box::new(|info| {
        if let Ok(mut said) = SAID.lock() {
            said.get_or_insert_with(|| text_of(info));
        }
    }));
}

/// Looks at one subject; a panic is an error that names it.
pub fn subject<T>(path: &Path, look: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    caught(look).unwrap_or_else(|why| Err(format!("{}: could not be checked: {why}", path.display())))
}

/// Runs what belongs to no subject.
pub fn run<T>(what: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    caught(what).unwrap_or_else(Err)
}

/// Runs something; a panic is an error.
pub fn caught<T>(what: impl FnOnce() -> T) -> Result<T, String> {
    // What was being worked out is dropped whole, so nothing half done is seen after this.
    panic::catch_unwind(AssertUnwindSafe(what)).map_err(|_| {
        let said = SAID.lock().ok().and_then(|mut said| said.take()).unwrap_or_else(|| "no reason given".into());
        format!("lamblint itself failed ({said}); please report it with the file at {HOME}/issues")
    })
}

fn text_of(info: &PanicHookInfo<'_>) -> String {
    let place = info.location().map(|place| format!("{}:{}: ", place.file(), place.line())).unwrap_or_default();
    let payload = info.payload();
    let text = payload.downcast_ref::<&str>().copied().or(payload.downcast_ref::<String>().map(String::as_str));
    let text = text.unwrap_or("no reason given");
    place + &text.chars().take(MAX_SHOWN).collect::<String>()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::panic, reason = "the fault that is looked for")]

    use super::*;

    #[test]
    fn a_panic_is_an_error_that_names_the_subject() {
        let failed = subject::<()>(Path::new("a/Dockerfile"), || panic!("index out of bounds")).unwrap_err();
        assert!(failed.starts_with("a/Dockerfile: could not be checked: lamblint itself failed ("), "{failed}");
        assert_eq!(subject(Path::new("b"), || Ok(1)), Ok(1), "the next subject is looked at");
        assert_eq!(subject::<()>(Path::new("b"), || Err("b: not a file".into())), Err("b: not a file".into()));
        assert!(run::<()>(|| panic!("{}", "x".repeat(9_000))).unwrap_err().len() < 600);
    }
}
