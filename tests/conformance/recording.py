"""Reads recordings: scenarios of commands and API calls with what a real Docker answered, one text file each.

A line begins with a word that says what it is; paragraphs and lines with # are for the reader. Before the first step:
    alone                     the scenario looks at everything an engine holds (every scenario here has an engine for itself anyway)
    needs PROGRAM             skip the scenario where it is not installed
Between steps:
    setup COMMAND             run it, look at nothing            keep NAME COMMAND   and keep its output as ${NAME}
    until SECONDS REGEX <- COMMAND    repeat the command until its output matches
    file PATH [MODE]          followed by the content, a line each behind "| " ("noeol": without the last newline)
    now NAME                  the time, as ${NAME}               sleep SECONDS       end STEP [SIGNAL]   end a background step
A step, and what it does:
    step NAME;  run COMMAND or argv JSON or api METHOD TARGET;  body JSON;  header K: V;  env K[=V];  stdin JSON;  stdin-file PATH;
    tty;  background;  timeout SECONDS;  in DIRECTORY;  play JSON ({"expect"|"send"|"sleep"|"signal"|"eof"});  save NAME REGEX-or-path
and what it has to say. STREAM is out, err, or (of an API call) body:
    exit N|any;  status N;  message| LINE;  header-is NAME = JSON;  STREAM any
    STREAM| LINE   exact text          STREAM* LINE   lines in any order       STREAM~ REGEX, STREAM!~ REGEX
    STREAM. PATH = JSON                STREAM shape JSON   (names and types; null fits anything; more names are no difference)
A command's streams are compared exactly unless something else is said of them: no line at all means no output at all.
"""
import json
import os
import re
import shlex

STREAM = re.compile(r"(out|err|body|message)(\||\*|~|!~|\.| any$| shape )")


class Stream:
    """What is said of one output: any of the ways above."""

    def __init__(self):
        self.text, self.lines, self.regexes, self.paths, self.shape, self.any = None, None, [], [], None, False

    def is_said(self):
        return self.any or self.text is not None or self.lines is not None or self.regexes or self.paths or self.shape is not None


class Step:
    def __init__(self, name, line):
        self.name, self.line = name, line
        self.argv, self.call, self.body, self.stdin, self.stdin_file, self.directory = None, None, None, None, None, ""
        self.headers, self.env, self.save, self.play, self.header_is = {}, {}, {}, [], {}
        self.tty = self.background = False
        self.timeout = 60
        self.exit = self.status = None
        self.streams = {}

    def stream(self, name):
        return self.streams.setdefault(name, Stream())

    def finished(self):
        """Fills in what silence means."""
        if self.argv:
            for name in ("out", "err"):
                stream = self.stream(name)
                if not stream.is_said():
                    stream.any, stream.text = self.tty, None if self.tty else ""
        return self


class Recording:
    def __init__(self, area, name):
        self.area, self.name, self.needs, self.actions = area, name, [], []

    def steps(self):
        return [what for kind, what in self.actions if kind == "step"]


class Bad(Exception):
    pass


def split(text):
    return json.loads(text) if text.startswith("[") else shlex.split(text)


def pair(text):
    """PATH = JSON"""
    path, _, value = text.partition(" = ")
    return path.strip(), json.loads(value)


def say(step, match, rest):
    """One line about a stream."""
    name, how = match.group(1), match.group(2)
    stream = step.stream(name)
    rest = rest[1:] if rest.startswith(" ") else rest
    if how == "|":
        stream.text = rest if stream.text is None else stream.text + "\n" + rest
    elif how == "*":
        stream.lines = (stream.lines or []) + [rest]
    elif how in ("~", "!~"):
        stream.regexes.append((rest, how == "~"))
    elif how == ".":
        stream.paths.append(pair(rest))
    elif how == " any":
        stream.any = True
    else:
        stream.shape = json.loads(rest)


def of_step(step, word, rest):
    """One line of a step that is not about a stream."""
    if word in ("run", "argv"):
        step.argv = split(rest)
    elif word == "api":
        step.call = rest
    elif word == "body":
        step.body = json.loads(rest)
    elif word == "header":
        key, _, value = rest.partition(": ")
        step.headers[key] = value
    elif word == "header-is":
        key, value = pair(rest)
        step.header_is[key] = value
    elif word == "env":
        key, equals, value = rest.partition("=")
        step.env[key] = value if equals else None
    elif word == "stdin":
        step.stdin = json.loads(rest)
    elif word == "stdin-file":
        step.stdin_file = rest
    elif word == "in":
        step.directory = rest
    elif word in ("tty", "background"):
        setattr(step, word, True)
    elif word == "timeout":
        step.timeout = float(rest)
    elif word == "play":
        step.play.append(json.loads(rest))
    elif word == "save":
        key, _, value = rest.partition(" ")
        step.save[key] = value
    elif word == "exit":
        step.exit = rest if rest == "any" else int(rest)
    elif word == "status":
        step.status = int(rest)
    else:
        return False
    return True


def between(word, rest):
    """One line that stands between steps, as (kind, what)."""
    if word == "setup":
        return word, split(rest)
    if word == "keep":
        name, _, command = rest.partition(" ")
        return word, (name, split(command))
    if word == "until":
        condition, _, command = rest.partition(" <- ")
        seconds, _, regex = condition.partition(" ")
        return word, (float(seconds), regex, split(command))
    if word == "sleep":
        return word, float(rest)
    if word in ("now", "end"):
        return word, rest.split() if word == "end" else rest
    raise Bad("unknown word '%s'" % word)


def lines_of_file(lines, at):
    """The content of a file from line `at` on, and where it ends."""
    content = []
    while at < len(lines) and lines[at].startswith("|"):
        content.append(lines[at][2:])
        at += 1
    text = "\n".join(content) + "\n"
    if at < len(lines) and lines[at] == "noeol":
        return text[:-1], at + 1
    return text, at


def read(path):
    recording = Recording(os.path.basename(os.path.dirname(path)), os.path.basename(path)[: -len(".steps")])
    with open(path, encoding="utf-8") as file:
        lines = file.read().split("\n")
    at, step = 0, None
    while at < len(lines):
        line, at = lines[at], at + 1
        word, _, rest = line.partition(" ")
        try:
            if not line:
                if step:
                    step.finished()
                step = None
            elif word == "#" or word == "alone":
                continue
            elif word == "needs":
                recording.needs.append(rest)
            elif word == "step":
                step = Step(rest, at)
                recording.actions.append(("step", step))
            elif word == "file":
                name, _, mode = rest.partition(" ")
                content, at = lines_of_file(lines, at)
                recording.actions.append(("file", (name, int(mode or "644", 8), content)))
            elif step and STREAM.match(line) and not line.startswith("body {") and not line.startswith("body \""):
                match = STREAM.match(line)
                say(step, match, line[match.end():])
            elif not (step and of_step(step, word, rest)):
                recording.actions.append(between(word, rest))
        except (ValueError, Bad) as problem:
            raise Bad("%s:%d: %s" % (path, at, problem)) from problem
    if step:
        step.finished()
    return recording
