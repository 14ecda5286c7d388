#!/usr/bin/env python3
"""efficiency.py SAVED.tar: the efficiency of an image as dive defines it, worked out from the layers of a saved archive alone: another
way to the figure that the engine gives from its directories."""
import json
import sys
import tarfile


def leaves(layer):
    """Paths of a layer below which it has nothing: {path: (size, is a directory)}."""
    tree, inner = {}, set()
    for member in layer:
        name = member.name.removeprefix("./").strip("/")
        if name not in ("", "."):
            tree[name] = (member.size if member.isreg() else 0, member.isdir())
    for name in tree:
        while "/" in name:
            name = name.rsplit("/", 1)[0]
            inner.add(name)
    return tree, [name for name in tree if name not in inner]


def hidden_by(name):
    """The path that a whiteout hides, "" for the mark of an opaque directory, None for anything else."""
    parent, base = name.rsplit("/", 1) if "/" in name else ("", name)
    if not base.startswith(".wh."):
        return None
    return "" if base.startswith(".wh..wh.") else (parent + "/" if parent else "") + base[len(".wh."):]


def main():
    paths, stack = {}, {}
    with tarfile.open(sys.argv[1]) as archive:
        for layer_name in json.load(archive.extractfile("manifest.json"))[0]["Layers"]:
            with tarfile.open(fileobj=archive.extractfile(layer_name)) as layer:
                tree, ends = leaves(layer)
            for name in ends:
                gone = hidden_by(name)
                if gone == "":
                    continue
                size = tree[name][0]
                if gone and stack.get(gone, (0, False))[1]:
                    size = sum(stack[other][0] for other in stack if other.startswith(gone + "/"))
                least, total = paths.get(gone or name, (size, 0))
                paths[gone or name] = (min(least, size), total + size)
            for name in tree:
                gone = hidden_by(name)
                if gone:
                    for other in [other for other in stack if other == gone or other.startswith(gone + "/")]:
                        del stack[other]
                elif gone is None:
                    stack[name] = tree[name]
    stored = sum(total for _, total in paths.values())
    print("%.9f" % (sum(least for least, _ in paths.values()) / stored if stored else 1))


main()
