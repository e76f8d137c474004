//! How much memory the processes of the sandbox have, and their end where it is more than the function has.
//!
//! Only memory counts that the kernel cannot take back: what was written and belongs to no file. Files in `/tmp` do not
//! count, which a limit of a cgroup would count too.

use super::processes;
use super::shared::Shared;
use std::fs;
use std::sync::Arc;
use std::time::Duration;

/// How often it is looked at.
const LOOK: Duration = Duration::from_millis(50);

/// Looks at it for as long as the process lives.
pub(super) fn watch(shared: Arc<Shared>, most_mb: u64) {
    std::thread::spawn(move || {
        loop {
            std::thread::sleep(LOOK);
            let mut mb = sum("status", "RssAnon:");
            if mb > most_mb {
                // Pages that processes share since one has started the other were counted for each.
                mb = sum("smaps_rollup", "Pss_Anon:");
            }
            {
                let mut state = shared.lock();
                state.most_mb = state.most_mb.max(mb);
            }
            if mb > most_mb {
                shared.change(|state| *state.over_memory.get_or_insert(mb));
                processes::end_all();
            }
        }
    });
}

/// The sum of a line of all processes but this one, in MB.
fn sum(file: &str, line: &str) -> u64 {
    let names = fs::read_dir("/proc").into_iter().flatten().flatten().map(|entry| entry.file_name());
    let numbers = names.filter_map(|name| name.to_str()?.parse::<u32>().ok()).filter(|number| *number != 1);
    let kilobytes = numbers.filter_map(|number| {
        let text = fs::read_to_string(format!("/proc/{number}/{file}")).ok()?;
        let value = text.lines().find_map(|known| known.strip_prefix(line))?;
        value.split_whitespace().next()?.parse::<u64>().ok()
    });
    kilobytes.sum::<u64>() / 1024
}
