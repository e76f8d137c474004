#!/usr/bin/env python3
"""Where a registry's redirects lead: the files of its storage, over TLS, and a line for each request with its headers' names.

    blobs.py PORT STORAGE FOLDER

FOLDER holds tls.crt and tls.key.
"""

import functools
import ssl
import sys
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer


class Handler(SimpleHTTPRequestHandler):
    """Gives files, and writes down what was sent along."""

    def do_GET(self):
        print("GET", self.path, ",".join(name.lower() for name in self.headers), flush=True)
        super().do_GET()

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), functools.partial(Handler, directory=sys.argv[2]))
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(f"{sys.argv[3]}/tls.crt", f"{sys.argv[3]}/tls.key")
server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
