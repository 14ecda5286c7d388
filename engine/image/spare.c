/* A small stock of ready-made container layers per image, below image/overlay2/spare/: the next container takes one by two renames,
 * which is several times faster than making some thirty names. A thread fills it up again a moment later, when that start is over.
 * What is in stock when the engine ends, however it ends, is made anew by the next one. */
#include "image/store.h"

#include "base/files.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/strings.h"
#include "image/skeleton.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { STOCK = 2, PAUSE_US = 30000 };

struct spare {
    struct spare *next;
    struct pair pair;
    char own[24], init[24]; /* names below spare/ */
    bool moved;
};

const struct pair *spare_pair(const struct spare *spare) { return &spare->pair; }

int spare_move(struct image_store *store, struct spare *spare, const char *own, const char *init)
{
    spare->moved = renameat2(store->spare_fd, spare->init, store->overlay_fd, init, RENAME_NOREPLACE) == 0 &&
                   renameat2(store->spare_fd, spare->own, store->overlay_fd, own, RENAME_NOREPLACE) == 0;
    return spare->moved ? 0 : -errno;
}

void spare_free(struct image_store *store, struct spare *spare)
{
    const char *const names[] = {spare ? spare->own : NULL, spare ? spare->init : NULL};
    for (size_t i = 0; spare && !spare->moved && i < ARRAY_LEN(names); i++) {
        cleanup_free char *path = str_format("%s/spare/%s", store->image, names[i]);
        path_remove_tree(path, NULL);
    }
    free(spare);
}

void spares_drop(struct image_store *store, struct layer *layer)
{
    while (layer->spares) {
        struct spare *spare = layer->spares;
        layer->spares = spare->next;
        spare_free(store, spare);
    }
}

static struct spare *spare_make(struct image_store *store, const char *below, const struct skeleton *skeleton)
{
    unsigned char raw[8];
    char random[2 * sizeof raw + 1];
    struct spare *spare = xcalloc(1, sizeof *spare);
    random_bytes(raw, sizeof raw);
    str_hex(raw, sizeof raw, random);
    snprintf(spare->own, sizeof spare->own, "%s", random);
    snprintf(spare->init, sizeof spare->init, "%s-init", random);
    pair_names(&spare->pair);
    int r = pair_make(store->spare_fd, spare->own, spare->init, &spare->pair, below, skeleton);
    if (r == 0)
        return spare;
    log_warn("cannot make spare layers below %s: %s", store->image, strerror(-r));
    spare_free(store, spare);
    return NULL;
}

static struct layer *wanting_locked(struct image_store *store)
{
    for (size_t i = 0; i < store->layer_count; i++)
        if (store->layers[i]->spares_wanted > 0)
            return store->layers[i];
    return NULL;
}

/* One spare for `layer`; the lock is released meanwhile, and the pin keeps the layer. */
static void stock_one_locked(struct image_store *store, struct layer *layer)
{
    cleanup_free char *below = lower_of_layer_locked(store, layer);
    struct skeleton *skeleton = skeleton_share(layer->skeleton);
    layer->pins++;
    layer->spares_wanted--;
    pthread_mutex_unlock(&store->lock);
    struct spare *spare = spare_make(store, below, skeleton);
    skeleton_free(skeleton);
    pthread_mutex_lock(&store->lock);
    layer->pins--;
    if (spare) {
        spare->next = layer->spares;
        layer->spares = spare;
    } else {
        layer->spares_wanted = 0; /* a full disk is told of once, not for ever */
    }
    layers_collect_locked(store, NULL); /* its image may have been removed meanwhile, and our pin have kept the layer */
    store_unlock(store);
    pthread_mutex_lock(&store->lock);
}

static void *stock(void *data)
{
    struct image_store *store = data;
    pthread_mutex_lock(&store->lock);
    while (!store->stopping) {
        if (!wanting_locked(store)) {
            pthread_cond_wait(&store->wake, &store->lock);
            continue;
        }
        pthread_mutex_unlock(&store->lock);
        usleep(PAUSE_US); /* the start that emptied the stock goes first */
        pthread_mutex_lock(&store->lock);
        for (struct layer *layer; !store->stopping && (layer = wanting_locked(store));)
            stock_one_locked(store, layer);
    }
    pthread_mutex_unlock(&store->lock);
    return NULL;
}

static void ask_for_more_locked(struct image_store *store, struct layer *top)
{
    int have = 0;
    for (const struct spare *spare = top->spares; spare; spare = spare->next)
        have++;
    top->spares_wanted = STOCK - have;
    if (!store->stocking && pthread_create(&store->stocker, NULL, stock, store) == 0)
        store->stocking = true;
    pthread_cond_signal(&store->wake);
}

struct spare *spare_take_locked(struct image_store *store, struct layer *top)
{
    struct spare *spare = top->spares;
    if (spare)
        top->spares = spare->next;
    ask_for_more_locked(store, top);
    return spare;
}

void spares_stop(struct image_store *store)
{
    if (store->stocking) {
        pthread_mutex_lock(&store->lock);
        store->stopping = true;
        pthread_cond_signal(&store->wake);
        pthread_mutex_unlock(&store->lock);
        pthread_join(store->stocker, NULL);
    }
    for (size_t i = 0; i < store->layer_count; i++)
        spares_drop(store, store->layers[i]);
}
