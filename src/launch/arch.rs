//! For which processor the parts of an image are made, as far as a Dockerfile says so in so many words.

use super::{Build, Launch, Origin, Stage};
use crate::arch::Arch;
use crate::diagnostic::Place;
use crate::dockerfile::Kind;
use std::collections::BTreeSet;

/// Something that says for which processor a part of the image is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stated {
    /// The processor.
    pub arch: Arch,
    /// What says so: `--platform`, `GOARCH`.
    pub what: String,
    /// Where; `None` for what the user said.
    pub place: Option<Place>,
    /// Whether the image as a whole is for it, and not only a program in it.
    pub whole: bool,
}

/// Words in a RUN that decides by itself for which processor it builds.
const DECIDES: &[&str] =
    &["TARGETARCH", "TARGETPLATFORM", "BUILDPLATFORM", "uname", "dpkg --print", "case ", "if ", "buildarch"];

impl Launch<'_> {
    /// All that is said of the final image's processor, the weightiest first. What a variable decides is left out:
    /// it is there to be changed.
    pub fn architectures(&self) -> Vec<Stated> {
        let Some(build) = self.build else { return Vec::new() };
        let mut stated = Vec::new();
        if let Some(arch) = self.options.arch {
            stated.push(Stated { arch, what: format!("--arch {}", arch.lambda()), place: None, whole: true });
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
                    stated.extend(arch.map(|arch| Stated {
                        arch,
                        what: name.clone(),
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
    pub fn base_architecture(&self) -> Option<Stated> {
        let (name, place) = self.image?.base_name()?;
        let arch = of_reference(name)?;
        Some(Stated { arch, what: name.to_owned(), place: Some(place), whole: true })
    }
}

/// What a stage that is copied from builds for: what its commands say, or else its own platform where it compiles.
fn of_stage(build: &Build<'_>, stage: &Stage<'_>) -> Option<Stated> {
    let line = build.lineage(stage);
    let mut made = Vec::new();
    for stage in &line {
        let decides = stage.steps.iter().any(|step| {
            matches!(step.instruction.kind, Kind::Run(_))
                && DECIDES.iter().any(|word| step.instruction.rest.text.contains(word))
        });
        if decides {
            return None;
        }
        made.extend(made_in(stage));
    }
    let first = made.first().cloned();
    if made.iter().any(|other| Some(other.arch) != first.as_ref().map(|first| first.arch)) {
        return None;
    }
    let speaks = |stage: &Stage<'_>| {
        stage
            .steps
            .iter()
            .any(|step| ["GOARCH", "--target", "--arch"].iter().any(|w| step.instruction.rest.text.contains(w)))
    };
    if first.is_some() || line.iter().any(|stage| speaks(stage)) {
        return first;
    }
    let compiles = |ran: &super::Ran| match ran.program.as_str() {
        "go" | "cargo" => matches!(ran.verb(), "build" | "install"),
        "gcc" | "g++" | "clang" | "native-image" | "swift" => true,
        _ => false,
    };
    let compiled = line.iter().any(|stage| stage.ran().iter().any(compiles));
    let root = build.root(stage);
    of_from(root).into_iter().next().filter(|_| compiled).map(|stated| Stated { whole: false, ..stated })
}

/// What FROM says: `--platform`, and the image's own name.
pub(super) fn of_from(stage: &Stage<'_>) -> Vec<Stated> {
    let mut stated = Vec::new();
    let flag = stage.from.flag("platform").and_then(|flag| flag.value.as_ref());
    if let Some(word) = flag.filter(|word| !word.text.contains('$')) {
        let arch = word.text.split('/').find_map(Arch::parse);
        let what = format!("--platform={}", word.text);
        stated.extend(arch.map(|arch| Stated { arch, what, place: Some(word.span.into()), whole: true }));
    }
    if let Kind::From(from) = &stage.from.kind
        && !from.image.text.contains('$')
        && let Some(arch) = of_reference(&from.image.text)
    {
        let what = from.image.text.clone();
        stated.push(Stated { arch, what, place: Some(stage.image_place), whole: true });
    }
    stated
}

/// What a stage's ENV and RUN say they build for; nothing where they say more than one thing.
fn made_in(stage: &Stage<'_>) -> Option<Stated> {
    let mut stated: Option<Stated> = None;
    for step in &stage.steps {
        let found = match &step.instruction.kind {
            Kind::Env { pairs, .. } => pairs.iter().find(|pair| pair.key.text == "GOARCH").and_then(|pair| {
                let value = pair.value.as_ref()?;
                let arch = Arch::parse(value.text.trim_matches(['"', '\'']))?;
                Some((arch, format!("GOARCH={}", arch.oci()), Place::from(value.span)))
            }),
            Kind::Run(_) => in_text(&step.instruction.rest.text).map(|(arch, what)| {
                let text = &step.instruction.rest;
                let at = text.text.find(&what).unwrap_or_default();
                (arch, what.clone(), text.locate(at, at + what.len()).into())
            }),
            _ => None,
        };
        let Some((arch, what, place)) = found else { continue };
        if DECIDES.iter().any(|word| step.instruction.rest.text.contains(word)) {
            return None;
        }
        if stated.as_ref().is_some_and(|known| known.arch != arch) {
            return None;
        }
        stated.get_or_insert(Stated { arch, what, place: Some(place), whole: false });
    }
    stated
}

/// The first thing in a script that names the processor to build for; `None` where two differ.
fn in_text(text: &str) -> Option<(Arch, String)> {
    const MARKS: &[(&str, &str)] = &[
        ("GOARCH=", ""),
        ("--target ", "-"),
        ("--target=", "-"),
        ("--runtime linux-", ""),
        ("-r linux-", ""),
        ("--runtime=linux-", ""),
    ];
    let mut found: Option<(Arch, String)> = None;
    for (mark, end) in MARKS {
        for (at, _) in text.match_indices(mark) {
            let rest = text.get(at + mark.len()..).unwrap_or_default();
            let word: &str = rest.split(|c: char| c.is_whitespace() || "\"';&|".contains(c)).next().unwrap_or_default();
            let name = if end.is_empty() { word } else { word.split_once('-').map_or("", |(name, _)| name) };
            let arch = Arch::parse(name).or_else(|| (name == "x64").then_some(Arch::X86_64));
            let Some(arch) = arch else { continue };
            if found.as_ref().is_some_and(|(known, _)| *known != arch) {
                return None;
            }
            found.get_or_insert((arch, format!("{mark}{word}")));
        }
    }
    if text.contains("cargo lambda build") {
        let flag = ["--arm64", "--x86-64"].into_iter().find(|flag| text.contains(flag));
        let arch = flag.map(|flag| if flag == "--arm64" { Arch::Arm64 } else { Arch::X86_64 });
        found = found.or_else(|| Some((arch?, flag?.to_owned())));
    }
    found
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

    #[test]
    fn scripts() {
        let of = |text: &str| in_text(text).map(|(arch, _)| arch.oci());
        assert_eq!(of("CGO_ENABLED=0 GOARCH=arm64 go build"), Some("arm64"));
        assert_eq!(of("cargo build --release --target x86_64-unknown-linux-musl"), Some("amd64"));
        assert_eq!(of("dotnet publish -r linux-x64"), Some("amd64"));
        assert_eq!(of("pip install --target x86_64"), None);
        assert_eq!(of("GOARCH=$ARCH go build"), None);
        assert_eq!(of("GOARCH=amd64 go build -o a && GOARCH=arm64 go build -o b"), None);
    }
}
