//! What somebody who waits at a terminal sees while an image is read.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use lamblint::image::Progress;
use std::io::IsTerminal;
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::Duration;

/// Nothing is shown of what takes less.
const PATIENCE: Duration = Duration::from_secs(1);
/// How often the line is drawn anew.
const TICK: Duration = Duration::from_millis(100);

/// A line on standard error that moves while this lives.
pub(super) struct Waiting {
    /// What reading moves on.
    pub(super) progress: Arc<Progress>,
    line: Option<(Sender<()>, JoinHandle<()>)>,
}

impl Waiting {
    /// For something of this name; only a terminal is shown anything.
    pub(super) fn at(name: &str, quiet: bool) -> Self {
        let progress = Arc::new(Progress::default());
        let line = (!quiet && std::io::stderr().is_terminal()).then(|| {
            let (stop, stopped) = mpsc::channel();
            let (name, progress) = (lamblint::report::plain(name), Arc::clone(&progress));
            let drawing = std::thread::spawn(move || {
                if stopped.recv_timeout(PATIENCE) != Err(RecvTimeoutError::Timeout) {
                    return;
                }
                let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr()).with_message(name);
                bar.set_style(style(&progress));
                loop {
                    draw(&bar, &progress);
                    if stopped.recv_timeout(TICK) != Err(RecvTimeoutError::Timeout) {
                        return bar.finish_and_clear();
                    }
                }
            });
            (stop, drawing)
        });
        Self { progress, line }
    }
}

fn style(progress: &Progress) -> ProgressStyle {
    // How much a pipe will bring, nobody knows.
    let template = match progress.total() {
        0 => "{msg}: {prefix}{bytes}, {bytes_per_sec}",
        _ => "{msg}: {prefix}{bytes} of {total_bytes} [{bar:20}] {bytes_per_sec}, {eta} left",
    };
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("=> ")
}

fn draw(bar: &ProgressBar, progress: &Progress) {
    if progress.total() > 0 {
        bar.set_length(progress.total());
    }
    let (done, layers) = (progress.layers(), progress.total_layers());
    if layers > 0 {
        bar.set_prefix(format!("{done} of {layers} layers, "));
    } else {
        bar.set_prefix(format!("{done} layers, "));
    }
    bar.set_position(progress.bytes());
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if let Some((stop, drawing)) = self.line.take() {
            drop(stop);
            // Whatever it came to, the line is gone before findings are printed.
            let _ = drawing.join();
        }
    }
}
