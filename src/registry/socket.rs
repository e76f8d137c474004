//! Where Docker and Podman listen: where a variable or Docker's context says, or where one of their installations does.

use super::reference::Engine;
use crate::error::Error;
use crate::source::read_file;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Bytes of a file of settings.
const MAX_FILE: u64 = 4 * 1024 * 1024;

/// The socket of an engine. `variable` gives the variables of the environment.
pub(super) fn find(engine: Engine, variable: &dyn Fn(&str) -> Option<OsString>) -> Result<PathBuf, Error> {
    let path = |name: &str| variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let setting = match engine {
        Engine::Docker => "DOCKER_HOST",
        Engine::Podman => "CONTAINER_HOST",
    };
    if let Some(host) = path(setting) {
        return of_host(engine, setting, &host.to_string_lossy());
    }
    let (run, home) = (path("XDG_RUNTIME_DIR"), path("HOME"));
    if let Engine::Docker = engine
        && let Some(folder) = path("DOCKER_CONFIG").or_else(|| home.as_ref().map(|home| home.join(".docker")))
        && let Some(socket) = of_context(&folder, path("DOCKER_CONTEXT"))?
    {
        return Ok(socket);
    }
    let places: Vec<Option<PathBuf>> = match engine {
        Engine::Docker => vec![
            Some(PathBuf::from("/var/run/docker.sock")),
            run.map(|run| run.join("docker.sock")),
            home.map(|home| home.join(".docker/run/docker.sock")),
        ],
        Engine::Podman => {
            vec![run.map(|run| run.join("podman/podman.sock")), Some(PathBuf::from("/run/podman/podman.sock"))]
        }
    };
    places.into_iter().flatten().find(|path| path.exists()).ok_or_else(|| {
        let start = match engine {
            Engine::Docker => "start Docker",
            Engine::Podman => "`systemctl --user start podman.socket` makes one",
        };
        Error::new(format!("no socket of {} was found; {start}, or name it in {setting}", engine.name()))
    })
}

/// The socket that an address names.
fn of_host(engine: Engine, setting: &str, host: &str) -> Result<PathBuf, Error> {
    host.strip_prefix("unix://").map(PathBuf::from).ok_or_else(|| {
        // The rest may hold a password.
        let scheme = host.split("://").next().unwrap_or_default();
        let program = engine.name().to_lowercase();
        Error::new(format!(
            "{setting} begins with {scheme}, and only unix:// is read; `{program} save IMAGE | lamblint -` does the same"
        ))
    })
}

/// The socket of Docker's context: of the one that `DOCKER_CONTEXT` names, or of the one in use. `default` is none.
fn of_context(folder: &Path, named: Option<PathBuf>) -> Result<Option<PathBuf>, Error> {
    let document = |path: &Path| -> Option<Value> {
        let bytes = path.exists().then(|| read_file(path, MAX_FILE).ok())??;
        serde_json::from_slice(&bytes).ok()
    };
    let (setting, context) = match named {
        Some(name) => ("DOCKER_CONTEXT", name.to_string_lossy().into_owned()),
        None => {
            let config = document(&folder.join("config.json")).unwrap_or_default();
            (
                "`currentContext` of Docker's config.json",
                config["currentContext"].as_str().unwrap_or_default().to_owned(),
            )
        }
    };
    if context.is_empty() || context == "default" {
        return Ok(None);
    }
    let id = crate::hex::of(&Sha256::digest(context.as_bytes()));
    let meta = document(&folder.join("contexts/meta").join(id).join("meta.json"));
    let shown: String = context.chars().filter(|c| !c.is_control()).take(80).collect();
    let host = meta.as_ref().and_then(|meta| meta["Endpoints"]["docker"]["Host"].as_str());
    let host = host.ok_or_else(|| {
        let why = if meta.is_some() { "has no address of Docker" } else { "is not there" };
        Error::new(format!("the context {shown} that {setting} names {why}; `docker context ls` lists them"))
    })?;
    of_host(Engine::Docker, &format!("the address of Docker's context {shown}"), host).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn set<'v>(variables: &'v [(&str, &Path)]) -> impl Fn(&str) -> Option<OsString> + 'v {
        move |asked| variables.iter().find(|(name, _)| *name == asked).map(|(_, value)| value.as_os_str().to_owned())
    }

    fn found(engine: Engine, variables: &[(&str, &Path)]) -> String {
        match find(engine, &set(variables)) {
            Ok(path) => path.display().to_string(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn variables_and_places() {
        let folder = tempfile::tempdir().unwrap();
        let run = folder.path().join("podman");
        fs::create_dir(&run).unwrap();
        fs::write(run.join("podman.sock"), "").unwrap();
        let docker = |host: &str| found(Engine::Docker, &[("DOCKER_HOST", Path::new(host))]);
        assert_eq!(docker("unix:///x.sock"), "/x.sock");
        let tcp = docker("tcp://user:secret@h:1");
        assert!(tcp.starts_with("DOCKER_HOST begins with tcp") && !tcp.contains("secret"), "{tcp}");
        let podman = found(Engine::Podman, &[("XDG_RUNTIME_DIR", folder.path())]);
        assert_eq!(podman, run.join("podman.sock").display().to_string());
    }

    #[test]
    fn contexts() {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path();
        let add = |name: &str, id: &str, endpoints: &str| {
            let meta = home.join(".docker/contexts/meta").join(id);
            fs::create_dir_all(&meta).unwrap();
            fs::write(meta.join("meta.json"), format!("{{\"Name\":\"{name}\",\"Endpoints\":{endpoints}}}")).unwrap();
        };
        // The names of the folders are the hashes that `printf NAME | sha256sum` gives.
        add(
            "desktop-linux",
            "fe9c6bd7a66301f49ca9b6a70b217107cd1284598bfc254700c989b916da791e",
            "{\"docker\":{\"Host\":\"unix:///home/u/.docker/desktop/docker.sock\"}}",
        );
        add(
            "far",
            "512eea46ceb3921dff4363c7069d89d4964d1d9fccaa0f411851a7aa60a5c868",
            "{\"docker\":{\"Host\":\"ssh://u:secret@h\"}}",
        );
        let of = |more: &[(&str, &str)]| {
            let more = more.iter().map(|(name, value)| (*name, Path::new(*value)));
            found(Engine::Docker, &[("HOME", home)].into_iter().chain(more).collect::<Vec<_>>())
        };
        let desktop = "/home/u/.docker/desktop/docker.sock";
        let named = ("DOCKER_CONTEXT", "desktop-linux");
        assert_eq!(of(&[named]), desktop);
        assert_eq!(of(&[named, ("DOCKER_HOST", "unix:///x.sock")]), "/x.sock", "as the program `docker` has it");
        fs::write(home.join(".docker/config.json"), "{\"currentContext\":\"desktop-linux\"}").unwrap();
        assert_eq!(of(&[]), desktop);
        assert_ne!(of(&[("DOCKER_CONTEXT", "default")]), desktop);
        let far = of(&[("DOCKER_CONTEXT", "far")]);
        assert!(
            far.starts_with("the address of Docker's context far begins with ssh,") && !far.contains("secret"),
            "{far}"
        );
        let gone = of(&[("DOCKER_CONTEXT", "gone")]);
        assert_eq!(gone, "the context gone that DOCKER_CONTEXT names is not there; `docker context ls` lists them");
        fs::write(home.join(".docker/config.json"), "{").unwrap();
        assert_ne!(of(&[]), desktop, "a file that is broken names none");
    }
}
