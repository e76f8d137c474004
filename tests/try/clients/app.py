"""A function with awslambdaric: what it does is told by the variable CASE."""

import os
import sys
import time

CASE = os.environ.get("CASE")

if CASE == "init-error":
    raise ValueError("it cannot start")
if CASE == "init-exit":
    sys.exit(3)
if CASE == "init-sleep":
    time.sleep(60)


def handler(event, context):
    if CASE == "error":
        raise ValueError("no such event")
    if CASE == "slow":
        time.sleep(60)
    if CASE == "crash":
        os._exit(4)
    return {"said": "it works", "event": event}
