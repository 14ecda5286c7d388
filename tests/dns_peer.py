#!/usr/bin/env python3
"""The other sides of the name server, for tests: an upstream server, and a client.

dns_peer.py serve ADDRESS [TAG]      answers on port 53 (UDP and TCP); what each name means stands in ANSWERS below
dns_peer.py ask NAME TYPE [tcp] [edns=N] [server=ADDRESS] [pipeline=N] [id=N]   one line: rcode, flags, count, records
dns_peer.py raw HEX [tcp]            sends bytes, prints what comes back in hexadecimal, or "silence"
dns_peer.py hoard NAME COUNT         opens connections that say nothing, then asks over one more
dns_peer.py flood NAME SECONDS       questions as fast as they go, answers unread
"""
import random, socket, struct, sys, threading, time

TYPES = {"A": 1, "CNAME": 5, "PTR": 12, "MX": 15, "TXT": 16, "AAAA": 28, "ANY": 255}
RCODES = {0: "NOERROR", 1: "FORMERR", 2: "SERVFAIL", 3: "NXDOMAIN", 4: "NOTIMP", 5: "REFUSED"}


def pack_name(name):
    return b"".join(bytes([len(part)]) + part.encode() for part in name.rstrip(".").split(".") if part) + b"\0"


def read_name(data, at):
    parts, end = [], None
    while data[at]:
        if data[at] >= 192:
            end = end or at + 2
            at = (data[at] & 63) << 8 | data[at + 1]
        else:
            parts.append(data[at + 1:at + 1 + data[at]].decode("latin1"))
            at += 1 + data[at]
    return ".".join(parts), end or at + 1


def question(name, kind, edns=0, ident=None):
    ident = random.randrange(65536) if ident is None else ident
    out = struct.pack(">6H", ident, 0x0100, 1, 0, 0, 1 if edns else 0) + pack_name(name) + struct.pack(">2H", TYPES.get(kind) or int(kind), 1)
    return out + (b"\0" + struct.pack(">2HIH", 41, edns, 0, 0) if edns else b"")


def show(data):
    _, flags, questions, answers, _, more = struct.unpack(">6H", data[:12])
    at, records = 12, []
    for _ in range(questions):
        at = read_name(data, at)[1] + 4
    for i in range(answers):
        owner, at = read_name(data, at)
        kind, _, ttl, length = struct.unpack(">2HIH", data[at:at + 10])
        at += 10
        if kind == 1: value = socket.inet_ntop(socket.AF_INET, data[at:at + 4])
        elif kind == 28: value = socket.inet_ntop(socket.AF_INET6, data[at:at + 16])
        elif kind in (5, 12): value = read_name(data, at)[0] + "."
        else: value = data[at:at + length].hex()
        at += length
        records.append(f"{value}({ttl})" if i < 4 else value)
    names = "".join(" " + text for bit, text in ((0x400, "aa"), (0x200, "tc"), (0x100, "rd"), (0x80, "ra")) if flags & bit)
    return f"{RCODES.get(flags & 15, flags & 15)}{names}{' edns' if more else ''} {answers}: {' '.join(records)}"


def receive(stream, count):
    data = b""
    while len(data) < count:
        part = stream.recv(count - len(data))
        if not part: raise EOFError
        data += part
    return data


def exchange(message, tcp, server, count=1):
    if not tcp:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.settimeout(12)
            sock.connect((server, 53))
            sock.send(message)
            return [sock.recv(65535)]
    with socket.create_connection((server, 53), 12) as stream:
        stream.sendall((struct.pack(">H", len(message)) + message) * count)
        return [receive(stream, struct.unpack(">H", receive(stream, 2))[0]) for _ in range(count)]


def record(kind, data, ttl=30):
    return b"\xc0\x0c" + struct.pack(">2HIH", kind, 1, ttl, len(data)) + data


def address(text): return record(1, socket.inet_aton(text))


def answer(query, peer, tcp, tag):
    """What to send, as a list of messages."""
    name, at = read_name(query, 12)
    ident, asked = query[:2], query[12:at + 4]
    kind = struct.unpack(">H", query[at:at + 2])[0]
    def reply(records=(), rcode=0, flags=0x8180, ident=ident, asked=asked):
        return ident + struct.pack(">5H", flags | rcode, 1, len(records), 0, 0) + asked + b"".join(records)
    first = name.lower().split(".")[0]
    wrong = bytes([ident[0] ^ 1, ident[1]])
    other = pack_name("elsewhere.test") + asked[-4:]
    answers = {
        "silent": [], "refused": [reply(rcode=5)], "broken": [reply(rcode=2)], "noise": [b"\xff" * 7, b"\0" * 40, reply([address("192.0.2.9")])],
        "who": [reply([address(peer[0])])], "tag": [reply([address(tag)])],
        "alias": [reply([record(5, pack_name("www.example.test")), pack_name("www.example.test") + struct.pack(">2HIH", 1, 1, 30, 4) + socket.inet_aton("192.0.2.1")])],
        "spoof": [reply([address("6.6.6.6")], ident=wrong), reply([address("6.6.6.6")], asked=other), reply([address("192.0.2.2")])],
        "big": [reply([address(f"192.0.2.{i}") for i in range(100)]) if tcp else reply(flags=0x8380)],
        "www": [reply([address("192.0.2.1")] if kind == 1 else [])],
    }
    return answers.get(first, [reply(rcode=3)])


def serve(host, tag="192.0.2.77"):
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.bind((host, 53))
    listener = socket.create_server((host, 53))
    def stream(sock, peer):
        try:
            while True:
                query = receive(sock, struct.unpack(">H", receive(sock, 2))[0])
                for message in answer(query, peer, True, tag):
                    sock.sendall(struct.pack(">H", len(message)) + message)
        except (EOFError, OSError):
            sock.close()
    def streams():
        while True: threading.Thread(target=stream, args=listener.accept(), daemon=True).start()
    threading.Thread(target=streams, daemon=True).start()
    print("ready", flush=True)
    while True:
        query, peer = udp.recvfrom(65535)
        for message in answer(query, peer, False, tag): udp.sendto(message, peer)


def main(mode, *words):
    options = dict(word.split("=") for word in words if "=" in word)
    server = options.get("server", "127.0.0.11")
    if mode == "serve": serve(*words)
    elif mode == "ask":
        message = question(words[0], words[1], int(options.get("edns", 0)))
        try:
            for data in exchange(message, "tcp" in words or "pipeline" in options, server, int(options.get("pipeline", 1))):
                print(show(data), "" if data[:2] == message[:2] else "WRONG ID")
        except OSError as error: print("none:", error)
    elif mode == "raw":
        try: print(exchange(bytes.fromhex(words[0]), "tcp" in words, server)[0].hex())
        except (OSError, EOFError): print("silence")
    elif mode == "hoard":
        kept = [socket.create_connection((server, 53), 5) for _ in range(int(words[1]))]
        print(show(exchange(question(words[0], "A"), True, server)[0]), len(kept))
    elif mode == "flood":
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.connect((server, 53))
            end, sent = time.monotonic() + float(words[1]), 0
            while time.monotonic() < end:
                try: sent += bool(sock.send(question(words[0], "A"), socket.MSG_DONTWAIT))
                except OSError: pass
            print(sent)


main(*sys.argv[1:])
