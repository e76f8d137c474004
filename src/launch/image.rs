//! The launch of a saved image: nothing is unknown there, save what could not be read.

use super::{Arg, Argv, Launch, Presence, Setting};
use crate::diagnostic::{Doc, Place};
use crate::facts::{self, Base, BaseKind};
use crate::image::{EntryKind, Image, Resolution};
use crate::options::Options;
use crate::source::Span;
use serde_json::Value;
use std::collections::BTreeMap;

/// Settings longer than this together are not looked into, in bytes: Lambda takes 16 KB of them.
const MOST_SETTINGS: u64 = 1024 * 1024;

impl<'a> Launch<'a> {
    /// The launch of a saved image.
    pub fn of_image(image: &'a Image, options: &'a Options) -> Self {
        // Nothing starts with more, and LL110 says that it is too much.
        let huge = image.settings().into_iter().map(|(bytes, _)| bytes).sum::<u64>() > MOST_SETTINGS;
        let read = |pointer: &str| {
            let config = image.config.as_ref().filter(|_| !(huge && pointer.starts_with("/config/")));
            let Some(config) = config else { return Setting::Unknown(image.place(Doc::Config, "")) };
            match config.value.pointer(pointer) {
                None | Some(Value::Null) => Setting::Unset,
                Some(value) => Setting::Set(value.clone(), config.place(pointer)),
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
        let (env, env_known) = if huge { (BTreeMap::new(), false) } else { environment(image) };
        let mut launch = Self {
            build: None,
            image: Some(image),
            options,
            base: Base::default(),
            base_place: image.place(Doc::Config, "/config"),
            os: text("/os"),
            architecture,
            entrypoint: argv(image, "/config/Entrypoint", read("/config/Entrypoint")),
            cmd: argv(image, "/config/Cmd", read("/config/Cmd")),
            env,
            env_known,
            workdir: text("/config/WorkingDir"),
            user: text("/config/User"),
            cache: super::Cache::default(),
        };
        launch.base = launch.base_of_image(image);
        launch
    }

    /// An image stands on an AWS base when it starts the base's entrypoint, when the base's files are in it,
    /// or when its label says so.
    fn base_of_image(&self, image: &Image) -> Base {
        let label = |key: &str| {
            let config = image.config.as_ref().map(|c| &c.value["config"]["Labels"][key]);
            let manifest = image.manifest.as_ref().map(|m| &m.value["annotations"][key]);
            config.and_then(Value::as_str).or_else(|| manifest.and_then(Value::as_str)).map(str::to_owned)
        };
        let named = label("org.opencontainers.image.base.name").map(|name| facts::base(&name)).unwrap_or_default();
        if named.kind != BaseKind::Unknown {
            return named;
        }
        let there = |path: &str| image.files.get(path).is_some();
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
        Base { kind: BaseKind::Lambda, family, runtime, ..Base::default() }
    }
}

impl Launch<'_> {
    /// The layer of a saved image that brings a program at one of some paths.
    pub fn layer_of_any(&self, paths: &[&str]) -> Option<Place> {
        paths.iter().find_map(|path| match self.image?.presence(path) {
            Presence::Present(place) => Some(place),
            _ => None,
        })
    }
}

fn environment(image: &Image) -> (BTreeMap<String, Setting<String>>, bool) {
    let Some(config) = &image.config else { return (BTreeMap::new(), false) };
    let list = config.value.pointer("/config/Env").and_then(Value::as_array);
    let variable = |(at, value): (usize, &Value)| {
        let (key, value) = value.as_str()?.split_once('=')?;
        Some((key.to_owned(), Setting::Set(value.to_owned(), config.place(&format!("/config/Env/{at}")))))
    };
    (list.into_iter().flatten().enumerate().filter_map(variable).collect(), true)
}

fn argv(image: &Image, pointer: &str, setting: Setting<Value>) -> Setting<Argv> {
    let Setting::Set(value, place) = setting else {
        return match setting {
            Setting::Unknown(place) => Setting::Unknown(place),
            _ => Setting::Unset,
        };
    };
    let Some(items) = value.as_array() else { return Setting::Unknown(place) };
    if items.is_empty() {
        return Setting::Unset;
    }
    let at = |index: usize| image.place(Doc::Config, &format!("{pointer}/{index}"));
    let args = items.iter().enumerate().map(|(index, item)| Arg::new(item.as_str().unwrap_or_default(), at(index)));
    let args: Vec<Arg> = args.collect();
    let shell = matches!(args.as_slice(), [shell, flag, _]
        if flag.text == "-c" && matches!(shell.text.as_str(), "/bin/sh" | "/bin/bash" | "sh" | "bash" | "/bin/ash"));
    Setting::Set(Argv { args, shell, place }, place)
}

impl Image {
    /// Whether a regular file is at a path, links followed. A folder is as good as nothing.
    pub(super) fn presence(&self, path: &str) -> Presence {
        let unknown = self.layers.iter().position(|layer| !layer.whole);
        match self.files.resolve(path) {
            Resolution::Found(node, _) if node.kind != EntryKind::Directory => {
                Presence::Present(Place::new(Doc::Layer(node.layer), Span::default()))
            }
            // What could not be read may hold it.
            _ if !self.is_whole() => Presence::Unknown(Place::new(Doc::Layer(unknown.unwrap_or(0)), Span::default())),
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
