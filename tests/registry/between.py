#!/usr/bin/env python3
"""What may stand between a reader and a registry: it says "too many", cuts bodies, is slow, or gives other bytes.

    between.py PORT TO [--authority FILE] [--too-many N] [--later seconds|date] [--cut BYTES] [--times N] [--wait SECONDS]
               [--alter] [--page]

Each request goes to TO (http://… or https://…). The first N are answered with 429 and Retry-After, one second from then as a
number or as a date. A blob's body ends after so many bytes, the first N times that it is asked for; each time with 0.
`--alter` changes the last byte of each blob, `--page` answers with a page for people.
Each request is a line on standard output: method, path, range, whether it had a login, and the status.
"""

import argparse
import email.utils
import http.client
import ssl
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

parser = argparse.ArgumentParser()
parser.add_argument("port", type=int)
parser.add_argument("to", type=urllib.parse.urlparse)
parser.add_argument("--authority")
parser.add_argument("--too-many", type=int, default=0)
parser.add_argument("--later", default="seconds")
parser.add_argument("--cut", type=int, default=0)
parser.add_argument("--times", type=int, default=0)
parser.add_argument("--wait", type=float, default=0)
parser.add_argument("--alter", action="store_true")
parser.add_argument("--page", action="store_true")
given = parser.parse_args()

lock = threading.Lock()
asked = 0
cuts = {}


def is_cut(path):
    """Whether this body is cut; counts it."""
    with lock:
        cuts[path] = cuts.get(path, 0) + 1
        return given.times == 0 or cuts[path] <= given.times


class Handler(BaseHTTPRequestHandler):
    """Passes on what it is asked, or does not."""

    protocol_version = "HTTP/1.1"

    def log(self, status):
        login = "login" if "authorization" in self.headers else "no-login"
        print(self.command, self.path, self.headers.get("range", "all"), login, status, flush=True)

    def short(self, status, headers, body=b""):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.log(status)

    def do_GET(self):
        global asked
        time.sleep(given.wait)
        with lock:
            asked += 1
            too_many = asked <= given.too_many
        if too_many:
            date = email.utils.formatdate(time.time() + 2, usegmt=True)
            return self.short(429, {"Retry-After": "1" if given.later == "seconds" else date})
        if given.page and self.path != "/v2/":
            return self.short(200, {"Content-Type": "text/html"}, b"<html><title>Welcome</title></html>")
        self.pass_on()

    def pass_on(self):
        if given.to.scheme == "https":
            context = ssl.create_default_context(cafile=given.authority)
            connection = http.client.HTTPSConnection(given.to.netloc, context=context)
        else:
            connection = http.client.HTTPConnection(given.to.netloc)
        connection.putrequest("GET", self.path, skip_accept_encoding=True)
        for name, value in self.headers.items():
            if name.lower() not in ("host", "connection"):
                connection.putheader(name, value)
        connection.endheaders()
        answer = connection.getresponse()
        body = answer.read()
        if given.alter and "/blobs/" in self.path and body:
            body = body[:-1] + bytes([body[-1] ^ 1])
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ("connection", "transfer-encoding"):
                self.send_header(name, value)
        self.end_headers()
        if given.cut and "/blobs/" in self.path and len(body) > given.cut and is_cut(self.path):
            body = body[: given.cut]
            self.close_connection = True
        self.log(answer.status)
        self.wfile.write(body)

    def log_message(self, *_):
        pass


ThreadingHTTPServer(("127.0.0.1", given.port), Handler).serve_forever()
