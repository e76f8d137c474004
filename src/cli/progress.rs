//! What a user at a terminal sees while an image is read.

use crate::image::Progress;
use indicatif::{BinaryBytes, HumanDuration, ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Nothing is shown of what takes less.
const TIMEOUT: Duration = Duration::from_secs(1);
/// How often the line is drawn again.
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
        let (name, shared) = (short(&crate::report::plain(name)), Arc::clone(&progress));
        Self::drawn(progress, quiet, move |bar, start| draw(bar, &name, &shared, start))
    }

    fn drawn(progress: Arc<Progress>, quiet: bool, draw: impl Fn(&ProgressBar, Instant) + Send + 'static) -> Self {
        let line = (!quiet && std::io::stderr().is_terminal()).then(|| {
            let ((stop, stopped), start) = (mpsc::channel(), Instant::now());
            let drawing = std::thread::spawn(move || {
                if stopped.recv_timeout(TIMEOUT) != Err(RecvTimeoutError::Timeout) {
                    return;
                }
                let bar = ProgressBar::hidden();
                // Nothing half filled in is shown.
                draw(&bar, start);
                bar.set_draw_target(ProgressDrawTarget::stderr());
                loop {
                    draw(&bar, start);
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

/// A line on standard error that counts the parts of a list.
pub(super) struct Counting {
    /// What reading moves on, of all of them together.
    pub(super) progress: Arc<Progress>,
    done: Arc<AtomicUsize>,
    _line: Waiting,
}

impl Counting {
    /// For a list of this many images or layers; only a terminal is shown anything.
    pub(super) fn at(one: &'static str, total: usize, quiet: bool) -> Self {
        let (progress, done) = (Arc::new(Progress::default()), Arc::new(AtomicUsize::new(0)));
        let (shared, count) = (Arc::clone(&progress), Arc::clone(&done));
        let draw = move |bar: &ProgressBar, start: Instant| {
            let done = count.load(Ordering::Relaxed).min(total);
            let passed = start.elapsed();
            let left = passed.as_secs().saturating_mul((total - done) as u64) / (done as u64).max(1);
            bar.set_style(style(true));
            bar.set_length(total as u64);
            bar.set_position(done as u64);
            bar.set_prefix(format!("{one} {done} of {total}, {} read", BinaryBytes(shared.bytes())));
            bar.set_message(if done == 0 {
                String::new()
            } else {
                format!("{:#}", HumanDuration(Duration::from_secs(left)))
            });
        };
        let line = Waiting::drawn(Arc::clone(&progress), quiet, draw);
        Self { progress, done, _line: line }
    }

    /// One more is done.
    pub(super) fn next(&self) {
        self.done.fetch_add(1, Ordering::Relaxed);
    }
}

fn style(is_measured: bool) -> ProgressStyle {
    let template = if is_measured { "{prefix} [{bar:8}] {msg}" } else { "{prefix}, {msg}" };
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("=> ")
}

fn draw(bar: &ProgressBar, name: &str, progress: &Progress, start: Instant) {
    let (bytes, total) = (progress.bytes(), progress.total());
    let passed = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX).max(1);
    let rate = bytes.saturating_mul(1000) / passed;
    let per_second = format!("{}/s", BinaryBytes(rate));
    let (layers, read) = (progress.layers(), BinaryBytes(bytes));
    // The size of a pipe is not known in advance.
    bar.set_style(style(total > 0));
    if total == 0 {
        bar.set_prefix(format!("{name}: {layers} layers, {read}"));
        bar.set_message(per_second);
        return;
    }
    let left = HumanDuration(Duration::from_secs(total.saturating_sub(bytes) / rate.max(1)));
    bar.set_length(total);
    bar.set_position(bytes);
    bar.set_prefix(format!("{name}: layer {layers} of {}, {read} of {}", progress.total_layers(), BinaryBytes(total)));
    bar.set_message(format!("{per_second}, {left:#}"));
}

/// Characters of a name that are shown: the line is to fit into 80 columns.
const MAX_NAME: usize = 16;

/// The end of a long name, which tells more than its folders.
fn short(name: &str) -> String {
    let length = name.chars().count();
    if length <= MAX_NAME {
        return name.to_owned();
    }
    let end: String = name.chars().skip(length - MAX_NAME + 2).collect();
    format!("..{end}")
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if let Some((stop, drawing)) = self.line.take() {
            drop(stop);
            // The line is always gone before findings are printed.
            let _ = drawing.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_name_is_cut_at_its_beginning() {
        assert_eq!(short("image.tar"), "image.tar");
        assert_eq!(short("build/artifacts/orders/image.tar"), "..ders/image.tar");
    }
}
