/* The log of one container: its output, cut into entries, in a file that rotates, and to a log service.
 *
 * A line of the container is one entry. One longer than 16 KiB is cut into entries of 16 KiB without "\n" (the last one
 * has it), the pieces but the last with the time of the first; what stands without a newline at the end of the output is an entry
 * without "\n". Formats: shim/log_entry.h. Rotation: when the file has reached `max_size` before an entry is written, path.1
 * becomes path.2 and so on, path becomes path.1, and at most `max_files` files are kept.
 *
 * After shim_log_write returns, every complete line is in the file. Nothing is allocated while writing. A write that fails (a full
 * disk) leaves no torn entry: those entries are lost and counted, and the log says how many as soon as it can be written again; the
 * container is never held up by its file. It is held up by a log service that takes nothing, unless `non_blocking`:
 * then what it does not take is lost, and counted.
 */
#ifndef SLIPWAY_SHIM_LOG_WRITER_H
#define SLIPWAY_SHIM_LOG_WRITER_H

#include "base/error.h"
#include "shim/log_entry.h"
#include "shim/log_lines.h"
#include "shim/log_rotate.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    SHIM_LOG_ATTRS = 64 * 1024, /* the longest attributes, as JSON */
    SHIM_LOG_BATCH = 6 * SHIM_LOG_LINE + SHIM_LOG_ATTRS + SHIM_ENTRY_HEAD
};

struct shim_log_options {
    const char *path;   /* NULL: no file */
    bool local;         /* Docker's "local" format instead of json-file's */
    bool compress;      /* rotated files */
    long long max_size; /* bytes; 0: no rotation */
    int max_files;
    /* {"attrs":{name:text}, "service":{...}} (see shim/log_service.h), each may be missing; NULL: neither. Borrowed. */
    const json_t *more;
};

struct shim_service;

struct shim_log {
    char *path; /* NULL: no file */
    int fd;
    bool local;
    long long max_size;
    long long size;    /* of the current file, with what waits in `batch` */
    long long written; /* of that in the file */
    long long lost;    /* entries that could not be written, in all */
    long long untold;  /* of these, what the log does not say yet */
    int lost_why;      /* errno */
    struct shim_rotation rotation;
    struct shim_stamp stamp;
    char *attrs;
    struct shim_lines lines;
    struct shim_service *service; /* NULL: none */
    char batch[SHIM_LOG_BATCH];
    size_t batched;
    long long batched_entries;
};

int shim_log_open(struct shim_log *log, const struct shim_log_options *options, struct error *err);
bool shim_log_wanted(const struct shim_log *log); /* there is a file or a service */
void shim_log_write(struct shim_log *log, enum shim_stream stream, const char *data, size_t len);
void shim_log_end(struct shim_log *log, enum shim_stream stream); /* end of that stream: what is left is its last entry */
/* What the service has not taken yet is waited for, some seconds at most. */
void shim_log_close(struct shim_log *log);

/* A child of ours has ended; whether it was the log's. */
bool shim_log_reaped(struct shim_log *log, pid_t pid, int status);

/* Whether output may be read now. When not, `resume(owner)` is called as soon as it may. */
bool shim_log_ready(struct shim_log *log);
void shim_log_on_ready(struct shim_log *log, void (*resume)(void *owner), void *owner);

#endif
