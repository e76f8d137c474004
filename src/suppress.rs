//! Comments that silence rules: `# lamblint: ignore=LL202 -- reason` above an instruction, and
//! `# lamblint: ignore-file=LL404` for the whole file.

use crate::diagnostic::{Diagnostic, Doc};
use crate::dockerfile::{Comment, Dockerfile};
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
    /// Which of the codes have silenced something; for a comment with no codes, one flag.
    pub used: Vec<bool>,
}

/// Reads a Dockerfile's suppressions, in order.
pub fn read(dockerfile: &Dockerfile) -> Vec<Suppression> {
    dockerfile.comments.iter().filter_map(|comment| one(dockerfile, comment)).collect()
}

fn one(dockerfile: &Dockerfile, comment: &Comment) -> Option<Suppression> {
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
    Some(Suppression { span: comment.span, codes, scope, reason, used })
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
