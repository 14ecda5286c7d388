"""A seccomp agent: listens at argv[1], writes each container process state to argv[2], and answers the calls of every listener that it
is sent: getpgid with 4711, sethostname with EXDEV, all others go on (seccomp_unotify(2))."""
import array
import ctypes
import fcntl
import json
import os
import select
import socket
import struct
import sys

RECV, SEND = 0xC0502100, 0xC0182101
CONTINUE, EXDEV = 1, 18
NUMBERS = {"x86_64": (121, 170), "aarch64": (155, 161)}[os.uname().machine]

server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
server.bind(sys.argv[1])
server.listen(4)
listeners = []


def take():
    connection, _ = server.accept()
    fds = array.array("i")
    text, ancillary, _, _ = connection.recvmsg(65536, socket.CMSG_LEN(4 * fds.itemsize))
    for level, kind, data in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            fds.frombytes(data[: len(data) - len(data) % fds.itemsize])
    state = json.loads(text)
    state["received"] = len(fds)
    with open(sys.argv[2], "a") as file:
        file.write(json.dumps(state) + "\n")
    listeners.extend(fds)


def answer(fd):
    request = bytearray(80)
    try:
        fcntl.ioctl(fd, RECV, request)
    except OSError:
        listeners.remove(fd)
        os.close(fd)
        return
    ident, _, _, number = struct.unpack_from("=QIIi", request)
    value, error, flags = 0, 0, 0
    if number == NUMBERS[0]:
        value = 4711
    elif number == NUMBERS[1]:
        error = -EXDEV
    else:
        flags = CONTINUE
    try:
        fcntl.ioctl(fd, SEND, struct.pack("=QqiI", ident, value, error, flags))
    except OSError:
        pass


while True:
    poll = select.poll()
    poll.register(server, select.POLLIN)
    for fd in listeners:
        poll.register(fd, select.POLLIN)
    for fd, events in poll.poll():
        if fd == server.fileno():
            take()
        elif events & select.POLLIN:
            answer(fd)
        else:
            listeners.remove(fd)
            os.close(fd)
