/* Making the list of a layer's files, and keeping those that were made; see layer_index.h. Directories are walked by descriptors,
 * no link is followed: a layer's files come from outside. */
#include "observe/layer_index.h"

#include "base/memory.h"
#include "base/strings.h"
#include "observe/overlay.h"
#include "observe/sizes.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct shared {
    struct layer_index index; /* first: what others hold points here */
    dev_t device;
    ino_t inode;
    struct timespec changed;
    size_t bytes;
    unsigned users;      /* the shelf's own hold included */
    struct shared *next; /* on the shelf, the last asked for first */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct shared *shelf;
static size_t shelf_bytes;

struct scan {
    struct layer_index *index;
    size_t entries_room, names_room;
    struct links links;
};

static uint32_t keep_name(struct scan *scan, const char *name)
{
    struct layer_index *index = scan->index;
    size_t len = strlen(name) + 1, at = index->names_len;
    if (at + len > scan->names_room) {
        scan->names_room = (at + len) * 2;
        index->names = xrealloc(index->names, scan->names_room);
    }
    memcpy(index->names + at, name, len);
    index->names_len += len;
    return (uint32_t)at;
}

static struct layer_entry *add_entry(struct scan *scan, uint32_t parent, const char *name, const struct stat *st)
{
    struct layer_index *index = scan->index;
    if (index->count == scan->entries_room) {
        scan->entries_room = scan->entries_room ? scan->entries_room * 2 : 64;
        index->entries = xrealloc(index->entries, scan->entries_room * sizeof *index->entries);
    }
    struct layer_entry *entry = &index->entries[index->count++];
    *entry = (struct layer_entry){.parent = parent,
                                  .name = keep_name(scan, name),
                                  .mode = st->st_mode,
                                  .uid = st->st_uid,
                                  .gid = st->st_gid,
                                  .kind = S_ISDIR(st->st_mode) ? ENTRY_DIRECTORY : ENTRY_FILE,
                                  .leaf = true};
    return entry;
}

static int by_name(const void *a, const void *b) { return strcmp(*(const char *const *)a, *(const char *const *)b); }

static char **sorted_names(DIR *dir)
{
    size_t count = 0, room = 16;
    char **names = xmalloc(room * sizeof *names);
    for (const struct dirent *entry; (entry = readdir(dir));) {
        if (str_equal(entry->d_name, ".") || str_equal(entry->d_name, ".."))
            continue;
        if (count + 1 == room)
            names = xrealloc(names, (room *= 2) * sizeof *names);
        names[count++] = xstrdup(entry->d_name);
    }
    names[count] = NULL;
    qsort(names, count, sizeof *names, by_name);
    return names;
}

/* Only an empty file can be a whiteout of the second form, so only then does it cost a look at its attributes. */
static bool is_whiteout(int directory, const char *name, const struct stat *st)
{
    if (!S_ISCHR(st->st_mode) && !(S_ISREG(st->st_mode) && st->st_size == 0))
        return false;
    cleanup_free char *path = str_format("/proc/self/fd/%d/%s", directory, name);
    return overlay_is_whiteout(path, st);
}

static void scan_directory(struct scan *scan, int fd, uint32_t self, int depth)
{
    DIR *dir cleanup_dir = fdopendir(fd);
    struct layer_index *index = scan->index;
    if (!dir) {
        fd_close(fd);
        return;
    }
    cleanup_free char *here = str_format("/proc/self/fd/%d/.", fd); /* the directory, not the link to it */
    if (overlay_is_opaque(here))
        index->entries[self].kind = ENTRY_OPAQUE;
    cleanup_strv char **names = sorted_names(dir);
    for (size_t i = 0; names[i]; i++) {
        struct stat st;
        if (index->count >= LAYER_INDEX_MOST) {
            index->cut = true;
            return;
        }
        if (fstatat(fd, names[i], &st, AT_SYMLINK_NOFOLLOW) < 0)
            continue;
        index->entries[self].leaf = false;
        uint32_t own = (uint32_t)index->count;
        struct layer_entry *entry = add_entry(scan, self, names[i], &st);
        if (is_whiteout(fd, names[i], &st))
            entry->kind = ENTRY_WHITEOUT;
        else if (S_ISREG(st.st_mode) && (st.st_nlink == 1 || links_first(&scan->links, st.st_dev, st.st_ino)))
            index->bytes += entry->size = st.st_size;
        if (!S_ISDIR(st.st_mode))
            continue;
        int below = depth < LAYER_INDEX_DEEPEST ? openat(fd, names[i], O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) : -1;
        if (below >= 0)
            scan_directory(scan, below, own, depth + 1);
        else
            index->cut = true;
    }
}

static struct shared *scan_layer(const char *directory, const struct stat *st, struct error *err)
{
    int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        error_errno(err, errno, "layer %s", directory);
        return NULL;
    }
    struct shared *shared = xcalloc(1, sizeof *shared);
    struct scan scan = {.index = &shared->index};
    add_entry(&scan, 0, "", st);
    scan_directory(&scan, fd, 0, 0);
    links_free(&scan.links);
    shared->index.files = (int64_t)shared->index.count - 1;
    shared->index.entries = xrealloc(shared->index.entries, shared->index.count * sizeof *shared->index.entries);
    shared->index.names = xrealloc(shared->index.names, shared->index.names_len);
    shared->device = st->st_dev;
    shared->inode = st->st_ino;
    shared->changed = st->st_ctim;
    shared->bytes = sizeof *shared + shared->index.count * sizeof *shared->index.entries + shared->index.names_len;
    shared->users = 1;
    return shared;
}

static bool is_of(const struct shared *shared, const struct stat *st)
{
    return shared->inode == st->st_ino && shared->device == st->st_dev && shared->changed.tv_sec == st->st_ctim.tv_sec &&
           shared->changed.tv_nsec == st->st_ctim.tv_nsec;
}

static void let_go(struct shared *shared)
{
    if (--shared->users)
        return;
    free(shared->index.entries);
    free(shared->index.names);
    free(shared);
}

/* Found and moved to the front; locked. */
static struct shared *find(const struct stat *st)
{
    for (struct shared **at = &shelf; *at; at = &(*at)->next) {
        struct shared *found = *at;
        if (!is_of(found, st))
            continue;
        *at = found->next;
        found->next = shelf;
        shelf = found;
        found->users++;
        return found;
    }
    return NULL;
}

/* Locked. One that would take more than half of the room is not kept at all. */
static void keep(struct shared *shared)
{
    if (shared->bytes > LAYER_INDEX_KEPT / 2)
        return;
    shared->next = shelf;
    shelf = shared;
    shared->users++;
    shelf_bytes += shared->bytes;
    while (shelf_bytes > LAYER_INDEX_KEPT) {
        struct shared **last = &shelf;
        while ((*last)->next)
            last = &(*last)->next;
        struct shared *oldest = *last;
        *last = NULL;
        shelf_bytes -= oldest->bytes;
        let_go(oldest);
    }
}

const struct layer_index *layer_index_get(const char *directory, struct error *err)
{
    struct stat st;
    if (stat(directory, &st) < 0) {
        error_errno(err, errno, "layer %s", directory);
        return NULL;
    }
    pthread_mutex_lock(&lock);
    struct shared *shared = find(&st);
    pthread_mutex_unlock(&lock);
    if (shared)
        return &shared->index;
    shared = scan_layer(directory, &st, err);
    if (!shared)
        return NULL;
    pthread_mutex_lock(&lock);
    struct shared *other = find(&st); /* somebody was quicker */
    if (other)
        let_go(shared);
    else
        keep(shared);
    pthread_mutex_unlock(&lock);
    return other ? &other->index : &shared->index;
}

const struct layer_index *layer_index_fresh(const char *directory, struct error *err)
{
    struct stat st;
    if (stat(directory, &st) < 0) {
        error_errno(err, errno, "layer %s", directory);
        return NULL;
    }
    struct shared *shared = scan_layer(directory, &st, err);
    return shared ? &shared->index : NULL;
}

void layer_index_put(const struct layer_index *index)
{
    if (!index)
        return;
    pthread_mutex_lock(&lock);
    let_go((struct shared *)index);
    pthread_mutex_unlock(&lock);
}
