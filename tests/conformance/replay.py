#!/usr/bin/env python3
"""Replays recordings against an engine with a docker client, and says for each step whether it agrees.

    replay.py --socket PATH --client PATH [--only REGEX] [--claims DIR] [--core] [--verbose] RECORDING...

Prints "ok - ", "not ok - " and "skip - " lines. Steps named in the file `differences` must differ, all others must not. Several
processes share the work when they are given the same claims directory, in which each takes the scenarios that nobody took.
The engine must be one that may be emptied: every scenario begins with nothing but busybox in it.
"""
import argparse
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import compare  # noqa: E402
import recording  # noqa: E402
from client import Process, request  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
PREFIX = "sl-"
# A step that only reads is asked again for so long while it differs: what it shows may follow the command before it by a moment.
PATIENCE = 4.0
READS = {"ps", "inspect", "logs", "port", "top", "diff", "ls", "images", "info", "df", "history", "list"}
FOLLOWS = {"-f", "--follow", "-tf", "-ft"}


def differences(client, path=os.path.join(HERE, "differences")):
    """For the steps that differ with this client: what differs (a regular expression), and the reason."""
    found = {}
    with open(path, encoding="utf-8") as file:
        for line in file:
            if line.strip() and not line.startswith("#"):
                who, steps, regex, reason = re.fullmatch(r"(\S+) +(\S+) +/(.*?)/ +(.*)", line.strip()).groups()
                for step in steps.split(",") if client in who.split(",") or who == "*" else []:
                    found.setdefault(step, []).append((re.compile(regex, re.S), reason))
    return found


def client_version(path):
    """("docker"|"docker20"|"slipway", is it so old that its texts are others?)"""
    said = subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout
    if "slipway" in os.path.basename(os.path.realpath(path)):
        return "slipway", False
    major = re.search(r"version (\d+)\.", said)
    old = bool(major) and int(major.group(1)) < 23
    return ("docker20", True) if old else ("docker", False)


def busybox_archive():
    """A root file system of one busybox and its links, with nothing in its configuration: the image of all recordings."""
    program = next(p for p in ("/bin/busybox", "/usr/bin/busybox") if os.path.exists(p))
    listed = subprocess.run([program, "--list"], capture_output=True, text=True, check=True).stdout.split()
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name in ("bin", "dev", "etc", "proc", "root", "sys", "tmp", "usr", "usr/bin", "var", "var/run"):
            entry = tarfile.TarInfo(name)
            entry.type, entry.mode = tarfile.DIRTYPE, 0o1777 if name == "tmp" else 0o755
            archive.addfile(entry)
        archive.add(program, "bin/busybox")
        for name in listed:
            if name != "busybox":
                entry = tarfile.TarInfo("bin/" + name)
                entry.type, entry.linkname = tarfile.SYMTYPE, "busybox"
                archive.addfile(entry)
        users = b"root:x:0:0:root:/root:/bin/sh\n"
        entry = tarfile.TarInfo("etc/passwd")
        entry.size = len(users)
        archive.addfile(entry, io.BytesIO(users))
    return buffer.getvalue()


class Replay:
    def __init__(self, options):
        self.socket, self.client, self.verbose = options.socket, options.client, options.verbose
        self.kind, self.old = client_version(options.client)
        self.differences = differences(self.kind)
        self.vars, self.running, self.failed = {}, {}, 0
        self.image = busybox_archive()
        self.base = tempfile.mkdtemp(prefix="replay-")
        self.directory = None

    # what an engine holds

    def ask(self, method, target, body=None, headers=None):
        status, _, data = request(self.socket, method, "/v1.41" + target, body, headers)
        try:
            return status, json.loads(data)
        except ValueError:
            return status, None

    def empty(self):
        """Removes everything but the image that all scenarios begin with."""
        for item in self.ask("GET", "/containers/json?all=1")[1] or []:
            if item.get("State") == "paused":
                self.ask("POST", "/containers/%s/unpause" % item["Id"])
            self.ask("DELETE", "/containers/%s?force=1&v=1" % item["Id"])
        for item in (self.ask("GET", "/volumes")[1] or {}).get("Volumes") or []:
            self.ask("DELETE", "/volumes/%s?force=1" % item["Name"])
        for item in self.ask("GET", "/networks")[1] or []:
            if item["Name"] not in ("bridge", "host", "none"):
                self.ask("DELETE", "/networks/" + item["Id"])
        for item in self.ask("GET", "/images/json")[1] or []:
            tags = [tag for tag in item.get("RepoTags") or [] if tag != "<none>:<none>"]
            for name in [tag for tag in tags if tag != "busybox:latest"] or ([] if tags else [item["Id"]]):
                self.ask("DELETE", "/images/%s?force=1" % name.replace("/", "%2F"))

    def base_image(self):
        """Our busybox under its name, and no other."""
        status, image = self.ask("GET", "/images/busybox:latest/json")
        if status == 200 and not image["Config"].get("Cmd"):
            return
        if status == 200:
            self.ask("DELETE", "/images/busybox:latest?force=1")
        status, answer = self.ask("POST", "/images/create?fromSrc=-&repo=busybox&tag=latest", self.image, {"Content-Type": "application/x-tar"})
        if self.ask("GET", "/images/busybox:latest/json")[0] != 200:
            raise RuntimeError("cannot import the busybox of the recordings: %s %s" % (status, answer))

    # scenarios

    def fill(self, text):
        """Replaces ${NAME}, in a text or in everything of a JSON value."""
        if isinstance(text, str):
            return re.sub(r"\$\{(\w+)\}", lambda match: str(self.vars.get(match.group(1), match.group(0))), text)
        if isinstance(text, list):
            return [self.fill(item) for item in text]
        if isinstance(text, dict):
            return {key: self.fill(item) for key, item in text.items()}
        return text

    def report(self, verdict, name, details=()):
        if verdict == "not ok":
            self.failed += 1
        print("\n".join(["%s - %s: %s" % (verdict, self.kind, name)] + ["#   " + line for line in details]), flush=True)

    def scenario(self, what):
        label = "%s/%s" % (what.area, what.name)
        missing = [program for program in what.needs if not shutil.which(program)]
        if missing:
            self.report("skip", label, ["needs " + ", ".join(missing)])
            return
        self.empty()
        self.base_image()
        self.directory = os.path.join(self.base, what.name)
        os.makedirs(self.directory)
        disks = [name for name in sorted(os.listdir("/sys/block")) if re.match(r"(vd|sd|nvme|xvd)", name)] or ["loop0"]
        self.vars = {"p": PREFIX, "WD": self.directory, "CLI": self.client, "SOCK": self.socket, "BLK": "/dev/" + disks[0],
                     "REG": "127.0.0.1:5055", "REGA": "127.0.0.1:5056"}
        failed = self.failed
        try:
            for kind, action in what.actions:
                if self.failed > failed + 5:  # has the engine gone? An error ends the replay
                    request(self.socket, "GET", "/_ping")
                    failed = self.failed
                getattr(self, "do_" + kind)(what, action)
        finally:
            for _, process in self.running.values():
                process.process.kill()
                process.finish()
            self.running = {}
            self.empty()
            shutil.rmtree(self.directory, ignore_errors=True)

    def environment(self, changes=None):
        env = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "HOME": self.directory, "TERM": "xterm", "LANG": "C.UTF-8", "CLI": self.client,
               "DOCKER_HOST": "unix://" + self.socket, "DOCKER_CONFIG": self.directory + "/.docker", "DOCKER_BUILDKIT": "0",
               "DOCKER_CLI_HINTS": "false"}
        for key, value in (changes or {}).items():
            env.pop(key, None)
            if value is not None:
                env[key] = self.fill(value)
        return env

    def argv(self, argv):
        argv = self.fill(argv)
        return [self.client] + argv[1:] if argv[0] == "docker" else argv

    def quietly(self, argv):
        try:
            done = subprocess.run(self.argv(argv), env=self.environment(), cwd=self.directory, capture_output=True, text=True,
                                  timeout=60, stdin=subprocess.DEVNULL, check=False)
        except subprocess.TimeoutExpired:
            return "timeout", "", ""
        if self.verbose and done.returncode:
            print("#   setup %s: %d %s" % (argv, done.returncode, done.stderr.strip()))
        return done.returncode, done.stdout, done.stderr

    # what stands between steps

    def do_setup(self, _, argv):
        self.quietly(argv)

    def do_keep(self, _, what):
        self.vars[what[0]] = self.quietly(what[1])[1].strip()

    def do_until(self, what, condition):
        seconds, regex, argv = condition
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            _, out, err = self.quietly(argv)
            if re.search(self.fill(regex), out + err):
                return
            time.sleep(0.05)

    def do_sleep(self, _, seconds):
        time.sleep(seconds)

    def do_now(self, _, name):
        self.vars[name] = "%d.%09d" % divmod(time.time_ns(), 10**9)

    def do_file(self, _, what):
        name, mode, content = what
        path = os.path.join(self.directory, self.fill(name))
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(self.fill(content))
        os.chmod(path, mode)
        os.utime(path, (1700000000, 1700000000))

    def do_end(self, what, words):
        step, process = self.running.pop(words[0])
        if len(words) > 1:
            deadline = time.monotonic() + PATIENCE
            while not process.text() and time.monotonic() < deadline:
                time.sleep(0.02)
            process.signal(words[1])
        self.judge(what, step, self.of_command(step, *process.finish()))

    # steps

    def do_step(self, what, step):
        if step.call:
            again = step.call.startswith(("GET", "HEAD"))
            run = self.call
        else:
            words = step.argv[1:4] if step.argv[0] == "docker" else []
            again = bool(READS & set(words)) and not FOLLOWS & set(step.argv)
            again = again or "events" in words and "--until" in step.argv or step.argv[:2] == ["sh", "-c"]
            run = self.command
        end = time.monotonic() + PATIENCE
        found = run(step)
        known = "%s/%s" % (what.name, step.name) in self.differences
        while found and again and not known and time.monotonic() < end:
            time.sleep(0.1)
            found = run(step)
        if found is not None:
            self.judge(what, step, found)

    def stdin(self, step):
        if step.stdin_file:
            try:
                with open(os.path.join(self.directory, step.stdin_file), "rb") as file:
                    return file.read()
            except OSError:
                return b""
        return None if step.stdin is None else self.fill(step.stdin).encode()

    def command(self, step):
        process = Process(self.argv(step.argv), self.environment(step.env), os.path.join(self.directory, step.directory),
                          self.stdin(step), step.tty, step.timeout)
        if step.background:
            self.running[step.name] = (step, process)
            return None
        process.play(self.fill(step.play))
        return self.of_command(step, *process.finish())

    def of_command(self, step, code, out, err):
        """The differences of a command that has ended."""
        for name, regex in step.save.items():
            match = re.search(regex, out, re.M)
            self.vars[name] = match.group(1) if match else ""
        found = []
        if step.exit not in ("any", code) or code == "timeout":
            found.append("exit code %s wanted, got %s" % (step.exit, code))
        for name, text in (("out", out), ("err", err)):
            found += compare.of_stream(name, step.stream(name), text, self.directory, self.fill, self.old)
        return found

    def call(self, step):
        method, target = self.fill(step.call).split(" ", 1)
        try:
            status, headers, data = request(self.socket, method, target, self.fill(step.body), self.fill(step.headers), step.timeout)
        except OSError as problem:
            return ["no answer: %r" % problem]
        text = data.decode("utf-8", "replace")
        try:
            value = json.loads(text)
        except ValueError:
            value = None
        for name, path in step.save.items():
            self.vars[name] = compare.reach(value, path)
        found = [] if status == step.status else ["status %s wanted, got %s" % (step.status, status)]
        for name, wanted in step.header_is.items():
            if headers.get(name.lower()) != wanted:
                found.append("header %s: %s wanted, got %s" % (name, wanted, headers.get(name.lower())))
        for name, stream in step.streams.items():
            said = text if name == "body" else value.get("message", "") if isinstance(value, dict) else text
            found += compare.of_stream(name, stream, said, self.directory, self.fill, False)
        return found

    def judge(self, what, step, found):
        name = "%s/%s" % (what.name, step.name)
        known = self.differences.get(name, [])
        gone = [regex.pattern for regex, _ in known if not any(regex.search(text) for text in found)]
        left = [text for text in found if not any(regex.search(text) for regex, _ in known)]
        if left:
            shown = step.call or " ".join(step.argv)
            self.report("not ok", "%s: %s" % (name, shown.replace("\n", " ")[:200]), [line for text in left for line in text.split("\n")])
        elif gone:
            self.report("not ok", "%s: listed in differences, but no longer differs: /%s/" % (name, "/, /".join(gone)))
        else:
            self.report("ok", name + (" (differs: %s)" % "; ".join(reason for _, reason in known) if known else ""))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--socket", required=True)
    parser.add_argument("--client", required=True)
    parser.add_argument("--only", default="")
    parser.add_argument("--claims")
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("recordings", nargs="+")
    options = parser.parse_args()
    replay = Replay(options)
    try:
        for path in options.recordings:
            what = recording.read(path)
            if not re.search(options.only, what.name):
                continue
            if options.claims:
                try:
                    os.mkdir(os.path.join(options.claims, what.name))
                except FileExistsError:
                    continue
            started = time.monotonic()
            try:
                replay.scenario(what)
            except OSError as problem:
                replay.report("not ok", "%s: the engine does not answer: %s" % (what.name, problem))
                break
            print("#   %s %s: %.1f s" % (replay.kind, what.name, time.monotonic() - started), flush=True)
    finally:
        shutil.rmtree(replay.base, ignore_errors=True)
    return 1 if replay.failed else 0


if __name__ == "__main__":
    sys.exit(main())
