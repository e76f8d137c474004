//! A cgroup that bounds the memory of a sandbox, where one can be made: version 1, or version 2 where a folder above hands
//! the controller on.
//!
//! The kernel counts the files in `/tmp` too, which are no memory of a function. So its limit is that of the function and of
//! `/tmp` together, which nothing right reaches, and what the processes have for themselves is looked at besides.

use serde::{Deserialize, Serialize};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What besides the function's memory and `/tmp` counts, in MB: lamblint's own process in it, and what the kernel needs.
const ROOM_MB: u64 = 128;
/// How the folders begin. The number of the process that clears up follows.
const NAME: &str = "lamblint-try-";
/// How often a cgroup is removed whose last process is just ending, and how long between.
const TRIES: u32 = 100;
const PAUSE: Duration = Duration::from_millis(10);

/// What holds the limit of memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Limited {
    /// A cgroup of version 1.
    CgroupV1,
    /// A cgroup of version 2.
    CgroupV2,
    /// Nothing but a look at the processes from time to time.
    #[default]
    Watched,
}

/// Names of the files of a cgroup, and of what stands in them.
pub(super) struct Names {
    limit: &'static str,
    swap: &'static str,
    pub(super) kills: &'static str,
    pub(super) anonymous: &'static str,
}

impl Limited {
    pub(super) fn names(self) -> Option<&'static Names> {
        match self {
            Self::CgroupV1 => Some(&Names {
                limit: "memory.limit_in_bytes",
                swap: "memory.swappiness",
                kills: "memory.oom_control",
                anonymous: "total_rss",
            }),
            Self::CgroupV2 => {
                Some(&Names { limit: "memory.max", swap: "memory.swap.max", kills: "memory.events", anonymous: "anon" })
            }
            Self::Watched => None,
        }
    }
}

/// The limit that the kernel holds, in MB.
pub(super) fn kernel_mb(memory_mb: u64, tmp_mb: u64) -> u64 {
    memory_mb + tmp_mb + ROOM_MB
}

/// A cgroup of our own. It goes with this.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) limited: Limited,
    pub(super) folder: PathBuf,
    /// Opened before the namespaces are made: the kernel asks who opened it whether a process may be moved.
    processes: File,
}

impl Group {
    /// A cgroup with a limit; `None` where this system gives none.
    pub(super) fn new(most_mb: u64) -> Option<Self> {
        let own = fs::read_to_string("/proc/self/cgroup").ok()?;
        let mounts = fs::read_to_string("/proc/self/mountinfo").ok()?;
        parents(&own, &mounts).into_iter().find_map(|(limited, parent)| Self::within(limited, &parent, most_mb).ok())
    }

    fn within(limited: Limited, parent: &Path, most_mb: u64) -> io::Result<Self> {
        let names = limited.names().ok_or(io::ErrorKind::Unsupported)?;
        if limited == Limited::CgroupV2 {
            let handed_on = fs::read_to_string(parent.join("cgroup.subtree_control"))?;
            if !handed_on.split_whitespace().any(|controller| controller == "memory") {
                return Err(io::ErrorKind::Unsupported.into());
            }
        }
        sweep(parent);
        let folder = parent.join(format!("{NAME}{}", std::process::id()));
        fs::create_dir(&folder)?;
        let made = || {
            fs::write(folder.join(names.limit), (most_mb * 1024 * 1024).to_string())?;
            // A system without swap has no such file.
            let _ = fs::write(folder.join(names.swap), "0");
            OpenOptions::new().write(true).open(folder.join("cgroup.procs"))
        };
        match made() {
            Ok(processes) => Ok(Self { limited, folder, processes }),
            Err(error) => {
                let _ = fs::remove_dir(&folder);
                Err(error)
            }
        }
    }

    /// Puts a process into it, and with it all that it will start.
    pub(super) fn add(&mut self, process: u32) -> io::Result<()> {
        self.processes.write_all(process.to_string().as_bytes())
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        for _ in 0..TRIES {
            match fs::remove_dir(&self.folder) {
                Err(error) if error.kind() == io::ErrorKind::ResourceBusy => std::thread::sleep(PAUSE),
                _ => return,
            }
        }
    }
}

/// Removes what was left behind by a helper that was killed itself: cgroups without a process, whose maker is gone.
fn sweep(parent: &Path) {
    for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let maker = name.to_str().and_then(|name| name.strip_prefix(NAME)?.parse::<u32>().ok());
        if maker.is_some_and(|maker| !Path::new("/proc").join(maker.to_string()).exists()) {
            // The kernel refuses it where a process is in it.
            let _ = fs::remove_dir(entry.path());
        }
    }
}

/// The folders that a cgroup for memory may be made in, the nearest first: from the cgroups of this process and from the
/// mounts, as the kernel lists them in `/proc/self`.
fn parents(own: &str, mounts: &str) -> Vec<(Limited, PathBuf)> {
    let mut found = Vec::new();
    for line in own.lines() {
        let mut parts = line.splitn(3, ':').skip(1);
        let (Some(controllers), Some(path)) = (parts.next(), parts.next()) else { continue };
        if controllers.split(',').any(|controller| controller == "memory") {
            let hierarchy = mount(mounts, "cgroup", Some("memory"));
            found.extend(hierarchy.map(|(point, root)| (Limited::CgroupV1, at(&point, &root, path))));
        } else if controllers.is_empty()
            && let Some((point, root)) = mount(mounts, "cgroup2", None)
        {
            let all = at(&point, &root, path);
            let inside = all.ancestors().take_while(|folder| folder.starts_with(&point));
            found.extend(inside.map(|folder| (Limited::CgroupV2, folder.to_path_buf())));
        }
    }
    found
}

/// Where a hierarchy is mounted, and which of its folders is seen there.
fn mount(mounts: &str, kind: &str, controller: Option<&str>) -> Option<(PathBuf, String)> {
    mounts.lines().find_map(|line| {
        let (before, after) = line.split_once(" - ")?;
        let mut after = after.split(' ');
        let (known, options) = (after.next()?, after.nth(1).unwrap_or_default());
        let has = |wanted: &str| options.split(',').any(|option| option == wanted);
        if known != kind || !controller.is_none_or(has) {
            return None;
        }
        let mut before = before.split(' ').skip(3);
        let (root, point) = (before.next()?, before.next()?);
        Some((PathBuf::from(point), root.to_owned()))
    })
}

/// A cgroup's folder; that of the mount where the cgroup lies outside of it.
fn at(point: &Path, root: &str, path: &str) -> PathBuf {
    let inside = Path::new(path).strip_prefix(root).unwrap_or(Path::new(""));
    if inside.components().any(|part| part == std::path::Component::ParentDir) {
        return point.to_path_buf();
    }
    // Without this a folder's name would end with a slash.
    if inside.as_os_str().is_empty() { point.to_path_buf() } else { point.join(inside) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HYBRID: &str = "\
31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
32 31 0:29 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu
35 31 0:32 / /sys/fs/cgroup/memory rw,relatime shared:9 - cgroup cgroup rw,memory
41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw";

    fn found(own: &str, mounts: &str) -> Vec<(Limited, String)> {
        parents(own, mounts).into_iter().map(|(limited, folder)| (limited, folder.display().to_string())).collect()
    }

    #[test]
    fn a_cgroup_is_made_below_the_own_one() {
        assert_eq!(
            found("4:memory:/a/b\n1:cpu:/\n0::/\n", HYBRID),
            [
                (Limited::CgroupV1, "/sys/fs/cgroup/memory/a/b".to_owned()),
                (Limited::CgroupV2, "/sys/fs/cgroup/unified".to_owned())
            ]
        );
        assert_eq!(found("1:cpu:/\n", HYBRID), []);
    }

    /// Docker without a cgroup namespace shows a container's own folder as the root.
    #[test]
    fn a_mount_may_show_a_part_of_the_tree() {
        let mounts = "35 31 0:32 /docker/x /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory";
        assert_eq!(found("4:memory:/docker/x\n", mounts), [(Limited::CgroupV1, "/sys/fs/cgroup/memory".to_owned())]);
        assert_eq!(found("4:memory:/../other\n", mounts), [(Limited::CgroupV1, "/sys/fs/cgroup/memory".to_owned())]);
    }

    #[test]
    fn version_2_is_looked_for_upwards() {
        let mounts = "30 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw,nsdelegate,memory_recursiveprot";
        let own = "0::/user.slice/user-1000.slice/session-2.scope\n";
        let folders = found(own, mounts);
        assert!(folders.iter().all(|(limited, _)| *limited == Limited::CgroupV2));
        let folders: Vec<&str> = folders.iter().map(|(_, folder)| folder.as_str()).collect();
        let slice = "/sys/fs/cgroup/user.slice/user-1000.slice";
        assert_eq!(
            folders,
            [&format!("{slice}/session-2.scope"), slice, "/sys/fs/cgroup/user.slice", "/sys/fs/cgroup"]
        );
    }

    /// No kernel is asked: the files of a cgroup are files here.
    #[test]
    fn version_2_needs_a_parent_that_hands_the_controller_on() {
        let parent = tempfile::tempdir().unwrap();
        let made = || Group::within(Limited::CgroupV2, parent.path(), 64);
        assert!(made().is_err(), "no cgroup.subtree_control");
        fs::write(parent.path().join("cgroup.subtree_control"), "cpu pids\n").unwrap();
        assert!(made().is_err(), "not handed on");
        fs::write(parent.path().join("cgroup.subtree_control"), "cpu memory pids\n").unwrap();
        assert!(made().is_err(), "a folder without the kernel's files is none");
        assert!(!parent.path().join(format!("{NAME}{}", std::process::id())).join("cgroup.procs").exists());
    }

    #[test]
    fn what_a_killed_helper_has_left_is_removed() {
        let parent = tempfile::tempdir().unwrap();
        let own = format!("{NAME}{}", std::process::id());
        for name in [&own, &format!("{NAME}4294967295"), &format!("{NAME}x"), &"other".to_owned()] {
            fs::create_dir(parent.path().join(name)).unwrap();
        }
        sweep(parent.path());
        let mut left: Vec<String> = fs::read_dir(parent.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        left.sort();
        assert_eq!(left, [own, format!("{NAME}x"), "other".to_owned()]);
    }
}
