#!/usr/bin/env python3
"""image.py BUSYBOX.tar OUT: the image of the bench, as an archive that `load` takes (OUT/big.tar), and its layers one by one
(OUT/layer-N.tar). Always the same bytes: 20,000 files and more in 4 layers of 330 MB, small and large, half of it text that can be
compressed and half of it noise that cannot, with links, and files that later layers replace and remove."""
import hashlib
import io
import json
import os
import random
import sys
import tarfile

EPOCH = 1700000000
WORDS = [w.encode() for w in ("layer", "digest", "manifest", "whiteout", "chain", "volume", "bridge", "rule", "probe", "shim", "runtime")]


class Layer:
    def __init__(self, path, seed):
        self.path, self.random, self.made = path, random.Random(seed), set()
        self.tar = tarfile.open(path, "w", format=tarfile.GNU_FORMAT)
        text = b" ".join(self.random.choice(WORDS) + b"%d" % self.random.randrange(1000) for _ in range(400000))
        self.text = text

    def put(self, name, kind=tarfile.REGTYPE, data=b"", link="", mode=0o644):
        parent = os.path.dirname(name)
        if parent and parent not in self.made:
            self.made.add(parent)
            self.put(parent, tarfile.DIRTYPE, mode=0o755)
        info = tarfile.TarInfo(name)
        info.type, info.size, info.linkname, info.mode, info.mtime = kind, len(data), link, mode, EPOCH
        self.tar.addfile(info, io.BytesIO(data))

    def content(self, size):
        if self.random.random() < 0.5:
            return self.random.randbytes(size)
        at = self.random.randrange(len(self.text))
        return (self.text[at:] + self.text * (size // len(self.text) + 1))[:size]

    def files(self, where, count, least, most):
        for i in range(count):
            size = int(least * (most / least) ** self.random.random())  # small ones are more common, as in real images
            self.put(f"{where}/d{i // 250:03}/f{i:05}", data=self.content(size))

    def busybox(self, path):
        with tarfile.open(path) as given:
            for member in given:
                member.name = member.name.removeprefix("./").rstrip("/")
                if member.name in ("", "."):
                    continue
                self.made.add(member.name)
                member.mtime = EPOCH
                self.tar.addfile(member, given.extractfile(member) if member.isfile() else None)


def make_layers(busybox, out):
    layers = [Layer(f"{out}/layer-{n}.tar", n) for n in range(1, 5)]
    one, two, three, four = layers
    one.busybox(busybox)
    one.files("usr/share/small", 13000, 200, 12000)
    two.files("usr/lib/middle", 7500, 1000, 60000)
    for i in range(500):
        two.put(f"usr/lib/links/s{i}", tarfile.SYMTYPE, link=f"../middle/d{i // 250:03}/f{i:05}")
        two.put(f"usr/lib/links/h{i}", tarfile.LNKTYPE, link=f"usr/lib/middle/d{i // 250:03}/f{i:05}")
    three.files("opt/app", 1200, 20000, 300000)
    three.files("usr/share/small", 300, 200, 12000)  # replaces
    for i in range(300, 500):
        three.put(f"usr/share/small/d{i // 250:03}/.wh.f{i:05}")
    four.files("var/data", 24, 1500000, 9000000)
    for layer in layers:
        layer.tar.close()
    return [layer.path for layer in layers]


def digest(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def main():
    busybox, out = sys.argv[1:]
    os.makedirs(out, exist_ok=True)
    paths = make_layers(busybox, out)
    config = json.dumps({
        "architecture": "amd64", "os": "linux", "created": "2023-11-14T22:13:20Z",
        "config": {"Cmd": ["sh"], "Env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]},
        "rootfs": {"type": "layers", "diff_ids": ["sha256:" + digest(path) for path in paths]},
        "history": [{"created": "2023-11-14T22:13:20Z", "created_by": os.path.basename(path)} for path in paths]}).encode()
    name = hashlib.sha256(config).hexdigest() + ".json"
    manifest = [{"Config": name, "RepoTags": ["big:latest"], "Layers": [os.path.basename(path) for path in paths]}]
    with tarfile.open(f"{out}/big.tar.new", "w", format=tarfile.GNU_FORMAT) as tar:
        for member, data in ((name, config), ("manifest.json", json.dumps(manifest).encode())):
            info = tarfile.TarInfo(member)
            info.size, info.mtime = len(data), EPOCH
            tar.addfile(info, io.BytesIO(data))
        for path in paths:
            info = tarfile.TarInfo(os.path.basename(path))
            info.size, info.mtime = os.path.getsize(path), EPOCH
            with open(path, "rb") as file:
                tar.addfile(info, file)
    os.rename(f"{out}/big.tar.new", f"{out}/big.tar")


main()
