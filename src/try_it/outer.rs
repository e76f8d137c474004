//! The outer helper process: makes the namespaces, starts the first process inside them, and clears up if lamblint is
//! gone.

use super::cgroup::{self, Group};
use super::modes::{GROUP, USER};
use super::spec::{Happening, Spec, What};
use super::{handles, shared};
use nix::sched::CloneFlags;
use rustix::event::{PollFd, PollFlags};
use rustix::process::{Pid, PidfdFlags};
use rustix::thread::{CapabilitySet, CapabilitySets};
use std::fs;
use std::io::{self, BufRead, Read, Write};
use std::os::fd::AsFd;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// What the helper says where nothing can be tried.
pub(super) fn cannot(why: impl Into<String>) {
    shared::tell(&Happening { ms: 0.0, what: What::Cannot { why: why.into() } });
}

/// Runs the helper; the exit code.
pub(super) fn run() -> u8 {
    match inside() {
        Ok(code) => code,
        Err(why) => {
            cannot(why);
            1
        }
    }
}

/// A message that says what was tried.
pub(super) fn said<T, E: Into<io::Error>>(what: &str, done: Result<T, E>) -> Result<T, String> {
    done.map_err(|error| format!("{what}: {}", crate::error::why(&error.into())))
}

fn inside() -> Result<u8, String> {
    let mut line = String::new();
    let stdin = io::stdin();
    said("the specification", stdin.lock().take(super::spec::LINE_BYTES).read_line(&mut line))?;
    let mut spec: Spec = serde_json::from_str(&line).map_err(|error| error.to_string())?;
    let mut group = Group::new(cgroup::kernel_mb(spec.memory_mb, spec.tmp_mb));
    namespaces(&spec)?;
    // The first process after that is number 1 of the new namespace.
    let mut command = Command::new("/proc/self/exe");
    command.arg(super::INNER).env_clear().stdin(Stdio::piped());
    let mut child = said("the sandbox", command.spawn())?;
    let mut to_child = child.stdin.take().ok_or("the sandbox has no input")?;
    // It waits for its specification, and has started nothing yet.
    group = group.and_then(|mut group| group.add(child.id()).is_ok().then_some(group));
    if let Some(group) = &group {
        spec.limited = group.limited;
        spec.cgroup = group.folder.display().to_string();
    }
    let line = serde_json::to_string(&spec).map_err(|error| error.to_string())? + "\n";
    said("the sandbox", to_child.write_all(line.as_bytes()))?;
    let gone = wait(&child)?;
    if gone {
        let _ = child.kill();
    }
    drop(to_child);
    let status = said("the sandbox", child.wait())?;
    drop(group);
    if gone && let Some(temporary) = &spec.temporary {
        let _ = handles::remove_all(Path::new(temporary));
    }
    Ok(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1))
}

/// Waits until the sandbox or lamblint ends; `true` if it is lamblint. A thread could wait for one of them, but none can be
/// started after a new namespace of processes was made.
fn wait(child: &Child) -> Result<bool, String> {
    let number = i32::try_from(child.id()).ok().and_then(Pid::from_raw).ok_or("the sandbox has no number")?;
    let sandbox = said("the sandbox", rustix::process::pidfd_open(number, PidfdFlags::empty()))?;
    let stdin = io::stdin();
    let mut watched = [PollFd::new(&sandbox, PollFlags::IN), PollFd::from_borrowed_fd(stdin.as_fd(), PollFlags::IN)];
    loop {
        match rustix::event::poll(&mut watched, None) {
            Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(format!("the sandbox: {error}")),
            Ok(_) if !watched[0].revents().is_empty() => return Ok(false),
            // Nothing is ever sent: what comes is the end.
            Ok(_) if !watched[1].revents().is_empty() => return Ok(true),
            Ok(_) => {}
        }
    }
}

fn namespaces(spec: &Spec) -> Result<(), String> {
    let (user, group) = (nix::unistd::geteuid(), nix::unistd::getegid());
    // Mounts are the other process's own: where it changes its root, that of all in the same namespace changes.
    let mut flags =
        CloneFlags::CLONE_NEWPID | CloneFlags::CLONE_NEWIPC | CloneFlags::CLONE_NEWUTS | CloneFlags::CLONE_NEWCGROUP;
    if spec.rootless {
        flags |= CloneFlags::CLONE_NEWUSER;
    }
    if !spec.host_network {
        flags |= CloneFlags::CLONE_NEWNET;
    }
    said("this system gives no namespaces", nix::sched::unshare(flags))?;
    if spec.rootless {
        let mapped = "this system gives no user namespaces";
        said(mapped, fs::write("/proc/self/setgroups", "deny"))?;
        said(mapped, fs::write("/proc/self/uid_map", format!("{USER} {user} 1\n")))?;
        said(mapped, fs::write("/proc/self/gid_map", format!("{GROUP} {group} 1\n")))?;
        hand_on()?;
    }
    Ok(())
}

/// The user of the namespace is not root in it, so that starting a program would drop all capabilities but these.
fn hand_on() -> Result<(), String> {
    let needed =
        [CapabilitySet::SYS_ADMIN, CapabilitySet::NET_ADMIN, CapabilitySet::SETPCAP, CapabilitySet::DAC_OVERRIDE];
    let all = needed.iter().fold(CapabilitySet::empty(), |all, one| all | *one);
    let have = said("capabilities", rustix::thread::capabilities(None))?;
    said("capabilities", rustix::thread::set_capabilities(None, CapabilitySets { inheritable: all, ..have }))?;
    for one in needed {
        said("capabilities", rustix::thread::configure_capability_in_ambient_set(one, true))?;
    }
    Ok(())
}
