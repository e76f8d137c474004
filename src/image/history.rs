//! Lines of an image's history: the instruction that made a layer, and what a line keeps of build arguments.

/// How many build arguments of one line are looked at.
const MAX_ARGUMENTS: usize = 64;

/// A history line as one writes it in a Dockerfile.
pub fn instruction(line: &str) -> String {
    let line = line.trim().trim_end_matches("# buildkit").trim();
    let line = line.strip_prefix("/bin/sh -c #(nop)").map_or(line, str::trim);
    let shell = ["RUN /bin/sh -c ", "/bin/sh -c "].iter().find_map(|shell| line.strip_prefix(shell));
    let text = shell.map_or_else(|| line.to_owned(), |script| format!("RUN {script}"));
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Names and values of the build arguments in a line: `RUN |2 A=1 B=2 /bin/sh -c make`, where a RUN got them, and
/// `ARG A=1` or `/bin/sh -c #(nop)  ARG A=1`, where a default was declared.
pub(super) fn arguments(line: &str) -> Vec<(String, String)> {
    if let Some(declared) = line.trim_start_matches("/bin/sh -c #(nop) ").trim_start().strip_prefix("ARG ") {
        return declarations(declared);
    }
    let passed = line.trim_start_matches("RUN ").strip_prefix('|').and_then(|text| text.split_once(' '));
    let Some((count, rest)) = passed else { return Vec::new() };
    let count = count.parse().unwrap_or(0).min(MAX_ARGUMENTS);
    rest.split(' ').take(count).filter_map(pair).collect()
}

/// One ARG may declare several arguments. A value stands without its quotes, and may hold blanks.
fn declarations(text: &str) -> Vec<(String, String)> {
    let mut declared: Vec<(String, String)> = Vec::new();
    for word in text.split_whitespace() {
        if let Some(pair) = pair(word) {
            declared.push(pair);
        } else if let Some((_, value)) = declared.last_mut() {
            value.push(' ');
            value.push_str(word);
        }
    }
    declared.truncate(MAX_ARGUMENTS);
    declared
}

fn pair(word: &str) -> Option<(String, String)> {
    let (name, value) = word.split_once('=')?;
    let plain = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let value = value.trim_matches(['"', '\'']);
    plain.then(|| (name.to_owned(), value.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::arguments;

    fn read(line: &str) -> Vec<(String, String)> {
        arguments(line)
    }

    fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
        list.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn lines_of_both_builders() {
        assert_eq!(read("RUN |2 A=1 B=2 /bin/sh -c make # buildkit"), pairs(&[("A", "1"), ("B", "2")]));
        assert_eq!(read("|1 A=1 /bin/sh -c make"), pairs(&[("A", "1")]));
        assert_eq!(read("ARG A=1"), pairs(&[("A", "1")]));
        assert_eq!(read("ARG A=1 B=two words C=3"), pairs(&[("A", "1"), ("B", "two words"), ("C", "3")]));
        assert_eq!(read("/bin/sh -c #(nop)  ARG A=1"), pairs(&[("A", "1")]));
        assert_eq!(read("ARG A=\"1\""), pairs(&[("A", "1")]));
    }

    #[test]
    fn lines_that_keep_none() {
        for line in ["ARG A", "RUN /bin/sh -c make ARG A=1", "ENV A=1", "|x A=1", "", "/bin/sh -c #(nop)  ENV A=1"] {
            assert_eq!(read(line), [], "{line}");
        }
        assert_eq!(read("ARG A B=1"), pairs(&[("B", "1")]));
        // `a/b=c` is the rest of a value, and not a name.
        assert_eq!(read("ARG A=x a/b=c"), pairs(&[("A", "x a/b=c")]));
    }
}
