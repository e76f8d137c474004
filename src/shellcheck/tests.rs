//! What ShellCheck is asked, and what becomes of its answers.

use super::*;
use crate::check::{self, Subject};
use crate::dockerfile::Dockerfile;

fn options(preset: Preset) -> Options {
    let mut options = Options::new(jiff::civil::date(2026, 11, 24));
    options.preset = preset;
    options
}

/// What ShellCheck would be asked of a file, each script as its head and its body.
fn asked(dockerfile: &str) -> Vec<(String, String)> {
    let options = options(Preset::Recommended);
    let read = Dockerfile::read(dockerfile);
    let part = |script: &Script| {
        let (head, body) = script.text.split_once("export").unwrap();
        let (exported, body) = body.split_once('\n').unwrap();
        let ours = exported.split(' ').filter(|word| !word.to_ascii_lowercase().contains("_proxy="));
        (head.to_owned() + ours.collect::<Vec<_>>().join(" ").trim(), body.trim_end().to_owned())
    };
    scripts(&Build::new(&read, &options), &options).iter().map(part).collect()
}

/// The heads alone, one after the other.
fn heads(dockerfile: &str) -> String {
    asked(dockerfile).into_iter().map(|(head, _)| head.replace('\n', ";")).collect::<Vec<_>>().join(" | ")
}

#[test]
fn every_shell_has_its_own_language() {
    let head = |from: &str| heads(&format!("FROM {from}\nRUN make\n"));
    assert_eq!(head("debian:12"), "#!/bin/dash;");
    assert_eq!(head("alpine:3.20"), "#!/bin/busybox sh;");
    assert_eq!(head("example.com/x"), "#!/bin/sh;");
    assert!(head("public.ecr.aws/lambda/python:3.13").starts_with("#!/bin/bash;"), "Amazon Linux's sh is bash");
    assert_eq!(head("mcr.microsoft.com/windows/servercore:ltsc2022"), "");
    assert_eq!(head("debian:12\nSHELL [\"/bin/bash\", \"-eo\", \"pipefail\", \"-c\"]"), "#!/bin/bash -e;");
    assert_eq!(head("debian:12\nSHELL [\"/usr/bin/env\", \"bash\", \"-c\"]"), "#!/bin/bash;");
    assert_eq!(head("debian:12\nSHELL [\"bash\", \"-o\", \"errexit\", \"-c\"]"), "#!/bin/bash -e;");
    assert_eq!(head("debian:12\nSHELL [\"/bin/ash\", \"-c\"]"), "#!/bin/busybox sh;");
    for foreign in ["zsh", "pwsh", "cmd", "python3", "/bin/fish"] {
        assert_eq!(head(&format!("debian:12\nSHELL [\"{foreign}\", \"-c\"]")), "", "{foreign}");
    }
    let later = "FROM debian:12\nSHELL [\"/bin/bash\", \"-c\"]\nENV A=1\nARG B\nRUN c\nRUN <<EOF\nd\nEOF\n";
    assert_eq!(heads(later), "#!/bin/bash;A=1 B=1 | #!/bin/bash;A=1 B=1", "ENV and ARG leave SHELL as it is");
    assert_eq!(heads("# hadolint shell=bash\nFROM a\nRUN b\nFROM c\nRUN d\n"), "#!/bin/bash; | #!/bin/bash;");
    assert_eq!(heads("# hadolint shell=pwsh\nFROM a\nRUN b\n"), "");
    assert_eq!(
        heads("FROM a AS x\nSHELL [\"bash\", \"-c\"]\nFROM x\nRUN b\nFROM a\nRUN c\n"),
        "#!/bin/bash; | #!/bin/sh;"
    );
}

#[test]
fn the_variables_of_the_stage_are_known() {
    let stages = "ARG out=1\nFROM debian:12 AS x\nARG a=1 b\nENV c=1 d=$a e-f=1\nRUN 1\nFROM x\nARG g\nRUN 2\n";
    assert_eq!(heads(stages), "#!/bin/dash;a=1 b=1 c=1 d=1 | #!/bin/dash;a=1 b=1 c=1 d=1 g=1");
    assert!(heads("FROM public.ecr.aws/lambda/python:3.13\nRUN make\n").contains("LAMBDA_TASK_ROOT=1"));
    assert_eq!(heads("FROM debian:12\nRUN --mount=type=secret,id=t,env=token make\n"), "#!/bin/dash;token=1");
    let onbuild = "FROM debian:12\nARG gone\nENV stays=1\nONBUILD ARG later\nONBUILD RUN make\n";
    assert_eq!(heads(onbuild), "#!/bin/dash;later=1 stays=1");
}

#[test]
fn a_script_is_what_the_shell_gets() {
    let bodies = |dockerfile: &str| asked(dockerfile).into_iter().map(|(_, body)| body).collect::<Vec<_>>();
    assert_eq!(bodies("FROM a\nRUN --network=none a \\\n  # why\n  && b\n"), ["a   && b"]);
    assert_eq!(bodies("FROM a\nRUN [\"a\", \"b\"]\nCMD c\nENTRYPOINT d\nHEALTHCHECK CMD e\n"), [""; 0]);
    assert_eq!(bodies("FROM a\nRUN <<EOF\na\nb\nEOF\n"), ["a\nb"]);
    assert_eq!(bodies("FROM a\nRUN <<'one two'\na\none two\n"), ["a"]);
    assert_eq!(bodies("FROM a\nRUN cat <<EOF > x\n$y\nEOF\n"), ["cat <<EOF > x\n$y\nEOF"]);
    assert_eq!(bodies("FROM a\nRUN bash <<'EOF'\n$y\nEOF\n"), ["bash <<'EOF'\n$y\nEOF", "$y"]);
    assert_eq!(bodies("FROM a\nRUN bash <<EOF\n$y\nEOF\n"), ["bash <<EOF\n$y\nEOF"], "the outer shell expands it");
    assert_eq!(bodies("FROM a\nRUN python3 <<'EOF'\nx\nEOF\n"), ["python3 <<'EOF'\nx\nEOF"]);
    assert_eq!(bodies("FROM a\nRUN <<EOF\n#!/usr/bin/env python3\nx\nEOF\n"), [""; 0]);
    assert_eq!(asked("FROM a\nRUN <<EOF\n#!/bin/bash -e\nx\nEOF\n"), [("#!/bin/bash -e\n".into(), "x".into())]);
    assert_eq!(heads("FROM a\nRUN bash -ex <<'EOF'\nx\nEOF\n"), "#!/bin/sh; | #!/bin/bash -e;");
}

#[test]
fn comments_for_shellcheck_reach_it() {
    let off = "#!/bin/sh;# shellcheck disable=SC2086;";
    assert_eq!(heads("FROM a\n# shellcheck disable=SC2086\nRUN b\nRUN c\n"), format!("{off} | #!/bin/sh;"));
    assert_eq!(heads("FROM a\nRUN b && \\\n  # shellcheck disable=SC2086\n  c\n"), off);
    assert_eq!(heads("FROM a\nRUN <<EOF\n# shellcheck disable=SC2086\nb\nEOF\n"), off);
}

/// What is reported of a file when ShellCheck underlines a text of its one script.
fn said(dockerfile: &str, text: &str, code: u16, level: Level, options: &Options) -> Vec<(&'static str, String)> {
    let read = Dockerfile::read(dockerfile);
    let script = scripts(&Build::new(&read, options), options).pop().unwrap();
    let (at, line) = script.text.lines().enumerate().filter(|(_, line)| line.contains(text)).last().unwrap();
    let column = line[..line.find(text).unwrap()].chars().count() + 1;
    let end_column = column + text.chars().count();
    let (file, message) = (String::new(), "Quote this.".to_owned());
    let remark = Comment { file, line: at + 1, column, end_line: at + 1, end_column, level, code, message };
    let answers = Results::new(HashMap::from([(script.text.clone(), vec![remark])]));
    let options = Options { function: Some(false), ..options.clone() };
    let subject = Subject { shellcheck: Some(&answers), ..Subject::new("Dockerfile", dockerfile.as_bytes()) };
    let checked = check::subject(&subject, &options);
    let ours = checked.diagnostics.iter().filter(|d| d.code.starts_with("SC"));
    let place = |d: &crate::Diagnostic| {
        let label = &d.labels[0];
        let shown = &dockerfile[label.span.start..label.span.end];
        format!("{}:{} {shown} {} {}", label.start.line, label.start.column, d.severity.as_str(), d.message)
    };
    ours.map(|d| (d.code, place(d))).collect()
}

#[test]
fn a_remark_points_at_the_very_place() {
    let options = options(Preset::Recommended);
    let place = |dockerfile: &str, text: &str| said(dockerfile, text, 2154, Level::Warning, &options).pop().unwrap().1;
    assert_eq!(place("FROM a\nRUN echo $x\n", "$x"), "2:10 $x warning Quote this");
    assert_eq!(place("FROM a\nRUN --network=none a \\\n  # é\n\n  && é $x\n", "$x"), "5:8 $x warning Quote this");
    assert_eq!(place("FROM a\nRUN <<EOF\n#!/bin/bash\n\té $x\nEOF\n", "$x"), "4:4 $x warning Quote this");
    assert_eq!(place("FROM a\nRUN <<-EOF\n\t\ta\n\t\té $x\n\tEOF\n", "$x"), "4:5 $x warning Quote this");
    assert_eq!(place("FROM a\nRUN cat <<A <<B\na\nA\nb $x\nB\n", "$x"), "5:3 $x warning Quote this");
    assert_eq!(place("FROM a\nONBUILD RUN a \\\n $x\n", "$x"), "3:2 $x warning Quote this");
    assert!(said("FROM a\nRUN a\n", "export", 2123, Level::Warning, &options).is_empty(), "the head is ours");
}

#[test]
fn comments_and_settings_take_shellchecks_codes() {
    let plain = options(Preset::Recommended);
    let count = |above: &str, code, level, options: &Options| {
        said(&format!("FROM a\n{above}\nRUN echo $x\n"), "$x", code, level, options).len()
    };
    assert_eq!(count("", 2154, Level::Warning, &plain), 1);
    assert_eq!(count("# lamblint: ignore=SC2154", 2154, Level::Warning, &plain), 0);
    assert_eq!(count("# lamblint: ignore=SC2 -- ours", 2154, Level::Error, &plain), 0);
    assert_eq!(count("# lamblint: ignore-file=shellcheck", 2154, Level::Error, &plain), 0);
    assert_eq!(count("# hadolint ignore=DL3008,SC2154", 2154, Level::Warning, &plain), 0);
    assert_eq!(count("# hadolint global ignore=SC2154", 2154, Level::Warning, &plain), 0);
    let disobedient = Options { ignore_hadolint_comments: true, ..plain.clone() };
    assert_eq!(count("# hadolint global ignore=SC2154", 2154, Level::Warning, &disobedient), 1);
    assert_eq!(count("", 2086, Level::Info, &plain), 0);
    assert_eq!(count("", 2086, Level::Style, &options(Preset::Hadolint)), 1);
    assert_eq!(count("", 1091, Level::Error, &options(Preset::Hadolint)), 0);
    // What sh is on that base is not known.
    assert_eq!(count("", 3010, Level::Warning, &plain), 0);
    assert_eq!(count("SHELL [\"dash\", \"-c\"]", 3010, Level::Warning, &plain), 1);
    assert_eq!(count("", 2046, Level::Warning, &plain), 0, "the table has it off");
    let select = |code: &str| Options { select: vec![code.to_owned()], ..plain.clone() };
    assert_eq!(count("", 3010, Level::Warning, &select("SC3")), 1);
    assert_eq!(count("", 2086, Level::Info, &select("shellcheck")), 1);
    assert_eq!(count("", 2086, Level::Info, &select("lambda")), 0);
    let louder = Options { severities: vec![("SC2".into(), Severity::Error)], ..plain };
    let found = said("FROM a\nRUN echo $x\n", "$x", 2154, Level::Warning, &louder);
    assert_eq!(found, [("SC2154", "2:10 $x error Quote this".to_owned())]);
}

#[test]
fn a_comment_for_shellchecks_codes_is_never_unused() {
    let mut options = options(Preset::Recommended);
    options.select = vec!["LL003".into()];
    options.function = Some(true);
    let unused = |code: &str| {
        let file = format!("# lamblint: ignore={code} -- why\nFROM a\n");
        check::dockerfile("Dockerfile", file.as_str(), &options).diagnostics.len()
    };
    assert_eq!((unused("SC2086"), unused("SC2"), unused("shellcheck"), unused("LL999")), (0, 0, 0, 1));
}

#[test]
fn codes_are_static() {
    assert_eq!((code(1000), code(2086), code(4999)), (Some("SC1000"), Some("SC2086"), Some("SC4999")));
    assert_eq!((code(999), code(5000), code(0)), (None, None, None));
}

#[test]
fn what_shellcheck_cannot_know_is_passed_over() {
    let plain = options(Preset::Recommended);
    let strict = options(Preset::Hadolint);
    for (run, text, code) in [
        (". /etc/os-release && echo $x", "$x", 2154),
        ("set -e; source ./env; echo $x", "$x", 2154),
        ("Said=1 set -x && apk add $Said", "$Said", 2154),
        ("v=1; . ./build.sh", "v", 2034),
    ] {
        // The message names the variable first.
        let file = format!("FROM alpine:3\nRUN {run}\n").replace("Said", "Quote");
        let text = text.replace("Said", "Quote");
        assert!(said(&file, &text, code, Level::Warning, &plain).is_empty(), "{run}");
        assert!(!said(&file, &text, code, Level::Warning, &strict).is_empty(), "{run}");
    }
    let echo = "FROM debian:12\nRUN /bin/echo -e x\n";
    assert!(said(echo, "-e", 3036, Level::Warning, &plain).is_empty());
    assert!(!said(&echo.replace("/bin/", ""), "-e", 3036, Level::Warning, &plain).is_empty());
    for windows in
        ["FROM nanoserver\nRUN a\n", "# escape=`\nFROM a\nRUN b\n", "FROM a\nRUN powershell -Command $x = 1\n"]
    {
        assert_eq!(heads(windows), "", "{windows}");
    }
}
