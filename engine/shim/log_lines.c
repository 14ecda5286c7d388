/* Cuts output into log entries; nothing is allocated and nothing is kept but the beginning of an unfinished line. */
#include "shim/log_lines.h"

#include "base/strings.h"

#include <string.h>
#include <sys/random.h>

static void name_line(struct shim_line *line)
{
    unsigned char bytes[(SHIM_LINE_ID - 1) / 2] = {0};
    if (getrandom(bytes, sizeof bytes, GRND_NONBLOCK) < 0)
        memcpy(bytes, &line->at, sizeof line->at); /* so early after boot the time is all there is */
    str_hex(bytes, sizeof bytes, line->id);
}

static void hand_over(struct shim_lines *lines, enum shim_stream stream, const char *data, size_t len, bool ends, int64_t at)
{
    struct shim_line *line = &lines->lines[stream];
    if (!ends && !line->pieces) {
        line->at = at;
        name_line(line);
    }
    bool whole = ends && !line->pieces;
    if (!whole)
        line->pieces++;
    const struct shim_piece piece = {.stream = stream,
                                     .data = data,
                                     .len = len,
                                     .at = ends ? at : line->at,
                                     .ends = ends,
                                     .number = whole ? 0 : line->pieces,
                                     .id = whole ? NULL : line->id};
    lines->take(lines->owner, &piece);
    if (ends)
        line->pieces = 0;
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

static void cut_long_line(struct shim_lines *lines, enum shim_stream stream, int64_t at)
{
    struct shim_line *line = &lines->lines[stream];
    size_t keep = lines->whole_characters ? unfinished_tail(line->data, line->used) : 0;
    hand_over(lines, stream, line->data, line->used - keep, false, at);
    memmove(line->data, line->data + line->used - keep, keep);
    line->used = keep;
}

void shim_lines_feed(struct shim_lines *lines, enum shim_stream stream, const char *data, size_t len, int64_t at)
{
    struct shim_line *line = &lines->lines[stream];
    while (len) {
        size_t take = SHIM_LOG_LINE - line->used;
        if (take > len)
            take = len;
        const char *end = memchr(data, '\n', take);
        size_t part = end ? (size_t)(end - data) : take, eaten = end ? part + 1 : take;
        if (end && !line->used) {
            hand_over(lines, stream, data, part, true, at);
        } else {
            memcpy(line->data + line->used, data, part);
            line->used += part;
            if (end) {
                hand_over(lines, stream, line->data, line->used, true, at);
                line->used = 0;
            } else if (line->used == SHIM_LOG_LINE) {
                cut_long_line(lines, stream, at);
            }
        }
        data += eaten;
        len -= eaten;
    }
}

void shim_lines_end(struct shim_lines *lines, enum shim_stream stream, int64_t at)
{
    struct shim_line *line = &lines->lines[stream];
    if (line->used)
        hand_over(lines, stream, line->data, line->used, false, at);
    line->used = 0;
    line->pieces = 0;
}
