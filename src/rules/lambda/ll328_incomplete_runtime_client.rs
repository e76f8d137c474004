//! LL328 incomplete-runtime-client.

use crate::diagnostic::Finding;
use crate::image::{EntryKind, FileAt, Files};
use crate::launch::Launch;
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule = Rule {
    page: include_str!("../../../rules/lambda/LL328-incomplete-runtime-client.md"),
    check: Check::Launch(check),
};

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    let Some(files) = launch.files() else { return };
    // On AWS's own bases the client is part of the runtime, and a second one does not start.
    if launch.starts_lambda_entrypoint() {
        return;
    }
    if let Some(gone) = launch.unfound().filter(|gone| gone.client)
        && let Some(near) = gone.near.filter(|near| launch.is_for_another_python(near))
    {
        findings.push(
            Finding::new(format!("the runtime client in {near} is for another Python than {}", gone.by))
                .at(gone.place, format!("{} does not look there", gone.by))
                .at(launch.place_of_file(&near), "the client is here")
                .help("run `pip install awslambdaric` with the Python that starts it, in the final base"),
        );
        return;
    }
    let python = launch.python_of_image();
    let clients = files.called(|name| matches!(name, "awslambdaric" | "aws-lambda-ric"));
    for path in clients.filter(|file| file.kind == EntryKind::Directory).map(FileAt::path) {
        let fault = if let Some(folder) = path.strip_suffix("/awslambdaric") {
            python_part(files, folder, python.as_deref())
        } else if path.ends_with("/node_modules/aws-lambda-ric") {
            node_part(files, &path)
        } else {
            continue;
        };
        if let Some((message, help)) = fault {
            let finding = Finding::new(format!("the runtime client in {path} {message}"));
            findings.push(finding.at(launch.place_of_file(&path), "the client cannot start").help(help));
        }
    }
}

fn python_part(files: &Files, folder: &str, python: Option<&str>) -> Option<(String, &'static str)> {
    // Source trees and wheels that were unpacked by halves have no module beside the package.
    files.get(format!("{folder}/awslambdaric/bootstrap.py"))?;
    let help = "run `pip install awslambdaric` with the Python that starts it, in the final base";
    let native: Vec<String> = files
        .children(if folder.is_empty() { "/" } else { folder })
        .map(|(name, _)| String::from_utf8_lossy(name).into_owned())
        .filter(|name| name.starts_with("runtime_client") && name.ends_with(".so"))
        .collect();
    let Some(first) = native.first() else {
        return Some(("has no runtime_client module beside it".into(), help));
    };
    // The folder's own version first: `lib/python3.12/site-packages`.
    let own = folder.split('/').find_map(|part| part.strip_prefix("python3.")).map(|minor| format!("3.{minor}"));
    let version = own.as_deref().or(python)?;
    let tag = format!("cpython-{}-", version.replace('.', ""));
    let fits = native.iter().any(|name| name.contains(&tag) || name.contains(".abi3.") || !name.contains("cpython-"));
    (!fits).then(|| (format!("has {first}, and Python {version} runs it"), help))
}

fn node_part(files: &Files, folder: &str) -> Option<(String, &'static str)> {
    // From version 4 on the program lies in the package itself.
    let client = ["index.mjs", "bin/index.mjs", "bin/index.js"]
        .iter()
        .any(|name| files.get(format!("{folder}/{name}")).is_some());
    let below = || files.inside(folder).any(|file| file.name().ends_with(".node"));
    (client && !below()).then(|| {
        (
            "has no rapid-client.node".into(),
            "install it in the final base with cmake and a compiler, without --ignore-scripts",
        )
    })
}
