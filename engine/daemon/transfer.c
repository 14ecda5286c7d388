/* A table of what is under way. The one who began a download does it; others look every now and then whether it is done, and how
 * far it is. When it fails they begin anew themselves: the other one may only have lost patience, or the right to it. */
#include "daemon/transfer.h"

#include "base/clock.h"
#include "base/files.h"
#include "base/memory.h"
#include "base/strings.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { LOOK_MS = 100 };

struct transfer {
    struct transfer *next;
    char digest[DIGEST_TEXT], from[DIGEST_TEXT]; /* from: registry_key; what one may have another may not */
    int fd, users;
    int64_t got;
    bool done, failed;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t ended = PTHREAD_COND_INITIALIZER;
static struct transfer *all;

struct fetching {
    struct transfer *transfer;
    const struct transfer_request *request;
    int64_t told_ns;
};

static void got(void *data, int64_t bytes)
{
    struct fetching *fetching = data;
    const struct transfer_request *request = fetching->request;
    __atomic_store_n(&fetching->transfer->got, bytes, __ATOMIC_RELAXED);
    int64_t now = clock_mono_ns();
    if (now - fetching->told_ns < (int64_t)LOOK_MS * 1000000 && bytes < request->blob->size)
        return;
    fetching->told_ns = now;
    progress_count(request->progress, request->id, "Downloading", bytes, request->blob->size);
}

static void retrying(void *data, int seconds)
{
    const struct transfer_request *request = ((struct fetching *)data)->request;
    cleanup_free char *status = str_format("Retrying in %d second%s", seconds, seconds == 1 ? "" : "s");
    progress_state(request->progress, request->id, status);
}

static void verifying(void *data)
{
    const struct transfer_request *request = ((struct fetching *)data)->request;
    progress_state(request->progress, request->id, "Verifying Checksum");
}

static int fetch(struct engine *engine, struct transfer *transfer, const struct transfer_request *request, struct error *err)
{
    struct fetching fetching = {transfer, request, 0};
    const struct fetch_watch watch = {got, retrying, verifying, &fetching};
    transfer->fd = file_nameless(engine->data_root, err);
    return transfer->fd < 0 ? transfer->fd
                            : registry_blob(request->registry, request->repository, request->blob, transfer->fd, &watch, err);
}

/* With the lock held. */
static void leave(struct transfer *transfer)
{
    if (--transfer->users > 0)
        return;
    for (struct transfer **at = &all; *at; at = &(*at)->next)
        if (*at == transfer) {
            *at = transfer->next;
            break;
        }
    fd_close(transfer->fd);
    free(transfer);
}

static struct transfer *join(const char *digest, const char *from, bool *first)
{
    struct transfer *transfer = all;
    while (transfer && (transfer->failed || !str_equal(transfer->digest, digest) || !str_equal(transfer->from, from)))
        transfer = transfer->next;
    *first = !transfer;
    if (!transfer) {
        transfer = xcalloc(1, sizeof *transfer);
        memcpy(transfer->digest, digest, DIGEST_TEXT);
        memcpy(transfer->from, from, DIGEST_TEXT);
        transfer->fd = -EBADF;
        transfer->next = all;
        all = transfer;
    }
    transfer->users++;
    return transfer;
}

static int wait_for(struct transfer *transfer, const struct transfer_request *request, struct error *err)
{
    int64_t told = -1;
    while (!transfer->done && !transfer->failed) {
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += LOOK_MS * 1000000L;
        until.tv_sec += until.tv_nsec / 1000000000L;
        until.tv_nsec %= 1000000000L;
        pthread_cond_timedwait(&ended, &lock, &until);
        int64_t now = __atomic_load_n(&transfer->got, __ATOMIC_RELAXED);
        pthread_mutex_unlock(&lock);
        bool gone = progress_cancelled(request->progress);
        if (now != told)
            progress_count(request->progress, request->id, "Downloading", now, request->blob->size);
        told = now;
        pthread_mutex_lock(&lock);
        if (gone)
            return error_set(err, ECANCELED, "context canceled");
    }
    return 0;
}

/* A file description of one's own: each reader has its own place in the file. */
static int reopen(int fd, struct error *err)
{
    cleanup_free char *path = str_format("/proc/self/fd/%d", fd);
    int own = open(path, O_RDONLY | O_CLOEXEC);
    return own < 0 ? error_errno(err, errno, "open a download") : own;
}

int transfer_fetch(struct engine *engine, const struct transfer_request *request, struct error *err)
{
    for (;;) {
        bool first;
        int r = 0;
        pthread_mutex_lock(&lock);
        struct transfer *transfer = join(request->blob->digest, registry_key(request->registry), &first);
        if (first) {
            pthread_mutex_unlock(&lock);
            r = fetch(engine, transfer, request, err);
            pthread_mutex_lock(&lock);
            transfer->done = r == 0;
            transfer->failed = r < 0;
            pthread_cond_broadcast(&ended);
        } else {
            r = wait_for(transfer, request, err);
        }
        bool again = r == 0 && transfer->failed;
        int fd = r < 0 || again ? r : reopen(transfer->fd, err);
        leave(transfer);
        pthread_mutex_unlock(&lock);
        if (!again)
            return fd;
    }
}
