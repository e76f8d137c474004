//! AWS's Lambda Web Adapter in the image: where it lies, which version it is, which port it speaks to.

use super::{Launch, Origin, Setting};
use crate::diagnostic::Location;
use crate::dockerfile::Kind;
use crate::facts::{self, BaseKind, ImageRef};
use crate::image::{EntryKind, FileAt, Image};
use crate::path::last;

/// The adapter as the Dockerfile or the image brings it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Adapter {
    /// Where it is brought.
    pub place: Location,
    /// Its path in the image, where that is known.
    pub path: Option<String>,
    /// Major, minor and patch version, where the tag says it.
    pub version: Option<(u32, u32, u32)>,
}

/// A port that is written in plain sight.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Port {
    /// The number.
    pub number: u16,
    /// What says so; `None` where it is the default.
    pub place: Option<Location>,
    /// The variable, where one says so.
    pub variable: Option<&'static str>,
}

impl Launch<'_> {
    /// The web adapter, if the final image has it in plain sight.
    pub fn adapter(&self) -> Option<Adapter> {
        if let Some(image) = self.image {
            let path = adapter_in(image)?;
            return Some(Adapter { place: self.place_of_file(&path), path: Some(path), version: None });
        }
        let build = self.build?;
        build.copies().into_iter().find_map(|copied| {
            let (source, span) = copied.sources.iter().find_map(|(source, span)| Some((source.as_deref()?, *span)))?;
            if last(source) != "lambda-adapter" {
                return None;
            }
            let tag = match &copied.origin {
                Origin::Image(name, ..) => ImageRef::parse(name).and_then(|reference| reference.tag),
                Origin::Stage(stage) => {
                    build.base_of(stage).and_then(|base| base.reference.as_ref()).and_then(|image| image.tag.clone())
                }
                _ => None,
            };
            let path = copied.destination.as_deref().map(|path| {
                // Without a slash it is a file of that name, or lands in a folder that is there already.
                if copied.folder || path == "/opt/extensions" { format!("{path}/lambda-adapter") } else { path.into() }
            });
            Some(Adapter { place: span.into(), path, version: tag.as_deref().and_then(version) })
        })
    }

    /// The port that the adapter speaks to: `AWS_LWA_PORT`, `PORT`, or 8080; `None` if it is not known.
    pub fn adapter_port(&self) -> Option<Port> {
        for variable in ["AWS_LWA_PORT", "PORT"] {
            if let Some(setting) = self.env(variable) {
                let number = setting.value()?.trim().parse().ok()?;
                return Some(Port { number, place: setting.place(), variable: Some(variable) });
            }
        }
        // An unknown base may set PORT; the general ones do not.
        let known = self.env_known || matches!(self.base.kind, BaseKind::General | BaseKind::Scratch);
        known.then_some(Port { number: 8080, place: None, variable: None })
    }

    /// The ports that the command names: `--port 8000`, `-b :8000`; `None` where one is not plain.
    pub fn listens_on(&self) -> Option<Vec<(u16, Location)>> {
        let Some(started) = self.started() else { return Some(Vec::new()) };
        let mut ports = Vec::new();
        let mut args = started.args().iter().map(|arg| arg.text.as_str()).peekable();
        while let Some(arg) = args.next() {
            let (flag, value) = arg.split_once('=').map_or((arg, None), |(flag, value)| (flag, Some(value)));
            if !FLAGS.contains(&flag) {
                continue;
            }
            let value = value.or_else(|| args.peek().copied()).unwrap_or_default();
            let number = value.rsplit(':').next().unwrap_or_default();
            match (number.parse(), flag) {
                (Ok(number), _) => ports.push((number, started.place())),
                // `-p` and `-b` mean other things to other programs.
                (Err(_), "-p" | "-b") if !value.contains('$') => {}
                (Err(_), _) => return None,
            }
        }
        Some(ports)
    }

    /// The one port of the final image's only EXPOSE.
    pub fn exposed(&self) -> Option<(u16, Location)> {
        if let Some(config) = self.image.and_then(|image| image.config.as_ref()) {
            let ports = config.value.pointer("/config/ExposedPorts")?.as_object().filter(|ports| ports.len() == 1)?;
            let port = ports.keys().next()?;
            let place = config.place(&format!("/config/ExposedPorts/{}", port.replace('/', "~1")));
            return Some((port.split('/').next()?.parse().ok()?, place));
        }
        let steps = self.build?.final_steps();
        let mut words = steps.iter().flat_map(|step| match &step.instruction.kind {
            Kind::Expose(words) => words.as_slice(),
            _ => &[],
        });
        let (word, more) = (words.next()?, words.next());
        let number = word.text.split('/').next()?.parse().ok()?;
        more.is_none().then_some((number, word.span.into()))
    }

    /// Variables that the file at hand sets, each with its place.
    pub fn own_env(&self) -> impl Iterator<Item = (&str, Option<&str>, Location)> {
        self.env.iter().filter_map(|(name, setting)| match setting {
            Setting::Set(value, place) => Some((name.as_str(), Some(value.as_str()), *place)),
            Setting::Unknown(place) => Some((name.as_str(), None, *place)),
            _ => None,
        })
    }
}

/// The adapter of a saved image: among the extensions under any such name, or anywhere else under its own.
fn adapter_in(image: &Image) -> Option<String> {
    let extensions =
        image.files.children("/opt/extensions").map(|(name, _)| String::from_utf8_lossy(name).into_owned());
    let among =
        extensions.into_iter().find(|name| facts::is_adapter_name(name)).map(|name| format!("/opt/extensions/{name}"));
    among.or_else(|| {
        let own = |name: &str| matches!(name, "lambda-adapter" | "aws-lambda-adapter" | "lambda-web-adapter");
        image.files.called(own).find(|file| file.kind == EntryKind::File).map(FileAt::path)
    })
}

/// Flags of web servers that take a port, or an address that ends in one.
const FLAGS: &[&str] = &["--port", "-p", "--bind", "-b", "--server.port", "--http-port", "--listen"];

/// `0.9.1`, `v0.6.3`, `1.0.0-rc1`, `0.7.1-aarch64`.
fn version(tag: &str) -> Option<(u32, u32, u32)> {
    let mut parts = tag.strip_prefix('v').unwrap_or(tag).split(['.', '-']).map(|part| part.parse().ok());
    Some((parts.next()??, parts.next()??, parts.next()??))
}
