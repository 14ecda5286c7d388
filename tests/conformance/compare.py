"""Compares what a step said with what its recording says: what differs from run to run (ids, times, sizes of directories) is
replaced by a mark on both sides first. Knows nothing of how a step is run."""
import json
import re

MARKS = [
    (re.compile(r"\x1b\[[0-9;?]*[A-Za-z]"), ""),
    (re.compile(r"sha256:[0-9a-f]{64}"), "sha256:<ID>"),
    (re.compile(r"\b[0-9a-f]{64}\b"), "<ID64>"),
    (re.compile(r"\b(?=[0-9a-z]*[0-9])[0-9a-z]{25}\b"), "<ID25>"),
    (re.compile(r"\b(?:(?=[a-f]*[0-9])(?=[0-9]*[a-f])[0-9a-f]{12}|[0-9]{12})\b"), "<ID12>"),
    (re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?( ?(Z|UTC|[+-]\d\d:?\d\d( [A-Z]+)?))?"), "<TIME>"),
    (re.compile(r"\bUp (Less than a second|About an? \w+|\d+ (second|minute|hour)s?)(?! ago)"), "Up <DUR>"),
    (re.compile(r"(Less than a second|About an? \w+|\d+ (second|minute|hour|day|week|month|year)s?) ago"), "<AGO>"),
]
# Clients before 23 have words of their own; those of the engine, which they pass on, are compared all the same. They put some of
# them otherwise: who has not found an object, a full stop and a hint at the end, an address of IPv6.
ENGINE_SAYS = "Error response from daemon: "
OLD_SAYS = [
    (re.compile(r"\n*(Usage: docker|See 'docker|Run 'docker)[^\n]*"), ""),
    (re.compile(r"^Error: No such", re.M), "Error response from daemon: No such"),
    (re.compile(r"\.$", re.M), ""),
    (re.compile(r":::(?=\d)"), "[::]:"),
    (re.compile(r"\n*time=\"<TIME>\" level=error [^\n]*"), ""),
]

TYPES = {dict: "object", list: "array", str: "string", bool: "bool", int: "number", float: "number", type(None): "null"}
MISSING = "<missing>"
ITEM = re.compile(r"\['([^']*)'\]|\[(\d+|\*)\]|([^.\[\]]+)")


def marked(text, directory=None):
    """The text without what varies, and without differences in spacing (columns are as wide as what stands in them)."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if directory:
        text = text.replace(directory, "<WD>")
    for regex, mark in MARKS:
        text = regex.sub(mark, text)
    return "\n".join(" ".join(line.split()) for line in text.split("\n")).strip()


def marked_value(value, directory):
    if isinstance(value, str):
        return marked(value, directory)
    if isinstance(value, list):
        return [marked_value(item, directory) for item in value]
    if isinstance(value, dict):
        return {marked(key): marked_value(item, directory) for key, item in value.items()}
    return value


def reach(value, path):
    """The part of a JSON value at a path: a.b[0].c, a[*].b, a['x.y'], and len(p), keys(p), type(p), sorted(p) of one."""
    call = re.fullmatch(r"(len|keys|type|sorted)\((.*)\)", path)
    if call:
        value = reach(value, call.group(2)) if call.group(2) else value
        if call.group(1) == "type":
            return TYPES[type(value)]
        if call.group(1) == "len":
            return None if value is None else len(value)
        if call.group(1) == "keys":
            return sorted(value) if isinstance(value, dict) else None
        return sorted(value, key=json.dumps) if isinstance(value, list) else value
    items = ITEM.findall(path)
    for at, (quoted, index, name) in enumerate(items):
        if index == "*":
            rest = "".join("['%s']" % (q or n) if q or n else "[%s]" % i for q, i, n in items[at + 1:])
            return [reach(item, rest) for item in value or []]
        try:
            value = value[int(index)] if index else value[quoted or name]
        except (KeyError, IndexError, TypeError, ValueError):
            return MISSING
    return value


def lacks(want, got, path="$"):
    """What a value lacks of a shape: names that are missing, types that differ."""
    if want == "null" or got is None:
        return []
    if isinstance(want, dict):
        if not isinstance(got, dict):
            return ["%s: object wanted, got %s" % (path, TYPES[type(got)])]
        got = {marked(key): item for key, item in got.items()}
        found = []
        for key, item in want.items():
            found += lacks(item, got[key], path + "." + key) if key in got else ["%s.%s is missing" % (path, key)]
        return found
    if isinstance(want, list):
        if not isinstance(got, list):
            return ["%s: array wanted, got %s" % (path, TYPES[type(got)])]
        return lacks(want[0], got[0], path + "[]") if want and got else []
    return [] if TYPES[type(got)] == want else ["%s: %s wanted, got %s" % (path, want, TYPES[type(got)])]


def of_text(name, want, got, old_client):
    if old_client and name == "err" and want and ENGINE_SAYS not in want:
        return []
    for regex, otherwise in OLD_SAYS if old_client else []:
        want, got = regex.sub(otherwise, want).strip(), regex.sub(otherwise, got).strip()
    if want == got:
        return []
    indented = ["    " + line for line in want.split("\n")] + ["  got:"] + ["    " + line for line in got.split("\n")[:40]]
    return ["\n".join(["%s wanted:" % name] + indented)]


def of_stream(name, want, got, directory, fill, old_client):
    """Differences of one stream. `fill` replaces ${...} in a regex."""
    text = marked(got, directory)
    found = []
    if want.text is not None and not want.any:
        found += of_text(name, want.text.strip(), text, old_client)
    if want.lines is not None and sorted(want.lines) != sorted(text.split("\n")):
        found += of_text(name + " (in any order)", "\n".join(sorted(want.lines)), "\n".join(sorted(text.split("\n"))), old_client)
    for regex, match in want.regexes:
        if bool(re.search(fill(regex), text, re.M)) != match:
            said = text[:600].replace("\n", "\n    ")
            found.append("%s %s /%s/:\n    %s" % (name, "does not match" if match else "matches", regex, said))
    if want.paths or want.shape is not None:
        found += of_json(name, want, got, directory)
    return found


def of_json(name, want, got, directory):
    try:
        value = json.loads(got)
    except ValueError:
        return ["%s is not JSON: %s" % (name, marked(got)[:300])]
    found = []
    for path, wanted in want.paths:
        there = marked_value(reach(value, path), directory)
        if there != wanted:
            found.append("%s.%s wanted %s, got %s" % (name, path, json.dumps(wanted)[:400], json.dumps(there)[:400]))
    return found + (lacks(want.shape, value)[:12] if want.shape is not None else [])
