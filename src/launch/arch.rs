//! For which processor the parts of an image are made, as far as a Dockerfile says so literally.

use super::run_command::{CommandArg, RunCommand};
use super::{Build, Launch, Origin, Stage};
use crate::arch::Arch;
use crate::diagnostic::Location;
use crate::dockerfile::Kind;
use crate::source::Span;
use std::collections::BTreeSet;

/// Something that says for which processor a part of the image is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArchEvidence {
    /// The processor.
    pub arch: Arch,
    /// What says so: `--platform`, `GOARCH`.
    pub what: String,
    /// Where; `None` for what the user said.
    pub place: Option<Location>,
    /// Whether the image as a whole is for it, and not only a program in it.
    pub whole: bool,
}

impl Launch<'_> {
    /// All evidence about the processor of the final image, the strongest first. What a variable decides is left out:
    /// it is there to be changed.
    pub fn architectures(&self) -> Vec<ArchEvidence> {
        let Some(build) = self.build else { return Vec::new() };
        let mut stated = Vec::new();
        // What the function is declared for is compared with the image by LL707.
        if let Some(arch) = self.options.arch.filter(|_| self.declared.is_none()) {
            stated.push(ArchEvidence { arch, what: format!("--arch {}", arch.lambda()), place: None, whole: true });
        }
        let line = build.final_stages();
        if let Some(root) = line.first() {
            stated.extend(of_from(root));
        }
        for stage in line.iter().copied() {
            stated.extend(made_in(stage));
        }
        let mut seen = BTreeSet::new();
        for copied in build.copies() {
            match &copied.origin {
                Origin::Stage(stage) if seen.insert(stage.index) => stated.extend(of_stage(build, stage)),
                Origin::Image(name, _, span) => {
                    let raw = copied.step.instruction.flag("from").and_then(|flag| flag.value.as_ref());
                    let plain = raw.is_some_and(|word| !word.text.contains('$'));
                    let arch = of_reference(name).filter(|_| plain);
                    stated.extend(arch.map(|arch| ArchEvidence {
                        arch,
                        what: (*name).to_owned(),
                        place: Some((*span).into()),
                        whole: false,
                    }));
                }
                Origin::Stage(_) | Origin::Context | Origin::Unknown => {}
            }
        }
        stated
    }
}

impl Launch<'_> {
    /// The processor that the image is for, by any of its names; `None` for one that Lambda does not have, and where it
    /// is unknown.
    pub fn machine(&self) -> Option<Arch> {
        Arch::parse(self.architecture.value()?.split('/').next()?)
    }

    /// The processor that a saved image says it is for. What a Dockerfile says of it is among [`Self::architectures`].
    pub fn saved_machine(&self) -> Option<Arch> {
        self.image.and_then(|_| self.machine())
    }

    /// The processor that the base of a saved image is for, as far as the base's name says it.
    pub fn base_architecture(&self) -> Option<ArchEvidence> {
        let (name, place) = self.image?.base_name()?;
        let arch = of_reference(name)?;
        Some(ArchEvidence { arch, what: name.to_owned(), place: Some(place), whole: true })
    }
}

/// What a stage that is copied from builds for: what its commands say, or else its own platform where it compiles.
fn of_stage(build: &Build<'_>, stage: &Stage<'_>) -> Option<ArchEvidence> {
    let line = build.ancestors(stage);
    let mut made = Vec::new();
    for stage in &line {
        if stage.ran().iter().any(decides) {
            return None;
        }
        made.extend(made_in(stage));
    }
    let first = made.first().cloned();
    if made.iter().any(|other| Some(other.arch) != first.as_ref().map(|first| first.arch)) {
        return None;
    }
    let speaks = |stage: &Stage<'_>| stage.ran().iter().any(RunCommand::names_target);
    if first.is_some() || line.iter().any(|stage| speaks(stage)) {
        return first;
    }
    let compiles = |ran: &RunCommand| ran.reading.row.is_some_and(|row| row.compiles);
    let compiled = line.iter().any(|stage| stage.ran().iter().any(compiles));
    let root = build.root(stage);
    of_from(root).into_iter().next().filter(|_| compiled).map(|stated| ArchEvidence { whole: false, ..stated })
}

/// What FROM says: `--platform`, and the image's own name.
pub(super) fn of_from(stage: &Stage<'_>) -> Vec<ArchEvidence> {
    let mut stated = Vec::new();
    let flag = stage.from.flag("platform").and_then(|flag| flag.value.as_ref());
    if let Some(word) = flag.filter(|word| !word.text.contains('$')) {
        let arch = word.text.split('/').find_map(Arch::parse);
        let what = format!("--platform={}", word.text);
        stated.extend(arch.map(|arch| ArchEvidence { arch, what, place: Some(word.span.into()), whole: true }));
    }
    if let Kind::From(from) = &stage.from.kind
        && !from.image.text.contains('$')
        && let Some(arch) = of_reference(&from.image.text)
    {
        let what = from.image.text.clone();
        stated.push(ArchEvidence { arch, what, place: Some(stage.image_place), whole: true });
    }
    stated
}

/// What a stage's ENV and RUN say they build for; nothing where they say more than one thing.
fn made_in(stage: &Stage<'_>) -> Option<ArchEvidence> {
    let mut stated: Option<ArchEvidence> = None;
    for (at, step) in stage.steps.iter().enumerate() {
        let found = match &step.instruction.kind {
            Kind::Env { pairs, .. } => pairs.iter().find(|pair| pair.key.text == "GOARCH").and_then(|pair| {
                let value = pair.value.as_ref()?;
                let arch = Arch::parse(value.text.trim_matches(['"', '\'']))?;
                Some((arch, format!("GOARCH={}", arch.oci()), Location::from(value.span)))
            }),
            Kind::Run(_) => {
                let ran = stage.ran_in(at);
                if ran.iter().any(decides) {
                    return None;
                }
                let named: Vec<(Arch, String, Span)> = ran.iter().filter_map(RunCommand::target_arch).collect();
                let first = named.first().cloned();
                if named.iter().any(|(arch, ..)| first.as_ref().is_some_and(|(first, ..)| first != arch)) {
                    return None;
                }
                first.map(|(arch, what, span)| (arch, what, span.into()))
            }
            _ => None,
        };
        let Some((arch, what, place)) = found else { continue };
        if stated.as_ref().is_some_and(|known| known.arch != arch) {
            return None;
        }
        stated.get_or_insert(ArchEvidence { arch, what, place: Some(place), whole: false });
    }
    stated
}

/// Whether a command decides by itself for which processor it builds: by a variable of the build, by what it asks, or
/// only if it runs.
fn decides(ran: &RunCommand) -> bool {
    let asks = ran.reading.row.is_some_and(|row| row.tells_arch);
    let varies = |arg: &CommandArg| names_arch(&arg.raw) && arg.raw.contains('$');
    asks || (ran.guarded && ran.target_arch().is_some())
        || ran.assigns.iter().chain(&ran.args).any(varies)
        || ran.args.iter().any(|arg| arg.raw.contains("TARGETARCH") || arg.raw.contains("TARGETPLATFORM"))
}

/// Whether a word sets the variable that Go builds for.
fn names_arch(raw: &str) -> bool {
    raw.starts_with("GOARCH=")
}

impl RunCommand {
    /// Whether it names what it builds for, known or not.
    fn names_target(&self) -> bool {
        let flags = self.reading.row.map_or(&[][..], |row| &row.targets);
        self.assigns.iter().chain(&self.args).any(|arg| {
            let flag = arg.raw.split_once('=').map_or(arg.raw.as_str(), |(flag, _)| flag);
            names_arch(&arg.raw) || flags.contains(&flag)
        })
    }

    /// The processor that it is told to build for, how it is told, and where.
    fn target_arch(&self) -> Option<(Arch, String, Span)> {
        let go = self.assigns.iter().chain(&self.args).find_map(|arg| {
            let arch = Arch::parse(arg.text.as_deref()?.strip_prefix("GOARCH=")?)?;
            Some((arch, arg.text.clone()?, arg.span))
        });
        let row = self.reading.row;
        let by_flag = || {
            let flags = row?.targets.as_slice();
            self.args.iter().enumerate().find_map(|(at, arg)| {
                let text = arg.text.as_deref()?;
                let (flag, value) = text.split_once('=').map_or((text, None), |(flag, value)| (flag, Some(value)));
                let next = || self.args.get(at + 1).and_then(|next| next.text.as_deref());
                let value = value.or_else(next).filter(|_| flags.contains(&flag))?;
                // A triple, or .NET's `linux-x64`.
                let part = |part: &str| Arch::parse(part).or_else(|| (part == "x64").then_some(Arch::X86_64));
                let what = if text.contains('=') { text.to_owned() } else { format!("{text} {value}") };
                Some((value.split('-').find_map(part)?, what, arg.span))
            })
        };
        let by_switch = || {
            let switches = row?.arch_switches.iter();
            let mut named = switches.filter_map(|switch| {
                let arg = self.args.iter().find(|arg| arg.raw == *switch)?;
                Some((Arch::parse(&switch.trim_start_matches('-').replace('-', "_"))?, (*switch).to_owned(), arg.span))
            });
            named.next()
        };
        go.or_else(by_flag).or_else(by_switch)
    }
}

/// What an image's name says: `python:3.12-arm64`, `arm64v8/python`, `adapter:0.9.1-aarch64`.
fn of_reference(name: &str) -> Option<Arch> {
    let name = name.split('@').next().unwrap_or(name);
    let (path, tag) = match name.rsplit_once(':') {
        Some((path, tag)) if !tag.contains('/') => (path, tag),
        _ => (name, ""),
    };
    let suffix = |text: &str| {
        let known = ["x86_64", "amd64", "arm64", "aarch64"].into_iter().find(|word| {
            text.strip_suffix(word).is_some_and(|rest| rest.is_empty() || rest.ends_with(['-', '_', '.']))
        });
        known.and_then(Arch::parse)
    };
    suffix(tag).or_else(|| suffix(path)).or_else(|| match path.split('/').next() {
        Some("arm64v8") => Some(Arch::Arm64),
        Some("amd64") => Some(Arch::X86_64),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_images() {
        let of = |name: &str| of_reference(name).map(Arch::lambda);
        assert_eq!(of("public.ecr.aws/lambda/python:3.13-arm64"), Some("arm64"));
        assert_eq!(of("public.ecr.aws/awsguru/aws-lambda-adapter:0.7.1-aarch64"), Some("arm64"));
        assert_eq!(of("arm64v8/python:3.13"), Some("arm64"));
        assert_eq!(of("python:3.13-slim"), None);
    }
}
