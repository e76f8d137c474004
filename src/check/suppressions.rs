//! Which comment silences which finding. A file may have a hundred thousand of both, so comments are gathered by what
//! they are for, and each gathering is asked once about each rule.

use crate::diagnostic::{Diagnostic, DocumentId};
use crate::source::Span;
use crate::suppress::Suppression;
use std::collections::{BTreeMap, HashMap};

/// The comments of a file.
pub(super) struct Silence {
    pub(super) comments: Vec<Suppression>,
    /// Comments for the same bytes.
    groups: Vec<Group>,
    files: BTreeMap<DocumentId, File>,
    /// What a group says of a rule: its first comment that silences it.
    said: HashMap<(usize, &'static str), Option<usize>>,
}

/// The groups of one file.
#[derive(Default)]
struct File {
    whole: Option<usize>,
    /// Those for a part of it, in the order in which the parts begin.
    parts: Vec<usize>,
}

struct Group {
    scope: Option<Span>,
    /// The group whose bytes begin before these, and do not end before.
    around: Option<usize>,
    comments: Vec<usize>,
}

impl Silence {
    pub(super) fn of(comments: Vec<Suppression>) -> Self {
        let mut scopes: BTreeMap<(DocumentId, Option<Span>), Vec<usize>> = BTreeMap::new();
        for (at, comment) in comments.iter().enumerate() {
            scopes.entry((comment.doc, comment.scope)).or_default().push(at);
        }
        let (mut groups, mut files) = (Vec::<Group>::new(), BTreeMap::<DocumentId, File>::new());
        let mut open: Vec<usize> = Vec::new();
        for ((doc, scope), comments) in scopes {
            let file = files.entry(doc).or_insert_with(|| {
                open.clear();
                File::default()
            });
            let at = groups.len();
            match scope {
                None => file.whole = Some(at),
                Some(scope) => {
                    open.retain(|at| groups[*at].scope.is_some_and(|before| scope.start <= before.end));
                    file.parts.push(at);
                }
            }
            groups.push(Group { scope, around: open.last().copied(), comments });
            open.extend(scope.map(|_| at));
        }
        Self { comments, groups, files, said: HashMap::new() }
    }

    /// The comment that silences a finding, the first of the file where there are several. Each of them was of use.
    pub(super) fn take(&mut self, diagnostic: &Diagnostic) -> Option<&Suppression> {
        // What is in an image may be the doing of the Dockerfile.
        let docs = diagnostic.labels.iter().map(|label| label.doc).chain([DocumentId::Dockerfile]);
        let mut groups: Vec<usize> = docs.filter_map(|doc| self.files.get(&doc)?.whole).collect();
        for label in &diagnostic.labels {
            let Some(file) = self.files.get(&label.doc) else { continue };
            let begins = |at: &usize| self.groups[*at].scope.is_none_or(|scope| scope.start <= label.span.start);
            let behind = file.parts.partition_point(begins);
            let mut next = behind.checked_sub(1).map(|at| file.parts[at]);
            while let Some(at) = next {
                if self.groups[at].scope.is_some_and(|scope| label.span.start <= scope.end) {
                    groups.push(at);
                }
                next = self.groups[at].around;
            }
        }
        let first = groups.into_iter().filter_map(|group| self.ask(group, diagnostic.code)).min()?;
        self.comments.get(first)
    }

    fn ask(&mut self, group: usize, code: &'static str) -> Option<usize> {
        if let Some(said) = self.said.get(&(group, code)) {
            return *said;
        }
        let mut first = None;
        for &at in &self.groups[group].comments {
            if self.comments[at].silences(code) {
                first = first.or(Some(at));
            }
        }
        self.said.insert((group, code), first);
        first
    }
}
