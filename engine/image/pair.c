/* Making the two directories of a container, "<id>" and "<id>-init", as overlay2 has them: some thirty names below one descriptor.
 */
#include "image/store.h"

#include "base/files.h"
#include "base/memory.h"
#include "base/strings.h"
#include "image/skeleton.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static int make_dir(int at, const char *id, const char *name, mode_t mode)
{
    char path[256];
    snprintf(path, sizeof path, "%s%s%s", id, *name ? "/" : "", name);
    return mkdirat(at, path, mode) < 0 ? -errno : 0;
}

static int make_file(int at, const char *id, const char *name, mode_t mode, const char *text, size_t len)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", id, name);
    cleanup_close int fd = openat(at, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    return fd < 0 ? -errno : write_full(fd, text, len);
}

/* "lower" is written last: a directory that has it is complete. */
static int make_layer(int at, const char *id, const char *link, const char *lower, const struct skeleton *skeleton, bool init)
{
    int r = make_dir(at, id, "", 0710);
    if (r == 0)
        r = skeleton_make_root(skeleton, at, id);
    if (r == 0)
        r = make_dir(at, id, "work", 0700);
    if (r == 0 && !init)
        r = make_dir(at, id, "merged", 0755);
    if (r == 0)
        r = make_file(at, id, "link", 0644, link, LINK_TEXT - 1);
    if (r == 0 && init)
        r = skeleton_make(skeleton, at, id);
    if (r == 0 && init)
        r = make_file(at, id, "committed", 0600, "", 0);
    return r == 0 ? make_file(at, id, "lower", 0644, lower, strlen(lower)) : r;
}

void pair_names(struct pair *pair)
{
    link_generate(pair->own_link);
    link_generate(pair->init_link);
}

int pair_make(int at, const char *own, const char *init, const struct pair *pair, const char *below,
              const struct skeleton *skeleton)
{
    cleanup_free char *lower = str_format("l/%s:%s", pair->init_link, below);
    int r = make_layer(at, init, pair->init_link, below, skeleton, true);
    return r == 0 ? make_layer(at, own, pair->own_link, lower, skeleton, false) : r;
}

char *lower_of_layer_locked(struct image_store *store, const struct layer *top)
{
    struct buf lower = BUF_INIT;
    for (const struct layer *layer = top; layer; layer = *layer->parent ? layer_by_chain_locked(store, layer->parent) : NULL)
        buf_printf(&lower, "%sl/%s", lower.len ? ":" : "", layer->link);
    return buf_take(&lower);
}
