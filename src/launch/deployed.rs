//! What a function's declaration changes of what an image starts.

use super::{Argv, Cache, Launch, Setting};
use crate::diagnostic::{DocumentId, Location};
use crate::facts::Base;
use crate::options::Options;
use std::collections::BTreeMap;

/// What a declaration says of one function. A setting that it leaves unset stays as the image has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overrides {
    /// The function.
    pub function: Declared,
    /// In place of ENTRYPOINT. Lambda keeps CMD, unlike Docker.
    pub entrypoint: Setting<Argv>,
    /// In place of CMD. Lambda keeps ENTRYPOINT.
    pub command: Setting<Argv>,
    /// In place of WORKDIR.
    pub workdir: Setting<String>,
    /// Variables, over those of the image.
    pub env: Vec<(String, Setting<String>)>,
    /// Where an expression may bring further variables.
    pub open_env: Option<Location>,
}

/// The function that deploys an image.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Declared {
    /// Its name in the template.
    pub name: String,
    /// Where it is declared.
    pub place: Location,
    /// `true` if it is certain that it is deployed as it is declared.
    pub certain: bool,
    /// Where it is given a capacity provider, so that it runs on instances of its own.
    pub managed: Option<Location>,
}

impl<'a> Launch<'a> {
    /// What Lambda starts if a function deploys the image.
    #[must_use]
    pub fn deployed(mut self, overrides: &Overrides) -> Self {
        replace(&mut self.entrypoint, &overrides.entrypoint);
        replace(&mut self.cmd, &overrides.command);
        replace(&mut self.workdir, &overrides.workdir);
        self.env.extend(overrides.env.iter().cloned());
        if let Some(place) = overrides.open_env {
            self.env_known = false;
            self.hidden_env = Some(Setting::Unknown(place));
        }
        self.declared = Some(overrides.function.clone());
        // What was asked before is of another start.
        self.cache = Cache::default();
        self
    }

    /// What Lambda starts if nothing is known of the image.
    pub fn of_function(options: &'a Options, overrides: &Overrides) -> Self {
        let hidden = overrides.function.place;
        let launch = Self {
            build: None,
            image: None,
            options,
            base: Base::default(),
            base_place: hidden,
            os: Setting::Unknown(hidden),
            architecture: Setting::Unknown(hidden),
            entrypoint: Setting::Unknown(hidden),
            cmd: Setting::Unknown(hidden),
            env: BTreeMap::new(),
            env_known: false,
            hidden_env: Some(Setting::Unknown(hidden)),
            workdir: Setting::Unknown(hidden),
            user: Setting::Unknown(hidden),
            declared: None,
            cache: Cache::default(),
        };
        launch.deployed(overrides)
    }

    /// What the arguments of the program are called where they are written.
    pub fn command_word(&self) -> &'static str {
        word(&self.cmd, "CMD", "Command")
    }

    /// What the program is called where it is written.
    pub fn entrypoint_word(&self) -> &'static str {
        word(&self.entrypoint, "ENTRYPOINT", "EntryPoint")
    }
}

fn replace<T: Clone>(setting: &mut Setting<T>, other: &Setting<T>) {
    if !matches!(other, Setting::Unset) {
        *setting = other.clone();
    }
}

fn word<T>(setting: &Setting<T>, of_image: &'static str, of_function: &'static str) -> &'static str {
    match setting.place() {
        Some(Location { doc: DocumentId::File(_), .. }) => of_function,
        _ => of_image,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dockerfile::Dockerfile;
    use crate::launch::{Arg, Build};

    fn argv(text: &str) -> Setting<Argv> {
        let place = Location::new(DocumentId::File(0), crate::source::Span::new(1, 2));
        Setting::Set(Argv { args: vec![Arg::new(text, place)], shell: false, place }, place)
    }

    #[test]
    fn each_setting_is_overridden_alone() {
        let text = "FROM public.ecr.aws/lambda/python:3.13\nENV A=1 B=2\nCMD [\"app.handler\"]\n";
        let dockerfile = Dockerfile::read(text);
        let options = Options::new(jiff::civil::date(2026, 11, 24));
        let build = Build::new(&dockerfile, &options);
        let launch = || Launch::of_build(&build, &options).unwrap();
        let command = Overrides { command: argv("app.other"), ..Overrides::default() };
        let deployed = launch().deployed(&command);
        assert!(deployed.starts_lambda_entrypoint());
        assert_eq!(deployed.cmd.value().unwrap().texts(), ["app.other"]);
        assert_eq!((deployed.command_word(), deployed.entrypoint_word()), ("Command", "ENTRYPOINT"));
        // Also where the image's own start was asked for before.
        let asked = launch();
        let arguments = |launch: &Launch<'_>| launch.lambda_entrypoint().map(|started| started.args()[0].text.clone());
        assert_eq!(arguments(&asked).as_deref(), Some("app.handler"));
        assert_eq!(arguments(&asked.deployed(&command)).as_deref(), Some("app.other"));
        let entrypoint = Overrides { entrypoint: argv("/main"), ..Overrides::default() };
        assert_eq!(launch().deployed(&entrypoint).cmd.value().unwrap().texts(), ["app.handler"]);
        let hidden = Overrides { command: Setting::Unknown(Location::default()), ..Overrides::default() };
        assert!(launch().deployed(&hidden).cmd.is_unknown());
    }

    #[test]
    fn variables_of_the_function_win() {
        let dockerfile = Dockerfile::read("FROM public.ecr.aws/lambda/python:3.13\nENV A=1 B=2\n");
        let options = Options::new(jiff::civil::date(2026, 11, 24));
        let build = Build::new(&dockerfile, &options);
        let env = vec![("A".to_owned(), Setting::Set("3".to_owned(), Location::default()))];
        let open = Overrides { env, open_env: Some(Location::default()), ..Overrides::default() };
        let launch = Launch::of_build(&build, &options).unwrap().deployed(&open);
        let value = |name: &str| launch.env(name).and_then(Setting::value).map(String::as_str);
        assert_eq!((value("A"), value("B")), (Some("3"), Some("2")));
        assert!(launch.env("C").is_some_and(Setting::is_unknown));
    }
}
