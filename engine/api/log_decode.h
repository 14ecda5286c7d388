/* Entries of log files taken apart: json-file's lines and the frames of "local" (shim/log_entry.h describes both). Nothing here
 * trusts what it reads: a file may be cut, damaged, or written by somebody else. */
#ifndef SLIPWAY_API_LOG_DECODE_H
#define SLIPWAY_API_LOG_DECODE_H

#include "base/strings.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum { LOG_ENTRY_MOST = 2 * 1024 * 1024 };

struct log_entry {
    const char *text; /* borrowed; as it stands in the file */
    size_t len;
    bool escaped;     /* `text` is the inside of a JSON string with escapes in it */
    bool newline;     /* to be printed behind it (local; json-file has it in the text) */
    bool errors;      /* from stderr */
    const char *time; /* json-file: RFC 3339, not terminated; NULL: `at` holds it */
    size_t time_len;
    int64_t at;
    const char *attrs; /* a JSON object, not terminated, or NULL */
    size_t attrs_len;
    char *owned; /* what `text` points into when it had to be decoded; log_entry_clear frees it */
};

/* One entry from the front of `data`. The bytes that it takes there; 0: it is not complete; negative: what stands there is no
 * entry, and -n bytes are to be skipped (json-file: a bad line; local: everything). */
ssize_t log_decode_json(const char *data, size_t len, struct log_entry *entry);
ssize_t log_decode_local(const char *data, size_t len, struct log_entry *entry);
void log_entry_clear(struct log_entry *entry);

int64_t log_entry_ns(const struct log_entry *entry);
/* The text, without its escapes, appended to `out`. */
void log_entry_text(const struct log_entry *entry, struct buf *out);

#endif
