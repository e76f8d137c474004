#!/usr/bin/env python3
"""A server of tokens for distribution's `auth: token`: a login in, a token out that is really signed (RS256).

    token_server.py PORT FOLDER SECONDS [--old]

FOLDER holds tls.crt, tls.key, tokens.crt and tokens.key. A token is good for so many seconds. Who asks without a login gets
one that allows `public/` alone. `--old` gives tokens by GET alone, as servers of before 2016 do.
What was asked is a line each on standard output: the method, by what, and the status.
"""

import base64
import json
import ssl
import subprocess
import sys
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PORT, FOLDER, SECONDS, OLD = int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), "--old" in sys.argv
BASIC = "Basic " + base64.b64encode(b"test:geheim").decode()
IDENTITY = "identity-geheim"
# distribution takes a token for a minute longer than it says.
LEEWAY = 60


def url_safe(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def signed(claims):
    with open(f"{FOLDER}/tokens.crt", encoding="ascii") as file:
        certificate = "".join(line.strip() for line in file if "-----" not in line)
    head = {"typ": "JWT", "alg": "RS256", "x5c": [certificate]}
    text = b".".join(url_safe(json.dumps(part).encode()) for part in (head, claims))
    command = ["openssl", "dgst", "-sha256", "-sign", f"{FOLDER}/tokens.key"]
    signature = subprocess.run(command, input=text, capture_output=True, check=True).stdout
    return (text + b"." + url_safe(signature)).decode()


class Handler(BaseHTTPRequestHandler):
    """Answers for tokens."""

    def answer(self, status, how, document=None):
        body = json.dumps(document or {"errors": [{"code": "UNAUTHORIZED"}]}).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        print(self.command, how, status, flush=True)

    def token(self, fields, user):
        """A token for what is asked, as far as the user may have it."""
        access = []
        for scope in fields.get("scope", []):
            kind, rest = scope.split(":", 1)
            name, actions = rest.rsplit(":", 1)
            if user or name.startswith("public/"):
                access.append({"type": kind, "name": name, "actions": actions.split(",") if user else ["pull"]})
        now = int(time.time())
        claims = {"iss": "the test", "sub": user, "aud": fields["service"][0], "access": access}
        times = {"exp": now + SECONDS - LEEWAY, "nbf": now - 2 * LEEWAY, "iat": now - 2 * LEEWAY, "jti": str(time.time_ns())}
        return signed(claims | times)

    def do_GET(self):
        fields = urllib.parse.parse_qs(urllib.parse.urlparse(self.path).query)
        given = self.headers.get("Authorization")
        if given not in (None, BASIC):
            return self.answer(401, "wrong")
        user = "test" if given else ""
        self.answer(200, "password" if user else "nothing", {"token": self.token(fields, user), "expires_in": SECONDS})

    def do_POST(self):
        fields = urllib.parse.parse_qs(self.rfile.read(int(self.headers.get("Content-Length", 0))).decode())
        if OLD:
            return self.answer(405, "identity")
        if fields.get("grant_type") != ["refresh_token"] or fields.get("refresh_token") != [IDENTITY]:
            return self.answer(401, "wrong")
        self.answer(200, "identity", {"access_token": self.token(fields, "test"), "expires_in": SECONDS})

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", PORT), Handler)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(f"{FOLDER}/tls.crt", f"{FOLDER}/tls.key")
server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
