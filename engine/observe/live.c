/* Following an upper layer; see live.h. What the kernel says is only taken for where to look: each path is then looked at as it is,
 * so that events that come late, twice or in another order do no harm. */
#include "observe/live.h"

#include "base/clock.h"
#include "base/memory.h"
#include "base/strings.h"
#include "observe/upper.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { DEEPEST = 200, PATHS_MOST = 2000, SHARE = 20, SEEN_MOST = 100000, SETTLE_US = 5000, APART_US = 100000 };
#define WATCHED_FOR                                                                                                                \
    (IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_ATTRIB | IN_MODIFY | IN_DELETE_SELF | IN_ONLYDIR | IN_DONT_FOLLOW)

struct watch {
    int number;
    char *path; /* "" is the top; NULL: over */
};

struct live {
    int fd;
    char **lowers, *directory;
    struct upper upper;
    struct overlay_memo memo;
    struct watch *watches; /* the kernel numbers them upwards, so they are in order */
    size_t count, room, active;
    char *paths[PATHS_MOST]; /* to be looked at */
    size_t path_count;
    bool gone, overflowed, unwatched;
    int64_t read_ns;       /* of the last reading */
    int64_t next_ns;       /* of the next walk, when some directory has no watch */
    struct timespec since; /* what changed after this is told by that walk */
};

static atomic_int followers;

static struct watch *watch_of(const struct live *live, int number)
{
    size_t low = 0, high = live->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (live->watches[middle].number < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low < live->count && live->watches[low].number == number ? &live->watches[low] : NULL;
}

static char *below(const char *directory, const char *name)
{
    return *directory ? str_format("%s/%s", directory, name) : xstrdup(name);
}

static int by_text(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

/* In order, each once. */
static void sort_paths(struct live *live)
{
    size_t kept = 0;
    if (live->path_count)
        qsort(live->paths, live->path_count, sizeof *live->paths, by_text);
    for (size_t i = 0; i < live->path_count; i++) {
        if (kept && str_equal(live->paths[i], live->paths[kept - 1]))
            free(live->paths[i]);
        else
            live->paths[kept++] = live->paths[i];
    }
    live->path_count = kept;
}

static void drop_paths(struct live *live)
{
    while (live->path_count)
        free(live->paths[--live->path_count]);
}

static void look_later(struct live *live, const char *path)
{
    bool sorted = live->path_count == PATHS_MOST;
    if (sorted)
        sort_paths(live); /* the same few again and again are no overflow */
    if (live->path_count > PATHS_MOST / 2 && sorted)
        live->overflowed = true;
    else
        live->paths[live->path_count++] = xstrdup(path);
}

static bool add_watch(struct live *live, const char *path)
{
    cleanup_free char *full = str_format("%s/%s", live->directory, path);
    errno = ENOSPC;
    int number = live->active < LIVE_WATCHES_MOST ? inotify_add_watch(live->fd, full, WATCHED_FOR) : -1;
    if (number < 0) {
        if (errno != ENOENT && errno != ENOTDIR)
            live->unwatched = true;
        return false;
    }
    struct watch *known = watch_of(live, number); /* the same directory under a new name */
    if (known) {
        free(known->path);
        known->path = xstrdup(path);
        return true;
    }
    if (live->count == live->room)
        live->watches = xrealloc(live->watches, (live->room = live->room ? live->room * 2 : 32) * sizeof *live->watches);
    live->watches[live->count++] = (struct watch){number, xstrdup(path)};
    live->active++;
    return true;
}

/* A directory and all below it. `tell`: it came after we began, so what is in it is news. */
static void watch_tree(struct live *live, const char *path, int depth, bool tell)
{
    cleanup_free char *full = str_format("%s/%s", live->directory, path);
    add_watch(live, path);
    cleanup_dir DIR *dir = depth < DEEPEST ? opendir(full) : NULL;
    for (const struct dirent *entry; dir && (entry = readdir(dir));) {
        if (str_equal(entry->d_name, ".") || str_equal(entry->d_name, ".."))
            continue;
        cleanup_free char *name = below(path, entry->d_name);
        if (tell)
            look_later(live, name);
        if (entry->d_type == DT_DIR)
            watch_tree(live, name, depth + 1, tell);
    }
}

/* A directory was moved away: the watches in it have wrong paths now. */
static void forget_tree(struct live *live, const char *path)
{
    size_t len = strlen(path);
    for (size_t i = 0; i < live->count; i++) {
        const char *own = live->watches[i].path;
        if (own && strncmp(own, path, len) == 0 && (own[len] == '/' || !own[len]))
            inotify_rm_watch(live->fd, live->watches[i].number);
    }
}

/* Directories that are gone; else a container that makes and removes them all day would fill our memory. */
static void compact(struct live *live)
{
    size_t kept = 0;
    for (size_t i = 0; i < live->count; i++)
        if (live->watches[i].path)
            live->watches[kept++] = live->watches[i];
    live->count = kept;
}

static void take_event(struct live *live, const struct inotify_event *event)
{
    struct watch *watch = watch_of(live, event->wd);
    if (event->mask & IN_Q_OVERFLOW)
        live->overflowed = true;
    if (!watch || !watch->path)
        return;
    if (event->mask & IN_DELETE_SELF && !*watch->path)
        live->gone = true;
    if (event->mask & IN_IGNORED) {
        free(move_ptr(watch->path));
        if (--live->active < live->count / 2)
            compact(live);
        return;
    }
    if (!event->len) { /* the directory itself: told by the one that it is in */
        return;
    }
    cleanup_free char *path = below(watch->path, event->name);
    look_later(live, path);
    if (!(event->mask & IN_ISDIR))
        return;
    if (event->mask & IN_MOVED_FROM)
        forget_tree(live, path);
    if (event->mask & (IN_MOVED_TO | IN_CREATE))
        watch_tree(live, path, 0, true);
}

static void read_events(struct live *live)
{
    union {
        struct inotify_event first; /* for its alignment */
        char bytes[64 * 1024];
    } block;
    for (ssize_t got; (got = read(live->fd, block.bytes, sizeof block)) > 0;) {
        for (char *at = block.bytes; at < block.bytes + got;) {
            const struct inotify_event *event = (void *)at;
            take_event(live, event);
            at += sizeof *event + event->len;
        }
        if (live->overflowed)
            return;
    }
}

static bool later(const struct timespec *a, const struct timespec *b)
{
    return a->tv_sec != b->tv_sec ? a->tv_sec > b->tv_sec : a->tv_nsec > b->tv_nsec;
}

/* What changed since the last walk, by the time that the kernel notes at each file and directory. */
static void walk(struct live *live, const char *path, int depth, int *seen)
{
    cleanup_free char *full = str_format("%s/%s", live->directory, path);
    cleanup_dir DIR *dir = depth < DEEPEST ? opendir(full) : NULL;
    for (const struct dirent *entry; dir && ++*seen < SEEN_MOST && (entry = readdir(dir));) {
        struct stat st;
        if (str_equal(entry->d_name, ".") || str_equal(entry->d_name, "..") ||
            fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
            continue;
        cleanup_free char *name = below(path, entry->d_name);
        if (!later(&live->since, &st.st_ctim))
            look_later(live, name);
        if (S_ISDIR(st.st_mode))
            walk(live, name, depth + 1, seen);
    }
}

static void walk_when_due(struct live *live)
{
    int64_t start = clock_mono_ns();
    int seen = 0;
    struct timespec now;
    if (!live->unwatched || start < live->next_ns)
        return;
    clock_gettime(CLOCK_REALTIME_COARSE, &now); /* the clock of the file system */
    walk(live, "", 0, &seen);
    live->since = now;
    int64_t took = clock_mono_ns() - start, pause = took * (SHARE - 1), least = (int64_t)LIVE_RESCAN_MS * 1000000;
    live->next_ns = start + took + (pause > least ? pause : least);
}

struct live *live_open(const char *const *lowers, const char *upper, struct error *err)
{
    if (atomic_fetch_add(&followers, 1) >= LIVE_FOLLOWERS_MOST) {
        atomic_fetch_sub(&followers, 1);
        error_set(err, EAGAIN, "%d clients follow layers already; more are not served", LIVE_FOLLOWERS_MOST);
        return NULL;
    }
    struct live *live = xcalloc(1, sizeof *live);
    live->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    live->lowers = strv_copy((char *const *)lowers);
    live->directory = xstrdup(upper);
    live->upper = (struct upper){live->directory, (const char *const *)live->lowers, &live->memo};
    clock_gettime(CLOCK_REALTIME_COARSE, &live->since);
    if (live->fd < 0) {
        error_errno(err, errno, "follow %s: inotify (fs.inotify.max_user_instances bounds how many there may be)", upper);
        live_free(live);
        return NULL;
    }
    watch_tree(live, "", 0, false);
    return live;
}

void live_free(struct live *live)
{
    if (!live)
        return;
    for (size_t i = 0; i < live->count; i++)
        free(live->watches[i].path);
    fd_close(live->fd);
    free(live->watches);
    drop_paths(live);
    strv_free(live->lowers);
    overlay_memo_free(&live->memo);
    free(live->directory);
    free(live);
    atomic_fetch_sub(&followers, 1);
}

int live_fd(const struct live *live) { return live->fd; }
bool live_watched(const struct live *live) { return !live->unwatched; }
bool live_gone(const struct live *live) { return live->gone; }

int live_timeout_ms(const struct live *live)
{
    int64_t left = live->next_ns - clock_mono_ns();
    return !live->unwatched ? -1 : left <= 0 ? 0 : (int)(left / 1000000) + 1;
}

/* A directory that is only there for what is in it is told as changed: so it is in the list of changes, too. */
static json_t *tell(const struct live *live, const char *path)
{
    struct upper_change change = upper_look(&live->upper, path);
    if (!change.kind)
        change.kind = change.directory ? 'C' : '-';
    return upper_change_json(&live->upper, &change, path);
}

/* The first of it at once, but what belongs together comes together (a copy, its attributes, its content); and somebody who writes
 * all the time is told of ten times a second. */
static void settle(struct live *live)
{
    int64_t since = (clock_mono_ns() - live->read_ns) / 1000;
    usleep(since < APART_US - SETTLE_US ? (useconds_t)(APART_US - since) : SETTLE_US);
    live->read_ns = clock_mono_ns();
}

json_t *live_read(struct live *live)
{
    settle(live);
    read_events(live);
    walk_when_due(live);
    if (live->overflowed) {
        live->overflowed = false;
        drop_paths(live);
        return NULL;
    }
    sort_paths(live);
    json_t *out = json_array();
    for (size_t i = 0; i < live->path_count; i++)
        json_array_append_new(out, tell(live, live->paths[i]));
    drop_paths(live);
    return out;
}
