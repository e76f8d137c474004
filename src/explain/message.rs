//! What people paste around a message: the lines that Lambda writes around every call, what Docker shows of the build,
//! and the escapes of JSON. None of it tells which rule is meant.

/// The lines of a text that may tell something, each without what is around the message.
pub(super) fn telling(text: &str) -> Vec<String> {
    without_keys(&unescaped(text)).lines().filter_map(without_frame).filter(|line| !line.trim().is_empty()).collect()
}

/// Whether a line is what Lambda adds at the end of a process that died, for any reason.
pub(super) fn is_epilogue(line: &str) -> bool {
    let said = |what: &str| line.contains(what);
    let bare = line.trim().trim_start_matches(['[', '"']).trim_end_matches([']', '"', ',']);
    (said("Runtime exited with error") || bare == "Runtime.ExitError") && !said("without providing")
}

/// `\n`, `\t` and `\"` of a JSON text as what they stand for. What Lambda's JSON nests is escaped more than once.
fn unescaped(text: &str) -> String {
    if !text.contains('\\') {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        out.push_str(before);
        let tail = escape.trim_start_matches('\\');
        let (plain, used) = match tail.chars().next() {
            Some('n' | 'r') => ('\n', 1),
            Some('t') => (' ', 1),
            Some(quote @ ('"' | '\'' | '/')) => (quote, 1),
            _ => ('\\', 0),
        };
        out.push(plain);
        rest = tail.get(used..).unwrap_or_default();
    }
    out + rest
}

/// A text without the keys of JSON in it: `"errorType":` says nothing that its value does not.
fn without_keys(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, tail)) = rest.split_once("\":") {
        let key = before.rfind('"').and_then(|at| Some((before.get(..at)?, before.get(at + 1..)?)));
        match key {
            Some((head, key)) if !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') => {
                out.extend([head, " "]);
            }
            _ => out.extend([before, "\":"]),
        }
        rest = tail;
    }
    out + rest
}

/// A line without the frame it stands in; none where it is all frame.
fn without_frame(line: &str) -> Option<String> {
    let cut = |mark: &str| line.find(mark).and_then(|at| line.get(..at));
    for mark in ["START RequestId", "END RequestId", "REPORT RequestId", "INIT_START", "XRAY TraceId"] {
        if let Some(before) = cut(mark) {
            return Some(before.to_owned());
        }
    }
    // Docker's progress shows the instruction: `#9 [4/6] RUN yum install -y gcc`, ` > [build 3/5] COPY a b:`.
    if line.trim_start().starts_with(['#', '>', '=']) && line.split_once("] ").is_some_and(|(_, rest)| shown(rest)) {
        return None;
    }
    let line = between(line, "process \"", "\" did not complete successfully");
    let line = between(&line, "The command '", "' returned a non-zero code");
    // Of this one only the status tells.
    Some(match (line.find("INIT_REPORT"), line.find("Status:")) {
        (Some(start), Some(status)) if start < status => {
            [line.get(..start), line.get(status..)].into_iter().flatten().collect()
        }
        _ => line,
    })
}

/// Whether a text begins with an instruction of a Dockerfile.
fn shown(text: &str) -> bool {
    ["RUN ", "COPY ", "ADD ", "FROM ", "WORKDIR "].iter().any(|word| text.starts_with(word))
}

/// A text without what stands between two marks.
fn between(text: &str, open: &str, close: &str) -> String {
    let inner = || Some((text.find(open)?, text.rfind(close)?)).filter(|(start, end)| start < end);
    let outer = |(start, end): (usize, usize)| Some([text.get(..start)?, text.get(end + close.len()..)?].concat());
    inner().and_then(outer).unwrap_or_else(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_stays() {
        for (pasted, left) in [
            (r#"{"errorMessage":"a \\"b\\"\nc\td"}"#, vec![r#"{ "a "b""#, r#"c d"}"#]),
            ("START RequestId: 1 Version: 2\nboom\nREPORT RequestId: 1 Duration: 3 ms", vec!["boom"]),
            ("INIT_REPORT Init Duration: 3 ms\tPhase: init\tStatus: timeout", vec!["Status: timeout"]),
            ("#9 [4/6] RUN yum install x\n#9 0.2 yum: command not found", vec!["#9 0.2 yum: command not found"]),
            (
                r#"ERROR: process "/bin/sh -c tar x" did not complete successfully: exit code: 1"#,
                vec!["ERROR: : exit code: 1"],
            ),
            (r"\", vec![r"\"]),
            (r"é\é\\", vec![r"é\é\"]),
        ] {
            assert_eq!(telling(pasted), left, "{pasted}");
        }
    }

    #[test]
    fn how_a_process_ended_is_no_reason() {
        assert!(is_epilogue("RequestId: 22 Error: Runtime exited with error: exit status 1"));
        assert!(is_epilogue("Runtime.ExitError"));
        assert!(!is_epilogue("Error: Runtime exited without providing a reason"));
    }
}
