/* Output cut into what a log takes as one entry: a line, or a piece of 16 KiB of a longer one. */
#ifndef SLIPWAY_SHIM_LOG_LINES_H
#define SLIPWAY_SHIM_LOG_LINES_H

#include "shim/frame.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SHIM_LOG_LINE = 16 * 1024, SHIM_LINE_ID = 65 };

struct shim_piece {
    enum shim_stream stream;
    const char *data;
    size_t len;      /* at most SHIM_LOG_LINE while the line goes on */
    int64_t at;      /* wall clock; the pieces of a line but the last have the time of the first */
    bool ends;       /* a newline stood behind it; it is not in `data` */
    unsigned number; /* 0: a whole line; else which piece of a longer line this is, from 1 */
    const char *id;  /* of the longer line: 64 hex digits; NULL for a whole line */
};

struct shim_line {
    char data[SHIM_LOG_LINE];
    size_t used;
    unsigned pieces; /* of this line, handed over already */
    int64_t at;      /* of the first piece */
    char id[SHIM_LINE_ID];
};

struct shim_lines {
    struct shim_line lines[SHIM_STREAMS];
    bool whole_characters; /* a cut never parts a UTF-8 character */
    void (*take)(void *owner, const struct shim_piece *piece);
    void *owner;
};

void shim_lines_feed(struct shim_lines *lines, enum shim_stream stream, const char *data, size_t len, int64_t at);
/* The end of the stream: what stands there without a newline is its last piece. */
void shim_lines_end(struct shim_lines *lines, enum shim_stream stream, int64_t at);

#endif
