//! DL3020 add-for-copy.

use crate::diagnostic::{Finding, Fix};
use crate::dockerfile::{Kind, Word};
use crate::rules::{Check, DockerfileContext, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/hadolint/DL3020-add-for-copy.md"), check: Check::Docker(check) };

fn check(general: &DockerfileContext<'_>, findings: &mut Vec<Finding>) {
    const ENDINGS: &[&str] =
        &[".tar", ".gz", ".tgz", ".bz2", ".tbz2", ".tb2", ".xz", ".txz", ".lzma", ".tlz", ".Z", ".lz", ".tpz"];
    const FETCHED: &[&str] = &["http://", "https://", "git://", "ssh://", "git@", "ftp://"];
    let strict = general.as_hadolint();
    for written in general.build.written().filter(|written| !(strict && written.onbuild)) {
        let instruction = written.step.instruction;
        let Kind::Add(copy) = &instruction.kind else { continue };
        // What a variable or a pattern stands for may be an archive.
        let meant = |source: &Word| {
            let text = source.text.trim_matches(['"', '\'']);
            let fetched = if strict { &FETCHED[..2] } else { FETCHED };
            let other =
                [".zst", ".tzst", ".git"].iter().any(|end| text.ends_with(end)) || text.contains(['$', '*', '?']);
            ENDINGS.iter().any(|end| text.ends_with(end))
                || fetched.iter().any(|start| text.starts_with(start))
                || (!strict && other)
        };
        let plain: Vec<&Word> = copy.sources.iter().filter(|source| !meant(source)).collect();
        let Some(first) = plain.first() else { continue };
        let only_adds = ["keep-git-dir", "checksum", "unpack"].iter().any(|name| instruction.flag(name).is_some());
        if only_adds && !strict {
            continue;
        }
        let mut finding = Finding::new(format!("ADD {}: COPY does that and nothing else", first.text))
            .at(instruction.keyword.span, "ADD is for archives and addresses")
            .help("write COPY");
        if plain.len() == copy.sources.len()
            && !only_adds
            && !copy.sources.iter().any(|source| source.text.contains("://"))
        {
            finding = finding.fix(Fix::replace(true, "write COPY", instruction.keyword.span, "COPY"));
        }
        findings.push(finding);
    }
}
