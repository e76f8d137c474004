#!/usr/bin/env python3
"""Starts the function of templates/fleet/on-push with an event of Amazon ECR, against a registry that stands in for it.

    on_push.py HANDLER HOST REPOSITORY DIGEST

lamblint is on PATH. AWS is a module that answers as boto3 does.
"""

import base64
import importlib.util
import json
import os
import sys
import types

path, host, repository, digest = sys.argv[1:]
published = []


class Client:
    """The two calls that the function makes."""

    def get_authorization_token(self):
        return {"authorizationData": [{"authorizationToken": base64.b64encode(b"test:geheim").decode()}]}

    def publish(self, **message):
        published.append(message)


class Context:
    """What Lambda tells of the time that is left."""

    def get_remaining_time_in_millis(self):
        return 60_000


sys.modules["boto3"] = types.SimpleNamespace(client=lambda _: Client())
spec = importlib.util.spec_from_file_location("handler", path)
handler = importlib.util.module_from_spec(spec)
spec.loader.exec_module(handler)
event = {
    "version": "0", "detail-type": "ECR Image Action", "source": "aws.ecr", "account": "123456789012", "region": "eu-west-1",
    "detail": {"result": "SUCCESS", "action-type": "PUSH", "repository-name": repository, "image-digest": digest, "image-tag": "1.4"},
}
assert handler.registry(event) == "123456789012.dkr.ecr.eu-west-1.amazonaws.com"
assert handler.registry(event | {"region": "cn-north-1"}).endswith(".amazonaws.com.cn")
handler.registry = lambda _: host
os.environ["TOPIC"] = "topic"
answer = handler.handler(event, Context())
codes = [finding["code"] for finding in answer["findings"]]
assert answer["exit"] == 1 and "LL101" in codes, answer
assert answer["image"] == f"{host}/{repository}@{digest}" and answer["tag"] == "1.4", answer
assert [message["TopicArn"] for message in published] == ["topic"]
assert json.loads(published[0]["Message"]) == answer and "geheim" not in str(published)
event["detail"]["image-digest"] = "sha256:" + "0" * 64
try:
    handler.handler(event, Context())
except RuntimeError as error:
    assert "no image" in str(error) and "geheim" not in str(error), error
else:
    sys.exit("an image that is not there was looked at")
