/* The OOM watch; relies on kernel/cgroup/cgroup.h to read the count of the group. */
#include "shim/oom.h"

#include "base/clock.h"
#include "base/memory.h"
#include "base/strings.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { MS = 1000000, PATIENCE_FIRST = 1 * MS, PATIENCE_LAST = 256 * MS };

bool shim_oom_check(struct shim_oom *oom)
{
    long long kills = oom->group ? cgroup_oom_kills(oom->group) : 0;
    if (kills <= oom->kills)
        return false;
    oom->kills = kills;
    oom->deadline = 0;
    oom->killed(oom);
    return true;
}

/* Ever later: a killer that is disabled counts nothing, nor does a group that goes. */
static void look_again(struct shim_oom *oom, int64_t patience)
{
    oom->patience = patience;
    oom->deadline = patience <= PATIENCE_LAST ? clock_mono_ns() + patience : 0;
}

void shim_oom_expire(struct shim_oom *oom, int64_t now)
{
    if (oom->deadline && oom->deadline <= now && !shim_oom_check(oom))
        look_again(oom, 2 * oom->patience);
}

static void oom_ready(struct shim_source *source, uint32_t events)
{
    (void)events;
    uint64_t count;
    if (source->watched & EPOLLIN && read(source->fd, &count, sizeof count) < 0 && errno != EAGAIN)
        shim_unwatch(source);
    struct shim_oom *oom = source->owner;
    if (!shim_oom_check(oom) && oom->control >= 0)
        look_again(oom, PATIENCE_FIRST);
}

static int watch_v1(struct shim_oom *oom, struct steps *steps, const char *directory, struct error *err)
{
    cleanup_free char *path = str_format("%s/memory.oom_control", directory);
    oom->control = open(path, O_RDONLY | O_CLOEXEC);
    if (oom->control < 0)
        return error_errno(err, errno, "open %s", path);
    oom->source.fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (oom->source.fd < 0)
        return error_errno(err, errno, "eventfd");
    cleanup_free char *pair = str_format("%d %d", oom->source.fd, oom->control);
    int r = cgroup_write(steps, directory, "cgroup.event_control", pair, err);
    if (r == 0)
        shim_watch(&oom->source, EPOLLIN);
    return r;
}

static int watch_v2(struct shim_oom *oom, const char *directory, struct error *err)
{
    cleanup_free char *path = str_format("%s/memory.events", directory);
    oom->source.fd = open(path, O_RDONLY | O_CLOEXEC);
    if (oom->source.fd < 0)
        return error_errno(err, errno, "open %s", path);
    shim_watch(&oom->source, EPOLLPRI | EPOLLET);
    return 0;
}

int shim_oom_open(struct shim_oom *oom, struct steps *steps, const struct cgroup *group, void (*killed)(struct shim_oom *oom),
                  struct error *err)
{
    *oom = (struct shim_oom){.group = group, .control = -EBADF, .killed = killed};
    oom->source = (struct shim_source){.fd = -EBADF, .ready = oom_ready, .owner = oom};
    const struct hierarchy *memory = group ? cgroup_find(group, "memory") : NULL;
    if (!memory)
        return 0;
    cleanup_free char *directory = cgroup_directory(group, memory);
    return memory->unified ? watch_v2(oom, directory, err) : watch_v1(oom, steps, directory, err);
}

void shim_oom_close(struct shim_oom *oom)
{
    shim_source_close(&oom->source);
    oom->control = fd_close(oom->control);
    oom->group = NULL;
    oom->deadline = 0;
}
