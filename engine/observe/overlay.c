/* Looking things up through the layers of an overlay. */
#include "observe/overlay.h"

#include "base/memory.h"
#include "base/strings.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

bool overlay_is_whiteout(const char *path, const struct stat *st)
{
    char value[4];
    if (S_ISCHR(st->st_mode))
        return st->st_rdev == makedev(0, 0);
    if (!S_ISREG(st->st_mode) || st->st_size != 0)
        return false;
    return lgetxattr(path, "user.overlay.whiteout", value, sizeof value) >= 0 ||
           lgetxattr(path, "trusted.overlay.whiteout", value, sizeof value) >= 0;
}

bool overlay_is_opaque(const char *directory)
{
    char value[4];
    return (lgetxattr(directory, "trusted.overlay.opaque", value, sizeof value) == 1 && *value == 'y') ||
           (lgetxattr(directory, "user.overlay.opaque", value, sizeof value) == 1 && *value == 'y');
}

/* Does this layer, which has nothing at `path`, hide what layers below have there? It does where a parent is a whiteout, an opaque
 * directory, or no directory at all. */
static bool hides(const char *layer, const char *path)
{
    cleanup_free char *full = str_format("%s/%s", layer, path);
    char *slash;
    struct stat st;
    while ((slash = strrchr(full, '/')) > full + strlen(layer)) {
        *slash = 0;
        if (lstat(full, &st) == 0 && (!S_ISDIR(st.st_mode) || overlay_is_opaque(full)))
            return true;
    }
    return false;
}

/* Makes the memo one of the directory that `path` is in. */
static void memo_turn_to(struct overlay_memo *memo, const char *path)
{
    const char *slash = strrchr(path, '/');
    size_t len = slash ? (size_t)(slash - path) : 0;
    if (memo->parent && strlen(memo->parent) == len && strncmp(memo->parent, path, len) == 0)
        return;
    free(memo->parent);
    memo->parent = xstrndup(path, len);
    memset(memo->hides, 0, sizeof memo->hides);
}

static bool hides_remembered(const char *layer, int i, const char *path, struct overlay_memo *memo)
{
    if (!memo || i >= OVERLAY_MEMO_LAYERS)
        return hides(layer, path);
    if (!memo->hides[i])
        memo->hides[i] = hides(layer, path) ? 1 : -1;
    return memo->hides[i] > 0;
}

int overlay_find(const char *const *layers, const char *path, struct overlay_memo *memo, struct stat *st)
{
    if (memo)
        memo_turn_to(memo, path);
    for (int i = 0; layers && layers[i]; i++) {
        cleanup_free char *full = str_format("%s/%s", layers[i], path);
        if (lstat(full, st) == 0)
            return overlay_is_whiteout(full, st) ? -ENOENT : i;
        if (hides_remembered(layers[i], i, path, memo))
            return -ENOENT;
    }
    return -ENOENT;
}

void overlay_memo_free(struct overlay_memo *memo)
{
    free(memo->parent);
    memo->parent = NULL;
}

int overlay_lstat(const char *const *layers, const char *path, struct stat *st)
{
    int at = overlay_find(layers, path, NULL, st);
    return at < 0 ? at : 0;
}
