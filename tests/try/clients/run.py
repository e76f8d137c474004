"""Starts functions that are written with the real clients of the Runtime API, and looks whether `lamblint try` sees what they
do.

    run.py LAMBLINT WORK [--only python,node,rust,go,adapter] [--cases stream,slow] [--go FOLDER] [--page FILE]

WORK is the folder of tests/sandbox/run.sh: its root file system, its packages and its modules are used. Rust's clients
are compiled from the crate registry, that of Go from FOLDER, a clone of aws-lambda-go, or from the module proxy. Each function
is started as root, if this is root, and as a user without privileges. A client that cannot be had is skipped aloud. With
--page the table is written into a file, between its marks. Ends with 0 if all is as expected.
"""

import datetime
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
DEBIAN = "usr/local/lib/python3.11/dist-packages"
ADAPTER = "1.0.0-rc1"
RUST = "1.5.0"
TARGET = "x86_64-unknown-linux-gnu"
CARGO = f"""[package]
name = "function"
version = "0.1.0"
edition = "2024"

[dependencies]
lambda_runtime = "={RUST}"
serde_json = "1"
tokio = {{ version = "1", features = ["macros", "rt", "time"] }}
tokio-stream = "0.1"

[workspace]
"""
# An event of a function URL.
REQUEST = json.dumps({
    "version": "2.0", "routeKey": "$default", "rawPath": "/page", "rawQueryString": "", "headers": {"host": "example.com"},
    "requestContext": {
        "accountId": "anonymous", "apiId": "x", "domainName": "example.com", "domainPrefix": "x", "requestId": "1",
        "http": {"method": "GET", "path": "/page", "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1", "userAgent": "test"},
        "routeKey": "$default", "stage": "$default", "time": "12/Mar/2020:19:03:58 +0000", "timeEpoch": 1583348638390,
    },
    "isBase64Encoded": False,
})

# Case, options, verdict, the type of the error, and what must be said in the error, an answer or the log.
CASES = [
    ("answers", [], "answers", "", "it works"),
    ("error", [], "fails", None, "no such event"),
    ("init-error", [], "fails", None, "it cannot start"),
    ("init-exit", [], "fails", "Runtime.ExitError", "exit status 3"),
    ("init-sleep", ["--init-timeout", "2", "--timeout", "1"], "timeout", "Sandbox.Timedout", "start is not done after 1 s"),
    ("slow", ["--timeout", "1"], "timeout", "Sandbox.Timedout", "Task timed out after 1.00 seconds"),
    ("crash", [], "fails", "Runtime.ExitError", "exit status 4"),
    ("extension", [], "answers", "", "it works"),
]
STREAMS = [
    ("stream", [], "answers", "", "hello world"),
    ("stream-error", [], "fails", None, "too late"),
]
OF_ADAPTER = {"answers", "init-exit", "init-sleep", "slow"}


class Missing(Exception):
    """A client that cannot be had here."""


def run(words, **options):
    try:
        done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, **options)
    except FileNotFoundError as error:
        raise Missing(f"no {error.filename}") from error
    text = done.stdout.decode(errors="replace")
    if done.returncode:
        raise Missing(f"{' '.join(words[:2])}: {text.strip().splitlines()[-1] if text.strip() else done.returncode}")
    return text


class Work:
    def __init__(self, path, go):
        self.path, self.go = os.path.abspath(path), go
        self.folder = os.path.join(self.path, "clients")
        os.makedirs(self.folder, exist_ok=True)

    def need(self, *parts):
        path = os.path.join(self.path, *parts)
        if not os.path.exists(path):
            raise Missing(f"{path} is not there: tests/sandbox/run.sh makes it")
        return path

    def layer(self, name, source, target):
        """A folder as a layer, made once."""
        out = os.path.join(self.folder, name + ".tar")
        if not os.path.exists(out):
            with tarfile.open(out + ".new", "w") as archive:
                archive.add(source, target)
            os.rename(out + ".new", out)
        return out

    def own(self, name, files):
        """Files of our own as a layer: path, source, mode."""
        out = os.path.join(self.folder, name + ".tar")
        with tarfile.open(out, "w") as archive:
            made = set()
            for path, source, mode in files:
                parts = path.split("/")
                for above in ("/".join(parts[:end]) for end in range(1, len(parts))):
                    if above not in made and not above.startswith("usr"):
                        made.add(above)
                        member = tarfile.TarInfo(above)
                        member.type, member.mode = tarfile.DIRTYPE, 0o755
                        archive.addfile(member)
                member = archive.gettarinfo(source, path)
                member.uid = member.gid = 0
                member.mode = mode
                with open(source, "rb") as file:
                    archive.addfile(member, file)
        return out

    def extension(self):
        out = os.path.join(self.folder, "extension")
        run(["gcc", "-O1", "-static", "-o", out, os.path.join(HERE, "..", "function.c")])
        return out

    def rust(self):
        project = os.path.join(self.folder, "rust")
        os.makedirs(os.path.join(project, "src"), exist_ok=True)
        with open(os.path.join(project, "Cargo.toml"), "w", encoding="utf-8") as file:
            file.write(CARGO)
        shutil.copy(os.path.join(HERE, "function.rs"), os.path.join(project, "src", "main.rs"))
        static = {**os.environ, "RUSTFLAGS": "-C target-feature=+crt-static"}
        run(["cargo", "build", "--quiet", "--release", "--target", TARGET], cwd=project, env=static)
        return os.path.join(project, "target", TARGET, "release", "function")

    def adapter(self):
        root = os.path.join(self.folder, "adapter")
        program = os.path.join(root, "bin", "lambda-adapter")
        if not os.path.exists(program):
            static = {**os.environ, "RUSTFLAGS": "-C target-feature=+crt-static"}
            run(["cargo", "install", "--quiet", "--root", root, "--target", TARGET, "lambda_web_adapter", "--version", ADAPTER],
                env=static)
        return program

    def golang(self):
        project = os.path.join(self.folder, "go")
        os.makedirs(project, exist_ok=True)
        shutil.copy(os.path.join(HERE, "function.go"), os.path.join(project, "main.go"))
        settings, version = {**os.environ, "CGO_ENABLED": "0", "GOFLAGS": "-mod=mod"}, "v1.54.0"
        module = f"module function\n\ngo 1.18\n\nrequire github.com/aws/aws-lambda-go {version}\n"
        if self.go:
            version = run(["git", "-C", self.go, "describe", "--tags"]).strip()
            clone = os.path.join(project, "aws-lambda-go")
            shutil.rmtree(clone, ignore_errors=True)
            os.makedirs(clone)
            subprocess.run(["tar", "x", "-C", clone], input=subprocess.check_output(["git", "-C", self.go, "archive", "HEAD"]), check=True)
            # What only its tests need is not fetched.
            with open(os.path.join(clone, "go.mod"), "w", encoding="utf-8") as file:
                file.write("module github.com/aws/aws-lambda-go\n\ngo 1.18\n")
            module += "\nreplace github.com/aws/aws-lambda-go => ./aws-lambda-go\n"
            settings["GOPROXY"] = "off"
        with open(os.path.join(project, "go.mod"), "w", encoding="utf-8") as file:
            file.write(module)
        run(["go", "build", "-tags", "lambda.norpc", "-o", "function", "."], cwd=project, env=settings)
        return os.path.join(project, "function"), version


class Client:
    """A function written with a client: its name and version, its layers, how it starts, what it can do."""

    def __init__(self, name, layers, words, streams=False, marked=True, adapter=False, environment=()):
        self.name, self.layers, self.words, self.marked = name, layers, words, marked
        self.adapter, self.environment = adapter, list(environment)
        self.cases = [case for case in CASES if not adapter or case[0] in OF_ADAPTER] + (STREAMS if streams else [])


def version_of(folder, package):
    """The version of a Python package."""
    found = [re.match(rf"{package}-([^-]+)\.dist-info$", name) for name in os.listdir(folder)]
    return next((match.group(1) for match in found if match), "?")


def made(work, name):
    """A client, by the word for it."""
    def debian():
        return work.layer("debian", work.need("debian"), ".")

    if name == "python":
        packages = work.need("packages", "awslambdaric")
        packages = os.path.dirname(packages)
        own = work.own("own-python", [("var/task/app.py", os.path.join(HERE, "app.py"), 0o644)])
        layers = [debian(), work.layer("packages", packages, DEBIAN), own]
        return Client(f"awslambdaric {version_of(packages, 'awslambdaric')}, Python", layers,
                      ["/usr/bin/python3", "-m", "awslambdaric", "app.handler"])
    if name == "node":
        client = work.need("modules", "node_modules", "aws-lambda-ric")
        with open(os.path.join(client, "package.json"), encoding="utf-8") as file:
            version = json.load(file)["version"]
        node = os.path.realpath(shutil.which("node") or "node")
        files = [("var/task/index.js", os.path.join(HERE, "index.js"), 0o644), ("usr/local/bin/node", node, 0o755)]
        modules = work.layer("modules", os.path.dirname(client), "var/task/node_modules")
        program = "/var/task/node_modules/.bin/aws-lambda-ric"
        return Client(f"aws-lambda-ric {version}, Node {run([node, '--version']).strip()}",
                      [debian(), modules, work.own("own-node", files)], ["/usr/local/bin/node", program, "index.handler"], streams=True)
    if name == "rust":
        own = work.own("own-rust", [("var/task/bootstrap", work.rust(), 0o755)])
        return Client(f"lambda_runtime {RUST}, Rust", [own], ["/var/task/bootstrap"], streams=True)
    if name == "go":
        program, version = work.golang()
        own = work.own("own-go", [("var/task/bootstrap", program, 0o755)])
        return Client(f"aws-lambda-go {version}, {run(['go', 'version']).split()[2]}", [own], ["/var/task/bootstrap"], streams=True,
                      marked=False)
    files = [("var/task/server.py", os.path.join(HERE, "server.py"), 0o644), ("opt/extensions/lambda-adapter", work.adapter(), 0o755)]
    return Client(f"lambda_web_adapter {ADAPTER}, Python's http.server", [debian(), work.own("own-adapter", files)],
                  ["/usr/bin/python3", "-u", "/var/task/server.py"], adapter=True, environment=["AWS_LWA_ASYNC_INIT=false"])


def layout(folder, layers, words, environment):
    """An image as an OCI layout."""
    blobs = os.path.join(folder, "blobs", "sha256")
    os.makedirs(blobs)
    kind = "application/vnd.oci.image."

    def digest(path):
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def put(document, what):
        data = json.dumps(document).encode()
        name = hashlib.sha256(data).hexdigest()
        with open(os.path.join(blobs, name), "wb") as file:
            file.write(data)
        return {"mediaType": kind + what, "digest": "sha256:" + name, "size": len(data)}

    described = []
    for path in layers:
        name = digest(path)
        shutil.copy(path, os.path.join(blobs, name))
        described.append({"mediaType": kind + "layer.v1.tar", "digest": "sha256:" + name, "size": os.path.getsize(path)})
    config = {"Env": ["PATH=/usr/local/bin:/usr/bin:/bin", *environment], "WorkingDir": "/var/task", "Entrypoint": words}
    config = {"architecture": "amd64", "os": "linux", "config": config}
    config["rootfs"] = {"type": "layers", "diff_ids": [one["digest"] for one in described]}
    manifest = {"schemaVersion": 2, "mediaType": kind + "manifest.v1+json", "config": put(config, "config.v1+json"), "layers": described}
    index = {"schemaVersion": 2, "manifests": [put(manifest, "manifest.v1+json")]}
    for name, document in (("index.json", index), ("oci-layout", {"imageLayoutVersion": "1.0.0"})):
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            json.dump(document, file)
    return folder


def tried(lamblint, who, image, options):
    """The outcome. The program is started from an open file, since it may lie where the user may not look."""
    words = ["/proc/self/fd/%d", "try", "--no-config", "--format", "json", "--memory", "512", *options, image]
    if who == "user" and os.geteuid() == 0:
        words = ["setpriv", "--reuid", "1000", "--regid", "1000", "--clear-groups", *words]
    with open(lamblint, "rb") as program:
        words = [word.replace("%d", str(program.fileno())) for word in words]
        done = subprocess.run(words, stdout=subprocess.PIPE, check=False, cwd="/", pass_fds=[program.fileno()])
    return json.loads(done.stdout)


def wrong(client, case, outcome):
    """What is not as expected."""
    name, _, verdict, kind, said = case
    error = outcome["error"] or {"type": "", "message": ""}
    lines = [one.get("line") or one.get("tail") or "" for one in outcome["timeline"]]
    text = "\n".join([error["message"], *lines, *(answer["body"] for answer in outcome["answers"])])
    faults = []
    if outcome["verdict"] != verdict:
        faults.append(f"{outcome['verdict']} and not {verdict}: {outcome['why'] or error['message']}")
    if kind is not None and error["type"] != kind:
        faults.append(f"{error['type']} and not {kind}")
    if said not in text:
        faults.append(f"not said: {said}")
    happened = json.dumps(outcome["timeline"])
    streamed = [answer["streamed"] for answer in outcome["answers"]]
    # Go's client sends every answer in parts, and does not mark it as a stream.
    if name == "stream" and streamed != [client.marked]:
        faults.append("no stream")
    if name == "extension" or (client.adapter and name == "answers"):
        # The adapter wants to be told of no event, the end among them.
        for part in ['"registered"'] + (["extension saw an event", '"spindown"'] if name == "extension" else []):
            if part not in happened:
                faults.append(f"not in the timeline: {part}")
    return faults


def shown(outcome):
    """The error, or the answer, in a few words."""
    if outcome["error"]:
        return f"{outcome['error']['type']}: {outcome['error']['message']}"
    return outcome["answers"][0]["body"] if outcome["answers"] else "-"


def whos():
    return ["root", "user"] if os.geteuid() == 0 else ["user"]


def main(lamblint, folder, *options):
    def option(name):
        return options[options.index(name) + 1] if name in options else None

    names = (option("--only") or "python,node,rust,go,adapter").split(",")
    work, rows, failed, skipped = Work(folder, option("--go")), [], 0, []
    for name in names:
        try:
            client = made(work, name)
            extension = work.own("extension", [("opt/extensions/agent", work.extension(), 0o755)])
        except Missing as why:
            print(f"clients: skipped: {name}: {why}", flush=True)
            skipped.append(name)
            continue
        print(client.name, flush=True)
        with tempfile.TemporaryDirectory(prefix="lamblint-clients-") as space:
            os.chmod(space, 0o755)
            plain = layout(os.path.join(space, "plain"), client.layers, client.words, client.environment)
            extended = layout(os.path.join(space, "extended"), [*client.layers, extension], client.words, client.environment)
            cells = []
            cases = (option("--cases") or ",".join(case[0] for case in client.cases)).split(",")
            for case in (case for case in client.cases if case[0] in cases):
                words = ["--env", f"CASE={case[0]}", *case[1]]
                if client.adapter:
                    words += ["--event", REQUEST]
                for who in whos():
                    outcome = tried(lamblint, who, extended if case[0] == "extension" else plain, words)
                    faults = wrong(client, case, outcome)
                    failed += bool(faults)
                    print(f"  {case[0]:<13} {who:<5} {outcome['verdict']:<9} {shown(outcome)[:110]!r}", flush=True)
                    for fault in faults:
                        print(f"      <-- {fault}", flush=True)
                cells.append(case[0])
        rows.append(f"| {client.name} | {', '.join(cells)} |")
    page = option("--page")
    if page and not failed:
        with open(page, encoding="utf-8") as file:
            head, rest = file.read().split("<!-- clients -->\n")
            _, tail = rest.split("<!-- end of clients -->")
        today = datetime.date.today().isoformat()
        table = [f"Run on {today}, as {' and as '.join(whos())}:", "", "| Client | Cases |", "|--|--|", *rows]
        with open(page, "w", encoding="utf-8") as file:
            file.write(head + "<!-- clients -->\n" + "\n".join(table) + "\n<!-- end of clients -->" + tail)
    print(f"{len(rows)} clients, {failed} cases not as expected" + (f", skipped: {', '.join(skipped)}" if skipped else ""))
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
