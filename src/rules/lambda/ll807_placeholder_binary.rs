//! LL807 placeholder-binary.

use crate::diagnostic::{Finding, Fix};
use crate::launch::{Build, Copied, Origin, RunCommand, Stage};
use crate::path;
use crate::rules::{Check, Rule};
use crate::source::Span;

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL807-placeholder-binary.md"), check: Check::Build(check) };

fn check(build: &Build<'_>, findings: &mut Vec<Finding>) {
    for stage in build.stages.iter().filter(|stage| !stage.ran().iter().any(looks_again)) {
        findings.extend(stale(build, stage));
    }
}

/// Whether a command makes a program that the real sources are to replace: `cargo new`, or a main.rs that a script writes.
fn makes_placeholder(ran: &RunCommand) -> bool {
    let new = ran.program == "cargo" && matches!(ran.verb(), "new" | "init") && !ran.has(&["--lib"]);
    new || ran.writes.iter().any(|to| path::last(&to.raw) == "main.rs")
}

/// Whether a command makes cargo look at the sources again.
fn looks_again(ran: &RunCommand) -> bool {
    const BUILT: &[&str] = &["target", "deps", ".fingerprint"];
    let of_build = |text: &str| text.split('/').any(|part| BUILT.contains(&part));
    let cargo = || matches!(ran.verb(), "clean" | "chef") || ran.has(&["--manifest-path"]);
    match ran.program.as_str() {
        "cargo" => cargo(),
        "cargo-chef" => true,
        "rm" | "find" | "mv" if ran.raws().any(of_build) => true,
        _ => ran.tools().iter().any(|(tool, _)| *tool == "touch"),
    }
}

/// A placeholder, a build of it, the real sources, and a build that takes the first for up to date.
fn stale(build: &Build<'_>, stage: &Stage<'_>) -> Option<Finding> {
    let ran = stage.ran();
    let placeholder = ran.iter().find(|ran| makes_placeholder(ran))?.step;
    let first = ran.iter().find(|ran| ran.step >= placeholder && builds(ran).is_some())?;
    let copies = build.copies_of(stage);
    let position = |copied: &Copied<'_, '_>| stage.steps.iter().position(|step| std::ptr::eq(step, copied.step));
    let sources = copies.iter().find(|copied| {
        let real = matches!(copied.origin, Origin::Context)
            && copied.sources.iter().any(|(source, _)| {
                source.as_deref().is_some_and(|source| {
                    matches!(source.trim_end_matches('/'), "." | "./." | "src" | "./src" | "src/main.rs")
                })
            });
        real && position(copied).is_some_and(|at| at > first.step)
    })?;
    let at = position(sources)?;
    let workdir = |step: usize| stage.steps.get(step).and_then(|step| step.state.workdir.value());
    let last = ran
        .iter()
        .find(|ran| ran.step > at && builds(ran) == builds(first) && workdir(ran.step) == workdir(first.step))?;
    // A step that only running it can tell may touch the sources.
    if (first.step..last.step).any(|step| build.may_do_anything(stage, step)) {
        return None;
    }
    let touch = Fix::replace(
        false,
        "touch the sources before the last build",
        Span::new(last.span.start, last.span.start),
        "touch src/main.rs && ",
    );
    Some(
        Finding::new("cargo considers the placeholder up to date, so it ships instead of the program")
            .at(last.span, "nothing looks newer than the first build")
            .at(first.span, "builds the placeholder")
            .at(sources.span(), "keeps the files' older timestamps")
            .help("touch src/main.rs before the last build")
            .fix(touch),
    )
}

/// What a cargo command builds for, where it builds: two of the same share what they have built.
fn builds(ran: &RunCommand) -> Option<(bool, String, bool)> {
    if ran.program != "cargo" {
        return None;
    }
    let verbs: Vec<&str> = ran.texts().filter(|text| !text.starts_with(['-', '+'])).collect();
    let lambda = verbs.first() == Some(&"lambda");
    let verb = verbs.get(usize::from(lambda)).copied().unwrap_or_default();
    if !matches!(verb, "build" | "b" | "install" | "rustc") || (verb == "install" && !ran.has(&["--path"])) {
        return None;
    }
    let release = verb == "install" || ran.has(&["--release", "-r"]) || ran.value(&["--profile"]) == Some("release");
    Some((release, ran.value(&["--target"]).unwrap_or_default().to_owned(), lambda))
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::Severity::Warning;
    use crate::rules::testing::{allows, catches, catches_as};

    const NEW: &str =
        "FROM rust:1.85\nRUN cargo new app\nWORKDIR /app\nCOPY Cargo.toml Cargo.lock ./\nRUN cargo build --release\n";

    #[test]
    fn the_placeholder_ships() {
        catches_as(Warning, "LL807", &format!("{NEW}COPY src ./src\nRUN cargo install --path .\n"));
        catches("LL807", &format!("{NEW}COPY . .\nRUN cargo build --release --locked\n"));
        catches(
            "LL807",
            "FROM rust:1.85\nWORKDIR /app\nCOPY Cargo.toml ./\nRUN mkdir src && echo 'fn main() {}' > src/main.rs && cargo build --release && rm -rf src\nCOPY src src\nRUN cargo build --release\n",
        );
    }

    #[test]
    fn near_misses() {
        allows(
            "LL807",
            &format!("{NEW}COPY src ./src\nRUN find src -name '*.rs' -exec touch {{}} + && cargo build --release\n"),
        );
        allows("LL807", &format!("{NEW}COPY src ./src\nCOPY fix.sh /\nRUN sh /fix.sh\nRUN cargo build --release\n"));
        allows("LL807", &format!("{NEW}COPY src ./src\nRUN touch src/main.rs && cargo build --release\n"));
        allows(
            "LL807",
            &format!("{NEW}RUN rm -f target/release/deps/app*\nCOPY src ./src\nRUN cargo build --release\n"),
        );
        allows("LL807", &format!("{NEW}COPY src ./src\nRUN cargo build\n"));
        allows(
            "LL807",
            &format!("{NEW}COPY src ./src\nRUN cargo build --release --target x86_64-unknown-linux-musl\n"),
        );
        allows(
            "LL807",
            "FROM rust:1.85\nCOPY . .\nRUN cargo build --release\nCOPY assets assets\nRUN cargo build --release\n",
        );
    }
}
