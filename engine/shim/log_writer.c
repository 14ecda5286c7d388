/* Writes the json-file log: cuts output into lines, encodes, batches, rotates. Relies on clock.h and json.h for texts. */
#include "shim/log_writer.h"

#include "base/clock.h"
#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NS 1000000000LL

static int file_open(const char *path, int extra, struct error *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | extra, 0640);
    return fd < 0 ? error_errno(err, errno, "open the log %s", path) : fd;
}

int shim_log_open(struct shim_log *log, const char *path, long long max_size, int max_files, struct error *err)
{
    log->fd = -EBADF;
    if (!path)
        return 0;
    int fd = file_open(path, 0, err);
    if (fd < 0)
        return fd;
    struct stat st;
    log->size = fstat(fd, &st) == 0 ? st.st_size : 0;
    log->path = xstrdup(path);
    log->fd = fd;
    log->max_size = max_size;
    log->max_files = max_files;
    log->second = INT64_MIN;
    return 0;
}

static void flush(struct shim_log *log)
{
    if (log->batched && (log->fd < 0 || write_full(log->fd, log->batch, log->batched) < 0))
        log->lost += log->batched_entries;
    log->batched = 0;
    log->batched_entries = 0;
}

static void shift_files(const struct shim_log *log)
{
    for (int i = log->max_files - 1; i >= 1; i--) {
        cleanup_free char *newer = i == 1 ? xstrdup(log->path) : str_format("%s.%d", log->path, i - 1);
        cleanup_free char *older = str_format("%s.%d", log->path, i);
        rename(newer, older);
    }
}

/* With a single file there is nothing to keep: it starts again from nothing, as Docker's does. */
static void rotate(struct shim_log *log)
{
    flush(log);
    log->fd = fd_close(log->fd);
    shift_files(log);
    log->fd = file_open(log->path, O_TRUNC, NULL);
    log->size = 0;
}

/* \uXXXX for what encoding/json of Go escapes beyond the control characters, so that files compare equal with Docker's. */
static char *put_escape(char *out, unsigned code)
{
    static const char digits[] = "0123456789abcdef";
    *out++ = '\\';
    *out++ = 'u';
    for (int shift = 12; shift >= 0; shift -= 4)
        *out++ = digits[code >> shift & 15];
    return out;
}

static char *put_ascii(char *out, unsigned char c)
{
    static const char short_form[128] = {['\n'] = 'n', ['\r'] = 'r', ['"'] = '"', ['\\'] = '\\'};
    if (!short_form[c])
        return put_escape(out, c);
    *out++ = '\\';
    *out++ = short_form[c];
    return out;
}

static bool is_plain(unsigned char c) { return c >= 0x20 && c < 0x80 && c != '"' && c != '\\' && c != '<' && c != '>' && c != '&'; }

static char *put_text(char *out, const char *data, size_t len)
{
    for (size_t i = 0; i < len;) {
        size_t run = 0;
        while (i + run < len && is_plain((unsigned char)data[i + run]))
            run++;
        memcpy(out, data + i, run);
        out += run;
        i += run;
        if (i == len)
            break;
        const unsigned char *p = (const unsigned char *)data + i;
        size_t n = *p < 0x80 ? 1 : utf8_sequence(p, len - i);
        bool separator = n == 3 && p[0] == 0xe2 && p[1] == 0x80 && (p[2] == 0xa8 || p[2] == 0xa9);
        if (n == 0) {
            out = put_escape(out, 0xfffd);
            n = 1;
        } else if (separator) {
            out = put_escape(out, 0x2000 | (p[2] & 0x3f));
        } else if (n == 1) {
            out = put_ascii(out, *p);
        } else {
            memcpy(out, p, n);
            out += n;
        }
        i += n;
    }
    return out;
}

/* clock_rfc3339 with the text of the second kept: most lines of a busy container fall into the same one. */
static char *put_time(struct shim_log *log, char *out, int64_t at)
{
    int64_t second = at / NS;
    if (second != log->second) {
        char text[CLOCK_TEXT];
        clock_rfc3339(second * NS, text);
        memcpy(log->second_text, text, 20);
        log->second = second;
    }
    memcpy(out, log->second_text, 19);
    out += 19;
    long fraction = (long)(at % NS);
    if (fraction) {
        *out++ = '.';
        for (long unit = NS / 10; unit && fraction; fraction %= unit, unit /= 10)
            *out++ = (char)('0' + fraction / unit);
    }
    *out++ = 'Z';
    return out;
}

#define PUT(out, literal) (memcpy(out, literal, sizeof(literal) - 1), (out) + sizeof(literal) - 1)

size_t shim_log_encode(struct shim_log *log, char *out, enum shim_stream stream, const char *data, size_t len, bool newline,
                       int64_t at)
{
    char *p = PUT(out, "{\"log\":\"");
    p = put_text(p, data, len);
    if (newline)
        p = PUT(p, "\\n");
    p = stream == SHIM_STDOUT ? PUT(p, "\",\"stream\":\"stdout\",\"time\":\"") : PUT(p, "\",\"stream\":\"stderr\",\"time\":\"");
    p = put_time(log, p, at);
    p = PUT(p, "\"}\n");
    return (size_t)(p - out);
}

static void entry(struct shim_log *log, enum shim_stream stream, const char *data, size_t len, bool newline)
{
    struct shim_log_line *line = &log->lines[stream];
    if (log->max_size > 0 && log->size >= log->max_size)
        rotate(log);
    if (SHIM_LOG_BATCH - log->batched < len * 6 + 128)
        flush(log);
    int64_t at = clock_wall_ns();
    if (!newline && !line->partial)
        line->partial_at = at;
    size_t size = shim_log_encode(log, log->batch + log->batched, stream, data, len, newline, newline ? at : line->partial_at);
    line->partial = !newline;
    log->batched += size;
    log->size += (long long)size;
    log->batched_entries++;
}

/* How many bytes at the end begin a character whose rest has not come yet. */
static size_t unfinished_tail(const char *data, size_t len)
{
    for (size_t back = 1; back <= 3 && back <= len; back++) {
        unsigned char c = (unsigned char)data[len - back];
        if ((c & 0xc0) == 0x80)
            continue;
        size_t need = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : c >= 0xc0 ? 2 : 1;
        return need > back ? back : 0;
    }
    return 0;
}

static void cut_long_line(struct shim_log *log, enum shim_stream stream)
{
    struct shim_log_line *line = &log->lines[stream];
    size_t keep = unfinished_tail(line->data, line->used);
    entry(log, stream, line->data, line->used - keep, false);
    memmove(line->data, line->data + line->used - keep, keep);
    line->used = keep;
}

void shim_log_write(struct shim_log *log, enum shim_stream stream, const char *data, size_t len)
{
    if (!log->path)
        return;
    struct shim_log_line *line = &log->lines[stream];
    while (len) {
        size_t take = SHIM_LOG_LINE - line->used;
        if (take > len)
            take = len;
        const char *end = memchr(data, '\n', take);
        size_t part = end ? (size_t)(end - data) : take, eaten = end ? part + 1 : take;
        if (end && !line->used) {
            entry(log, stream, data, part, true);
        } else {
            memcpy(line->data + line->used, data, part);
            line->used += part;
            if (end) {
                entry(log, stream, line->data, line->used, true);
                line->used = 0;
            } else if (line->used == SHIM_LOG_LINE) {
                cut_long_line(log, stream);
            }
        }
        data += eaten;
        len -= eaten;
    }
    flush(log);
}

void shim_log_end(struct shim_log *log, enum shim_stream stream)
{
    struct shim_log_line *line = &log->lines[stream];
    if (log->path && line->used) {
        entry(log, stream, line->data, line->used, false);
        flush(log);
    }
    line->used = 0;
    line->partial = false;
}

void shim_log_close(struct shim_log *log)
{
    if (!log->path)
        return;
    shim_log_end(log, SHIM_STDOUT);
    shim_log_end(log, SHIM_STDERR);
    log->fd = fd_close(log->fd);
    free(log->path);
    log->path = NULL;
}
