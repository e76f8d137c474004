//! `lamblint config`: what holds for a path, and which file says so.

use super::arg_types::ListFormat;
use super::{complain, print, print_exact, print_json};
use crate::config::{KEYS, Layers, Origin, hadolint};
use crate::report::{plain, plain_lines};
use crate::rules;
use serde_json::{Value, json};
use std::fmt::Write;
use std::path::Path;

/// What holds where no file says otherwise.
const DEFAULTS: &[(&str, &str)] =
    &[("fail-on", "warning"), ("handler", "in-cmd"), ("preset", "recommended"), ("shellcheck", "auto")];

pub(super) fn show(path: &Path, format: ListFormat) -> Result<u8, String> {
    let layers = Layers::of_path(path, &rules::unknown).map_err(|error| error.to_string())?;
    let effective = layers.effective(path);
    match format {
        ListFormat::Human => print(&plain_lines(&human(path, &layers, &effective))).map(|()| 0),
        ListFormat::Json => print_json(&format!("{:#}\n", as_json(path, &layers, &effective))).map(|()| 0),
    }
}

/// `lamblint config --from-hadolint`: a `.hadolint.yaml` as a `lamblint.toml`.
pub(super) fn from_hadolint(path: &Path) -> Result<u8, String> {
    let folder = || std::path::absolute(path).ok().and_then(|folder| hadolint::upward(&folder));
    let file = if path.is_dir() { folder() } else { Some(path.to_path_buf()) };
    let file = file.ok_or_else(|| format!("{}: no .hadolint.yaml here or upward", path.display()))?;
    let (settings, notes) = hadolint::open(&file, &rules::unknown).map_err(|error| error.to_string())?;
    notes.iter().for_each(|note| complain(note));
    print_exact(&hadolint::as_toml(Path::new(&short(&file)), &settings)).map(|()| 0)
}

fn human(path: &Path, layers: &Layers, effective: &crate::config::Effective) -> String {
    let mut text = format!("# what holds for {}\n", plain(&path.display().to_string()));
    let files: Vec<String> = layers.files().map(|file| plain(&short(file))).collect();
    let from = if files.is_empty() { "no lamblint.toml".to_owned() } else { files.join(", then ") };
    let _ = writeln!(text, "# from {from}");
    if effective.excluded.is_some() {
        text.push_str("# exclude has this path, so it is not checked\n");
    }
    text.push('\n');
    let mut lines: Vec<(String, String)> = Vec::new();
    for (key, (value, origin)) in &effective.values {
        lines.push((plain(&format!("{key} = {value}")), source(origin)));
    }
    for (key, value, origin) in &effective.left_out {
        lines.push((plain(&format!("{key} = {value}")), source(origin)));
    }
    for (key, value) in DEFAULTS.iter().filter(|(key, _)| !effective.values.contains_key(*key)) {
        lines.push((format!("{key} = \"{value}\""), "default".into()));
    }
    lines.sort();
    let width = lines.iter().map(|(line, _)| line.chars().count()).max().unwrap_or_default().min(60);
    for (line, source) in &lines {
        let _ = writeln!(text, "{line:<width$}  # {source}");
    }
    for base in &effective.bases {
        let _ = write!(text, "\n[[base-images]]\n{}", toml::to_string(base).unwrap_or_default());
    }
    let given = |key: &&&str| {
        effective.values.keys().any(|known| known.split('.').next() == Some(key))
            || effective.left_out.iter().any(|(known, ..)| known == *key)
            || DEFAULTS.iter().any(|(d, _)| d == *key)
    };
    let keys = KEYS.iter().chain(&["exclude", "force-exclude"]);
    let unset: Vec<&str> = keys.filter(|key| !given(key)).copied().collect();
    let _ = writeln!(text, "\n# not set: {}", unset.join(", "));
    text
}

fn as_json(path: &Path, layers: &Layers, effective: &crate::config::Effective) -> Value {
    let mut settings = serde_json::Map::new();
    for (key, (value, origin)) in &effective.values {
        settings.insert(key.clone(), json!({"value": value, "file": origin.file, "paths": origin.globs}));
    }
    for (key, value, origin) in &effective.left_out {
        settings.insert((*key).to_owned(), json!({"value": value, "file": origin.file, "paths": null}));
    }
    for (key, value) in DEFAULTS.iter().filter(|(key, _)| !effective.values.contains_key(*key)) {
        settings.insert((*key).to_owned(), json!({"value": value, "file": null, "paths": null}));
    }
    let files: Vec<&Path> = layers.files().collect();
    json!({
        "path": path,
        "files": files,
        "excluded": effective.excluded.is_some(),
        "settings": settings,
        "base-images": effective.bases,
    })
}

fn source(origin: &Origin) -> String {
    let globs = origin.globs.as_ref().map(|globs| format!(", for {}", globs.join(", "))).unwrap_or_default();
    plain(&(short(&origin.file) + &globs))
}

/// A path as seen from here.
fn short(path: &Path) -> String {
    let here = std::env::current_dir().unwrap_or_default();
    path.strip_prefix(here).unwrap_or(path).display().to_string()
}
