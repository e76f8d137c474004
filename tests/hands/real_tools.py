#!/usr/bin/env python3
"""Images that real tools make, judged alike in every form: docker, buildah, podman, skopeo and umoci.

    tests/hands/real_tools.py LAMBLINT WORK [unix:///docker.sock]

Needs buildah, podman, skopeo and umoci, and a user who may run them; Docker only where a socket is given. Each Dockerfile
below stands on `scratch`, so that no network is needed. Prints a line for each image, and ends with 1 if a form of it is
judged in another way.
"""
import json
import os
import shutil
import subprocess
import sys

# Rules about how an image is saved, and not about what it is.
OF_FORM = {"LL104"}

PROGRAM = "#!/bin/sh\nexec /bin/true\n"
FILES = {
    "main": (PROGRAM, 0o755), "plain": (PROGRAM, 0o644), "app.py": ("def handler(event, context):\n    return 1\n", 0o644),
    "id_rsa": ("-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmU\n-----END OPENSSH PRIVATE KEY-----\n", 0o600),
    "crlf.sh": ("#!/bin/sh\r\nexec /bin/true\r\n", 0o755), "big": ("x" * 3_000_000, 0o644), "README.md": ("text\n", 0o644),
}
IMAGES = {
    "good": 'COPY main /bin/sh\nCOPY main /main\nENTRYPOINT ["/main"]\n',
    "no entrypoint": "COPY app.py /app.py\n",
    "missing program": 'COPY app.py /app.py\nENTRYPOINT ["/server"]\nCMD ["app.handler"]\n',
    "not executable": 'COPY plain /bin/sh\nCOPY plain /main\nENTRYPOINT ["/main"]\n',
    # buildah with --layers makes no folder of WORKDIR, so that LL217 rightly reports it: the folder is there before.
    "settings": 'COPY main /main\nCOPY app.py /work/app.py\nWORKDIR /work\nENV DB_PASSWORD=k4Jh2Qp9xZ AWS_REGION=eu-west-1\nUSER 1000\nEXPOSE 80\n'
                'VOLUME /data\nSTOPSIGNAL SIGINT\nLABEL a=b\nENTRYPOINT ["/main"]\n',
    "secret file": 'COPY id_rsa /root/.ssh/id_rsa\nCOPY main /main\nENTRYPOINT ["/main"]\n',
    "script of Windows": 'COPY main /bin/sh\nCOPY crlf.sh /run.sh\nENTRYPOINT ["/run.sh"]\n',
    "content of /tmp": 'COPY big /tmp/model.bin\nENV MODEL_DIR=/tmp/model.bin\nCOPY main /main\nENTRYPOINT ["/main"]\n',
    "extension": 'COPY main /bin/sh\nCOPY README.md /opt/extensions/README.md\nCOPY main /main\nENTRYPOINT ["/main"]\n',
    "shell form": "COPY main /bin/sh\nCOPY main /main\nENTRYPOINT /main $HOME\nCMD app.handler\n",
}


def run(*words, **options):
    done = subprocess.run(words, capture_output=True, text=True, **options)
    if done.returncode:
        sys.exit(f"{' '.join(words)}: {done.stderr.strip()}")
    return done.stdout


def forms_of_docker(docker, context, name, out):
    run(*docker, "build", "--quiet", "--network", "none", "-t", name, context, env={**os.environ, "DOCKER_BUILDKIT": "0"})
    run(*docker, "save", "-o", f"{out}/docker-save.tar", name)
    yield "docker save", f"{out}/docker-save.tar"
    yield from forms_of_skopeo(f"docker-archive:{out}/docker-save.tar", f"{out}/docker", "docker save, ")


def forms_of_buildah(context, name, out):
    for kind in ("docker", "oci"):
        image = f"localhost/{name}-{kind}"
        run("buildah", "build", "--format", kind, "--isolation", "chroot", "-t", image, context)
        run("buildah", "build", "--format", kind, "--isolation", "chroot", "--layers", "-t", f"{image}-layers", context)
        for form in ("docker-archive", "oci-archive"):
            path = f"{out}/buildah-{kind}-{form}.tar"
            run("buildah", "push", image, f"{form}:{path}:{name}:latest")
            yield f"buildah ({kind}), {form}", path
        for form, path in (("docker-archive", f"{out}/podman-{kind}.tar"), ("oci-archive", f"{out}/podman-{kind}-oci.tar"),
                           ("oci-dir", f"{out}/podman-{kind}-oci")):
            run("podman", "save", "--quiet", "--format", form, "-o", path, f"{image}-layers")
            yield f"buildah --layers ({kind}), podman save {form}", path
        yield from forms_of_skopeo(f"oci-archive:{out}/podman-{kind}-oci.tar", f"{out}/podman-{kind}", f"buildah ({kind}), ")


def forms_of_skopeo(source, out, before):
    for form, more in (("oci", []), ("oci-archive", []), ("docker-archive", []), ("oci", ["--dest-compress-format", "zstd"])):
        path = f"{out}-skopeo-{form}{'-zstd' if more else ''}"
        name = "" if form == "docker-archive" else ":latest"
        run("skopeo", "copy", "--insecure-policy", "--quiet", *more, source, f"{form}:{path}{name}")
        yield f"{before}skopeo copy {form}{' in zstd' if more else ''}", path
    # umoci puts its own config and an empty layer beside what is there.
    shutil.copytree(f"{out}-skopeo-oci", f"{out}-umoci")
    run("umoci", "config", "--image", f"{out}-umoci:latest", "--author", "somebody")
    yield f"{before}umoci", f"{out}-umoci"


def verdict(lamblint, path):
    words = [lamblint, "check", "--no-config", "--format", "json", "--today", "2026-11-28", "--lambda", path]
    done = subprocess.run(words, capture_output=True, text=True)
    if done.returncode not in (0, 1):
        return {f"exit {done.returncode}: {done.stderr.strip()}"}
    found = json.loads(done.stdout)["diagnostics"]
    return {f"{one['severity']}[{one['code']}] {one['message']}" for one in found if one["code"] not in OF_FORM}


def main():
    lamblint, work = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
    docker = ["docker", "-H", sys.argv[3]] if len(sys.argv) > 3 else None
    shutil.rmtree(work, ignore_errors=True)
    count, differ = 0, 0
    for number, (title, text) in enumerate(IMAGES.items()):
        context, out, name = f"{work}/{number}/context", f"{work}/{number}", f"lamblint-image-{number}"
        os.makedirs(context)
        for file, (content, mode) in FILES.items():
            with open(f"{context}/{file}", "w", newline="") as opened:
                opened.write(content)
            os.chmod(f"{context}/{file}", mode)
        with open(f"{context}/Dockerfile", "w") as opened:
            opened.write("FROM scratch\n" + text)
        forms = list(forms_of_docker(docker, context, name, out)) if docker else []
        forms += forms_of_buildah(context, name, out)
        verdicts = {form: verdict(lamblint, path) for form, path in forms}
        first = next(iter(verdicts.values()))
        print(f"{title}: {len(verdicts)} forms, {', '.join(sorted(first)) or 'nothing'}", flush=True)
        for form, found in verdicts.items():
            count += 1
            if found != first:
                differ += 1
                print(f"  {form}: + {sorted(found - first)} - {sorted(first - found)}", flush=True)
    print(f"{count} forms of {len(IMAGES)} images, {differ} judged in another way")
    sys.exit(1 if differ else 0)


if __name__ == "__main__":
    main()
