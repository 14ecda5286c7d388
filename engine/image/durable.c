/* Layers reach the disk a moment after they are there: one syncfs for many, off the way to an answer. Until then a layer's record
 * holds the mark "unsynced", with the boot in which it was made. After a crash of the program the kernel still has everything; only
 * when the machine went down meanwhile (another boot) is a marked layer checked against its tar-split, and dropped if it broke. */
#include "image/layer_tar.h"
#include "image/store.h"

#include "base/files.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/strings.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define MARK "unsynced"

enum { QUIET_S = 2 };

static char *this_boot(void)
{
    char *text = file_read("/proc/sys/kernel/random/boot_id", NULL, NULL);
    return text ? text : xstrdup("?");
}

int durable_mark(const char *record, struct error *err)
{
    cleanup_free char *path = path_join(record, MARK), *boot = this_boot();
    return file_write(path, boot, strlen(boot), 0644, err);
}

static void unmark(struct image_store *store, const char *chain)
{
    cleanup_close int record = layer_record_open(store, chain);
    if (record >= 0)
        unlinkat(record, MARK, 0);
}

int durable_survived(struct image_store *store, struct layer *layer, struct error *err)
{
    struct error why = ERROR_INIT;
    cleanup_close int record = layer_record_open(store, layer->chain);
    cleanup_free char *boot = record < 0 ? NULL : file_read_at(record, MARK, NULL, &why), *now = this_boot();
    if (record < 0 || (!boot && !is_missing(why.code)))
        return record < 0 ? error_errno(err, -record, "open it") : error_set(err, why.code, "%s", why.message);
    layer->unsynced = boot != NULL;
    if (!boot || str_equal(boot, now))
        return 1;
    cleanup_close int files = layer_files_open(store, layer);
    if (files < 0 ? error_errno(&why, -files, "open its files") == 0 : layer_tar_check(record, files, layer->diff, &why) == 0)
        return 1;
    if (why.code != EBADMSG && !is_missing(why.code))
        return error_set(err, why.code, "%s", why.message);
    log_warn("layer %s did not reach the disk before the machine went down and is dropped: %s", layer->chain, why.message);
    return 0;
}

/* The chains that one syncfs makes durable; what is added meanwhile waits for the next. */
static char **marked_locked(struct image_store *store)
{
    char **chains = NULL;
    for (size_t i = 0; i < store->layer_count; i++) {
        if (store->layers[i]->unsynced)
            strv_add(&chains, store->layers[i]->chain);
        store->layers[i]->unsynced = false;
    }
    return chains;
}

/* One of them may have gone meanwhile, and have come anew: then its mark is about other files. */
void durable_settle_locked(struct image_store *store, char *const *chains, bool synced)
{
    for (; chains && *chains; chains++) {
        struct layer *layer = layer_by_chain_locked(store, *chains);
        if (!layer || layer->unsynced)
            continue;
        layer->unsynced = !synced; /* the next one tries again */
        if (synced)
            unmark(store, *chains);
    }
}

static void sync_all(struct image_store *store)
{
    cleanup_strv char **chains = marked_locked(store);
    pthread_mutex_unlock(&store->lock);
    bool synced = chains && syncfs(store->overlay_fd) == 0;
    if (chains && !synced)
        log_warn("sync %s: %s", store->overlay, strerror(errno));
    pthread_mutex_lock(&store->lock);
    durable_settle_locked(store, chains, synced);
}

/* Waits until nothing new has come for a while, so that a build's steps share one sync. */
static void settle(struct image_store *store)
{
    struct timespec until;
    do {
        store->sync_wanted = false;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_sec += QUIET_S;
        while (!store->stopping && pthread_cond_timedwait(&store->sync_wake, &store->lock, &until) != ETIMEDOUT)
            ;
    } while (store->sync_wanted && !store->stopping);
}

static void *sync_later(void *data)
{
    struct image_store *store = data;
    pthread_mutex_lock(&store->lock);
    while (!store->stopping) {
        if (!store->sync_wanted) {
            pthread_cond_wait(&store->sync_wake, &store->lock);
            continue;
        }
        settle(store);
        if (!store->stopping)
            sync_all(store);
    }
    pthread_mutex_unlock(&store->lock);
    return NULL;
}

void durable_later_locked(struct image_store *store)
{
    store->sync_wanted = true;
    if (!store->syncing && pthread_create(&store->syncer, NULL, sync_later, store) == 0)
        store->syncing = true;
    pthread_cond_signal(&store->sync_wake);
}

void durable_stop(struct image_store *store)
{
    pthread_mutex_lock(&store->lock);
    bool running = store->syncing;
    store->stopping = true;
    pthread_cond_signal(&store->sync_wake);
    pthread_mutex_unlock(&store->lock);
    if (running)
        pthread_join(store->syncer, NULL);
}
