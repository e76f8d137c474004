//! Changes of ENV, ARG, LABEL, WORKDIR, COPY and ADD that leave the image as it is.

use super::{Change, change, regex};
use crate::support::draft::{Draft, json, script};
use crate::support::internals::dockerfile::{Copy, Instruction, Kind, Pair};

const ENV: &str = "another form of ENV";
const NOISE: &str = "an instruction without effect";
const COPY: &str = "another form of COPY";
const NEEDED: &str = "ENV names a path";

pub(super) const CHANGES: &[Change] = &[
    change(ENV, "env-quoted", |d| {
        env(d, |pairs| {
            let quoted = |pair: &Pair| Some(format!("{}=\"{}\"", pair.key.text, plain(pair)?));
            Some(format!("ENV {}", pairs.iter().map(quoted).collect::<Option<Vec<_>>>()?.join(" ")))
        })
    }),
    change(ENV, "env-legacy", |d| {
        env(d, |pairs| match pairs {
            [pair] => Some(format!("ENV {} {}", pair.key.text, plain(pair)?)),
            _ => None,
        })
    }),
    change(ENV, "env-split", |d| {
        env(d, |pairs| {
            let line = |pair: &Pair| {
                let value = &pair.value.as_ref()?.text;
                (!value.contains('$')).then(|| format!("ENV {}={value}", pair.key.text))
            };
            (pairs.len() > 1).then(|| pairs.iter().map(line).collect::<Option<Vec<_>>>().map(|all| all.join("\n")))?
        })
    }),
    change(ENV, "env-merged", |d| {
        let mut edits = Vec::new();
        for at in 1..d.instructions().len() {
            let [above, below] = [at - 1, at].map(|at| &d.instructions()[at].kind);
            let (Kind::Env { pairs, legacy: false }, Kind::Env { pairs: more, legacy: false }) = (above, below) else {
                continue;
            };
            let plain = pairs.iter().chain(more).all(|pair| !pair.value.as_ref().is_some_and(|v| v.text.contains('$')));
            let between = d.instructions()[at - 1].span.start + d.written(at - 1).len();
            let (keyword, rest) = (d.instructions()[at].span.start, d.instructions()[at].rest.span.start);
            if plain && d.text[between..keyword].trim().is_empty() {
                edits.push((between..rest, " ".to_owned()));
            }
        }
        d.edited(edits)
    }),
    change(NOISE, "env-noise", |d| d.at_the_start("ENV UNRELATED_SETTING=yes")),
    change(NOISE, "env-noise-at-the-end", |d| d.at_the_end("ENV UNRELATED_SETTING=yes OTHER_SETTING=\"a b\"")),
    change(NOISE, "label-noise", |d| d.at_the_end("LABEL org.opencontainers.image.title=\"a function\" team=payments")),
    change(NOISE, "arg-noise", |d| d.at_the_start("ARG UNRELATED_ARGUMENT=1")),
    change(NOISE, "global-arg-noise", |d| {
        let first = d.stages().first()?.start;
        d.edited(vec![d.before(first, "ARG UNRELATED_ARGUMENT=1")])
    }),
    change(NOISE, "maintainer-noise", |d| d.at_the_end("MAINTAINER a team")),
    change(NOISE, "stopsignal-noise", |d| d.at_the_end("STOPSIGNAL SIGTERM")),
    change(NOISE, "onbuild-noise", |d| d.at_the_end("ONBUILD RUN true")),
    change(NOISE, "shell-said", |d| d.at_the_start("SHELL [\"/bin/sh\", \"-c\"]")),
    change(NOISE, "workdir-said", |d| {
        let said = d.instructions().iter().any(|i| matches!(i.kind, Kind::Workdir(_)));
        (d.on_lambda_base() && !said).then(|| d.at_the_start("WORKDIR /var/task"))?
    }),
    change(NEEDED, "env-unrelated-path", |d| d.at_the_end("ENV APP_SETTINGS_DIR=/srv/settings")),
    change(NEEDED, "env-names-build-path", |d| {
        let folders = d.last_stage()?.filter_map(|at| match &d.instructions()[at].kind {
            Kind::Copy(copy) | Kind::Add(copy) => Some(copy.destination.text.trim_end_matches('/')),
            _ => None,
        });
        let lines: Vec<String> = folders
            .filter(|folder| folder.starts_with('/') && folder.len() > 1 && !folder.contains(['$', '"', ' ']))
            .enumerate()
            .map(|(at, folder)| format!("ENV PROJECT_SOURCES_{at}={folder}"))
            .collect();
        (!lines.is_empty()).then(|| d.at_the_start(&lines.join("\n")))?
    }),
    change(COPY, "copy-json", |d| {
        copies(d, |copy, _| {
            let words: Vec<String> =
                copy.sources.iter().chain([&copy.destination]).map(|word| word.text.clone()).collect();
            let plain = !copy.json && !words.iter().any(|word| word.contains(['\\', '"', '\'']));
            plain.then(|| json(&words))
        })
    }),
    change(COPY, "copy-not-json", |d| {
        copies(d, |copy, _| {
            let plain =
                copy.sources.iter().chain([&copy.destination]).all(|word| !word.text.contains([' ', '"', '\\']));
            (copy.json && plain).then(|| words(copy))
        })
    }),
    change(COPY, "add-for-copy", |d| {
        d.each(|_, i| match &i.kind {
            Kind::Copy(copy) if i.heredocs.is_empty() && i.flag("from").is_none() && i.flag("parents").is_none() => {
                let archive = |text: &str| {
                    let text = text.to_lowercase();
                    [".tar", ".tgz", ".gz", ".bz2", ".xz", ".zst", ".txz"].iter().any(|end| text.contains(end))
                };
                let odd = copy
                    .sources
                    .iter()
                    .any(|word| word.text.contains(['$', '*', '?', '[', ':']) || archive(&word.text));
                (!odd && !copy.json).then(|| format!("ADD {}{}", d.flags(i), words(copy)))
            }
            _ => None,
        })
    }),
    change(COPY, "copy-link", |d| flag(d, "--link", |i| i.flag("link").is_none())),
    change(COPY, "copy-chown-root", |d| flag(d, "--chown=0:0", |i| i.flag("chown").is_none())),
    change(COPY, "copy-dot-slash", |d| {
        copies(d, |copy, i| {
            let from = i.flag("from").is_some();
            let bare = |text: &str| text.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
            let plain =
                !copy.json && !from && copy.sources.iter().all(|word| bare(&word.text) && !word.text.contains(':'));
            let dotted: String = copy.sources.iter().map(|word| format!("./{} ", word.text)).collect();
            plain.then(|| dotted + &copy.destination.text)
        })
    }),
    change(COPY, "copy-destination-dot", |d| {
        copies(d, |copy, _| {
            let other = match copy.destination.text.as_str() {
                "." => "./",
                "./" => ".",
                _ => return None,
            };
            (!copy.json).then(|| sources(copy) + other)
        })
    }),
    change(COPY, "copy-into-folder-by-name", |d| {
        copies(d, |copy, i| {
            let [source] = copy.sources.as_slice() else { return None };
            let name = source.text.rsplit('/').next()?;
            let file = name.contains('.') && !name.contains(['$', '*', '?', '[', ':']) && name != "." && name != "..";
            let folder = matches!(copy.destination.text.as_str(), "./" | "/var/task/" | "${LAMBDA_TASK_ROOT}/");
            let code =
                [".py", ".js", ".mjs", ".rb", ".sh", ".json", ".txt", ".jar"].iter().any(|end| name.ends_with(end));
            (file && folder && code && !copy.json && i.heredocs.is_empty())
                .then(|| format!("{}{}{name}", sources(copy), copy.destination.text))
        })
    }),
    change("a path by another name", "task-root-by-path", |d| {
        d.on_lambda_base()
            .then(|| d.text.replace("${LAMBDA_TASK_ROOT}", "/var/task").replace("$LAMBDA_TASK_ROOT", "/var/task"))
    }),
    change("a path by another name", "task-root-by-variable", |d| {
        let path = regex(r#"/var/task([/ \n"]|$)"#);
        let alone = d.stages().len() == 1 && d.on_lambda_base();
        alone.then(|| {
            d.each(|at, i| {
                let known =
                    matches!(i.kind, Kind::Copy(_) | Kind::Add(_)) || script(i).is_some_and(|s| !s.contains('\''));
                known.then(|| path.replace_all(d.written(at), "$${LAMBDA_TASK_ROOT}$1").into_owned())
            })
        })?
    }),
    change("a path by another name", "copy-destination-absolute", |d| {
        let moved = d.instructions().iter().any(|i| matches!(i.kind, Kind::Workdir(_)));
        let alone = d.stages().len() == 1 && d.on_lambda_base() && !moved;
        alone.then(|| {
            copies(d, |copy, _| {
                let to = &copy.destination.text;
                let relative = !to.starts_with(['/', '$', '"', '<']) && !copy.json;
                let rest = to.trim_start_matches("./").trim_start_matches('.');
                relative.then(|| format!("{}/var/task/{rest}", sources(copy)))
            })
        })?
    }),
    change("a word by variable", "copy-destination-by-argument", |d| {
        let mut count = 0;
        d.each(|at, i| match &i.kind {
            Kind::Copy(copy) | Kind::Add(copy) if in_stage(d, at) && i.heredocs.is_empty() && !copy.json => {
                let to = &copy.destination.text;
                let plain = !to.contains(['$', '"', '\'', '\\']);
                count += usize::from(plain);
                plain.then(|| {
                    let (keyword, flags) = (&i.keyword.text, d.flags(i));
                    format!("ARG WHERE_TO_{count}={to}\n{keyword} {flags}{}${{WHERE_TO_{count}}}", sources(copy))
                })
            }
            _ => None,
        })
    }),
    change("a word by variable", "workdir-by-variable", |d| {
        d.each(|at, i| match &i.kind {
            Kind::Workdir(word) if in_stage(d, at) && !word.text.contains(['$', '"', '\\', ' ']) => {
                Some(format!("ENV PLACE_OF_WORK={}\nWORKDIR ${{PLACE_OF_WORK}}", word.text))
            }
            _ => None,
        })
    }),
];

fn in_stage(draft: &Draft, at: usize) -> bool {
    draft.stages().first().is_some_and(|stage| at > stage.start)
}

/// The value of a pair that means the same without and within double quotes.
fn plain(pair: &Pair) -> Option<&str> {
    let value = &pair.value.as_ref()?.text;
    (!value.is_empty() && !value.contains(['"', '\'', '\\', ' ', '`'])).then_some(value)
}

fn env(draft: &Draft, new: impl Fn(&[Pair]) -> Option<String>) -> Option<String> {
    draft.each(|_, instruction| match &instruction.kind {
        Kind::Env { pairs, legacy: false } => new(pairs),
        _ => None,
    })
}

/// COPY and ADD with other words behind their flags.
fn copies(draft: &Draft, new: impl Fn(&Copy, &Instruction) -> Option<String>) -> Option<String> {
    draft.each(|_, instruction| match &instruction.kind {
        Kind::Copy(copy) | Kind::Add(copy) if instruction.heredocs.is_empty() => {
            let words = new(copy, instruction)?;
            Some(format!("{} {}{words}", instruction.keyword.text, draft.flags(instruction)))
        }
        _ => None,
    })
}

/// COPY with one more flag.
fn flag(draft: &Draft, flag: &str, fits: impl Fn(&Instruction) -> bool) -> Option<String> {
    let behind = |i: &&Instruction| matches!(i.kind, Kind::Copy(_)) && fits(i);
    let ends = draft.instructions().iter().filter(behind).map(|i| i.keyword.span.end);
    draft.edited(ends.map(|end| (end..end, format!(" {flag}"))).collect())
}

fn sources(copy: &Copy) -> String {
    copy.sources.iter().map(|word| format!("{} ", unquoted(&word.text))).collect()
}

fn words(copy: &Copy) -> String {
    sources(copy) + unquoted(&copy.destination.text)
}

fn unquoted(text: &str) -> &str {
    text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text)
}
