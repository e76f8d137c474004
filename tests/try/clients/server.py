"""A web application that knows nothing of Lambda: the Web Adapter brings it the events."""

import http.server
import os
import sys
import time

CASE = os.environ.get("CASE")

if CASE == "init-exit":
    sys.exit(3)
if CASE == "init-sleep":
    time.sleep(60)


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if CASE == "slow" and self.path != "/":
            time.sleep(60)
        self.send_response(500 if CASE == "error" and self.path != "/" else 200)
        self.end_headers()
        self.wfile.write(b"it works")


http.server.ThreadingHTTPServer(("127.0.0.1", 8080), Handler).serve_forever()
