/* The two formats of a log file, one entry at a time.
 *
 * json-file: {"log":"text\n","stream":"stdout","attrs":{...},"time":"RFC3339Nano"} and a newline. Bytes that are no UTF-8 become
 * U+FFFD; what encoding/json of Go escapes is escaped, so that files compare equal with Docker's.
 *
 * local: the entry's length in four bytes big-endian, the entry, the length again, so that a file can be read backwards. The
 * entry is a protocol buffer: 1 source "stdout" (string), 2 time in ns (varint), 3 line without its newline (bytes), 4 partial
 * (bool), 5 {1 last (bool), 2 id (string), 3 number from 1 (int32)} of a piece of a longer line. Every byte is kept.
 */
#ifndef SLIPWAY_SHIM_LOG_ENTRY_H
#define SLIPWAY_SHIM_LOG_ENTRY_H

#include "shim/log_lines.h"

enum { SHIM_ENTRY_HEAD = 256 }; /* an entry's bytes beside its text and its attributes, at most */

/* What consecutive entries share: the second spelled out, and the attributes of all lines of a container. */
struct shim_stamp {
    int64_t second, at; /* set both to INT64_MIN */
    char text[40];      /* `at` in RFC 3339 */
    size_t len;
    const char *attrs; /* a JSON object, or NULL */
    size_t attrs_len;
};

/* Both append to `out` and give the length: at most 6 * len + attrs_len + SHIM_ENTRY_HEAD, and len + SHIM_ENTRY_HEAD. */
size_t shim_entry_json(struct shim_stamp *stamp, char *out, const struct shim_piece *piece);
size_t shim_entry_local(char *out, const struct shim_piece *piece);

#endif
