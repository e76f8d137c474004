//! Versions that the files of a saved image tell: of interpreters, and of the runtime clients beside them.

use super::{Launch, Setting};
use crate::facts::{self, Runtime};
use crate::image::{EntryKind, FileContent, Image, Resolution};

/// A runtime interface client in a saved image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstalledClient {
    /// `pip` or `npm`.
    pub manager: &'static str,
    /// Its package.
    pub package: &'static str,
    /// The package's version.
    pub version: String,
    /// The version of the interpreter that would start it.
    pub interpreter: String,
    /// The file that tells the version.
    pub path: String,
}

impl Launch<'_> {
    /// The runtime clients of a saved image that tell their version, where that of their interpreter is known too.
    pub fn installed_clients(&self) -> Vec<InstalledClient> {
        let Some(image) = self.image else { return Vec::new() };
        let python = self.python_of_image();
        let node = self.node_of_image(&["/usr/local", "/var/lang", "/usr"]);
        let mut clients = Vec::new();
        for file in image.files.told().filter(|file| file.kind == EntryKind::File) {
            let text = match file.facet.as_deref() {
                Some(FileContent::Text(text)) => String::from_utf8_lossy(text),
                Some(FileContent::Distribution(own)) => own.version.as_str().into(),
                _ => continue,
            };
            let path = file.path();
            if path.contains("/awslambdaric-") && path.ends_with("/METADATA") {
                let own =
                    path.split('/').find_map(|part| part.strip_prefix("python").filter(|rest| rest.starts_with("3.")));
                if let Some(interpreter) = own.map(str::to_owned).or_else(|| python.clone()) {
                    let version = text.into_owned();
                    clients.push(InstalledClient {
                        manager: "pip",
                        package: "awslambdaric",
                        version,
                        interpreter,
                        path,
                    });
                }
            } else if path.ends_with("node_modules/aws-lambda-ric/package.json") {
                let version = serde_json::from_str::<serde_json::Value>(&text).ok();
                let version = version.as_ref().and_then(|value| value["version"].as_str());
                if let (Some(version), Some(interpreter)) = (version, node.clone()) {
                    let version = version.to_owned();
                    clients.push(InstalledClient {
                        manager: "npm",
                        package: "aws-lambda-ric",
                        version,
                        interpreter,
                        path,
                    });
                }
            }
        }
        clients
    }

    /// The major version of the client of Node that starts in a saved image.
    pub fn client_major(&self) -> Option<u32> {
        let (package, _) = self.client_package()?;
        let text = text_at(self.image?, &format!("{package}/package.json"))?;
        let value: serde_json::Value = serde_json::from_str(&text).ok()?;
        value["version"].as_str()?.split('.').next()?.parse().ok()
    }

    /// The version of Node below some prefixes of a saved image, by its headers or by the variable of Docker's own images.
    pub fn node_of_image(&self, prefixes: &[&str]) -> Option<String> {
        let image = self.image?;
        let header =
            prefixes.iter().find_map(|prefix| text_at(image, &format!("{prefix}/include/node/node_version.h")));
        let defined = |name: &str| {
            let line = header.as_ref()?.lines().find(|line| line.contains(name))?;
            line.split_whitespace()
                .last()
                .filter(|word| word.bytes().all(|byte| byte.is_ascii_digit()))
                .map(str::to_owned)
        };
        let defined = defined("define NODE_MAJOR_VERSION").zip(defined("define NODE_MINOR_VERSION"));
        let variable =
            self.env("NODE_VERSION").and_then(Setting::value).map(|value| value.trim_start_matches('v').to_owned());
        defined.map(|(major, minor)| format!("{major}.{minor}")).or(variable)
    }

    /// The runtime of a saved image on an AWS base; `None` if its files do not tell it.
    pub(super) fn runtime_of_image(&self, image: &Image, family: &str) -> Option<&'static Runtime> {
        let amazon = image.distribution().filter(|(id, _)| id == "amzn").map(|(_, version)| version);
        let (two, first) = (amazon.as_deref() == Some("2"), amazon.as_deref().is_some_and(is_first_amazon_linux));
        let names = |folder: &str| -> Vec<String> {
            image.files.children(folder).map(|(name, _)| String::from_utf8_lossy(name).into_owned()).collect()
        };
        let major = |version: &str, parts: usize| version.split('.').take(parts).collect::<Vec<_>>().join(".");
        let only = |versions: Vec<String>| if let [only] = versions.as_slice() { Some(only.clone()) } else { None };
        let numbered = |folder: &str| {
            only(names(folder).into_iter().filter(|name| name.starts_with(|c: char| c.is_ascii_digit())).collect())
        };
        let tag = match family {
            // `python3.12` names its version.
            "python" => only(
                names("/var/lang/bin")
                    .iter()
                    .filter_map(|program| {
                        program.strip_prefix("python").filter(|rest| rest.starts_with("3.")).map(str::to_owned)
                    })
                    .filter(|rest| rest.bytes().all(|byte| byte == b'.' || byte.is_ascii_digit()))
                    .collect(),
            )?,
            "nodejs" => major(&self.node_of_image(&["/var/lang"])?, 1),
            "ruby" => major(&numbered("/var/lang/lib/ruby")?, 2),
            "java" => {
                let text = text_at(image, "/var/lang/release")?;
                let line =
                    text.lines().find_map(|line| line.strip_prefix("JAVA_VERSION="))?.trim_matches('"').to_owned();
                let version = if line.starts_with("1.8") { "8".to_owned() } else { major(&line, 1) };
                // What was made for Amazon Linux 2 and rebuilt has both in its tags.
                match version.as_str() {
                    "8" if first => version,
                    "8" | "11" | "17" if !two => format!("{version}.al2023"),
                    "8" => "8.al2".to_owned(),
                    _ => version,
                }
            }
            "dotnet" => major(&numbered("/var/lang/bin/shared/Microsoft.NETCore.App")?, 1),
            "provided" if two => "al2".to_owned(),
            "provided" if first => "alami".to_owned(),
            "provided" => format!("al{}", amazon?),
            _ => return None,
        };
        facts::runtimes().iter().find(|runtime| runtime.family == family && runtime.tag == tag)
    }
}

/// Whether a `VERSION_ID` is one of the first Amazon Linux, which counted by year and month: `2018.03`.
pub(super) fn is_first_amazon_linux(version: &str) -> bool {
    version.split_once('.').is_some_and(|(year, _)| year.parse().is_ok_and(|year: u32| (2010..2020).contains(&year)))
}

fn text_at(image: &Image, path: &str) -> Option<String> {
    let Resolution::Found(node, _) = image.files.resolve(path) else { return None };
    let Some(FileContent::Text(text)) = node.facet.as_deref() else { return None };
    Some(String::from_utf8_lossy(text).into_owned())
}
