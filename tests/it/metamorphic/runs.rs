//! Changes of RUN: other ways to have the same commands run, and commands that do nothing.

use super::{Change, change, regex};
use crate::support::draft::{Draft, Word, json, programs, put_in, script};

const EXEC: &str = "exec form of RUN with a shell";
const WRAPPED: &str = "a wrapper before a RUN's command";
const HARMLESS: &str = "a harmless command";
const SHELL: &str = "another form of the script";
const FLAGS: &str = "flags of a package manager";
const SPELT: &str = "a command spelt otherwise";
const VARIABLE: &str = "a word by variable";

pub(super) const CHANGES: &[Change] = &[
    change(EXEC, "run-exec-sh", |d| exec(d, &["/bin/sh", "-c"])),
    change(EXEC, "run-exec-bash", |d| exec(d, &["bash", "-c"])),
    change(EXEC, "run-exec-sh-ec", |d| exec(d, &["/bin/sh", "-ec"])),
    change(EXEC, "run-exec-bash-o-pipefail", |d| exec(d, &["/bin/bash", "-o", "pipefail", "-c"])),
    change(SHELL, "run-sh-c", |d| d.scripts(|s| (!s.contains('\'')).then(|| format!("sh -c '{s}'")))),
    change(SHELL, "run-bash-ec", |d| d.scripts(|s| (!s.contains('\'')).then(|| format!("/bin/bash -ec '{s}'")))),
    change(SHELL, "run-heredoc", |d| heredoc(d, "RUN", |script| format!("{script}\n"))),
    change(SHELL, "run-heredoc-lines", |d| {
        heredoc(d, "RUN", |script| {
            if simple(script) { format!("set -e\n{}\n", script.replace(" && ", "\n")) } else { format!("{script}\n") }
        })
    }),
    change(SHELL, "run-heredoc-for-bash", |d| heredoc(d, "RUN bash -e", |script| format!("{script}\n"))),
    change(SHELL, "run-set-e", |d| d.scripts(|s| Some(format!("set -e; {s}")))),
    change(SHELL, "run-set-eux", |d| d.scripts(|s| Some(format!("set -eux && {s}")))),
    change(SHELL, "run-subshell", |d| d.scripts(|s| whole(s).then(|| format!("({s})")))),
    change(SHELL, "run-braces", |d| d.scripts(|s| whole(s).then(|| format!("{{ {s}; }}")))),
    change(SHELL, "run-semicolons", |d| {
        d.scripts(|s| (simple(s) && s.contains(" && ")).then(|| format!("set -e; {}", s.replace(" && ", "; "))))
    }),
    change(SHELL, "run-or-exit", |d| d.scripts(|s| (simple(s) && !s.contains("&&")).then(|| format!("{s} || exit 1")))),
    change(SHELL, "run-comment", |d| d.scripts(|s| whole(s).then(|| format!("{s} # and that is all")))),
    change(SHELL, "run-quiet", |d| {
        d.scripts(|s| (simple(s) && !s.contains("&&")).then(|| format!("{s} > /dev/null 2>&1")))
    }),
    change(SHELL, "run-words-quoted", |d| {
        d.scripts(|script| {
            let last =
                programs(script).into_iter().filter_map(|words| words.last().cloned().filter(|_| words.len() > 1));
            let plain = last.filter(|(range, text)| {
                script.get(range.clone()) == Some(text.as_str()) && !text.contains(['$', '*', '~', '{', '?'])
            });
            put_in(
                script,
                plain.flat_map(|(range, _)| [(range.start, "\"".to_owned()), (range.end, "\"".to_owned())]).collect(),
            )
        })
    }),
    change(SHELL, "run-cache-mount", |d| {
        d.each(|at, i| {
            script(i).map(|_| {
                d.written(at).replacen(&i.keyword.text, "RUN --mount=type=cache,target=/var/cache/unrelated", 1)
            })
        })
    }),
    change(SHELL, "run-network-default", |d| {
        d.each(|at, i| script(i).map(|_| d.written(at).replacen(&i.keyword.text, "RUN --network=default", 1)))
    }),
    change(WRAPPED, "run-env", |d| wrapped(d, "env")),
    change(WRAPPED, "run-env-set", |d| wrapped(d, "env UNRELATED=1")),
    change(WRAPPED, "run-env-unset", |d| wrapped(d, "env -u UNRELATED")),
    change(WRAPPED, "run-assigned", |d| wrapped(d, "UNRELATED=1")),
    change(WRAPPED, "run-sudo", |d| wrapped(d, "sudo")),
    change(WRAPPED, "run-sudo-u", |d| wrapped(d, "sudo -u root")),
    change(WRAPPED, "run-timeout", |d| wrapped(d, "timeout 600")),
    change(WRAPPED, "run-timeout-k", |d| wrapped(d, "timeout -k 10 10m")),
    change(WRAPPED, "run-nice", |d| wrapped(d, "nice")),
    change(WRAPPED, "run-nice-n", |d| wrapped(d, "nice -n 10")),
    change(WRAPPED, "run-nohup", |d| wrapped(d, "nohup")),
    change(WRAPPED, "run-time", |d| wrapped(d, "time")),
    change(WRAPPED, "run-command", |d| wrapped(d, "command")),
    change(WRAPPED, "run-stdbuf", |d| wrapped(d, "stdbuf -oL")),
    change(WRAPPED, "run-exec", |d| {
        // `exec` takes no assignment in front of the program.
        let first = |s: &str| programs(s).first().is_some_and(|words| words[0].0.start == 0);
        d.scripts(|s| (simple(s) && !s.contains("&&") && first(s)).then(|| format!("exec {s}")))
    }),
    change(HARMLESS, "run-cd-dot", |d| d.scripts(|s| Some(format!("cd . && {s}")))),
    change(HARMLESS, "run-ls-before", |d| d.scripts(|s| Some(format!("ls -la && env | sort && {s}")))),
    change(HARMLESS, "run-echo-before", |d| d.scripts(|s| Some(format!("echo installing && {s}")))),
    change(HARMLESS, "run-true-behind", |d| d.scripts(|s| (simple(s)).then(|| format!("{s} && true")))),
    change(HARMLESS, "run-echo-behind", |d| d.scripts(|s| (simple(s)).then(|| format!("{s} && echo done")))),
    change(HARMLESS, "step-true", |d| d.at_the_end("RUN true")),
    change(HARMLESS, "step-ls", |d| d.at_the_end("RUN ls -la && env | sort")),
    change(HARMLESS, "step-test", |d| d.at_the_end("RUN test -d /")),
    change(HARMLESS, "step-bracket", |d| d.at_the_end("RUN [ -d / ] && echo yes")),
    change(HARMLESS, "step-echo", |d| d.at_the_end("RUN echo built")),
    change(HARMLESS, "step-cat", |d| d.at_the_end("RUN cat /etc/os-release")),
    change(HARMLESS, "step-uname", |d| d.at_the_end("RUN uname -a && id && date && pwd")),
    change(HARMLESS, "step-cd", |d| d.at_the_end("RUN cd / && pwd")),
    change(HARMLESS, "step-exec-true", |d| d.at_the_end("RUN [\"true\"]")),
    change(HARMLESS, "step-at-the-start", |d| d.at_the_start("RUN ls / && echo begun")),
    change(FLAGS, "flag-q", |d| behind_verb(d, QUIET)),
    change(FLAGS, "flag-v", |d| behind_verb(d, VERBOSE)),
    change(FLAGS, "flag-f", |d| behind_verb(d, FORCE)),
    change(FLAGS, "flag-with-value", |d| behind_verb(d, VALUED)),
    change(FLAGS, "flag-before-verb", |d| before_verb(d, GLOBAL)),
    change(FLAGS, "flags-long", |d| {
        d.scripts(|script| {
            let long = programs(script).into_iter().flat_map(|words| {
                let program = words[0].1.clone();
                words.into_iter().skip(1).filter_map(move |(range, text)| {
                    let (.., long) =
                        LONG.iter().find(|(names, short, _)| names.contains(&program.as_str()) && *short == text)?;
                    Some((range, *long))
                })
            });
            let mut text = script.to_owned();
            let mut all: Vec<_> = long.collect();
            all.sort_by_key(|(range, _)| range.start);
            all.iter().rev().for_each(|(range, long)| text.replace_range(range.clone(), long));
            Some(text)
        })
    }),
    change(SPELT, "python-m-pip", |d| first_word(d, &["pip", "pip3"], |_| "python3 -m pip")),
    change(SPELT, "pip3", |d| first_word(d, &["pip"], |_| "pip3")),
    change(SPELT, "pip", |d| first_word(d, &["pip3"], |_| "pip")),
    change(SPELT, "program-by-path", |d| {
        first_word(d, &["chmod", "mkdir", "cp", "mv", "rm", "ln", "chown", "touch"], |name| match name {
            "chmod" => "/usr/bin/chmod",
            "mkdir" => "/usr/bin/mkdir",
            "cp" => "/bin/cp",
            "mv" => "/bin/mv",
            "rm" => "/bin/rm",
            "ln" => "/bin/ln",
            "chown" => "/usr/bin/chown",
            _ => "/usr/bin/touch",
        })
    }),
    change(VARIABLE, "package-by-argument", |d| by_argument(d, false)),
    change(VARIABLE, "package-by-shell-variable", |d| by_argument(d, true)),
    change(VARIABLE, "path-in-two-pieces", |d| {
        d.scripts(|script| {
            let words = programs(script).into_iter().flat_map(|words| words.into_iter().skip(1));
            let cut = words.filter(|(range, text)| {
                script.get(range.clone()) == Some(text)
                    && text.starts_with('/')
                    && text.len() > 6
                    && !text.contains(['$', '*'])
            });
            put_in(script, cut.map(|(range, _)| (range.end - 2, "\"\"".to_owned())).collect())
        })
    }),
];

/// Programs with the same flags, the verb behind which a flag goes, and the flag.
type Flag = (&'static [&'static str], &'static [&'static str], &'static str);

const QUIET: &[Flag] = &[
    (&["pip", "pip3"], &["install"], "-q"),
    (&["dnf", "yum", "microdnf"], &["install"], "-q"),
    (&["apt-get"], &["install"], "-qq"),
    (&["apk"], &["add"], "-q"),
    (&["npm"], &["install", "ci", "i"], "-q"),
    (&["gem", "bundle"], &["install"], "--quiet"),
    (&["cargo"], &["build", "install"], "-q"),
];
const VERBOSE: &[Flag] = &[
    (&["pip", "pip3"], &["install"], "-v"),
    (&["dnf", "yum"], &["install"], "-v"),
    (&["apk"], &["add"], "-v"),
    (&["npm"], &["install", "ci", "i"], "-d"),
    (&["gem"], &["install"], "-V"),
    (&["go"], &["build"], "-v"),
    (&["cargo"], &["build", "install"], "-v"),
    (&["poetry"], &["install"], "-v"),
    (&["uv"], &["sync"], "-v"),
    (&["chmod", "chown", "mkdir", "cp", "mv", "rm"], &[""], "-v"),
];
const FORCE: &[Flag] = &[
    (&["npm"], &["install", "i"], "-f"),
    (&["apk"], &["add"], "-f"),
    (&["gem"], &["install"], "-f"),
    (&["chmod", "chown", "cp", "mv"], &[""], "-f"),
];
const VALUED: &[Flag] = &[
    (&["pip", "pip3"], &["install"], "--index-url https://pypi.org/simple"),
    (&["npm"], &["install", "ci", "i"], "--loglevel error"),
    (&["dnf", "yum"], &["install"], "--setopt=tsflags=nodocs"),
    (&["apt-get"], &["install"], "-o Dpkg::Use-Pty=0"),
    (&["apk"], &["add"], "--repository https://dl-cdn.alpinelinux.org/alpine/edge/main"),
    (&["go"], &["build"], "-ldflags \"-s -w\""),
    (&["gem"], &["install"], "--source https://rubygems.org"),
    (&["cargo"], &["build"], "--jobs 2"),
];
const GLOBAL: &[Flag] = &[
    (&["pip", "pip3"], &["install"], "--disable-pip-version-check"),
    (&["npm"], &["install", "ci", "i"], "--loglevel=error"),
    (&["dnf", "yum"], &["install"], "-y"),
    (&["apt-get"], &["install"], "-y"),
    (&["apk"], &["add"], "--no-progress"),
];
const LONG: &[(&[&str], &str, &str)] = &[
    (&["dnf", "yum", "microdnf"], "-y", "--assumeyes"),
    (&["apt-get", "apt"], "-y", "--yes"),
    (&["pip", "pip3"], "-r", "--requirement"),
    (&["pip", "pip3"], "-t", "--target"),
    (&["pip", "pip3"], "-U", "--upgrade"),
    (&["npm"], "-g", "--global"),
    (&["chmod", "chown"], "-R", "--recursive"),
    (&["mkdir"], "-p", "--parents"),
    (&["rm"], "-rf", "--recursive --force"),
    (&["rm", "cp"], "-r", "--recursive"),
    (&["curl"], "-o", "--output"),
    (&["curl"], "-sSL", "--silent --show-error --location"),
    (&["ln"], "-s", "--symbolic"),
];

/// Whether a script is one or more plain commands joined by `&&` and nothing else.
fn simple(script: &str) -> bool {
    !script.contains(['|', ';', '(', '{', '\'', '"', '`', '<', '>', '\n', '#'])
        && !script.replace("&&", "").contains('&')
        && !regex(r"(^|\s)(if|for|while|case|cd|set|export|exec)\s").is_match(script)
}

/// Whether a script can stand within brackets.
fn whole(script: &str) -> bool {
    !script.contains(['#', '\n']) && !script.trim_end().ends_with(['&', ';'])
}

fn shell_is_default(draft: &Draft) -> bool {
    !draft.text.to_uppercase().contains("SHELL [")
}

fn exec(draft: &Draft, shell: &[&str]) -> Option<String> {
    let is_default = shell_is_default(draft);
    draft.each(|_, i| {
        let script = script(i).filter(|_| is_default)?;
        let words: Vec<String> = shell.iter().copied().chain([script]).map(str::to_owned).collect();
        Some(format!("{} {}{}", i.keyword.text, draft.flags(i), json(&words)))
    })
}

fn heredoc(draft: &Draft, run: &str, body: impl Fn(&str) -> String) -> Option<String> {
    draft.each(|_, i| {
        let script = script(i).filter(|script| !script.contains(['\\', '\n']) && shell_is_default(draft))?;
        let flags = draft.flags(i);
        let (keyword, rest) = run.split_once(' ').map_or((run, String::new()), |(k, rest)| (k, format!("{rest} ")));
        Some(format!("{keyword} {flags}{rest}<<EOF\n{}EOF", body(script)))
    })
}

/// Puts words in front of every program of every script.
fn wrapped(draft: &Draft, wrapper: &str) -> Option<String> {
    draft.scripts(|script| {
        put_in(script, programs(script).iter().map(|words| (words[0].0.start, format!("{wrapper} "))).collect())
    })
}

fn first_word(draft: &Draft, names: &[&str], new: impl Fn(&str) -> &'static str) -> Option<String> {
    draft.scripts(|script| {
        let mut text = script.to_owned();
        let mut found: Vec<_> = programs(script).into_iter().map(|mut words| words.swap_remove(0)).collect();
        found.retain(|(range, name)| names.contains(&name.as_str()) && script.get(range.clone()) == Some(name));
        found.sort_by_key(|(range, _)| range.start);
        found.iter().rev().for_each(|(range, name)| text.replace_range(range.clone(), new(name)));
        Some(text)
    })
}

/// The flag that goes with a command, and where the verb begins and ends.
fn verb(words: &[Word], flags: &[Flag]) -> Option<(std::ops::Range<usize>, &'static str)> {
    let (names, verbs, flag) = flags.iter().find(|(names, ..)| names.contains(&words[0].1.as_str()))?;
    debug_assert!(!names.is_empty());
    let at = if verbs == &[""] { 0 } else { words.iter().position(|(_, text)| verbs.contains(&text.as_str()))? };
    Some((words[at].0.clone(), flag))
}

fn behind_verb(draft: &Draft, flags: &[Flag]) -> Option<String> {
    draft.scripts(|script| {
        let found = programs(script).into_iter().filter_map(|words| verb(&words, flags));
        put_in(script, found.map(|(verb, flag)| (verb.end, format!(" {flag}"))).collect())
    })
}

fn before_verb(draft: &Draft, flags: &[Flag]) -> Option<String> {
    draft.scripts(|script| {
        let found = programs(script).into_iter().filter_map(|words| verb(&words, flags));
        put_in(script, found.map(|(verb, flag)| (verb.start, format!("{flag} "))).collect())
    })
}

/// The last word of the first command by a variable that ARG, or the script itself, sets.
fn by_argument(draft: &Draft, in_script: bool) -> Option<String> {
    draft.each(|_, i| {
        let script = script(i)?;
        let words = programs(script).into_iter().next().filter(|words| words.len() > 1)?;
        let (range, text) = words.last()?;
        let plain =
            script.get(range.clone()) == Some(text) && !text.starts_with('-') && !text.contains(['$', '*', '~', ' ']);
        let mut changed = script.to_owned();
        changed.replace_range(range.clone(), "${WHICH_ONE}");
        let (keyword, flags) = (&i.keyword.text, draft.flags(i));
        plain.then(|| {
            if in_script {
                format!("{keyword} {flags}WHICH_ONE={text} && {changed}")
            } else {
                format!("ARG WHICH_ONE={text}\n{keyword} {flags}{changed}")
            }
        })
    })
}
