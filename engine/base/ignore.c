/* A pattern is compiled to a row of parts, and a path runs through them with the set of parts that it may stand at: the time is the
 * product of both lengths, whatever stars there are. The set is a row of bits.
 */
#include "base/ignore.h"

#include "base/go_text.h"
#include "base/memory.h"
#include "base/strings.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_MOST = 65535 }; /* what Go's bufio.Scanner takes */

enum part_kind { PART_RUNE, PART_ANY, PART_RANGES, PART_STAR, PART_DIRECTORIES, PART_ALL };

struct range {
    uint32_t from, to;
};

struct part {
    enum part_kind kind;
    uint32_t rune;
    struct range *ranges; /* of [] */
    size_t range_count;
    bool negated;
};

struct pattern {
    char *text; /* clean, without "!" */
    bool exception;
    struct part *parts;
    size_t count;
};

struct ignore {
    struct pattern *patterns;
    size_t count;
    bool exceptions;
};

/* --- patterns */

/* Go's filepath.Clean: no double slashes, no ".", ".." taken away with the name before it. */
static char *clean(const char *path)
{
    bool rooted = *path == '/';
    cleanup_strv char **names = str_split(path, '/'), **kept = NULL;
    size_t count = 0;
    for (char **name = names; *name; name++) {
        bool up = str_equal(*name, "..");
        if (!**name || str_equal(*name, ".") || (up && rooted && !count))
            continue;
        if (up && count && !str_equal(kept[count - 1], "..")) {
            free(kept[--count]);
            kept[count] = NULL;
        } else {
            strv_add(&kept, *name);
            count++;
        }
    }
    cleanup_free char *joined = count ? strv_join(kept, "/") : NULL;
    return str_format("%s%s", rooted ? "/" : "", joined ? joined : rooted ? "" : ".");
}

static struct part *add_part(struct pattern *pattern, enum part_kind kind)
{
    pattern->parts = xrealloc(pattern->parts, (pattern->count + 1) * sizeof *pattern->parts);
    struct part *part = &pattern->parts[pattern->count++];
    *part = (struct part){.kind = kind};
    return part;
}

static uint32_t take_rune(const char **p)
{
    size_t size;
    *p += **p == '\\';
    uint32_t rune = go_rune(*p, &size);
    *p += size;
    return rune;
}

/* "[^a-z]", whose syntax has been checked. */
static const char *add_ranges(struct pattern *pattern, const char *p)
{
    struct part *part = add_part(pattern, PART_RANGES);
    part->negated = *++p == '^';
    p += part->negated;
    while (*p != ']') {
        struct range range;
        range.from = range.to = take_rune(&p);
        if (*p == '-') {
            p++;
            range.to = take_rune(&p);
        }
        part->ranges = xrealloc(part->ranges, (part->range_count + 1) * sizeof *part->ranges);
        part->ranges[part->range_count++] = range;
    }
    return p + 1;
}

/* `**` with the slash behind it is any number of directories, at the end it is everything. */
static const char *add_stars(struct pattern *pattern, const char *p)
{
    if (p[1] != '*') {
        add_part(pattern, PART_STAR);
        return p + 1;
    }
    p += p[2] == '/' ? 3 : 2;
    add_part(pattern, *p ? PART_DIRECTORIES : PART_ALL);
    return p;
}

static void compile(struct pattern *pattern)
{
    for (const char *p = pattern->text; *p;) {
        if (*p == '*')
            p = add_stars(pattern, p);
        else if (*p == '[')
            p = add_ranges(pattern, p);
        else if (*p == '?')
            p++, add_part(pattern, PART_ANY);
        else {
            uint32_t rune = take_rune(&p);
            add_part(pattern, PART_RUNE)->rune = rune;
        }
    }
}

int ignore_add(struct ignore *ignore, const char *text, struct error *err)
{
    cleanup_free char *trimmed = go_trim(text);
    bool exception = *trimmed == '!';
    cleanup_free char *name = go_trim(trimmed + exception);
    if (!*trimmed)
        return 0;
    if (!*name)
        return error_set(err, EINVAL, "illegal exclusion pattern: \"!\"");
    cleanup_free char *path = clean(name);
    const char *relative = path + (*path == '/' && path[1]);
    if (!go_pattern_valid(relative))
        return error_set(err, EINVAL, "syntax error in pattern");
    ignore->patterns = xrealloc(ignore->patterns, (ignore->count + 1) * sizeof *ignore->patterns);
    struct pattern *pattern = &ignore->patterns[ignore->count++];
    *pattern = (struct pattern){.text = xstrdup(relative), .exception = exception};
    compile(pattern);
    ignore->exceptions |= exception;
    return 0;
}

static int add_line(struct ignore *ignore, const char *line, size_t len, struct error *err)
{
    if (len > LINE_MOST)
        return error_set(err, EINVAL, "bufio.Scanner: token too long");
    if (*line == '#')
        return 0;
    cleanup_free char *text = go_valid(line, len);
    return ignore_add(ignore, text, err);
}

int ignore_parse(const char *text, size_t len, struct ignore **out, struct error *err)
{
    struct ignore *ignore = xcalloc(1, sizeof *ignore);
    size_t at = len >= 3 && !memcmp(text, "\xEF\xBB\xBF", 3) ? 3 : 0;
    while (at < len) {
        const char *line = text + at, *end = memchr(line, '\n', len - at);
        size_t size = end ? (size_t)(end - line) : len - at;
        int r = add_line(ignore, line, size, err);
        if (r < 0) {
            ignore_free(ignore);
            return r;
        }
        at += size + 1;
    }
    *out = ignore;
    return 0;
}

void ignore_free(struct ignore *ignore)
{
    for (size_t i = 0; ignore && i < ignore->count; i++) {
        struct pattern *pattern = &ignore->patterns[i];
        for (size_t j = 0; j < pattern->count; j++)
            free(pattern->parts[j].ranges);
        free(pattern->parts);
        free(pattern->text);
    }
    free(ignore ? ignore->patterns : NULL);
    free(ignore);
}

/* --- matching */

struct states {
    uint64_t *now, *next;
    size_t words;
};

static bool has(const uint64_t *set, size_t i) { return set[i / 64] >> (i % 64) & 1; }

/* Standing at a part that may be empty is standing behind it, too. */
static void enter(const struct pattern *pattern, uint64_t *set, size_t i)
{
    for (;; i++) {
        set[i / 64] |= (uint64_t)1 << (i % 64);
        if (i == pattern->count || pattern->parts[i].kind < PART_STAR)
            return;
    }
}

static bool in_ranges(const struct part *part, uint32_t rune)
{
    bool found = false;
    for (size_t i = 0; i < part->range_count; i++)
        found |= rune >= part->ranges[i].from && rune <= part->ranges[i].to;
    return found != part->negated;
}

/* From the i-th part by one character on. */
static void step(const struct pattern *pattern, struct states *states, size_t i, uint32_t rune)
{
    const struct part *part = &pattern->parts[i];
    uint64_t *next = states->next;
    switch (part->kind) {
    case PART_RUNE:
        if (part->rune == rune)
            enter(pattern, next, i + 1);
        return;
    case PART_ANY:
        if (rune != '/')
            enter(pattern, next, i + 1);
        return;
    case PART_RANGES:
        if (in_ranges(part, rune))
            enter(pattern, next, i + 1);
        return;
    case PART_STAR:
        if (rune != '/')
            enter(pattern, next, i);
        return;
    case PART_ALL:
        enter(pattern, next, i);
        return;
    case PART_DIRECTORIES: /* stays inside of a name without being behind it; a slash ends one directory */
        next[i / 64] |= (uint64_t)1 << (i % 64);
        if (rune == '/')
            enter(pattern, next, i + 1);
        return;
    }
}

/* Whether the path, or a directory above it, is what the pattern says. */
static bool pattern_matches(const struct pattern *pattern, const char *path)
{
    size_t words = pattern->count / 64 + 1;
    cleanup_free uint64_t *memory = xcalloc(2 * words, sizeof *memory);
    struct states states = {.now = memory, .next = memory + words, .words = words};
    enter(pattern, states.now, 0);
    for (size_t size; *path; path += size) {
        uint32_t rune = go_rune(path, &size);
        if (rune == '/' && has(states.now, pattern->count))
            return true;
        memset(states.next, 0, words * sizeof *states.next);
        for (size_t i = 0; i < pattern->count; i++)
            if (has(states.now, i))
                step(pattern, &states, i, rune);
        uint64_t *swap = states.now;
        states.now = states.next;
        states.next = swap;
    }
    return has(states.now, pattern->count);
}

bool ignore_matches(const struct ignore *ignore, const char *path)
{
    bool ignored = false;
    for (size_t i = 0; ignore && i < ignore->count; i++) {
        const struct pattern *pattern = &ignore->patterns[i];
        if (pattern->exception == ignored && pattern_matches(pattern, path))
            ignored = !pattern->exception;
    }
    return ignored;
}

bool ignore_skips(const struct ignore *ignore, const char *directory)
{
    size_t len = strlen(directory);
    if (!ignore || !ignore_matches(ignore, directory))
        return false;
    for (size_t i = 0; ignore->exceptions && i < ignore->count; i++) {
        const struct pattern *pattern = &ignore->patterns[i];
        if (pattern->exception && !strncmp(pattern->text, directory, len) && (!pattern->text[len] || pattern->text[len] == '/'))
            return false;
    }
    return true;
}
