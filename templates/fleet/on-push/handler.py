"""Looks at an image that was pushed to Amazon ECR, as EventBridge tells of it, and publishes what is wrong with it."""

import json
import os
import subprocess

import boto3


def registry(event):
    """The registry that an event is about."""
    domain = "amazonaws.com.cn" if event["region"].startswith("cn-") else "amazonaws.com"
    return f"{event['account']}.dkr.ecr.{event['region']}.{domain}"


def login(host):
    """The credentials for a registry, as Docker's configuration has them."""
    token = boto3.client("ecr").get_authorization_token()["authorizationData"][0]["authorizationToken"]
    return json.dumps({"auths": {host: {"auth": token}}})


def handler(event, context):
    """One event; the answer is the reference, lamblint's exit code, and the findings' codes and messages."""
    detail, host = event["detail"], registry(event)
    reference = f"{host}/{detail['repository-name']}@{detail['image-digest']}"
    command = ["lamblint", "check", "--no-config", "--format", "json", f"registry:{reference}"]
    # What is left of the function's time, but for a few seconds to tell of it.
    seconds = max(1, context.get_remaining_time_in_millis() / 1000 - 5)
    environment = {**os.environ, "DOCKER_AUTH_CONFIG": login(host), "HOME": "/tmp"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=seconds, check=False)
    if done.returncode not in (0, 1):
        # Lambda tries it twice more.
        raise RuntimeError(f"{reference}: {done.stderr.strip()}")
    findings = json.loads(done.stdout)["diagnostics"]
    shown = [{key: finding[key] for key in ("code", "severity", "message", "help")} for finding in findings]
    answer = {"image": reference, "tag": detail.get("image-tag"), "exit": done.returncode, "findings": shown}
    print(json.dumps(answer))
    if done.returncode == 1 and "TOPIC" in os.environ:
        subject = f"lamblint: {detail['repository-name']}"[:100]
        boto3.client("sns").publish(TopicArn=os.environ["TOPIC"], Subject=subject, Message=json.dumps(answer, indent=1))
    return answer
