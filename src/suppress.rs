//! Comments that silence rules: `# lamblint: ignore=LL202 -- reason` above an instruction, and
//! `# lamblint: ignore-file=LL404` for the whole file; hadolint's own, `# hadolint ignore=DL3008 # reason`,
//! `global ignore=` and `stage ignore=`, too.

use crate::diagnostic::{Diagnostic, Doc};
use crate::dockerfile::{Comment, Dockerfile, Instruction};
use crate::source::Span;

/// One comment that silences rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suppression {
    /// The comment.
    pub span: Span,
    /// The codes it names, as written; empty = all (`ignore-file` alone).
    pub codes: Vec<String>,
    /// What it silences: an instruction's bytes, or `None` for the whole file.
    pub scope: Option<Span>,
    /// The text behind `--`.
    pub reason: Option<String>,
    /// Whether it is written for another linter: such a one is never held to be unused.
    pub foreign: bool,
    /// Which of the codes have silenced something; for a comment with no codes, one flag.
    pub used: Vec<bool>,
}

/// Reads a Dockerfile's suppressions, in order.
pub fn read(dockerfile: &Dockerfile) -> Vec<Suppression> {
    dockerfile.comments.iter().filter_map(|comment| one(dockerfile, comment)).collect()
}

fn one(dockerfile: &Dockerfile, comment: &Comment) -> Option<Suppression> {
    if let Some(order) = comment.text.trim().strip_prefix("hadolint") {
        return hadolint(dockerfile, comment, order);
    }
    let order = comment.text.trim().strip_prefix("lamblint:")?.trim_start();
    let (order, reason) = match order.split_once(" -- ") {
        Some((order, reason)) => (order, Some(reason.trim().to_owned())),
        None => (order, None),
    };
    let (verb, list) = order.split_once('=').unwrap_or((order, ""));
    let codes: Vec<String> =
        list.split([',', ' ']).map(str::trim).filter(|code| !code.is_empty()).map(str::to_owned).collect();
    let scope = match verb.trim() {
        "ignore-file" => None,
        // An `ignore` that names nothing silences nothing, and LL003 says so.
        "ignore" => Some(target(dockerfile, comment.span)),
        _ => return None,
    };
    let used = vec![false; codes.len().max(1)];
    Some(Suppression { span: comment.span, codes, scope, reason, foreign: false, used })
}

/// What stands behind the word `hadolint`: `ignore=DL3006,DL3008 # why`, `global ignore=…`, `stage ignore=…`.
fn hadolint(dockerfile: &Dockerfile, comment: &Comment, order: &str) -> Option<Suppression> {
    let (order, reason) = match order.split_once('#') {
        Some((order, reason)) => (order, Some(reason.trim().to_owned())),
        None => (order, None),
    };
    let (verb, list) = order.split_once('=')?;
    let codes: Vec<String> = list.split(',').map(|code| code.trim().to_owned()).collect();
    // hadolint does not listen to a list with anything else in it.
    let plain = |code: &String| {
        code.get(..2).is_some_and(|family| family == "DL" || family == "SC")
            && code.chars().skip(2).all(|c| c.is_ascii_digit())
    };
    if !order.starts_with([' ', '\t']) || !codes.iter().all(plain) {
        return None;
    }
    let scope = match verb.split_whitespace().collect::<Vec<_>>().as_slice() {
        ["ignore"] => Some(target(dockerfile, comment.span)),
        ["global", "ignore"] => None,
        ["stage", "ignore"] => Some(stage(dockerfile, target(dockerfile, comment.span))),
        _ => return None,
    };
    let used = vec![false; codes.len()];
    Some(Suppression { span: comment.span, codes, scope, reason, foreign: true, used })
}

/// The stage that an instruction begins: up to the next FROM. Any other instruction is all there is.
fn stage(dockerfile: &Dockerfile, first: Span) -> Span {
    let is_from = |instruction: &Instruction| instruction.keyword.text.eq_ignore_ascii_case("from");
    let mut rest = dockerfile.instructions.iter().skip_while(|instruction| instruction.span.start < first.start);
    match rest.next() {
        Some(from) if is_from(from) => {
            let last = rest.take_while(|instruction| !is_from(instruction)).last().unwrap_or(from);
            from.span.join(last.span)
        }
        _ => first,
    }
}

/// The instruction a comment stands in, or the next one below it.
fn target(dockerfile: &Dockerfile, comment: Span) -> Span {
    let next = dockerfile.instructions.partition_point(|instruction| instruction.span.end < comment.start);
    dockerfile.instructions.get(next).map_or(comment, |instruction| instruction.span)
}

impl Suppression {
    /// Whether it silences a diagnostic; marks the code as used.
    pub fn takes(&mut self, diagnostic: &Diagnostic) -> bool {
        let here = |scope: Span| {
            let mut labels = diagnostic.labels.iter().filter(|label| label.doc == Doc::Dockerfile);
            labels.any(|label| scope.start <= label.span.start && label.span.start <= scope.end)
        };
        if self.scope.is_some_and(|scope| !here(scope)) {
            return false;
        }
        let found = match self.codes.is_empty() {
            true if self.scope.is_none() => Some(0),
            _ => self.codes.iter().position(|code| crate::rules::selects(code, diagnostic.code)),
        };
        if let Some(flag) = found.and_then(|index| self.used.get_mut(index)) {
            *flag = true;
        }
        found.is_some()
    }
}

#[cfg(test)]
mod tests {
    use crate::check::{self, Options};
    use crate::rules::Preset;

    fn codes(dockerfile: &str) -> Vec<&'static str> {
        let mut options = Options::new(jiff::civil::date(2026, 11, 24));
        options.preset = Preset::Hadolint;
        options.select = vec!["DL3003".into(), "DL3011".into(), "LL003".into()];
        check::dockerfile("Dockerfile", dockerfile, &options).diagnostics.iter().map(|d| d.code).collect()
    }

    #[test]
    fn hadolints_comments_are_obeyed_and_never_unused() {
        let cd = |above: &str| codes(&format!("FROM debian:12\n{above}\nRUN cd /x\n"));
        assert!(cd("# hadolint ignore=DL3001,DL3003 # why").is_empty());
        assert!(cd("#hadolint\tignore = DL3003").is_empty());
        assert!(cd("# hadolint global ignore=DL3003").is_empty());
        assert_eq!(cd("# hadolint ignore=crazy,DL3003"), ["DL3003"]);
        assert_eq!(cd("# hadolinted ignore=DL3003"), ["DL3003"]);
        assert!(codes("FROM debian:12\n# hadolint ignore=DL3003\nRUN make\n").is_empty());
    }

    #[test]
    fn a_stage_ends_at_the_next_from() {
        let stages = "# hadolint stage ignore=DL3011\nFROM a:1\nEXPOSE 80000\nFROM b:1\nEXPOSE 80000\n";
        assert_eq!(codes(stages), ["DL3011"]);
        assert_eq!(codes(&stages.replace("FROM b:1\n", "")), [""; 0]);
    }
}
