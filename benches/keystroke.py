#!/usr/bin/env python3
"""How long the language server takes from a keystroke to its diagnostics, for the largest Dockerfile of a folder.

keystroke.py PROGRAM FOLDER [COUNT]
"""

import json
import pathlib
import os
import statistics
import subprocess
import sys
import time

program, folder = sys.argv[1], pathlib.Path(sys.argv[2])
count = int(sys.argv[3]) if len(sys.argv) > 3 else 100
named = [path for path in folder.rglob("*") if path.is_file() and "dockerfile" in path.name.lower()]
largest = max(named, key=lambda path: path.stat().st_size)
text = largest.read_text(errors="replace")
server = subprocess.Popen([program, "server"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def send(message):
    body = json.dumps({"jsonrpc": "2.0", **message}).encode()
    server.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
    server.stdin.flush()


def receive(wanted):
    while True:
        length = 0
        while (line := server.stdout.readline()) != b"\r\n":
            if not line:
                sys.exit("the server is gone")
            name, value = line.split(b":", 1)
            if name.lower() == b"content-length":
                length = int(value)
        message = json.loads(server.stdout.read(length))
        if wanted(message):
            return message


def shown(version):
    return receive(lambda message: message.get("params", {}).get("version") == version)


def processor_seconds():
    fields = pathlib.Path(f"/proc/{server.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


uri = largest.resolve().as_uri()
options = {"shellcheck": "off"}
send({"id": 1, "method": "initialize", "params": {"capabilities": {}, "initializationOptions": options}})
receive(lambda message: message.get("id") == 1)
send({"method": "initialized", "params": {}})
document = {"uri": uri, "languageId": "dockerfile", "version": 1, "text": text}
send({"method": "textDocument/didOpen", "params": {"textDocument": document}})
found = shown(1)["params"]["diagnostics"]
times, before = [], processor_seconds()
for version in range(2, count + 2):
    # A character more at the end of a comment, as if it were typed.
    changed = text + "\n# " + "x" * version + "\n"
    change = {"textDocument": {"uri": uri, "version": version}, "contentChanges": [{"text": changed}]}
    start = time.perf_counter()
    send({"method": "textDocument/didChange", "params": change})
    shown(version)
    times.append((time.perf_counter() - start) * 1000)
spent = (processor_seconds() - before) * 1000 / count
send({"method": "exit"})
server.wait()
lines = text.count("\n") + 1
print(f"{largest.name}: {len(text)} characters, {lines} lines, {len(found)} findings, {count} changes")
print(f"wall: least {min(times):.2f} ms, median {statistics.median(times):.2f} ms, most {max(times):.2f} ms")
print(f"processor: {spent:.2f} ms for each")
