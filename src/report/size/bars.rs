//! Bars and columns for terminals.

use crate::report::plain;
use textwrap::core::display_width;

/// How sizes are printed for people.
#[derive(Clone, Copy, Debug)]
pub struct SizeStyle {
    /// Whether bars are drawn.
    pub bars: bool,
    /// Whether to use colours.
    pub color: bool,
    /// Whether more than ASCII may be printed.
    pub unicode: bool,
    /// Columns that a line may have; `None` if lines may be as long as they are.
    pub width: Option<usize>,
    /// Maximum number of folders and of files.
    pub listed: usize,
}

/// A file of a list that no terminal shows.
impl Default for SizeStyle {
    fn default() -> Self {
        Self { bars: false, color: false, unicode: false, width: None, listed: crate::inventory::LISTED }
    }
}

/// Least columns that something is cut to.
const MIN_ROOM: usize = 12;
/// Columns of what has no width, such as a line of a file.
const WIDE: usize = 90;

impl SizeStyle {
    /// Columns of a bar among other columns.
    pub(super) fn bar_width(&self) -> usize {
        (self.width.unwrap_or(WIDE) / 6).clamp(8, 32)
    }

    /// A bar for what can be read and what cannot, filled up with blanks.
    pub(super) fn bar(&self, live: u64, gone: u64, all: u64, columns: usize) -> String {
        let eighths = |part: u64| {
            let part = u128::from(part) * columns as u128 * 8;
            usize::try_from(part / u128::from(all.max(1))).unwrap_or(usize::MAX).min(columns * 8)
        };
        let both = eighths(live.saturating_add(gone));
        let (full, gone_mark) = if self.unicode { ("█", "░") } else { ("#", "x") };
        // What is there at all is seen.
        let gone_columns = if gone == 0 { 0 } else { (eighths(gone) / 8).clamp(1, columns) };
        let live_eighths = both.saturating_sub(gone_columns * 8);
        let (whole, rest) = (live_eighths / 8, live_eighths % 8);
        let mut bar = full.repeat(whole);
        let mut used = whole;
        // A part of a column in front of the waste would be a gap.
        let parts = ['▏', '▎', '▍', '▌', '▋', '▊', '▉'];
        if self.unicode && gone == 0 && rest > 0 {
            bar.push(parts[rest - 1]);
            used += 1;
        } else if whole == 0 && live > 0 && used + gone_columns < columns {
            bar.push_str(if self.unicode { "▏" } else { full });
            used += 1;
        }
        let gone_columns = gone_columns.min(columns.saturating_sub(used));
        let pad = " ".repeat(columns.saturating_sub(used + gone_columns));
        let paint = |text: String, color: &str| match self.color && !text.is_empty() {
            true => format!("\u{1b}[{color}m{text}\u{1b}[0m"),
            false => text,
        };
        paint(bar, "36") + &paint(gone_mark.repeat(gone_columns), "31") + &pad
    }

    /// A text that fits into what `behind` columns leave of the line, its beginning kept.
    pub(super) fn cut(&self, text: &str, behind: usize) -> String {
        let text = plain(text);
        let room = self.width.map_or(WIDE, |width| width.saturating_sub(behind).max(MIN_ROOM));
        if display_width(&text) <= room {
            return text;
        }
        let dots = self.dots();
        let mut cut = fitting(text.chars(), room - display_width(dots));
        cut.push_str(dots);
        cut
    }

    /// The same of a path, its end kept: the name tells more than the folders. Only for a terminal it is cut.
    pub(super) fn cut_path(&self, path: &str, behind: usize) -> String {
        let path = plain(path);
        let Some(width) = self.width else { return path };
        let room = width.saturating_sub(behind).max(MIN_ROOM);
        if display_width(&path) <= room {
            return path;
        }
        let dots = self.dots();
        let end = fitting(path.chars().rev(), room - display_width(dots));
        dots.chars().chain(end.chars().rev()).collect()
    }

    fn dots(&self) -> &'static str {
        if self.unicode { "…" } else { ".." }
    }
}

/// The first characters that fit into some columns.
fn fitting(chars: impl Iterator<Item = char>, room: usize) -> String {
    let mut used = 0;
    chars
        .take_while(|c| {
            used += display_width(c.encode_utf8(&mut [0; 4]));
            used <= room
        })
        .collect()
}

/// A part of a whole in tenths of a percent, as `12.3`.
pub(in crate::report) fn percent(part: u64, whole: u64) -> String {
    let tenths = u128::from(part) * 1000 / u128::from(whole.max(1));
    format!("{}.{}", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TERMINAL: SizeStyle = SizeStyle { bars: true, color: false, unicode: true, width: Some(80), listed: 15 };

    #[test]
    fn bars_are_as_long_as_what_they_stand_for() {
        let ascii = SizeStyle { unicode: false, ..TERMINAL };
        for (live, gone, all, unicode, plain) in [
            (0, 0, 100, "          ", "          "),
            (100, 0, 100, "██████████", "##########"),
            (55, 0, 100, "█████▌    ", "#####     "),
            (1, 0, 1000, "▏         ", "#         "),
            (30, 50, 100, "███░░░░░  ", "###xxxxx  "),
            (0, 100, 100, "░░░░░░░░░░", "xxxxxxxxxx"),
            (99, 1, 100, "█████████░", "#########x"),
            (1, 99, 100, "█░░░░░░░░░", "#xxxxxxxxx"),
            (1, 999, 10_000, "▏░        ", "#x        "),
            (7, 0, 0, "██████████", "##########"),
            (u64::MAX, u64::MAX, u64::MAX, "░░░░░░░░░░", "xxxxxxxxxx"),
        ] {
            assert_eq!(TERMINAL.bar(live, gone, all, 10), unicode, "{live} {gone} {all}");
            assert_eq!(ascii.bar(live, gone, all, 10), plain, "{live} {gone} {all}");
        }
        let painted = SizeStyle { color: true, ..TERMINAL }.bar(30, 50, 100, 10);
        assert_eq!(painted, "\u{1b}[36m███\u{1b}[0m\u{1b}[31m░░░░░\u{1b}[0m  ");
    }

    #[test]
    fn texts_are_cut_by_columns() {
        assert_eq!(TERMINAL.cut("RUN pip install -r requirements.txt", 60), "RUN pip install -r …");
        assert_eq!(TERMINAL.cut_path("/var/task/very/long/path.so", 64), "…ry/long/path.so");
        assert_eq!(TERMINAL.cut("日本語日本語日本語日本語", 68), "日本語日本…");
        assert_eq!(SizeStyle { unicode: false, ..TERMINAL }.cut_path("/var/task/long.so", 68), "..sk/long.so");
        assert_eq!(SizeStyle::default().cut_path(&"x".repeat(200), 0).len(), 200);
        assert_eq!(percent(1, 3), "33.3");
        assert_eq!(percent(1, 0), "100.0");
    }
}
