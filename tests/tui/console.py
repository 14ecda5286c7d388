"""console.py TERMINAL FILE [ALSO...]: what a program sent to a terminal of this type is all in the terminal's description.

Every control sequence in FILE is one of infocmp's, with its parameters (SGR: each attribute for itself), or one of ALSO, which are
written as infocmp writes them. Every character is one that the console's font has: those of code page 437, and ASCII otherwise. No
dark colour on a light ground is bold, which is bright there."""

import re
import subprocess
import sys

SEQUENCE = re.compile(rb"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[ -/]*[0-~]|[\x00-\x1f\x7f]")


def octets(text):
    text = re.sub(r"\$<[^>]*>", "", text)
    text = re.sub(r"\^([@-_])", lambda m: chr(ord(m.group(1)) - 64), text)
    for name, char in (("\\E", "\x1b"), ("\\r", "\r"), ("\\n", "\n"), ("\\t", "\t"), ("\\,", ",")):
        text = text.replace(name, char)
    return text.encode("latin-1")


def known(terminal):
    said = subprocess.run(["infocmp", "-1", "-x", terminal], check=True, capture_output=True, text=True).stdout
    found = dict(line.strip().rstrip(",").split("=", 1) for line in said.splitlines() if "=" in line and line[0] == "\t")
    return {name: text for name, text in found.items() if not name.startswith("k")}


def pattern(text):
    """The sequences that a capability can become, as a regular expression."""
    text = re.sub(r"%i", "", text)
    text = re.sub(r"%p\d(%'.'%[-+])?%d", "\x00", text)
    return b"".join(rb"\d+" if part == "\x00" else re.escape(octets(part)) for part in re.split("(\x00)", text))


def attributes(found):
    """What SGR may have: those of the plain capabilities and of the two colours."""
    allowed = {b"", b"0"}
    for name in ("bold", "dim", "smul", "rev", "blink", "smso", "rmso", "rmul", "op", "smpch", "rmpch", "sitm", "invis"):
        if name in found:
            allowed.update(octets(found[name])[2:-1].split(b";"))
    if "setaf" in found:
        allowed.update(b"%d" % code for base in (30, 40) for code in range(base, base + 8))
    if "sgr" in found:
        allowed.update(octets(part) for part in re.findall(r"(?<=;)\d+", found["sgr"]))
    return allowed


def brightened(sent):
    """The pairs of colours of text that is bold and darker than its ground."""
    found, bold, fore, ground = set(), False, None, None
    lightness = [0, 2, 4, 6, 1, 3, 5, 7]
    for piece in re.split(rb"(\x1b\[[0-9;]*m)", sent):
        if not piece.startswith(b"\x1b[") or not piece.endswith(b"m"):
            text = SEQUENCE.sub(b"", piece).strip()
            if text and bold and None not in (fore, ground) and lightness[fore] < lightness[ground]:
                found.add((fore, ground))
            continue
        for code in [int(code or 0) for code in piece[2:-1].split(b";")]:
            bold = code == 1 or (bold and code not in (0, 22))
            fore = code - 30 if 30 <= code < 38 else None if code in (0, 39) else fore
            ground = code - 40 if 40 <= code < 48 else None if code in (0, 49) else ground
    return found


def main():
    terminal, path, also = sys.argv[1], sys.argv[2], sys.argv[3:]
    found = known(terminal)
    whole = re.compile(b"|".join([pattern(text) for text in found.values() if "%?" not in text] + [pattern(text) for text in also]))
    allowed = attributes(found)
    sent = open(path, "rb").read()
    sequences = {}
    for sequence in SEQUENCE.findall(sent):
        sequences[sequence] = sequences.get(sequence, 0) + 1
    wrong = set()
    pieces = set()
    for text in found.values():
        if "%?" not in text:
            pieces.update(SEQUENCE.findall(octets(re.sub(r"%i|%p\d%d", "", text))))
    for sequence in sequences:
        if sequence.startswith(b"\x1b[") and sequence.endswith(b"m"):
            if set(sequence[2:-1].split(b";")) <= allowed:
                continue
        elif sequence in b"\x0e\x0f\r\n\b" or sequence in pieces or whole.fullmatch(sequence):
            continue
        wrong.add(sequence)
    for sequence in sorted(wrong):
        print("not of %s: %r" % (terminal, sequence))
    signs = {sign for sign in SEQUENCE.sub(b"", sent).decode("utf-8", "replace") if ord(sign) > 126}
    # Where ASCII has control characters the code page has signs, which Python does not know as such.
    signs -= set("\u263a\u263b\u2665\u2666\u2663\u2660\u2022\u25d8\u25cb\u25d9\u2642\u2640\u266a\u266b\u263c\u25ba\u25c4\u2195\u203c\xb6\xa7\u25ac\u21a8\u2191\u2193\u2192\u2190\u221f\u2194\u25b2\u25bc\u2302")
    foreign = sorted(sign for sign in signs if not sign.encode("cp437", "ignore"))
    if foreign:
        print("not in the console's font: %s" % " ".join("%s U+%04X" % (sign, ord(sign)) for sign in foreign))
    hard = brightened(sent)
    for fore, ground in sorted(hard):
        print("bold, and so bright: colour %d on %d" % (fore, ground))
    print("%d bytes, %d sequences, %d signs" % (len(sent), len(sequences), len(signs)), file=sys.stderr)
    sys.exit(1 if wrong or foreign or hard or len(sequences) < 10 else 0)


main()
