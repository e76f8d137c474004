"""Images that rules warn about: of each rule some that people really build."""

import os
import subprocess
from dataclasses import dataclass, field

from images import CLIENT, HANDLER, PACKAGES, Image
from languages import MEMORY, NODE, NODE_CLIENT, Python, template
from starts import Starts


@dataclass
class Share:
    """An image that a rule warns about."""

    rule: str
    name: str
    image: Image
    # A Dockerfile and files beside it that `check` reads in place of the image.
    beside: dict = field(default_factory=dict)
    options: list = field(default_factory=list)
    trying: list = field(default_factory=list)


SHORT = ["--init-timeout", "4", "--memory", "512"]
# The machine may be slow, and what is slow is not what is looked for.
LONG = ["--init-timeout", "60", "--timeout", "20", "--memory", "1024"]
WSGI = "def app(environ, start):\n    start('200 OK', [])\n    return [b'it works']\n"
ASGI = """async def app(scope, receive, send):
    if scope['type'] == 'lifespan':
        while True:
            message = await receive()
            await send({'type': message['type'] + '.complete'})
            if message['type'] == 'lifespan.shutdown':
                return
    await send({'type': 'http.response.start', 'status': 200, 'headers': []})
    await send({'type': 'http.response.body', 'body': b'it works'})
"""
FLASK = "from flask import Flask\napp = Flask(__name__)\napp.route('/')(lambda: 'it works')\n"
SERVED = """import http.server
http.server.HTTPServer(('', 8080), http.server.SimpleHTTPRequestHandler).serve_forever()
"""
NODE_SERVER = "require('http').createServer((request, response) => response.end('it works')).listen(8080);\n"
NGINX = "pid /tmp/nginx.pid;\nerror_log stderr;\nevents {}\nhttp {\n access_log off;\n client_body_temp_path /tmp/a;\n proxy_temp_path /tmp/b;\n"
NGINX += " fastcgi_temp_path /tmp/c;\n uwsgi_temp_path /tmp/d;\n scgi_temp_path /tmp/e;\n server { listen 8080; return 200; }\n}\n"
HTTP = '{"version":"2.0","routeKey":"$default","rawPath":"/","rawQueryString":"","headers":{"host":"x"},"requestContext":{"accountId":"1",'
HTTP += '"apiId":"a","domainName":"x","domainPrefix":"x","http":{"method":"GET","path":"/","protocol":"HTTP/1.1","sourceIp":"1.1.1.1",'
HTTP += '"userAgent":"x"},"requestId":"1","routeKey":"$default","stage":"$default","time":"x","timeEpoch":1},"isBase64Encoded":false}'


def shares(work):
    python = Python(work)
    yield from servers(work, python)
    yield from bypassed(work, python)
    yield from inits(work)
    yield from clients(work, python)
    yield from adapters(work, python)
    yield from launchers(work, python)
    yield from caches(work, python)
    yield from packages(work, python)


def web(work, *words, **files):
    """A server of Python, and no client."""
    image = Image(work.layer("python"), work.installed("web", "gunicorn", "uvicorn", "flask", "waitress")).folder("app")
    for name, text in files.items():
        image.put(f"app/{name}.py", text)
    return image.set(Entrypoint=[], Cmd=["/usr/bin/python3", *words], WorkingDir="/app")


def node(work, code, *layers):
    image = Image(work.layer("node"), *layers).put("app/server.js", code)
    return image.set(Cmd=["/usr/bin/node", "server.js"], WorkingDir="/app")


def each_server(work):
    yield "gunicorn", web(work, "-m", "gunicorn", "-b", ":8080", "main:app", main=WSGI)
    yield "uvicorn", web(work, "-m", "uvicorn", "--host", "0.0.0.0", "--port", "8080", "main:app", main=ASGI)
    yield "flask run", web(work, "-m", "flask", "--app", "main", "run", "-p", "8080", main=FLASK)
    yield "waitress", web(work, "-m", "waitress", "--port=8080", "main:app", main=WSGI)
    yield "python -m http.server", web(work, "-m", "http.server", "8080")
    yield "http.server in a script", web(work, "main.py", main=SERVED)
    yield "node with http", node(work, NODE_SERVER)
    nginx = Image(work.layer("nginx")).put("etc/nginx/own.conf", NGINX)
    yield "nginx", nginx.set(Cmd=["/usr/sbin/nginx", "-c", "/etc/nginx/own.conf", "-g", "daemon off;"], WorkingDir="/")


def servers(work, python):
    for name, image in each_server(work):
        yield Share("LL214", name, image, trying=SHORT)
    once = web(work, "main.py", main="print('done')\n")
    yield Share("LL214", "a script that ends", once, trying=SHORT)
    yield Share("LL214", "a script of node that ends", node(work, "console.log('done');\n"), trying=SHORT)
    script = Starts(work).shell(content="#!/bin/sh\necho done\n").drop("app/main")
    yield Share("LL214", "a script of sh that ends", script, trying=SHORT)


def bypassed(work, python):
    """The same on a base of AWS."""
    for name, image in each_server(work):
        if name == "nginx":
            continue
        image.put("lambda-entrypoint.sh", "#!/bin/sh\n", 0o755).put("var/runtime/bootstrap", "#!/bin/sh\n", 0o755)
        image.env("LAMBDA_TASK_ROOT=/var/task", "LAMBDA_RUNTIME_DIR=/var/runtime")
        base = "nodejs:22" if "node" in name else "python:3.11"
        yield Share("LL224", name, image.from_base("public.ecr.aws/lambda/" + base), trying=SHORT)


def fetched(work, package):
    """A package of Debian, unpacked."""
    folder = work.at("package-" + package)
    if not os.path.exists(folder):
        os.makedirs(folder + ".new", exist_ok=True)
        subprocess.run(["apt-get", "download", "-qq", package], cwd=folder + ".new", check=True)
        name = next(name for name in os.listdir(folder + ".new") if name.endswith(".deb"))
        subprocess.run(["dpkg", "-x", name, "."], cwd=folder + ".new", check=True)
        os.rename(folder + ".new", folder)
    return folder


def content(*parts):
    with open(os.path.join(*parts), "rb") as file:
        return file.read()


def inits(work):
    tini = content(fetched(work, "tini"), "usr/bin/tini-static")
    shell = lambda: Starts(work).shell().put("usr/bin/tini", tini, 0o755)
    yield Share("LL218", "tini -s", shell().set(Entrypoint=["/usr/bin/tini", "-s", "--", "/run.sh"]))
    yield Share("LL218", "TINI_SUBREAPER", shell().env("TINI_SUBREAPER=1").set(Entrypoint=["/usr/bin/tini", "--", "/run.sh"]))
    systemd = work.layer("systemd")
    yield Share("LL218", "systemd", Image(systemd).set(Entrypoint=["/lib/systemd/systemd"], WorkingDir="/"), trying=SHORT)


def clients(work, python):
    own, aws = python.own, python.aws
    line = " ".join(CLIENT)
    yield Share("LL220", "awslambdaric", own().set(Entrypoint=["/bin/sh", "-c", line]))
    yield Share("LL220", "exec awslambdaric", own().set(Entrypoint=["/bin/sh", "-c", "exec " + line]))
    modules = work.node_client("3.3.0", "var/task/node_modules")
    nodes = lambda: Image(work.layer("node"), modules).put("var/task/index.js", NODE).set(Cmd=["index.handler"])
    yield Share("LL220", "aws-lambda-ric", nodes().set(Entrypoint=["/bin/sh", "-c", f"/usr/bin/node {NODE_CLIENT}"]), trying=MEMORY)
    script = own().put("entry.sh", f'#!/bin/sh\nexec {line} "$@"\n', 0o755).set(Entrypoint=["/bin/sh", "-c", "/entry.sh"])
    yield Share("LL220", "a script that hands its arguments on", script)
    yield Share("LL222", "awslambdaric", aws().set(Entrypoint=CLIENT))
    node_base = nodes().put("lambda-entrypoint.sh", "#!/bin/sh\n", 0o755).from_base("public.ecr.aws/lambda/nodejs:18")
    node_base.env("LAMBDA_TASK_ROOT=/var/task", "LAMBDA_RUNTIME_DIR=/var/runtime")
    yield Share("LL222", "aws-lambda-ric", node_base.set(Entrypoint=["/usr/bin/node", NODE_CLIENT]), trying=MEMORY)
    wrapper = own().env("AWS_LAMBDA_EXEC_WRAPPER=/opt/wrapper").put("opt/wrapper", '#!/bin/sh\nexec "$@"\n', 0o755)
    yield Share("LL324", "awslambdaric started by itself", wrapper)


def adapters(work, python):
    """AWS's web adapter, compiled from crates.io."""
    path = work.at("lwa-root/bin/lambda-adapter")
    if not os.path.exists(path):
        print("no web adapter: cargo install --root WORK/lwa-root lambda_web_adapter")
        return
    adapter, trying = content(path), ["--init-timeout", "10", "--timeout", "10", "--memory", "512", "--event", HTTP]
    there = "opt/extensions/lambda-adapter"
    server = lambda port="8080": web(work, "-m", "gunicorn", "-b", ":" + port, "main:app", main=WSGI)
    yield Share("LL319", "gunicorn, adapter in /", server().put("lambda-adapter", adapter, 0o755), trying=trying)
    yield Share("LL319", "gunicorn, adapter in /opt", server().put("opt/lambda-adapter", adapter, 0o755), trying=trying)
    yield Share("LL319", "gunicorn on 8000, adapter asks 8080", server("8000").put(there, adapter, 0o755), trying=trying)
    yield Share("LL319", "gunicorn on 8000, AWS_LWA_PORT=8080", server("8000").env("AWS_LWA_PORT=8080").put(there, adapter, 0o755), trying=trying)
    yield Share("LL319", "gunicorn on 8000, LWA_PORT=8000", server("8000").env("LWA_PORT=8000").put(there, adapter, 0o755), trying=trying)
    uvicorn = web(work, "-m", "uvicorn", "--port", "8000", "main:app", main=ASGI)
    yield Share("LL319", "uvicorn on its own port", uvicorn.put(there, adapter, 0o755), trying=trying)
    misspelt = server("8000").env("AWS_LWA_PROT=8000")
    yield Share("LL319", "gunicorn on 8000, AWS_LWA_PROT=8000", misspelt.put(there, adapter, 0o755), trying=trying)
    base = python.aws().put(there, adapter, 0o755)
    yield Share("LL319", "the entrypoint of a base of AWS", base, trying=trying)
    for name, image in each_server(work):
        yield Share("-", f"{name}, with the adapter", image.put(there, adapter, 0o755), trying=trying)


def npm_program(work, name, version):
    """A package manager of npm, in a layer."""
    folder = work.at(f"npm-{name}-{version}")
    if not os.path.exists(os.path.join(folder, "node_modules", name)):
        os.makedirs(folder, exist_ok=True)
        subprocess.run(["npm", "install", "--silent", "--no-save", "--prefix", folder, f"{name}@{version}"], check=True)
    return work.packed(f"npm-{name}-{version}", f"npm-{name}-{version}/node_modules", "usr/local/lib/node_modules")


def launchers(work, python):
    modules = work.node_client("3.3.0", "app/node_modules")
    package = '{"name": "app", "scripts": {"start": "node node_modules/aws-lambda-ric/bin/index.mjs index.handler"}}'

    def started(program, version, path, *words):
        image = Image(work.layer("node"), modules, npm_program(work, program, version)).put("app/index.js", NODE).put("app/package.json", package)
        image.link("app/node_modules/.bin/aws-lambda-ric", "../aws-lambda-ric/bin/index.mjs")
        name = os.path.basename(words[0])
        image.link("usr/local/bin/" + name, f"../lib/node_modules/{program}/{path}")
        return image.set(Entrypoint=["/usr/local/bin/" + name, *words[1:]], Cmd=[], WorkingDir="/app")

    for version in ("6", "7", "8", "9", "10", "11"):
        npx = started("npm", version, "bin/npx-cli.js", "npx", "aws-lambda-ric", "index.handler")
        yield Share("LL306", f"npx of npm {version}", npx, trying=LONG)
        yield Share("LL306", f"npm {version} start", started("npm", version, "bin/npm-cli.js", "npm", "start"), trying=LONG)
    yield Share("LL306", "yarn 1 start", started("yarn", "1", "bin/yarn.js", "yarn", "start"), trying=LONG)
    for version in ("8", "9", "10"):
        yield Share("LL306", f"pnpm {version} start", started("pnpm", version, "bin/pnpm.cjs", "pnpm", "start"), trying=LONG)
    uv = content(work.packed_folder("uv", "uv"), "bin/uv")
    own = python.own().put("usr/local/bin/uv", uv, 0o755).put("var/task/pyproject.toml", '[project]\nname = "x"\nversion = "1"\nrequires-python = ">=3.11"\n')
    yield Share("LL306", "uv run", own.set(Entrypoint=["/usr/local/bin/uv", "run", "--no-project", "python3", "-m", "awslambdaric"]), trying=LONG)
    for tool, words in (("poetry", ["run"]), ("pipenv", ["run"])):
        image = python.own().on(work.installed(tool, tool))
        image.put("usr/local/bin/" + tool, f"#!/usr/bin/python3\nimport sys\nfrom {tool}{'.console.application' if tool == 'poetry' else ''} import {'main' if tool == 'poetry' else 'cli'}\nsys.exit({'main' if tool == 'poetry' else 'cli'}())\n", 0o755)
        image.put("var/task/pyproject.toml", '[project]\nname = "x"\nversion = "1"\nrequires-python = ">=3.11"\n[tool.poetry]\npackage-mode = false\n')
        image.put("var/task/Pipfile", "[packages]\n")
        yield Share("LL306", f"{tool} run", image.set(Entrypoint=["/usr/local/bin/" + tool, *words, "python3", "-m", "awslambdaric"]), trying=LONG)


def caches(work, python):
    def with_code(code, *layers):
        return python.own().on(*layers).put("var/task/app.py", code + HANDLER)

    mpl = work.installed("matplotlib", "matplotlib")
    yield Share("LL305", "MPLCONFIGDIR=/opt/mpl, matplotlib", with_code("import matplotlib.pyplot\n", mpl).env("MPLCONFIGDIR=/opt/mpl"), trying=LONG)
    numba = work.installed("numba", "numba")
    jit = "import numba\n@numba.njit(cache=True)\ndef add(a, b):\n    return a + b\nadd(1, 2)\n"
    yield Share("LL305", "NUMBA_CACHE_DIR=/opt/numba, numba", with_code(jit, numba).env("NUMBA_CACHE_DIR=/opt/numba"), trying=LONG)
    hub = work.installed("hub", "huggingface_hub")
    loads = "from huggingface_hub import snapshot_download\nsnapshot_download('x/y')\n"
    yield Share("LL305", "HF_HOME=/opt/hf, huggingface_hub", with_code(loads, hub).env("HF_HOME=/opt/hf"), trying=LONG)
    tld = work.installed("tld", "tldextract")
    yield Share("LL305", "TLDEXTRACT_CACHE=/opt/tld, tldextract", with_code("import tldextract\ntldextract.TLDExtract(suffix_list_urls=())('a.example.com')\n", tld).env("TLDEXTRACT_CACHE=/opt/tld"), trying=LONG)
    writes = "import tempfile\ntempfile.NamedTemporaryFile()\n"
    yield Share("LL305", "TMPDIR=/opt/tmp, tempfile of Python", with_code(writes).env("TMPDIR=/opt/tmp"))
    home = "from pathlib import Path\nfolder = Path.home() / '.cache'\nfolder.mkdir(exist_ok=True)\n"
    yield Share("LL305", "HOME=/opt/home, a folder made there", with_code(home).env("HOME=/opt/home"))
    yield Share("LL305", "HOME=/root, nothing written", with_code("").env("HOME=/root"))
    dirs = work.installed("platformdirs", "platformdirs")
    cache = "from platformdirs import user_cache_path\nuser_cache_path('x', ensure_exists=True)\n"
    yield Share("LL305", "XDG_CACHE_HOME=/opt/cache, platformdirs", with_code(cache, dirs).env("XDG_CACHE_HOME=/opt/cache"))
    node_temp = Image(work.layer("node"), work.node_client("3.3.0", "var/task/node_modules"))
    node_temp.put("var/task/index.js", "const fs = require('fs'), os = require('os');\nfs.mkdtempSync(os.tmpdir() + '/x');\n" + NODE)
    node_temp.set(Entrypoint=["/usr/bin/node", NODE_CLIENT], Cmd=["index.handler"]).env("TMPDIR=/opt/tmp")
    yield Share("LL305", "TMPDIR=/opt/tmp, mkdtemp of Node", node_temp, trying=LONG)


def packages(work, python):
    own, aws = python.own, python.aws
    requests = work.packed("requests-user", "requests", "root/.local/lib/python3.11/site-packages")
    yield Share("LL310", "requests in /root/.local", aws().on(requests).put("var/task/app.py", "import requests\n" + HANDLER))
    alone = python.wheels("alone", "requests", "3.11") if work.has("alone") else None
    if alone is None:
        work.installed("alone", "requests", options=["--python-version", "3.11", "--no-deps"])
        alone = work.packed("alone-in-var-task", "alone", "var/task")
    yield Share("LL336", "requests with --no-deps", own().on(alone).put("var/task/app.py", "import requests\n" + HANDLER))
    work.installed("s3alone", "s3transfer", options=["--python-version", "3.11", "--no-deps"])
    yield Share("LL336", "s3transfer with --no-deps, not imported", own().on(work.packed("s3alone-task", "s3alone", "var/task")))
    yield Share("LL338", "pydantic_core for 3.13", python.importing("import pydantic_core").on(python.wheels("core313", "pydantic-core==2.27.2", "3.13")))
    yield Share("LL338", "pillow for 3.13", python.importing("from PIL import Image").on(python.wheels("pillow313", "pillow", "3.13")))
    yield Share("LL338", "numpy for 3.13", python.importing("import numpy").on(python.wheels("numpy313", "numpy", "3.13")))
    yield Share("LL338", "PyYAML for 3.13", python.importing("import yaml").on(python.wheels("yaml313", "pyyaml", "3.13")))
    yield Share("LL338", "charset-normalizer for 3.13", python.importing("import charset_normalizer").on(python.wheels("charset313", "charset-normalizer", "3.13")))
    closed = own().put("var/task/app.py", "from lib import names\n" + HANDLER).put("var/task/lib/names.py").folder("var/task/lib", 0o700)
    yield Share("LL304", "a package in a folder of mode 700", closed)
    yield Share("LL303", "a module of mode 600", own().put("var/task/app.py", "import names\n" + HANDLER).put("var/task/names.py", "", 0o600))
    tilde = own().put("var/task/app.py", "import names\n" + HANDLER).put("root/lib/names.py").env("PYTHONPATH=~/lib")
    yield Share("LL344", "PYTHONPATH=~/lib", tilde)
    psycopg = fetched(work, "python3-psycopg2")
    left = own().put("var/task/app.py", "import psycopg2\n" + HANDLER)
    folder = os.path.join(psycopg, "usr/lib/python3/dist-packages/psycopg2")
    for name in os.listdir(folder):
        if os.path.isfile(os.path.join(folder, name)):
            left.put("var/task/psycopg2/" + name, content(folder, name))
    lines = "FROM python:3.11-slim AS build\nRUN apt-get update && apt-get install -y gcc libpq-dev && pip install --target /deps psycopg2 awslambdaric\n"
    lines += "FROM python:3.11-slim\nCOPY --from=build /deps /var/task\nCOPY app.py /var/task/\nWORKDIR /var/task\n"
    lines += 'ENTRYPOINT ["/usr/local/bin/python", "-m", "awslambdaric"]\nCMD ["app.handler"]\n'
    yield Share("LL326", "psycopg2 without libpq", left, {"Dockerfile": lines, "app.py": "import psycopg2\n" + HANDLER})
    lgbm = work.installed("lightgbm", "lightgbm")
    lines = "FROM public.ecr.aws/lambda/python:3.11\nRUN pip install lightgbm\nCOPY app.py ${LAMBDA_TASK_ROOT}/\nCMD [\"app.handler\"]\n"
    yield Share("LL342", "lightgbm without libgomp", python.importing("import lightgbm").on(lgbm), {"Dockerfile": lines, "app.py": HANDLER}, trying=LONG)
    opencv = work.installed("opencv", "opencv-python")
    lines = lines.replace("lightgbm", "opencv-python")
    yield Share("LL342", "opencv-python without libGL", python.importing("import cv2").on(opencv), {"Dockerfile": lines, "app.py": HANDLER}, trying=LONG)
