//! What signals do to the program.

/// Makes writing past the limit of `ulimit -f` an error like a full disk, where the signal would end the program in
/// the middle of a file.
#[cfg(unix)]
pub(super) fn hold() {
    use std::sync::Arc;
    use std::sync::atomic::AtomicBool;
    // The flag is never read: that there is a handler is enough.
    let _ = signal_hook::flag::register(signal_hook::consts::SIGXFSZ, Arc::new(AtomicBool::new(false)));
}

#[cfg(not(unix))]
pub(super) fn hold() {}
