#!/usr/bin/env python3
"""A registry that misbehaves, and a token server: what the registry tests talk to. Only the standard library.

    registry_peer.py registry PORT          plain HTTP on 127.0.0.1; the repository's name says how it misbehaves (SHAPES, and below);
                                            with $WANTS_TOKEN it asks everybody for a token,
                                            with $SENT_AWAY it sends those who begin to $ELSEWHERE
    registry_peer.py token PORT CERT KEY    tokens for Debian's docker-registry, signed by openssl; student:s3cret, and nobody else, may push
    registry_peer.py proxy PORT             an HTTP proxy that sends everything to the registry at 127.0.0.1:$TARGET

Every repository holds an image of two layers, made here on the spot. GET /_asked/TEXT says how often something with TEXT in
"METHOD path" was asked for, GET /_log all of it with the credentials that came along, GET /_reset forgets, GET /_config/NAME is the
digest of the configuration of a repository's image, GET /_layer/NAME of its first layer.
"""
import base64
import gzip
import hashlib
import http.client
import http.server
import io
import json
import os
import random
import socket
import subprocess
import sys
import tarfile
import threading
import time
import urllib.parse

MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"
CONFIG = "application/vnd.docker.container.image.v1+json"
LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip"


def digest(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def tar_of(files):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, data in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return out.getvalue()


def noise(seed, size):
    return random.Random(seed).randbytes(size)


class Image:
    """Layers, a configuration, a manifest; `blobs` is what a registry has to hold for it."""

    def __init__(self, seed, architecture="amd64", variant=None, size=600_000):
        self.tars = [tar_of({"first": noise(seed, size)}), tar_of({"second": noise(seed + 1, 200_000), "etc/who": seed.to_bytes(4, "big")})]
        self.layers = [gzip.compress(tar, mtime=0) for tar in self.tars]
        self.config = {"architecture": architecture, "os": "linux", "config": {"Cmd": ["/first"]}, "created": "2026-01-01T00:00:00Z",
                       "rootfs": {"type": "layers", "diff_ids": [digest(tar) for tar in self.tars]}, "history": []}
        if variant:
            self.config["variant"] = variant
        self.finish()

    def finish(self):
        self.config_text = json.dumps(self.config).encode()
        self.blobs = {digest(data): data for data in self.layers + [self.config_text]}
        self.document = {"schemaVersion": 2, "mediaType": MANIFEST,
                         "config": {"mediaType": CONFIG, "size": len(self.config_text), "digest": digest(self.config_text)},
                         "layers": [{"mediaType": LAYER, "size": len(layer), "digest": digest(layer)} for layer in self.layers]}

    def manifest(self):
        return json.dumps(self.document, indent=3).encode()


def entry(data, platform, kind=MANIFEST):
    found = {"mediaType": kind, "size": len(data), "digest": digest(data)}
    if platform:
        os_name, architecture, *variant = platform.split("/")
        found["platform"] = dict({"os": os_name, "architecture": architecture}, **({"variant": variant[0]} if variant else {}))
    return found


def listing(entries, kind=LIST):
    return json.dumps({"schemaVersion": 2, "mediaType": kind, "manifests": entries}).encode()


class Repository:
    """One repository: documents by tag or digest with their type, and blobs. `seed` makes its layers its own."""

    def __init__(self, name):
        seed = int(hashlib.sha256(name.encode()).hexdigest()[:6], 16)
        self.image = Image(seed)
        self.documents, self.blobs = {}, dict(self.image.blobs)
        self.serve(self.image.manifest())
        shape = SHAPES.get(name.split("/")[0].split("-x")[0])
        if shape:
            shape(self, seed)

    def serve(self, data, kind=MANIFEST, tags=("1", "latest")):
        for name in (*tags, digest(data)):
            self.documents[name] = (kind, data)

    def changed(self, change):
        change(self.image)
        self.serve(self.image.manifest())


def shape_multi(repo, seed):
    others = {"linux/arm64/v8": Image(seed + 10, "arm64", "v8"), "linux/arm/v7": Image(seed + 20, "arm", "v7"), "linux/s390x": Image(seed + 30, "s390x")}
    entries = [entry(repo.image.manifest(), "linux/amd64"), entry(b"{}", "unknown/unknown")]
    for platform, image in others.items():
        repo.blobs.update(image.blobs)
        repo.serve(image.manifest(), tags=())
        entries.insert(0, entry(image.manifest(), platform))
    repo.serve(listing(entries), LIST)


def shape_nested(repo, depth):
    data, kind = repo.image.manifest(), MANIFEST
    for _ in range(depth):
        repo.serve(data, kind, tags=())
        data, kind = listing([entry(data, "linux/amd64", kind)], OCI_INDEX), OCI_INDEX
    repo.serve(data, kind)


def set_layers(repo, tars, keep_diffs=False):
    image = repo.image
    image.layers = [gzip.compress(tar, mtime=0) for tar in tars]
    if not keep_diffs:
        image.config["rootfs"]["diff_ids"] = [digest(tar) for tar in tars]
    image.finish()
    repo.blobs.update(image.blobs)
    repo.serve(image.manifest())


def shape_lying_length(repo, change):
    repo.image.document["layers"][0]["size"] += change
    repo.serve(repo.image.manifest())


def shape_document(repo, **changes):
    repo.image.document.update(changes)
    repo.serve(repo.image.manifest())


def shape_flipped(repo, _):
    first = digest(repo.image.layers[0])
    data = bytearray(repo.blobs[first])
    data[len(data) // 2] ^= 1
    repo.blobs[first] = bytes(data)


def shape_config(repo, **changes):
    repo.image.config.update(changes)
    repo.image.finish()
    repo.blobs.update(repo.image.blobs)
    repo.serve(repo.image.manifest())


def shape_zero_config(repo, _):
    """A configuration with a NUL behind its JSON, of which the digest and the size are right."""
    image = repo.image
    text = image.config_text + b"\0" + b"x" * 3_000_000
    image.document["config"].update(size=len(text), digest=digest(text))
    repo.blobs[digest(text)] = text
    repo.serve(image.manifest())


def shape_twice(repo, _):
    repo.image.tars.append(repo.image.tars[0])
    set_layers(repo, repo.image.tars)


def shape_hundreds(repo, _):
    set_layers(repo, [tar_of({"f%d" % number: b"x"}) for number in range(200)])


def shape_missing(repo, _):
    del repo.blobs[digest(repo.image.layers[1])]


def shape_other_digest(repo, _):
    chosen = repo.image.manifest()
    repo.serve(listing([entry(chosen, "linux/amd64")]), LIST)
    repo.documents[digest(chosen)] = (MANIFEST, chosen + b" ")


SHAPES = {
    "multi": shape_multi,
    "nested": lambda repo, _: shape_nested(repo, 2),
    "circle": lambda repo, _: shape_nested(repo, 12),
    "longer": lambda repo, _: shape_lying_length(repo, -1000),
    "shorter": lambda repo, _: shape_lying_length(repo, 1000),
    "flipped": shape_flipped,
    "twice": shape_twice,
    "hundreds": shape_hundreds,
    "missing": shape_missing,
    "other-digest": shape_other_digest,
    "no-tar": lambda repo, _: set_layers(repo, [b"this is no archive" * 100]),
    "escape": lambda repo, _: set_layers(repo, [tar_of({"../../../../escaped": b"x"})]),
    "other-diff": lambda repo, _: set_layers(repo, [tar_of({"other": b"x"}), repo.image.tars[1]], keep_diffs=True),
    "too-few": lambda repo, _: set_layers(repo, repo.image.tars[:1], keep_diffs=True),
    "zero-config": shape_zero_config,
    "windows": lambda repo, _: shape_config(repo, os="windows"),
    "plugin": lambda repo, _: shape_document(repo, config=dict(repo.image.document["config"], mediaType="application/vnd.docker.plugin.v1+json")),
    "odd-layer": lambda repo, _: shape_document(repo, layers=[dict(repo.image.document["layers"][0], mediaType="text/html")]),
    "sha512": lambda repo, _: shape_document(repo, layers=[dict(repo.image.document["layers"][0], digest="sha512:" + "0" * 128)]),
    "no-layers": lambda repo, _: shape_document(repo, layers=[]),
    "both": lambda repo, _: shape_document(repo, manifests=[]),
    "schema1": lambda repo, _: repo.serve(b'{"schemaVersion": 1, "name": "x", "tag": "1", "fsLayers": []}', "application/vnd.docker.distribution.manifest.v1+prettyjws"),
    "no-json": lambda repo, _: repo.serve(b"<html>Welcome to the hotel</html>", "text/html"),
    "deep": lambda repo, _: repo.serve(b'{"schemaVersion": 2, "a": ' + b"[" * 50000 + b"]" * 50000 + b"}"),
    "huge": lambda repo, _: repo.serve(b'{"schemaVersion": 2, "a": "' + b"x" * (5 << 20) + b'"}'),
    "wrong-type": lambda repo, _: repo.serve(repo.image.manifest(), OCI_INDEX),
    "nowhere": lambda repo, _: repo.serve(listing([entry(repo.image.manifest(), "linux/mips64")]), LIST),
}

lock = threading.Lock()
repositories, asked, uploads, fails = {}, [], {}, {}


def repository(name):
    with lock:
        if name not in repositories:
            repositories[name] = Repository(name)
        return repositories[name]


def times(key):
    """How often this was asked before."""
    with lock:
        fails[key] = fails.get(key, -1) + 1
        return fails[key]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, body=b"", headers=(), length=None):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def refuse(self, status, code, message="said by the peer", headers=()):
        self.answer(status, json.dumps({"errors": [{"code": code, "message": message}]}).encode(), [("Content-Type", "application/json"), *headers])

    def hang(self):
        self.close_connection = True
        while self.connection.recv(1):
            pass

    def cut(self, data, at, headers=()):
        """Begins an answer and breaks off."""
        self.send_response(200)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data[:at])
        self.wfile.flush()
        self.connection.shutdown(socket.SHUT_RDWR)
        self.close_connection = True


class Registry(Handler):
    def about_us(self):
        what, _, text = self.path[1:].partition("/")
        text = urllib.parse.unquote(text)
        if what in ("_config", "_layer"):
            image = repository(text).image
            return self.answer(200, digest(image.config_text if what == "_config" else image.layers[0]).encode())
        with lock:
            if what == "_reset":
                asked.clear()
                fails.clear()
            found = "\n".join(asked) if what == "_log" else sum(text in line for line in asked)
        self.answer(200, str(found).encode())

    def handle_any(self):
        if self.path.startswith("/_"):
            return self.about_us()
        with lock:
            asked.append("%s %s [%s] [%s]" % (self.command, self.path, self.headers.get("Authorization", "-"), self.headers.get("Range", "-")))
        path = self.path.split("?")[0]
        if path.startswith("/elsewhere/"):
            return self.elsewhere(path)
        if path == "/v2/":
            if os.environ.get("SENT_AWAY"):
                return self.answer(307, headers=[("Location", "http://%s/v2/" % os.environ["ELSEWHERE"])])
            if os.environ.get("WANTS_TOKEN") and "Bearer" not in self.headers.get("Authorization", ""):
                return self.refuse(401, "UNAUTHORIZED", "authentication required", [
                    ("WWW-Authenticate", 'Bearer realm="http://%s/token",service="peer"' % self.headers["Host"])])
            return self.answer(200, b"{}")
        if path == "/token":
            return self.token()
        for kind in ("manifests", "blobs/uploads", "blobs", "tags"):
            name, found, rest = path[len("/v2/"):].partition("/%s/" % kind)
            if found:
                scenario = name.split("/")[0].split("-x")[0]
                return getattr(self, "do_" + kind.replace("/", "_"))(name, scenario, rest)
        return self.refuse(404, "NAME_UNKNOWN")

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any

    def elsewhere(self, path):
        name, _, which = path[len("/elsewhere/"):].rpartition("/")
        if name.startswith("circle"):
            return self.answer(307, headers=[("Location", path + "x")])
        return self.answer(200, repository(name).blobs[which])

    def token(self):
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
        if self.command == "POST":
            body = urllib.parse.parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            if body.get("refresh_token") != ["longlived"]:
                return self.answer(401, b'{"details": "bad refresh token"}')
            return self.answer(200, b'{"access_token": "renewed-%d", "expires_in": 300}' % times("token"))
        if base64.b64decode(self.headers.get("Authorization", "Basic ").partition(" ")[2]).endswith(b":wrong"):
            return self.answer(401, b'{"details": "incorrect username or password"}')
        number = times("token")
        refresh = ', "refresh_token": "longlived"' if "offline_token" in query else ""
        return self.answer(200, ('{"token": "token-%d", "expires_in": 300%s}' % (number, refresh)).encode())

    def allowed(self, name, scenario):
        """Bearer: every token is good for three requests only with "expiring"."""
        if scenario not in ("bearer", "expiring", "stubborn", "evil-realm"):
            return True
        given = self.headers.get("Authorization", "")
        good = given.startswith("Bearer ") and not (scenario == "expiring" and times(given) >= 3) and scenario != "stubborn"
        if not good:
            realm = "file:///etc/passwd" if scenario == "evil-realm" else "http://%s/token" % self.headers["Host"]
            self.refuse(401, "UNAUTHORIZED", "authentication required", [
                ("WWW-Authenticate", 'Bearer realm="%s",service="peer",scope="repository:%s:pull"' % (realm, name))])
        return good

    def slow_down(self, scenario, key):
        """429 and 503, twice or for ever."""
        if scenario == "busy-429" and times(key) < 2:
            self.refuse(429, "TOOMANYREQUESTS", "slow down", [("Retry-After", "1")])
        elif scenario == "busy-503" and times(key) < 2:
            self.answer(503, b"<html>Service Unavailable</html>")
        elif scenario == "busy-date" and times(key) < 1:
            self.answer(503, headers=[("Retry-After", self.date_time_string(time.time() + 1))])
        elif scenario == "busy-always":
            self.refuse(429, "TOOMANYREQUESTS", "slow down", [("Retry-After", "0")])
        else:
            return False
        return True

    def do_manifests(self, name, scenario, reference):
        if self.command == "PUT":
            data = self.rfile.read(int(self.headers["Content-Length"]))
            repository(name).serve(data, self.headers["Content-Type"], tags=(reference,))
            return self.answer(201, headers=[("Docker-Content-Digest", digest(data))])
        if scenario == "hang":
            return self.hang()
        if scenario == "circle-redirect":
            return self.answer(307, headers=[("Location", self.path)])
        if scenario == "to-file":
            return self.answer(302, headers=[("Location", "file:///etc/passwd")])
        if scenario == "denied":
            return self.refuse(403, "DENIED", "requested access to the resource is denied")
        if scenario == "drip":
            return self.drip()
        if scenario == "gone" or not self.allowed(name, scenario) or self.slow_down(scenario, "m" + name):
            return self.refuse(404, "NAME_UNKNOWN", "repository name not known to registry") if scenario == "gone" else None
        kind, data = repository(name).documents.get(reference, (None, None))
        if data is None:
            return self.refuse(404, "MANIFEST_UNKNOWN", "manifest unknown")
        return self.answer(200, data, [("Content-Type", kind), ("Docker-Content-Digest", digest(data))])

    def drip(self):
        self.send_response(200)
        self.send_header("Content-Length", "100000")
        self.end_headers()
        try:
            for _ in range(100000):
                self.wfile.write(b" ")
                self.wfile.flush()
                time.sleep(0.5)
        except OSError:
            self.close_connection = True

    def do_blobs(self, name, scenario, which):
        data = repository(name).blobs.get(which)
        if not self.allowed(name, scenario):
            return None
        if data is None:
            return self.refuse(404, "BLOB_UNKNOWN", "blob unknown to registry")
        if self.slow_down(scenario, "b" + which):
            return None
        big = len(data) > 100_000
        if scenario == "redirected":
            other = os.environ.get("ELSEWHERE", self.headers["Host"])
            return self.answer(307, headers=[("Location", "http://%s/elsewhere/%s/%s" % (other, name, which))])
        if scenario == "circle-blob" and big:
            return self.answer(307, headers=[("Location", "/elsewhere/circle/x")])
        if scenario == "hang-blob" and big:
            return self.hang()
        begin = int(self.headers.get("Range", "bytes=0-")[len("bytes="):].split("-")[0])
        if scenario == "cut" and big and times(which) < 3:
            return self.part(data, begin, begin + len(data) // 4)
        if scenario == "cut-always" and big:
            return self.cut(data, 1000)
        if scenario == "no-ranges" and big and times(which) < 1:
            return self.cut(data, len(data) // 2)
        if scenario == "wrong-range" and big and times(which) < 1:
            return self.cut(data, len(data) // 2)
        if scenario == "wrong-range" and begin:
            return self.part(data, begin - 7, len(data))
        if scenario == "slow" and big:
            time.sleep(0.5)
        return self.part(data, begin, len(data)) if begin and scenario != "no-ranges" else self.answer(200, data)

    def part(self, data, begin, end):
        """Bytes from `begin` to `end` of an answer that promises all the rest."""
        self.send_response(206 if begin else 200)
        if begin:
            self.send_header("Content-Range", "bytes %d-%d/%d" % (begin, len(data) - 1, len(data)))
        self.send_header("Content-Length", str(len(data) - begin))
        self.end_headers()
        if self.command == "HEAD":
            return
        self.wfile.write(data[begin:end])
        if end < len(data):
            self.wfile.flush()
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True

    def do_tags(self, name, scenario, _):
        if scenario == "endless-tags":
            return self.answer(200, b'{"tags": ["1"]}', [("Link", '</v2/%s/tags/list?last=1>; rel="next"' % name)])
        if scenario == "paged" and "last" not in self.path:
            return self.answer(200, b'{"tags": ["1"]}', [("Link", '</v2/%s/tags/list?last=1>; rel="next"' % name)])
        if scenario == "odd-tags":
            return self.answer(200, b'{"tags": ["1", "../../x"]}')
        return self.answer(200, b'{"tags": ["latest"]}')

    # uploads

    def chunks(self):
        if self.headers.get("Transfer-Encoding") != "chunked":
            yield self.rfile.read(int(self.headers.get("Content-Length", 0)))
            return
        while True:
            size = int(self.rfile.readline(), 16)
            data = self.rfile.read(size)
            self.rfile.readline()
            if not size:
                return
            yield data

    def do_blobs_uploads(self, name, scenario, upload):
        where = [("Location", "/v2/%s/blobs/uploads/%s" % (name, upload or "u%d" % times("uploads")))]
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
        if self.command == "POST":
            if scenario == "no-location":
                where = []
            if scenario == "already-there":
                return self.answer(201, headers=where)
            if scenario == "denied":
                return self.refuse(403, "DENIED", "requested access to the resource is denied")
            return self.answer(202, headers=where)
        with lock:
            data = uploads.setdefault(upload, bytearray())
        if self.command == "PATCH":
            lost = scenario == "push-lost" and times("lost" + name) < 1
            broken = lost or scenario == "push-cut" and times("cut" + upload) < 2
            for chunk in self.chunks():
                data += chunk
                if broken:
                    with lock:
                        if lost:
                            del uploads[upload]
                    self.connection.shutdown(socket.SHUT_RDWR)
                    self.close_connection = True
                    return None
            return self.answer(202, headers=[*where, ("Range", "0-%d" % (len(data) - 1))])
        if self.command == "GET":
            if scenario == "push-lost":
                return self.refuse(404, "BLOB_UPLOAD_UNKNOWN")
            return self.answer(204, headers=[*where, ("Range", "0-%d" % max(len(data) - 1, 0))])
        for chunk in self.chunks():
            data += chunk
        if digest(bytes(data)) != query["digest"][0]:
            return self.refuse(400, "DIGEST_INVALID", "provided digest did not match uploaded content")
        repository(name).blobs[query["digest"][0]] = bytes(data)
        return self.answer(201, headers=[("Location", "/v2/%s/blobs/%s" % (name, query["digest"][0]))])


class Token(Handler):
    """https://distribution.github.io/distribution/spec/auth/token/, RS256 with the certificate in the header."""

    def do_GET(self):
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
        given = self.headers.get("Authorization", "")
        user = ""
        if given:
            name, _, password = base64.b64decode(given.split()[1]).decode().partition(":")
            if (name, password) != ("student", "s3cret"):
                return self.answer(401, b'{"details": "incorrect username or password"}')
            user = name
        access = []
        for scope in query.get("scope", []):
            kind, name, actions = scope.split(":", 2)
            allowed = [action for action in actions.split(",") if user or action == "pull" and name.startswith("public")]
            access.append({"type": kind, "name": name, "actions": allowed})
        with lock:
            asked.append("%s %s" % (user, query.get("scope", [])))
        now = int(time.time())
        claims = {"iss": "peer", "sub": user, "aud": query.get("service", [""])[0], "exp": now + 300, "nbf": now - 10, "iat": now,
                  "jti": os.urandom(8).hex(), "access": access}
        return self.answer(200, json.dumps({"token": sign(claims), "expires_in": 300}).encode())


def sign(claims):
    def coded(data):
        return base64.urlsafe_b64encode(data).rstrip(b"=")
    with open(sys.argv[3], encoding="ascii") as file:
        certificate = "".join(line.strip() for line in file if "-----" not in line)
    head = {"typ": "JWT", "alg": "RS256", "x5c": [certificate]}
    text = coded(json.dumps(head).encode()) + b"." + coded(json.dumps(claims).encode())
    signature = subprocess.run(["openssl", "dgst", "-sha256", "-sign", sys.argv[4]], input=text, capture_output=True, check=True).stdout
    return (text + b"." + coded(signature)).decode()


class Proxy(Handler):
    """Whatever host is asked for, the registry at $TARGET answers."""

    def pass_on(self):
        url = urllib.parse.urlsplit(self.path)
        if url.path == "/_asked":
            return self.answer(200, str(len(asked)).encode())
        with lock:
            asked.append(self.path)
        connection = http.client.HTTPConnection("127.0.0.1", int(os.environ["TARGET"]))
        connection.request(self.command, url.path, headers={"Host": url.netloc, "Accept": self.headers.get("Accept", "*/*")})
        answer = connection.getresponse()
        data = answer.read()
        headers = [(name, value) for name, value in answer.getheaders() if name.lower() not in ("content-length", "connection")]
        return self.answer(answer.status, data, headers, answer.getheader("Content-Length"))

    do_GET = do_HEAD = pass_on


if __name__ == "__main__":
    http.server.ThreadingHTTPServer.daemon_threads = True
    http.server.ThreadingHTTPServer.request_queue_size = 64
    kind = {"registry": Registry, "token": Token, "proxy": Proxy}[sys.argv[1]]
    http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[2])), kind).serve_forever()
