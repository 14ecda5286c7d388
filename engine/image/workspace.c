/* A place to write over an image that is no container's: what the steps of a build use that run nothing, and what files of an image
 * are read from. It has a temporary name below overlay2, so that whatever a crash leaves goes at the next start; the image's layers
 * stay as long as it is open. */
#include "image/store.h"

#include "base/files.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/strings.h"
#include "kernel/mount/mount.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct workspace {
    struct image_store *store;
    struct rootfs rootfs;
    char name[CACHE_TEXT]; /* below overlay2 */
    char *directory;
    struct layer *top; /* pinned; NULL over nothing */
};

static int find(struct workspace *workspace, const char *image_id, struct error *err)
{
    struct image_store *store = workspace->store;
    if (str_empty(image_id))
        return 0;
    pthread_mutex_lock(&store->lock);
    const struct image *image = image_resolve_locked(store, image_id, err);
    if (image && image->layer_count) {
        workspace->top = image->layers[image->layer_count - 1];
        workspace->top->pins++;
        cleanup_free char *below = lower_of_layer_locked(store, workspace->top);
        cleanup_strv char **links = str_split(below, ':');
        for (char **link = links; *link; link++)
            strv_take(&workspace->rootfs.lower, path_join(store->overlay, *link));
    }
    pthread_mutex_unlock(&store->lock);
    return image ? 0 : -err->code;
}

/* Over nothing an overlay still needs a lower layer: an empty one. */
static int make(struct workspace *workspace, struct error *err)
{
    struct rootfs *rootfs = &workspace->rootfs;
    struct stat st = {.st_mode = 0755};
    char random[ID_TEXT];
    id_generate(random);
    snprintf(workspace->name, sizeof workspace->name, "tmp-%s", random);
    workspace->directory = path_join(workspace->store->overlay, workspace->name);
    under_way_add(workspace->store, workspace->name);
    rootfs->upper = path_join(workspace->directory, "diff");
    rootfs->work = path_join(workspace->directory, "work");
    rootfs->merged = path_join(workspace->directory, "merged");
    cleanup_free char *empty = path_join(workspace->directory, "empty");
    const char *const made[] = {workspace->directory, rootfs->upper, rootfs->work, rootfs->merged, rootfs->lower ? NULL : empty};
    for (size_t i = 0; i < ARRAY_LEN(made); i++)
        if (made[i] && mkdir(made[i], i ? 0755 : 0710) < 0)
            return error_errno(err, errno, "make directory %s", made[i]);
    if (!rootfs->lower)
        strv_add(&rootfs->lower, empty);
    /* A merged directory shows owner and mode of its topmost layer: the root's are the image's. */
    if (stat(rootfs->lower[0], &st) == 0 &&
        (chown(rootfs->upper, st.st_uid, st.st_gid) < 0 || chmod(rootfs->upper, st.st_mode & 07777) < 0))
        return error_errno(err, errno, "set the owner of %s", rootfs->upper);
    return 0;
}

int workspace_open(struct image_store *store, const char *image_id, struct workspace **out, struct error *err)
{
    struct error own = ERROR_INIT;
    struct workspace *workspace = xcalloc(1, sizeof *workspace);
    err = err ? err : &own;
    workspace->store = store;
    int r = find(workspace, image_id, err);
    if (r == 0)
        r = make(workspace, err);
    if (r < 0)
        workspace_close(workspace);
    else
        *out = workspace;
    return r;
}

const struct rootfs *workspace_rootfs(const struct workspace *workspace) { return &workspace->rootfs; }

int workspace_mount(const struct workspace *workspace, struct error *err)
{
    const struct rootfs *rootfs = &workspace->rootfs;
    const struct overlay overlay = {.lower = rootfs->lower, .upper = rootfs->upper, .work = rootfs->work};
    return mount_overlay_view(NULL, &overlay, rootfs->merged, err);
}

void workspace_close(struct workspace *workspace)
{
    struct error why = ERROR_INIT;
    if (!workspace)
        return;
    struct image_store *store = workspace->store;
    if (workspace->directory && path_remove_tree(workspace->directory, &why) < 0)
        log_warn("%s", why.message);
    if (workspace->directory)
        under_way_drop(store, workspace->name);
    pthread_mutex_lock(&store->lock);
    if (workspace->top) {
        workspace->top->pins--;
        layers_collect_locked(store, NULL);
    }
    store_unlock(store);
    rootfs_clear(&workspace->rootfs);
    free(workspace->directory);
    free(workspace);
}
