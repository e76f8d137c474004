//! `UndefinedVar`.

use super::{in_stage, steps};
use crate::diagnostic::{Finding, Severity};
use crate::dockerfile::{Instruction, Kind, Pair, Word};
use crate::launch::{State, Step};
use crate::rules::{Check, DockerfileContext, Rule};
use crate::source::Span;
use crate::suggest;
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/buildkit/UndefinedVar.md"), check: Check::Docker(check) };

/// Findings that get a suggestion; each costs a look at all variables.
const SUGGESTIONS: usize = 100;
/// What BuildKit sets or takes by itself.
const ALWAYS: &[&str] = &["PATH", "BUILDKIT_SBOM_SCAN_CONTEXT", "BUILDKIT_SBOM_SCAN_STAGE"];

fn check(general: &DockerfileContext<'_>, findings: &mut Vec<Finding>) {
    for (stage, step) in steps(general.build) {
        // What the base sets is not known: any variable may be one of its own.
        if !step.state.env_known {
            continue;
        }
        let instruction = step.instruction;
        let declared = Declared::by(instruction);
        let mut named: HashSet<String> = HashSet::new();
        for (text, span) in texts(instruction) {
            if !text.contains('$') {
                continue;
            }
            let word = Word { text: text.into_owned(), span };
            for name in step.expansion(&word).map(|expansion| expansion.unset).unwrap_or_default() {
                if ALWAYS.contains(&name.as_str()) || named.contains(&name) || declared.before(&name, span) {
                    continue;
                }
                let near = if findings.len() < SUGGESTIONS { nearest(step, &name) } else { None };
                let place = in_stage(general.build, stage, instruction, span);
                let mut finding = finding(&name, near, place);
                if declared.is_itself(&name, span) {
                    finding = finding.severity(Severity::Info).help(format!("write ARG {name}, which is the same"));
                }
                findings.push(finding);
                named.insert(name);
            }
        }
    }
}

fn finding(name: &str, near: Option<&str>, place: Span) -> Finding {
    let hint = near.map(|near| format!(" (did you mean ${near}?)")).unwrap_or_default();
    let message = format!("Usage of undefined variable '${name}'{hint}");
    let help = match near {
        Some(near) => format!("write ${near}"),
        None => format!("declare it above: ARG {name}=…, or ENV {name}=…"),
    };
    Finding::new(message).at(place, "is not set here").help(help)
}

/// The names that an ARG instruction declares: it sees what stands before in itself, as ENV does not.
#[derive(Default)]
struct Declared<'a> {
    /// The end of each name's first pair.
    ends: HashMap<&'a str, usize>,
    /// The name in front of each value, by where the value begins.
    names: HashMap<usize, &'a str>,
}

impl<'a> Declared<'a> {
    fn by(instruction: &'a Instruction) -> Self {
        let mut declared = Self::default();
        let Kind::Arg(pairs) = &instruction.kind else { return declared };
        for Pair { key, value } in pairs {
            let end = value.as_ref().map_or(key.span.end, |value| value.span.end);
            declared.ends.entry(&key.text).or_insert(end);
            declared.names.extend(value.iter().map(|value| (value.span.start, key.text.as_str())));
        }
        declared
    }

    /// Whether a name stands before a value.
    fn before(&self, name: &str, value: Span) -> bool {
        self.ends.get(name).is_some_and(|&end| end <= value.start)
    }

    /// `ARG NAME=${NAME}` is an odd way to write `ARG NAME`, and does no harm.
    fn is_itself(&self, name: &str, value: Span) -> bool {
        self.names.get(&value.start) == Some(&name)
    }
}

fn nearest<'a>(step: &'a Step<'_>, name: &str) -> Option<&'a str> {
    let State { env, args, .. } = &*step.state;
    let set = args.iter().filter(|(_, value)| value.value().is_some());
    let names = env.keys().chain(set.map(|(name, _)| name)).map(String::as_str);
    suggest::within_two(name, names.filter(|name| *name != "PATH").chain(["PATH"]))
}

fn of(word: &Word) -> (Cow<'_, str>, Span) {
    (word.text.as_str().into(), word.span)
}

/// The texts of an instruction that BuildKit expands, each with its place.
fn texts(instruction: &Instruction) -> Vec<(Cow<'_, str>, Span)> {
    let flags = |names: &'static [&'static str]| {
        let wanted = instruction.flags.iter().filter(|flag| names.contains(&flag.name.as_str()));
        wanted.filter_map(|flag| flag.value.as_ref())
    };
    match &instruction.kind {
        Kind::Env { pairs, .. } | Kind::Label(pairs) => {
            pairs.iter().flat_map(|pair| [Some(&pair.key), pair.value.as_ref()]).flatten().map(of).collect()
        }
        Kind::Arg(pairs) => pairs.iter().filter_map(|pair| pair.value.as_ref()).map(of).collect(),
        Kind::Workdir(word) | Kind::User(word) | Kind::Stopsignal(word) => vec![of(word)],
        Kind::Volume(words) => words.iter().map(of).collect(),
        Kind::Copy(copy) | Kind::Add(copy) => {
            let heredoc = |word: &&Word| !instruction.marks_heredoc(word.span);
            let words = copy.sources.iter().filter(heredoc).chain([&copy.destination]);
            let bodies = instruction.heredocs.iter().filter(|heredoc| heredoc.expand);
            let bodies =
                bodies.flat_map(|heredoc| variables(&heredoc.body.text).map(|text| (text.into(), heredoc.span)));
            words.chain(flags(&["chown", "chmod", "checksum", "exclude"])).map(of).chain(bodies).collect()
        }
        Kind::Run(_) => {
            let options = flags(&["mount"]).flat_map(|word| word.text.split(',').map(|option| (option, word.span)));
            options.filter_map(|(option, span)| Some((option.split_once('=')?.1.into(), span))).collect()
        }
        _ => Vec::new(),
    }
}

/// The variables in a here-document, where quotes mean nothing: `$NAME` and `${NAME…}`.
fn variables(body: &str) -> impl Iterator<Item = &str> {
    let mut escaped = false;
    body.char_indices().filter_map(move |(at, c)| {
        let plain = !std::mem::take(&mut escaped);
        escaped = plain && c == '\\';
        let rest = body.get(at + 1..).filter(|_| plain && c == '$')?;
        let name = |text: &str| text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len());
        match rest.strip_prefix('{') {
            Some(inner) => {
                let end = name(inner);
                (end > 0 && inner.get(end..)?.starts_with('}')).then(|| body.get(at..at + 2 + end + 1))?
            }
            None => Some(name(rest)).filter(|end| *end > 0).and_then(|end| body.get(at..=at + end)),
        }
    })
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::Severity::Info;
    use crate::rules::testing::{allows, catches, catches_as};

    #[test]
    fn not_set_for_certain() {
        catches("UndefinedVar", "FROM alpine\nCOPY $SRC /x");
        catches_as(Info, "UndefinedVar", "FROM scratch\nARG A=${A}");
        catches("UndefinedVar", "FROM scratch\nENV LD_LIBRARY_PATH=/x:$LD_LIBRARY_PATH");
        catches("UndefinedVar", "FROM alpine\nENV A=1 B=$A");
        catches("UndefinedVar", "ARG VERSION=1\nFROM alpine\nWORKDIR /app/$VERSION");
        catches("UndefinedVar", "FROM alpine\nCOPY <<EOF /run.sh\necho it's $WHO\nEOF");
        catches("UndefinedVar", "FROM alpine\nRUN --mount=type=cache,target=$CACHE true");
    }

    #[test]
    fn near_misses() {
        allows("UndefinedVar", "FROM alpine\nARG A\nCOPY $A /x\nENV PATH=$PATH:/x");
        allows("UndefinedVar", "FROM alpine AS a\nARG A=1\nFROM a\nCOPY $A /x");
        allows("UndefinedVar", "FROM alpine\nARG A=1 B=$A\nRUN echo $C\nCMD echo $D");
        allows("UndefinedVar", "FROM someone/base\nENV X=$NODE_VERSION");
        allows("UndefinedVar", "FROM alpine\nCOPY <<'EOF' /run.sh\necho $1\nEOF");
        allows("UndefinedVar", "FROM alpine\nCOPY <<EOF /run.sh\necho \\$WHO\nEOF");
        allows("UndefinedVar", "FROM alpine\nENV A=\\$B C='$D'");
    }
}
