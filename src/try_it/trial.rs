//! One image tried: unpacked, started, and cleared away again.

use super::cgroup::{Limited, kernel_mb};
use super::handles;
use super::modes::{GROUP, NAME, USER};
use super::plan::{Asked, Plan};
use super::sandbox;
use super::shared::rounded;
use super::spec::{Happening, What};
use super::unpack::{Owners, Tree};
use crate::error::why;
use crate::image::{self, Image};
use rustix::fs::StatVfsMountFlags;
use rustix::thread::CapabilitySet;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// What a sandbox may take besides its limits: the start of its processes, and shutdowns.
const BESIDES: Duration = Duration::from_secs(10);

/// The folder in which an image is unpacked. It goes with this.
#[derive(Debug)]
pub struct Space {
    folder: Option<tempfile::TempDir>,
    root: PathBuf,
}

impl Space {
    /// A temporary folder, or one that the user wants to keep, which must be empty.
    pub fn new(keep: Option<&Path>) -> Result<Self, String> {
        let made = tempfile::Builder::new().prefix("lamblint-try-").tempdir();
        let folder = made.map_err(|error| format!("no temporary folder: {}", why(&error)))?;
        let root = keep.map_or_else(|| folder.path().join("root"), Path::to_path_buf);
        fs::create_dir_all(&root).map_err(|error| format!("{}: {}", root.display(), why(&error)))?;
        if fs::read_dir(&root).is_ok_and(|mut entries| entries.next().is_some()) {
            return Err(format!("{}: not empty, and --keep takes an empty folder", root.display()));
        }
        Ok(Self { folder: Some(folder), root })
    }

    /// The archive in a form that can be read layer by layer: written into the folder if it is packed as a whole, or comes
    /// through a pipe.
    pub fn archive(&self, reader: impl Read) -> Result<PathBuf, String> {
        let folder = self.folder.as_ref().map_or(self.root.as_path(), tempfile::TempDir::path);
        let path = folder.join("archive.tar");
        let mut file = File::create(&path).map_err(|error| format!("{}: {}", path.display(), why(&error)))?;
        image::spool(reader, &mut file)?;
        Ok(path)
    }
}

impl Drop for Space {
    fn drop(&mut self) {
        if let Some(folder) = self.folder.take() {
            // Folders of the image may be closed to their owner, which the usual way of removing does not open.
            let _ = handles::remove_all(folder.path());
        }
    }
}

/// What came of a trial.
#[derive(Debug, Default)]
pub struct Trial {
    /// Milliseconds that unpacking took.
    pub unpack_ms: f64,
    /// Regular files that were unpacked, and their bytes.
    pub files: u64,
    /// Bytes of them.
    pub bytes: u64,
    /// Whether it was done in a user namespace.
    pub rootless: bool,
    /// What holds the limit of memory.
    pub limited: Option<Limited>,
    /// What is not as on Lambda.
    pub differs: Vec<String>,
    /// What happened.
    pub happenings: Vec<Happening>,
    /// Why nothing could be tried.
    pub cannot: Option<String>,
}

impl Trial {
    /// Unpacks and starts an image that lies at a path, and tells what happens while it does.
    pub fn run(
        space: &Space,
        path: &Path,
        image: &Image,
        (plan, asked): (&Plan, &Asked),
        tell: &mut dyn FnMut(&Happening),
    ) -> Self {
        let mut trial = Self { rootless: !is_root(), ..Self::default() };
        if let Err(why) = trial.all(space, path, image, (plan, asked), tell) {
            trial.cannot.get_or_insert(why);
        }
        trial
    }

    fn all(
        &mut self,
        space: &Space,
        path: &Path,
        image: &Image,
        (plan, asked): (&Plan, &Asked),
        tell: &mut dyn FnMut(&Happening),
    ) -> Result<(), String> {
        fits_machine(image)?;
        let known = rustix::fs::statvfs(&space.root).map_err(|error| error.to_string())?;
        let named = space.root.display();
        if known.f_flag.contains(StatVfsMountFlags::NOEXEC) {
            return Err(format!("{named} is mounted with noexec; set TMPDIR to a folder from which programs start"));
        }
        let (needed, free) = (image.files.bytes(), known.f_bavail.saturating_mul(known.f_frsize));
        if needed > free {
            return Err(format!("{named} has {free} bytes free, and the image has {needed}; set TMPDIR to another"));
        }
        let begin = Instant::now();
        let extensions = self.unpack(space, path, image, asked)?;
        self.unpack_ms = rounded(begin.elapsed());
        let mut spec = plan.spec(asked);
        spec.root = space.root.display().to_string();
        spec.temporary = space.folder.as_ref().map(|folder| folder.path().display().to_string());
        spec.rootless = self.rootless;
        spec.extensions = if asked.extensions { extensions } else { Vec::new() };
        self.note(plan, asked);
        let seconds = plan.init_seconds + (plan.seconds + BESIDES.as_secs()) * (2 * spec.events.len() as u64 + 2);
        let memory = |limited| memory_differs(limited, plan);
        sandbox::run(&spec, Duration::from_secs(seconds), &mut |happening| match happening.what {
            What::Ready { differs, limited } => {
                self.limited = Some(limited);
                self.differs.extend(differs);
                self.differs.push(memory(limited));
            }
            What::Cannot { why } => self.cannot = Some(why),
            _ => {
                tell(&happening);
                self.happenings.push(happening);
            }
        })
    }

    /// Unpacks the image; the names of its extensions.
    fn unpack(&mut self, space: &Space, path: &Path, image: &Image, asked: &Asked) -> Result<Vec<String>, String> {
        let owners = if self.rootless { Owners::Projected } else { Owners::Kept };
        let failed = |error: std::io::Error| format!("it cannot be unpacked: {}", why(&error));
        let mut tree = Tree::new(&space.root, owners).map_err(failed)?;
        image::entries(path, image, &mut |layer, entry, content| tree.put(layer, entry, content))
            .map_err(|why| format!("it cannot be unpacked: {why}"))?;
        for name in ["dev", "proc", "tmp"] {
            if tree.mount_point(name).map_err(failed)? {
                self.differs.push(format!("/{name} is no folder in the image, and is one here"));
            }
        }
        let line = format!("{NAME}:x:{USER}:{GROUP}::/home/{NAME}:/sbin/nologin\n");
        let user = USER.to_string();
        let lacks = |text: &str| !text.lines().any(|line| line.split(':').nth(2) == Some(&user));
        tree.complete("etc/passwd", lacks, &line).map_err(failed)?;
        if !tree.has("etc/passwd") {
            self.differs.push(
                "no name for the user: the image has no /etc/passwd, and what Lambda does then is not known".to_owned(),
            );
        }
        let hosts = "127.0.0.1 localhost\n";
        if tree.has("etc/hosts") {
            tree.complete("etc/hosts", |text| !text.contains("localhost"), hosts).map_err(failed)?;
        } else {
            tree.replace("etc/hosts", hosts.as_bytes()).map_err(failed)?;
        }
        if asked.host_network {
            let servers = fs::read("/etc/resolv.conf").unwrap_or_default();
            tree.replace("etc/resolv.conf", &servers).map_err(failed)?;
        }
        let extensions = tree.files_in("opt/extensions");
        tree.finish().map_err(failed)?;
        (self.files, self.bytes) = (tree.files, tree.bytes);
        if tree.special > 0 {
            self.differs.push(format!("{} devices and pipes of the image are left out", tree.special));
        }
        Ok(extensions)
    }

    /// What this trial never has of Lambda.
    fn note(&mut self, plan: &Plan, asked: &Asked) {
        let mut say = |what: &str| self.differs.push(what.to_owned());
        say("another kernel, and a filter of system calls that is not Lambda's");
        if self.rootless {
            say("every file belongs to the function's user, with the permissions that this user has on Lambda");
        }
        if !asked.host_network {
            say("no network but the loopback");
        }
        if has_foreign_programs() {
            say("this machine starts programs of other architectures (binfmt_misc), which Lambda does not");
        }
        self.differs.extend(plan.unknown.iter().cloned());
    }
}

/// What the limit of memory is not as on Lambda.
fn memory_differs(limited: Limited, plan: &Plan) -> String {
    let watched = match limited {
        Limited::Watched => {
            return "no cgroup for the memory, which is looked at 20 times a second: a short peak may be missed"
                .to_owned();
        }
        Limited::CgroupV1 => "a cgroup of version 1",
        Limited::CgroupV2 => "a cgroup of version 2",
    };
    let most = kernel_mb(plan.memory_mb, plan.tmp_mb);
    format!(
        "memory is looked at 100 times a second, and the kernel's own limit is {most} MB ({watched}), since it counts /tmp"
    )
}

/// Whether this is root with all that it needs: in a container it may be root by name only.
fn is_root() -> bool {
    let needed = CapabilitySet::SYS_ADMIN | CapabilitySet::SETUID | CapabilitySet::SETGID | CapabilitySet::CHOWN;
    let able = rustix::thread::capabilities(None).is_ok_and(|sets| sets.effective.contains(needed));
    let mapped = |file: &str, number: u32| {
        let text = fs::read_to_string(file).unwrap_or_default();
        text.lines().any(|line| {
            let mut numbers = line.split_whitespace().map(|number| number.parse::<u64>().unwrap_or_default());
            let (first, _, count) = (numbers.next().unwrap_or(1), numbers.next(), numbers.next().unwrap_or_default());
            (first..first.saturating_add(count)).contains(&u64::from(number))
        })
    };
    rustix::process::geteuid().is_root()
        && able
        && mapped("/proc/self/uid_map", USER)
        && mapped("/proc/self/gid_map", GROUP)
}

/// An error where the image is for another architecture.
fn fits_machine(image: &Image) -> Result<(), String> {
    let named = image.config.as_ref().and_then(|config| config.value["architecture"].as_str());
    let own = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    };
    match named {
        Some(named) if named != own => Err(format!("the image is for {named}, and this machine is {own}")),
        _ => Ok(()),
    }
}

fn has_foreign_programs() -> bool {
    let listed = fs::read_dir("/proc/sys/fs/binfmt_misc").into_iter().flatten().flatten();
    listed.into_iter().any(|entry| entry.file_name().to_string_lossy().starts_with("qemu-"))
}
