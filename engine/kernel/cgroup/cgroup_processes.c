/* The processes of a group: joining it, freezing, counting, killing, and removing the group after them. */
#include "base/files.h"
#include "base/memory.h"
#include "base/strings.h"
#include "base/tree.h"
#include "kernel/cgroup/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

static void wait_ms(long ms) { nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000}, NULL); }

int cgroup_seat_open(const struct hierarchy *hierarchy, const char *path, struct cgroup_seats *seats, struct error *err)
{
    char *directory cleanup_free = str_format("%s%s", hierarchy->mount_point, strcmp(path, "/") ? path : "");
    char *tasks cleanup_free = path_join(directory, "tasks");
    int fd = hierarchy->unified ? open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC) : open(tasks, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return error_errno(err, errno, "open the cgroup %s", directory);
    if (hierarchy->unified)
        seats->unified = fd;
    else
        seats->tasks[seats->count++] = fd;
    return 0;
}

int cgroup_seats_open(const struct cgroup *cgroup, struct cgroup_seats *seats, struct error *err)
{
    *seats = (struct cgroup_seats){.unified = -EBADF};
    int rc = 0;
    for (size_t i = 0; i < cgroup->count && !rc; i++)
        rc = cgroup_seat_open(&cgroup->hierarchies[i], cgroup->path, seats, err);
    if (rc < 0)
        cgroup_seats_close(seats);
    return rc;
}

/* "4:memory:/docker/<id>", "0::/docker/<id>" (cgroups(7)). */
static int seat_of_line(const struct cgroup *cgroup, char *line, struct cgroup_seats *seats, struct error *err)
{
    char *rest = line, *id = strsep(&rest, ":"), *controllers = strsep(&rest, ":");
    if (!controllers || !rest)
        return 0;
    (void)id;
    char *first cleanup_free = xstrndup(controllers, strcspn(controllers, ","));
    const struct hierarchy *hierarchy = cgroup_find(cgroup, *first ? first : "cgroup");
    if (!hierarchy || hierarchy->unified != !*first)
        return 0;
    return cgroup_seat_open(hierarchy, rest, seats, err);
}

int cgroup_seats_of(pid_t pid, struct cgroup_seats *seats, struct error *err)
{
    struct cgroup cgroup;
    *seats = (struct cgroup_seats){.unified = -EBADF};
    char *path cleanup_free = str_format("/proc/%d/cgroup", (int)pid);
    char *text cleanup_free = file_read(path, NULL, err), *rest = text;
    if (!text)
        return -err->code;
    int rc = cgroup_open("/", &cgroup, err);
    for (char *line; !rc && (line = strsep(&rest, "\n"));) {
        rc = seat_of_line(&cgroup, line, seats, err);
        if (rc < 0)
            error_prefix(err, "process %d", (int)pid);
    }
    if (rc < 0)
        cgroup_seats_close(seats);
    cgroup_close(&cgroup);
    return rc;
}

void cgroup_seats_close(struct cgroup_seats *seats)
{
    for (size_t i = 0; i < seats->count; i++)
        fd_close(seats->tasks[i]);
    fd_close(seats->unified);
    *seats = (struct cgroup_seats){.unified = -EBADF};
}

int cgroup_sit(struct steps *steps, const struct cgroup_seats *seats, const char *shown, struct error *err)
{
    int64_t start = step_start();
    int rc = 0;
    for (size_t i = 0; i < seats->count && !rc; i++)
        if (write(seats->tasks[i], "0", 1) < 0)
            rc = error_errno(err, errno, "join the cgroup %s", shown);
    step_recordf(steps, start, rc, "cgroup join", shown, "for c in /sys/fs/cgroup/*; do echo $$ > $c%s/tasks; done", shown);
    return rc;
}

bool cgroup_dies_as_one(const struct cgroup_seats *seats)
{
    struct statfs where;
    bool as_one = false;
    int at = fcntl(seats->unified, F_DUPFD_CLOEXEC, 0);
    while (!as_one && fstatfs(at, &where) == 0 && where.f_type == CGROUP2_SUPER_MAGIC) {
        char *text cleanup_free = file_read_at(at, "memory.oom.group", NULL, NULL);
        as_one = text && *text == '1';
        int above = openat(at, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
        fd_close(at);
        at = above;
    }
    fd_close(at);
    return as_one;
}

int cgroup_seat_unified(struct steps *steps, const struct cgroup_seats *seats, pid_t pid, const char *shown, struct error *err)
{
    int64_t start = step_start();
    int procs cleanup_close = openat(seats->unified, "cgroup.procs", O_WRONLY | O_CLOEXEC);
    int rc = procs < 0 || dprintf(procs, "%d", (int)pid) < 0
                 ? error_errno(err, errno, "put process %d into the cgroup %s", (int)pid, shown)
                 : 0;
    step_recordf(steps, start, rc, "cgroup join", shown, "echo %d > /sys/fs/cgroup%s/cgroup.procs", (int)pid, shown);
    return rc;
}

/* The group's directory and all below, deepest first. What is below may be a learner's work: of any depth. */
static void walk(const char *directory, int (*each)(int parent, const char *name, int directory, void *context), void *context)
{
    const struct tree_visitor visitor = {.leave = each, .context = context};
    (void)tree_walk(AT_FDCWD, directory, &visitor);
}

struct pids {
    pid_t *list;
    size_t count;
};

static int collect(int parent, const char *name, int directory, void *context)
{
    (void)parent;
    (void)name;
    struct pids *pids = context;
    char *text cleanup_free = file_read_at(directory, "cgroup.procs", NULL, NULL), *rest = text;
    for (char *line; text && (line = strsep(&rest, "\n"));) {
        long long pid;
        if (!str_to_int(line, &pid) || pid <= 0)
            continue;
        pids->list = xrealloc(pids->list, (pids->count + 2) * sizeof *pids->list);
        pids->list[pids->count++] = (pid_t)pid;
        pids->list[pids->count] = 0;
    }
    return 0;
}

/* Every process sits in every hierarchy, so one is enough: prefer those that nothing but us delegates. */
static const struct hierarchy *counting_hierarchy(const struct cgroup *cgroup)
{
    static const char *const preferred[] = {"freezer", "pids", "memory"};
    for (size_t i = 0; i < ARRAY_LEN(preferred); i++) {
        const struct hierarchy *found = cgroup_find(cgroup, preferred[i]);
        if (found)
            return found;
    }
    const struct hierarchy *unified = cgroup_find(cgroup, "cgroup");
    return unified || !cgroup->count ? unified : &cgroup->hierarchies[0];
}

pid_t *cgroup_pids(const struct cgroup *cgroup)
{
    const struct hierarchy *hierarchy = counting_hierarchy(cgroup);
    if (!hierarchy)
        return NULL;
    char *directory cleanup_free = cgroup_directory(cgroup, hierarchy);
    struct pids pids = {0};
    walk(directory, collect, &pids);
    return pids.list;
}

/* The freezer's file and words, which differ: v1 writes FROZEN to freezer.state and reads FREEZING on the way; v2 writes 1 to
 * cgroup.freeze and tells in cgroup.events. */
static bool freezer_done(const char *directory, bool unified, bool frozen)
{
    char *path cleanup_free = path_join(directory, unified ? "cgroup.events" : "freezer.state");
    char *text cleanup_free = file_read(path, NULL, NULL);
    if (!text)
        return true;
    if (unified)
        return strstr(text, frozen ? "frozen 1" : "frozen 0") != NULL;
    return str_starts(text, frozen ? "FROZEN" : "THAWED");
}

static const struct hierarchy *freezer_of(const struct cgroup *cgroup)
{
    const struct hierarchy *v1 = cgroup_find(cgroup, "freezer");
    return v1 ? v1 : cgroup_find(cgroup, "cgroup");
}

bool cgroup_frozen(const struct cgroup *cgroup)
{
    const struct hierarchy *hierarchy = freezer_of(cgroup);
    if (!hierarchy)
        return false;
    char *directory cleanup_free = cgroup_directory(cgroup, hierarchy);
    return !freezer_done(directory, hierarchy->unified, false);
}

/* Everything that runs on the machine would be meant. */
static int refuse_root(const struct cgroup *cgroup, const char *what, struct error *err)
{
    return cgroup_is_root(cgroup->path) ? error_set(err, EINVAL, "the root cgroup is not ours to %s", what) : 0;
}

int cgroup_freeze(struct steps *steps, const struct cgroup *cgroup, bool frozen, struct error *err)
{
    const struct hierarchy *hierarchy = freezer_of(cgroup);
    if (refuse_root(cgroup, "freeze", err) < 0)
        return -EINVAL;
    if (!hierarchy)
        return error_set(err, ENOTSUP, "no freezer on this machine: neither the v1 controller nor cgroup v2 is mounted");
    char *directory cleanup_free = cgroup_directory(cgroup, hierarchy);
    const char *file = hierarchy->unified ? "cgroup.freeze" : "freezer.state";
    const char *value = hierarchy->unified ? (frozen ? "1" : "0") : (frozen ? "FROZEN" : "THAWED");
    int rc = cgroup_write(steps, directory, file, value, err);
    for (int tries = 0; !rc && !freezer_done(directory, hierarchy->unified, frozen); tries++) {
        if (tries >= 2000)
            return error_set(err, ETIMEDOUT, "%s did not become %s in ten seconds", directory, frozen ? "frozen" : "thawed");
        wait_ms(tries < 10 ? 1 : 5);
        if (!hierarchy->unified && tries % 20 == 19) /* a fork in the meantime can hold v1's freezer up: ask again */
            rc = cgroup_write(NULL, directory, file, value, err);
    }
    return rc;
}

static int thaw_one(int parent, const char *name, int directory, void *context)
{
    (void)parent;
    (void)name;
    (void)context;
    int fd cleanup_close = openat(directory, "freezer.state", O_WRONLY | O_CLOEXEC);
    if (fd >= 0)
        (void)!write(fd, "THAWED", strlen("THAWED"));
    return 0;
}

/* In v1's freezer a killed process dies only once it is thawed, also by whoever froze a group below. */
void cgroup_thaw_all(const struct cgroup *cgroup)
{
    const struct hierarchy *freezer = cgroup_find(cgroup, "freezer");
    if (!freezer || cgroup_is_root(cgroup->path))
        return;
    char *directory cleanup_free = cgroup_directory(cgroup, freezer);
    walk(directory, thaw_one, NULL);
    (void)cgroup_freeze(NULL, cgroup, false, NULL);
}

int cgroup_kill(struct steps *steps, const struct cgroup *cgroup, int signal, struct error *err)
{
    int64_t start = step_start();
    const struct hierarchy *unified = cgroup_find(cgroup, "cgroup"), *counting = counting_hierarchy(cgroup);
    if (refuse_root(cgroup, "kill", err) < 0)
        return -EINVAL;
    if (unified && unified == counting && signal == SIGKILL) {
        char *directory cleanup_free = cgroup_directory(cgroup, unified);
        char *file cleanup_free = path_join(directory, "cgroup.kill"); /* since Linux 5.14 */
        if (!path_exists(directory))
            return 0;
        if (path_exists(file))
            return cgroup_write(steps, directory, "cgroup.kill", "1", err);
    }
    pid_t *pids cleanup_free = cgroup_pids(cgroup);
    int count = 0;
    for (; pids && pids[count]; count++)
        kill(pids[count], signal);
    if (signal == SIGKILL && count)
        cgroup_thaw_all(cgroup);
    step_recordf(steps, start, 0, "kill", cgroup->path, "kill -%d $(cat .../cgroup.procs)  # %d processes", signal, count);
    return 0;
}

struct removal {
    int failed;
    char path[512];
};

static int remove_one(int parent, const char *name, int directory, void *context)
{
    (void)directory;
    struct removal *removal = context;
    if (unlinkat(parent, name, AT_REMOVEDIR) < 0 && errno != ENOENT) {
        removal->failed = errno;
        strncpy(removal->path, name, sizeof removal->path - 1);
    }
    return 0;
}

static void record_removal(struct steps *steps, int64_t start, int rc, const struct cgroup *cgroup)
{
    step_recordf(steps, start, rc, "cgroup remove", cgroup->path, "rmdir /sys/fs/cgroup/*%s", cgroup->path);
}

bool cgroup_remove_empty(struct steps *steps, const struct cgroup *cgroup)
{
    int64_t start = step_start();
    bool gone = !cgroup_is_root(cgroup->path);
    for (size_t i = 0; i < cgroup->count && gone; i++) {
        char *directory cleanup_free = cgroup_directory(cgroup, &cgroup->hierarchies[i]);
        gone = rmdir(directory) == 0 || errno == ENOENT;
    }
    if (gone)
        record_removal(steps, start, 0, cgroup);
    return gone;
}

int cgroup_remove(struct steps *steps, const struct cgroup *cgroup, struct error *err)
{
    int64_t start = step_start();
    struct removal removal = {0};
    if (refuse_root(cgroup, "remove", err) < 0)
        return -EINVAL;
    for (int tries = 0; tries < 400; tries++) {
        removal.failed = 0;
        for (size_t i = 0; i < cgroup->count; i++) {
            char *directory cleanup_free = cgroup_directory(cgroup, &cgroup->hierarchies[i]);
            if (rmdir(directory) < 0 && errno != ENOENT) /* most have nothing below */
                walk(directory, remove_one, &removal);
        }
        if (removal.failed != EBUSY)
            break;
        if (tries % 20 == 2)
            (void)cgroup_kill(NULL, cgroup, SIGKILL, NULL);
        wait_ms(tries < 20 ? 1 : 5);
    }
    int rc = removal.failed ? error_errno(err, removal.failed, "remove the cgroup %s", removal.path) : 0;
    record_removal(steps, start, rc, cgroup);
    return rc;
}

long long cgroup_kills_in(const char *directory, bool unified)
{
    char *path cleanup_free = path_join(directory, unified ? "memory.events" : "memory.oom_control");
    char *text cleanup_free = file_read(path, NULL, NULL);
    char *found = text ? strstr(text, "oom_kill ") : NULL;
    return found ? atoll(found + strlen("oom_kill ")) : 0;
}

long long cgroup_oom_kills(const struct cgroup *cgroup)
{
    const struct hierarchy *hierarchy = cgroup_find(cgroup, "memory");
    char *directory cleanup_free = hierarchy ? cgroup_directory(cgroup, hierarchy) : NULL;
    return hierarchy ? cgroup_kills_in(directory, hierarchy->unified) : 0;
}
