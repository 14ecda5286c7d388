/* The json-file log read back. Lines are {"log":"...","stream":"stdout","time":"..."}; an entry without a newline at its end is a
 * part of a longer line. */
#include "api/log_reader.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BLOCK = 64 * 1024, ROTATED_MOST = 100 };

struct log_reader {
    char *path;
    struct log_options options;
    int fd;      /* the file being read */
    int rotated; /* its number, 0 for the current one */
    ino_t inode;
    struct buf line; /* an incomplete line at the end of what was read */
    int watch;
};

static char *file_name(const struct log_reader *reader, int rotated)
{
    return rotated ? str_format("%s.%d", reader->path, rotated) : xstrdup(reader->path);
}

static bool open_file(struct log_reader *reader, int rotated)
{
    cleanup_free char *name = file_name(reader, rotated);
    struct stat status;
    fd_close(reader->fd);
    reader->fd = open(name, O_RDONLY | O_CLOEXEC);
    reader->rotated = rotated;
    if (reader->fd < 0 || fstat(reader->fd, &status) < 0)
        return false;
    reader->inode = status.st_ino;
    return true;
}

/* Offset of the line that begins the last `*wanted` lines of the file; counts down what it finds. */
static off_t tail_offset(int fd, long long *wanted)
{
    char block[8192];
    struct stat status;
    if (fstat(fd, &status) < 0)
        return 0;
    off_t end = status.st_size;
    bool at_end = true; /* the newline that ends the last line begins none */
    while (end > 0) {
        size_t count = end < (off_t)sizeof block ? (size_t)end : sizeof block;
        ssize_t got = pread(fd, block, count, end - (off_t)count);
        if (got <= 0)
            return 0;
        for (ssize_t i = got - 1; i >= 0; i--) {
            if (block[i] != '\n') {
                at_end = false;
                continue;
            }
            if (at_end) {
                at_end = false;
                continue;
            }
            if (--*wanted == 0)
                return end - (off_t)count + i + 1;
        }
        end -= (off_t)count;
    }
    if (status.st_size > 0)
        --*wanted;
    return 0;
}

/* From the newest file backwards until enough lines are found. */
static void seek_tail(struct log_reader *reader)
{
    long long wanted = reader->options.tail;
    for (int rotated = 0; rotated < ROTATED_MOST; rotated++) {
        if (!open_file(reader, rotated)) {
            if (rotated)
                open_file(reader, rotated - 1);
            return;
        }
        off_t offset = tail_offset(reader->fd, &wanted);
        if (wanted > 0)
            continue;
        lseek(reader->fd, offset, SEEK_SET);
        return;
    }
}

static void seek_oldest(struct log_reader *reader)
{
    int rotated = 0;
    while (rotated + 1 < ROTATED_MOST && open_file(reader, rotated + 1))
        rotated++;
    open_file(reader, rotated);
}

struct log_reader *log_reader_open(const char *path, const struct log_options *options)
{
    struct log_reader *reader = xcalloc(1, sizeof *reader);
    *reader = (struct log_reader){.path = xstrdup(path), .options = *options, .fd = -EBADF, .watch = -EBADF};
    if (options->tail > 0)
        seek_tail(reader);
    else if (options->tail < 0)
        seek_oldest(reader);
    else if (open_file(reader, 0))
        lseek(reader->fd, 0, SEEK_END);
    return reader;
}

void log_reader_close(struct log_reader *reader)
{
    fd_close(reader->fd);
    fd_close(reader->watch);
    buf_free(&reader->line);
    free(reader->path);
    free(reader);
}

/* Nine digits of fraction, so that the column lines up: what Docker prints for -t. */
static void put_time(struct buf *out, const char *time)
{
    size_t seconds = strcspn(time, ".Z");
    const char *fraction = time[seconds] == '.' ? time + seconds + 1 : "";
    size_t digits = strspn(fraction, "0123456789");
    buf_printf(out, "%.*s.%.*s%.*sZ ", (int)seconds, time, (int)digits, fraction, (int)(digits < 9 ? 9 - digits : 0), "000000000");
}

static void emit(const struct log_reader *reader, const json_t *entry, struct buf *out)
{
    const json_t *log = json_object_get(entry, "log");
    cleanup_buf struct buf text = BUF_INIT;
    if (reader->options.timestamps)
        put_time(&text, json_str(entry, "time", CLOCK_ZERO));
    if (reader->options.details)
        buf_putc(&text, ' ');
    buf_add(&text, json_string_value(log), json_string_length(log));
    if (reader->options.framed) {
        size_t len = text.len;
        const unsigned char head[8] = {str_equal(json_str(entry, "stream", ""), "stderr") ? 2 : 1,
                                       0,
                                       0,
                                       0,
                                       (unsigned char)(len >> 24),
                                       (unsigned char)(len >> 16),
                                       (unsigned char)(len >> 8),
                                       (unsigned char)len};
        buf_add(out, head, sizeof head);
    }
    buf_add(out, text.data ? text.data : "", text.len);
}

static void take_line(const struct log_reader *reader, const char *line, size_t len, struct buf *out, bool *past)
{
    cleanup_json json_t *entry = json_loadb(line, len, JSON_ALLOW_NUL, NULL);
    bool is_error = str_equal(json_str(entry, "stream", ""), "stderr");
    int64_t at = 0;
    if (!json_is_string(json_object_get(entry, "log")))
        return;
    if (reader->options.since_ns || reader->options.until_ns)
        clock_parse(json_str(entry, "time", CLOCK_ZERO), &at);
    if (reader->options.until_ns && at > reader->options.until_ns) {
        *past = true;
        return;
    }
    if (reader->options.since_ns && at < reader->options.since_ns)
        return;
    if (is_error ? reader->options.errors : reader->options.out)
        emit(reader, entry, out);
}

/* Whether the file that is being read has been renamed away meanwhile. */
static bool was_rotated(const struct log_reader *reader)
{
    struct stat status;
    return reader->rotated == 0 && stat(reader->path, &status) == 0 && status.st_ino != reader->inode;
}

static bool next_file(struct log_reader *reader)
{
    if (reader->fd < 0 && reader->rotated == 0)
        return open_file(reader, 0);
    if (reader->rotated > 0)
        return open_file(reader, reader->rotated - 1);
    return was_rotated(reader) && open_file(reader, 0);
}

bool log_reader_next(struct log_reader *reader, struct buf *out, bool *past)
{
    char *block = xmalloc(BLOCK);
    ssize_t got = reader->fd >= 0 ? read(reader->fd, block, BLOCK) : 0;
    while (got <= 0 && next_file(reader))
        got = read(reader->fd, block, BLOCK);
    if (got > 0)
        buf_add(&reader->line, block, (size_t)got);
    free(block);
    if (got <= 0)
        return false;
    size_t start = 0;
    for (char *newline; (newline = memchr(reader->line.data + start, '\n', reader->line.len - start));) {
        size_t end = (size_t)(newline - reader->line.data);
        take_line(reader, reader->line.data + start, end - start, out, past);
        start = end + 1;
    }
    buf_consume(&reader->line, start);
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
    if (reader->watch >= 0)
        inotify_add_watch(reader->watch, directory, IN_MODIFY | IN_CREATE | IN_MOVED_TO);
    return reader->watch;
}
