"""Runs what a step says: a command (on pipes or a terminal, with somebody who types and sends signals), or one HTTP request
to the engine's socket. Gives back what came out; compares nothing."""
import fcntl
import http.client
import json
import os
import pty
import re
import signal
import socket
import struct
import subprocess
import termios
import threading
import time


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path, timeout):
        super().__init__("engine", timeout=timeout)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


def request(path, method, target, body=None, headers=None, timeout=60):
    """Status, headers (lower case) and body of one exchange."""
    if body is not None and not isinstance(body, (str, bytes)):
        body = json.dumps(body)
    if isinstance(body, str):
        body = body.encode()
    sent = {"Content-Type": "application/json"} if body is not None else {}
    sent.update(headers or {})
    connection = UnixConnection(path, timeout)
    try:
        connection.request(method, target, body, sent)
        response = connection.getresponse()
        return response.status, {key.lower(): value for key, value in response.getheaders()}, response.read()
    finally:
        connection.close()


def controlling_terminal():
    os.setsid()
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


class Process:
    """A running command whose output is gathered as it comes."""

    def __init__(self, argv, env, directory, stdin, tty, timeout):
        self.end, self.seen, self.master = time.monotonic() + timeout, 0, None
        self.out, self.err = bytearray(), bytearray()
        if tty:
            self.master, slave = pty.openpty()
            fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
            self.process = subprocess.Popen(argv, env=env, cwd=directory, stdin=slave, stdout=slave, stderr=slave,
                                            preexec_fn=controlling_terminal)
            os.close(slave)
            sources = [(self.master, self.out)]
        else:
            self.process = subprocess.Popen(argv, env=env, cwd=directory, start_new_session=True, stdout=subprocess.PIPE,
                                            stderr=subprocess.PIPE,
                                            stdin=subprocess.DEVNULL if stdin is None else subprocess.PIPE)
            sources = [(self.process.stdout.fileno(), self.out), (self.process.stderr.fileno(), self.err)]
        self.readers = [threading.Thread(target=self.gather, args=source, daemon=True) for source in sources]
        if stdin is not None and not tty:
            self.readers.append(threading.Thread(target=self.feed, args=(stdin,), daemon=True))
        for reader in self.readers:
            reader.start()

    @staticmethod
    def gather(fd, into):
        try:
            while data := os.read(fd, 65536):
                into.extend(data)
        except OSError:
            pass  # a terminal without a process on its other side

    def feed(self, data):
        try:
            self.process.stdin.write(data)
            self.process.stdin.close()
        except OSError:
            pass  # nobody reads: the exit code will tell

    def text(self):
        return (bytes(self.out) + bytes(self.err)).decode("utf-8", "replace")

    def expect(self, regex):
        while time.monotonic() < self.end:
            if re.search(regex, self.text()[self.seen:]):
                self.seen = len(self.text())
                return
            if self.process.poll() is not None:
                return
            time.sleep(0.01)

    def play(self, acts):
        """What a person at the terminal does."""
        for act in acts:
            if "expect" in act:
                self.expect(act["expect"])
            elif "sleep" in act:
                time.sleep(act["sleep"])
            elif "signal" in act:
                self.signal(act["signal"])
            elif "send" in act and self.master is not None:
                os.write(self.master, act["send"].encode())

    def signal(self, name):
        if self.process.poll() is None:
            self.process.send_signal(getattr(signal, "SIG" + name))

    def finish(self):
        """Exit code ("timeout" when it had to be ended), standard output, standard error."""
        try:
            code = self.process.wait(max(0.1, self.end - time.monotonic()))
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            code = "timeout"
        for reader in self.readers:
            reader.join(2)
        if self.master is not None:
            os.close(self.master)
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            if pipe and not pipe.closed:
                pipe.close()
        return code, bytes(self.out).decode("utf-8", "replace"), bytes(self.err).decode("utf-8", "replace")
