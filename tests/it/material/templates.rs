//! Templates of other people, read as people have read them: `templates/corpus` of the material.

use crate::support::internals::diagnostic::Severity;
use crate::support::internals::launch::{Arg, Argv, Setting};
use crate::support::internals::template::{self, Function, Image, Package, Template, Tool};
use crate::support::material::{material, rows};
use crate::support::pages::{TODAY, check_folder};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::path::Path;

/// A template with the files that are read with it.
fn open(path: &Path) -> Result<Option<Template>, String> {
    let name = path.file_name().unwrap().to_string_lossy().into_owned();
    let folder = path.parent().unwrap();
    let mut names = vec![name.clone()];
    let mut beside: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .filter(|other| *other != name)
        .filter(|other| {
            template::is_terraform(&name) && template::is_terraform(other)
                || name.ends_with(".template.json") && other.ends_with(".assets.json")
        })
        .collect();
    beside.sort();
    names.extend(beside);
    let files = names.into_iter().map(|name| (name.clone(), std::fs::read(folder.join(name)).unwrap())).collect();
    template::read(&path.display().to_string(), files, 0).map_err(|fault| fault.to_string())
}

fn setting<T>(setting: &Setting<T>, value: impl Fn(&T) -> Value) -> Value {
    match setting {
        Setting::Set(inner, _) | Setting::Inherited(inner, _) => value(inner),
        Setting::Unset => Value::Null,
        Setting::Unknown(_) => "unknown".into(),
    }
}

fn texts(list: &[Arg]) -> Value {
    list.iter().map(|arg| arg.text.as_str()).collect::<Vec<_>>().into()
}

/// A function as the manifest has it.
fn row(function: &Function) -> Value {
    let argv = |argv: &Argv| texts(&argv.args);
    let build = function.build.as_ref().filter(|build| build.tool != Tool::Dotnet);
    let of_build = |field: fn(&template::ImageBuild) -> &Setting<String>| {
        build.map_or(Value::Null, |build| setting(field(build), |text| text.as_str().into()))
    };
    let image = match &function.image {
        Image::Uri(text, _) => text.known().map_or_else(|| "unknown".into(), Value::from),
        Image::Named(name, _) => name.as_str().into(),
        Image::Archive(path, _) => path.as_str().into(),
        Image::Unset | Image::Later(_) => Value::Null,
        Image::Unknown { .. } | Image::Faulty(_) => "unknown".into(),
    };
    let own = |place: &Setting<u64>| setting(place, |number| (*number).into());
    let mut keys: Vec<&str> = function.env.iter().map(|variable| variable.name.text.as_str()).collect();
    keys.sort_unstable();
    json!({
        "package_type": setting(&function.package, |package| match package {
            Package::Image => "Image".into(),
            Package::Zip => Value::Null,
        }),
        "image": image,
        "dockerfile": of_build(|build| &build.dockerfile),
        "context": of_build(|build| &build.context),
        "target": of_build(|build| &build.target),
        "platform": of_build(|build| &build.platform),
        "command": setting(&function.command, argv),
        "entrypoint": setting(&function.entrypoint, argv),
        "workdir": setting(&function.workdir, |text| text.as_str().into()),
        "architectures": setting(&function.architectures, |list| texts(list)),
        "memory": own(&function.memory),
        "timeout": own(&function.timeout),
        "env_keys": if function.env_open { "unknown".into() } else { Value::from(keys) },
    })
}

#[test]
#[ignore = "needs LAMBLINT_MATERIAL"]
fn templates_are_read_as_people_read_them() {
    let (mut right, mut all, mut rest, mut rest_right) = (0, 0, 0, 0);
    let mut wrong = String::new();
    for manifest in rows("templates/corpus/manifest.jsonl") {
        let Some(functions) = manifest["functions"].as_array() else { continue };
        let path = material("templates/corpus").join(manifest["path"].as_str().unwrap());
        let checked = manifest["hand_checked"] == true;
        let found = open(&path).unwrap_or_else(|why| {
            if !functions.is_empty() {
                writeln!(wrong, "{}: {why}", path.display()).unwrap();
            }
            None
        });
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let file = found.as_ref().and_then(|template| template.files.iter().find(|file| file.path == name));
        let here = found.as_ref().map(|template| template.functions.as_slice()).unwrap_or_default();
        let here: Vec<&Function> = here.iter().filter(|f| file.is_some_and(|file| file.doc == f.place.doc)).collect();
        for expected in functions {
            let wanted = expected["name"].as_str().unwrap();
            let wanted_call = expected["module_call"] == true;
            let function = here.iter().find(|f| f.id == wanted || f.id.rsplit('.').next() == Some(wanted));
            let mut differences = String::new();
            match function {
                None => writeln!(differences, "  not found").unwrap(),
                Some(function) => {
                    let row = row(function);
                    for (key, value) in row.as_object().unwrap() {
                        let mut expected = expected[key].clone();
                        if let Some(keys) = expected.as_array_mut().filter(|_| key == "env_keys") {
                            keys.sort_by(|a, b| a.as_str().cmp(&b.as_str()));
                        }
                        let none =
                            |value: &Value| value.is_null() || value == "" || value == "." || value == &json!([]);
                        // The people read one file at a time: locals of others, and assets, are unknown to them.
                        let more = |key: &str| ["dockerfile", "context", "target", "platform", "image"].contains(&key);
                        let resolved = expected == "unknown" && (more(key) || key == "env_keys")
                            || expected.is_null() && manifest["kind"] == "cdk-template" && more(key)
                            || expected.is_null() && key == "platform";
                        // They write a scalar for a list of one, and nothing for what a module call does not say.
                        let same = *value == expected
                            || none(value) && none(&expected)
                            || *value == json!([expected])
                            || expected.is_null() && wanted_call && value == "unknown"
                            || expected == json!(["unknown"]) && value == "unknown"
                            || resolved;
                        if !same {
                            writeln!(differences, "  {key}: {value}, and people read {expected}").unwrap();
                        }
                    }
                }
            }
            let count = if checked { (&mut all, &mut right) } else { (&mut rest, &mut rest_right) };
            *count.0 += 1;
            if differences.is_empty() {
                *count.1 += 1;
            } else {
                let mark = if checked { "hand" } else { "tool" };
                writeln!(wrong, "{mark} {} {wanted}\n{differences}", path.display()).unwrap();
            }
        }
    }
    println!(
        "{right} of {all} hand-checked functions as people read them; {rest_right} of {rest} others as a tool did"
    );
    println!("{wrong}");
    assert!(all > 0 && right == all, "\n{wrong}");
}

/// Faults of real projects, and what only looks like one.
#[test]
#[ignore = "needs LAMBLINT_MATERIAL"]
fn cases_have_their_codes_and_none_that_is_forbidden() {
    let (mut right, mut all) = (0, 0);
    let mut wrong = String::new();
    for case in rows("templates/cases.jsonl") {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join(".git")).unwrap();
        for (name, text) in case["files"].as_object().unwrap() {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, text.as_str().unwrap()).unwrap();
        }
        let mut options = lamblint::Options::new(TODAY);
        options.select = vec!["lambda".into()];
        let found = check_folder(folder.path(), &options);
        let codes: Vec<&str> = found.iter().map(|d| d.code).collect();
        let list = |key: &str| -> Vec<&str> {
            case[key].as_array().unwrap().iter().map(|code| code.as_str().unwrap()).collect()
        };
        let missing: Vec<&str> = list("expect").into_iter().filter(|code| !codes.contains(code)).collect();
        let errors = found.iter().any(|d| d.severity == Severity::Error);
        let forbidden: Vec<&str> =
            list("forbid").into_iter().filter(|code| codes.contains(code) || *code == "error" && errors).collect();
        let more: Vec<String> = found
            .iter()
            .filter(|d| !list("expect").contains(&d.code) && !list("allow").contains(&d.code))
            .map(|d| format!("{}[{}] {}", d.severity.as_str(), d.code, d.message))
            .collect();
        all += 1;
        right += usize::from(missing.is_empty() && forbidden.is_empty());
        let id = case["id"].as_str().unwrap();
        if !missing.is_empty() || !forbidden.is_empty() {
            writeln!(wrong, "{id}: misses {missing:?}, has {forbidden:?}").unwrap();
        }
        if !more.is_empty() {
            println!("{id}: also {more:?}");
        }
    }
    println!("{right} of {all} cases\n{wrong}");
    assert!(right * 100 >= all * 95 && !wrong.contains("has [\""), "\n{wrong}");
}
