//! Launch: what Lambda would start, read from a Dockerfile or from an image.
//!
//! A rule about CMD is written once, against [`Launch`], and holds for Dockerfiles and for images. Every
//! field knows the place that set it, and `Unknown` (an ARG with no value, an unknown base) is a value
//! of its own, so that a rule cannot take what it does not see for what is not there.

mod absent;
mod absent_handler;
mod adapter;
mod adapter_faults;
mod arch;
pub(crate) mod argv;
mod assemblies;
mod build;
mod build_args;
mod build_tools;
mod cache;
mod cached;
mod called;
mod chain;
mod class_path;
mod client;
mod client_build;
mod client_files;
mod client_install;
mod client_left;
mod command_effects;
pub mod context;
mod copy;
mod dependencies;
mod deployed;
mod detect;
mod distributions;
mod effects;
mod exec_wrapper;
mod executable;
mod extension_libc;
mod extensions;
mod file_queries;
mod files;
mod first_use;
mod foreign_binaries;
mod function;
mod gems;
mod global_args;
mod handler;
mod handler_file;
mod handler_format;
mod handler_shape;
mod home_folder;
mod ignored;
mod image;
mod imports;
mod input;
mod interpreter;
mod junk;
mod kept_cache;
mod left_behind;
mod left_in_stage;
mod libraries;
pub mod limits;
mod misplaced_packages;
mod missing_starts;
mod mode;
mod native;
mod node_imports;
mod node_packages;
mod off_path;
mod overlaid;
mod pairing;
mod permissions;
mod platform;
mod process;
mod python_tree;
mod removed_commands;
mod repositories;
mod required_files;
mod ruby_imports;
mod run;
mod run_command;
mod runtime_api;
mod runtime_api_in_image;
mod saved_tree;
mod script;
mod search;
mod secret_files;
mod secrets;
mod shown;
mod source_order;
mod stage;
mod stage_graph;
mod stage_system;
mod system_library;
mod task_root;
mod temporary;
mod toolchains;
mod tools;
mod usage;
mod versions;
mod virtualenv;
mod wanted;
mod wheels;
mod workdir;

pub use absent::Missing;
pub use absent_handler::AbsentHandler;
pub use adapter::Adapter;
pub use adapter_faults::{AdapterFault, Misnamed};
pub use arch::ArchEvidence;
pub use argv::{Arg, Argv, json};
pub use build::Build;
pub use build_args::{ArgumentUse, Purpose};
pub use chain::{ExecFault, ExecStep, StepKind};
pub use class_path::UnfoundBecause;
pub use client_build::Unbuildable;
pub use client_install::BroughtBy;
use copy::listed;
pub use copy::{Copied, Origin};
pub use deployed::{Declared, Overrides};
pub use distributions::{Lacking, Refused, WrongWheel};
pub use exec_wrapper::{EXEC_WRAPPER, IgnoredBy};
pub use extensions::ExtensionFault;
pub use files::{Doubt, Presence, Sight};
pub use function::{Function, NamedFor};
pub use gems::UnfoundGems;
pub use global_args::GlobalArgs;
pub use handler::{Handler, Language, LostHandler, is_handler};
pub use handler_file::HandlerFile;
pub use handler_format::Unloadable;
pub use home_folder::InHome;
pub use ignored::Ignored;
pub use imports::{Brought, Followed, Left, NearHandler};
pub use input::NamedBy;
pub use interpreter::MissingTarget;
pub use kept_cache::KeptCache;
pub use libraries::{Lacks, MissingLibrary};
pub use missing_starts::MissingKind;
pub use mode::Others;
pub use native::{Kept, Native};
pub use off_path::OffPath;
pub use pairing::Pairing;
pub use permissions::{ClosedDirectory, UnreadableCode};
pub use platform::Platform;
pub use process::{Code, End, Process, Processes, Via};
pub use repositories::{Repositories, SystemCommand};
pub use required_files::is_script;
pub use run::Script;
pub use run_command::{CommandArg, Install, Package, RunCommand};
pub use runtime_api_in_image::SilentKind;
pub use search::Search;
pub use secret_files::{SecretFile, ValueKept};
pub use secrets::{is_of_others, secret_in};
pub use source_order::Written;
pub use stage::{Parent, Stage, State, Step};
pub use stage_graph::ExternalImage;
pub use stage_system::SystemsDiffer;
pub use task_root::NODE_CLIENT;
pub use temporary::InTmp;
pub use toolchains::LackingTool;
pub use virtualenv::{Maker, UnusedEnvironment, UserSite};
pub use wanted::{At, OnPath, Packaged};
pub use workdir::WorkdirFault;

use crate::diagnostic::Location;
use crate::facts::{Base, BaseKind};
use crate::image::Image;
use crate::options::Options;
use std::cell::OnceCell;
use std::collections::BTreeMap;

/// A setting of the image, and who set it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Setting<T> {
    /// Written in the file at hand.
    Set(T, Location),
    /// Brought by the base image; the place names the base.
    Inherited(T, Location),
    /// Known not to be set.
    #[default]
    Unset,
    /// Not known; the place is what hides it.
    Unknown(Location),
}

impl<T> Setting<T> {
    /// The value, if there is one and it is known.
    pub fn value(&self) -> Option<&T> {
        match self {
            Self::Set(value, _) | Self::Inherited(value, _) => Some(value),
            Self::Unset | Self::Unknown(_) => None,
        }
    }

    /// The place that set it or hides it.
    pub fn place(&self) -> Option<Location> {
        match self {
            Self::Set(_, place) | Self::Inherited(_, place) | Self::Unknown(place) => Some(*place),
            Self::Unset => None,
        }
    }

    /// Value and place of what the file itself sets.
    pub fn set(&self) -> Option<(&T, Location)> {
        match self {
            Self::Set(value, place) => Some((value, *place)),
            _ => None,
        }
    }

    /// `true` if it is not known.
    pub fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown(_))
    }

    /// Whether the base brought it.
    pub fn is_inherited(&self) -> bool {
        matches!(self, Self::Inherited(..))
    }

    /// A setting that the base is known to bring, not to bring, or that is hidden in it.
    fn of_base(value: Option<T>, place: Location) -> Self {
        value.map_or(Self::Unknown(place), |value| Self::Inherited(value, place))
    }
}

/// What Lambda would start.
#[derive(Debug)]
pub struct Launch<'a> {
    /// The build, when read from a Dockerfile.
    build: Option<&'a Build<'a>>,
    /// The image, when read from one.
    image: Option<&'a Image>,
    /// What the user says about the check.
    pub options: &'a Options,
    /// What is known of the base the whole thing stands on.
    pub base: Base,
    /// Where the base is named.
    pub base_place: Location,
    /// The operating system, `linux`.
    pub os: Setting<String>,
    /// The architecture in OCI's words, `amd64`, with its variant after a slash.
    pub architecture: Setting<String>,
    /// ENTRYPOINT; an empty one counts as set.
    pub entrypoint: Setting<Argv>,
    /// CMD; an empty one counts as set.
    pub cmd: Setting<Argv>,
    /// Variables by name; one that is not in it is unset if `env_known`.
    pub env: BTreeMap<String, Setting<String>>,
    /// Whether `env` holds all there is (the base's own variables are known).
    pub env_known: bool,
    /// What stands for every variable that is not in `env`, where a saved image has an environment that cannot be read.
    hidden_env: Option<Setting<String>>,
    /// The working directory.
    pub workdir: Setting<String>,
    /// The user.
    pub user: Setting<String>,
    /// The function that deploys it, if a template says so.
    pub declared: Option<Declared>,
    /// What several rules ask of a saved image, worked out once: each answer goes through the whole tree.
    cache: Cache,
}

/// Answers about a saved image that more than one rule needs.
#[derive(Debug, Default)]
struct Cache {
    processes: OnceCell<Processes>,
    function: OnceCell<Function>,
    chain: OnceCell<Vec<ExecStep>>,
    handler_file: OnceCell<Option<HandlerFile>>,
    lacks: OnceCell<Lacks>,
    unfound: OnceCell<Option<MissingTarget>>,
    imports: OnceCell<Option<Followed>>,
}

/// The entrypoint of AWS base images.
const LAMBDA_ENTRYPOINT: &str = "/lambda-entrypoint.sh";

impl<'a> Launch<'a> {
    /// The launch of a Dockerfile's final stage; `None` where there is no stage.
    pub fn of_build(build: &'a Build<'a>, options: &'a Options) -> Option<Self> {
        let stage = build.stages.get(build.target?)?;
        let root = build.root(stage);
        let Parent::Image(base) = &root.parent else { return None };
        let (os, architecture) = root.platform(base);
        let state = &stage.end;
        Some(Self {
            build: Some(build),
            image: None,
            options,
            base: (**base).clone(),
            base_place: root.image_place,
            os,
            architecture,
            entrypoint: state.entrypoint.clone(),
            cmd: state.cmd.clone(),
            env: state.env.clone(),
            env_known: state.env_known,
            hidden_env: None,
            workdir: state.workdir.clone(),
            user: state.user.clone(),
            declared: None,
            cache: Cache::default(),
        })
    }

    /// The place of a setting, or of the base image if the setting is unset.
    pub fn place_of<T>(&self, setting: &Setting<T>) -> Location {
        setting.place().unwrap_or(self.base_place)
    }

    /// `true` if the base image is an AWS function base.
    pub fn on_lambda_base(&self) -> bool {
        self.base.kind == BaseKind::Lambda
    }

    /// The process that is the entrypoint of AWS base images, after any wrappers that start it. It takes exactly one
    /// argument, the handler.
    pub fn lambda_entrypoint(&self) -> Option<&Process> {
        self.processes().line.iter().find(|process| process.program() == LAMBDA_ENTRYPOINT)
    }

    /// Whether the entrypoint of AWS base images starts.
    pub fn starts_lambda_entrypoint(&self) -> bool {
        let written = || self.entrypoint.value().is_some_and(|argv| argv.texts() == [LAMBDA_ENTRYPOINT]);
        self.lambda_entrypoint().is_some() || written()
    }

    /// A variable's setting; `None` where it is known to be unset.
    pub fn env(&self, name: &str) -> Option<&Setting<String>> {
        self.env.get(name).or(self.hidden_env.as_ref())
    }

    /// The absolute folders that a variable lists, each once.
    pub(super) fn listed(&self, name: &str) -> Vec<&str> {
        listed(self.env(name).and_then(Setting::value).map_or("", String::as_str))
    }

    /// ENTRYPOINT followed by CMD; `None` where either is unknown.
    pub fn argv(&self) -> Option<Vec<&Arg>> {
        if self.entrypoint.is_unknown() || self.cmd.is_unknown() {
            return None;
        }
        let entrypoint = self.entrypoint.value().map(|argv| argv.args.iter()).into_iter().flatten();
        let cmd = self.cmd.value().map(|argv| argv.args.iter()).into_iter().flatten();
        Some(entrypoint.chain(cmd).collect())
    }
}
