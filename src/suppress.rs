//! Comments that silence rules: `# lamblint: ignore=LL202 -- reason` above an instruction, and
//! `# lamblint: ignore-file=LL404` for the whole file. BuildKit's own, `# check=skip=StageNameCasing`, at the head for
//! the file and above an instruction for that one; and hadolint's, `# hadolint ignore=DL3008 # reason`, `global
//! ignore=` and `stage ignore=`.

mod nearly;

use crate::diagnostic::DocumentId;
use crate::dockerfile::{Comment, Dockerfile, Instruction};
use crate::options::Options;
use crate::page::Page;
use crate::selection::selects;
use crate::source::Span;
use crate::template::{self, TemplateFile};

/// Maximum number of codes that are read of one comment: there are not as many rules.
const MAX_CODES: usize = 1_000;

/// One comment that silences rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suppression {
    /// The file that it stands in.
    pub doc: DocumentId,
    /// The comment.
    pub span: Span,
    /// The codes it names, as written; empty = all (`ignore-file` alone).
    pub codes: Vec<String>,
    /// What it silences: an instruction's bytes, or `None` for the whole file.
    pub scope: Option<Span>,
    /// Whether it is lamblint's own, which should silence something. Other tools' comments are theirs.
    pub own: bool,
    /// The text after `--`.
    pub reason: Option<String>,
    /// Which of the codes have silenced something; for a comment with no codes, one flag.
    pub used: Vec<bool>,
    /// Those of its codes that no rule has; only the runner knows them.
    pub unknown: Vec<String>,
    /// What to write, where the comment is nearly one of these and silences nothing.
    pub instead: Option<String>,
}

/// Reads a Dockerfile's suppressions, in order.
///
/// `settled` are the codes of BuildKit's checks that are not experiments: what `skip=all` means.
pub fn read(dockerfile: &Dockerfile, checks: &Checks, settled: &[&str], options: &Options) -> Vec<Suppression> {
    let head = checks.skips(settled, Span::default(), None);
    let comment = |comment: &Comment| match comment.text.trim().strip_prefix("hadolint") {
        Some(_) if options.ignore_hadolint_comments => None,
        Some(order) => hadolint(dockerfile, comment, order),
        None => own(dockerfile, comment).or_else(|| buildkit(dockerfile, settled, comment)),
    };
    let comments = dockerfile.comments.iter().filter_map(comment);
    head.into_iter().chain(comments).chain(nearly::behind_instructions(dockerfile)).collect()
}

/// What `# check=` says: BuildKit's own settings of its checks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checks {
    /// The checks it turns off; `all` for all.
    pub skip: Vec<String>,
    /// The checks it turns on that are off by default; `all` for all.
    pub experimental: Vec<String>,
    /// Whether a finding fails the build.
    pub error: bool,
}

impl Checks {
    /// The settings that hold for a file: its `# check=` directive, or the build argument that replaces it.
    pub fn of(dockerfile: &Dockerfile, options: &Options) -> Self {
        let directive = dockerfile.directives.iter().find(|directive| directive.name == "check");
        let given = options.build_args.get("BUILDKIT_DOCKERFILE_CHECK");
        given.or(directive.map(|directive| &directive.value)).and_then(|text| Self::parse(text)).unwrap_or_default()
    }

    /// Reads `skip=A,B;error=true;experimental=C`; `None` where BuildKit refuses it.
    fn parse(text: &str) -> Option<Self> {
        let list = |text: &str| text.split(',').map(|code| code.trim().to_owned()).take(MAX_CODES).collect();
        let mut checks = Self::default();
        for part in text.split(';') {
            let (key, value) = part.split_once('=')?;
            match key.trim() {
                "skip" => checks.skip = list(value),
                "experimental" => checks.experimental = list(value),
                "error" => checks.error = matches!(value.trim(), "true" | "TRUE" | "True" | "1" | "t" | "T"),
                _ => return None,
            }
        }
        Some(checks)
    }

    /// Whether it turns on a check that is off by default.
    pub fn enables(&self, page: &Page) -> bool {
        self.experimental.iter().any(|named| named == page.code || (named == "all" && page.experimental))
    }

    fn skips(&self, settled: &[&str], span: Span, scope: Option<Span>) -> Option<Suppression> {
        let all = self.skip.iter().any(|code| code == "all");
        // `skip=all` leaves the experimental ones alone: they run only if they are selected by name.
        let codes = if all { settled.iter().map(|&code| code.to_owned()).collect() } else { self.skip.clone() };
        let used = vec![false; codes.len()];
        (!codes.is_empty()).then_some(Suppression {
            doc: DocumentId::Dockerfile,
            span,
            codes,
            scope,
            own: false,
            reason: None,
            used,
            unknown: Vec::new(),
            instead: None,
        })
    }
}

/// BuildKit's comment right above an instruction; what stands after a blank is the reason.
fn buildkit(dockerfile: &Dockerfile, settled: &[&str], comment: &Comment) -> Option<Suppression> {
    let (name, value) = comment.text.split_once('=')?;
    if !name.trim().eq_ignore_ascii_case("check") || dockerfile.directives.iter().any(|d| d.span == comment.span) {
        return None;
    }
    let checks = Checks::parse(value.split_whitespace().next()?)?;
    checks.skips(settled, comment.span, Some(target(dockerfile, comment.span)))
}

fn own(dockerfile: &Dockerfile, comment: &Comment) -> Option<Suppression> {
    order(DocumentId::Dockerfile, comment.span, &comment.text, || target(dockerfile, comment.span))
}

/// The suppressions of a file of a template.
pub fn of_template(file: &TemplateFile) -> Vec<Suppression> {
    let one = |comment: &template::Comment| order(file.doc, comment.span, &comment.text, || comment.target);
    file.comments.iter().filter_map(one).collect()
}

/// Reads `lamblint: ignore=LL202 -- why`; `target` is what a comment is about that is not about the whole file.
fn order(doc: DocumentId, span: Span, text: &str, target: impl Fn() -> Span) -> Option<Suppression> {
    if let Some(instead) = nearly::instead(text) {
        return Some(Suppression { instead: Some(instead), ..Suppression::of_nothing(doc, span) });
    }
    let order = text.trim().strip_prefix("lamblint:")?.trim_start();
    let (order, reason) = match order.split_once(" -- ") {
        Some((order, reason)) => (order, Some(reason.trim().to_owned())),
        None => (order, None),
    };
    let (verb, list) = order.split_once('=').unwrap_or((order, ""));
    let codes = list.split([',', ' ']).map(str::trim).filter(|code| !code.is_empty());
    let codes: Vec<String> = codes.map(str::to_owned).take(MAX_CODES).collect();
    let scope = match verb.trim() {
        "ignore-file" => None,
        // An `ignore` that names nothing silences nothing, and LL003 says so.
        "ignore" => Some(target()),
        _ => return None,
    };
    let used = vec![false; codes.len().max(1)];
    Some(Suppression { doc, span, codes, scope, own: true, reason, used, unknown: Vec::new(), instead: None })
}

/// What stands after the word `hadolint`: `ignore=DL3006,DL3008 # why`, `global ignore=…`, `stage ignore=…`.
fn hadolint(dockerfile: &Dockerfile, comment: &Comment, order: &str) -> Option<Suppression> {
    let (order, reason) = match order.split_once('#') {
        Some((order, reason)) => (order, Some(reason.trim().to_owned())),
        None => (order, None),
    };
    let (verb, list) = order.split_once('=')?;
    let codes: Vec<String> = list.split(',').map(|code| code.trim().to_owned()).take(MAX_CODES).collect();
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
    Some(Suppression {
        doc: DocumentId::Dockerfile,
        span: comment.span,
        codes,
        scope,
        own: false,
        reason,
        used,
        unknown: Vec::new(),
        instead: None,
    })
}

/// The stage that an instruction begins: up to the next FROM. Any other instruction is all there is.
fn stage(dockerfile: &Dockerfile, first: Span) -> Span {
    let is_from = |instruction: &Instruction| instruction.keyword.text.eq_ignore_ascii_case("from");
    let at = dockerfile.instructions.partition_point(|instruction| instruction.span.start < first.start);
    let mut rest = dockerfile.instructions[at..].iter();
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
    /// A comment of lamblint's that silences nothing.
    fn of_nothing(doc: DocumentId, span: Span) -> Self {
        let (codes, used, unknown) = (Vec::new(), vec![false], Vec::new());
        Self { doc, span, codes, scope: Some(span), own: true, reason: None, used, unknown, instead: None }
    }

    /// Whether it silences a rule where it holds; marks the code as used.
    pub fn silences(&mut self, rule: &str) -> bool {
        let found = match self.codes.is_empty() {
            true if self.scope.is_none() => Some(0),
            _ if self.own => self.codes.iter().position(|code| selects(code, rule)),
            _ => self.codes.iter().position(|code| code == rule),
        };
        if let Some(flag) = found.and_then(|index| self.used.get_mut(index)) {
            *flag = true;
        }
        found.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::Checks;
    use crate::check;
    use crate::diagnostic::Severity;
    use crate::options::Options;
    use crate::selection::Preset;

    fn options() -> Options {
        let mut options = Options::new(jiff::civil::date(2026, 11, 24));
        options.function = Some(false);
        options
    }

    fn codes(dockerfile: &str) -> Vec<&'static str> {
        check::dockerfile("Dockerfile", dockerfile, &options()).diagnostics.iter().map(|d| d.code).collect()
    }

    #[test]
    fn buildkits_settings() {
        let checks = Checks::parse("skip=A, B;error=true;experimental=all").unwrap();
        assert_eq!((checks.skip, checks.error), (vec!["A".to_owned(), "B".to_owned()], true));
        assert_eq!((Checks::parse("skip"), Checks::parse("what=A")), (None, None));
    }

    #[test]
    fn a_directive_is_for_the_file_and_a_comment_for_one_instruction() {
        const FILE: &str = "FROM scratch as a\nFROM scratch as b\n";
        assert_eq!(codes(FILE), ["FromAsCasing", "FromAsCasing"]);
        assert_eq!(codes(&format!("# check=skip=FromAsCasing\n{FILE}")), [""; 0]);
        assert_eq!(codes(&format!("#check=skip=all\n{FILE}")), [""; 0]);
        assert_eq!(codes(&format!("\n# check=skip=FromAsCasing so we write\n{FILE}")), ["FromAsCasing"]);
        assert_eq!(codes(&format!("# syntax=docker/dockerfile:1\n\n# check=skip=all\n{FILE}")), ["FromAsCasing"]);
    }

    #[test]
    fn skip_all_means_buildkits_checks_and_no_experiments() {
        let file =
            "# check=skip=all;experimental=InvalidDefinitionDescription\n# what\nARG A=1\nFROM scratch as b\nNO\n";
        assert_eq!(codes(file), ["InvalidDefinitionDescription", "LL001"]);
    }

    #[test]
    fn error_makes_errors_of_buildkits_findings() {
        let file = "# check=error=true\nFROM scratch as a\n";
        let checked = check::dockerfile("Dockerfile", file, &options());
        assert_eq!(checked.diagnostics.first().map(|d| d.severity), Some(Severity::Error));
        // The build argument takes the directive's place.
        let mut given = options();
        given.build_args.insert("BUILDKIT_DOCKERFILE_CHECK".into(), "skip=all".into());
        assert!(check::dockerfile("Dockerfile", file, &given).diagnostics.is_empty());
    }

    fn hadolint(dockerfile: &str) -> Vec<&'static str> {
        let mut options = Options::new(jiff::civil::date(2026, 11, 24));
        options.preset = Preset::Hadolint;
        options.select = vec!["DL3003".into(), "DL3011".into(), "LL003".into()];
        check::dockerfile("Dockerfile", dockerfile, &options).diagnostics.iter().map(|d| d.code).collect()
    }

    #[test]
    fn hadolints_comments_are_obeyed_and_never_unused() {
        let cd = |above: &str| hadolint(&format!("FROM debian:12\n{above}\nRUN cd /x\n"));
        assert!(cd("# hadolint ignore=DL3001,DL3003 # why").is_empty());
        assert!(cd("#hadolint\tignore = DL3003").is_empty());
        assert!(cd("# hadolint global ignore=DL3003").is_empty());
        assert_eq!(cd("# hadolint ignore=crazy,DL3003"), ["DL3003"]);
        assert_eq!(cd("# hadolinted ignore=DL3003"), ["DL3003"]);
        assert!(hadolint("FROM debian:12\n# hadolint ignore=DL3003\nRUN make\n").is_empty());
    }

    #[test]
    fn a_stage_ends_at_the_next_from() {
        let stages = "# hadolint stage ignore=DL3011\nFROM a:1\nEXPOSE 80000\nFROM b:1\nEXPOSE 80000\n";
        assert_eq!(hadolint(stages), ["DL3011"]);
        assert_eq!(hadolint(&stages.replace("FROM b:1\n", "")), [""; 0]);
    }
}
