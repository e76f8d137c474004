//! Programs of the machine that lamblint starts: looked up once, so that nothing of a checkout is started for them, and
//! ended with all that they have started.

use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::sync::Mutex;

/// The first program of a name in the folders of PATH.
pub fn find(name: &str) -> Option<PathBuf> {
    let file = if cfg!(windows) { format!("{name}.exe") } else { name.to_owned() };
    let path = std::env::var_os("PATH")?;
    // A relative folder would be looked up wherever lamblint runs, which may be the checkout of someone else's project.
    let mut places = std::env::split_paths(&path).filter(|folder| folder.is_absolute());
    places.find_map(|folder| Some(folder.join(&file)).filter(|path| is_runnable(path)))
}

#[cfg(unix)]
fn is_runnable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_runnable(path: &Path) -> bool {
    path.is_file()
}

/// The groups of the programs that run now.
static RUNNING: Mutex<Vec<u32>> = Mutex::new(Vec::new());

/// A program that has been started, at the head of a process group. It is ended, with what it has started, when this is
/// dropped.
#[derive(Debug)]
pub struct Running {
    /// The program.
    pub child: Child,
}

impl Running {
    /// Starts a program.
    pub fn start(command: &mut Command) -> std::io::Result<Self> {
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(command, 0);
        // A signal that comes in between finds it in the list, or not started.
        let mut running = RUNNING.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let child = command.spawn()?;
        running.push(child.id());
        Ok(Self { child })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let id = self.child.id();
        // While the program is not waited for, no other process gets its number.
        let ended = self.child.try_wait().is_ok_and(|status| status.is_some());
        if !ended {
            end(id);
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
        RUNNING.lock().unwrap_or_else(std::sync::PoisonError::into_inner).retain(|running| *running != id);
    }
}

/// Ends all programs that run: the program itself is about to end.
pub fn end_all() {
    let running = RUNNING.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    running.iter().copied().for_each(end);
}

#[cfg(unix)]
fn end(group: u32) {
    let group = i32::try_from(group).ok().and_then(rustix::process::Pid::from_raw);
    let _ = group.map(|group| rustix::process::kill_process_group(group, rustix::process::Signal::KILL));
}

#[cfg(not(unix))]
fn end(_: u32) {}
