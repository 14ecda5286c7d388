/* Counting trees, and remembering those that stay as they are (by device and inode of their top, and its change time). */
#include "observe/sizes.h"

#include "base/memory.h"
#include "base/strings.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DEEPEST = 64, REMEMBERED = 64, ENTRIES_MOST = 500000 };

struct links {
    ino_t *list;
    size_t count, room;
};

/* True the first time an inode with several names is met; a plain list, because layers have few of them. */
static bool first_meeting(struct links *links, ino_t inode)
{
    for (size_t i = 0; i < links->count; i++)
        if (links->list[i] == inode)
            return false;
    if (links->count == links->room) {
        links->room = links->room ? links->room * 2 : 64;
        links->list = xrealloc(links->list, links->room * sizeof(ino_t));
    }
    links->list[links->count++] = inode;
    return true;
}

static void count_tree(int at, const char *name, int depth, struct tree_size *size, struct links *links)
{
    int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW * (depth > 0) | O_CLOEXEC);
    cleanup_dir DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    if (!dir) {
        fd_close(fd);
        return;
    }
    for (struct dirent *entry; (entry = readdir(dir)) && size->files < ENTRIES_MOST;) {
        struct stat st;
        if (str_equal(entry->d_name, ".") || str_equal(entry->d_name, "..") ||
            fstatat(fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
            continue;
        size->files++;
        if (S_ISREG(st.st_mode) && (st.st_nlink == 1 || first_meeting(links, st.st_ino)))
            size->bytes += st.st_size;
        if (S_ISDIR(st.st_mode) && depth < DEEPEST)
            count_tree(fd, entry->d_name, depth + 1, size, links);
    }
}

struct tree_size sizes_of_tree(const char *directory)
{
    struct tree_size size = {0};
    struct links links = {0};
    count_tree(AT_FDCWD, directory, 0, &size, &links);
    free(links.list);
    return size;
}

struct tree_size sizes_of_fixed_tree(const char *directory)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    static struct {
        dev_t device;
        ino_t inode;
        struct timespec changed;
        struct tree_size size;
    } known[REMEMBERED];
    static size_t next;
    struct stat st;
    if (stat(directory, &st) < 0)
        return (struct tree_size){0};
    pthread_mutex_lock(&lock);
    for (size_t i = 0; i < REMEMBERED; i++) {
        if (known[i].inode != st.st_ino || known[i].device != st.st_dev || known[i].changed.tv_sec != st.st_ctim.tv_sec ||
            known[i].changed.tv_nsec != st.st_ctim.tv_nsec)
            continue;
        struct tree_size size = known[i].size;
        pthread_mutex_unlock(&lock);
        return size;
    }
    pthread_mutex_unlock(&lock);
    struct tree_size size = sizes_of_tree(directory);
    pthread_mutex_lock(&lock);
    known[next].device = st.st_dev;
    known[next].inode = st.st_ino;
    known[next].changed = st.st_ctim;
    known[next].size = size;
    next = (next + 1) % REMEMBERED;
    pthread_mutex_unlock(&lock);
    return size;
}
