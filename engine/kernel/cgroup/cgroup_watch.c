/* Watches on a group; the header tells how each version does it. */
#include "kernel/cgroup/cgroup_watch.h"
#include "base/files.h"
#include "base/memory.h"
#include "base/strings.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

/* "FD CONTROL [LEVEL]" to cgroup.event_control. */
static int register_v1(struct steps *steps, struct cgroup_watch *watch, const char *file, const char *level, struct error *err)
{
    char *path cleanup_free = path_join(watch->directory, file);
    watch->control = open(path, O_RDONLY | O_CLOEXEC);
    if (watch->control < 0)
        return error_errno(err, errno, "open %s", path);
    watch->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (watch->fd < 0)
        return error_errno(err, errno, "eventfd");
    watch->events = POLLIN;
    char *text cleanup_free = str_format("%d %d%s%s", watch->fd, watch->control, level ? " " : "", str_or(level, ""));
    return cgroup_write(steps, watch->directory, "cgroup.event_control", text, err);
}

static int watch_file(struct steps *steps, struct cgroup_watch *watch, const char *file, struct error *err)
{
    int64_t start = step_start();
    char *path cleanup_free = path_join(watch->directory, file);
    int rc = 0;
    if (inotify_add_watch(watch->fd, path, IN_MODIFY | IN_DELETE_SELF) < 0)
        rc = error_errno(err, errno, "watch %s", path);
    step_recordf(steps, start, rc, "inotify", path, "inotifywait -m -e modify %s", path);
    return rc;
}

static int register_v2(struct steps *steps, struct cgroup_watch *watch, struct error *err)
{
    watch->fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (watch->fd < 0)
        return error_errno(err, errno, "inotify");
    watch->events = POLLIN;
    int rc = watch_file(steps, watch, "memory.events", err);
    return rc ? rc : watch_file(steps, watch, "cgroup.events", err);
}

static int begin(const struct cgroup *cgroup, struct cgroup_watch *watch, struct error *err)
{
    const struct hierarchy *memory = cgroup_find(cgroup, "memory");
    *watch = (struct cgroup_watch){.fd = -EBADF, .control = -EBADF};
    if (!memory)
        return error_set(err, ENOTSUP, "watch the memory of %s: no memory controller is mounted on this machine", cgroup->path);
    watch->directory = cgroup_directory(cgroup, memory);
    watch->unified = memory->unified;
    return 0;
}

int cgroup_watch_oom(struct steps *steps, const struct cgroup *cgroup, struct cgroup_watch *watch, struct error *err)
{
    int rc = begin(cgroup, watch, err);
    if (!rc) {
        watch->kills = cgroup_kills_in(watch->directory, watch->unified);
        rc = watch->unified ? register_v2(steps, watch, err) : register_v1(steps, watch, "memory.oom_control", NULL, err);
    }
    if (rc < 0)
        cgroup_watch_close(watch);
    return rc;
}

/* How long, of each second, some (or all) of the group's tasks must have waited for memory. */
static const struct {
    const char *v1, *trigger;
} levels[] = {[PRESSURE_LOW] = {"low", "some 70000 1000000"},
              [PRESSURE_MEDIUM] = {"medium", "some 150000 1000000"},
              [PRESSURE_CRITICAL] = {"critical", "full 150000 1000000"}};

static int trigger_v2(struct steps *steps, struct cgroup_watch *watch, enum cgroup_pressure level, struct error *err)
{
    int64_t start = step_start();
    char *path cleanup_free = path_join(watch->directory, "memory.pressure");
    const char *text = levels[level].trigger;
    watch->fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
    watch->events = POLLPRI;
    int rc = 0;
    if (watch->fd < 0 && errno == ENOENT)
        rc = error_set(err, ENOTSUP, "watch %s: this kernel counts no pressure (PSI) for groups", path);
    else if (watch->fd < 0 || write(watch->fd, text, strlen(text) + 1) < 0)
        rc = error_errno(err, errno, "write \"%s\" to %s", text, path);
    step_recordf(steps, start, rc, "cgroup write", path, "exec 3<>%s; echo \"%s\" >&3", path, text);
    return rc;
}

int cgroup_watch_pressure(struct steps *steps, const struct cgroup *cgroup, enum cgroup_pressure level, struct cgroup_watch *watch,
                          struct error *err)
{
    int rc = begin(cgroup, watch, err);
    watch->pressure = true;
    if (!rc)
        rc = watch->unified ? trigger_v2(steps, watch, level, err)
                            : register_v1(steps, watch, "memory.pressure_level", levels[level].v1, err);
    if (rc < 0)
        cgroup_watch_close(watch);
    return rc;
}

static bool is_empty(const struct cgroup_watch *watch)
{
    char *path cleanup_free = path_join(watch->directory, watch->unified ? "cgroup.events" : "cgroup.procs");
    char *events cleanup_free = watch->unified ? file_read(path, NULL, NULL) : NULL;
    return watch->unified ? !events || strstr(events, "populated 0") : !path_exists(path);
}

/* Whether anything was there to read. */
static bool drain(const struct cgroup_watch *watch)
{
    char block[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
    bool any = false;
    while (!(watch->pressure && watch->unified) && read(watch->fd, block, sizeof block) > 0)
        any = true;
    return any;
}

/* v1's eventfd speaks of nothing else, and before the count of kills grows, or without that where the killer is disabled. v2's file
 * tells of other events too. */
static bool has_struck(struct cgroup_watch *watch, bool told)
{
    long long kills = cgroup_kills_in(watch->directory, watch->unified), before = watch->kills;
    watch->kills = kills;
    return watch->unified ? kills > before : told;
}

int cgroup_watch_read(struct cgroup_watch *watch)
{
    bool told = drain(watch), empty = is_empty(watch);
    int found = empty ? CGROUP_EMPTY : 0;
    if (watch->pressure)
        found |= empty ? 0 : CGROUP_PRESSURE;
    else if (has_struck(watch, told && !empty))
        found |= CGROUP_OOM;
    return found;
}

void cgroup_watch_close(struct cgroup_watch *watch)
{
    fd_close(watch->fd);
    fd_close(watch->control);
    free(watch->directory);
    *watch = (struct cgroup_watch){.fd = -EBADF, .control = -EBADF};
}
