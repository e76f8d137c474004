//! Where credentials for a registry come from: the files of Docker and Podman, and the helpers that they name.

use super::helper::{self, Answer};
use crate::error::Error;
use crate::source::read_file;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

/// What a registry is told. Nothing prints it.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Credentials {
    /// A user and a password.
    Password { user: String, password: String },
    /// An identity token, for which a token server gives others.
    Identity(String),
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("credentials")
    }
}

impl Credentials {
    /// The value of `Authorization` for them; `None` for a token, which is only for token servers.
    pub(super) fn basic(&self) -> Option<String> {
        match self {
            Self::Password { user, password } => {
                Some(format!("Basic {}", STANDARD.encode(format!("{user}:{password}"))))
            }
            Self::Identity(_) => None,
        }
    }
}

/// What has a value for a name.
type LookUp<T> = Box<dyn Fn(&str) -> Option<T> + Send + Sync>;

/// What is looked at of the machine: its variables and its programs.
pub struct Desk {
    /// A variable of the environment.
    variable: LookUp<OsString>,
    /// A program on PATH.
    program: LookUp<PathBuf>,
    /// What helpers have said: each is asked once about a host.
    answers: Mutex<BTreeMap<(PathBuf, String), Answer>>,
}

impl Default for Desk {
    fn default() -> Self {
        Self::new(|name| std::env::var_os(name), crate::programs::find)
    }
}

impl Desk {
    /// A desk with these variables and programs.
    pub fn new(
        variable: impl Fn(&str) -> Option<OsString> + Send + Sync + 'static,
        program: impl Fn(&str) -> Option<PathBuf> + Send + Sync + 'static,
    ) -> Self {
        Self { variable: Box::new(variable), program: Box::new(program), answers: Mutex::default() }
    }

    /// What a helper says of a server.
    fn ask(&self, program: PathBuf, server: &str) -> Answer {
        let key = (program, server.to_owned());
        let known = |answers: &BTreeMap<_, Answer>| answers.get(&key).cloned();
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        known(&answers).unwrap_or_else(|| {
            let answer = helper::ask(&key.0, server);
            answers.insert(key, answer.clone());
            answer
        })
    }

    pub(super) fn path(&self, name: &str) -> Option<PathBuf> {
        (self.variable)(name).filter(|value| !value.is_empty()).map(PathBuf::from)
    }

    /// A variable as text, if it is set.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        (self.variable)(name).and_then(|value| value.into_string().ok())
    }

    fn home(&self) -> Option<PathBuf> {
        self.path("HOME").or_else(|| self.path("USERPROFILE"))
    }
}

/// What was found for a registry.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Lookup {
    pub(super) credentials: Option<Credentials>,
    /// What to say if the registry refuses.
    pub(super) hint: Option<String>,
}

/// Bytes that a file of credentials may have.
const MAX_FILE: u64 = 4 * 1024 * 1024;

/// Looks for the credentials of a repository; the first file that has some wins. An error where a file or a helper
/// cannot be asked: without what it has, the registry would say no for a reason that nothing shows.
pub(super) fn find(desk: &Desk, host: &str, repository: &str) -> Result<Lookup, Error> {
    for (source, text) in files(desk)? {
        let config: Value = serde_json::from_slice(&text)
            .map_err(|_| Error::new(format!("{source}: it holds credentials, and is not valid JSON")))?;
        if let Some(credentials) = of_file(desk, &source, &config, host, repository)? {
            return Ok(Lookup { credentials: Some(credentials), hint: None });
        }
    }
    if is_ecr(host) {
        return Ok(ecr(desk, host));
    }
    let login =
        format!("no credentials for {host} were found; `docker login {host}` or `podman login {host}` adds them");
    Ok(Lookup { credentials: None, hint: Some(login) })
}

/// The files, each with its name for people, as far as they are there.
fn files(desk: &Desk) -> Result<Vec<(String, Vec<u8>)>, Error> {
    let mut paths: Vec<PathBuf> = desk.path("REGISTRY_AUTH_FILE").into_iter().collect();
    paths.extend(desk.path("XDG_RUNTIME_DIR").map(|folder| folder.join("containers/auth.json")));
    let config = desk.path("XDG_CONFIG_HOME").or_else(|| desk.home().map(|home| home.join(".config")));
    paths.extend(config.map(|folder| folder.join("containers/auth.json")));
    let mut found = Vec::new();
    let read = |path: PathBuf, found: &mut Vec<_>| -> Result<(), Error> {
        if path.exists() {
            found.push((path.display().to_string(), read_file(&path, MAX_FILE)?));
        }
        Ok(())
    };
    for path in paths {
        read(path, &mut found)?;
    }
    // GitLab's jobs and Docker itself take the whole file from a variable.
    if let Some(text) = (desk.variable)("DOCKER_AUTH_CONFIG").filter(|text| !text.is_empty()) {
        found.push(("DOCKER_AUTH_CONFIG".to_owned(), text.to_string_lossy().into_owned().into_bytes()));
    }
    let docker = desk.path("DOCKER_CONFIG").or_else(|| desk.home().map(|home| home.join(".docker")));
    if let Some(folder) = docker {
        read(folder.join("config.json"), &mut found)?;
    }
    Ok(found)
}

/// The entry of one file: its helper for this host, then what stands in it, then its store.
fn of_file(
    desk: &Desk,
    source: &str,
    config: &Value,
    host: &str,
    repository: &str,
) -> Result<Option<Credentials>, Error> {
    let ask = |name: &str| -> Result<Option<Credentials>, Error> {
        if !helper::is_name(name) {
            return Err(Error::new(format!("{source}: a credential helper cannot be called `{name}`")));
        }
        let program = format!("docker-credential-{name}");
        let path = (desk.program)(&program).ok_or_else(|| {
            Error::new(format!("{source} names the credential helper {program}, which is not on PATH"))
        })?;
        match desk.ask(path, server(host)) {
            Answer::Found(credentials) => Ok(Some(credentials)),
            Answer::NotFound => Ok(None),
            Answer::Failed(why) => Err(Error::new(format!("no credentials for {host}: {why}"))),
        }
    };
    if let Some(name) = longest(&config["credHelpers"], host, repository).and_then(Value::as_str)
        && let Some(credentials) = ask(name)?
    {
        return Ok(Some(credentials));
    }
    if let Some(entry) = longest(&config["auths"], host, repository)
        && let Some(credentials) = of_entry(entry, source, host)?
    {
        return Ok(Some(credentials));
    }
    match config["credsStore"].as_str().filter(|name| !name.is_empty()) {
        Some(name) => ask(name),
        None => Ok(None),
    }
}

/// What helpers call a host.
fn server(host: &str) -> &str {
    if host == "docker.io" { "https://index.docker.io/v1/" } else { host }
}

/// The value of the key that names most of a repository: `host/team/orders`, `host/team`, `host`.
fn longest<'v>(map: &'v Value, host: &str, repository: &str) -> Option<&'v Value> {
    let wanted = format!("{host}/{repository}");
    let fits = |key: &str| wanted.strip_prefix(key).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    let keys = map.as_object()?.iter().map(|(key, value)| (plain(key), value));
    keys.filter(|(key, _)| fits(key)).max_by_key(|(key, _)| key.len()).map(|(_, value)| value)
}

/// A key without what older versions of Docker wrote around the host.
fn plain(key: &str) -> String {
    let key = key.strip_prefix("https://").or_else(|| key.strip_prefix("http://")).unwrap_or(key);
    let key = key.trim_end_matches('/');
    let key = key.strip_suffix("/v1").or_else(|| key.strip_suffix("/v2")).unwrap_or(key);
    let (host, rest) = key.split_once('/').map_or((key, ""), |(host, rest)| (host, rest));
    let host = if ["index.docker.io", "registry-1.docker.io"].contains(&host) { "docker.io" } else { host };
    if rest.is_empty() { host.to_owned() } else { format!("{host}/{rest}") }
}

fn of_entry(entry: &Value, source: &str, host: &str) -> Result<Option<Credentials>, Error> {
    let text = |key: &str| entry[key].as_str().filter(|text| !text.is_empty());
    if let Some(token) = text("identitytoken") {
        return Ok(Some(Credentials::Identity(token.to_owned())));
    }
    if let Some(auth) = text("auth") {
        let decoded = STANDARD.decode(auth.trim()).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        let pair = decoded.as_deref().map(|text| text.trim_end_matches('\0')).and_then(|text| text.split_once(':'));
        let (user, password) = pair.ok_or_else(|| {
            Error::new(format!("{source}: `auth` of {host} is not user:password in base64; log in again"))
        })?;
        return Ok(Some(Credentials::Password { user: user.to_owned(), password: password.to_owned() }));
    }
    // `"host": {}` says that a store has them.
    let pair = text("username").zip(text("password"));
    Ok(pair.map(|(user, password)| Credentials::Password { user: user.to_owned(), password: password.to_owned() }))
}

/// Whether a host is a registry of Amazon ECR, for which AWS has a helper.
fn is_ecr(host: &str) -> bool {
    let private = || {
        let (account, rest) = host.split_once('.')?;
        let digits = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
        let service = rest.strip_prefix("dkr.ecr.").or_else(|| rest.strip_prefix("dkr.ecr-fips."));
        let dashed = rest.strip_prefix("dkr-ecr.").or_else(|| rest.strip_prefix("dkr-ecr-fips."));
        let (_region, domain) = service.or(dashed)?.split_once('.')?;
        Some(digits && DOMAINS.contains(&domain))
    };
    ["public.ecr.aws", "ecr-public.aws.com"].contains(&host) || private() == Some(true)
}

/// The domains in which AWS has registries, by partition.
const DOMAINS: &[&str] =
    &["amazonaws.com", "amazonaws.com.cn", "amazonaws.eu", "on.aws", "on.amazonwebservices.com.cn"];

const ECR_HELPER: &str = "docker-credential-ecr-login";

/// Asks AWS's own helper, which signs in with the credentials that its SDK finds.
fn ecr(desk: &Desk, host: &str) -> Lookup {
    let login = format!("`aws ecr get-login-password | docker login --username AWS --password-stdin {host}` logs in");
    let Some(program) = (desk.program)(ECR_HELPER) else {
        let hint = format!("no credentials for {host} were found, and {ECR_HELPER} is not on PATH; {login}");
        return Lookup { credentials: None, hint: Some(hint) };
    };
    match desk.ask(program, host) {
        Answer::Found(credentials) => Lookup { credentials: Some(credentials), hint: None },
        // The helper says of every failure that it has found nothing, and writes why into a file.
        Answer::NotFound => {
            let hint =
                format!("{ECR_HELPER} has no credentials for {host}: ~/.ecr/log/ecr-login.log says why; {login}");
            Lookup { credentials: None, hint: Some(hint) }
        }
        Answer::Failed(why) => Lookup { credentials: None, hint: Some(format!("{why}; {login}")) },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    /// A desk with these variables, whose programs lie in a folder.
    fn desk(variables: &[(&str, &str)], programs: &Path) -> Desk {
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), OsString::from(*value));
        let variables: BTreeMap<String, OsString> = variables.iter().map(own).collect();
        let programs = programs.to_path_buf();
        let program = move |name: &str| Some(programs.join(name)).filter(|path| path.exists());
        Desk::new(move |name| variables.get(name).cloned(), program)
    }

    fn found(desk: &Desk, host: &str, repository: &str) -> String {
        match find(desk, host, repository) {
            Ok(Lookup { credentials: Some(Credentials::Password { user, password }), .. }) => {
                format!("{user}:{password}")
            }
            Ok(Lookup { credentials: Some(Credentials::Identity(token)), .. }) => format!("token {token}"),
            Ok(Lookup { hint, .. }) => format!("none: {}", hint.unwrap_or_default()),
            Err(error) => format!("error: {error}"),
        }
    }

    fn pair(text: &str) -> String {
        format!("{{\"auth\":\"{}\"}}", STANDARD.encode(text))
    }

    #[test]
    fn the_first_file_that_has_an_entry_wins() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, text).unwrap();
            path.display().to_string()
        };
        let named = write("named.json", &format!("{{\"auths\":{{\"only.e\":{}}}}}", pair("a:1")));
        write(
            "run/containers/auth.json",
            &format!(
                "{{\"auths\":{{\"h.e\":{},\"h.e/team\":{},\"h.e/te\":{}}}}}",
                pair("h:1"),
                pair("team:x:y"),
                pair("no:1")
            ),
        );
        write(
            "home/.config/containers/auth.json",
            &format!("{{\"auths\":{{\"h.e\":{},\"c.e\":{{}}}}}}", pair("late:1")),
        );
        write(
            "home/.docker/config.json",
            &format!(
                "{{\"auths\":{{\"https://index.docker.io/v1/\":{},\"https://c.e/v2/\":{},\"u.e\":{{\"username\":\"u\",\
                 \"password\":\"p\"}},\"i.e\":{{\"identitytoken\":\"t\"}},\"b.e\":{{\"auth\":\"%%\"}}}}}}",
                pair("hub:1"),
                pair("c:1")
            ),
        );
        let home = folder.path().join("home").display().to_string();
        let run = folder.path().join("run").display().to_string();
        let desk = desk(&[("REGISTRY_AUTH_FILE", &named), ("XDG_RUNTIME_DIR", &run), ("HOME", &home)], folder.path());
        for (host, repository, wanted) in [
            ("only.e", "x", "a:1"),
            ("h.e", "team/orders", "team:x:y"),
            ("h.e", "teams", "h:1"),
            ("docker.io", "library/python", "hub:1"),
            ("c.e", "x", "c:1"),
            ("u.e", "x", "u:p"),
            ("i.e", "x", "token t"),
        ] {
            assert_eq!(found(&desk, host, repository), wanted, "{host}");
        }
        assert!(found(&desk, "b.e", "x").contains("is not user:password in base64"));
        assert!(found(&desk, "n.e", "x").starts_with("none: no credentials for n.e were found; `docker login n.e`"));
        write("home/.docker/config.json", "{");
        assert!(found(&desk, "n.e", "x").starts_with("error: ") && found(&desk, "n.e", "x").contains("not valid JSON"));
    }

    #[cfg(unix)]
    const NONE: &str = "echo credentials not found in native keychain; exit 1";

    #[cfg(unix)]
    #[test]
    fn helpers_and_stores() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let helper = |name: &str, script: &str| {
            let path = folder.path().join(format!("docker-credential-{name}"));
            std::fs::write(&path, format!("#!/bin/sh\nread server\n{script}\n")).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        };
        let says = |user: &str| format!("printf '{{\"Username\":\"{user}\",\"Secret\":\"%s\"}}' \"$server\"");
        helper("one", &says("one"));
        helper("none", NONE);
        helper("bad", "exit 2");
        let config = |text: &str| desk(&[("DOCKER_AUTH_CONFIG", text)], folder.path());
        let auths = format!("\"auths\":{{\"h.e\":{},\"docker.io\":{{}}}}", pair("a:1"));
        let first = config(&format!("{{\"credHelpers\":{{\"h.e\":\"one\"}},{auths}}}"));
        assert_eq!(found(&first, "h.e", "x"), "one:h.e");
        let next = config(&format!("{{\"credHelpers\":{{\"h.e\":\"none\"}},\"credsStore\":\"one\",{auths}}}"));
        assert_eq!(found(&next, "h.e", "x"), "a:1");
        assert_eq!(found(&next, "docker.io", "library/x"), "one:https://index.docker.io/v1/");
        assert!(found(&config("{\"credsStore\":\"none\"}"), "h.e", "x").starts_with("none: "));
        assert!(found(&config("{\"credsStore\":\"bad\"}"), "h.e", "x").ends_with("it ended with exit code 2"));
        let wrong = found(&config("{\"credsStore\":\"../x\"}"), "h.e", "x");
        assert_eq!(wrong, "error: DOCKER_AUTH_CONFIG: a credential helper cannot be called `../x`");
        assert!(found(&config("{\"credsStore\":\"gone\"}"), "h.e", "x").ends_with("which is not on PATH"));

        let ecr = "123456789012.dkr.ecr.eu-west-1.amazonaws.com";
        assert!(found(&config("{}"), ecr, "x").contains("docker-credential-ecr-login is not on PATH"));
        helper("ecr-login", NONE);
        assert!(found(&config("{}"), ecr, "x").contains("~/.ecr/log/ecr-login.log says why"));
        helper("ecr-login", &says("AWS"));
        assert_eq!(found(&config("{}"), ecr, "x"), format!("AWS:{ecr}"));
        assert!(found(&config("{}"), "h.e", "x").starts_with("none: "));
    }

    #[test]
    fn registries_of_aws() {
        for host in [
            "123456789012.dkr.ecr.eu-west-1.amazonaws.com",
            "123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com",
            "123456789012.dkr-ecr.eu-west-1.on.aws",
            "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn",
            "public.ecr.aws",
        ] {
            assert!(is_ecr(host), "{host}");
        }
        for host in [
            "12345.dkr.ecr.eu-west-1.amazonaws.com",
            "123456789012.dkr.ecr.x.evil.com",
            "h.e",
            "123456789012.dkr.ecr.eu-west-1.amazonaws.com.h.e",
        ] {
            assert!(!is_ecr(host), "{host}");
        }
    }

    #[test]
    fn nothing_prints_them() {
        let credentials = Credentials::Password { user: "u".into(), password: "geheim".into() };
        assert_eq!(format!("{credentials:?}"), "credentials");
    }
}
