//! What is to be started and with which settings: those of the image, over them those of a template's function, over them
//! those of the command line.

use super::spec::Spec;
use crate::facts;
use crate::image::Image;
use crate::launch::{Argv, Setting};
use crate::template::{Function, Variable};
use serde_json::Value;
use std::collections::BTreeMap;

/// Lambda's defaults.
const SECONDS: u64 = 3;
const INIT_SECONDS: u64 = 10;
const MEMORY_MB: u64 = 128;
const TMP_MB: u64 = 512;

/// What the user asks for.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// In place of ENTRYPOINT.
    pub entrypoint: Option<Vec<String>>,
    /// In place of CMD.
    pub command: Option<Vec<String>>,
    /// In place of WORKDIR.
    pub folder: Option<String>,
    /// Variables of the function.
    pub variables: Vec<(String, String)>,
    /// Seconds for an invocation.
    pub seconds: Option<u64>,
    /// Seconds for the start.
    pub init_seconds: Option<u64>,
    /// Memory in MB.
    pub memory_mb: Option<u64>,
    /// Size of `/tmp` in MB.
    pub tmp_mb: Option<u64>,
    /// Whether extensions are started.
    pub extensions: bool,
    /// Whether it gets the network of the host.
    pub host_network: bool,
    /// Events, as JSON texts.
    pub events: Vec<String>,
    /// Bytes of log that are kept of each stream.
    pub log_bytes: usize,
}

impl Asked {
    /// Whether something else is started than the image and the template say.
    pub fn overrides(&self) -> bool {
        self.entrypoint.is_some() || self.command.is_some() || self.folder.is_some() || !self.variables.is_empty()
    }
}

/// What is started.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// ENTRYPOINT.
    pub entrypoint: Vec<String>,
    /// CMD.
    pub command: Vec<String>,
    /// Where it starts.
    pub folder: String,
    /// Variables, those of Lambda among them.
    pub environment: BTreeMap<String, String>,
    /// Variables of extensions.
    pub extension_environment: BTreeMap<String, String>,
    /// Seconds for an invocation.
    pub seconds: u64,
    /// Seconds for the start.
    pub init_seconds: u64,
    /// Memory in MB.
    pub memory_mb: u64,
    /// Size of `/tmp` in MB.
    pub tmp_mb: u64,
    /// What a template says that is not known here.
    pub unknown: Vec<String>,
}

impl Plan {
    /// What to start of an image. An error says what cannot be taken.
    pub fn of(image: &Image, function: Option<&Function>, asked: &Asked) -> Result<Self, String> {
        let settings = image.config.as_ref().map_or(&Value::Null, |config| &config.value["config"]);
        let words = |key: &str| -> Vec<String> {
            settings[key].as_array().into_iter().flatten().filter_map(|word| word.as_str().map(str::to_owned)).collect()
        };
        let folder = settings["WorkingDir"].as_str().filter(|folder| !folder.is_empty()).unwrap_or("/");
        let mut plan = Self {
            entrypoint: words("Entrypoint"),
            command: words("Cmd"),
            folder: folder.to_owned(),
            seconds: asked.seconds.unwrap_or(SECONDS),
            init_seconds: asked.init_seconds.unwrap_or(INIT_SECONDS),
            memory_mb: asked.memory_mb.unwrap_or(MEMORY_MB),
            tmp_mb: asked.tmp_mb.unwrap_or(TMP_MB),
            ..Self::default()
        };
        let mut own: BTreeMap<String, String> = BTreeMap::new();
        if let Some(function) = function {
            plan.take(function, asked, &mut own);
        }
        if let Some(entrypoint) = &asked.entrypoint {
            plan.entrypoint.clone_from(entrypoint);
        }
        if let Some(command) = &asked.command {
            plan.command.clone_from(command);
        }
        if let Some(folder) = &asked.folder {
            plan.folder.clone_from(folder);
        }
        let reserved = &facts::environment().reserved;
        if let Some((name, _)) = asked.variables.iter().find(|(name, _)| reserved.contains(&name.as_str())) {
            return Err(format!("Lambda refuses {name}: the name is reserved"));
        }
        own.extend(asked.variables.iter().cloned());
        let of_image = words("Env").into_iter().filter_map(|line| {
            let (name, value) = line.split_once('=')?;
            Some((name.to_owned(), value.to_owned()))
        });
        let mut both: BTreeMap<String, String> = of_image.chain(own).collect();
        both.retain(|name, value| !name.is_empty() && !name.contains('\0') && !value.contains('\0'));
        plan.environment = runtime_environment(&both, plan.memory_mb);
        plan.extension_environment = extension_environment(&both, plan.memory_mb);
        Ok(plan)
    }

    fn take(&mut self, function: &Function, asked: &Asked, own: &mut BTreeMap<String, String>) {
        let words = |argv: &Argv| argv.args.iter().map(|arg| arg.text.clone()).collect::<Vec<_>>();
        let mut unknown = |what: &str, is: bool| {
            if is {
                self.unknown.push(format!("{what} of {} is known only when it is deployed", function.id));
            }
        };
        unknown("ENTRYPOINT", function.entrypoint.is_unknown() && asked.entrypoint.is_none());
        unknown("CMD", function.command.is_unknown() && asked.command.is_none());
        unknown("WORKDIR", function.workdir.is_unknown() && asked.folder.is_none());
        unknown("the memory", function.memory.is_unknown() && asked.memory_mb.is_none());
        unknown("the time-out", function.timeout.is_unknown() && asked.seconds.is_none());
        unknown("the list of variables", function.env_open);
        for Variable { name, value, .. } in &function.env {
            let given = asked.variables.iter().any(|(known, _)| *known == name.text);
            match value.value().and_then(|text| text.known()) {
                Some(value) => drop(own.insert(name.text.clone(), value.to_owned())),
                None if *value == Setting::Unset || given => {}
                None => unknown(&format!("the variable {}", name.text), true),
            }
        }
        if let Some(entrypoint) = function.entrypoint.value() {
            self.entrypoint = words(entrypoint);
        }
        if let Some(command) = function.command.value() {
            self.command = words(command);
        }
        if let Some(folder) = function.workdir.value() {
            self.folder.clone_from(folder);
        }
        self.memory_mb = asked.memory_mb.or(function.memory.value().copied()).unwrap_or(MEMORY_MB);
        self.seconds = asked.seconds.or(function.timeout.value().copied()).unwrap_or(SECONDS);
        self.tmp_mb = asked.tmp_mb.or(function.storage.value().copied()).unwrap_or(TMP_MB);
    }

    /// What the sandbox is told of it.
    pub(super) fn spec(&self, asked: &Asked) -> Spec {
        Spec {
            host_network: asked.host_network,
            program: self.entrypoint.iter().chain(&self.command).cloned().collect(),
            folder: self.folder.clone(),
            environment: self.environment.clone(),
            extension_environment: self.extension_environment.clone(),
            handler: self.command.first().cloned().unwrap_or_default(),
            tmp_mb: self.tmp_mb,
            memory_mb: self.memory_mb,
            init_seconds: self.init_seconds,
            seconds: self.seconds,
            events: asked.events.clone(),
            log_bytes: asked.log_bytes,
            ..Spec::default()
        }
    }
}

/// Names that Lambda gives to the runtime and to extensions, and their values: as recorded on AWS, without an account.
fn platform(memory_mb: u64) -> Vec<(&'static str, String)> {
    vec![
        ("AWS_ACCESS_KEY_ID", "lamblint-try".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "lamblint-try".to_owned()),
        ("AWS_SESSION_TOKEN", "lamblint-try".to_owned()),
        ("AWS_REGION", "us-east-1".to_owned()),
        ("AWS_DEFAULT_REGION", "us-east-1".to_owned()),
        ("AWS_LAMBDA_FUNCTION_NAME", "function".to_owned()),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST".to_owned()),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", memory_mb.to_string()),
        ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand".to_owned()),
        ("AWS_XRAY_DAEMON_ADDRESS", "169.254.100.1:2000".to_owned()),
    ]
}

/// The variables of the runtime. The image's own give way to Lambda's, except those that a function may set.
fn runtime_environment(own: &BTreeMap<String, String>, memory_mb: u64) -> BTreeMap<String, String> {
    let mut all: BTreeMap<String, String> = own.clone();
    all.retain(|name, _| !name.starts_with('_'));
    all.entry("AWS_XRAY_CONTEXT_MISSING".to_owned()).or_insert_with(|| "LOG_ERROR".to_owned());
    all.entry("AWS_EXECUTION_ENV".to_owned()).or_insert_with(|| "AWS_Lambda_Image".to_owned());
    let more = [
        ("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/function"),
        ("AWS_LAMBDA_LOG_STREAM_NAME", "[$LATEST]00000000000000000000000000000000"),
        ("LAMBDA_TASK_ROOT", "/var/task"),
        ("LAMBDA_RUNTIME_DIR", "/var/runtime"),
        ("_AWS_XRAY_DAEMON_ADDRESS", "169.254.100.1"),
        ("_AWS_XRAY_DAEMON_PORT", "2000"),
    ];
    let platform = platform(memory_mb).into_iter();
    let platform = platform.chain(more.map(|(name, value)| (name, value.to_owned())));
    all.extend(platform.map(|(name, value)| (name.to_owned(), value)));
    all
}

/// The variables of extensions: fewer.
fn extension_environment(own: &BTreeMap<String, String>, memory_mb: u64) -> BTreeMap<String, String> {
    let left_out = [
        "AWS_LAMBDA_LOG_GROUP_NAME",
        "AWS_LAMBDA_LOG_STREAM_NAME",
        "LAMBDA_TASK_ROOT",
        "LAMBDA_RUNTIME_DIR",
        "AWS_EXECUTION_ENV",
        "AWS_XRAY_CONTEXT_MISSING",
    ];
    let mut all: BTreeMap<String, String> = own.clone();
    all.retain(|name, _| !name.starts_with('_') && !left_out.contains(&name.as_str()));
    all.extend(platform(memory_mb).into_iter().map(|(name, value)| (name.to_owned(), value)));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(settings: &str) -> Image {
        let value: Value = serde_json::from_str(&format!("{{\"config\": {settings}}}")).unwrap();
        let config = crate::image::Document::print(crate::diagnostic::DocumentId::Config, value);
        Image { config: Some(config), ..Image::default() }
    }

    #[test]
    fn what_is_asked_for_wins() {
        let image = image(
            r#"{"Entrypoint": ["/e"], "Cmd": ["a", "b"], "WorkingDir": "/w", "Env": ["A=1", "B=2", "_C=3", "LAMBDA_TASK_ROOT=/x", "X"]}"#,
        );
        let asked = Asked {
            command: Some(vec!["app.other".into()]),
            variables: vec![("B".into(), "=".into())],
            memory_mb: Some(256),
            ..Asked::default()
        };
        let plan = Plan::of(&image, None, &asked).unwrap();
        let spec = plan.spec(&asked);
        assert_eq!(
            (spec.program, spec.folder, spec.handler),
            (vec!["/e".into(), "app.other".into()], "/w".into(), "app.other".into())
        );
        let has = |name: &str| plan.environment.get(name).map(String::as_str);
        assert_eq!((has("A"), has("B"), has("_C"), has("X")), (Some("1"), Some("="), None, None));
        assert_eq!((has("LAMBDA_TASK_ROOT"), has("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")), (Some("/var/task"), Some("256")));
        assert_eq!(has("HOME"), None, "Lambda sets none");
        assert_eq!(plan.extension_environment.get("LAMBDA_TASK_ROOT"), None);
        assert_eq!((plan.seconds, plan.init_seconds, plan.tmp_mb), (3, 10, 512));
    }

    #[test]
    fn reserved_names_are_refused() {
        let asked = Asked { variables: vec![("AWS_REGION".into(), "x".into())], ..Asked::default() };
        assert!(Plan::of(&image("null"), None, &asked).unwrap_err().contains("AWS_REGION"));
        let plan = Plan::of(&image("null"), None, &Asked::default()).unwrap();
        assert_eq!((plan.folder.as_str(), plan.entrypoint.len()), ("/", 0));
    }
}
