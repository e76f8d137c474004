//! Texts of errors: as Lambda writes them, as functions write them, and what they tell.

use serde_json::{Value, json};

/// Type and message of an error as its body has them; the header's type where the body has none.
pub(super) fn of_body(kind: &str, body: &str) -> (String, String) {
    let parsed: Value = serde_json::from_str(body).unwrap_or_default();
    let text = |key: &str| parsed[key].as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    let kind = text("errorType").unwrap_or_else(|| kind.to_owned());
    let message = text("errorMessage").unwrap_or_else(|| body.chars().take(1000).collect());
    (kind, message)
}

/// A body as it is, or as a text where it is no JSON.
pub(super) fn as_json(body: &str) -> Value {
    serde_json::from_str(body).unwrap_or_else(|_| json!(body))
}

/// The type of an error of a start as Lambda logs it: of a runtime's own types only the known kinds are kept, as in the
/// emulator's `fatalerror.go`.
pub(super) fn reported(who: &str, kind: &str) -> String {
    if who != "runtime" {
        return if kind.starts_with("Extension.") { kind.to_owned() } else { "Extension.InitError".to_owned() };
    }
    let named = |rest: &str| {
        rest.len() > 1
            && rest.starts_with(|c: char| c.is_ascii_uppercase())
            && rest.chars().all(|c| c.is_ascii_alphabetic())
    };
    match kind.split_once('.') {
        Some(("Runtime" | "Function", rest)) if named(rest) => kind.to_owned(),
        Some(("Function", _)) => "Function.Unknown".to_owned(),
        _ => "Runtime.Unknown".to_owned(),
    }
}

/// How a process ended, in the words of Lambda.
pub(super) fn of_exit(who: &str, code: Option<i32>, signal: Option<i32>) -> String {
    let said = match (code, signal) {
        (_, Some(signal)) => format!("signal: {}", signal_name(signal)),
        (Some(0), None) if who == "runtime" => return "Runtime exited without providing a reason".to_owned(),
        (Some(0), None) => "exit code 0".to_owned(),
        (code, None) => format!("exit status {}", code.unwrap_or(-1)),
    };
    if who == "runtime" { format!("Runtime exited with error: {said}") } else { format!("{who}: {said}") }
}

/// A signal in the words of Go.
fn signal_name(signal: i32) -> String {
    let name = match signal {
        1 => "hangup",
        2 => "interrupt",
        4 => "illegal instruction",
        5 => "trace/breakpoint trap",
        6 => "aborted",
        7 => "bus error",
        8 => "floating point exception",
        9 => "killed",
        11 => "segmentation fault",
        13 => "broken pipe",
        15 => "terminated",
        31 => "bad system call",
        _ => return format!("signal {signal}"),
    };
    name.to_owned()
}

/// Paths outside `/tmp` that a line says could not be written, in whatever language.
pub(super) fn written_outside(line: &str) -> Vec<String> {
    let lower = line.to_lowercase();
    if !lower.contains("read-only file system") && !lower.contains("erofs") {
        return Vec::new();
    }
    let ends = |c: char| c.is_whitespace() || "'\"`‘’“”()[]{},;:".contains(c);
    let paths = line.split(ends).filter(|word| word.len() > 1 && word.starts_with('/'));
    paths.filter(|path| !path.starts_with("/tmp/")).map(str::to_owned).collect()
}

/// Why a failure may come from something that Lambda does not have; `None` if nothing points to that.
pub(super) fn doubt(text: &str, host_network: bool) -> Option<&'static str> {
    let lower = text.to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    if !host_network
        && says(&[
            "enetunreach",
            "network is unreachable",
            "temporary failure in name resolution",
            "eai_again",
            "getaddrinfo enotfound",
            "could not resolve host",
            "name or service not known",
            "no such host",
            "unknownhostexception",
            "failed to lookup address",
        ])
    {
        return Some("the log speaks of the network, and there is none here: --net host gives it one");
    }
    if says(&["bad system call", "sigsys"]) {
        return Some("a system call was refused, and which ones Lambda refuses is not known");
    }
    if says(&["operation not permitted", "eperm"])
        && says(&["unshare", "clone", "ptrace", "io_uring", "mount", "bpf", "perf_event", "userfaultfd", "namespace"])
    {
        return Some("a system call was refused, and which ones Lambda refuses is not known");
    }
    if says(&["getpwuid", "uv_os_homedir", "uv_os_get_passwd"]) {
        return Some("the function's user has no line in /etc/passwd, and what Lambda does then is not known");
    }
    if says(&["/sys/"]) && says(&["no such file", "enoent", "permission denied"]) {
        return Some("the log speaks of /sys, which is empty here; what Lambda has there is not known");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_that_cannot_be_written_are_found_in_every_language() {
        for (line, path) in [
            ("OSError: [Errno 30] Read-only file system: '/var/task/x'", "/var/task/x"),
            ("Error: EROFS: read-only file system, mkdir '/home/sbx_user1051'", "/home/sbx_user1051"),
            ("open /x: read-only file system", "/x"),
            ("java.io.FileNotFoundException: /opt/a.log (Read-only file system)", "/opt/a.log"),
            ("Errno::EROFS (Read-only file system @ rb_sysopen - /y)", "/y"),
            ("mkdir: cannot create directory ‘/var/cache’: Read-only file system", "/var/cache"),
            ("/bin/sh: 1: cannot create /z: Read-only file system", "/z"),
        ] {
            assert!(written_outside(line).contains(&path.to_owned()), "{line}: {:?}", written_outside(line));
        }
        assert!(written_outside("open /tmp/x: read-only file system").is_empty());
        assert!(written_outside("open /x: no such file").is_empty());
    }

    #[test]
    fn a_process_ends_in_the_words_of_lambda() {
        for (who, code, signal, text) in [
            ("runtime", Some(0), None, "Runtime exited without providing a reason"),
            ("runtime", Some(129), None, "Runtime exited with error: exit status 129"),
            ("runtime", None, Some(9), "Runtime exited with error: signal: killed"),
            ("agent", Some(0), None, "agent: exit code 0"),
        ] {
            assert_eq!(of_exit(who, code, signal), text);
        }
    }

    #[test]
    fn types_of_errors_are_logged_as_lambda_does() {
        for (who, kind, logged) in [
            ("runtime", "Runtime.ImportModuleError", "Runtime.ImportModuleError"),
            ("runtime", "Function.Own", "Function.Own"),
            ("runtime", "Function.own", "Function.Unknown"),
            ("runtime", "ValueError", "Runtime.Unknown"),
            ("runtime", "", "Runtime.Unknown"),
            ("agent", "Extension.ConfigInvalid", "Extension.ConfigInvalid"),
            ("agent", "", "Extension.InitError"),
        ] {
            assert_eq!(reported(who, kind), logged, "{who} {kind}");
        }
    }

    #[test]
    fn what_lambda_may_not_have_is_doubted() {
        assert!(doubt("getaddrinfo EAI_AGAIN db.example.com", false).is_some());
        assert_eq!(doubt("getaddrinfo EAI_AGAIN db.example.com", true), None);
        assert!(doubt("bwrap: Creating new namespace failed: Operation not permitted", true).is_some());
        assert_eq!(doubt("chown: Operation not permitted", true), None);
        assert_eq!(doubt("PermissionError: [Errno 13] Permission denied: '/var/task/app.py'", false), None);
    }
}
