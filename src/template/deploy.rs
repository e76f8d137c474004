//! From a declaration to what it changes: the build of an image, and what starts of it.

use super::{Function, ImageBuild, Template, Tool};
use crate::arch::Arch;
use crate::launch::{Declared, Overrides, Setting};
use crate::options::Options;
use crate::path::plain;
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// A function that is known to be deployed from a Dockerfile or a saved image.
#[derive(Clone, Debug)]
pub struct Linked {
    /// The template that declares it.
    pub template: Rc<Template>,
    /// Where it is among the functions of the template.
    pub index: usize,
    /// The build context, if the template names it.
    pub context: Option<PathBuf>,
}

impl Linked {
    /// The function.
    pub fn function(&self) -> Option<&Function> {
        self.template.functions.get(self.index)
    }
}

/// Where an image is built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuildPaths {
    /// The build context.
    pub context: PathBuf,
    /// The Dockerfile.
    pub dockerfile: PathBuf,
}

/// Where a function's image comes from, looked up on the disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Located {
    /// It is built there.
    Built(BuildPaths),
    /// It is a saved image.
    Archive(PathBuf),
    /// The template names a file or folder that is not there.
    Missing(Missing, PathBuf),
    /// That cannot be told, and why.
    Unknown(String),
}

/// What of a build is not on the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// The build context.
    Context,
    /// The Dockerfile in it.
    Dockerfile,
}

impl Function {
    /// What it overrides of its image.
    pub fn overrides(&self) -> Overrides {
        let env = self.env.iter().map(|variable| {
            let place = variable.value.place().unwrap_or(variable.name.place);
            let value = variable.value.value().and_then(|text| text.known()).filter(|_| !variable.may_be_left_out());
            let setting = value.map_or(Setting::Unknown(place), |value| Setting::Set(value.to_owned(), place));
            (variable.name.text.clone(), setting)
        });
        let managed = self.managed.place().filter(|_| self.managed.value() == Some(&true));
        let certain = self.sure && !self.is_guess();
        Overrides {
            function: Declared { name: self.id.clone(), place: self.place, certain, managed },
            entrypoint: self.entrypoint.clone(),
            command: self.command.clone(),
            workdir: self.workdir.clone(),
            env: env.collect(),
            open_env: self.env_open.then_some(self.place),
        }
    }

    /// `true` if the Dockerfile is the one beside the template, and nothing names it.
    fn is_guess(&self) -> bool {
        self.build.as_ref().is_some_and(|build| build.tool == Tool::Dotnet)
    }

    /// What the user says, completed by what the template says of the build.
    pub fn options(&self, user: &Options) -> Options {
        let mut options = user.clone();
        options.function = options.function.or(Some(true));
        options.arch = options.arch.or_else(|| self.built_for());
        let Some(build) = &self.build else { return options };
        if options.target.is_none() {
            options.target = build.target.value().cloned();
            options.hidden.target = build.target.is_unknown();
        }
        for (name, value) in &build.args {
            match value.value() {
                _ if user.build_args.contains_key(&name.text) => {}
                Some(value) => drop(options.build_args.insert(name.text.clone(), value.clone())),
                None if value.is_unknown() => drop(options.hidden.args.insert(name.text.clone())),
                None => {}
            }
        }
        options.hidden.any_arg = build.args_open;
        options
    }

    /// The architecture that the image is built for: as the build says it, or else the function's.
    fn built_for(&self) -> Option<Arch> {
        let platform = self.build.as_ref().map(|build| &build.platform);
        match platform.map(Setting::value) {
            Some(Some(platform)) => Arch::of_platform(platform),
            _ => self.declared_arch().map(|(arch, _)| arch),
        }
    }

    /// Its architecture, `x86_64` unless the template says otherwise; `None` if an expression decides.
    pub fn declared_arch(&self) -> Option<(Arch, bool)> {
        match self.architecture() {
            Setting::Set(arch, _) | Setting::Inherited(arch, _) => Some((arch, true)),
            Setting::Unset => Some((Arch::X86_64, false)),
            Setting::Unknown(_) => None,
        }
    }
}

impl Template {
    /// Where the image of a function is built, or why that cannot be told.
    pub fn paths_of(&self, function: &Function) -> Result<BuildPaths, String> {
        let build = function.build.as_ref().ok_or("the template does not say how its image is built")?;
        let context = known(&build.context, "build context")?;
        let dockerfile = known(&build.dockerfile, "Dockerfile")?;
        let folder = self.folder_of(function);
        let relative = |path: &str, what: &str| {
            let path = Path::new(path);
            if path.is_absolute() { Err(format!("the path of its {what} is absolute")) } else { Ok(path.to_owned()) }
        };
        let context = plain(&folder.join(relative(context, "build context")?));
        Ok(BuildPaths { dockerfile: plain(&context.join(relative(dockerfile, "Dockerfile")?)), context })
    }

    /// The folder that paths of a function's declaration are from.
    pub fn folder_of(&self, function: &Function) -> PathBuf {
        let build: Option<&ImageBuild> = function.build.as_ref();
        // Assets of the CDK lie beside their manifest, all else beside the template.
        let doc = build.filter(|build| build.tool == Tool::Cdk).map_or(function.place.doc, |build| build.place.doc);
        let file = self.files.iter().find(|file| file.doc == doc).or(self.files.first());
        let path = file.map_or(Path::new(&self.path), |file| Path::new(&file.path));
        path.parent().unwrap_or(Path::new("")).to_owned()
    }
}

fn known<'a>(setting: &'a Setting<String>, what: &str) -> Result<&'a str, String> {
    match setting {
        Setting::Set(path, _) | Setting::Inherited(path, _) => Ok(path),
        Setting::Unset => Err(format!("the template names no {what}")),
        Setting::Unknown(_) => Err(format!("its {what} is an expression")),
    }
}
