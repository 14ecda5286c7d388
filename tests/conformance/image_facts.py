"""What an image is, as plain data that can be compared: its configuration, its history, and every entry of each of its layers, from the
archive that the engine saves it as. The engine's own view of it has to agree with the archive."""
import gzip
import hashlib
import io
import json
import os
import re
import tarfile

# What is newer was made by the test, and its time is not compared.
LONG_AGO = 1700000000
OF_A_CONTAINER = ("Image", "Hostname", "Domainname", "ArgsEscaped", "AttachStdin", "AttachStdout", "AttachStderr", "Tty", "OpenStdin", "StdinOnce")
NOTHING = (None, "", False, [], {})


def config_facts(config):
    found = {key: value for key, value in (config or {}).items() if key not in OF_A_CONTAINER and value not in NOTHING}
    for key in ("ExposedPorts", "Volumes"):
        if key in found:
            found[key] = sorted(found[key])
    return found


def created_by(text):
    """Hashes of files are our own affair; those of images within names are not."""
    text = re.sub(r"[0-9a-f]{64}(?= in )", "HASH", text or "")
    return re.sub(r"(?<!:)\b[0-9a-f]{64}\b", "HASH", text)


def history_facts(entries, address):
    found = []
    for entry in entries or []:
        fact = [created_by(entry.get("created_by", "").replace(address, "URL")), 1 if entry.get("empty_layer") else 0]
        if entry.get("comment") not in (None, "", "Imported from -"):
            fact.append(entry["comment"])
        if entry.get("author"):
            fact.append("author=" + entry["author"])
        found.append(fact)
    return found


def clean(name):
    while name.startswith("./"):
        name = name[2:]
    return name.strip("/")


def xattrs(member):
    return "".join(" x:%s=%s" % (key[13:], value.encode("utf-8", "surrogateescape").hex())
                   for key, value in sorted(member.pax_headers.items()) if key.startswith("SCHILY.xattr."))


def entry_fact(archive, member, name):
    """One line for an entry that is no whiteout and no directory."""
    owner = "%04o %d:%d" % (member.mode & 0o7777, member.uid, member.gid)
    time = "@%d" % member.mtime if member.mtime < LONG_AGO else "@now"
    if member.issym():
        return "l %s %s %s -> %s%s" % (owner, time, name, member.linkname, xattrs(member))
    if member.islnk():
        return "h %s => %s" % (name, clean(member.linkname))
    if member.ischr() or member.isblk():
        return "%s %s %d,%d %s" % ("c" if member.ischr() else "b", owner, member.devmajor, member.devminor, name)
    if member.isfifo():
        return "p %s %s" % (owner, name)
    data = archive.extractfile(member).read()
    return "f %s %s %d %s %s%s" % (owner, time, len(data), hashlib.sha256(data).hexdigest()[:16], name, xattrs(member))


def layer_facts(data, below):
    """The lines of one layer. `below` are the paths of the layers under it, and afterwards of this one, too: a directory that only
    repeats what is there below is no fact, nor is a directory's time."""
    found, gone = {}, []
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        for member in archive:
            name = clean(member.name)
            folder, base = os.path.split(name)
            if name in ("", "."):
                continue
            if base == ".wh..wh..opq":
                found[name] = "o %s/" % folder
            elif base.startswith(".wh."):
                gone.append(os.path.join(folder, base[4:]))
                found[name] = "w " + gone[-1]
            elif member.isdir():
                owner = "%04o %d:%d" % (member.mode & 0o7777, member.uid, member.gid)
                found[name] = None if below.get(name) == owner else "d %s %s/%s" % (owner, name, xattrs(member))
                below[name] = owner
            else:
                found[name] = entry_fact(archive, member, name)
                below[name] = "-"
    for name in gone:
        for path in [path for path in below if (path == name or path.startswith(name + "/")) and path not in found]:
            del below[path]
    return [found[name] for name in sorted(found) if found[name]]


class Saved:
    """The archive of one image."""

    def __init__(self, data):
        self.archive = tarfile.open(fileobj=io.BytesIO(data))
        self.members = {clean(member.name): member for member in self.archive.getmembers()}
        self.manifest = json.loads(self.read("manifest.json"))[0]
        self.config = json.loads(self.read(self.manifest["Config"]))

    def read(self, name):
        member = self.members[clean(name)]
        while member.issym():
            member = self.members[os.path.normpath(os.path.join(os.path.dirname(clean(member.name)), member.linkname))]
        return self.archive.extractfile(member).read()

    def layers(self, base):
        """`base` are the diff IDs of busybox, whose layer is only named."""
        found, below = [], {}
        ids = self.config["rootfs"].get("diff_ids") or []
        names = self.manifest["Layers"] or []
        if len(ids) != len(names):
            return ["%d diff IDs, %d layers" % (len(ids), len(names))]
        for diff, name in zip(ids, names):
            data = self.read(name)
            data = gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
            if "sha256:" + hashlib.sha256(data).hexdigest() != diff:
                found.append("the layer is not that of its diff ID")
                continue
            facts = layer_facts(data, below)
            found.append("base" if diff in base else facts)
        return found


def image_facts(ask, fetch, name, base, address):
    """`ask(target)` gives a status and a document, `fetch(target)` a status and bytes."""
    status, data = fetch("/images/%s/get" % name.replace("/", "%2F"))
    if status != 200:
        return {"problem": "save: %s" % data.decode("utf-8", "replace").strip()}
    saved = Saved(data)
    config = saved.config
    found = {"config": config_facts(config.get("config")), "layers": saved.layers(base), "history": history_facts(config.get("history"), address),
             "author": config.get("author") or None, "os": config.get("os"),
             "created": [config.get("created")] + [entry.get("created") for entry in config.get("history") or []]}
    status, shown = ask("/images/%s/json" % name.replace("/", "%2F"))
    if status != 200:
        found["problem"] = "inspect: %s" % shown
    elif config_facts(shown["Config"]) != found["config"]:
        found["problem"] = "inspect shows another configuration: %s" % json.dumps(config_facts(shown["Config"]))
    elif (shown["RootFS"].get("Layers") or []) != (config["rootfs"].get("diff_ids") or []):
        found["problem"] = "inspect shows other layers"
    return found
