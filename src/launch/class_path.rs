//! Jars of a Java function that lie in the task root, where AWS's runtime does not look for them.

use super::{Build, Copied, Launch, Setting};
use crate::diagnostic::Location;
use crate::dockerfile::Kind;
use crate::image::Image;
use crate::path::{last, under};
use crate::source::Span;

/// Jars in the task root and outside lib/.
#[derive(Clone, Debug)]
pub struct UnfoundJars {
    /// Where they are brought, or where the handler is named.
    pub place: Location,
    /// What shows that they are not found.
    pub why: UnfoundBecause,
}

/// What shows that jars are not found.
#[derive(Clone, Debug)]
pub enum UnfoundBecause {
    /// A COPY brings them, and nothing brings others; its destination and what that should be.
    Copied(Option<(Span, String)>),
    /// They lie beside classes or jars that are found; their names.
    Beside(Vec<String>),
    /// Nothing that is found can hold the handler.
    HandlerOnly,
}

const ROOT: &str = "/var/task";
const LIB: &str = "/var/task/lib";
/// Maximum number of jars of one COPY that are searched for in the environment.
const MAX_NAMES: usize = 16;

impl Launch<'_> {
    /// Jars that are not on the class path of the AWS Java runtime.
    pub fn unfound_jars(&self) -> Option<UnfoundJars> {
        // A wrapper may start Java with its own class path: no error rests on what it does.
        let wrapped = self.env("AWS_LAMBDA_EXEC_WRAPPER").is_some() && self.image.is_some();
        let other = wrapped || self.env("CLASSPATH").is_some();
        if other || self.base.family != Some("java") || !self.starts_lambda_entrypoint() {
            return None;
        }
        match self.image {
            Some(image) => self.unfound_jars_of_image(image),
            None => self.unfound_jars_of_build(self.build?),
        }
    }

    /// Whether a variable names a jar: an agent is named by its path and needs no class path.
    fn is_named_jar(&self, jar: &str) -> bool {
        self.env.values().filter_map(Setting::value).any(|value| value.contains(jar))
    }

    fn unfound_jars_of_build(&self, build: &Build<'_>) -> Option<UnfoundJars> {
        let copies = build.copies();
        // A RUN may move or unpack jars.
        let moved = ["task/lib", "ROOT}/lib", "ROOT/lib", "./lib", " lib", ".jar", "unzip", "jar x"]
            .iter()
            .any(|word| build.runs_mention(word));
        if moved {
            return None;
        }
        let copied = copies.iter().find(|copied| is_in_root(copied) && holds_jars(copied))?;
        // What is needed may be among anything in lib/, unless that is a build tool's folder of dependencies: it has no
        // place for the code of the project itself.
        let into_lib = |other: &&Copied<'_, '_>| other.destination.as_deref().is_none_or(|path| under(path, LIB));
        if copies.iter().filter(into_lib).any(|other| !brings_dependencies(other))
            || (copies.iter().any(|other| into_lib(&other)) && may_bring_classes(&copies))
        {
            return None;
        }
        let mut jars = copied.names().filter(|name| name.ends_with(".jar")).take(MAX_NAMES);
        if jars.any(|name| self.is_named_jar(name)) {
            return None;
        }
        let place = copied.sources.first().map_or(copied.span(), |(_, span)| *span).into();
        Some(UnfoundJars { place, why: UnfoundBecause::Copied(in_lib(copied)) })
    }

    /// Certain where neither a class nor a jar in a place that is looked at can hold the handler.
    fn unfound_jars_of_image(&self, image: &Image) -> Option<UnfoundJars> {
        let jars = |folder: &str| -> Vec<String> {
            let names = image.files.children(folder).map(|(name, _)| String::from_utf8_lossy(name).into_owned());
            names.filter(|name| name.ends_with(".jar")).collect()
        };
        let (lib, layer) = (jars(LIB), jars("/opt/java/lib"));
        // What lies in lib/ too is found there.
        let stray = |jar: &String| !lib.contains(jar) && !self.is_named_jar(jar);
        let stray: Vec<String> = jars(ROOT).into_iter().filter(stray).collect();
        let first = stray.first().filter(|_| image.is_whole() && self.env_known)?;
        let handler = self.cmd.value()?.program()?;
        let class = handler.text.split("::").next()?.replace('.', "/");
        let loose = image.files.has(&format!("{ROOT}/{class}.class"));
        if loose || !lib.is_empty() || !layer.is_empty() {
            let place = self.place_of_file(&format!("{ROOT}/{first}"));
            return Some(UnfoundJars { place, why: UnfoundBecause::Beside(stray) });
        }
        Some(UnfoundJars { place: handler.place, why: UnfoundBecause::HandlerOnly })
    }
}

/// The destination in lib/ that a COPY of jars alone should have.
fn in_lib(copied: &Copied<'_, '_>) -> Option<(Span, String)> {
    let (Kind::Copy(words) | Kind::Add(words)) = &copied.step.instruction.kind else { return None };
    let all = copied.sources.iter().all(|(source, _)| source.as_deref().is_some_and(|text| text.ends_with(".jar")));
    let word = &words.destination;
    if !all || words.json || word.text.contains(['"', '\'']) {
        return None;
    }
    let lib = match word.text.rsplit_once('/') {
        Some((folder, name)) if name.ends_with(".jar") => format!("{folder}/lib/{name}"),
        _ if word.text.ends_with(".jar") => format!("lib/{}", word.text),
        _ if word.text == "." => "lib/".into(),
        _ => format!("{}/lib/", word.text.trim_end_matches('/')),
    };
    Some((Span::new(word.span.start, word.span.end), lib))
}

/// Whether it copies nothing but a folder in which build tools gather dependencies.
fn brings_dependencies(copied: &Copied<'_, '_>) -> bool {
    const FOLDERS: &[&str] = &["dependency", "dependencies", "dependency-jars", "lib"];
    let gathered = |source: &str| {
        let folder = source.trim_end_matches("*.jar").trim_end_matches('*').trim_end_matches('/');
        let (above, name) = folder.rsplit_once('/').unwrap_or_default();
        FOLDERS.contains(&name) && matches!(last(above), "target" | "build")
    };
    copied.destination.is_some() && copied.sources.iter().all(|(source, _)| source.as_deref().is_some_and(gathered))
}

/// Whether a COPY may put classes into the task root: anything but jars, and files that are not code.
fn may_bring_classes(copies: &[Copied<'_, '_>]) -> bool {
    const FILES: &[&str] = &[".jar", ".properties", ".xml", ".json", ".yml", ".yaml", ".txt", ".pem"];
    let file = |source: &str| FILES.iter().any(|ending| source.ends_with(ending));
    copies.iter().any(|copied| {
        let reaches =
            copied.destination.as_deref().is_none_or(|to| under(ROOT, to) || (under(to, ROOT) && !under(to, LIB)));
        reaches && !copied.sources.iter().all(|(source, _)| source.as_deref().is_some_and(file))
    })
}

/// Whether it puts files into the task root, under their own names or under one that ends in `.jar`.
fn is_in_root(copied: &Copied<'_, '_>) -> bool {
    let Some(destination) = copied.destination.as_deref() else { return false };
    destination == ROOT
        || (destination.ends_with(".jar") && destination.rsplit_once('/').is_some_and(|(at, _)| at == ROOT))
}

/// `x.jar`, `*.jar`, and a build tool's folder of jars taken with a wildcard.
fn holds_jars(copied: &Copied<'_, '_>) -> bool {
    copied.sources.iter().filter_map(|(source, _)| source.as_deref()).any(|source| {
        let folder = source.rsplit_once('/').map_or("", |(folder, _)| folder);
        source.ends_with(".jar") || (last(source) == "*" && last(folder) == "libs")
    })
}
