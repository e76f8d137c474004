//! The launch of a saved image: nothing is unknown there, save what could not be read.

use super::{Arg, Argv, Launch, Presence, Setting};
use crate::diagnostic::{DocumentId, Location};
use crate::facts::{self, Base, BaseKind};
use crate::image::{EntryKind, FileContent, Image, Resolution, Script};
use crate::options::Options;
use crate::source::Span;
use serde_json::Value;
use std::collections::BTreeMap;

/// Settings longer than this together are not looked into, in bytes: Lambda takes 16 KB of them.
const MAX_SETTINGS: u64 = 1024 * 1024;

impl<'a> Launch<'a> {
    /// The launch of a saved image.
    pub fn of_image(image: &'a Image, options: &'a Options) -> Self {
        crate::meter::begin();
        // Nothing starts with more, and LL110 says that it is too much.
        let huge = image.settings().into_iter().map(|(bytes, _)| bytes).sum::<u64>() > MAX_SETTINGS;
        // An artifact has no settings that start anything; LL102 and LL103 speak of it.
        let foreign = !image.is_one();
        let read = |pointer: &str| {
            let hidden = (huge || foreign) && pointer.starts_with("/config/");
            let config = image.config.as_ref().filter(|_| !hidden);
            let Some(config) = config else { return Setting::Unknown(image.place(DocumentId::Config, "")) };
            match certain(&config.value, pointer) {
                Ok(None) => Setting::Unset,
                Ok(Some(value)) => Setting::Set(value.clone(), config.place(pointer)),
                Err(Doubtful) => Setting::Unknown(config.place(pointer)),
            }
        };
        let text = |pointer: &str| match read(pointer) {
            Setting::Set(Value::String(text), _) if text.is_empty() => Setting::Unset,
            Setting::Set(Value::String(text), place) => Setting::Set(text, place),
            Setting::Set(_, place) | Setting::Unknown(place) | Setting::Inherited(_, place) => Setting::Unknown(place),
            Setting::Unset => Setting::Unset,
        };
        let architecture = match (text("/architecture"), text("/variant")) {
            (Setting::Set(arch, place), Setting::Set(variant, _)) => Setting::Set(format!("{arch}/{variant}"), place),
            (arch, _) => arch,
        };
        let variables = read("/config/Env");
        let (env, env_known) = environment(image, &variables);
        let hidden_env = (!env_known).then(|| Setting::Unknown(variables.place().unwrap_or_default()));
        let mut launch = Self {
            build: None,
            image: Some(image),
            options,
            base: Base::default(),
            base_place: image.place(DocumentId::Config, "/config"),
            os: text("/os"),
            architecture,
            entrypoint: argv(image, "/config/Entrypoint", read("/config/Entrypoint")),
            cmd: argv(image, "/config/Cmd", read("/config/Cmd")),
            env,
            env_known,
            hidden_env,
            workdir: text("/config/WorkingDir"),
            user: text("/config/User"),
            declared: None,
            cache: super::Cache::default(),
        };
        launch.base = launch.base_of_image(image);
        launch
    }

    /// An image stands on an AWS base when it starts the base's entrypoint, when the base's files are in it,
    /// or when its label says so.
    fn base_of_image(&self, image: &Image) -> Base {
        let named = image.base_name().map(|(name, _)| facts::base(name)).unwrap_or_default();
        if named.kind != BaseKind::Unknown {
            return named;
        }
        let there = |path: &str| image.files.has(path);
        if !self.starts_lambda_entrypoint() && !there("/lambda-entrypoint.sh") {
            return Base::default();
        }
        let language =
            [("python", "python"), ("node", "nodejs"), ("ruby", "ruby"), ("java", "java"), ("dotnet", "dotnet")];
        let programs: Vec<String> =
            image.files.children("/var/lang/bin").map(|(name, _)| String::from_utf8_lossy(name).into_owned()).collect();
        // `python3.12` is Python, and `python3-config` alone is not.
        let is = |program: &str, language: &str| {
            program.strip_prefix(language).is_some_and(|rest| rest.chars().all(|c| c.is_ascii_digit() || c == '.'))
        };
        let found = language.iter().find(|(name, _)| programs.iter().any(|program| is(program, name)));
        // With nothing in /var/lang it is the OS-only base, whose bootstrap the user brings.
        let empty = image.files.children("/var/lang/bin").next().is_none();
        let family = found.map(|(_, family)| *family).or(empty.then_some("provided"));
        let runtime = family.and_then(|family| self.runtime_of_image(image, family));
        // The tag that the files stand for says whether AWS still publishes the base.
        let tagged = runtime.map(|runtime| format!("public.ecr.aws/lambda/{}:{}", runtime.family, runtime.tag));
        let retired = tagged.and_then(|name| facts::base(&name).retired);
        Base { kind: BaseKind::Lambda, family, runtime, retired, ..Base::default() }
    }
}

impl Launch<'_> {
    /// The distribution of a saved image: `ID` and `VERSION_ID` of `/etc/os-release`.
    pub fn distribution(&self) -> Option<(String, String)> {
        self.image?.distribution()
    }
}

/// A value of the config that readers may take for different things.
struct Doubtful;

/// The value at a pointer into the config, as every reader has it; `None` where it is not set.
fn certain<'v>(config: &'v Value, pointer: &str) -> Result<Option<&'v Value>, Doubtful> {
    let mut value = config;
    for key in pointer.split('/').skip(1) {
        let object = value.as_object().ok_or(Doubtful)?;
        // Go takes keys in any letter case, and so does Docker; what Lambda does is not known.
        if object.keys().any(|known| known != key && known.eq_ignore_ascii_case(key)) {
            return Err(Doubtful);
        }
        match object.get(key) {
            None | Some(Value::Null) => return Ok(None),
            Some(inner) => value = inner,
        }
    }
    Ok(Some(value))
}

/// The variables of an image, and whether that is all of them: Docker refuses a list with anything but texts in it.
fn environment(image: &Image, variables: &Setting<Value>) -> (BTreeMap<String, Setting<String>>, bool) {
    let list = match variables {
        Setting::Unset => return (BTreeMap::new(), true),
        setting => setting.value().and_then(Value::as_array),
    };
    let Some(list) = list else { return (BTreeMap::new(), false) };
    let variable = |(at, value): (usize, &Value)| {
        let (key, value) = value.as_str()?.split_once('=')?;
        let place = image.place(DocumentId::Config, &format!("/config/Env/{at}"));
        Some((key.to_owned(), Setting::Set(value.to_owned(), place)))
    };
    (list.iter().enumerate().filter_map(variable).collect(), list.iter().all(Value::is_string))
}

fn argv(image: &Image, pointer: &str, setting: Setting<Value>) -> Setting<Argv> {
    let Setting::Set(value, place) = setting else {
        return match setting {
            Setting::Unknown(place) => Setting::Unknown(place),
            _ => Setting::Unset,
        };
    };
    let texts: Option<Vec<&str>> = value.as_array().and_then(|items| items.iter().map(Value::as_str).collect());
    let Some(texts) = texts else { return Setting::Unknown(place) };
    if texts.is_empty() {
        return Setting::Unset;
    }
    let at = |index: usize| image.place(DocumentId::Config, &format!("{pointer}/{index}"));
    let args = texts.into_iter().enumerate().map(|(index, text)| Arg::new(text, at(index)));
    let args: Vec<Arg> = args.collect();
    let shell = matches!(args.as_slice(), [shell, flag, _]
        if flag.text == "-c" && matches!(shell.text.as_str(), "/bin/sh" | "/bin/bash" | "sh" | "bash" | "/bin/ash"));
    Setting::Set(Argv { args, shell, place }, place)
}

/// The label, and the annotation, that names an image's base.
const BASE_NAME: &str = "org.opencontainers.image.base.name";

impl Image {
    /// The name of the base as a label or an annotation gives it, and where.
    pub(super) fn base_name(&self) -> Option<(&str, Location)> {
        [(DocumentId::Config, "/config/Labels"), (DocumentId::Manifest, "/annotations")].into_iter().find_map(
            |(doc, above)| {
                let pointer = format!("{above}/{BASE_NAME}");
                let name = self.document(doc)?.value.pointer(&pointer)?.as_str()?;
                Some((name, self.place(doc, &pointer)))
            },
        )
    }

    /// The script at a path, links followed; `None` where a layer that cannot be read may hold another.
    pub(super) fn script(&self, path: &str) -> Option<&Script> {
        let Resolution::Found(node, _) = self.files.resolve(path) else { return None };
        match node.facet.as_deref() {
            Some(FileContent::Script(script)) if self.is_whole() => Some(script),
            _ => None,
        }
    }

    /// Whether a regular file is at a path, links followed. A folder is as good as nothing.
    pub(super) fn presence(&self, path: &str) -> Presence {
        let unknown = self.layers.iter().position(|layer| !layer.whole);
        match self.files.resolve(path) {
            Resolution::Found(node, _) if node.kind != EntryKind::Directory => {
                Presence::Present(Location::new(DocumentId::Layer(node.layer()), Span::default()))
            }
            // What could not be read may hold it.
            _ if !self.is_whole() => {
                Presence::Unknown(Location::new(DocumentId::Layer(unknown.unwrap_or(0)), Span::default()))
            }
            _ => Presence::Absent,
        }
    }

    /// Why a program is certainly not in the image; what to do about it.
    pub(super) fn missing_program(&self, program: &Arg, workdir: &str, path: Option<&String>) -> Option<String> {
        // What is mounted comes with the function, and not with the image.
        let absent = |path: &str| self.presence(path) == Presence::Absent && !crate::path::under(path, "/mnt");
        let name = program.text.as_str();
        if name.contains('/') {
            let full = if name.starts_with('/') { name.to_owned() } else { format!("{workdir}/{name}") };
            // A folder of that name is there, and still cannot be started: LL207 says that.
            let folder = matches!(self.files.resolve(&full), Resolution::Found(..));
            return (absent(&full) && !folder).then(|| match self.files.resolve(&full) {
                Resolution::Missing(gone) if gone != full => format!("it is a link, and {gone} is not there"),
                Resolution::Loop => "it is a link that leads to itself".into(),
                _ => "copy the program there, or name where it is".into(),
            });
        }
        // Without PATH in the config, the kernel's and Lambda's default would decide.
        let folders = path.map_or("/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", String::as_str);
        let missing = !name.is_empty() && folders.split(':').all(|folder| absent(&format!("{folder}/{name}")));
        missing.then(|| format!("it is in no folder of PATH ({folders}); name it by its absolute path"))
    }
}
