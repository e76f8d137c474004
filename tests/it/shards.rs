//! Several workers with one plan: their report, merged, is to the byte the one of a single process.

use crate::fleet::{IMAGES, answer, images, server};
use crate::support::hex;
use crate::support::server::{Reply, Server};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A folder that is home and workplace of all workers.
struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lamblint"));
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("HOME", self.0.path());
        command.env("LAMBLINT_SHELLCHECK", "off").env("AWS_ACCOUNT_ID", "123456789012").env("AWS_REGION", "eu-west-1");
        command.current_dir(self.0.path()).args(args);
        command
    }

    fn run(&self, args: &[&str]) -> Output {
        let output = self.command(args).output().unwrap();
        for text in [&output.stdout, &output.stderr] {
            assert!(!String::from_utf8_lossy(text).contains("Z2VoZWlt"), "no credentials in what is printed");
        }
        output
    }

    /// Runs what has to succeed.
    fn done(&self, args: &[&str]) -> String {
        let output = self.run(args);
        assert_eq!(output.status.code(), Some(0), "{args:?}: {}", said(&output));
        said(&output)
    }

    /// One line on standard error that has these words, and exit code 2.
    fn refused(&self, args: &[&str], words: &str) {
        let output = self.run(args);
        let said = said(&output);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {said}");
        assert!(said.lines().count() == 1 && said.contains(words), "{args:?}: no {words:?} in {said}");
        assert!(output.stdout.is_empty(), "{args:?}");
    }

    /// Checks all shards of the plan; the arguments that merge them.
    fn check(&self, of: usize, more: &[&str]) -> Vec<String> {
        let one = |index: usize| {
            let (shard, file) = (format!("{index}/{of}"), format!("shard-{index}-of-{of}.json"));
            let args = ["check", "--plan", "plan.json", "--shard", &shard, "--output", &file, "--quiet"];
            self.done(&[&args[..], more].concat());
            file
        };
        (0..of).map(one).collect()
    }

    fn merge(&self, files: &[String], more: &[&str]) -> Output {
        let files: Vec<&str> = files.iter().map(String::as_str).collect();
        self.run(&[&["merge"], more, &files[..]].concat())
    }
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A list in an order that is not that of its names, with lines that lead to nothing.
fn references(server: &Server) -> String {
    let mut order: Vec<String> =
        (0..IMAGES).rev().map(|number| format!("{}/team/orders:{number}", server.host)).collect();
    order.swap(2, 7);
    order.insert(3, format!("{}/team/orders:gone", server.host));
    order.insert(5, "no reference".to_owned());
    order.join("\n")
}

/// A line of a list of functions.
fn function(server: &Server, name: &str, digest: &str, settings: &Value) -> String {
    let mut configuration = json!({"FunctionArn": format!("arn:aws:lambda:eu-west-1:123456789012:function:{name}"),
        "FunctionName": name, "PackageType": "Image"});
    for (key, value) in settings.as_object().unwrap() {
        configuration[key] = value.clone();
    }
    let code = json!({"ResolvedImageUri": format!("{}/team/orders@{digest}", server.host)});
    json!({"Code": code, "Configuration": configuration}).to_string()
}

/// The files below a folder with their bytes.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for path in std::fs::read_dir(next).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else {
                found.insert(path.strip_prefix(folder).unwrap().to_owned(), std::fs::read(&path).unwrap());
            }
        }
    }
    found
}

const FORMATS: &[&str] = &[
    "human",
    "short",
    "json",
    "jsonl",
    "sarif",
    "github",
    "gitlab",
    "junit",
    "checkstyle",
    "markdown",
    "html",
    "asff",
];

#[test]
fn shards_are_together_one_run() {
    let server = server();
    let place = Place::new();
    place.write("refs", &references(&server));
    let digest = |number: usize| images().root[number.to_string()].as_str().unwrap().to_owned();
    let lines = [
        function(&server, "zebra", &digest(1), &json!({"Architectures": ["arm64"]})),
        function(&server, "ant", &digest(1), &json!({"Environment": {"Variables": {"AWS_REGION": "x", "B": "y"}}})),
        function(
            &server,
            "bee",
            &digest(2),
            &json!({"ImageConfigResponse": {"ImageConfig": {"Command": ["a.b", "c"]}}}),
        ),
        "{".to_owned(),
    ];
    place.write("functions.jsonl", &lines.join("\n"));
    let lists = ["--refs", "refs", "--functions", "functions.jsonl"];
    let single = |more: &[&str]| place.run(&[&["check", "--today", "2026-11-24"], &lists[..], more].concat());
    let whole: Vec<Output> = FORMATS.iter().map(|format| single(&["--format", format])).collect();
    place.done(&[&["plan", "--today", "2026-11-24", "--output", "plan.json"], &lists[..]].concat());
    for of in [1, 3] {
        let files = place.check(of, &["--weigh"]);
        for (format, single) in FORMATS.iter().zip(&whole) {
            let merged = place.merge(&files, &["--format", format]);
            assert_eq!(merged.status.code(), single.status.code(), "{format}");
            assert_eq!(said(&merged), said(single), "{format}");
            let (merged, single) = (String::from_utf8_lossy(&merged.stdout), String::from_utf8_lossy(&single.stdout));
            assert!(!single.is_empty() && merged == single, "{of}, {format}:\n{merged}\n{single}");
        }
        let (merged, single) = (
            place.merge(&files, &["--fail-on", "never", "--statistics"]),
            single(&["--fail-on", "never", "--statistics"]),
        );
        assert_eq!((merged.status, &merged.stdout), (single.status, &single.stdout));
    }
    assert_eq!(whole[0].status.code(), Some(2));
    let plan = place.read("plan.json");
    assert!(plan.contains("AWS_REGION"), "the plan has the settings of functions");
    let again = place.run(&[&["plan", "--today", "2026-11-24", "--quiet"], &lists[..]].concat());
    assert_eq!(String::from_utf8_lossy(&again.stdout), plan, "the same plan, also on standard output");
    // What the plan does not say comes from the list.
    let light = place.check(2, &[]);
    assert!(said(&place.merge(&light, &["--format", "html"])).contains("check all shards with --weigh"));
}

#[test]
fn two_phases_fetch_each_layer_once() {
    let server = server();
    let place = Place::new();
    let list: Vec<String> = (0..IMAGES).map(|number| format!("{}/team/orders:{number}", server.host)).collect();
    place.write("refs", &list.join("\n"));
    let single = place.run(&["check", "--refs", "refs", "--format", "json", "--cache", "single"]);
    let blobs = || server.seen().iter().filter(|request| request.path.contains("/blobs/")).count();
    let before = blobs();
    let told = place.done(&["plan", "--refs", "refs", "--output", "plan.json", "--cache", "cache"]);
    assert!(told.contains("12 images with 2 layers of ") && told.contains("; 2 of them, "), "{told}");
    assert_eq!(blobs(), before, "manifests alone");
    for index in 0..3 {
        let shard = format!("{index}/3");
        let args = ["scan-layers", "--plan", "plan.json", "--shard", &shard, "--cache", "cache"];
        let told = place.done(&args);
        assert_eq!(
            told.contains("1 were scanned") || told.contains("1 layer, 0 were in the cache"),
            index < 2,
            "{told}"
        );
        // Again, as an engine does that has lost sight of it.
        assert!(place.done(&args).contains("0 were scanned"));
    }
    assert_eq!(blobs() - before, 2, "each layer once");
    assert_eq!(files(&place.path("cache")), files(&place.path("single")));
    assert!(
        place.done(&["plan", "--refs", "refs", "--output", "plan.json", "--cache", "cache"]).contains("; 0 of them")
    );
    let before = blobs();
    let files = place.check(4, &["--cache", "cache", "--cache-read-only"]);
    assert_eq!(blobs() - before, IMAGES, "the configs");
    let merged = place.merge(&files, &["--format", "json"]);
    assert_eq!((merged.status, &merged.stdout), (single.status, &single.stdout));
}

#[test]
fn a_layer_that_is_not_there_stops_no_shard() {
    let images = images();
    let manifest = images.json(images.root["0"].as_str().unwrap());
    let layer = |at: usize| manifest["layers"][at]["digest"].as_str().unwrap().to_owned();
    let (missing, closed) = (layer(0), layer(1));
    let server = Server::start(move |request| {
        if request.path.ends_with(&missing) {
            return Reply::new(404, "{}");
        }
        if request.path.ends_with(&closed) {
            return Reply::new(403, "{}");
        }
        answer(&images, request)
    });
    let place = Place::new();
    let reference = format!("{}/team/orders:1", server.host);
    place.done(&["plan", &reference, "--output", "plan.json"]);
    let output = place.run(&["scan-layers", "--plan", "plan.json", "--shard", "0/1", "--cache", "cache", "--quiet"]);
    let told = said(&output);
    assert_eq!(output.status.code(), Some(2), "{told}");
    assert!(told.lines().count() == 2 && told.contains("does not have it") && told.contains("no permission"), "{told}");
}

#[test]
fn configuration_and_its_limits() {
    let server = server();
    let place = Place::new();
    place.write("refs", &format!("{0}/team/orders:1\n{0}/team/orders:2", server.host));
    place.write("lamblint.toml", "fail-on = \"never\"\nignore = [\"LL203\"]\n");
    place.done(&["plan", "--refs", "refs", "--output", "plan.json"]);
    let files = place.check(2, &[]);
    let single = place.run(&["check", "--refs", "refs", "--format", "json"]);
    let merged = place.merge(&files, &["--format", "json"]);
    assert_eq!((merged.status.code(), &merged.stdout), (Some(0), &single.stdout), "{}", said(&merged));
    assert!(!String::from_utf8_lossy(&merged.stdout).contains("LL203"));
    // A shard that was checked with other settings is none of this run.
    place.write("lamblint.toml", "fail-on = \"error\"\n");
    place.done(&["check", "--plan", "plan.json", "--shard", "1/2", "--output", "other.json"]);
    let refused = |args: &[&str], words: &str| place.refused(&[&["merge"], args].concat(), words);
    refused(&[&files[0], "other.json"], "other.json: it was checked with other options");
    refused(&[&files[0]], "no document of shard 1 of 2");
    refused(&[&files[0], &files[1], &files[0]], "shard 0 of 2 too");
    refused(&[&files[0], "refs"], "refs: no shard of lamblint's");
    refused(&[&files[0], "plan.json"], "plan.json: no shard of lamblint's: it is another document");
    refused(&[&files[0], "gone.json"], "gone.json: no such file");
    refused(&[&files[0], &files[1], "--output", &files[0]], "lamblint has read it");
}

#[test]
fn a_job_that_does_not_know_its_shard_does_nothing() {
    let server = server();
    let place = Place::new();
    let reference = format!("{}/team/orders:1", server.host);
    place.done(&["plan", &reference, "--output", "plan.json"]);
    let asked = server.seen().len();
    let check = |shard: &'static str| ["check", "--plan", "plan.json", "--output", "out.json", "--shard", shard];
    for shard in ["", "1/1", "0/0", "-1/2", "x", "0/2/3", "auto"] {
        place.refused(&check(shard), "--shard ");
        place.refused(&["scan-layers", "--plan", "plan.json", "--cache", "c", "--shard", shard], "--shard ");
    }
    assert!(!place.path("out.json").exists() && !place.path("c").exists());
    assert_eq!(server.seen().len(), asked);
    let with = |variables: &[(&str, &str)]| {
        let output = place.command(&check("auto")).envs(variables.iter().copied()).output().unwrap();
        (output.status.code(), said(&output))
    };
    let (code, told) = with(&[("CI_NODE_INDEX", "2"), ("CI_NODE_TOTAL", "2")]);
    assert!(code == Some(0) && told.contains("shard 1/2"), "{told}");
    assert_eq!(with(&[("JOB_COMPLETION_INDEX", "0")]).0, Some(2));
    assert_eq!(with(&[("JOB_COMPLETION_INDEX", "0"), ("LAMBLINT_SHARDS", "2")]).0, Some(0));
    // Without a shard it is no plan's check, and what is said elsewhere is not said here.
    for more in [&["--fail-on", "never"][..], &["--format", "json"], &["--refs", "x"], &["Dockerfile"], &["--fix"]] {
        let output = place.run(&[&check("0/1")[..], more].concat());
        assert_eq!(output.status.code(), Some(2), "{more:?}");
    }
    assert_eq!(place.run(&["check", "--plan", "plan.json"]).status.code(), Some(2));
}

/// A plan that was changed, with a digest that fits.
fn resealed(plan: &str, change: &dyn Fn(&mut Value)) -> String {
    let mut value: Value = serde_json::from_str(plan).unwrap();
    change(&mut value);
    let zeros = format!("sha256:{}", "0".repeat(64));
    value["digest"] = zeros.as_str().into();
    let text = format!("{value:#}\n");
    text.replacen(&zeros, &format!("sha256:{}", hex(text.as_bytes())), 1)
}

#[test]
fn plans_from_elsewhere() {
    let server = server();
    let place = Place::new();
    let reference = format!("{}/team/orders:1", server.host);
    place.done(&["plan", &reference, "--output", "plan.json"]);
    let plan = place.read("plan.json");
    let refused = |text: &str, words: &str| {
        place.write("bad.json", text);
        place.refused(&["scan-layers", "--plan", "bad.json", "--shard", "0/1", "--cache", "c"], words);
        place.refused(&["check", "--plan", "bad.json", "--shard", "0/1"], words);
    };
    refused(&plan.replace("orders", "others"), "its digest does not fit");
    refused(&plan[..plan.len() / 2], "no plan of lamblint's");
    refused(&"[".repeat(1_000_000), "no plan of lamblint's");
    refused("", "no plan of lamblint's");
    refused(&resealed(&plan, &|plan| plan["format"] = 2.into()), "in form 2");
    refused(&resealed(&plan, &|plan| plan["layers"][0]["digest"] = "sha256:../../../x".into()), "layer 0");
    refused(&resealed(&plan, &|plan| plan["layers"][0]["reference"] = "/etc/passwd".into()), "layer 0");
    refused(&resealed(&plan, &|plan| plan["subjects"][0]["layers"] = json!([7])), "image 0");
    refused(&resealed(&plan, &|plan| plan["more"] = 1.into()), "unknown field");
    assert_eq!(resealed(&plan, &|_| {}), plan);
    // What an image is called is no path: a configuration there is not read, and a length that is a lie is no more.
    let elsewhere = Place::new();
    elsewhere.write("lamblint.toml", "ignore = [\"LL\"]\n");
    let changed = resealed(&plan, &|plan| {
        plan["subjects"][0]["path"] = elsewhere.path("image").display().to_string().into();
        plan["layers"][0]["size"] = 1.into();
    });
    place.write("plan.json", &changed);
    let files = place.check(1, &[]);
    let merged: Value = serde_json::from_slice(&place.merge(&files, &["--format", "json"]).stdout).unwrap();
    assert!(!merged["diagnostics"].as_array().unwrap().is_empty());
    let output = place.run(&["scan-layers", "--plan", "plan.json", "--shard", "0/1", "--cache", "c"]);
    assert!(output.status.code().is_some_and(|code| code == 0 || code == 2), "{}", said(&output));
    assert!(self::files(&place.path("c")).len() < 2, "a layer of another length is not kept");
}

/// A number that follows from another.
fn next(state: &mut u64) -> usize {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    usize::try_from(*state >> 33).unwrap()
}

/// Puts something else in the place of a value, somewhere in a document.
fn disturb(value: &mut Value, state: &mut u64) {
    let deeper = !next(state).is_multiple_of(8);
    match value {
        Value::Array(items) if deeper && !items.is_empty() => {
            let at = next(state) % items.len();
            disturb(&mut items[at], state);
        }
        Value::Object(map) if deeper && !map.is_empty() => {
            let at = next(state) % map.len();
            disturb(map.iter_mut().nth(at).unwrap().1, state);
        }
        place => {
            let others = [
                Value::Null,
                json!(-1),
                json!(0),
                json!(1),
                json!(u64::MAX),
                json!(usize::MAX >> 1),
                json!(4_294_967_296_u64),
                json!(4_294_967_295_u64),
                json!(1e300),
                json!(""),
                json!("\u{202e}\u{0}\n::error::x"),
                json!("layer:1048576"),
                json!("file:18446744073709551615"),
                json!("LL203"),
                json!("x".repeat(100_000)),
                json!([]),
                json!({}),
                json!({"blank": [1_000_000_000_u64, 7]}),
                json!([0, 18_446_744_073_709_551_615_u64]),
                json!([4_294_967_296_u64, 4_294_967_296_u64, 4_294_967_296_u64]),
            ];
            *place = others[next(state) % others.len()].clone();
        }
    }
}

/// A document that fits its digest may have been made by anybody: it is refused, or shown, in any format.
#[test]
fn documents_from_elsewhere() {
    let server = server();
    let place = Place::new();
    place.write("refs", &references(&server));
    place.done(&["plan", "--refs", "refs", "--output", "plan.json"]);
    let files = place.check(1, &["--weigh"]);
    let whole = place.read(&files[0]);
    assert_eq!(resealed(&whole, &|_| {}), whole);
    let rounds = std::env::var("LAMBLINT_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(72);
    let mut refused = 0;
    for round in 0..rounds {
        let state = std::cell::Cell::new(round as u64);
        let changed = resealed(&whole, &|document| {
            let mut own = state.get();
            next(&mut own);
            disturb(&mut document["subjects"], &mut own);
        });
        place.write("changed.json", &changed);
        let output = place.run(&["merge", "changed.json", "--format", FORMATS[round % FORMATS.len()]]);
        let told = said(&output);
        assert!(output.status.code().is_some_and(|code| code <= 2), "round {round}: {told}");
        assert!(!told.contains("lamblint itself failed"), "round {round}: {told}");
        if output.stdout.is_empty() {
            let named = told.contains("changed.json: ") || told.contains("of the plan is in no shard");
            assert!(told.lines().count() == 1 && named, "round {round}: {told}");
            refused += 1;
        }
    }
    assert!(refused > rounds / 4, "{refused} of {rounds}");
}

#[test]
fn plans_fit_their_schema_and_baselines_hold_for_all_shards() {
    let server = server();
    let place = Place::new();
    place.write("refs", &references(&server));
    let digest = images().root["2"].as_str().unwrap().to_owned();
    place.write("functions", &function(&server, "bee", &digest, &json!({"MemorySize": 128})));
    let lists = ["--refs", "refs", "--functions", "functions"];
    place.done(&[&["plan", "--output", "plan.json"], &lists[..]].concat());
    let schema: Value = serde_json::from_str(include_str!("../../schemas/plan.json")).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let plan: Value = serde_json::from_str(&place.read("plan.json")).unwrap();
    let faults: Vec<String> =
        validator.iter_errors(&plan).map(|error| format!("{error} at {}", error.instance_path())).collect();
    assert_eq!(faults, Vec::<String>::new());
    // Some images are known, and some are not.
    let first: Vec<String> = references(&server).lines().take(3).map(str::to_owned).collect();
    place.write("known", &first.join("\n"));
    place.done(&["baseline", "--refs", "known", "--output", "baseline.json"]);
    let files = place.check(3, &[]);
    let more = ["--format", "json", "--baseline", "baseline.json"];
    let single = place.run(&[&["check"], &lists[..], &more].concat());
    let merged = place.merge(&files, &more);
    assert_eq!((merged.status.code(), &merged.stdout), (single.status.code(), &single.stdout), "{}", said(&merged));
    let known: Value = serde_json::from_slice(&merged.stdout).unwrap();
    assert!(known["summary"]["known"].as_u64().is_some_and(|known| known > 0), "{}", known["summary"]);
}

#[test]
fn no_credentials_are_in_the_documents() {
    let images = images();
    let server = Server::start(move |request| match request.header("authorization") {
        "Basic dXNlcjpnZWhlaW0=" => answer(&images, request),
        _ => Reply::new(401, "").with("www-authenticate", "Basic realm=\"x\""),
    });
    let place = Place::new();
    std::fs::create_dir(place.path(".docker")).unwrap();
    let login = json!({"auths": {&server.host: {"auth": "dXNlcjpnZWhlaW0="}}});
    place.write(".docker/config.json", &login.to_string());
    place.write("refs", &format!("{0}/team/orders:1\nuser:geheim@{0}/team/orders:2\n", server.host));
    place.run(&["plan", "--refs", "refs", "--output", "plan.json"]);
    let files = place.check(1, &[]);
    for file in [&files[0], "plan.json"] {
        let text = place.read(file);
        assert!(
            text.contains("team/orders:1") && !text.contains("dXNlcjpnZWhlaW0") && !text.contains("geheim"),
            "{text}"
        );
    }
    // A login that fails is one line for each image, and a plan without any image fails.
    std::fs::remove_file(place.path(".docker/config.json")).unwrap();
    let output = place.run(&["plan", "--refs", "refs", "--output", "plan.json", "--quiet"]);
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
}

#[test]
fn sarif_in_several_files() {
    let server = server();
    let place = Place::new();
    place.write("refs", &references(&server));
    place.done(&["plan", "--refs", "refs", "--output", "plan.json"]);
    let files = place.check(2, &[]);
    let merged = place.merge(&files, &["--format", "sarif", "--split-sarif", "sarif"]);
    let whole: Value = serde_json::from_slice(&merged.stdout).unwrap();
    let mut part: Value = serde_json::from_str(&place.read("sarif/lamblint-1-of-1.sarif")).unwrap();
    assert_eq!(part["runs"][0]["automationDetails"]["id"], "lamblint/1-of-1/");
    assert!(jsonschema::is_valid(&crate::reports::sarif_schema(), &part));
    part["runs"][0].as_object_mut().unwrap().remove("automationDetails");
    assert_eq!(part, whole);
    let again = place.merge(&files, &["--split-sarif", "sarif"]);
    assert!(again.status.code() == Some(2) && said(&again).contains("of an earlier run"), "{}", said(&again));
}
