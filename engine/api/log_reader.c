/* Walks over the entries of a log: where to begin (log_tail.c finds the last lines), what is wanted, how it is printed. Files and
 * formats are the business of log_files.c and log_decode.c. */
#include "api/log_reader.h"

#include "api/log_decode.h"
#include "api/log_files.h"
#include "api/log_tail.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/memory.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BLOCK = 64 * 1024 };

struct log_reader {
    char *path;
    struct log_options options;
    struct log_file file;
    char *data; /* what was read and not taken apart yet: [start, end) */
    size_t start, end, room;
    bool skipping;                   /* a line without an end, too long to be an entry */
    struct log_file last;            /* without following: where the log ended at the opening */
    off_t last_size, offset;         /* `offset` of the file being read */
    int64_t opened_ns, not_after_ns; /* 0: no bound beside `until` */
    int watch;
};

struct log_reader *log_reader_open(const char *path, const struct log_options *options)
{
    struct log_reader *reader = xcalloc(1, sizeof *reader);
    struct stat status;
    *reader = (struct log_reader){.path = xstrdup(path),
                                  .options = *options,
                                  .file = LOG_FILE_NONE,
                                  .last = LOG_FILE_NONE,
                                  .watch = -EBADF,
                                  .opened_ns = clock_wall_ns()};
    if (!options->follow && log_file_open(path, 0, &reader->last) && fstat(reader->last.fd, &status) == 0)
        reader->last_size = status.st_size;
    reader->offset = log_tail_seek(path, options->local, options->tail, &reader->file);
    return reader;
}

void log_reader_close(struct log_reader *reader)
{
    log_file_close(&reader->file);
    log_file_close(&reader->last);
    fd_close(reader->watch);
    free(reader->data);
    free(reader->path);
    free(reader);
}

/* Printing */

/* Nine digits of fraction, so that the column lines up: what Docker prints for -t. */
static void put_time(struct buf *out, const struct log_entry *entry)
{
    char spelled[CLOCK_TEXT];
    const char *time = entry->time, *end = time + entry->time_len;
    if (!time) {
        clock_rfc3339(entry->at, spelled);
        time = spelled;
        end = spelled + strlen(spelled);
    }
    const char *fraction = memchr(time, '.', (size_t)(end - time)), *seconds = fraction ? fraction : end - (end > time);
    char digits[] = "000000000";
    for (size_t i = 0; fraction && i < 9 && fraction + 1 + i < end && isdigit((unsigned char)fraction[1 + i]); i++)
        digits[i] = fraction[1 + i];
    buf_add(out, time, (size_t)(seconds - time));
    buf_putc(out, '.');
    buf_add(out, digits, 9);
    buf_puts(out, "Z ");
}

/* As Go's url.QueryEscape. */
static void put_escaped(struct buf *out, const char *text)
{
    for (; *text; text++) {
        if (isalnum((unsigned char)*text) || strchr("-_.~", *text))
            buf_putc(out, *text);
        else if (*text == ' ')
            buf_putc(out, '+');
        else
            buf_printf(out, "%%%02X", (unsigned char)*text);
    }
}

/* "a=1,b=2 ", by name; the space is there without attributes too. */
static void put_details(struct buf *out, const struct log_entry *entry)
{
    cleanup_json json_t *doc = entry->attrs ? json_loadb(entry->attrs, entry->attrs_len, 0, NULL) : NULL;
    cleanup_free char *sorted = doc ? json_dumps(doc, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    cleanup_json json_t *attrs = sorted ? json_loads(sorted, 0, NULL) : NULL;
    const char *key, *between = "";
    json_t *value;
    json_object_foreach(attrs, key, value)
    {
        buf_puts(out, between);
        put_escaped(out, key);
        buf_putc(out, '=');
        put_escaped(out, json_is_string(value) ? json_string_value(value) : "");
        between = ",";
    }
    buf_putc(out, ' ');
}

static void emit(const struct log_reader *reader, const struct log_entry *entry, struct buf *out)
{
    size_t head = out->len;
    if (reader->options.framed)
        buf_add(out, entry->errors ? "\2\0\0\0\0\0\0" : "\1\0\0\0\0\0\0", 8);
    if (reader->options.timestamps)
        put_time(out, entry);
    if (reader->options.details)
        put_details(out, entry);
    log_entry_text(entry, out);
    if (!reader->options.framed)
        return;
    size_t len = out->len - head - 8;
    for (int i = 0; i < 4; i++)
        out->data[head + 4 + (size_t)i] = (char)(len >> (24 - 8 * i));
}

static void take_entry(const struct log_reader *reader, const struct log_entry *entry, struct buf *out, bool *past)
{
    const struct log_options *options = &reader->options;
    if (options->since_ns || options->until_ns || reader->not_after_ns) {
        int64_t at = log_entry_ns(entry);
        if ((options->until_ns && at > options->until_ns) || (reader->not_after_ns && at > reader->not_after_ns)) {
            *past = true;
            return;
        }
        if (options->since_ns && at < options->since_ns)
            return;
    }
    if (entry->errors ? options->errors : options->out)
        emit(reader, entry, out);
}

/* Reading */

static void take_entries(struct log_reader *reader, struct buf *out, bool *past)
{
    while (reader->start < reader->end && !*past) {
        struct log_entry entry;
        const char *at = reader->data + reader->start;
        size_t left = reader->end - reader->start;
        if (reader->skipping) {
            const char *newline = memchr(at, '\n', left);
            reader->start += newline ? (size_t)(newline - at) + 1 : left;
            reader->skipping = !newline;
            continue;
        }
        ssize_t used = reader->options.local ? log_decode_local(at, left, &entry) : log_decode_json(at, left, &entry);
        if (used == 0)
            return;
        if (used > 0)
            take_entry(reader, &entry, out, past);
        log_entry_clear(&entry);
        reader->start += (size_t)(used > 0 ? used : -used);
    }
}

static void make_room(struct log_reader *reader)
{
    size_t kept = reader->end - reader->start;
    if (kept > LOG_ENTRY_MOST + BLOCK) { /* no entry is as long */
        reader->skipping = !reader->options.local;
        kept = 0;
    }
    if (kept)
        memmove(reader->data, reader->data + reader->start, kept);
    reader->start = 0;
    reader->end = kept;
    if (reader->room < kept + BLOCK) {
        reader->room = kept + BLOCK + (kept ? kept : 0);
        reader->data = xrealloc(reader->data, reader->room);
    }
}

/* How much of the file may be read: without following, not what came after the opening. */
static size_t limit(const struct log_reader *reader)
{
    bool last =
        !reader->options.follow && reader->last.fd >= 0 && reader->file.packed < 0 && reader->file.inode == reader->last.inode;
    if (!last)
        return BLOCK;
    off_t left = reader->last_size - reader->offset;
    return left <= 0 ? 0 : left < BLOCK ? (size_t)left : BLOCK;
}

static ssize_t read_more(struct log_reader *reader)
{
    size_t most = reader->file.fd < 0 ? 0 : limit(reader);
    make_room(reader);
    ssize_t got = most ? pread(reader->file.fd, reader->data + reader->end, most, reader->offset) : 0;
    if (got > 0) {
        reader->end += (size_t)got;
        reader->offset += got;
    }
    return got;
}

static bool at_opening_end(const struct log_reader *reader)
{
    return !reader->options.follow && (reader->last.fd < 0 || (reader->file.fd >= 0 && limit(reader) == 0));
}

/* The file is read to its end: on to the next one, if it is one that has another behind it. */
static bool next_file(struct log_reader *reader)
{
    bool lost = false;
    if (!log_file_advance(reader->path, &reader->file, &lost))
        return false;
    if (lost && !reader->options.follow)
        reader->not_after_ns = reader->opened_ns; /* its end may be gone too */
    reader->offset = 0;
    reader->start = reader->end = 0; /* half an entry at the end of a file has no other half */
    reader->skipping = false;
    return true;
}

bool log_reader_next(struct log_reader *reader, struct buf *out, bool *past)
{
    ssize_t got = read_more(reader);
    while (got <= 0) {
        if (at_opening_end(reader) || log_file_place(reader->path, &reader->file) == LOG_CURRENT)
            return false;
        got = read_more(reader); /* what was written between the last look and the rotation */
        if (got <= 0 && !next_file(reader))
            return false;
        if (got <= 0)
            got = read_more(reader);
    }
    take_entries(reader, out, past);
    return true;
}

int log_reader_watch(struct log_reader *reader)
{
    if (reader->watch >= 0)
        return reader->watch;
    reader->watch = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    cleanup_free char *directory = xstrdup(reader->path);
    char *slash = strrchr(directory, '/');
    if (slash)
        *slash = '\0';
    if (reader->watch >= 0 && inotify_add_watch(reader->watch, directory, IN_MODIFY | IN_CREATE | IN_MOVED_TO) < 0)
        reader->watch = fd_close(reader->watch);
    return reader->watch;
}
