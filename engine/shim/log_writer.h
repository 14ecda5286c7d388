/* Docker's json-file log: one JSON object a line, {"log":"text\n","stream":"stdout","time":"RFC3339Nano"}.
 *
 * A line of the container is one entry. One longer than 16 KiB is cut into entries of 16 KiB without "\n" (the last one
 * has it), the pieces but the last with the time of the first; what stands without a newline at the end of the output is an entry
 * without
 * "\n". A cut never parts a UTF-8 character. Bytes that are no UTF-8 become U+FFFD. Rotation: when the file has reached `max_size`
 * before an entry is written, path.1 becomes path.2 and so on, path becomes path.1, and at most `max_files` files are kept.
 * After shim_log_write returns, every complete line is in the file. Nothing is allocated while writing. A write that fails (a full
 * disk) loses those entries and is counted; the container is never held up by its log.
 */
#ifndef SLIPWAY_SHIM_LOG_WRITER_H
#define SLIPWAY_SHIM_LOG_WRITER_H

#include "base/error.h"
#include "shim/frame.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SHIM_LOG_LINE = 16 * 1024, SHIM_LOG_BATCH = SHIM_LOG_LINE * 6 + 8 * 1024 };

struct shim_log_line {
    char data[SHIM_LOG_LINE];
    size_t used;
    bool partial;       /* pieces of this line are in the log already */
    int64_t partial_at; /* time of the first piece */
};

struct shim_log {
    char *path; /* NULL: no log */
    int fd;
    long long max_size;
    int max_files;
    long long size; /* of the current file, with what waits in `batch` */
    long long lost; /* entries that could not be written */
    int64_t second; /* the second that `second_text` spells */
    char second_text[24];
    struct shim_log_line lines[SHIM_STREAMS];
    char batch[SHIM_LOG_BATCH];
    size_t batched;
    long long batched_entries;
};

int shim_log_open(struct shim_log *log, const char *path, long long max_size, int max_files, struct error *err);
void shim_log_write(struct shim_log *log, enum shim_stream stream, const char *data, size_t len);
void shim_log_end(struct shim_log *log, enum shim_stream stream); /* end of that stream: what is left is its last entry */
void shim_log_close(struct shim_log *log);

/* One entry as text, appended to `out` (room for 6 * len + 128 bytes); the length. For tests and for the writer. */
size_t shim_log_encode(struct shim_log *log, char *out, enum shim_stream stream, const char *data, size_t len, bool newline,
                       int64_t at);

#endif
