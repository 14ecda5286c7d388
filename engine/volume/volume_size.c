/* How much a volume holds: the bytes of its files, a file of several names once. What is mounted inside is not followed. */
#include "base/memory.h"
#include "observe/sizes.h"
#include "volume/volume.h"

#include <fts.h>
#include <search.h>
#include <stdlib.h>
#include <sys/stat.h>

static int by_inode(const void *a, const void *b)
{
    const ino_t x = *(const ino_t *)a, y = *(const ino_t *)b;
    return x < y ? -1 : x > y;
}

static bool seen_before(void **seen, ino_t inode)
{
    ino_t *key = xmalloc(sizeof *key);
    *key = inode;
    void *const *node = tsearch(key, seen, by_inode);
    if (node && *(ino_t *const *)node == key)
        return false;
    free(key);
    return true;
}

/* Of a tree that is too large or too deep for the quick way. */
static int64_t size_of_all(char *place)
{
    char *const roots[] = {place, NULL};
    void *seen = NULL;
    int64_t total = 0;
    FTS *tree = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR | FTS_XDEV, NULL);
    for (FTSENT *entry; tree && (entry = fts_read(tree));) {
        if (entry->fts_info != FTS_F)
            continue;
        if (entry->fts_statp->st_nlink < 2 || !seen_before(&seen, entry->fts_statp->st_ino))
            total += entry->fts_statp->st_size;
    }
    if (tree)
        fts_close(tree);
    tdestroy(seen, free);
    return total;
}

int64_t volume_size(const char *data_root, const char *name)
{
    cleanup_free char *place = volume_mountpoint(data_root, name);
    struct tree_size size = sizes_of_tree(place);
    return size.cut ? size_of_all(place) : size.bytes;
}
