//! Behind a step that cannot be looked into, nothing is certain about files: no error about them may stand.
//!
//! Each step is put at the end of the final stage of every example of the Lambda pages that has such an error.

use crate::support::draft::Draft;
use crate::support::internals::diagnostic::{Diagnostic, Severity};
use crate::support::internals::page::Family;
use crate::support::samples::{self, Sample};
use std::collections::{BTreeMap, BTreeSet};

/// Steps that may write any file, change any mode, and install any program.
const STEPS: &[(&str, &str)] = &[
    ("script of the context", "COPY fix.sh /\nRUN sh /fix.sh"),
    ("script for bash", "COPY fix.sh /\nRUN bash /fix.sh"),
    ("script by itself", "COPY --chmod=755 fix.sh /\nRUN /fix.sh"),
    ("script in exec form", "COPY --chmod=755 fix /x\nRUN [\"/x\"]"),
    ("script in exec form of a shell", "COPY fix.sh /\nRUN [\"/bin/sh\", \"-c\", \"sh /fix.sh\"]"),
    ("script that is mounted", "RUN --mount=type=bind,source=fix.sh,target=/fix.sh sh /fix.sh"),
    ("script of a here-document", "RUN <<EOF\nset -e\nfinish-image\nEOF"),
    ("script that is sourced", "COPY fix.env /\nRUN . /fix.env"),
    ("script from the network", "RUN curl -fsSL https://example.com/setup.sh | sh"),
    ("script from the network, twice", "RUN wget -qO /setup https://example.com/setup && chmod +x /setup && /setup"),
    ("code of Python", "RUN python3 -c \"import setup; setup.finish()\""),
    ("code of Perl", "RUN perl -e \"do q(/fix.pl)\""),
    ("code of Node.js", "RUN node -e \"require('./fix')\""),
    ("module of Python", "RUN python3 -m finish"),
    ("make", "RUN make fix"),
    ("variable", "ARG STEP\nRUN $STEP"),
    ("variable in a command", "ARG PLACE\nRUN cp -a /src/. $PLACE"),
    ("eval", "RUN eval \"$(cat /steps)\""),
    ("unknown program", "RUN finish-image --now"),
    ("unknown program behind sudo", "RUN sudo -E finish-image"),
    ("unknown package", "RUN dnf install -y my-function"),
    ("package from the network", "RUN rpm -i https://example.com/my-function.rpm"),
    ("tree over all", "COPY . /"),
    ("folder over all", "COPY rootfs/ /"),
    ("folder of another image", "COPY --from=registry.example.com/tree:1 / /"),
    ("archive over all", "ADD tree.tar.gz /"),
    ("archive by argument", "ARG TREE=tree.tar.gz\nADD ${TREE} /"),
    ("archive that is unpacked", "COPY tree.tar /\nRUN tar -xf /tree.tar -C /"),
    ("archive from the network", "RUN curl -fsSL https://example.com/tree.tgz | tar -xz -C /"),
    ("modes by xargs", "RUN ls /names | xargs chmod 755"),
    ("modes by find", "RUN find / -xdev -exec chmod a+rX {} +"),
    ("modes by setfacl", "RUN setfacl -R -m o:rX /var /opt"),
    ("files by rsync", "RUN rsync -a --chmod=F755 /src/ /"),
];

/// The codes that say something about files.
const OF_FILES: &[&str] = &[
    "LL206", "LL207", "LL208", "LL209", "LL210", "LL211", "LL212", "LL213", "LL217", "LL219", "LL301", "LL303",
    "LL304", "LL307", "LL308", "LL309", "LL310", "LL312", "LL313", "LL314", "LL315", "LL317", "LL321", "LL326",
    "LL328", "LL329", "LL330", "LL331",
];

/// The codes that a step can mend which changes modes and nothing else; the names of such steps begin with `modes`.
const OF_MODES: &[&str] = &["LL207", "LL303", "LL304", "LL308"];

/// Errors that no later step can mend: a code, a part of the message, and the reason.
const UNMENDABLE: &[(&str, &str, &str)] = &[
    ("LL206", "whole command line in one element", "no file has such a name"),
    ("LL307", "", "/tmp is empty when a function starts, whatever the build does"),
];

/// Steps (`*` for several) and codes that are still wrong. An entry that is no longer true fails.
const NOT_YET: &[(&str, &str)] = &[
    // This setfacl is told other folders.
    ("modes by setfacl", "LL207"),
];

fn errors(sample: &Sample, text: &str, codes: &[&str]) -> Vec<Diagnostic> {
    let mut found = sample.check(text, None).diagnostics;
    found.retain(|d| d.severity == Severity::Error && codes.contains(&d.code));
    found.retain(|d| !UNMENDABLE.iter().any(|(code, part, _)| d.code == *code && d.message.contains(part)));
    found
}

/// The steps and codes of which an error stands, each with an example.
fn standing(samples: &[Sample]) -> Vec<(&'static str, &'static str, String)> {
    let mut wrong = Vec::new();
    let mut count = 0;
    for sample in samples {
        let draft = Draft::read(&sample.text);
        if draft.instructions().is_empty()
            || sample.options.target.is_some()
            || errors(sample, &sample.text, OF_FILES).is_empty()
        {
            continue;
        }
        for (name, step) in STEPS {
            // Without a shell, a RUN stops the build.
            let Some(text) = draft.at_the_end(step).filter(|_| !step.contains("RUN") || !draft.on_bare_base()) else {
                continue;
            };
            count += 1;
            let codes = if name.starts_with("modes") { OF_MODES } else { OF_FILES };
            let found: BTreeSet<_> = errors(sample, &text, codes).iter().map(|d| (d.code, d.message.clone())).collect();
            wrong.extend(
                found.into_iter().map(|(code, message)| (*name, code, format!("{}: {message}\n{text}", sample.name))),
            );
        }
    }
    println!("{count} comparisons, {} errors stand", wrong.len());
    wrong
}

#[test]
fn no_error_about_files_stands_behind_an_opaque_step() {
    let wrong = standing(&samples::pages(Family::Lambda));
    let listed = |step: &str, code: &str| {
        NOT_YET.iter().position(|(known, of)| *of == code && (*known == step || *known == "*"))
    };
    let mut new = BTreeSet::new();
    for (step, code, shown) in wrong.iter().filter(|(step, code, _)| listed(step, code).is_none()) {
        println!("== {step}: {code}\n{shown}");
        new.insert((step, code));
    }
    assert!(new.is_empty(), "errors stand behind a step that cannot be looked into: {new:?}");
    let still: BTreeSet<_> = wrong.iter().filter_map(|(step, code, _)| listed(step, code)).collect();
    let mended: Vec<_> = (0..NOT_YET.len()).filter(|at| !still.contains(at)).map(|at| NOT_YET[at]).collect();
    assert!(mended.is_empty(), "right now, so take them out of NOT_YET: {mended:?}");
}

#[test]
#[ignore = "slow"]
fn one_line_tests_behind_an_opaque_step() {
    let wrong = standing(&samples::snippets());
    let mut codes: BTreeMap<&str, Vec<&(&str, &str, String)>> = BTreeMap::new();
    wrong.iter().for_each(|one| codes.entry(one.1).or_default().push(one));
    for (code, all) in codes {
        let steps: BTreeSet<_> = all.iter().map(|(step, ..)| step).collect();
        let (step, _, example) = all[0];
        println!("{code}: {} behind {} kinds of step, for example {step}:\n{example}", all.len(), steps.len());
    }
    assert!(wrong.len() <= ONE_LINE, "{} errors stand, and not over {ONE_LINE} did", wrong.len());
}

/// Errors that stand in one-line tests at most. This number only ever becomes smaller.
const ONE_LINE: usize = 6;
