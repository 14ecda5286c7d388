/* The directories of RUN --mount=type=cache, <parent>/<digest of the id>[-n]: who uses which is only known here, and forgotten when
 * the program ends. */
#include "build/mount_caches.h"

#include "base/digest.h"
#include "base/files.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/strings.h"
#include "base/tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { DIRECTORIES_MOST = 64, LOOK_MS = 100 };

struct user {
    char *path;
    unsigned count;
    bool alone;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t given_back = PTHREAD_COND_INITIALIZER;
static struct user *users;
static size_t user_count;

static struct user *find(const char *path)
{
    for (size_t i = 0; i < user_count; i++)
        if (str_equal(users[i].path, path))
            return &users[i];
    return NULL;
}

/* Locked. */
static bool enter(const char *path, enum sharing sharing)
{
    struct user *user = find(path);
    if (user && (user->alone || sharing != SHARING_SHARED))
        return false;
    if (!user) {
        users = xrealloc(users, (user_count + 1) * sizeof *users);
        user = &users[user_count++];
        *user = (struct user){.path = xstrdup(path), .alone = sharing != SHARING_SHARED};
    }
    user->count++;
    return true;
}

void cache_give_back(const char *path)
{
    pthread_mutex_lock(&lock);
    struct user *user = find(path);
    if (user && --user->count == 0) {
        free(user->path);
        *user = users[--user_count];
    }
    pthread_cond_broadcast(&given_back);
    pthread_mutex_unlock(&lock);
}

/* Locked. */
static void wait_a_little(void)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += LOOK_MS * 1000000L;
    until.tv_sec += until.tv_nsec / 1000000000L;
    until.tv_nsec %= 1000000000L;
    pthread_cond_timedwait(&given_back, &lock, &until);
}

int cache_take(const char *parent, const char *id, enum sharing sharing, bool (*stop)(void *data), void *data, char **path,
               bool *fresh, struct error *err)
{
    char digest[DIGEST_TEXT];
    digest_bytes(id, strlen(id), digest);
    cleanup_free char *first = str_format("%s/%s", parent, digest + strlen("sha256:"));
    *path = xstrdup(first);
    pthread_mutex_lock(&lock);
    for (int n = 2; !enter(*path, sharing); n++) {
        if (sharing == SHARING_PRIVATE && n <= DIRECTORIES_MOST) { /* another one, then */
            free(*path);
            *path = str_format("%s-%d", first, n);
            continue;
        }
        pthread_mutex_unlock(&lock);
        bool unwanted = stop(data);
        pthread_mutex_lock(&lock);
        if (unwanted) {
            pthread_mutex_unlock(&lock);
            free(move_ptr(*path));
            return error_set(err, ECANCELED, "Build cancelled");
        }
        wait_a_little();
    }
    pthread_mutex_unlock(&lock);
    int r = path_make_dirs(parent, 0700, err);
    *fresh = r == 0 && mkdir(*path, 0755) == 0;
    if (r == 0 && !*fresh && errno != EEXIST)
        r = error_errno(err, errno, "make directory %s", *path);
    const struct timespec now[2] = {{.tv_nsec = UTIME_NOW}, {.tv_nsec = UTIME_OMIT}};
    if (r == 0) /* when it was used last, for those who prune */
        utimensat(AT_FDCWD, *path, now, 0);
    if (r < 0) {
        cache_give_back(*path);
        free(move_ptr(*path));
    }
    return r;
}

static int add_size(int directory, const char *name, void *context)
{
    struct stat st;
    if (fstatat(directory, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
        *(long long *)context += st.st_blocks * 512LL;
    return 0;
}

static int pass(int parent, const char *name, int directory, void *context)
{
    (void)parent;
    (void)name;
    (void)directory;
    (void)context;
    return 0;
}

struct kept {
    char *name;
    int64_t used_ns;
    long long bytes;
};

static int longest_unused_first(const void *a, const void *b)
{
    int64_t left = ((const struct kept *)a)->used_ns, right = ((const struct kept *)b)->used_ns;
    return (left > right) - (left < right);
}

static struct kept *list(const char *parent, size_t *count, long long *total)
{
    struct kept *out = NULL;
    cleanup_dir DIR *dir = opendir(parent);
    for (struct dirent *entry; dir && (entry = readdir(dir));) {
        struct stat st;
        cleanup_free char *path = path_join(parent, entry->d_name);
        if (entry->d_name[0] == '.' || lstat(path, &st) < 0)
            continue;
        out = xrealloc(out, (*count + 1) * sizeof *out);
        struct kept *kept = &out[(*count)++];
        *kept = (struct kept){xstrdup(entry->d_name), st.st_atim.tv_sec * 1000000000LL + st.st_atim.tv_nsec, 0};
        const struct tree_visitor visitor = {.file = add_size, .leave = pass, .context = &kept->bytes};
        tree_walk(AT_FDCWD, path, &visitor);
        *total += kept->bytes;
    }
    if (out)
        qsort(out, *count, sizeof *out, longest_unused_first);
    return out;
}

char **caches_prune(const char *parent, const struct caches_prune *prune, long long *bytes)
{
    char **names = NULL;
    size_t count = 0;
    long long total = 0;
    pthread_mutex_lock(&lock);
    struct kept *all = list(parent, &count, &total);
    for (size_t i = 0; i < count; i++) {
        struct error why = ERROR_INIT;
        cleanup_free char *path = path_join(parent, all[i].name);
        bool wanted = !find(path) && (!prune->keep || total > prune->keep) &&
                      (!prune->before_ns || all[i].used_ns < prune->before_ns) && (!prune->id || str_equal(prune->id, all[i].name));
        if (wanted && path_remove_tree(path, &why) == 0) {
            strv_add(&names, all[i].name);
            *bytes += all[i].bytes;
            total -= all[i].bytes;
        } else if (wanted) {
            log_warn("%s", why.message);
        }
        free(all[i].name);
    }
    free(all);
    pthread_mutex_unlock(&lock);
    return names;
}
