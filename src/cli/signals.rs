//! What signals do to the program.

/// Makes writing past the limit of `ulimit -f` an error like a full disk, where the signal would end the program in
/// the middle of a file; and ends the programs that have been started with this one.
#[cfg(unix)]
pub(super) fn hold() {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGXFSZ};
    use std::sync::Arc;
    use std::sync::atomic::AtomicBool;
    // The flag is never read: that there is a handler is enough.
    let _ = signal_hook::flag::register(SIGXFSZ, Arc::new(AtomicBool::new(false)));
    if let Ok(mut signals) = signal_hook::iterator::Signals::new([SIGHUP, SIGINT, SIGTERM]) {
        std::thread::spawn(move || {
            for signal in &mut signals {
                crate::programs::end_all();
                let _ = signal_hook::low_level::emulate_default_handler(signal);
            }
        });
    }
}

#[cfg(not(unix))]
pub(super) fn hold() {}
