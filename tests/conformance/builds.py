#!/usr/bin/env python3
"""Builds what Docker's builder was recorded with (builds/*.cases, see build_cases.py), and says for each step whether it comes to the same.

    builds.py --socket PATH --client PATH [--only REGEX] [--claims DIR] [CASES...]

Prints "ok - " and "not ok - " lines. What builds/differences names must differ, all else must not. Several processes share the work when
they are given the same claims directory. The engine must be one that may be emptied.
"""
import argparse
import email.utils
import glob
import http.server
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import build_cases  # noqa: E402
import replay  # noqa: E402
from client import request  # noqa: E402
from image_facts import image_facts  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
EPOCH = 1600000000  # the time of every file of a context
BASE_TIME = 1700000000  # what is as new counts as made by the build
CASE_SECONDS = 180


def busybox():
    """The base of all cases: one program with its names, and root as the only user."""
    program = next(path for path in ("/bin/busybox", "/usr/bin/busybox") if os.path.exists(path))
    listed = subprocess.run([program, "--list"], capture_output=True, text=True, check=True).stdout.split()
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        def add(name, kind, mode, data=b"", target=""):
            entry = tarfile.TarInfo(name)
            entry.type, entry.mode, entry.size, entry.linkname, entry.mtime = kind, mode, len(data), target, BASE_TIME
            archive.addfile(entry, io.BytesIO(data))
        for name in ("bin", "dev", "etc", "proc", "root", "sys", "tmp", "usr", "var", "var/run"):
            add(name, tarfile.DIRTYPE, 0o755)
        with open(program, "rb") as file:
            add("bin/busybox", tarfile.REGTYPE, 0o755, file.read())
        for name in sorted(listed):
            if name != "busybox":
                add("bin/" + name, tarfile.SYMTYPE, 0o777, target="busybox")
        add("etc/passwd", tarfile.REGTYPE, 0o644, b"root:x:0:0:root:/root:/bin/sh\n")
        add("usr/bin", tarfile.SYMTYPE, 0o777, target="/bin")
    return buffer.getvalue()


class Served(http.server.BaseHTTPRequestHandler):
    """The files that ADD and remote contexts fetch."""
    files = {}

    def do_GET(self):
        data = self.files.get(self.path.split("?")[0].lstrip("/"))
        self.send_response(404 if data is None else 200)
        self.send_header("Content-Length", str(len(data or b"")))
        self.send_header("Content-Type", "application/octet-stream" if self.path.endswith(("gz", "tar", "bin")) else "text/plain")
        self.send_header("Last-Modified", email.utils.formatdate(EPOCH, usegmt=True))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(data or b"")

    do_HEAD = do_GET

    def log_message(self, *_):
        pass


def place(root, item):
    """Puts one item of a context at its place."""
    path = os.path.join(root, item.path)
    folder = root
    for name in os.path.dirname(item.path).split("/"):
        folder = os.path.join(folder, name) if name else folder
        if not os.path.isdir(folder):
            os.mkdir(folder)
            os.chmod(folder, 0o755)
    if os.path.lexists(path) and item.kind != "directory" and not os.path.isdir(path):
        os.unlink(path)
    mode = int(item.rest[0], 8) if item.rest and item.kind in ("file", "directory") else 0o755 if item.kind == "directory" else 0o644
    if item.kind == "symlink":
        os.symlink(item.rest[0], path)
    elif item.kind == "link":
        os.link(os.path.join(root, item.rest[0]), path)
    elif item.kind == "directory":
        os.makedirs(path, exist_ok=True)
        os.chmod(path, mode)
    else:
        with open(path, "wb") as file:
            file.write(item.content())
        os.chmod(path, mode)


def set_times(root):
    for folder, folders, files in os.walk(root, topdown=False):
        for name in folders + files:
            os.utime(os.path.join(folder, name), (EPOCH, EPOCH), follow_symlinks=False)
    os.utime(root, (EPOCH, EPOCH))


def tree(root):
    """What a command has written on the client's side."""
    found = {}
    for folder, folders, files in os.walk(root):
        for name in folders:
            found[os.path.relpath(os.path.join(folder, name), root) + "/"] = "d"
        for name in files:
            path = os.path.join(folder, name)
            if os.path.islink(path):
                found[os.path.relpath(path, root)] = "l " + os.readlink(path)
            else:
                with open(path, encoding="utf-8", errors="replace") as file:
                    found[os.path.relpath(path, root)] = "f %o %s" % (os.stat(path).st_mode & 0o7777, file.read(2000))
    return found


class Builds(replay.Replay):
    """Has an engine emptied and asked as all replays do."""

    def __init__(self, options):
        super().__init__(options)
        self.image = busybox()
        self.differences = replay.differences(self.kind, os.path.join(HERE, "builds", "differences"))
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Served)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.address = "http://127.0.0.1:%d" % self.server.server_port
        self.places = {}

    # running

    def expand(self, text):
        for name, value in self.places.items():
            text = text.replace("{%s}" % name, value)
        return text

    def run(self, argv, env=None, stdin=None):
        changes = {"LC_ALL": "C", **(env or {})}
        try:
            done = subprocess.run([self.client] + [self.expand(word) for word in argv], input=stdin, env=self.environment(changes), cwd=self.directory,
                                  capture_output=True, timeout=CASE_SECONDS, check=False)
        except subprocess.TimeoutExpired:
            return "timeout", "", ""
        return done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace")

    def archive(self, form):
        """The context as a tar, as root would have made it."""
        def root(entry):
            entry.uid = entry.gid = 0
            entry.uname = entry.gname = "root"
            return entry
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w:gz" if form == "tar.gz" else "w", format=tarfile.GNU_FORMAT) as archive:
            for name in sorted(os.listdir(self.places["CTX"])):
                archive.add(os.path.join(self.places["CTX"], name), name, filter=root)
        return buffer.getvalue()

    def build(self, step):
        stdin, context = None, step.words.get("context", "{CTX}")
        for item in step.items:
            if item.kind == "stdin":
                stdin, context = item.content(), step.words.get("context", "-")
                context = "{CTX}" if context == "." else context
            else:
                item.path = "Dockerfile"
                place(self.places["CTX"], item)
                set_times(self.places["CTX"])
        if step.has("archive"):
            stdin, context = self.archive(step.words["archive"]), "-"
        argv = ["build"] + ([] if step.has("use-cache") else ["--no-cache"])
        argv += [] if step.has("no-tag") else ["-t", "{T}:" + step.words["tag"]]
        return self.run(argv + step.words["with"] + [context], step.words["env"], stdin)

    def docker(self, step):
        stdin = None
        if step.has("input"):
            with open(self.expand(step.words["input"]), "rb") as file:
                stdin = file.read()
        code, out, err = self.run(step.words["argv"], None, stdin)
        if step.has("save"):
            with open(self.expand(step.words["save"]), "w", encoding="utf-8") as file:
                file.write(out)
        return code, out, err

    def change(self, step):
        for item in step.items:
            place(self.places["CTX"], item)
            for path in (os.path.join(self.places["CTX"], item.path), os.path.dirname(os.path.join(self.places["CTX"], item.path))):
                os.utime(path, (EPOCH, EPOCH), follow_symlinks=False)
        for what, words in step.changes:
            path = os.path.join(self.places["CTX"], words[0])
            if what == "touch":
                os.utime(path, (int(words[1]), int(words[1])))
            elif what == "chmod":
                os.chmod(path, int(words[1], 8))
            elif os.path.isdir(path) and not os.path.islink(path):
                shutil.rmtree(path)
            else:
                os.unlink(path)

    # comparing

    def common(self, text):
        """Takes out of a text what is never the same, and what clients say of themselves."""
        text = re.sub(r"\x1b\[[0-9;]*m", "", text).replace("\r", "")
        text = re.sub(r"DEPRECATED: The legacy builder.*?(installing-buildx|environment-variable\.|buildx-component/?|go/buildx/?)\s*", "", text, flags=re.S)
        text = text.replace(self.address, "URL").replace(self.address[7:], "URLHOST")
        for name in ("CTX", "TMP"):
            text = text.replace(self.places[name], name)
        text = re.sub(r"docker-builder\d+", "docker-builderN", text)
        text = re.sub(r"sha256:[0-9a-f]{64}", "sha256:ID", text)
        text = re.sub(r"\b([0-9a-f]{64}|[0-9a-f]{12})\b", "ID", text)
        text = re.sub(r"\nRun '(\S+ )+--help' for more information|\nSee '[^\n]+--help'\.|\n\nUsage:.*", "", text, flags=re.S)
        return re.sub(r'^time="[^\n]*error waiting for container[^\n]*$', "", text, flags=re.M).strip()

    def said(self, text):
        lines = []
        for line in self.common(text).split("\n"):
            if line.startswith(("Sending build context", "Downloading")) or not line.strip():
                continue
            line = re.sub(r"^( ---> )?Remov(ing|ed) intermediate container ID$", " ---> Removed intermediate container ID", line)
            match = re.match(r"^(\[Warning\] One or more build-args \[)(.*)(\] were not consumed)$", line)
            lines.append(match.group(1) + " ".join(sorted(match.group(2).split())) + match.group(3) if match else line.rstrip())
        return lines

    def complained(self, text):
        """A path in the engine's own store is nobody's business, and lines of the Dockerfile are what our client shows beyond Docker's."""
        if self.kind == "slipway":
            text = re.sub(r"\n\n\S+:\d+\n-{20}\n.*?\n-{20}(?=\n|$)", "", text, flags=re.S)
        return re.sub(r"(?<![\w./])/(?:[^\s\"'/:,]+/){4,}[^\s\"':,]*", "STORE", self.common(text))

    def of_output(self, step, out, err):
        wanted = [self.expand(line) for line in step.out or []]
        # The last line of a container's output that has no newline runs into what follows.
        got = self.said(out)
        if step.has("sorted"):
            wanted, got = sorted(wanted), sorted(got)
        found = [] if wanted == got else ["out: lacks  %s" % line for line in wanted if line not in got] + \
            ["out: excess %s" % line for line in got if line not in wanted] or ["out: another order"]
        errors = [self.complained(self.expand(text)) for text in step.errors] or [""]
        if not step.has("any-error") and self.complained(err) not in errors:
            found.append("err: %s wanted, got %s" % (" or ".join(errors), self.complained(err)))
        return found if step.out is not None else [text for text in found if text.startswith("err")]

    def of_layers(self, wanted, got):
        found = [] if len(wanted) == len(got) else ["%d layers wanted, got %d" % (len(wanted), len(got))]
        for number, (one, other) in enumerate(zip(wanted, got)):
            if isinstance(one, str) or isinstance(other, str):
                found += [] if one == other else ["layer %d: %s wanted, got %s" % (number, one, other)]
                continue
            found += ["layer %d: lacks  %s" % (number, line) for line in one if line not in other]
            found += ["layer %d: excess %s" % (number, line) for line in other if line not in one]
        return found

    def of_image(self, case, step, name):
        wanted = step.image
        got = image_facts(lambda target: self.ask("GET", target), self.fetch, name, self.base_layers, self.address)
        if "config" not in got:
            return [got["problem"]]
        found = [got["problem"]] if "problem" in got else []
        for key in sorted(set(wanted["config"]) | set(got["config"])):
            one, other = wanted["config"].get(key), got["config"].get(key)
            found += [] if one == other else ["config.%s: %s wanted, got %s" % (key, json.dumps(one), json.dumps(other))]
        found += self.of_layers(wanted["layers"], got["layers"])
        if not case.buildkit:
            history = [entry[:2] for entry in got["history"]] if wanted.get("no-layers") else got["history"]
            found += [] if history == wanted["history"] else ["history: %s wanted, got %s" % (json.dumps(wanted["history"]), json.dumps(history))]
        for key in ("author", "created"):
            if wanted.get(key) != (got[key] if key in wanted or key == "author" else None):
                found.append("%s: %s wanted, got %s" % (key, wanted.get(key), got[key]))
        return found if got["os"] == "linux" else found + ["os: %s" % got["os"]]

    def fetch(self, target):
        status, _, data = request(self.socket, "GET", "/v1.41" + target, timeout=CASE_SECONDS)
        return status, data

    def of_step(self, case, step):
        code, out, err = self.build(step) if step.kind == "build" else self.docker(step)
        right = code not in (0, "timeout") if step.exit == "failure" else code == step.exit
        found = [] if right else ["exit code %s wanted, got %s: %s" % (step.exit, code, err[-500:])]
        if not case.buildkit:
            found += self.of_output(step, out, err)
        if step.has("tree"):
            got = {path: self.common(text) if text.startswith("f") else text for path, text in tree(self.places["TMP"]).items()}
            wanted = {path: text.strip() for path, text in step.words["tree"].items()}
            found += [] if got == wanted else ["tree: %s wanted, got %s" % (json.dumps(wanted), json.dumps(got))]
        if step.image is not None and code == 0:
            found += self.of_image(case, step, self.expand(step.words.get("look", "{T}:" + step.words["tag"])))
        return found

    # cases

    def begin(self, case):
        self.empty()
        self.base_image()
        self.base_layers = self.ask("GET", "/images/busybox:latest/json")[1]["RootFS"]["Layers"]
        self.directory = tempfile.mkdtemp(prefix=case.name + "-", dir=self.base)
        self.places = {"T": "builds/" + case.name, "CTX": self.directory + "/ctx", "TMP": self.directory + "/tmp", "URL": self.address,
                       "HOSTPORT": self.address[7:]}
        os.mkdir(self.places["CTX"], 0o755)
        os.mkdir(self.places["TMP"])
        Served.files = {item.path: item.content() for item in case.items if item.kind == "serve"}
        for item in case.items:
            if item.kind != "serve":
                place(self.places["CTX"], item)
        set_times(self.places["CTX"])

    def case(self, case):
        self.begin(case)
        try:
            for number, step in enumerate(case.steps, 1):
                if step.kind == "change":
                    self.change(step)
                elif step.kind == "outside":
                    place(self.places["TMP"], step.items[0])
                else:
                    self.verdict(case, number, self.of_step(case, step))
        finally:
            shutil.rmtree(self.directory, ignore_errors=True)

    def verdict(self, case, number, found):
        name = "%s/%d" % (case.name, number)
        known = self.differences.get(name, [])
        gone = [regex.pattern for regex, _ in known if not any(regex.search(text) for text in found)]
        left = [text for text in found if not any(regex.search(text) for regex, _ in known)]
        if left:
            self.report("not ok", "%s: %s" % (name, case.title), [line for text in left for line in text.split("\n")])
        elif gone:
            self.report("not ok", "%s: listed in differences, but no longer differs: /%s/" % (name, "/, /".join(gone)))
        else:
            self.report("ok", name + (" (differs: %s)" % "; ".join(reason for _, reason in known) if known else ": " + case.title))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--socket", required=True)
    parser.add_argument("--client", required=True)
    parser.add_argument("--only", default="")
    parser.add_argument("--claims")
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("cases", nargs="*", default=sorted(glob.glob(os.path.join(HERE, "builds", "*.cases"))))
    options = parser.parse_args()
    builds = Builds(options)
    os.umask(0o022)
    try:
        for case in [case for path in options.cases for case in build_cases.read(path)]:
            if not re.search(options.only, case.name) or (options.claims and not claim(options.claims, case.name)):
                continue
            started = time.monotonic()
            builds.case(case)
            if time.monotonic() - started > 5:
                print("#   %s: %.1f s" % (case.name, time.monotonic() - started), flush=True)
    finally:
        builds.empty()
        shutil.rmtree(builds.base, ignore_errors=True)
    return 1 if builds.failed else 0


def claim(directory, name):
    try:
        os.mkdir(os.path.join(directory, name))
        return True
    except FileExistsError:
        return False


if __name__ == "__main__":
    sys.exit(main())
