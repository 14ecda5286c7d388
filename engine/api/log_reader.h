/* Reading a container's log: the last lines, a time window, and following it as it grows and rotates. */
#ifndef SLIPWAY_API_LOG_READER_H
#define SLIPWAY_API_LOG_READER_H

#include "base/strings.h"

#include <stdbool.h>
#include <stdint.h>

struct log_options {
    bool out, errors, timestamps, details;
    bool framed;                /* 8-byte heads, for containers without a terminal */
    bool local;                 /* the format of the driver "local"; else json-file's */
    bool follow;                /* else reading ends with what is there at the opening */
    long long tail;             /* -1: everything */
    int64_t since_ns, until_ns; /* 0: no bound */
};

struct log_reader;

/* `path` is the current file; older ones are path.1, path.2 ..., compressed ones path.1.gz ... A missing log reads as an empty one.
 */
struct log_reader *log_reader_open(const char *path, const struct log_options *options);
void log_reader_close(struct log_reader *reader);

/* Add what is there to `out`: the entries of at most 64 KiB of the log a call. False when nothing was left to read. `*past` is set
 * once an entry is later than until_ns. */
bool log_reader_next(struct log_reader *reader, struct buf *out, bool *past);

/* A descriptor that becomes readable when the log grows or rotates (inotify); made on first use. Negative when the system has no
 * more of them: look again from time to time. */
int log_reader_watch(struct log_reader *reader);

#endif
