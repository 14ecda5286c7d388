#!/usr/bin/env python3
"""The UI's own figures, in a terminal that is this program, against an engine that answers from documents made here: how soon frames
follow, what it holds, what it uses, how it takes floods. Usage: ui.py DIRECTORY-OF-PROGRAMS WORK-DIRECTORY. A figure that misses its
target is marked; `make bench` never fails for it."""
import fcntl, json, os, pty, re, select, signal, socket, struct, sys, termios, threading, time

build, work = sys.argv[1], sys.argv[2]
os.makedirs(work, exist_ok=True)
ROOT = os.path.realpath(os.path.join(os.path.dirname(__file__), "../.."))
canned = lambda name: json.load(open(f"{ROOT}/tests/tui/canned/{name}.json"))
LOG_BYTES = 100_000_000


def overview(count, moving=True):
    def one(i):
        return {"id": f"{i:064x}", "name": f"c-{i:03d}", "image": "busybox:latest", "state": "running", "status": "Up 3 minutes",
                "pid": 1000 + i, "memory": 1_000_000 + i * 4096 + (int(time.time() * 10) % 50 << 14) * moving, "memory_limit": None,
                "cpu_ns": int(time.time() * 1e7), "pids": 1, "oom_kills": 0, "address": f"10.1.{i >> 8}.{i & 255}", "ports": "",
                "created": ""}
    return {"engine": {"version": "0.1.0", "containers": count, "running": count, "images": 1, "pid": 0},
            "containers": [one(i) for i in range(count)], "sandboxes": [], "steps_seq": 10}


def topology(count):
    """The recorded one, with `count` containers on its first bridge."""
    doc = canned("topology")
    spaces = doc["namespaces"]
    host = spaces[0]
    link = next(l for l in host["links"] if l["kind"] == "veth")
    other = next(s for s in spaces[1:] if any(l["kind"] == "veth" for l in s["links"]))
    for i in range(count):
        space, mine = json.loads(json.dumps(other)), dict(link)
        space.update(name=f"n{i}", id=f"{i + 1:064x}", inode=5_000_000_000 + i)
        mine.update(index=1000 + i, name=f"veth{i:04x}", peer_namespace=f"n{i}")
        host["links"].append(mine)
        for far in space["links"]:
            if far["kind"] == "veth":
                far.update(peer_index=1000 + i, peer_namespace=host["name"])
        spaces.append(space)
    return doc


class Engine:
    def __init__(self, count):
        self.count, self.path = count, f"{work}/engine-{count}.sock"
        self.listener = socket.socket(socket.AF_UNIX)
        if os.path.exists(self.path):
            os.unlink(self.path)
        self.listener.bind(self.path)
        self.listener.listen(64)
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            conn, _ = self.listener.accept()
            threading.Thread(target=self.serve, args=(conn,), daemon=True).start()

    def serve(self, conn):
        try:
            data = b""
            while True:
                while b"\r\n\r\n" not in data:
                    got = conn.recv(65536)
                    if not got:
                        return
                    data += got
                head, data = data.split(b"\r\n\r\n", 1)
                self.answer(conn, head.split()[1].decode())
        except OSError:
            pass
        finally:
            conn.close()

    def answer(self, conn, path):
        name = path.split("?")[0].rsplit("/", 1)[1]
        stream = b"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nConnection: close\r\n\r\n"
        if name == "overview":
            body = overview(self.count)
        elif name == "topology":
            body = topology(200)
            if "follow" in path:
                conn.sendall(stream + json.dumps(body).encode() + b"\n")
                time.sleep(3600)
        elif name == "logs":
            conn.sendall(stream)
            line = b"2026-01-01T00:00:00.000000000Z a line of a log that is followed, of about a hundred bytes in all, as many are\n"
            frames = (struct.pack(">BxxxL", 1, len(line)) + line) * 500
            for _ in range(LOG_BYTES // len(frames)):
                conn.sendall(frames)
            time.sleep(3600)
        elif name == "json":
            body = {"ExitCode": 0, "Config": {"Tty": False}}
        else:
            try:
                body = canned(name)
            except OSError:
                body = {"message": "page not found"}
        text = json.dumps(body).encode()
        conn.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(text) + text)


class UI:
    """The program on a pty. A pipe takes its trace: a line after each frame."""

    def __init__(self, engine, keys=b"", rows=40, columns=120):
        self.trace_path = f"{work}/trace"
        if not os.path.exists(self.trace_path):
            os.mkfifo(self.trace_path)
        self.trace = os.open(self.trace_path, os.O_RDWR | os.O_NONBLOCK)
        self.begun = time.perf_counter()
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ.update(TERM="xterm-256color", LANG="C.UTF-8", SLIPWAY_TUI_TRACE=self.trace_path, SHELL="/bin/sh",
                              SLIPWAY_HOST=f"unix://{engine.path}", XDG_CONFIG_HOME=work, SLIPWAY_CONTENT=ROOT)
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
            os.execv(f"{build}/slipway", [f"{build}/slipway"])
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.text = self.marks = b""
        self.bytes = 0
        if keys:
            self.send(keys)

    def send(self, keys):
        os.write(self.fd, keys)

    def pump(self, seconds):
        """What came within that time: whether a frame was among it."""
        ready, _, _ = select.select([self.fd, self.trace], [], [], seconds)
        framed = False
        for fd in ready:
            try:
                got = os.read(fd, 65536)
            except OSError:
                return framed
            if fd == self.fd:
                self.text += got
                self.bytes += len(got)
            else:
                self.marks += got
                framed = framed or b"frame" in got
        return framed

    def until(self, done, seconds=10):
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            framed = self.pump(end - time.perf_counter())
            if done(framed):
                return time.perf_counter()
        return None

    def rest(self, seconds):
        end = time.perf_counter() + seconds
        while (left := end - time.perf_counter()) > 0:
            self.pump(left)

    def forget(self):
        self.text = self.marks = b""
        self.bytes = 0

    def processes(self):
        children = open(f"/proc/{self.pid}/task/{self.pid}/children").read().split()
        return [self.pid] + [int(c) for c in children]

    def inner(self):
        return self.processes()[-1]

    def cpu(self):
        return sum(sum(int(v) for v in open(f"/proc/{p}/stat").read().rsplit(")", 1)[1].split()[11:13]) for p in self.processes())

    def resident(self):
        return int(re.search(r"VmRSS:\s+(\d+)", open(f"/proc/{self.inner()}/status").read())[1]) / 1024

    def switches(self):
        total = 0
        for pid in self.processes():
            for task in os.listdir(f"/proc/{pid}/task"):
                total += int(re.search(r"\nvoluntary_ctxt_switches:\s+(\d+)", open(f"/proc/{pid}/task/{task}/status").read())[1])
        return total

    def end(self):
        os.kill(self.inner(), signal.SIGTERM)
        self.rest(0.1)
        os.close(self.fd)
        os.close(self.trace)
        os.waitpid(self.pid, 0)


def row(what, value, unit, target):
    text = "never seen" if value is None else f"{value:.1f} {unit}" if unit != "%" else f"{value:.2f} %"
    miss = "" if value is not None and value <= target else "   missed"
    print(f"{what:<60} {text:>14}   {target:g} {unit}{miss}", flush=True)


def middle(values, part=0.5):
    return sorted(values)[min(len(values) - 1, int(len(values) * part))] if values else None


def starts(engine):
    first, listed = [], []
    for _ in range(9):
        ui = UI(engine)
        at = ui.until(lambda framed: framed)
        first.append((at - ui.begun) * 1000)
        ui.end()
        ui = UI(engine, b"4")
        at = ui.until(lambda framed: b"c-020" in ui.text and framed)
        if at:
            listed.append((at - ui.begun) * 1000)
        ui.end()
    row("first frame", middle(first), "ms", 15)
    row("list of 100 containers, from the start of the program", middle(listed), "ms", 40)


def keys(engine):
    ui, took = UI(engine, b"4"), []
    ui.until(lambda framed: b"c-020" in ui.text and framed)
    ui.rest(0.5)
    for i in range(400):
        ui.forget()
        begun = time.perf_counter()
        ui.send(b"j" if i % 40 < 30 else b"k")
        at = ui.until(lambda framed: framed and ui.bytes > 0, 2)
        if at:
            took.append((at - begun) * 1000)
        ui.rest(0.012)
    row("key to its frame, 500 containers, median", middle(took), "ms", 10)
    row("key to its frame, 500 containers, 99th percentile", middle(took, 0.99), "ms", 16)
    ui.end()


def quiet(engine):
    ui = UI(engine, b"4")
    ui.until(lambda framed: b"c-020" in ui.text and framed)
    ui.rest(1.5)
    ui.forget()
    before, begun = ui.cpu(), time.perf_counter()
    ui.rest(10)
    row("UI at 1 Hz, 100 containers all changing, of one core", (ui.cpu() - before) / (time.perf_counter() - begun), "%", 0.5)
    row("sent to the terminal in a second of that", ui.bytes / 10, "bytes", 6000)
    row("resident, 100 containers on show", ui.resident(), "MiB", 12)
    ui.send(b"2")
    ui.rest(2)
    before = ui.switches()
    ui.rest(5)
    row("wake-ups in 5 s of a still screen", ui.switches() - before, "", 0)
    ui.end()


def flood(engine):
    ui = UI(engine, b"2")
    ui.rest(0.5)
    ui.send(b"\r")
    ui.rest(0.5)
    ui.send(b"\x1d")
    ui.rest(0.5)
    ui.send(b"yes\r")
    ui.rest(1)
    before, begun = ui.cpu(), time.perf_counter()
    ui.rest(5)
    row("yes in a pane, of one core", (ui.cpu() - before) / (time.perf_counter() - begun), "%", 5)
    seen = []
    for _ in range(7):
        ui.forget()
        begun = time.perf_counter()
        ui.send(b"\x03")
        at = ui.until(lambda framed: framed and b"^C" in ui.text, 3)
        if at:
            seen.append((at - begun) * 1000)
        ui.rest(0.3)
        ui.send(b"yes\r")
        ui.rest(0.5)
    row("Ctrl-C seen in that", middle(seen), "ms", 100)
    ui.send(b"\x03")
    ui.rest(0.2)
    ui.end()


def log(engine):
    ui = UI(engine, b"4")
    ui.until(lambda framed: b"c-020" in ui.text and framed)
    ui.rest(0.5)
    begun, most, before = time.perf_counter(), 0, ui.cpu()
    ui.send(b"l")
    ui.rest(1)
    early = ui.resident()
    while time.perf_counter() - begun < 60:
        ui.rest(0.25)
        most = max(most, ui.resident())
        now = ui.cpu()
        if now - before < 2 and time.perf_counter() - begun > 4:
            break
        before = now
    row("a log of 100 MB followed: grown after its first second", most - early, "MiB", 1)
    row("a log of 100 MB followed: resident at the most", most, "MiB", 12)
    ui.end()


def wires(engine):
    ui, took = UI(engine, b"4"), []
    ui.until(lambda framed: b"c-020" in ui.text and framed)
    ui.rest(0.5)
    ui.forget()
    ui.send(b"n")
    ui.rest(2)
    for _ in range(60):
        ui.forget()
        begun = time.perf_counter()
        ui.send(b"j")
        at = ui.until(lambda framed: framed, 2)
        if at:
            took.append((at - begun) * 1000)
        ui.rest(0.02)
    row("topology of 200 endpoints: a key to its frame, laid out anew", middle(took), "ms", 20)
    ui.end()


hundred, many = Engine(100), Engine(500)
print(f"{'what':<60} {'measured':>14}   target")
parts = {"starts": (starts, hundred), "keys": (keys, many), "quiet": (quiet, hundred), "flood": (flood, hundred), "log": (log, hundred),
         "wires": (wires, hundred)}
for name in os.environ.get("UI_PARTS", " ".join(parts)).split():
    parts[name][0](parts[name][1])
