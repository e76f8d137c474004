//! What Lambda would start, setting by setting, with the place of each. `lamblint launch` prints it.

use crate::arch::Arch;
use crate::diagnostic::{DocumentId, Location};
use crate::facts::{self, ImageRef};
use crate::imports::{Fault, Problem};
use crate::launch::{Argv, Launch, LostHandler, Setting};
use crate::source::Source;
use crate::template::Function;
use serde::Serialize;
use std::collections::BTreeMap;

/// What Lambda would start of one image, as one function deploys it.
#[derive(Clone, Debug, Serialize)]
pub struct Launched {
    /// The Dockerfile, the image or the template.
    pub path: String,
    /// The name of the image in its archive.
    pub image: Option<String>,
    /// The function in its template; `None` if no template is known to deploy the image.
    pub function: Option<String>,
    /// The template.
    pub template: Option<String>,
    /// `true` if it is the launch of a Dockerfile, whose RUN instructions may bring more than is seen.
    #[serde(skip)]
    pub is_build: bool,
    /// The image that the final stage stands on.
    pub base: Option<String>,
    /// In place of ENTRYPOINT.
    pub entrypoint: Shown<Vec<String>>,
    /// In place of CMD.
    pub command: Shown<Vec<String>>,
    /// What the runtime is told to call, if the arguments show it.
    pub handler: Option<String>,
    /// Why an AWS entrypoint does not get the handler that CMD names.
    pub handler_lost: Option<String>,
    /// The folder that it starts in.
    pub working_directory: Shown<String>,
    /// The user of the image; Lambda runs as one of its own.
    pub user: Shown<String>,
    /// What the function is declared for; `None` if no template is known to deploy the image.
    pub function_architecture: Option<Shown<String>>,
    /// What the image is for: `x86_64` or `arm64`, or another that Lambda does not have.
    pub architecture: Shown<String>,
    /// Variables by name.
    pub environment: BTreeMap<String, Shown<String>>,
    /// `true` if there may be variables that are not in `environment`.
    pub environment_open: bool,
    /// The modules that are loaded with the handler; `None` if that is not known, or not asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub imports: Option<Imports>,
}

/// The modules that are loaded with the handler of Python or Node.
#[derive(Clone, Debug, Serialize)]
pub struct Imports {
    /// The function's own files, the handler's first.
    pub files: Vec<String>,
    /// Installed packages that they import.
    pub packages: Vec<String>,
    /// Modules that are imported and were not found. What COPY brings has no packages that a RUN installs.
    pub missing: Vec<MissingModule>,
    /// The function's own files that no import leads to; `None` if that is not known.
    pub unreached: Option<Vec<String>>,
    /// Why there may be others.
    pub open: Option<String>,
}

/// A module that was not found.
#[derive(Clone, Debug, Serialize)]
pub struct MissingModule {
    /// The module.
    pub module: String,
    /// The file that imports it.
    pub file: String,
    /// The line of the import, counted from 1.
    pub line: u32,
}

impl MissingModule {
    fn of(fault: &Fault) -> Option<Self> {
        let (Problem::Missing { module, .. } | Problem::Foreign { module, .. }) = &fault.problem else { return None };
        Some(Self { module: module.clone(), file: fault.file.clone(), line: fault.line })
    }
}

/// A setting, and where it comes from.
#[derive(Clone, Debug, Serialize)]
pub struct Shown<T> {
    /// The value, if there is one and it is known.
    pub value: Option<T>,
    /// Who has set it.
    pub from: From,
    /// The file.
    pub path: Option<String>,
    /// The line in it, counted from 1.
    pub line: Option<usize>,
}

/// Who has set a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum From {
    /// The Dockerfile.
    Dockerfile,
    /// The saved image.
    Image,
    /// The template.
    Template,
    /// The base image.
    Base,
    /// Nothing.
    Unset,
    /// It cannot be told.
    Unknown,
}

/// The texts that places point into, with their paths.
pub type Texts<'a> = BTreeMap<DocumentId, (&'a str, &'a Source)>;

impl Launched {
    /// What a launch starts.
    pub fn of(path: &str, launch: &Launch<'_>, template: Option<&str>, texts: &Texts<'_>) -> Self {
        let argv = |argv: &Argv| argv.args.iter().map(|arg| arg.text.clone()).collect();
        let show = |setting: &Setting<String>| shown(setting, texts, Clone::clone);
        let variable = |(name, setting): (&String, &Setting<String>)| {
            let keep = |value: &String| if is_secret(name, value) { "…".to_owned() } else { value.clone() };
            (name.clone(), shown(setting, texts, keep))
        };
        let lost = launch.lost_handler();
        let lambda = |oci: &String| Arch::parse(oci).map_or_else(|| oci.clone(), |arch| arch.lambda().to_owned());
        Self {
            path: path.to_owned(),
            image: None,
            function: launch.declared.as_ref().map(|function| function.name.clone()),
            template: template.map(str::to_owned),
            is_build: true,
            base: base_of(launch),
            entrypoint: shown(&launch.entrypoint, texts, argv),
            command: shown(&launch.cmd, texts, argv),
            handler: launch.handler().filter(|_| lost.is_none()).map(|handler| handler.text),
            handler_lost: lost.map(why_lost),
            working_directory: show(&launch.workdir),
            user: show(&launch.user),
            function_architecture: None,
            architecture: shown(&launch.architecture, texts, lambda),
            environment: launch.env.iter().map(variable).collect(),
            environment_open: launch.hides_variables(),
            imports: launch.imports().filter(|closure| closure.file.is_some()).map(|closure| Imports {
                files: closure.files.clone(),
                packages: closure.packages.iter().cloned().collect(),
                missing: launch.modules_not_found().iter().filter_map(MissingModule::of).collect(),
                unreached: closure.unreached.clone(),
                open: closure.open.clone(),
            }),
        }
    }

    /// Takes the architecture that a function is declared for.
    pub fn set_function_architecture(&mut self, function: &Function, texts: &Texts<'_>) {
        let lambda = |arch: &Arch| arch.lambda().to_owned();
        let mut declared = shown(&function.architecture(), texts, lambda);
        if declared.from == From::Unset {
            declared.value = Some(lambda(&Arch::X86_64));
        }
        self.function_architecture = Some(declared);
    }
}

fn why_lost(lost: LostHandler) -> String {
    match lost {
        LostHandler::ShellForm => "CMD is in shell form, so the shell arrives instead".to_owned(),
        LostHandler::Arguments(count) => format!("the entrypoint gets {count} arguments instead of the handler alone"),
    }
}

fn shown<T, U>(setting: &Setting<T>, texts: &Texts<'_>, of: impl Fn(&T) -> U) -> Shown<U> {
    let place = setting.place();
    let from = match (setting, place.map(|place| place.doc)) {
        (Setting::Unset, _) => From::Unset,
        (Setting::Unknown(_), _) => From::Unknown,
        // What a template inherits from its globals is still the template's.
        (_, Some(DocumentId::File(_))) => From::Template,
        (Setting::Inherited(..), _) => From::Base,
        (_, Some(DocumentId::Dockerfile)) => From::Dockerfile,
        _ => From::Image,
    };
    let text = place.and_then(|place: Location| Some((place, texts.get(&place.doc)?)));
    let line = text.map(|(place, (_, source))| source.position(place.span.start).line).filter(|_| from != From::Image);
    Shown { value: setting.value().map(of), from, path: text.map(|(_, (path, _))| (*path).to_owned()), line }
}

/// The name of the base, or that of the runtime that a saved image has.
fn base_of(launch: &Launch<'_>) -> Option<String> {
    let runtime =
        || launch.base.runtime.map(|runtime| format!("public.ecr.aws/lambda/{}:{}", runtime.family, runtime.tag));
    launch.base.reference.as_ref().map(name_of).or_else(runtime)
}

fn name_of(image: &ImageRef) -> String {
    let registry = if image.registry == "docker.io" { String::new() } else { format!("{}/", image.registry) };
    let tag = image.tag.as_ref().map(|tag| format!(":{tag}")).unwrap_or_default();
    let digest = image.digest.as_ref().map(|digest| format!("@{digest}")).unwrap_or_default();
    format!("{registry}{}{tag}{digest}", image.repository)
}

/// A value that is not printed.
fn is_secret(name: &str, value: &str) -> bool {
    let named = facts::naming(name).is_some() && !facts::placeholder(value);
    named || facts::token(value).is_some() || facts::embedded_password(value).is_some()
}
