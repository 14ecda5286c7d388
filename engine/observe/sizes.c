/* Counting trees, and remembering those that stay as they are (by device and inode of their top, and its change time). */
#include "observe/sizes.h"

#include "base/memory.h"
#include "base/strings.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DEEPEST = 64, REMEMBERED = 64, ENTRIES_MOST = 500000 };

struct linked_file {
    dev_t device;
    ino_t inode; /* 0: the place is free; no file has it */
};

/* Where it is, or the free place where it belongs. */
static struct linked_file *place_of(const struct links *links, dev_t device, ino_t inode)
{
    uint64_t hash = ((uint64_t)inode ^ (uint64_t)device << 32) * 0x9e3779b97f4a7c15;
    for (size_t at = (size_t)(hash >> 32);; at++) {
        struct linked_file *place = &links->places[at & (links->room - 1)];
        if (!place->inode || (place->inode == inode && place->device == device))
            return place;
    }
}

static void make_room(struct links *links)
{
    struct links larger = {.count = links->count, .room = links->room ? links->room * 2 : 64};
    larger.places = xcalloc(larger.room, sizeof *larger.places);
    for (size_t i = 0; i < links->room; i++)
        if (links->places[i].inode)
            *place_of(&larger, links->places[i].device, links->places[i].inode) = links->places[i];
    free(links->places);
    *links = larger;
}

bool links_first(struct links *links, dev_t device, ino_t inode)
{
    if (links->count * 2 >= links->room)
        make_room(links);
    struct linked_file *place = place_of(links, device, inode);
    if (place->inode)
        return false;
    *place = (struct linked_file){device, inode};
    links->count++;
    return true;
}

void links_free(struct links *links)
{
    free(links->places);
    *links = (struct links){0};
}

struct count {
    struct tree_size size;
    struct links links;
    dev_t device; /* what is mounted inside is not counted */
};

static void count_tree(struct count *count, int at, const char *name, int depth)
{
    struct stat st;
    int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW * (depth > 0) | O_CLOEXEC);
    cleanup_dir DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    if (!dir) {
        fd_close(fd);
        return;
    }
    if (fstat(fd, &st) < 0 || (depth && st.st_dev != count->device))
        return;
    count->device = st.st_dev;
    for (const struct dirent *entry; (entry = readdir(dir));) {
        if (str_equal(entry->d_name, ".") || str_equal(entry->d_name, ".."))
            continue;
        if (count->size.files == ENTRIES_MOST || depth == DEEPEST) {
            count->size.cut = true;
            return;
        }
        bool told = entry->d_type != DT_UNKNOWN; /* most file systems say what it is: one question less for what has no size */
        bool file = told ? entry->d_type == DT_REG : true, directory = told && entry->d_type == DT_DIR;
        if (file && fstatat(fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
            continue;
        count->size.files++;
        if (file && S_ISREG(st.st_mode) && (st.st_nlink == 1 || links_first(&count->links, st.st_dev, st.st_ino)))
            count->size.bytes += st.st_size;
        if (directory || (!told && S_ISDIR(st.st_mode)))
            count_tree(count, fd, entry->d_name, depth + 1);
    }
}

struct tree_size sizes_of_tree(const char *directory)
{
    struct count count = {0};
    count_tree(&count, AT_FDCWD, directory, 0);
    links_free(&count.links);
    return count.size;
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
