/* Tar-splits written and read; see tar_split.h. Written by the unpacking process while it unpacks, so it must cost little: the
 * least compression, which still takes the zeros that a tar is padded with down to nothing. */
#include "image/tar_split.h"

#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <isa-l/crc64.h>
#include <isa-l/igzip_lib.h>
#include <nettle/base64.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

enum { TYPE_FILE = 1, TYPE_RAW = 2, RAW_MOST = 256 * 1024, LINE_MOST = 1 << 20, FLUSH_AT = 64 * 1024, OUT = 16 * 1024 };

uint64_t tar_crc(uint64_t crc, const void *bytes, size_t len) { return crc64_iso_refl(crc, bytes, len); }

struct tar_split {
    int fd;
    struct isal_zstream stream;
    struct buf raw;   /* not yet a line */
    struct buf lines; /* not yet compressed */
    int64_t position;
    bool broken;
};

struct tar_split *tar_split_new(int fd)
{
    struct tar_split *split = xcalloc(1, sizeof *split);
    split->fd = fd;
    isal_deflate_init(&split->stream);
    split->stream.gzip_flag = IGZIP_GZIP;
    return split;
}

/* `end`: nothing comes after this. */
static void flush_lines(struct tar_split *split, bool end)
{
    struct isal_zstream *stream = &split->stream;
    unsigned char out[OUT];
    stream->next_in = (unsigned char *)split->lines.data;
    stream->avail_in = (unsigned)split->lines.len;
    stream->end_of_stream = end;
    do {
        stream->next_out = out;
        stream->avail_out = sizeof out;
        split->broken =
            split->broken || isal_deflate(stream) != COMP_OK || write_full(split->fd, out, sizeof out - stream->avail_out) < 0;
    } while (!split->broken && (stream->avail_in > 0 || stream->avail_out == 0));
    buf_clear(&split->lines);
}

static void put_base64(struct buf *out, const void *bytes, size_t len)
{
    cleanup_free char *text = xmalloc(BASE64_ENCODE_RAW_LENGTH(len) + 1);
    base64_encode_raw(text, len, bytes);
    buf_add(out, text, BASE64_ENCODE_RAW_LENGTH(len));
}

static void end_line(struct tar_split *split)
{
    buf_printf(&split->lines, "\",\"position\":%" PRId64 "}\n", split->position++);
    if (split->lines.len > FLUSH_AT)
        flush_lines(split, false);
}

static void end_raw(struct tar_split *split)
{
    if (!split->raw.len)
        return;
    buf_printf(&split->lines, "{\"type\":%d,\"payload\":\"", TYPE_RAW);
    put_base64(&split->lines, split->raw.data, split->raw.len);
    end_line(split);
    buf_clear(&split->raw);
}

void tar_split_raw(struct tar_split *split, const void *bytes, size_t len)
{
    for (const char *p = bytes; len > 0;) {
        size_t now = len < RAW_MOST - split->raw.len ? len : RAW_MOST - split->raw.len;
        buf_add(&split->raw, p, now);
        p += now;
        len -= now;
        if (split->raw.len == RAW_MOST)
            end_raw(split);
    }
}

static bool is_utf8(const char *text)
{
    size_t left = strlen(text), len;
    for (; left && (len = utf8_sequence((const unsigned char *)text, left)); text += len, left -= len)
        ;
    return left == 0;
}

void tar_split_file(struct tar_split *split, const char *name, int64_t size, uint64_t crc)
{
    uint64_t sum = htobe64(crc);
    end_raw(split);
    if (is_utf8(name)) {
        buf_printf(&split->lines, "{\"type\":%d,\"name\":", TYPE_FILE);
        json_put_text(&split->lines, name, strlen(name));
    } else {
        buf_printf(&split->lines, "{\"type\":%d,\"name_raw\":\"", TYPE_FILE);
        put_base64(&split->lines, name, strlen(name));
        buf_putc(&split->lines, '"');
    }
    buf_printf(&split->lines, ",\"size\":%" PRId64 ",\"payload\":\"", size);
    put_base64(&split->lines, &sum, sizeof sum);
    end_line(split);
}

int tar_split_end(struct tar_split *split, struct error *err)
{
    end_raw(split);
    flush_lines(split, true);
    bool broken = split->broken;
    buf_free(&split->raw);
    buf_free(&split->lines);
    free(split);
    return broken ? error_set(err, EIO, "the record of the layer's tar cannot be written: %s", strerror(errno ? errno : EIO)) : 0;
}

struct tar_split_reader {
    gzFile file;
    char *line;
    json_t *doc;
    unsigned char *raw;
    char *name;
    int64_t position;
};

struct tar_split_reader *tar_split_open(int directory, const char *name, struct error *err)
{
    cleanup_close int fd = openat(directory, name, O_RDONLY | O_CLOEXEC);
    gzFile file = fd < 0 ? NULL : gzdopen(fd, "rb");
    if (!file) {
        error_errno(err, errno, "open %s", name);
        return NULL;
    }
    (void)move_fd(fd);
    gzbuffer(file, FLUSH_AT);
    struct tar_split_reader *reader = xcalloc(1, sizeof *reader);
    reader->file = file;
    reader->line = xmalloc(LINE_MOST);
    return reader;
}

void tar_split_close(struct tar_split_reader *reader)
{
    if (!reader)
        return;
    gzclose(reader->file);
    json_decref(reader->doc);
    free(reader->line);
    free(reader->raw);
    free(reader->name);
    free(reader);
}

/* NUL-terminated for convenience; false when it is no base64. */
static bool decode(const char *text, unsigned char **out, size_t *len)
{
    struct base64_decode_ctx ctx;
    size_t given = strlen(text);
    base64_decode_init(&ctx);
    *out = xmalloc(BASE64_DECODE_LENGTH(given) + 1);
    *len = BASE64_DECODE_LENGTH(given);
    if (!base64_decode_update(&ctx, len, *out, given, text) || !base64_decode_final(&ctx))
        return false;
    (*out)[*len] = 0;
    return true;
}

/* A line as tar_split_raw and tar_split_file write it, without the way through a JSON document: there are two for each file of a
 * layer. False for any other spelling, which the parser then reads. */
static bool understand_own(struct tar_split_reader *reader, struct tar_part *part)
{
    static const char raw[] = "{\"type\":2,\"payload\":\"", file[] = "{\"type\":1,\"name\":\"",
                      size_key[] = "\",\"size\":", payload_key[] = ",\"payload\":\"", position_key[] = "\",\"position\":";
    char *line = reader->line, *end = NULL, *payload = line + strlen(raw), *name = NULL;
    size_t len;
    *part = (struct tar_part){0};
    if (str_starts(line, file)) {
        name = line + strlen(file);
        end = strstr(name, size_key);
        if (!end || memchr(name, '\\', (size_t)(end - name)) || memchr(name, '"', (size_t)(end - name)))
            return false;
        part->size = strtoll(end + strlen(size_key), &payload, 10);
        if (!str_starts(payload, payload_key))
            return false;
        payload += strlen(payload_key);
    } else if (!str_starts(line, raw)) {
        return false;
    }
    char *after = strstr(payload, position_key);
    if (!after || after[strspn(after + strlen(position_key), "0123456789") + strlen(position_key)] != '}')
        return false;
    *after = 0;
    bool good = decode(payload, &reader->raw, &len) && (!name || (len == sizeof part->crc && part->size > 0 && end > name));
    *after = '"';
    if (!good)
        return false;
    if (!name) {
        *part = (struct tar_part){.size = (int64_t)len, .raw = reader->raw};
        return true;
    }
    part->name = reader->name = xstrndup(name, (size_t)(end - name));
    memcpy(&part->crc, reader->raw, sizeof part->crc);
    part->crc = be64toh(part->crc);
    return true;
}

static bool understand(struct tar_split_reader *reader, struct tar_part *part)
{
    size_t len, name_len;
    const char *name = json_str(reader->doc, "name", NULL), *name_raw = json_str(reader->doc, "name_raw", NULL);
    long long type = json_num(reader->doc, "type", 0);
    if (!decode(json_str(reader->doc, "payload", ""), &reader->raw, &len))
        return false;
    if (type == TYPE_RAW) {
        *part = (struct tar_part){.size = (int64_t)len, .raw = reader->raw};
        return true;
    }
    if (name_raw && !decode(name_raw, (unsigned char **)&reader->name, &name_len))
        return false;
    if (!name_raw)
        reader->name = xstrdup(str_or(name, ""));
    *part = (struct tar_part){.name = reader->name, .size = json_num(reader->doc, "size", 0)};
    if (len == sizeof part->crc) {
        memcpy(&part->crc, reader->raw, sizeof part->crc);
        part->crc = be64toh(part->crc);
    }
    return type == TYPE_FILE && *reader->name && part->size >= 0 && (part->size == 0 || len == sizeof part->crc);
}

int tar_split_next(struct tar_split_reader *reader, struct tar_part *part, struct error *err)
{
    int code;
    json_decref(move_ptr(reader->doc));
    free(move_ptr(reader->raw));
    free(move_ptr(reader->name));
    if (!gzgets(reader->file, reader->line, LINE_MOST)) {
        const char *why = gzerror(reader->file, &code);
        if (code == Z_ERRNO)
            return error_errno(err, errno, "read the record of the layer's tar");
        return code == Z_OK || code == Z_STREAM_END ? 0 : error_set(err, EBADMSG, "the record of the layer's tar: %s", why);
    }
    if (understand_own(reader, part)) {
        reader->position++;
        return 1;
    }
    free(move_ptr(reader->raw));
    reader->doc = json_parse(reader->line, strlen(reader->line), "the record of the layer's tar", err);
    if (!reader->doc)
        return -EBADMSG;
    if (!understand(reader, part))
        return error_set(err, EBADMSG, "the record of the layer's tar: line %" PRId64 " is none of a tar-split",
                         reader->position + 1);
    reader->position++;
    return 1;
}
