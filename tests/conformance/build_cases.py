"""Reads what Docker's builder made of Dockerfiles: files of cases, builds/*.cases. A line begins with a word that says what it is.

    case NAME TITLE            begins a case. Its context:
    file PATH [MODE]           with its content: lines behind "| ", or "empty"; "noeol" after them: the last line has no newline;
                               or bytes behind "base64 "
    directory PATH [MODE];  symlink PATH TARGET;  link PATH OTHER;  serve NAME  and content: a file that {URL}/NAME gives
    buildkit                   it was recorded with BuildKit: what it says and its history are not compared
A step, and what it does:
    build                      docker build -t {T}:t of the context
      dockerfile  and content, written first;  with JSON  more arguments;  tag NAME;  no-tag;  use-cache (it is --no-cache otherwise);
      env JSON;  context PATH  instead of {CTX};  stdin  and content;  archive tar|tar.gz  the context by stdin
    docker JSON                any other command;  input FILE;  save FILE;  sorted: its lines come in any order;  look NAME: at an image
    change                     remove PATH;  file ...;  touch PATH TIME;  chmod PATH MODE
    outside NAME               with its content, a file at {TMP}/NAME
What it has to say:
    exit N|failure;  > LINE    all of standard output;  silent: none. `> 2/5 RUN x` is "Step 2/5 : RUN x", and .id .running .removed .ran (all
                               three) .cache .built .tagged NAME stand for what the builder says again and again; .text TEXT for a TEXT like those
    error TEXT                 standard error, several are several possible ones;  any-error
    config JSON                of the image's configuration, what is not empty
    layer base;  layer         one of its layers, from below: busybox's, or these entries:
    + f MODE OWNER:GROUP @TIME SIZE SHA256 PATH    (16 digits of it; "now" for the time of the build), d: a directory, l: a symbolic link,
                               h: a hard link, c b p: devices and pipes, w: a whiteout, o: an opaque directory
    made TEXT;  note TEXT      one of its history, with and without a layer;  comment TEXT;  by TEXT: the author of that entry
    author TEXT;  created JSON;  no-layers;  tree JSON: what lies in {TMP}
A path or text that is not plain is a JSON string.
"""
import base64
import json
import os
import re


class Item:
    """A file of the context, or whatever else has content."""

    def __init__(self, kind, path, rest):
        self.kind, self.path, self.rest = kind, path, rest
        self.lines, self.encoded, self.newline = [], [], "\n"

    def content(self):
        if self.encoded:
            return base64.b64decode("".join(self.encoded))
        return ("\n".join(self.lines) + self.newline if self.lines else "").encode()


class Step:
    def __init__(self, kind):
        self.kind = kind  # build, docker, change, outside
        self.words = {"tag": "t", "with": [], "env": {}}
        self.items, self.changes = [], []
        self.exit, self.out, self.errors = None, None, []
        self.image = None

    def has(self, word):
        return word in self.words

    def the_image(self):
        if self.image is None:
            self.image = {"config": {}, "layers": [], "history": []}
        return self.image


class Case:
    def __init__(self, name, title, line):
        self.name, self.title, self.line = name, title, line
        self.buildkit, self.items, self.steps = False, [], []


class Bad(Exception):
    pass


SPOKEN = {".id": " ---> ID", ".running": " ---> Running in ID", ".removed": " ---> Removed intermediate container ID",
          ".cache": " ---> Using cache", ".built": "Successfully built ID"}


def spoken(text):
    """The lines that one line behind `>` stands for."""
    word, _, rest = text.partition(" ")
    if word == ".ran":
        return [SPOKEN[".running"], SPOKEN[".removed"], SPOKEN[".id"]]
    if word == ".tagged":
        return ["Successfully tagged {T}:" + rest]
    if word == ".text":
        return [rest]
    if "/" in word and word.replace("/", "").isdigit():
        return ["Step %s : %s" % (word, rest)]
    return [SPOKEN.get(text, text)]


def plain(text):
    return json.loads(text) if text.startswith('"') else text


def words(text):
    return [plain(word) for word in re.findall(r'"(?:[^"\\]|\\.)*"|\S+', text)]


def of_image(step, word, rest):
    image = step.the_image()
    if word in ("config", "created"):
        image[word] = json.loads(rest)
    elif word == "author":
        image[word] = rest
    elif word == "layer":
        image["layers"].append(rest or [])
    elif word == "+":
        image["layers"][-1].append(rest)
    elif word in ("made", "note"):
        image["history"].append([plain(rest), 1 if word == "note" else 0])
    elif word == "comment":
        image["history"][-1].append(rest)
    elif word == "by":
        image["history"][-1].append("author=" + rest)
    elif word == "no-layers":
        image["no-layers"] = True
    else:
        return False
    return True


def of_step(step, word, rest):
    if word == "exit":
        step.exit = rest if rest == "failure" else int(rest)
    elif word == ">":
        step.out = (step.out or []) + spoken(rest)
    elif word == "silent":
        step.out = []
    elif word == "error":
        step.errors.append(plain(rest))
    elif word in ("with", "env", "tree"):
        step.words[word] = json.loads(rest)
    elif word in ("tag", "context", "archive", "input", "save", "look"):
        step.words[word] = rest
    elif word in ("no-tag", "use-cache", "sorted", "any-error"):
        step.words[word] = True
    elif word in ("remove", "touch", "chmod"):
        step.changes.append((word, words(rest)))
    else:
        return of_image(step, word, rest)
    return True


def of_content(item, word, rest):
    if word == "|":
        item.lines.append(rest)
    elif word == "noeol":
        item.newline = ""
    elif word == "base64":
        item.encoded.append(rest)
    else:
        return word == "empty"
    return True


ITEMS = ("file", "directory", "symlink", "link", "serve", "dockerfile", "stdin", "outside")


class Reader:
    def __init__(self):
        self.cases, self.item = [], None

    def line(self, number, word, rest):
        case = self.cases[-1] if self.cases else None
        step = case.steps[-1] if case and case.steps else None
        if word == "case":
            name, _, title = rest.partition(" ")
            self.cases.append(Case(name, title, number))
        elif word in ("build", "docker", "change", "outside"):
            step = Step(word)
            case.steps.append(step)
            if word == "docker":
                step.words["argv"] = json.loads(rest)
        if word in ITEMS:
            parts = words(rest) or [""]
            self.item = Item(word, parts[0], parts[1:])
            (step or case).items.append(self.item)
        elif word == "buildkit":
            case.buildkit = True
        elif word not in ("case", "build", "docker", "change"):
            return bool(self.item and of_content(self.item, word, rest)) or bool(step and of_step(step, word, rest))
        return True


def read(path):
    reader = Reader()
    with open(path, encoding="utf-8", newline="\n") as file:
        for number, text in enumerate(file, 1):
            text = text.rstrip("\n")
            word, _, rest = text.partition(" ")
            if text and not reader.line(number, word, rest):
                raise Bad("%s:%d: what is %s?" % (os.path.basename(path), number, word))
    return reader.cases
