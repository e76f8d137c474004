//! What stands in a rule page besides its text: the flags of an example, the build context of the next one, and the files
//! of a folder that is checked as a whole.

use super::internals::check::{self, Subject};
use super::internals::diagnostic::Diagnostic;
use super::internals::discover::{self, Found, Links, Templates};
use lamblint::{Arch, Folder, Options};
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// Pages are judged as of the day the facts were last checked.
pub const TODAY: jiff::civil::Date = jiff::civil::date(2026, 11, 24);

/// A build context as a page draws it: `app.py`, `src/`, `entry.sh 755 #!/bin/sh\n`.
pub fn folder(lines: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for line in lines.lines() {
        let mut parts = line.splitn(3, ' ');
        let path = folder.path().join(parts.next().unwrap());
        let (mode, text) = (parts.next().unwrap_or("644"), parts.next().unwrap_or_default());
        if line.ends_with('/') {
            std::fs::create_dir_all(&path).unwrap();
            continue;
        }
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text.replace("\\r", "\r").replace("\\n", "\n")).unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = u32::from_str_radix(mode, 8).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        }
    }
    folder
}

/// The files of a template block, each under a line `==> name <==` as `head` prints it.
pub fn files(block: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut texts: Vec<(&str, String)> = Vec::new();
    for line in block.lines() {
        match line.strip_prefix("==> ").and_then(|line| line.strip_suffix(" <==")) {
            Some(name) => texts.push((name, String::new())),
            None => texts.last_mut().expect("a line `==> name <==`").1.extend([line, "\n"]),
        }
    }
    for (name, text) in texts {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        // The blank line in front of the next file is not the file's.
        std::fs::write(path, text.trim_end().to_owned() + "\n").unwrap();
    }
    folder
}

/// Flags behind ```` ```dockerfile ````, as the command line has them: `--arch=arm64`.
pub fn options(flags: &str) -> Options {
    let mut options = Options::new(TODAY);
    for flag in flags.split_whitespace() {
        let (name, value) = flag.split_once('=').unwrap_or((flag, ""));
        match name {
            "--arch" => options.arch = Arch::parse(value),
            "--max-size" => options.max_size = value.parse().ok(),
            "--target" => options.target = Some(value.to_owned()),
            "--today" => options.today = value.parse().unwrap(),
            "--lambda" => options.function = Some(true),
            "--trusted" => options.trusted_registries.push(value.to_owned()),
            "--strict-labels" => options.strict_labels = true,
            "--label" => {
                let (label, kind) = value.split_once(':').unwrap();
                let kind = serde_json::from_value(serde_json::Value::from(kind)).unwrap();
                options.label_schema.insert(label.to_owned(), kind);
            }
            "--ignore" => options.ignore.push(value.to_owned()),
            _ => panic!("a page has the unknown flag {flag}"),
        }
    }
    options
}

/// All that a folder has, as `lamblint` in it checks it; paths are from the folder.
pub fn check_folder(folder: &Path, options: &Options) -> Vec<Diagnostic> {
    let found = discover::all(&[folder.to_path_buf()], &mut Templates::new(true));
    let found: Vec<(PathBuf, Found)> = found.into_iter().map(|(path, found)| (path, found.unwrap())).collect();
    let templates: Vec<_> = found
        .iter()
        .filter_map(|(_, found)| match found {
            Found::Template(template) => Some(Rc::clone(template)),
            _ => None,
        })
        .collect();
    let seen: Vec<(PathBuf, &Found)> = found.iter().map(|(path, found)| (path.clone(), found)).collect();
    let links = Links::of(&templates, &seen, &[]);
    let mut all = Vec::new();
    for (path, found) in &found {
        let name = path.display().to_string();
        let functions = links.to(path);
        let named = functions.iter().find_map(|linked| linked.context.clone());
        let context = named.unwrap_or_else(|| path.parent().unwrap().to_path_buf());
        let context = Folder { path: context, given: false, dockerfile: path.clone() };
        all.push(match found {
            Found::Dockerfile { bytes, .. } => {
                let subject = Subject { context: Some(&context), functions, ..Subject::new(&name, bytes) };
                check::subject(&subject, options)
            }
            Found::Template(template) => check::template(template, &links.from(template), options),
            other => panic!("{other:?}"),
        });
    }
    let mut diagnostics: Vec<Diagnostic> = all.into_iter().flat_map(|checked| checked.diagnostics).collect();
    let short = |path: &mut String| {
        *path = path.strip_prefix(&*folder.to_string_lossy()).unwrap().trim_start_matches('/').to_owned();
    };
    for diagnostic in &mut diagnostics {
        short(&mut diagnostic.path);
        diagnostic.labels.iter_mut().for_each(|label| short(&mut label.path));
    }
    diagnostics.sort_by(|a, b| a.sort_key().cmp(&b.sort_key()));
    diagnostics
}
