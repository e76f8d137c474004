//! DL3010 archive-copied.

use crate::diagnostic::Finding;
use crate::dockerfile::Kind;
use crate::launch::{RunCommand, Written};
use crate::rules::{Check, DockerfileContext, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/hadolint/DL3010-archive-copied.md"), check: Check::Docker(check) };

fn check(general: &DockerfileContext<'_>, findings: &mut Vec<Finding>) {
    const ENDINGS: &[&str] =
        &[".tar", ".gz", ".tgz", ".bz2", ".tbz2", ".tb2", ".xz", ".txz", ".lzma", ".tlz", ".Z", ".lz", ".tpz"];
    for stage in general.build.parts() {
        let written: Vec<Written<'_, '_>> = general.build.written_in(stage).collect();
        // Each archive is looked for in all that follows, and real files copy fewer.
        let mut left = 64;
        for (at, copy) in written.iter().enumerate() {
            if !general.as_hadolint() && !general.ships(copy) {
                continue;
            }
            let Kind::Copy(parts) = &copy.step.instruction.kind else { continue };
            if copy.step.instruction.flag("from").is_some() {
                continue;
            }
            let plain = |text: &str| text.trim_matches('"').to_owned();
            let archives =
                parts.sources.iter().filter(|source| ENDINGS.iter().any(|end| plain(&source.text).ends_with(end)));
            for source in archives {
                if left == 0 {
                    break;
                }
                left -= 1;
                let name = last(&plain(&source.text)).to_owned();
                // A file keeps its name in a folder, or gets the destination's.
                let target = plain(&parts.destination.text);
                let names = [
                    name.clone(),
                    if ENDINGS.iter().any(|end| target.ends_with(end)) {
                        last(&target).to_owned()
                    } else {
                        name.clone()
                    },
                ];
                let later = written.iter().skip(at + 1).flat_map(|later| later.step.ran());
                let mut later = later.filter(|ran| ran.plain || !general.as_hadolint());
                let Some(unpacks) = later.find(|ran| unpacks(general, ran, &names)) else { continue };
                findings.push(
                    Finding::new(format!("{name} is copied and then unpacked: the archive stays in its layer"))
                        .at(source.span, "ADD would unpack it and leave it out")
                        .at(unpacks.span, "unpacked here")
                        .help(format!("write ADD {} and the folder to unpack it in", source.text)),
                );
            }
        }
    }
}

fn last(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

fn unpacks(general: &DockerfileContext<'_>, ran: &RunCommand, names: &[String]) -> bool {
    let old_style = |ran: &RunCommand| {
        let first = ran.raws().next().unwrap_or_default();
        !first.starts_with('-')
            && first.contains('x')
            && first.chars().all(|c| c.is_ascii_lowercase() || c == 'J' || c == 'C')
    };
    let reads = match ran.program.as_str() {
        "tar" => ran.flagged('x', &["extract", "get"]) || (!general.as_hadolint() && old_style(ran)),
        "gunzip" | "bunzip2" | "unlzma" | "unxz" | "zgz" | "uncompress" | "zcat" | "gzcat" => true,
        _ => false,
    };
    reads && ran.raws().any(|text| names.iter().any(|name| last(text.trim_matches('"')) == name))
}
