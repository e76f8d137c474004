//! What all languages share on the way from values to a function.

use super::image_uri::Image;
use super::value::{self, Key, Kind, Map, Value};
use super::{Function, ImageBuild, Language, Located, Mount, Named, Package, Variable};
use crate::diagnostic::Location;
use crate::launch::{Argv, Setting};

impl Function {
    /// A function of which nothing but the id is known yet.
    pub(super) fn named(id: &str, language: Language, place: Location) -> Self {
        Self {
            id: id.to_owned(),
            name: Setting::Unset,
            language,
            place,
            sure: true,
            package: Setting::Inherited(Package::Zip, place),
            image: Image::Unset,
            command: Setting::Unset,
            entrypoint: Setting::Unset,
            workdir: Setting::Unset,
            architectures: Setting::Unset,
            memory: Setting::Unset,
            timeout: Setting::Unset,
            storage: Setting::Unset,
            env: Vec::new(),
            env_open: false,
            zip_only: Vec::new(),
            snapstart: Setting::Unset,
            publishes: Setting::Unset,
            managed: Setting::Unset,
            vpc: Setting::Unset,
            mounts: Vec::new(),
            gateway: None,
            region: Setting::Unset,
            source_hash: false,
            own_repository: None,
            pushed_by_sam: language == Language::Sam,
            build: None,
            packs_zip: false,
            misplaced: Vec::new(),
            located: Located::Unknown("it was not looked for".to_owned()),
        }
    }

    /// Takes the environment variables from a map of them.
    pub(super) fn set_env(&mut self, variables: Option<&Value>) {
        let Some(variables) = variables else { return };
        match &variables.kind {
            Kind::Map(map) => {
                self.env_open |= map.open;
                // A choice of CloudFormation may be `AWS::NoValue`; elsewhere an expression has some value.
                let choice = matches!(self.language, Language::Sam | Language::CloudFormation);
                self.env.extend(last_of_each(map).map(|(name, value)| Variable {
                    name: name.clone(),
                    value: value::text(Some(value)),
                    optional: choice && value.kind == Kind::Unknown,
                }));
            }
            Kind::Unknown | Kind::Present => self.env_open = true,
            _ => {}
        }
    }

    /// Takes the keys that only a zip function may have from a map.
    pub(super) fn set_zip_only(&mut self, map: &Map, names: &[&str]) {
        for name in names {
            let Some((key, value)) = map.entry(name) else { continue };
            // The tools take an empty text for none.
            let empty = match &value.kind {
                Kind::List(list) => list.is_empty(),
                Kind::Text(text) => text.known() == Some(""),
                _ => false,
            };
            if !value.may_be_absent() && !empty {
                self.zip_only.push(Named { name: (*name).to_owned(), place: key.place });
            }
        }
    }
}

impl ImageBuild {
    /// A build of which nothing is known yet.
    pub(super) fn by(tool: super::Tool, place: Location) -> Self {
        Self {
            tool,
            context: Setting::Unset,
            dockerfile: Setting::Unset,
            target: Setting::Unset,
            args: Vec::new(),
            args_open: false,
            args_fault: None,
            platform: Setting::Unset,
            attestations: Setting::Unset,
            can_switch_attestations: true,
            odd_keys: Vec::new(),
            tag: Setting::Unset,
            place,
        }
    }

    /// Takes the build arguments from a map of them.
    pub(super) fn set_args(&mut self, args: Option<&Value>) {
        match args.map(|args| (&args.kind, args.place)) {
            Some((Kind::Map(map), _)) => {
                self.args_open |= map.open;
                let one = |(key, value): &(Key, Value)| (key.clone(), value::string(Some(value)));
                self.args.extend(last_of_each(map).map(one));
            }
            Some((Kind::Unknown | Kind::Present, _)) => self.args_open = true,
            None | Some((Kind::Absent, _)) => {}
            Some((_, place)) => self.args_fault = Some(place),
        }
    }
}

/// The entries of a map without those that a later one of the same key replaces.
fn last_of_each(map: &Map) -> impl Iterator<Item = &(Key, Value)> {
    let mut seen = std::collections::BTreeSet::new();
    let mut last: Vec<&(Key, Value)> =
        map.entries.iter().rev().filter(|(key, _)| seen.insert(key.text.as_str())).collect();
    last.reverse();
    last.into_iter()
}

/// The package type, after the default of the language.
pub(super) fn package(value: Option<&Value>, default: Location) -> Setting<Package> {
    let one = |text: &String| match text.as_str() {
        "Image" => Some(Package::Image),
        "Zip" => Some(Package::Zip),
        _ => None,
    };
    match value::string(value) {
        Setting::Set(text, place) => one(&text).map_or(Setting::Unknown(place), |it| Setting::Set(it, place)),
        Setting::Inherited(text, place) => {
            one(&text).map_or(Setting::Unknown(place), |it| Setting::Inherited(it, place))
        }
        Setting::Unset => Setting::Inherited(Package::Zip, default),
        Setting::Unknown(place) => Setting::Unknown(place),
    }
}

/// An image URI; the .NET tools write an empty text or a dot for the one that they fill in.
pub(super) fn image(value: Option<&Value>) -> Image {
    match value.map(|value| (&value.kind, value)) {
        None | Some((Kind::Absent, _)) => Image::Unset,
        Some((Kind::Text(text), value)) if matches!(text.known(), Some("" | ".")) => Image::Later(value.place),
        Some((Kind::Text(text), value)) => Image::Uri(text.clone(), value.place),
        Some((_, value)) => Image::Unknown { place: value.place, present: !value.may_be_absent() },
    }
}

/// An override of the command line; Lambda takes an empty list for none.
pub(super) fn command(value: Option<&Value>) -> Setting<Argv> {
    match value::argv(value) {
        Setting::Set(argv, _) | Setting::Inherited(argv, _) if argv.args.is_empty() => Setting::Unset,
        argv => argv,
    }
}

/// Whether a key is there: a map or a list that says what it says.
pub(super) fn presence(value: Option<&Value>) -> Setting<bool> {
    match value {
        None => Setting::Unset,
        Some(value) => match value.kind {
            Kind::Absent => Setting::Unset,
            Kind::Unknown => Setting::Unknown(value.place),
            _ => Setting::Set(true, value.place),
        },
    }
}

/// The file systems of a list of maps with a path and an ARN.
pub(super) fn mounts(value: Option<&Value>, path: &str, arn: &str) -> Vec<Mount> {
    let one = |value: &Value| {
        let arn = value.get(arn);
        // A literal that is not of EFS mounts something else; `!GetAtt` of an access point cannot be told.
        let other = value::text(arn.as_ref()).value().is_some_and(|arn| arn.head().contains(":s3"));
        Mount { path: value::string(value.get(path).as_ref()), efs: !other, place: value.place }
    };
    match value.map(|value| &value.kind) {
        Some(Kind::List(list)) => list.iter().filter(|value| value.map().is_some()).map(one).collect(),
        Some(Kind::Map(_)) => value.into_iter().map(one).collect(),
        _ => Vec::new(),
    }
}

/// Whether `ApplyOn` of SnapStart switches it on.
pub(super) fn on(apply_on: Setting<String>) -> Setting<bool> {
    match apply_on {
        Setting::Set(text, place) => Setting::Set(text == "PublishedVersions", place),
        Setting::Inherited(text, place) => Setting::Inherited(text == "PublishedVersions", place),
        Setting::Unset => Setting::Unset,
        Setting::Unknown(place) => Setting::Unknown(place),
    }
}
