//! Images in registries: the same verdict as of the saved archive, whatever the registry does on the way.

use crate::support::server::{Blobs, Reply, Request, Server, ranged};
use serde_json::Value;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

const EXAMPLE: &str = "tests/example/image.tar";

fn example() -> Blobs {
    Blobs::of(&Path::new(env!("CARGO_MANIFEST_DIR")).join(EXAMPLE))
}

/// The program where nothing of this machine's logins and proxies is seen.
fn command(home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lamblint"));
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("HOME", home);
    command.env("LAMBLINT_SHELLCHECK", "off").current_dir(env!("CARGO_MANIFEST_DIR"));
    command
}

/// A home folder with these credentials for a host.
fn home(host: &str, entry: &str) -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join(".docker");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("config.json"), format!("{{\"auths\":{{\"{host}\":{entry}}}}}")).unwrap();
    home
}

/// user:geheim
const LOGIN: &str = "{\"auth\":\"dXNlcjpnZWhlaW0=\"}";
const BASIC: &str = "Basic dXNlcjpnZWhlaW0=";

fn run(home: &Path, args: &[&str]) -> Output {
    let output =
        command(home).args(["check", "--today", "2026-11-24", "--format", "json"]).args(args).output().unwrap();
    for text in [&output.stdout, &output.stderr] {
        let text = String::from_utf8_lossy(text);
        assert!(!text.contains("geheim") && !text.contains("Z2VoZWlt") && !text.contains("token-"), "{text}");
    }
    output
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A report without what the image is called.
fn nameless(output: &Output) -> Value {
    fn strip(value: &mut Value) {
        match value {
            Value::Object(map) => {
                for key in ["path", "name", "image", "verified_layers", "fingerprint"] {
                    if map.get(key).is_some_and(|value| !value.is_object()) && !map.contains_key("code") {
                        map.remove(key);
                    }
                }
                map.remove("path");
                map.values_mut().for_each(strip);
            }
            Value::Array(items) => items.iter_mut().for_each(strip),
            _ => {}
        }
    }
    let mut value: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", said(output)));
    strip(&mut value);
    value
}

fn saved() -> Value {
    nameless(&run(Path::new("/nonexistent"), &[EXAMPLE]))
}

/// What is said of the example as a registry gives it that answers like this.
fn of_registry(home: Option<&str>, answer: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> (Server, Output) {
    let server = Server::start(answer);
    let folder = match home {
        Some(entry) => self::home(&server.host, entry),
        None => tempfile::tempdir().unwrap(),
    };
    let output = run(folder.path(), &[&format!("{}/team/orders:1.4", server.host)]);
    (server, output)
}

/// One line on standard error that has these words, and nothing looked at.
fn refused(output: &Output, words: &[&str]) {
    let said = said(output);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
    for word in words {
        assert!(said.contains(word), "no {word:?} in {said}");
    }
}

#[test]
fn the_same_as_the_saved_archive() {
    let blobs = example();
    let (server, output) = of_registry(None, move |request| blobs.answer(request));
    assert_eq!(nameless(&output), saved(), "{}", said(&output));
    assert_eq!(output.status.code(), Some(1));
    let accept = server.seen().into_iter().find(|request| request.path.ends_with("1.4")).unwrap();
    for kind in ["oci.image.index.v1", "oci.image.manifest.v1", "manifest.list.v2", "distribution.manifest.v2", "*/*"] {
        assert!(accept.header("accept").contains(kind), "{kind}");
    }
    assert!(server.seen().iter().all(|request| request.header("authorization").is_empty()));
    // Each blob once.
    let mut paths: Vec<String> = server.seen().iter().map(|request| request.path.clone()).collect();
    paths.sort();
    let all = paths.len();
    paths.dedup();
    assert_eq!(paths.len(), all, "{paths:?}");
}

#[test]
fn by_digest_and_by_scheme() {
    let blobs = example();
    let digest = blobs.digest().to_owned();
    let server = Server::start(move |request| blobs.answer(request));
    let home = tempfile::tempdir().unwrap();
    for reference in
        [format!("registry:{}/team/orders:1.4", server.host), format!("{}/team/orders@{digest}", server.host)]
    {
        let output = run(home.path(), &[&reference]);
        assert_eq!(nameless(&output), saved(), "{}", said(&output));
        let value: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(value["subjects"][0]["path"], reference.as_str());
    }
    let size = command(home.path()).args(["size", &format!("{}/team/orders:1.4", server.host)]).output().unwrap();
    assert!(size.status.success(), "{}", said(&size));
    let launch = command(home.path()).args(["launch", &format!("{}/team/orders:1.4", server.host)]).output().unwrap();
    assert!(launch.status.success(), "{}", said(&launch));
}

#[test]
fn a_password() {
    let blobs = example();
    let (_, output) = of_registry(Some(LOGIN), move |request| match request.header("authorization") {
        BASIC => blobs.answer(request),
        _ => Reply::new(401, "").with("www-authenticate", "Negotiate").with("www-authenticate", "Basic realm=\"a, b\""),
    });
    assert_eq!(nameless(&output), saved(), "{}", said(&output));
}

#[test]
fn tokens_that_run_out() {
    let blobs = example();
    let issued = std::sync::Arc::new(AtomicUsize::new(0));
    let (left, count) = (AtomicUsize::new(0), std::sync::Arc::clone(&issued));
    let (server, output) = of_registry(Some(LOGIN), move |request| {
        if request.path.starts_with("/token") {
            assert!(
                request.path.contains("service=the%20registry&scope=repository%3Ateam%2Forders%3Apull"),
                "{}",
                request.path
            );
            assert_eq!(request.header("authorization"), BASIC);
            left.store(2, Ordering::SeqCst);
            let number = count.fetch_add(1, Ordering::SeqCst);
            return Reply::new(200, format!("{{\"access_token\":\"token-{number}\",\"expires_in\":1}}"));
        }
        let wanted = format!("Bearer token-{}", issued.load(Ordering::SeqCst).wrapping_sub(1));
        // Each is good for two requests.
        if request.header("authorization") == wanted
            && left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok()
        {
            return blobs.answer(request);
        }
        if request.path == "/v2/" {
            return Reply::new(401, "");
        }
        let host = request.header("host");
        let challenge = format!("Bearer realm=\"http://{host}/token?a=b\",service=\"the registry\"");
        Reply::new(401, "").with("www-authenticate", "Basic realm=\"x\"").with("www-authenticate", &challenge)
    });
    assert_eq!(nameless(&output), saved(), "{}", said(&output));
    assert!(server.seen().iter().filter(|request| request.path.starts_with("/token")).count() >= 2);
}

#[test]
fn identity_tokens() {
    for by_post in [true, false] {
        let blobs = example();
        let (server, output) = of_registry(Some("{\"identitytoken\":\"geheim\"}"), move |request| {
            if request.path.starts_with("/token") {
                if request.method == "POST" && !by_post {
                    return Reply::new(405, "");
                }
                return Reply::new(200, "{\"token\":\"token-1\"}");
            }
            match request.header("authorization") {
                "Bearer token-1" => blobs.answer(request),
                _ => Reply::new(401, "")
                    .with("www-authenticate", &format!("Bearer realm=\"http://{}/token\"", request.header("host"))),
            }
        });
        assert_eq!(nameless(&output), saved(), "{}", said(&output));
        let asked: Vec<Request> =
            server.seen().into_iter().filter(|request| request.path.starts_with("/token")).collect();
        assert_eq!(asked[0].method, "POST");
        assert!(asked[0].body.contains("grant_type=refresh_token") && asked[0].body.contains("refresh_token=geheim"));
        assert_eq!(asked.len(), if by_post { 1 } else { 2 });
    }
}

#[test]
fn a_redirect_gets_no_credentials() {
    let blobs = example();
    let other = blobs.clone();
    // `localhost` and `127.0.0.1` are two hosts.
    let storage = Server::start(move |request| match request.path.split('?').next().unwrap().strip_prefix("/store/") {
        Some(digest) if request.path.ends_with("?signature=x") => ranged(request, &other.blobs[digest]),
        _ => Reply::new(404, ""),
    });
    let to = storage.host.replace("127.0.0.1", "localhost");
    let (server, output) = of_registry(Some(LOGIN), move |request| {
        if request.header("authorization") != BASIC {
            return Reply::new(401, "").with("www-authenticate", "Basic realm=\"x\"");
        }
        match request.path.split_once("/blobs/") {
            Some((_, digest)) => {
                Reply::new(307, "").with("location", &format!("http://{to}/store/{digest}?signature=x"))
            }
            None => blobs.answer(request),
        }
    });
    assert_eq!(nameless(&output), saved(), "{}", said(&output));
    assert_eq!(storage.seen().len(), 3);
    assert!(storage.seen().iter().all(|request| request.header("authorization").is_empty()));
    assert!(server.seen().iter().any(|request| request.header("authorization") == BASIC));
}

#[test]
fn too_many_requests() {
    let (blobs, asked) = (example(), AtomicUsize::new(0));
    let (_, output) = of_registry(None, move |request| {
        // Every second one is too many.
        if request.path != "/v2/" && asked.fetch_add(1, Ordering::SeqCst) % 2 == 0 {
            return Reply::new(429, "").with("retry-after", "0");
        }
        blobs.answer(request)
    });
    assert_eq!(nameless(&output), saved(), "{}", said(&output));
    let (server, output) = of_registry(None, |_| Reply::new(429, "").with("retry-after", "0"));
    refused(&output, &[&server.host, "too many requests (429), also after 5 pauses"]);
    assert_eq!(server.count("1.4"), 6);
}

#[test]
fn bodies_that_are_cut() {
    let blobs = example();
    let layer = blobs.json(blobs.digest());
    let layer =
        if layer["layers"].is_null() { blobs.json(layer["manifests"][0]["digest"].as_str().unwrap()) } else { layer };
    let layer = layer["layers"][0]["digest"].as_str().unwrap().to_owned();
    for ranges in [true, false] {
        let (blobs, layer, end) = (blobs.clone(), layer.clone(), layer.clone());
        let times = AtomicUsize::new(0);
        let (server, output) = of_registry(None, move |request| {
            let mut reply = blobs.answer(request);
            if request.path.ends_with(&layer) {
                if !ranges {
                    reply = Reply::new(200, blobs.blobs[&layer].clone());
                }
                if times.fetch_add(1, Ordering::SeqCst) < 3 {
                    reply.cut = Some(reply.body.len() / 2);
                }
            }
            reply
        });
        assert_eq!(nameless(&output), saved(), "{}", said(&output));
        assert_eq!(server.count(&end), 4);
    }
    let end = layer.clone();
    let (server, output) = of_registry(None, move |request| {
        let mut reply = blobs.answer(request);
        if request.path.ends_with(&layer) {
            reply.cut = Some(3.min(reply.body.len().saturating_sub(1)));
        }
        reply
    });
    refused(&output, &[&server.host, "was cut off 5 times"]);
    assert_eq!(server.count(&end), 6);
}

#[test]
fn bytes_of_another_digest_are_a_finding() {
    let blobs = example();
    let (_, output) = of_registry(None, move |request| {
        let mut reply = blobs.answer(request);
        if let Some(last) =
            reply.body.last_mut().filter(|_| request.path.contains("/blobs/") && !request.path.ends_with('/'))
        {
            *last ^= 1;
        }
        reply
    });
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(String::from_utf8_lossy(&output.stdout).contains("LL010"));
    // A longer one is not read to an end that it may not have.
    let blobs = example();
    let (_, output) = of_registry(None, move |request| {
        let mut reply = blobs.answer(request);
        if request.path.contains("/blobs/") && serde_json::from_slice::<Value>(&reply.body).is_err() {
            reply.body.extend(vec![0; 32 * 1024 * 1024]);
        }
        reply
    });
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(String::from_utf8_lossy(&output.stdout).contains("LL010"));
}

#[test]
fn a_blob_that_is_not_there_is_a_finding() {
    let blobs = example();
    let (_, output) = of_registry(None, move |request| {
        let reply = blobs.answer(request);
        let is_layer = request.path.contains("/blobs/") && serde_json::from_slice::<Value>(&reply.body).is_err();
        if is_layer { Reply::new(404, "") } else { reply }
    });
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(text.contains("LL011") && text.contains("is not in the registry"), "{text}{}", said(&output));
}

#[test]
fn what_cannot_be_looked_at() {
    let none = |status: u16, body: &'static str| of_registry(None, move |_| Reply::new(status, body));
    let (server, output) = none(401, "");
    refused(&output, &[&server.host, "(401)", "docker login"]);
    let basic = |_: &Request| Reply::new(401, "").with("www-authenticate", "Basic realm=\"x\"");
    let (server, output) = of_registry(Some(LOGIN), basic);
    refused(&output, &["refuses the credentials", &format!("docker login {}", server.host)]);
    let (_, output) = none(403, "{\"errors\":[{\"code\":\"DENIED\",\"message\":\"geheim\"}]}");
    refused(&output, &["no permission to pull team/orders (403 DENIED)"]);
    let (server, output) = none(404, "{\"errors\":[{\"code\":\"NAME_UNKNOWN\"}]}");
    refused(&output, &[&server.host, "no repository team/orders"]);
    let (_, output) = none(404, "");
    refused(&output, &["/team/orders:1.4"]);
    let (_, output) = none(200, "<html>Welcome</html>");
    refused(&output, &["which is no manifest"]);
    let (server, output) = of_registry(None, |_| Reply::new(200, vec![b' '; 9 * 1024 * 1024]));
    refused(&output, &[&server.host, "too long for a document"]);
    let (_, output) = of_registry(None, |_| Reply::new(307, "").with("location", "/v2/again"));
    refused(&output, &["over 5 redirects"]);
    let realm = |realm: &'static str| {
        let challenge = format!("Bearer realm=\"{realm}\"");
        of_registry(Some(LOGIN), move |_| Reply::new(401, "").with("www-authenticate", &challenge)).1
    };
    refused(&realm("http://169.254.169.254/latest"), &["the private address 169.254.169.254"]);
    refused(&realm("http://auth.example/token"), &["auth.example without TLS"]);
    refused(&realm("https://u:p@h.e/"), &["no address"]);
    // Nothing listens there any more.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let home = tempfile::tempdir().unwrap();
    refused(&run(home.path(), &[&format!("{port}/team/orders:1.4")]), &["connection refused"]);
    refused(&run(home.path(), &["registry:orders:1.4"]), &["begins with its host"]);
    let output = run(home.path(), &["no-such-folder.example/Dockerfile"]);
    refused(&output, &["no such file"]);
}

#[test]
fn one_that_fails_stops_no_other() {
    let blobs = example();
    let server = Server::start(move |request| blobs.answer(request));
    let home = tempfile::tempdir().unwrap();
    let reference = |tag: &str| format!("{}/team/orders:{tag}", server.host);
    let output = run(home.path(), &[&reference("gone"), &reference("1.4"), "tests/example/Dockerfile"]);
    refused(&output, &["orders:gone"]);
    let value: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(value["subjects"].as_array().unwrap().len(), 2);
}

#[test]
fn the_warnings_of_a_registry_reach_users_once() {
    let blobs = example();
    let (_, output) = of_registry(None, move |request| blobs.answer(request).with("warning", "299 - \"old thing\""));
    assert_eq!(said(&output).matches("warns: old").count(), 1, "{}", said(&output));
}

#[test]
fn a_body_that_stops_is_not_waited_for_long() {
    let start = Instant::now();
    let home = tempfile::tempdir().unwrap();
    let server = Server::start(|_| Reply { pause: Duration::from_secs(1), ..Reply::new(200, "{}") });
    let output = run(home.path(), &[&format!("{}/team/orders:1.4", server.host)]);
    assert!(start.elapsed() < Duration::from_secs(20), "{}", said(&output));
}

#[cfg(unix)]
#[test]
fn engines() {
    use std::io::{BufRead, BufReader, Write};
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("d.sock");
    let listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    let archive = std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(EXAMPLE)).unwrap();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut line = String::new();
            BufReader::new(&stream).read_line(&mut line).unwrap();
            let found = line.starts_with("GET /images/team/orders:1.4/get HTTP/1.0");
            let head = if found { "HTTP/1.0 200 OK\r\n\r\n" } else { "HTTP/1.0 404 Not Found\r\n\r\n" };
            stream.write_all(head.as_bytes()).unwrap();
            if found {
                let _ = stream.write_all(&archive);
            }
        }
    });
    let run = |variable: &str, reference: &str| {
        let host = format!("unix://{}", socket.display());
        let args = ["check", "--today", "2026-11-24", "--format", "json", reference];
        command(folder.path()).env(variable, host).args(args).output().unwrap()
    };
    assert_eq!(nameless(&run("DOCKER_HOST", "docker:team/orders:1.4")), saved());
    assert_eq!(nameless(&run("CONTAINER_HOST", "podman:team/orders:1.4")), saved());
    refused(&run("DOCKER_HOST", "docker:other"), &["docker:other: Docker has no image other", "docker images"]);
}

#[test]
fn manifest_and_config_alone() {
    let blobs = example();
    let server = Server::start(move |request| blobs.answer(request));
    let home = tempfile::tempdir().unwrap();
    let reference = format!("{}/team/orders:1.4", server.host);
    let output = run(home.path(), &["--depth", "config", &reference]);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    let value: Value = serde_json::from_slice(&output.stdout).unwrap();
    let codes: Vec<&str> = value["diagnostics"].as_array().unwrap().iter().filter_map(|d| d["code"].as_str()).collect();
    assert!(codes.contains(&"LL101") && !codes.contains(&"LL011"), "{codes:?}");
    let not_asked = value["subjects"][0]["not_asked"].as_array().unwrap();
    assert!(not_asked.contains(&"LL301".into()) && !not_asked.contains(&"LL101".into()), "{not_asked:?}");
    assert_eq!(value["subjects"][0]["unpacked_bytes"], Value::Null);
    // The way, the index, the manifest, the config.
    assert_eq!(server.seen().len(), 4, "{:?}", server.seen());
    // A file, a pipe and a registry say the same.
    assert_eq!(nameless(&output), nameless(&run(home.path(), &["--depth", "config", EXAMPLE])));
    let archive = std::fs::File::open(Path::new(env!("CARGO_MANIFEST_DIR")).join(EXAMPLE)).unwrap();
    let piped = command(home.path())
        .args(["check", "--today", "2026-11-24", "--format", "json", "--depth", "config", "-"])
        .stdin(archive)
        .output()
        .unwrap();
    assert_eq!(nameless(&piped), nameless(&output));
    let human = command(home.path()).args(["--depth", "config", EXAMPLE]).output().unwrap();
    let text = String::from_utf8_lossy(&human.stdout).into_owned();
    assert!(text.contains("the layers of 1 image were not read (--depth config): "), "{text}");
    // Reading all of it leaves nothing out.
    let whole: Value = serde_json::from_slice(&run(home.path(), &[EXAMPLE]).stdout).unwrap();
    assert_eq!(whole["subjects"][0]["not_asked"], Value::Null);
}

/// Debian's registry with passwords, tokens and redirects, S3, proxies, Docker and Podman, as far as they are installed.
#[cfg(unix)]
#[test]
#[ignore = "needs docker-registry, skopeo, openssl, htpasswd and Python; moto, Dask, podman and Docker are used where they are"]
fn real_servers() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/registry/run.sh");
    let work = Path::new(env!("CARGO_TARGET_TMPDIR")).join("registry");
    let status = Command::new(script).args([Path::new(env!("CARGO_BIN_EXE_lamblint")), &work]).status().unwrap();
    assert!(status.success());
}
