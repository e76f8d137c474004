//! Changes of ENTRYPOINT and CMD after which the same process runs in the end.

use super::{Change, change};
use crate::support::draft::{Draft, Start};
use crate::support::internals::dockerfile::Kind;

const CUT: &str = "another cut of the start command";
const WRAPPED: &str = "a wrapper before the start command";
const FLAGS: &str = "flags of an interpreter";

pub(super) const CHANGES: &[Change] = &[
    change(CUT, "cmd-before-entrypoint", |d| {
        let stage = d.last_stage()?;
        let last = |wanted: fn(&Kind) -> bool| stage.clone().rfind(|at| wanted(&d.instructions()[*at].kind));
        let entrypoint = last(|kind| matches!(kind, Kind::Entrypoint(_)))?;
        let cmd = last(|kind| matches!(kind, Kind::Cmd(_)))?;
        let [one, other] = [entrypoint, cmd].map(|at| {
            let start = d.instructions()[at].span.start;
            start..start + d.written(at).len()
        });
        d.edited(vec![(one, d.written(cmd).to_owned()), (other, d.written(entrypoint).to_owned())])
    }),
    change(CUT, "all-in-entrypoint", |d| cut(d, <[String]>::len)),
    change(CUT, "all-in-cmd", |d| cut(d, |_| 0)),
    change(CUT, "program-in-entrypoint", |d| cut(d, |_| 1)),
    change(CUT, "last-in-cmd", |d| cut(d, |argv| argv.len() - 1)),
    change(CUT, "base-entrypoint-written", |d| {
        let start = d.start().filter(|start| start.entrypoint.is_none() && d.on_lambda_base())?;
        d.starting(&start, Some(&[BASE.to_owned()]), None)
    }),
    change(WRAPPED, "start-env", |d| wrapped(d, &["env"])),
    change(WRAPPED, "start-env-by-path", |d| wrapped(d, &["/usr/bin/env"])),
    change(WRAPPED, "start-env-set", |d| wrapped(d, &["env", "UNRELATED=1"])),
    change(WRAPPED, "start-timeout", |d| wrapped(d, &["timeout", "900"])),
    change(WRAPPED, "start-timeout-k", |d| wrapped(d, &["/usr/bin/timeout", "-k", "5", "900"])),
    change(WRAPPED, "start-nice", |d| wrapped(d, &["nice"])),
    change(WRAPPED, "start-nice-n", |d| wrapped(d, &["nice", "-n", "5"])),
    change(WRAPPED, "start-nohup", |d| wrapped(d, &["nohup"])),
    change(WRAPPED, "start-stdbuf", |d| wrapped(d, &["stdbuf", "-oL"])),
    change(WRAPPED, "start-sh-all", |d| wrapped(d, &["/bin/sh", "-c", "exec \"$@\"", "--"])),
    change(WRAPPED, "start-sh-all-named", |d| wrapped(d, &["sh", "-ec", "exec \"$@\"", "sh"])),
    change(WRAPPED, "start-tini", |d| with_init(d, &["/usr/local/bin/tini", "--"])),
    change(WRAPPED, "start-tini-s", |d| with_init(d, &["/usr/local/bin/tini", "-v", "--"])),
    change(WRAPPED, "start-dumb-init", |d| with_init(d, &["/usr/local/bin/dumb-init", "--"])),
    change(WRAPPED, "start-two-wrappers", |d| wrapped(d, &["env", "UNRELATED=1", "nice", "-n", "5"])),
    change(WRAPPED, "start-sh-exec", |d| {
        let (start, argv) = whole(d)?;
        let words: Vec<String> = ["/bin/sh", "-c"].map(str::to_owned).into_iter().chain([script(&argv)?]).collect();
        d.starting(&start, Some(&words), start.cmd.as_ref().map(|_| &[][..]))
    }),
    change(WRAPPED, "start-bash-exec", |d| {
        let (start, argv) = whole(d).filter(|_| d.base().is_some_and(|base| !base.contains("alpine")))?;
        let words: Vec<String> = ["bash", "-c"].map(str::to_owned).into_iter().chain([script(&argv)?]).collect();
        d.starting(&start, Some(&words), start.cmd.as_ref().map(|_| &[][..]))
    }),
    change(WRAPPED, "start-sh-set-e-exec", |d| {
        let (start, argv) = whole(d)?;
        let line = format!("set -e; cd . && {}", script(&argv)?);
        let words: Vec<String> = ["/bin/sh", "-c"].map(str::to_owned).into_iter().chain([line]).collect();
        d.starting(&start, Some(&words), start.cmd.as_ref().map(|_| &[][..]))
    }),
    change(FLAGS, "python-u", |d| interpreter(d, "python", &["-u"])),
    change(FLAGS, "python-x-dev", |d| interpreter(d, "python", &["-X", "dev"])),
    change(FLAGS, "python-w", |d| interpreter(d, "python", &["-W", "ignore", "-B"])),
    change(FLAGS, "node-source-maps", |d| interpreter(d, "node", &["--enable-source-maps"])),
    change(FLAGS, "node-require", |d| interpreter(d, "node", &["-r", "fs"])),
    change(FLAGS, "node-memory", |d| interpreter(d, "node", &["--max-old-space-size=512"])),
    change(FLAGS, "java-memory", |d| interpreter(d, "java", &["-Xmx512m", "-XX:+UseSerialGC"])),
    change(FLAGS, "ruby-w", |d| interpreter(d, "ruby", &["-W0"])),
];

const BASE: &str = "/lambda-entrypoint.sh";

/// What runs, with the base's own entrypoint; `None` if that is not known.
fn whole(draft: &Draft) -> Option<(Start, Vec<String>)> {
    let start = draft.start().filter(|_| !draft.on_bare_base())?;
    let mut argv = match &start.entrypoint {
        Some((_, words)) => words.clone(),
        None if draft.on_lambda_base() => vec![BASE.to_owned()],
        None => return None,
    };
    argv.extend(start.cmd.iter().flat_map(|(_, words)| words.clone()));
    (!argv.is_empty()).then_some((start, argv))
}

/// The command as a line of a shell.
fn script(argv: &[String]) -> Option<String> {
    let plain =
        |word: &String| !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || "/._-=:@%+,".contains(c));
    argv.iter().all(plain).then(|| format!("exec {}", argv.join(" ")))
}

/// ENTRYPOINT and CMD cut elsewhere.
fn cut(draft: &Draft, at: impl Fn(&[String]) -> usize) -> Option<String> {
    let start = draft.start()?;
    let (_, words) = start.entrypoint.as_ref().filter(|(_, words)| !words.is_empty())?;
    let rest = start.cmd.iter().flat_map(|(_, words)| words.clone());
    let argv: Vec<String> = words.iter().cloned().chain(rest).collect();
    let (head, tail) = argv.split_at(at(&argv));
    if words.as_slice() == head {
        return None;
    }
    draft.starting(&start, Some(head), Some(tail))
}

/// Words in front of all that starts.
fn wrapped(draft: &Draft, wrapper: &[&str]) -> Option<String> {
    let start = draft.start().filter(|_| !draft.on_bare_base())?;
    let wrapper = wrapper.iter().map(|&word| word.to_owned());
    match (&start.entrypoint, &start.cmd) {
        (Some((_, words)), _) if !words.is_empty() => {
            let words: Vec<String> = wrapper.chain(words.iter().cloned()).collect();
            draft.starting(&start, Some(&words), None)
        }
        (None, Some(_)) if draft.on_lambda_base() => {
            let words: Vec<String> = wrapper.chain([BASE.to_owned()]).collect();
            draft.starting(&start, Some(&words), None)
        }
        (_, Some((_, words))) if !words.is_empty() && draft.on_base_without_entrypoint() => {
            let words: Vec<String> = wrapper.chain(words.iter().cloned()).collect();
            draft.starting(&start, None, Some(&words))
        }
        _ => None,
    }
}

/// The same with an init that the build context brings.
fn with_init(draft: &Draft, wrapper: &[&str]) -> Option<String> {
    // A file that copies nothing is not asked for files.
    let copies = |at: usize| matches!(draft.instructions()[at].kind, Kind::Copy(_) | Kind::Add(_));
    let text = draft.last_stage()?.any(copies).then(|| wrapped(draft, wrapper))??;
    Draft::read(&text).at_the_end(&format!("COPY --chmod=755 tools/init {}", wrapper[0]))
}

/// Flags behind an interpreter that starts.
fn interpreter(draft: &Draft, name: &str, flags: &[&str]) -> Option<String> {
    let start = draft.start()?;
    let put = |words: &[String]| {
        let mut words = words.to_vec();
        let program =
            words.first()?.rsplit('/').next()?.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.').to_owned();
        if program != name || words.get(1).is_some_and(|next| next == "-c" || next == "-e") {
            return None;
        }
        words.splice(1..1, flags.iter().map(|&flag| flag.to_owned()));
        Some(words)
    };
    match (&start.entrypoint, &start.cmd) {
        (Some((_, words)), _) if !words.is_empty() => draft.starting(&start, Some(&put(words)?), None),
        (_, Some((_, words))) => draft.starting(&start, None, Some(&put(words)?)),
        _ => None,
    }
}
