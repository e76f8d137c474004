"""Proofs that need the clients of AWS: functions in Python, Node and Java that start, and fail on the way to the handler."""

import io
import os
import subprocess
import zipfile

from images import CLIENT, HANDLER, HERE, PACKAGES, AWS_ENTRYPOINT, Image
from starts import ARGUMENT, INVALID, Case

IMPORT = "Runtime.ImportModuleError"
FAILED = "Unable to import module 'app': "
NODE = "exports.handler = async () => ({ said: 'it works' });\n"
NODE_CLIENT = "/var/task/node_modules/aws-lambda-ric/bin/index.mjs"
SITE = "var/task/.venv/lib/python3.11/site-packages"
MEMORY = ["--memory", "512"]


def cases(work):
    python = Python(work)
    yield from handlers(python)
    yield from files(python)
    yield from imports(python)
    yield from packages(python)
    yield from node(work)
    yield from node_base(work)
    yield from java(work)


class Python:
    """What images for Python are made of."""

    def __init__(self, work):
        self.work = work

    def own(self):
        """An image that starts AWS's client itself."""
        image = Image(self.work.layer("python"), self.work.packages()).put("var/task/app.py", HANDLER)
        return image.set(Entrypoint=CLIENT, Cmd=["app.handler"])

    def aws(self):
        """What AWS's base for Python does, with Debian's."""
        image = self.own().put("lambda-entrypoint.sh", AWS_ENTRYPOINT, 0o755).set(Entrypoint=["/lambda-entrypoint.sh"])
        image.put("var/runtime/bootstrap", '#!/bin/sh\nexec /usr/bin/python3 -m awslambdaric "$_HANDLER"\n', 0o755)
        image.env("LAMBDA_TASK_ROOT=/var/task", "LAMBDA_RUNTIME_DIR=/var/runtime")
        return image.from_base("public.ecr.aws/lambda/python:3.11")

    def importing(self, line):
        return self.own().put("var/task/app.py", line + "\n" + HANDLER)

    def wheels(self, name, requirement, minor, target="var/task"):
        """A package of PyPI for some Python, in the task root."""
        self.work.installed(name, requirement, options=["--python-version", minor])
        return self.work.packed(f"{name}-in-{target.replace('/', '-')}", name, target)


def handlers(base):
    own = base.own
    yield Case("LL202", ["ValueError: Handler not set"], own().set(Cmd=[]), own(), *template("python:3.11-slim", CLIENT))
    yield Case("LL214", ["No module named awslambdaric", "exit status 1"], own().gone(f"{PACKAGES}/awslambdaric"), own())
    yield Case("LL215", ['exec: "app.handler": executable file not found in $PATH', INVALID], own().set(Entrypoint=[]), own())
    yield Case("LL301", [IMPORT, FAILED + "No module named 'app'"], own().drop("var/task/app.py").put("opt/app.py", HANDLER).folder("var/task"), own())
    yield Case("LL302", ["Runtime.MalformedHandlerName", "Bad handler 'app': not enough values to unpack (expected 2, got 1)"],
               own().set(Cmd=["app"]), own())
    yield Case("LL325", [IMPORT, "Unable to import module '${HANDLER}'"], own().set(Cmd=["${HANDLER}.handler"]), own())
    yield Case("LL333", ["Runtime.HandlerNotFound", "Handler 'handler' missing on module 'app'"],
               own().put("var/task/app.py", HANDLER.replace("handler", "lambda_handler")),
               own().put("var/task/app.py", HANDLER.replace("handler", "lambda_handler")).set(Cmd=["app.lambda_handler"]))


def template(base, entrypoint):
    """A template that deploys an image which brings no handler, and one which does."""
    deployed = "Resources:\n  Api:\n    Type: AWS::Serverless::Function\n    Properties:\n      PackageType: Image\n"
    deployed = "Transform: AWS::Serverless-2016-10-31\n" + deployed + "    Metadata: {Dockerfile: Dockerfile, DockerContext: .}\n"
    words = ", ".join(f'"{word}"' for word in entrypoint)
    install = "pip install awslambdaric" if base.startswith("python") else "npm install aws-lambda-ric@3.3.0"
    plain = f"FROM {base}\nRUN {install}\nWORKDIR /var/task\nCOPY app.py ./\nENTRYPOINT [{words}]\n"
    shared = {"template.yaml": deployed, "app.py": HANDLER}
    return shared | {"Dockerfile": plain}, shared | {"Dockerfile": plain + 'CMD ["app.handler"]\n'}


def files(base):
    own = base.own
    yield Case("LL212", ["error while loading shared libraries:", "cannot open shared object file: No such file or directory"],
               own().gone("usr/lib/x86_64-linux-gnu/libexpat.so.1"), own())
    yield Case("LL303", ["PermissionError", "[Errno 13] Permission denied: '/var/task/app.py'"],
               own().put("var/task/app.py", HANDLER, 0o600), own())
    yield Case("LL304", [IMPORT, FAILED + "No module named 'app'"], own().folder("var/task", 0o711), own())
    reads = "open('/tmp/model.bin')\n" + HANDLER
    yield Case("LL307", ["FileNotFoundError", "[Errno 2] No such file or directory: '/tmp/model.bin'"],
               own().put("tmp/model.bin", "x").put("var/task/app.py", reads).env("MODEL=/tmp/model.bin"),
               own().put("opt/model.bin", "x").put("var/task/app.py", reads.replace("/tmp", "/opt")).env("MODEL=/opt/model.bin"))
    rie = base.work.at("samcli/local/rapid/aws-lambda-rie-x86_64")
    if os.path.exists(rie):
        with open(rie, "rb") as file:
            emulator = file.read()
        yield Case("LL216", ["Task timed out"], own().put("usr/local/bin/aws-lambda-rie", emulator, 0o755)
                   .set(Entrypoint=["/usr/local/bin/aws-lambda-rie", *CLIENT]), own())
    name = "runtime_client.cpython-311-x86_64-linux-gnu.so"
    yield Case("LL328", ["AttributeError: 'NoneType' object has no attribute 'next'", "exit status 1"], own().gone(f"{PACKAGES}/{name}"), own())


def imports(base):
    importing = base.importing
    yield Case("LL332", [IMPORT, FAILED + "No module named 'utils'"], importing("import utils"), importing("import utils").put("var/task/utils.py"))
    helper = importing("from pkg import helper").put("var/task/pkg/__init__.py", "from pkg.helper import answer\n")
    whole = importing("from pkg import helper").put("var/task/pkg/__init__.py", "from pkg.helper import answer\n")
    yield Case("LL332", [FAILED + "No module named 'pkg.helper'"], helper, whole.put("var/task/pkg/helper.py", "answer = 1\n"))
    yield Case("LL332", [FAILED + "No module named 'a.b'; 'a' is not a package"], importing("import a.b").put("var/task/a.py"),
               importing("import a.b").put("var/task/a/__init__.py").put("var/task/a/b.py"))
    models = "class Item:\n    pass\n"
    yield Case("LL334", [IMPORT, FAILED + "cannot import name 'Order' from 'models' (/var/task/models.py)"],
               importing("from models import Order").put("var/task/models.py", models),
               importing("from models import Item").put("var/task/models.py", models))
    yield Case("LL335", [IMPORT, FAILED + "attempted relative import with no known parent package"],
               importing("from .utils import answer").put("var/task/utils.py", "answer = 1\n"),
               importing("from utils import answer").put("var/task/utils.py", "answer = 1\n"))
    yield Case("LL335", [IMPORT, FAILED + "attempted relative import beyond top-level package"],
               importing("import pkg.a").put("var/task/pkg/a.py", "from ..utils import answer\n").put("var/task/utils.py", "answer = 1\n"),
               importing("import pkg.a").put("var/task/pkg/a.py", "from utils import answer\n").put("var/task/utils.py", "answer = 1\n"))
    plain = "FROM public.ecr.aws/lambda/python:3.11\nCOPY {} ${{LAMBDA_TASK_ROOT}}/\nCMD [\"app.handler\"]\n"
    shared = {"app.py": "import utils\n" + HANDLER, "utils.py": ""}
    yield Case("LL339", [IMPORT, FAILED + "No module named 'utils'"], importing("import utils"), importing("import utils").put("var/task/utils.py"),
               shared | {"Dockerfile": plain.format("app.py")}, shared | {"Dockerfile": plain.format("app.py utils.py")})


def packages(base):
    line = "import requests\n" + HANDLER
    aws = lambda: base.aws().put("var/task/app.py", line)
    yield Case("LL309", [IMPORT, FAILED + "No module named 'requests'"], aws().on(base.wheels("requests", "requests", "3.11", SITE)),
               aws().on(base.wheels("requests", "requests", "3.11")))
    line = "import ujson"
    yield Case("LL338", [FAILED + "No module named 'ujson'"],
               base.importing(line).on(base.wheels("ujson313", "ujson", "3.13")), base.importing(line).on(base.wheels("ujson311", "ujson", "3.11")))


def node(work):
    """Node, and AWS's client for it, which npm has compiled."""
    modules = work.node_client("3.3.0", "var/task/node_modules")

    def own(code=NODE, name="index.js"):
        image = Image(work.layer("node"), modules).put("var/task/" + name, code)
        return image.set(Entrypoint=["/usr/bin/node", NODE_CLIENT], Cmd=["index.handler"])

    def case(rule, quotes, faulty, mended):
        return Case(rule, quotes, faulty, mended, trying=MEMORY)

    yield case("LL301", [IMPORT, "Error: Cannot find module 'index'"], own().drop("var/task/index.js").put("opt/index.js", NODE), own())
    yield case("LL302", ["Runtime.MalformedHandlerName", "Bad handler"], own().set(Cmd=["index"]), own())
    said = "'../index.handler' is not a valid handler name. Use absolute paths when specifying root directories in handler names."
    yield case("LL302", ["Runtime.MalformedHandlerName", said], own().set(Cmd=["../index.handler"]), own())
    without, brings = template("node:22-slim", ["/usr/local/bin/npx", "aws-lambda-ric"])
    yield Case("LL202", ["No handler specified"], own().set(Cmd=[]), own(), without, brings, trying=MEMORY)
    yield case("LL303", ["EACCES: permission denied, open '/var/task/index.js'"], own().put("var/task/index.js", NODE, 0o600), own())
    reads = "require('fs').readFileSync('/tmp/model.bin');\n" + NODE
    yield case("LL307", ["Error: ENOENT: no such file or directory, open '/tmp/model.bin'"],
               own(reads).put("tmp/model.bin", "x").env("MODEL=/tmp/model.bin"),
               own(reads.replace("/tmp", "/opt")).put("opt/model.bin", "x").env("MODEL=/opt/model.bin"))
    yield case("LL328", ["Error: Cannot find module './rapid-client.node'"], own().gone("var/task/node_modules/aws-lambda-ric/dist/rapid-client.node"), own())
    yield from node_imports(case, own)
    yield case("LL333", ["Runtime.HandlerNotFound", "index.handler is undefined or not exported"], own(NODE.replace("handler", "main")), own())
    module = "import { Order } from './models.mjs';\nexport const handler = async () => ({ said: typeof Order });\n"
    yield case("LL334", ["SyntaxError: The requested module './models.mjs' does not provide an export named 'Order'"],
               own(module, "index.mjs").put("var/task/models.mjs", "export class Item {}\n"),
               own(module, "index.mjs").put("var/task/models.mjs", "export class Order {}\n"))
    native = "require('sharp');\n" + NODE
    path = "var/task/node_modules/sharp/"
    main = "module.exports = require('./build/Release/sharp.node');\n"
    sharp = lambda content: own(native).put(path + "index.js", main).put(path + "build/Release/sharp.node", content, 0o755)
    addon = work.compiled("addon.node", "-shared", "-fPIC", source="addon.c")
    mach = b"\xcf\xfa\xed\xfe\x07\x00\x00\x01\x03\x00\x00\x00\x08\x00\x00\x00" + bytes(48)
    yield case("LL314", ["/var/task/node_modules/sharp/build/Release/sharp.node: invalid ELF header"], sharp(mach), sharp(addon))


def node_imports(case, own):
    require = lambda name: own(f"require('{name}');\n" + NODE)
    module = lambda name: own(f"import '{name}';\nexport const handler = async () => ({{ said: 'it works' }});\n", "index.mjs")
    axios = "var/task/node_modules/axios/"
    package = lambda image, exports: image.put(axios + "package.json", '{"name": "axios", "exports": ' + exports + "}").put(axios + "lib.js")
    yield case("LL332", [IMPORT, "Error: Cannot find module './pay'"], require("./pay"), require("./pay").put("var/task/pay.js"))
    yield case("LL332", [IMPORT, "Error: Cannot find module 'axios'"], require("axios"), package(require("axios"), '"./lib.js"'))
    yield case("LL332", ["Error [ERR_MODULE_NOT_FOUND]: Cannot find package 'axios' imported from /var/task/index.mjs"], module("axios"),
               package(module("axios"), '"./lib.js"'))
    yield case("LL332", ["Error [ERR_MODULE_NOT_FOUND]: Cannot find module '/var/task/lib/pay' imported from /var/task/index.mjs"],
               module("./lib/pay").put("var/task/lib/pay.mjs"), module("./lib/pay.mjs").put("var/task/lib/pay.mjs"))
    yield case("LL332", ["Package subpath './lib' is not defined by"], package(require("axios/lib"), '{".": "./lib.js"}'),
               package(require("axios/lib"), '{"./lib": "./lib.js"}'))


def node_base(work):
    """What AWS's base for Node 18 does, with Debian's."""
    modules = work.node_client("3.3.0", "var/runtime/node_modules")
    start = '#!/bin/sh\nexec /usr/bin/node /var/runtime/node_modules/aws-lambda-ric/bin/index.mjs "$_HANDLER"\n'

    def aws(code):
        image = Image(work.layer("node"), modules).put("var/task/index.js", code).put("lambda-entrypoint.sh", AWS_ENTRYPOINT, 0o755)
        image.put("var/runtime/bootstrap", start, 0o755).set(Entrypoint=["/lambda-entrypoint.sh"], Cmd=["index.handler"])
        image.env("LAMBDA_TASK_ROOT=/var/task", "LAMBDA_RUNTIME_DIR=/var/runtime")
        return image.from_base("public.ecr.aws/lambda/nodejs:18")

    module = "export const handler = async () => ({ said: 'it works' });\n"
    mended = lambda: aws(module).put("var/task/package.json", '{"type": "module"}')
    yield Case("LL321", ["SyntaxError: Unexpected token 'export'"], aws(module), mended(), trying=MEMORY)
    importing = "import fs from 'node:fs';\n" + module
    mended = lambda: aws(importing).put("var/task/package.json", '{"type": "module"}')
    yield Case("LL321", ["SyntaxError: Cannot use import statement outside a module"], aws(importing), mended(), trying=MEMORY)


def java(work):
    """Debian's Java with a client of our own, which looks for classes where AWS's does."""
    subprocess.run(["javac", "--release", "17", "-d", work.folder, os.path.join(HERE, "Client.java"), os.path.join(HERE, "Handler.java")], check=True)

    def compiled(name):
        with open(os.path.join(work.folder, name), "rb") as file:
            return file.read()

    start = '#!/bin/sh\nexec /usr/lib/jvm/java-17-openjdk-amd64/bin/java -Xmx256m -XX:+UseSerialGC -cp "/var/runtime:/var/task:/var/task/lib/*" Client "$_HANDLER"\n'

    def aws():
        image = Image(work.layer("java")).put("lambda-entrypoint.sh", AWS_ENTRYPOINT, 0o755)
        image.put("var/runtime/bootstrap", start, 0o755).put("var/runtime/Client.class", compiled("Client.class"))
        image.put("var/lang/release", 'JAVA_VERSION="17.0.13"\n').folder("var/task")
        image.set(Entrypoint=["/lambda-entrypoint.sh"], Cmd=["example.Handler::handleRequest"])
        image.env("LAMBDA_TASK_ROOT=/var/task", "LAMBDA_RUNTIME_DIR=/var/runtime")
        return image.from_base("public.ecr.aws/lambda/java:17")

    code = compiled("example/Handler.class")
    newer = code[:7] + bytes([65]) + code[8:]
    path = "var/task/example/Handler.class"
    said = "example/Handler has been compiled by a more recent version of the Java Runtime (class file version 65.0), this version of the Java Runtime only recognizes class file versions up to 61.0"
    yield Case("LL330", ["java.lang.UnsupportedClassVersionError", said], aws().put(path, newer), aws().put(path, code), trying=MEMORY)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("example/Handler.class", code)
    jar = stream.getvalue()
    yield Case("LL312", ["java.lang.ClassNotFoundException: example.Handler"], aws().put("var/task/app.jar", jar), aws().put("var/task/lib/app.jar", jar), trying=MEMORY)
