//! The first process of the sandbox: makes everything around it like Lambda, gives up all it could do, and then serves the
//! API and looks after the function.

use super::life::Life;
use super::memory::Meter;
use super::modes::{GROUP, USER};
use super::outer::{cannot, said};
use super::shared::Shared;
use super::spec::{Spec, What};
use super::{filter, memory, network, processes, server};
use nix::sched::CloneFlags;
use nix::unistd::{Gid, Uid};
use rustix::fs::StatVfsMountFlags;
use rustix::mount::{MountFlags, MountPropagationFlags, UnmountFlags};
use rustix::process::{DumpableBehavior, Resource, Rlimit, Signal};
use rustix::thread::{CapabilitySet, CapabilitySets};
use std::ffi::CString;
use std::fs;
use std::io::{self, BufRead, Read};
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::sync::Arc;

/// Lambda's limit of open files, and of processes and threads.
const OPEN_FILES: u64 = 1024;
const PROCESSES: u64 = 1024;
/// The nodes in Lambda's `/dev`.
const DEVICES: &[&str] = &["null", "zero", "full", "random", "urandom"];
/// The number of capabilities that a kernel may have: behind the last one nothing is dropped.
const CAPABILITIES: u32 = 63;

/// Runs the process; the exit code.
pub(super) fn run() -> u8 {
    match inside() {
        Ok(()) => 0,
        Err(why) => {
            cannot(why);
            1
        }
    }
}

fn inside() -> Result<(), String> {
    let mut line = String::new();
    said("the specification", io::stdin().lock().take(super::spec::LINE_BYTES).read_line(&mut line))?;
    let mut spec: Spec = serde_json::from_str(&line).map_err(|error| error.to_string())?;
    let mut differs = Vec::new();
    dies_with_parent()?;
    said("this system gives no namespaces", nix::sched::unshare(CloneFlags::CLONE_NEWNS))?;
    said("mounts", rustix::mount::mount_change("/", MountPropagationFlags::PRIVATE | MountPropagationFlags::REC))?;
    let listener = api(&mut spec, &mut differs)?;
    let meter = Arc::new(said("the cgroup", Meter::open(&spec))?);
    mounts(&spec)?;
    limits(&spec, &mut differs)?;
    give_up(&spec)?;
    test(&spec)?;
    let shared = Arc::new(Shared::new(&spec.handler));
    filter::apply().map_err(|why| format!("the filter of system calls: {why}"))?;
    ends_with_input();
    processes::reap(Arc::clone(&shared));
    memory::watch(Arc::clone(&shared), Arc::clone(&meter), spec.memory_mb);
    server::serve(listener, Arc::clone(&shared));
    shared.begin();
    shared.tell(What::Ready { differs, limited: spec.limited });
    Life { spec: &spec, shared: &shared, meter: &meter }.run();
    let most_mb = shared.lock().most_mb;
    shared.tell(What::End { most_mb });
    Ok(())
}

/// If the helper around this process is killed, so is this one, and with number 1 everything in the namespace.
fn dies_with_parent() -> Result<(), String> {
    said("the signal at the parent's end", rustix::process::set_parent_process_death_signal(Some(Signal::KILL)))
}

/// The same where the pipe to the helper is closed.
#[allow(clippy::exit, reason = "the end of number 1 ends every process of the namespace")]
fn ends_with_input() {
    std::thread::spawn(|| {
        let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
        std::process::exit(1);
    });
}

/// The socket of the API, and its address in the variables.
fn api(spec: &mut Spec, differs: &mut Vec<String>) -> Result<TcpListener, String> {
    let (address, port) = if spec.host_network {
        differs.push("the Runtime API is at 127.0.0.1, at 169.254.100.1:9001 on Lambda".to_owned());
        (Ipv4Addr::LOCALHOST, 0)
    } else {
        said("the loopback", network::loopback())?;
        (network::API, network::PORT)
    };
    let listener = said("the Runtime API", TcpListener::bind((address, port)))?;
    let at = said("the Runtime API", listener.local_addr())?.to_string();
    for environment in [&mut spec.environment, &mut spec.extension_environment] {
        environment.insert("AWS_LAMBDA_RUNTIME_API".to_owned(), at.clone());
    }
    Ok(listener)
}

/// The image as the root, read-only, with a `/dev`, a `/proc` and a `/tmp`.
fn mounts(spec: &Spec) -> Result<(), String> {
    let root = Path::new(&spec.root);
    let hidden = MountFlags::NOSUID | MountFlags::NODEV;
    said("the root", rustix::mount::mount_bind(root, root))?;
    let dev = root.join("dev");
    let data = |text: String| CString::new(text).map_err(|error| error.to_string());
    let options = data("mode=755,size=64k".to_owned())?;
    said("/dev", rustix::mount::mount("tmpfs", &dev, "tmpfs", MountFlags::NOSUID | MountFlags::NOEXEC, &*options))?;
    for name in DEVICES {
        let (from, to) = (Path::new("/dev").join(name), dev.join(name));
        said("/dev", fs::write(&to, ""))?;
        said("/dev", rustix::mount::mount_bind(&from, &to))?;
    }
    for (number, name) in ["stdin", "stdout", "stderr"].iter().enumerate() {
        said("/dev", std::os::unix::fs::symlink(format!("/proc/self/fd/{number}"), dev.join(name)))?;
    }
    let read_only = MountFlags::BIND | MountFlags::RDONLY;
    let flags = read_only | MountFlags::NOSUID | MountFlags::NOEXEC;
    said("/dev", rustix::mount::mount_remount(&dev, flags, ""))?;
    let options = data(format!("mode=1777,size={}m", spec.tmp_mb))?;
    said("/tmp", rustix::mount::mount("tmpfs", root.join("tmp"), "tmpfs", hidden, &*options))?;
    let proc = hidden | MountFlags::NOEXEC;
    said("/proc", rustix::mount::mount("proc", root.join("proc"), "proc", proc, None))?;
    // Flags that are locked in a user namespace must be repeated.
    let known = said("the root", rustix::fs::statvfs(root))?.f_flag;
    let mut flags = read_only | hidden;
    for (has, flag) in [
        (StatVfsMountFlags::RELATIME, MountFlags::RELATIME),
        (StatVfsMountFlags::NOATIME, MountFlags::NOATIME),
        (StatVfsMountFlags::NODIRATIME, MountFlags::NODIRATIME),
    ] {
        if known.contains(has) {
            flags |= flag;
        }
    }
    said("the root", rustix::mount::mount_remount(root, flags, ""))?;
    said("the root", std::env::set_current_dir(root))?;
    said("the root", rustix::process::pivot_root(".", "."))?;
    said("the root", rustix::mount::unmount(".", UnmountFlags::DETACH))?;
    said("the root", std::env::set_current_dir("/"))?;
    said("the name of the host", rustix::system::sethostname(b"169.254.100.1"))
}

fn limits(spec: &Spec, differs: &mut Vec<String>) -> Result<(), String> {
    let set = |resource, most: u64| {
        let hard = rustix::process::getrlimit(resource).maximum.unwrap_or(u64::MAX).min(most);
        rustix::process::setrlimit(resource, Rlimit { current: Some(hard), maximum: Some(hard) })
    };
    if spec.rootless && nix::unistd::getgroups().is_ok_and(|groups| !groups.is_empty()) {
        // A user without privileges cannot leave the groups that it is in.
        differs.push("the groups of the user who started lamblint, none on Lambda".to_owned());
    }
    said("the limit of open files", set(Resource::Nofile, OPEN_FILES))?;
    said("the limit of core dumps", set(Resource::Core, 0))?;
    // Before Linux 5.14 all processes of the user count, those outside too.
    if spec.rootless && !counts_by_namespace() {
        differs.push("no limit of processes".to_owned());
        return Ok(());
    }
    said("the limit of processes", set(Resource::Nproc, PROCESSES))
}

fn counts_by_namespace() -> bool {
    let uname = rustix::system::uname();
    let release = uname.release().to_string_lossy().into_owned();
    let mut parts = release.split('.').map(|part| part.parse::<u32>().unwrap_or_default());
    (parts.next().unwrap_or_default(), parts.next().unwrap_or_default()) >= (5, 14)
}

/// Becomes the user of a function, who may do nothing.
fn give_up(spec: &Spec) -> Result<(), String> {
    said("no_new_privs", rustix::thread::set_no_new_privs(true))?;
    let drop =
        |number: u32| CapabilitySet::from_bits(1 << number).map(rustix::thread::remove_capability_from_bounding_set);
    (0..=CAPABILITIES).filter_map(drop).for_each(std::mem::drop);
    said("capabilities", rustix::thread::clear_ambient_capability_set())?;
    if !spec.rootless {
        said("groups", nix::unistd::setgroups(&[]))?;
        said("the group", nix::unistd::setgid(Gid::from_raw(GROUP)))?;
        said("the user", nix::unistd::setuid(Uid::from_raw(USER)))?;
    }
    let none = CapabilitySet::empty();
    let none = CapabilitySets { effective: none, permitted: none, inheritable: none };
    said("capabilities", rustix::thread::set_capabilities(None, none))?;
    // A function has the same user as this process, and must not look into it.
    said("core dumps", rustix::process::set_dumpable_behavior(DumpableBehavior::NotDumpable))?;
    // Both changes have cleared it.
    dies_with_parent()
}

/// Looks whether all of that is so, before anything of the image is started.
fn test(spec: &Spec) -> Result<(), String> {
    let sets = said("capabilities", rustix::thread::capabilities(None))?;
    let none = sets.effective.is_empty() && sets.permitted.is_empty() && sets.inheritable.is_empty();
    let groups = nix::unistd::getgroups().map_or(usize::MAX, |groups| groups.len());
    let probe = "/.lamblint-try";
    let written = fs::write(probe, "").map_err(|error| error.raw_os_error());
    let faults = [
        (nix::unistd::getuid().as_raw() != USER || nix::unistd::geteuid().as_raw() != USER, "another user"),
        (nix::unistd::getgid().as_raw() != GROUP, "another group"),
        (!spec.rootless && groups > 0, "groups"),
        (!none, "capabilities"),
        (!rustix::thread::no_new_privs().unwrap_or(false), "no no_new_privs"),
        (written != Err(Some(rustix::io::Errno::ROFS.raw_os_error())), "a root that can be written to"),
        (rustix::process::getpid().as_raw_nonzero().get() != 1, "a process that is not the first"),
    ];
    match faults.iter().find(|(wrong, _)| *wrong) {
        Some((_, fault)) => Err(format!("the sandbox has {fault}")),
        None => Ok(()),
    }
}
