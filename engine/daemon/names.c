/* Names of containers: which are allowed, and the ones we make up: a mood and somebody who moved computing forward. */
#include "base/digest.h"
#include "base/memory.h"
#include "base/strings.h"
#include "daemon/instance.h"

#include <ctype.h>

static const char *const moods[] = {
    "agile",  "amber",  "ample",    "artful",  "balmy",   "bold",    "brave",    "breezy", "bright",   "brisk",   "buoyant",
    "calm",   "candid", "cheery",   "civil",   "clear",   "clever",  "coastal",  "copper", "cosy",     "crisp",   "curious",
    "daring", "deft",   "diligent", "eager",   "earnest", "easy",    "exact",    "fair",   "fearless", "fleet",   "fluent",
    "frank",  "fresh",  "gallant",  "gentle",  "glad",    "golden",  "graceful", "handy",  "hardy",    "hearty",  "honest",
    "humble", "jolly",  "keen",     "kind",    "lively",  "loyal",   "lucid",    "mellow", "merry",    "mindful", "modest",
    "neat",   "nimble", "noble",    "patient", "placid",  "plucky",  "polite",   "prompt", "proud",    "quick",   "quiet",
    "ready",  "robust", "rustic",   "sailing", "serene",  "silver",  "sincere",  "smooth", "snug",     "solid",   "spry",
    "stable", "steady", "sunny",    "supple",  "swift",   "tactful", "tidal",    "tidy",   "tranquil", "trusty",  "upbeat",
    "vivid",  "warm",   "willing",  "witty",   "zesty",
};

static const char *const people[] = {
    "aiken",     "allen",      "babbage",   "bachman",  "backus",   "bartik",   "bell",     "boole",    "borg",      "brooks",
    "cerf",      "church",     "clarke",    "codd",     "conway",   "cray",     "dahl",     "dijkstra", "easley",    "eckert",
    "engelbart", "estrin",     "floyd",     "goldberg", "gosling",  "gray",     "hamilton", "hamming",  "hoare",     "holberton",
    "hopper",    "huffman",    "iverson",   "jacobson", "johnson",  "joy",      "kahn",     "kay",      "kernighan", "kilburn",
    "kleene",    "knuth",      "lamarr",    "lamport",  "liskov",   "lovelace", "mauchly",  "mccarthy", "mcilroy",   "meitner",
    "metcalfe",  "milner",     "minsky",    "moore",    "naur",     "neumann",  "noether",  "nygaard",  "perlis",    "perlman",
    "pike",      "postel",     "rabin",     "ritchie",  "rivest",   "sammet",   "scott",    "shannon",  "snyder",    "stallman",
    "stearns",   "sutherland", "tanenbaum", "tarjan",   "thompson", "torvalds", "turing",   "valiant",  "wall",      "wilkes",
    "wing",      "wirth",      "yao",       "zuse",
};

char *name_generate(int attempt)
{
    unsigned draw[2];
    random_bytes(draw, sizeof draw);
    const char *mood = moods[draw[0] % ARRAY_LEN(moods)], *person = people[draw[1] % ARRAY_LEN(people)];
    return attempt ? str_format("%s_%s%d", mood, person, attempt) : str_format("%s_%s", mood, person);
}

bool name_valid(const char *name)
{
    if (!isalnum((unsigned char)name[0]) || !name[1])
        return false;
    for (const char *c = name; *c; c++)
        if (!isalnum((unsigned char)*c) && *c != '_' && *c != '.' && *c != '-')
            return false;
    return true;
}
