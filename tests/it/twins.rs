//! A Dockerfile, and a picture of the image that it makes, start the same processes.
//!
//! The picture has the settings of the Dockerfile's end and none of its files, so what a file would tell is unknown on
//! both sides.

use crate::support::internals::dockerfile::Dockerfile;
use crate::support::internals::image::{self, ReadOptions};
use crate::support::internals::launch::{Argv, Build, End, Launch, Processes, Setting};
use crate::support::internals::page::Family;
use crate::support::pages::TODAY;
use crate::support::{Picture, PictureLayer, draft, pack, samples};
use lamblint::Options;
use proptest::prelude::*;
use serde_json::{Value, json};

/// What starts, without the places: each process with how it comes to be started and where it works, and the end.
fn shown(processes: &Processes) -> Value {
    let line = processes.line.iter().map(|process| {
        let argv: Vec<&str> = process.argv.iter().map(|arg| arg.text.as_str()).collect();
        json!([argv, format!("{:?}", process.via), process.folder, process.assigns])
    });
    let end = match &processes.end {
        End::Either(branches) => branches.iter().map(shown).collect(),
        end => json!(format!("{end:?}")),
    };
    json!({"line": line.collect::<Vec<_>>(), "end": end})
}

/// The config of the image that a launch describes; `None` if not all of it is known.
fn config(launch: &Launch<'_>) -> Option<Value> {
    let argv = |setting: &Setting<Argv>| {
        let known = setting.value().is_none_or(|argv| argv.args.iter().all(|arg| !arg.unknown));
        let texts: Vec<String> =
            setting.value().map(|argv| argv.args.iter().map(|arg| arg.text.clone()).collect()).unwrap_or_default();
        (known && !setting.is_unknown()).then_some(texts)
    };
    // The entrypoint of a general base is not followed in a Dockerfile: it runs any command.
    let followed = launch.on_lambda_base() || !launch.entrypoint.is_inherited();
    let env: Option<Vec<String>> =
        launch.env.iter().map(|(name, value)| Some(format!("{name}={}", value.value()?))).collect();
    let workdir = (!launch.workdir.is_unknown()).then(|| launch.workdir.value().cloned().unwrap_or_default())?;
    followed.then_some(())?;
    Some(json!({"config": {
        "Entrypoint": argv(&launch.entrypoint)?, "Cmd": argv(&launch.cmd)?, "Env": env?, "WorkingDir": workdir,
    }}))
}

/// The processes of a Dockerfile and of its twin; `None` if the Dockerfile does not say what its image is.
fn both(dockerfile: &str) -> Option<(Value, Value)> {
    let options = Options::new(TODAY);
    let read = Dockerfile::read(dockerfile);
    let build = Build::new(&read, &options);
    let launch = Launch::of_build(&build, &options)?;
    let layer = vec![PictureLayer { files: vec!["etc/".into()], hole: None }];
    let picture = Picture { config: config(&launch)?, layer, ..Picture::default() };
    let folder = tempfile::tempdir().unwrap();
    let images = image::open(&pack(&picture, folder.path()), &ReadOptions::default(), std::convert::identity).unwrap();
    let twin = Launch::of_image(&images[0], &options);
    Some((shown(launch.processes()), shown(twin.processes())))
}

#[test]
fn examples_and_their_images_start_the_same() {
    let (mut compared, mut all) = (0, 0);
    for sample in samples::pages(Family::Lambda).iter().filter(|sample| sample.context.is_none()) {
        all += 1;
        let Some((build, image)) = both(&sample.text) else { continue };
        assert_eq!(build, image, "{}\n{}", sample.name, sample.text);
        compared += 1;
    }
    println!("{compared} of {all} examples compared");
    assert!(compared * 2 > all, "{compared} of {all} examples compared");
}

/// Command lines of words that mean something to a program in front of them.
/// None has an `@`: in a picture `@0` is the digest of a layer.
fn command() -> impl Strategy<Value = Vec<String>> {
    let word = prop_oneof![
        "(env|tini|--|timeout|nice|-n|nohup|gosu|sudo|-u|root|5|exec|A=b)",
        "(sh|bash|/bin/sh|-c|-ec|exec \"\\$@\"|exec python -u app\\.py|cd /srv && node a\\.js|if true; then a; else b; fi)",
        "(python|python3|-m|-u|awslambdaric|node|npx|uv|run|java|-jar|app\\.jar|app\\.py|index\\.js|aws-lambda-ric)",
        "(/app/main|\\./main|/lambda-entrypoint\\.sh|app\\.handler|\\$HOME|[ -?A-~]{0,8})",
    ];
    proptest::collection::vec(word, 0..7)
}

/// An instruction in exec form, in shell form, or none.
fn instruction(keyword: &'static str) -> impl Strategy<Value = String> {
    let line = command().prop_map(|words| words.join(" ").replace(['\\', '\n'], ""));
    prop_oneof![
        3 => command().prop_map(move |words| format!("{keyword} {}\n", draft::json(&words))),
        1 => line.prop_map(move |line| format!("{keyword} x{line}\n")),
        1 => Just(String::new()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// What starts has an end, and is the same in the image.
    #[test]
    fn a_dockerfile_and_its_image_start_the_same(
        base in "(scratch|debian:12|public\\.ecr\\.aws/lambda/python:3\\.13|public\\.ecr\\.aws/lambda/provided:al2023)",
        workdir in "(|WORKDIR /srv\n|WORKDIR app\n)",
        entrypoint in instruction("ENTRYPOINT"),
        cmd in instruction("CMD"),
    ) {
        let dockerfile = format!("FROM {base}\n{workdir}{entrypoint}{cmd}");
        if let Some((build, image)) = both(&dockerfile) {
            prop_assert_eq!(build, image, "{}", dockerfile);
        }
    }
}
