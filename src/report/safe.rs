//! Text that others wrote, made so that it cannot steer what shows it: a terminal, a reader of JSON, or the log of a CI
//! job, which takes some lines for commands.

use super::Format;

/// A text on one line that cannot move a terminal's cursor or hide itself: control and direction characters are shown as
/// `\u{1b}`.
pub fn plain(text: &str) -> String {
    shown(text, hidden)
}

/// The same for a text of several lines.
pub fn plain_lines(text: &str) -> String {
    shown(text, |c| hidden(c) && !matches!(c, '\n' | '\t'))
}

fn shown(text: &str, hidden: impl Fn(char) -> bool) -> String {
    text.chars().map(|c| if hidden(c) { c.escape_unicode().to_string() } else { c.to_string() }).collect()
}

/// Characters that change how others look and are not seen themselves.
pub(super) fn hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(c, '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
        // XML has no way to say these two.
        || matches!(c, '\u{fffe}' | '\u{ffff}')
}

/// JSON in which hidden characters are escapes, which mean the same: they stand in strings alone.
pub fn json(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if hidden(c) && c != '\n' {
            let mut units = [0; 2];
            out.extend(c.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")));
        } else {
            out.push(c);
        }
    }
    out
}

/// A text for the log of a CI job in which no line is a command. GitHub's runner takes `::name::` at the beginning of a
/// line and `##[name]` anywhere in one, Azure's `##vso[name]`, `TeamCity`'s `##teamcity[name]`. What is JSON or XML says
/// the same with escapes; anywhere else the command is pulled apart.
pub fn for_log(format: Option<Format>, text: &str) -> String {
    // Its lines are the commands; what they quote has no line of its own and no `##[`.
    let (bracket, colon) = match format {
        Some(Format::Json | Format::Jsonl | Format::Sarif | Format::Gitlab | Format::Asff) => ("\\u005b", "\\u003a"),
        Some(Format::Junit | Format::Checkstyle | Format::Html) => ("&#91;", "&#58;"),
        _ => (" [", ": "),
    };
    let commands = format == Some(Format::Github);
    text.split_inclusive('\n').map(|line| line_for_log(line, bracket, (!commands).then_some(colon))).collect()
}

fn line_for_log(line: &str, bracket: &str, colon: Option<&str>) -> String {
    let mut out = String::new();
    let mut rest = line;
    let body = line.trim_start();
    if let (Some(colon), Some(behind)) = (colon, body.strip_prefix("::")) {
        out.push_str(&line[..line.len() - body.len()]);
        out.push_str(colon);
        out.push(':');
        rest = behind;
    }
    while let Some(at) = rest.find("##") {
        // `###[group]` has a command in it too.
        let behind = at + rest[at..].bytes().take_while(|byte| *byte == b'#').count();
        let word = behind + rest[behind..].bytes().take_while(u8::is_ascii_alphabetic).count();
        out.push_str(&rest[..word]);
        rest = &rest[word..];
        if let Some(behind) = rest.strip_prefix('[') {
            out.push_str(bracket);
            rest = behind;
        }
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_hidden_is_printed() {
        assert_eq!(plain("a\u{1b}[31m\n\u{202e}\u{61c}\u{e0041}"), "a\\u{1b}[31m\\u{a}\\u{202e}\\u{61c}\\u{e0041}");
        assert_eq!(plain_lines("a\tb\r\n\u{9b}c\n"), "a\tb\\u{d}\n\\u{9b}c\n");
        assert_eq!(plain("Grüße, 世界 🙂"), "Grüße, 世界 🙂");
    }

    #[test]
    fn json_says_the_same() {
        let value = serde_json::json!({"a": "\u{9b}\u{202e}\u{e0041}\u{7f}ü", "b": [1]});
        for text in [value.to_string(), format!("{value:#}\n")] {
            let safe = json(&text);
            assert!(!safe.contains(|c| hidden(c) && c != '\n'), "{safe}");
            assert_eq!(serde_json::from_str::<serde_json::Value>(&safe).unwrap(), value);
        }
    }

    #[test]
    fn no_line_of_a_log_is_a_command() {
        assert_eq!(for_log(None, "a\n \t::error file=x::b\n## [c ##[stop-commands]d ##vso[e"), {
            "a\n \t: :error file=x::b\n## [c ## [stop-commands]d ##vso [e"
        });
        assert_eq!(for_log(Some(Format::Human), "::::x\n### a\n"), ": :::x\n### a\n");
        assert_eq!(for_log(None, "###[group] #####vso[e ##a##[b"), "### [group] #####vso [e ##a## [b");
        let value = serde_json::json!({"path": "##[group]"});
        let text = for_log(Some(Format::Json), &value.to_string());
        assert!(!text.contains("##[") && serde_json::from_str::<serde_json::Value>(&text).unwrap() == value);
        assert_eq!(for_log(Some(Format::Junit), "<a>\n::b</a>"), "<a>\n&#58;:b</a>");
        assert_eq!(for_log(Some(Format::Github), "::error::a ##[b]\n"), "::error::a ## [b]\n");
    }
}
