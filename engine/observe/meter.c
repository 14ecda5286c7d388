/* A meter per container: the few files whose numbers a list of containers shows, held open and read with pread(2), so that a
 * refresh of twenty containers is some hundred system calls and no path look-up. */
#include "observe/observe.h"

#include "base/files.h"
#include "base/memory.h"
#include "base/strings.h"
#include "observe/group.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LIMITS_MOST = 8, TEXT_MOST = 1024 };
#define NO_LIMIT (INT64_C(1) << 60)

enum figure { MEMORY, CPU, PIDS, OOM_KILLS, FIGURES };

struct observe_meter {
    int fds[FIGURES];
    bool unified[FIGURES];
    int limits[LIMITS_MOST]; /* of the group and of those above it: the smallest holds */
    size_t limit_count;
};

/* file and key per version; a key means lines of "name number". Processor time of version 2 is in microseconds. */
static const struct {
    const char *controller;
    const char *file1, *key1, *file2, *key2;
    int64_t factor2;
} sources[FIGURES] = {
    [MEMORY] = {"memory", "memory.usage_in_bytes", NULL, "memory.current", NULL, 1},
    [CPU] = {"cpuacct", "cpuacct.usage", NULL, "cpu.stat", "usage_usec", 1000},
    [PIDS] = {"pids", "pids.current", NULL, "pids.current", NULL, 1},
    [OOM_KILLS] = {"memory", "memory.oom_control", "oom_kill", "memory.events", "oom_kill", 1},
};

static int open_in(const char *directory, const char *file)
{
    cleanup_free char *path = path_join(directory, file);
    return open(path, O_RDONLY | O_CLOEXEC);
}

static void open_limits(struct observe_meter *meter, const char *directory, bool unified)
{
    cleanup_free char *at = xstrdup(directory);
    while (meter->limit_count < LIMITS_MOST) {
        int fd = open_in(at, unified ? "memory.max" : "memory.limit_in_bytes");
        if (fd < 0)
            return;
        meter->limits[meter->limit_count++] = fd;
        char *slash = strrchr(at, '/');
        if (!slash || slash == at)
            return;
        *slash = 0;
    }
}

struct observe_meter *observe_meter_new(pid_t pid, struct error *err)
{
    struct group group;
    if (group_open(pid, &group, err) < 0) {
        group_close(&group);
        return NULL;
    }
    struct observe_meter *meter = xcalloc(1, sizeof *meter);
    for (int i = 0; i < FIGURES; i++) {
        const char *directory = group_directory(&group, sources[i].controller);
        meter->unified[i] = group_unified(&group, sources[i].controller);
        if (!directory && i == CPU) { /* version 2 has no cpuacct: its cpu.stat is in every group */
            directory = group_directory(&group, "cgroup");
            meter->unified[i] = true;
        }
        meter->fds[i] = directory ? open_in(directory, meter->unified[i] ? sources[i].file2 : sources[i].file1) : -EBADF;
    }
    const char *memory = group_directory(&group, "memory");
    if (memory)
        open_limits(meter, memory, group_unified(&group, "memory"));
    group_close(&group);
    return meter;
}

static int64_t read_number(int fd, const char *key)
{
    char text[TEXT_MOST];
    ssize_t got = fd < 0 ? -1 : pread(fd, text, sizeof text - 1, 0);
    if (got <= 0)
        return 0;
    text[got] = 0;
    if (key)
        return group_keyed(text, key, 0);
    return str_starts(text, "max") ? NO_LIMIT : strtoll(text, NULL, 10);
}

json_t *observe_meter_read(struct observe_meter *meter)
{
    int64_t values[FIGURES], limit = NO_LIMIT;
    for (int i = 0; i < FIGURES; i++)
        values[i] = read_number(meter->fds[i], meter->unified[i] ? sources[i].key2 : sources[i].key1) *
                    (meter->unified[i] ? sources[i].factor2 : 1);
    for (size_t i = 0; i < meter->limit_count; i++) {
        int64_t one = read_number(meter->limits[i], NULL);
        limit = one > 0 && one < limit ? one : limit;
    }
    return json_pack("{s:I,s:o,s:I,s:I,s:I}", "memory", (json_int_t)values[MEMORY], "memory_limit",
                     limit == NO_LIMIT ? json_null() : json_integer(limit), "cpu_ns", (json_int_t)values[CPU], "pids",
                     (json_int_t)values[PIDS], "oom_kills", (json_int_t)values[OOM_KILLS]);
}

void observe_meter_free(struct observe_meter *meter)
{
    if (!meter)
        return;
    for (int i = 0; i < FIGURES; i++)
        fd_close(meter->fds[i]);
    for (size_t i = 0; i < meter->limit_count; i++)
        fd_close(meter->limits[i]);
    free(meter);
}
