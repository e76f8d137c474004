//! Starts that fail and are made again, as on Lambda, and the end of a function that takes too much memory.

use super::*;

/// What happened of some kinds, in order.
fn happened<'a>(outcome: &'a Value, kinds: &[&str]) -> Vec<&'a Value> {
    let timeline = outcome["timeline"].as_array().unwrap();
    timeline.iter().filter(|one| kinds.iter().any(|kind| one["what"] == *kind)).collect()
}

/// The lines of Lambda's log about failed starts: part of the life, status, type of the error.
fn reports(outcome: &Value) -> Vec<(&str, &str, &str)> {
    let all = happened(outcome, &["init-report"]);
    all.into_iter()
        .map(|one| {
            assert!(one["took"].as_f64().is_some(), "{one}");
            (
                one["phase"].as_str().unwrap_or_default(),
                one["status"].as_str().unwrap_or_default(),
                one["kind"].as_str().unwrap_or_default(),
            )
        })
        .collect()
}

#[test]
fn a_start_that_fails_is_made_again_inside_the_first_event() {
    drawn(&["exit", "3"]).each(&[], |outcome, code, _| {
        assert_eq!(code, 1);
        let expected = [("init", "error", "Runtime.ExitError"), ("invoke", "error", "Runtime.ExitError")];
        assert_eq!(reports(outcome), expected, "{outcome:#}");
        assert_eq!(outcome["error"]["phase"], json!("init"));
    });
    drawn(&["answer"]).set("Entrypoint", json!(["/nothing"])).each(&[], |outcome, _, _| {
        let kind = "Runtime.InvalidEntrypoint";
        assert_eq!(reports(outcome), [("init", "error", kind), ("invoke", "error", kind)], "{outcome:#}");
    });
    let limits = ["--init-timeout", "2", "--timeout", "1"];
    drawn(&["sleep"]).each(&limits, |outcome, _, _| {
        assert_eq!(reports(outcome), [("init", "timeout", ""), ("invoke", "timeout", "")], "{outcome:#}");
        let seconds: Vec<&Value> = happened(outcome, &["timed-out"]).iter().map(|one| &one["seconds"]).collect();
        assert_eq!(seconds, [&json!(2), &json!(1)]);
        let told = outcome["as_lambda"]["errorMessage"].as_str().unwrap();
        assert!(told.ends_with("Task timed out after 1.00 seconds"), "{told}");
    });
}

#[test]
fn what_starts_at_the_second_time_answers() {
    for (words, status, limit) in [(["flaky", "exit"], "error", "10"), (["flaky", "sleep"], "timeout", "1")] {
        drawn(&words).each(&["--init-timeout", limit], |outcome, code, who| {
            let kind = if status == "error" { "Runtime.ExitError" } else { "" };
            assert_eq!((code, &outcome["verdict"]), (0, &json!("answers")), "{who:?}: {outcome:#}");
            assert_eq!(reports(outcome), [("init", status, kind)]);
            assert_eq!((&outcome["error"], happened(outcome, &["start"]).len()), (&json!(null), 2));
            assert!(outcome["differs"].to_string().contains("the first start failed"));
        });
    }
}

/// An event that fails ends the processes; the next one gets new ones, and the first failure stays.
#[test]
fn a_failure_of_an_event_stays_one() {
    drawn(&["once"]).each(&["--event", "1", "--event", "2"], |outcome, code, who| {
        assert_eq!((code, &outcome["verdict"]), (1, &json!("fails")), "{who:?}: {outcome:#}");
        assert_eq!((&outcome["error"]["phase"], outcome["answers"].as_array().unwrap().len()), (&json!("invoke"), 2));
        assert_eq!(reports(outcome), []);
    });
}

/// The folder where the kernel shows cgroups of version 1 for memory, if root may make some there.
fn hierarchy() -> Option<PathBuf> {
    let own = std::fs::read_to_string("/proc/self/cgroup").ok()?;
    let path = own.lines().find_map(|line| line.split_once(":memory:"))?.1.to_owned();
    let folder = Path::new("/sys/fs/cgroup/memory").join(path.trim_start_matches('/'));
    folder.join("memory.limit_in_bytes").exists().then_some(folder)
}

/// Cgroups of trials that run or ran.
fn groups(folder: &Path) -> Vec<PathBuf> {
    let all = std::fs::read_dir(folder).unwrap().flatten().map(|entry| entry.path());
    all.filter(|path| path.file_name().unwrap().to_string_lossy().starts_with("lamblint-try-")).collect()
}

/// The cgroup that a process is in.
fn group_of(process: u32) -> String {
    let text = std::fs::read_to_string(format!("/proc/{process}/cgroup")).unwrap_or_default();
    text.lines().find_map(|line| line.split_once(":memory:")).map(|(_, path)| path.to_owned()).unwrap_or_default()
}

/// The processes whose command line has a word.
fn with(word: &str) -> Vec<u32> {
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    let numbers = processes.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let has = |number: &u32| {
        let line = std::fs::read(format!("/proc/{number}/cmdline")).unwrap_or_default();
        String::from_utf8_lossy(&line).contains(word)
    };
    numbers.filter(has).collect()
}

#[test]
fn memory_is_limited_as_the_outcome_says() {
    drawn(&["memory"]).each(&[], |outcome, code, who| {
        let limited = &outcome["conditions"]["memory_limited"];
        assert_eq!((code, &outcome["error"]["type"]), (1, &json!("Runtime.OutOfMemory")), "{who:?}: {outcome:#}");
        let told = outcome["as_lambda"]["errorMessage"].as_str().unwrap();
        assert!(told.ends_with("Runtime exited with error: signal: killed"), "{told}");
        let noted = outcome["differs"].to_string();
        assert_eq!(noted.contains("no cgroup"), *limited == "watched", "{limited}: {noted}");
        if who == Who::Root && hierarchy().is_some() {
            assert_eq!(limited, &json!("cgroup-v1"));
        }
    });
}

/// What looks at the memory is stopped meanwhile, so that it is the kernel that ends the function.
#[test]
fn the_kernel_ends_what_is_too_large() {
    let Some(folder) = hierarchy().filter(|_| whos().contains(&Who::Root)) else {
        return println!("try: skipped: no cgroups of version 1 for root");
    };
    let word = format!("too-large-{}", std::process::id());
    let drawn = drawn(&["memory-later", &word]);
    let image = drawn.pack();
    let mut command = command(Who::Root, &["--timeout", "60"]);
    let child = command.stdin(File::open(&image).unwrap()).stdout(Stdio::piped()).spawn().unwrap();
    assert!(soon(|| running(&word) > 0), "the function was started");
    let function = with(&word)[0];
    let group = group_of(function);
    let own = groups(&folder).into_iter().find(|path| path.to_string_lossy().ends_with(&group));
    let own = own.unwrap_or_else(|| panic!("{group} is none of a trial"));
    let limit = std::fs::read_to_string(own.join("memory.limit_in_bytes")).unwrap();
    assert_eq!(limit.trim(), ((128 + 512 + 128) * 1024 * 1024).to_string());
    let first = with("__try-inner").into_iter().find(|process| group_of(*process) == group).unwrap();
    let signal = |name: &str| Command::new("kill").args([name, &first.to_string()]).status().unwrap();
    assert!(signal("-STOP").success());
    let ended = soon(|| running(&word) == 0);
    assert!(signal("-CONT").success());
    assert!(ended, "the kernel has ended it");
    let output = child.wait_with_output().unwrap();
    let outcome: Value = serde_json::from_slice(&output.stdout).unwrap();
    fits_schema(&outcome);
    let said = (output.status.code(), &outcome["error"]["type"], happened(&outcome, &["over-memory"]).len());
    assert_eq!(said, (Some(1), &json!("Runtime.OutOfMemory"), 1), "{outcome:#}");
    assert!(soon(|| !own.exists()), "the cgroup is gone");
}

#[test]
fn a_cgroup_goes_with_its_trial_even_if_that_is_killed() {
    let Some(folder) = hierarchy().filter(|_| whos().contains(&Who::Root)) else {
        return println!("try: skipped: no cgroups of version 1 for root");
    };
    let word = format!("killed-{}", std::process::id());
    let drawn = drawn(&["sleep", &word]);
    let image = drawn.pack();
    let start = || {
        let mut command = command(Who::Root, &["--init-timeout", "60"]);
        let child = command.stdin(File::open(&image).unwrap()).stdout(Stdio::null()).spawn().unwrap();
        assert!(soon(|| running(&word) > 0), "the function was started");
        let group = group_of(with(&word)[0]);
        let own = groups(&folder).into_iter().find(|path| path.to_string_lossy().ends_with(&group)).unwrap();
        (child, own)
    };
    let (mut child, own) = start();
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(soon(|| !own.exists() && running(&word) == 0), "{} is gone", own.display());
    // If the helper that clears up is killed itself, the next trial does it.
    let (mut child, own) = start();
    let name = own.file_name().unwrap().to_string_lossy().into_owned();
    let helper = name.trim_start_matches("lamblint-try-").to_owned();
    assert!(Command::new("kill").args(["-KILL", &helper]).status().unwrap().success());
    child.wait().unwrap();
    assert!(soon(|| running(&word) == 0), "the function is gone");
    super::drawn(&["answer"]).is(&[], "answers", 0, "");
    assert!(!own.exists(), "{} is gone", own.display());
}
