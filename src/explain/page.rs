//! A rule's page for the terminal: its markup made plain, wrapped to the width.

use super::on_by_default;
use crate::page;
use crate::rules::Rule;
use std::fmt::Write;

/// How a page is printed.
#[derive(Clone, Copy, Debug)]
pub struct PageStyle {
    /// Columns that prose is wrapped at.
    pub width: usize,
    /// Whether headings are in colours.
    pub color: bool,
}

/// A rule's page.
pub fn page(rule: &Rule, style: PageStyle) -> String {
    let page = rule.page();
    let name = if page.name == page.code { String::new() } else { format!(" {}", page.name) };
    let off = if on_by_default(&page) { "" } else { ", off by default" };
    let title = format!("{}{name}", page.code);
    let mut text = format!("{} ({}{off})\n\n", style.bold(&title), page.severity.as_str());
    prose(&mut text, &page.summary.lines().collect::<Vec<_>>(), style);
    text.push('\n');
    let mut paragraph: Vec<&str> = Vec::new();
    let mut fenced = false;
    for line in page.body.lines() {
        let plain = !fenced && !line.is_empty() && !line.starts_with("```") && !line.starts_with("## ");
        if plain {
            paragraph.push(line);
            continue;
        }
        prose(&mut text, &std::mem::take(&mut paragraph), style);
        if let Some(info) = line.strip_prefix("```") {
            fenced = !fenced;
            let caption = caption(info.split(' ').next().unwrap_or_default());
            if let Some(caption) = caption.filter(|_| fenced) {
                let _ = writeln!(text, "  {caption}");
            }
        } else if fenced {
            let _ = writeln!(text, "    {line}");
        } else if let Some(heading) = line.strip_prefix("## ") {
            let _ = writeln!(text, "{}", style.bold(&heading.to_uppercase()));
        } else {
            text.push('\n');
        }
    }
    prose(&mut text, &paragraph, style);
    let name = if page.name == page.code { page.code } else { page.name };
    let _ = writeln!(
        text,
        "\n{}\n\n  # lamblint: ignore={} -- why        above the instruction\n  lamblint --ignore {name}\n\n{}",
        style.bold("TO IGNORE IT"),
        page.code,
        page::url(page.code, page.name)
    );
    text
}

impl PageStyle {
    fn bold(self, text: &str) -> String {
        if self.color { format!("\x1b[1m{text}\x1b[0m") } else { text.to_owned() }
    }
}

/// What stands above a block of a kind.
fn caption(kind: &str) -> Option<&'static str> {
    match kind {
        "context" => Some("the build context:"),
        "template" => Some("the template:"),
        "image" => Some("the image, as settings and files:"),
        "output" => Some("lamblint reports:"),
        "fixed" => Some("lamblint --fix makes of it:"),
        _ => None,
    }
}

/// A paragraph, wrapped; lists keep their lines, and tables stay as they are.
fn prose(text: &mut String, lines: &[&str], style: PageStyle) {
    let mut items: Vec<String> = Vec::new();
    for line in lines {
        match items.last_mut() {
            Some(last) if !line.starts_with("- ") && !line.starts_with('|') => {
                last.push(' ');
                last.push_str(line.trim_start());
            }
            _ => items.push((*line).to_owned()),
        }
    }
    for item in items {
        if item.starts_with('|') {
            let _ = writeln!(text, "{item}");
            continue;
        }
        let hang = if item.starts_with("- ") { "  " } else { "" };
        let options = textwrap::Options::new(style.width.max(MIN_WIDTH)).subsequent_indent(hang).break_words(false);
        let _ = writeln!(text, "{}", textwrap::fill(&item, options));
    }
}

/// Columns below which nothing is wrapped.
const MIN_WIDTH: usize = 40;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prose_is_as_wide_as_the_terminal() {
        for rule in crate::rules::RULES {
            let text = page(rule, PageStyle { width: 60, color: false });
            let prose = text.lines().filter(|line| !line.starts_with([' ', '|']) && line.contains(' '));
            for line in prose {
                assert!(line.chars().count() <= 60 || line.split_whitespace().any(|word| word.len() > 40), "{line}");
            }
        }
    }

    #[test]
    fn blocks_say_what_they_are() {
        let rule = crate::rules::find("LL303").unwrap();
        let text = page(rule, PageStyle { width: 80, color: false });
        for caption in ["the build context:", "lamblint reports:", "the image, as settings and files:", "TO IGNORE IT"]
        {
            assert!(text.contains(caption), "{caption}: {text}");
        }
        assert!(page(rule, PageStyle { width: 80, color: true }).starts_with("\x1b[1mLL303"));
    }
}
