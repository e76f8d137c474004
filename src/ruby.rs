//! Which files beside it a Ruby file certainly loads: the `require_relative` lines at its beginning.
//!
//! Behind the first line that is neither a comment nor a `require`, nothing is certain: it may stand in a `begin` that has
//! a `rescue`, in a condition or in a text.

/// The files that a file asks for, each with the line, counted from 1.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Summary {
    /// What stands after `require_relative`, in order.
    pub relative: Box<[(u32, Box<str>)]>,
}

impl Summary {
    /// About how many bytes it takes.
    pub fn cost(&self) -> usize {
        self.relative.iter().map(|(_, path)| 24 + path.len()).sum()
    }
}

/// Reads a file.
pub fn summarise(text: &[u8]) -> Summary {
    let mut relative = Vec::new();
    for (line, text) in (1..).zip(text.split(|byte| *byte == b'\n')) {
        let Ok(text) = std::str::from_utf8(text) else { break };
        let text = text.trim_end();
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        let asked = |keyword: &str| literal(text.strip_prefix(keyword)?.strip_prefix([' ', '(', '\t'])?);
        match (asked("require_relative"), asked("require")) {
            (Some(path), _) => relative.push((line, path.into())),
            (None, Some(_)) => {}
            (None, None) => break,
        }
    }
    Summary { relative: relative.into() }
}

/// The text of a literal that is all there is, save for a bracket or a comment after it.
fn literal(text: &str) -> Option<&str> {
    let text = text.trim_start();
    let quote = text.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    let (inner, behind) = text.get(1..)?.split_once(quote)?;
    let behind = behind.trim_start().trim_start_matches(')').trim_start();
    let plain = !inner.is_empty() && !inner.contains(['#', '\\']) && (behind.is_empty() || behind.starts_with('#'));
    plain.then_some(inner)
}

#[cfg(test)]
mod tests {
    use super::summarise;

    fn relative(text: &str) -> String {
        let summary = summarise(text.as_bytes());
        summary.relative.iter().map(|(line, path)| format!("{line}:{path}")).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn lines_that_always_run() {
        assert_eq!(
            relative(
                "# frozen_string_literal: true\r\n\r\nrequire 'json'\r\nrequire_relative 'lib/pay' # why\r\nrequire_relative(\"b\")\r\n"
            ),
            "4:lib/pay 5:b"
        );
        assert_eq!(relative("require_relative 'a'\ndef handler(event:, context:)\nend\nrequire_relative 'b'"), "1:a");
    }

    #[test]
    fn lines_that_may_not_run() {
        for text in [
            "begin\nrequire_relative 'a'\nrescue LoadError\nend",
            "require_relative 'a' if x",
            "require_relative \"a#{b}\"",
            "  require_relative 'a'",
            "=begin\nrequire_relative 'a'\n=end",
            "x = <<A\nrequire_relative 'a'\nA",
            "require_relative name",
            "require_relative 'a'; x",
            "\u{feff}require_relative 'a'",
        ] {
            assert_eq!(relative(text), "", "{text}");
        }
        let _ = summarise(&[0xff, b'\n', b'\'']);
    }
}
