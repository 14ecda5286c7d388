#!/usr/bin/env python3
"""An engine that answers what it was told to, so that the same answers can be shown by two clients.

    canned_engine.py SOCKET DIRECTORY

DIRECTORY/answers is read for each request: lines `METHOD REGEX STATUS FILE`, the first that matches the path (without its version)
counts; FILE (in DIRECTORY; "-": none) is the body. Each request is noted in DIRECTORY/requests as "METHOD path", its headers in
DIRECTORY/head-N and its body in DIRECTORY/body-N, where N counts from 1.
"""
import http.server
import os
import re
import socketserver
import sys
import threading

SOCKET, DIRECTORY = sys.argv[1:3]
LOCK = threading.Lock()
COUNT = 0


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def body(self):
        if self.headers.get("Transfer-Encoding", "") == "chunked":
            while True:
                size = int(self.rfile.readline().split(b";")[0], 16)
                data = self.rfile.read(size)
                self.rfile.readline()
                if not size:
                    return
                yield data
        else:
            left = int(self.headers.get("Content-Length") or 0)
            while left:
                data = self.rfile.read(min(left, 65536))
                left -= len(data)
                yield data

    def answer(self):
        global COUNT
        path = re.sub(r"^/v1\.\d+", "", self.path)
        with LOCK:
            COUNT += 1
            number = COUNT
        with open(os.path.join(DIRECTORY, "body-%d" % number), "wb") as file:
            for piece in self.body():
                file.write(piece)
        with open(os.path.join(DIRECTORY, "head-%d" % number), "w", encoding="utf-8") as file:
            file.write(str(self.headers))
        with LOCK, open(os.path.join(DIRECTORY, "requests"), "a", encoding="utf-8") as file:
            file.write("%s %s\n" % (self.command, path))
        status, data = self.choose(path)
        self.send_response(status)
        self.send_header("Api-Version", "1.43")
        self.send_header("Ostype", "linux")
        self.send_header("Docker-Experimental", "false")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def choose(self, path):
        if path == "/_ping":
            return 200, b"OK"
        with open(os.path.join(DIRECTORY, "answers"), encoding="utf-8") as file:
            for line in file:
                method, regex, status, name = line.split()
                if method == self.command and re.search(regex, path):
                    if name == "-":
                        return int(status), b""
                    with open(os.path.join(DIRECTORY, name), "rb") as body:
                        return int(status), body.read()
        return 404, b'{"message":"page not found"}\n'

    do_GET = do_POST = do_HEAD = do_DELETE = do_PUT = answer


class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True

    def get_request(self):
        request, _ = super().get_request()
        return request, ("local", 0)


Server(SOCKET, Handler).serve_forever()
