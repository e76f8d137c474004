#!/usr/bin/env python3
"""A proxy as companies have one: CONNECT, and requests for whole addresses. It knows names that this machine does not.

    forward.py PORT NAME:PORT=HOST:PORT… [--password USER:PASSWORD] [--closed]

`--closed` lets nothing through. Each request is a line on standard output: the method, where to, whether a login of the
registry was seen in the clear, and the status.
"""

import base64
import http.client
import select
import socket
import sys
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

words = sys.argv[2:]
CLOSED = "--closed" in words
PASSWORD = words[words.index("--password") + 1] if "--password" in words else None
NAMES = dict(word.split("=") for word in words if "=" in word)


class Handler(BaseHTTPRequestHandler):
    """Lets through what is named."""

    def refused(self, to):
        wanted = PASSWORD and "Basic " + base64.b64encode(PASSWORD.encode()).decode()
        status = 0
        if CLOSED or to not in NAMES:
            status = 403
        elif wanted and self.headers.get("Proxy-Authorization") != wanted:
            status = 407
        if status:
            self.send_error(status)
        login = "login" if "authorization" in self.headers else "no-login"
        print(self.command, to, login, status or 200, flush=True)
        return status

    def do_CONNECT(self):
        if self.refused(self.path):
            return
        host, port = NAMES[self.path].split(":")
        with socket.create_connection((host, int(port))) as other:
            self.send_response(200)
            self.end_headers()
            both = {self.connection: other, other: self.connection}
            while True:
                for one in select.select(list(both), [], [])[0]:
                    data = one.recv(65536)
                    if not data:
                        self.close_connection = True
                        return
                    both[one].sendall(data)

    def do_GET(self):
        url = urllib.parse.urlparse(self.path)
        to = url.netloc if ":" in url.netloc else f"{url.netloc}:80"
        if self.refused(to):
            return
        connection = http.client.HTTPConnection(NAMES[to])
        kept = {name: value for name, value in self.headers.items() if not name.lower().startswith("proxy-")}
        connection.request("GET", f"{url.path}?{url.query}" if url.query else url.path, headers=kept)
        answer = connection.getresponse()
        body = answer.read()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ("connection", "transfer-encoding"):
                self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
