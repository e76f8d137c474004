//! How much memory the processes of the sandbox have, and their end where it is more than the function has.
//!
//! Only memory counts that the kernel cannot take back: what was written and belongs to no file. Files in `/tmp` do not
//! count.

use super::cgroup::Limited;
use super::processes;
use super::shared::Shared;
use super::spec::Spec;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// How often a cgroup is looked at, and how often all processes are where there is none.
const LOOK: Duration = Duration::from_millis(10);
const LOOK_AT_ALL: Duration = Duration::from_millis(50);
/// Bytes of a cgroup's file that are read.
const LISTING: usize = 16 * 1024;

/// The files of the sandbox's cgroup, opened while they could still be seen.
#[derive(Debug, Default)]
pub(super) struct Meter {
    group: Option<(File, File)>,
    limited: Limited,
    /// How often the kernel has ended a process, as was last seen.
    kills: AtomicU64,
}

impl Meter {
    pub(super) fn open(spec: &Spec) -> io::Result<Self> {
        let limited = spec.limited;
        let Some(names) = limited.names() else { return Ok(Self::default()) };
        let folder = Path::new(&spec.cgroup);
        let group = (File::open(folder.join("memory.stat"))?, File::open(folder.join(names.kills))?);
        Ok(Self { group: Some(group), limited, kills: AtomicU64::new(0) })
    }

    /// Whether the kernel has ended a process because of the limit, since this was last asked.
    pub(super) fn kernel_has_ended(&self) -> bool {
        let count = self.group.as_ref().and_then(|(_, kills)| listed(kills, "oom_kill")).unwrap_or_default();
        self.kills.swap(count, Ordering::Relaxed) < count
    }

    /// What the processes have, in MB.
    fn mb(&self, most_mb: u64) -> u64 {
        if let (Some((stat, _)), Some(names)) = (&self.group, self.limited.names())
            && let Some(bytes) = listed(stat, names.anonymous)
        {
            // This process is in it too.
            let own = of_process("self", "status", "RssAnon:").unwrap_or_default();
            return bytes.saturating_sub(own * 1024) / (1024 * 1024);
        }
        let mb = sum("status", "RssAnon:");
        // Pages that processes share since one has started the other were counted for each.
        if mb > most_mb { sum("smaps_rollup", "Pss_Anon:") } else { mb }
    }
}

/// Looks at it for as long as the process lives.
pub(super) fn watch(shared: Arc<Shared>, meter: Arc<Meter>, most_mb: u64) {
    let pause = if meter.group.is_some() { LOOK } else { LOOK_AT_ALL };
    std::thread::spawn(move || {
        loop {
            std::thread::sleep(pause);
            let mb = meter.mb(most_mb);
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

/// A number by its name in a list such as `memory.stat`.
fn listed(file: &File, name: &str) -> Option<u64> {
    let mut bytes = vec![0; LISTING];
    let got = file.read_at(&mut bytes, 0).ok()?;
    let text = String::from_utf8_lossy(bytes.get(..got)?);
    text.lines().find_map(|line| line.split_once(' ').filter(|(known, _)| *known == name)?.1.trim().parse().ok())
}

/// The sum of a line of all processes but this one, in MB.
fn sum(file: &str, line: &str) -> u64 {
    let names = fs::read_dir("/proc").into_iter().flatten().flatten().map(|entry| entry.file_name());
    let numbers = names.filter_map(|name| name.to_str()?.parse::<u32>().ok()).filter(|number| *number != 1);
    numbers.filter_map(|number| of_process(&number.to_string(), file, line)).sum::<u64>() / 1024
}

/// A line of a process's file, in KB.
fn of_process(process: &str, file: &str, line: &str) -> Option<u64> {
    let text = fs::read_to_string(format!("/proc/{process}/{file}")).ok()?;
    let value = text.lines().find_map(|known| known.strip_prefix(line))?;
    value.split_whitespace().next()?.parse::<u64>().ok()
}
