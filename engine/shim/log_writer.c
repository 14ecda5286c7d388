/* Keeps a container's log: encodes entries into a batch, writes batches, rotates. Formats and cutting are in files of their own. */
#include "shim/log_writer.h"

#include "base/clock.h"
#include "base/files.h"
#include "base/memory.h"
#include "base/strings.h"
#include "shim/log_repair.h"
#include "shim/log_service.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void take(void *owner, const struct shim_piece *piece);

static int file_open(const char *path, struct error *err)
{
    int fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0640);
    return fd < 0 ? error_errno(err, errno, "open the log %s", path) : fd;
}

static int set_attrs(struct shim_log *log, const json_t *attrs, struct error *err)
{
    if (!json_object_size(attrs))
        return 0;
    log->attrs = json_dumps(attrs, JSON_COMPACT | JSON_SORT_KEYS);
    size_t len = log->attrs ? strlen(log->attrs) : 0;
    if (!len || len > SHIM_LOG_ATTRS)
        return error_set(err, E2BIG, "the log attributes (labels, env, tag) take %zu bytes: %d are the most", len, SHIM_LOG_ATTRS);
    log->stamp.attrs = log->attrs;
    log->stamp.attrs_len = len;
    return 0;
}

static int open_file(struct shim_log *log, const struct shim_log_options *options, struct error *err)
{
    struct stat status;
    int fd = file_open(options->path, err);
    if (fd < 0)
        return fd;
    shim_log_repair(fd, options->local);
    log->fd = fd;
    log->written = log->size = fstat(fd, &status) == 0 ? status.st_size : 0;
    log->path = xstrdup(options->path);
    log->max_size = options->max_size;
    log->rotation = (struct shim_rotation){
        .path = log->path, .max_files = options->max_files, .compress = options->compress && options->max_files > 1};
    shim_rotation_begin(&log->rotation);
    return 0;
}

int shim_log_open(struct shim_log *log, const struct shim_log_options *options, struct error *err)
{
    log->fd = -EBADF;
    log->local = options->local;
    log->stamp = (struct shim_stamp){.second = INT64_MIN, .at = INT64_MIN};
    log->lines.take = take;
    log->lines.owner = log;
    log->lines.whole_characters = !options->local;
    int r = set_attrs(log, json_object_get(options->more, "attrs"), err);
    const json_t *service = json_object_get(options->more, "service");
    if (r == 0 && service) {
        log->service = shim_service_open(service, err);
        r = log->service ? 0 : -err->code;
    }
    return r == 0 && options->path ? open_file(log, options, err) : r;
}

bool shim_log_wanted(const struct shim_log *log) { return log->path || log->service; }

/* Whole batches or nothing: a part that was written is taken back, so that no reader meets half an entry. */
static bool write_whole(struct shim_log *log, const char *data, size_t len)
{
    if (log->fd < 0)
        log->fd = file_open(log->path, NULL);
    int r = log->fd < 0 ? log->fd : write_full(log->fd, data, len);
    if (r == 0) {
        log->written += (long long)len;
        return true;
    }
    log->lost_why = -r;
    if (log->fd >= 0 && ftruncate(log->fd, log->written) < 0)
        log->fd = fd_close(log->fd);
    return false;
}

static size_t encode(struct shim_log *log, char *out, const struct shim_piece *piece)
{
    return log->local ? shim_entry_local(out, piece) : shim_entry_json(&log->stamp, out, piece);
}

/* What is missing is said where it is missed. */
static void tell_lost(struct shim_log *log)
{
    char text[128], *entry = xmalloc(sizeof text * 6 + SHIM_ENTRY_HEAD + log->stamp.attrs_len);
    int len = snprintf(text, sizeof text, "slipway: %lld log entries could not be written here: %s", log->untold,
                       strerror(log->lost_why));
    const struct shim_piece piece = {.stream = SHIM_STDERR, .data = text, .len = (size_t)len, .at = clock_wall_ns(), .ends = true};
    size_t size = encode(log, entry, &piece);
    if (write_whole(log, entry, size)) {
        log->untold = 0;
        log->size += (long long)size;
    }
    free(entry);
}

static void flush(struct shim_log *log)
{
    if (!log->batched)
        return;
    if (log->untold)
        tell_lost(log);
    if (log->untold || !write_whole(log, log->batch, log->batched)) {
        log->lost += log->batched_entries;
        log->untold += log->batched_entries;
        log->size = log->written;
    }
    log->batched = 0;
    log->batched_entries = 0;
}

static void rotate(struct shim_log *log)
{
    flush(log);
    if (log->untold) /* nothing can be written: a full disk must not cost what is there */
        return;
    log->fd = fd_close(log->fd);
    shim_rotation_shift(&log->rotation);
    log->size = log->written = 0;
    log->fd = file_open(log->path, NULL);
}

static void take(void *owner, const struct shim_piece *piece)
{
    struct shim_log *log = owner;
    if (log->max_size > 0 && log->size >= log->max_size)
        rotate(log);
    if (SHIM_LOG_BATCH - log->batched < piece->len * 6 + log->stamp.attrs_len + SHIM_ENTRY_HEAD)
        flush(log);
    size_t size = encode(log, log->batch + log->batched, piece);
    log->batched += size;
    log->size += (long long)size;
    log->batched_entries++;
}

void shim_log_write(struct shim_log *log, enum shim_stream stream, const char *data, size_t len)
{
    if (!shim_log_wanted(log))
        return;
    int64_t at = clock_wall_ns(); /* one for all that was read together */
    if (log->service)
        shim_service_put(log->service, stream, data, len, at);
    if (log->path) {
        shim_lines_feed(&log->lines, stream, data, len, at);
        flush(log);
    }
}

void shim_log_end(struct shim_log *log, enum shim_stream stream)
{
    if (log->path) {
        shim_lines_end(&log->lines, stream, clock_wall_ns());
        flush(log);
    }
}

void shim_log_close(struct shim_log *log)
{
    for (int i = 0; i < SHIM_STREAMS; i++)
        shim_log_end(log, (enum shim_stream)i);
    if (log->path && log->untold)
        tell_lost(log);
    shim_service_close(log->service);
    log->service = NULL;
    log->fd = fd_close(log->fd);
    free(log->path);
    free(log->attrs);
    log->path = log->attrs = NULL;
    log->stamp.attrs = NULL;
    log->stamp.attrs_len = 0;
    /* A worker that is still at it is let finish, but there is nobody any more who puts its result in place. */
    log->rotation.path = NULL;
    log->rotation.worker = 0;
}

bool shim_log_reaped(struct shim_log *log, pid_t pid, int status)
{
    return log->path && shim_rotation_reaped(&log->rotation, pid, status);
}

bool shim_log_ready(struct shim_log *log) { return !log->service || shim_service_ready(log->service); }

void shim_log_on_ready(struct shim_log *log, void (*resume)(void *owner), void *owner)
{
    if (log->service)
        shim_service_on_ready(log->service, resume, owner);
}
