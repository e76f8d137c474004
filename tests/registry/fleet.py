"""Pushes images with layers in common, and prints their references: fleet.py OCI-ARCHIVE HOST COUNT."""
import gzip, hashlib, io, json, random, sys, tarfile, urllib.request

archive, host, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
with tarfile.open(archive) as tar:
    blobs = {f"sha256:{name.rsplit('/', 1)[1]}": tar.extractfile(name).read()
             for name in tar.getnames() if name.startswith("blobs/sha256/") and tar.getmember(name).isfile()}
    index = json.load(tar.extractfile("index.json"))
example = json.loads(blobs[index["manifests"][0]["digest"]])


def digest(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def ask(method, url, data=None, kind="application/octet-stream"):
    request = urllib.request.Request(url, data, {"content-type": kind} if data is not None else {}, method=method)
    return urllib.request.urlopen(request)


def push(data):
    """Uploads a blob, which one repository has for all."""
    at = ask("POST", f"http://{host}/v2/fleet/orders/blobs/uploads/", b"").headers["location"]
    ask("PUT", f"{at}{'&' if '?' in at else '?'}digest={digest(data)}", data)
    return {"digest": digest(data), "size": len(data)}


def layer(seed, files, length):
    """A layer of files that hardly shrink, and its diff_id."""
    numbers, buffer = random.Random(seed), io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for at in range(files):
            entry = tarfile.TarInfo(f"opt/{seed}/{at}.bin")
            entry.size = length
            tar.addfile(entry, io.BytesIO(numbers.randbytes(length)))
    plain = buffer.getvalue()
    packed = gzip.compress(plain, 1, mtime=0)
    return {"mediaType": "application/vnd.oci.image.layer.v1.tar+gzip", **push(packed)}, digest(plain)


for known in example["layers"]:
    push(blobs[known["digest"]])
teams = [layer(f"team{at}", 40, 60_000) for at in range(3)]
for number in range(count):
    own = layer(f"own{number}", 4, 20_000)
    config = json.loads(blobs[example["config"]["digest"]])
    config["config"]["Labels"] = {"number": str(number)}
    if number % 4 == 0:
        config["architecture"] = "arm64"
    if number % 3 == 0:
        config["config"]["Cmd"] = ["app.handler", "more"]
    added = [teams[number % 3], own]
    config["rootfs"]["diff_ids"] += [diff_id for _, diff_id in added]
    config.pop("history", None)
    manifest = {**example, "mediaType": "application/vnd.oci.image.manifest.v1+json"}
    manifest["config"] = {**example["config"], **push(json.dumps(config).encode())}
    manifest["layers"] = example["layers"] + [descriptor for descriptor, _ in added]
    ask("PUT", f"http://{host}/v2/fleet/orders/manifests/{number}", json.dumps(manifest).encode(), manifest["mediaType"])
    print(f"{host}/fleet/orders:{number}")
