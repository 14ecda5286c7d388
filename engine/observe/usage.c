/* Keeps the files of one container's figures open and turns them into stats. */
#include "observe/usage.h"

#include "base/files.h"
#include "base/memory.h"
#include "observe/figures.h"
#include "observe/group.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <unistd.h>

enum { TEXT_MOST = 16 * 1024 };

enum source {
    MEMORY_USAGE,
    MEMORY_MAX,
    MEMORY_FAILURES,
    MEMORY_LIMIT,
    MEMORY_STAT,
    CPU_USAGE,
    CPU_EACH,
    CPU_MODES,
    CPU_STAT,
    PIDS_CURRENT,
    PIDS_MAX,
    IO_BYTES,
    IO_SERVICED,
    SOURCES
};

/* NULL: this version has none, or another file says it. */
static const struct {
    const char *controller, *file1, *file2;
} sources[SOURCES] = {
    [MEMORY_USAGE] = {"memory", "memory.usage_in_bytes", "memory.current"},
    [MEMORY_MAX] = {"memory", "memory.max_usage_in_bytes", NULL},
    [MEMORY_FAILURES] = {"memory", "memory.failcnt", NULL},
    [MEMORY_LIMIT] = {"memory", "memory.limit_in_bytes", "memory.max"},
    [MEMORY_STAT] = {"memory", "memory.stat", "memory.stat"},
    [CPU_USAGE] = {"cpuacct", "cpuacct.usage", NULL},
    [CPU_EACH] = {"cpuacct", "cpuacct.usage_percpu", NULL},
    [CPU_MODES] = {"cpuacct", "cpuacct.stat", NULL},
    [CPU_STAT] = {"cpu", "cpu.stat", "cpu.stat"},
    [PIDS_CURRENT] = {"pids", "pids.current", "pids.current"},
    [PIDS_MAX] = {"pids", "pids.max", "pids.max"},
    [IO_BYTES] = {"blkio", "blkio.throttle.io_service_bytes_recursive", NULL},
    [IO_SERVICED] = {"blkio", "blkio.throttle.io_serviced_recursive", NULL},
};

struct observe_usage {
    int fds[SOURCES];
    int io_stat; /* version 2 */
    int networks, machine;
    bool memory_unified, cpu_unified;
};

static int open_in(const char *directory, const char *file)
{
    if (!directory || !file)
        return -EBADF;
    cleanup_free char *path = path_join(directory, file);
    return open(path, O_RDONLY | O_CLOEXEC);
}

static void open_sources(struct observe_usage *usage, const struct group *group)
{
    for (int i = 0; i < SOURCES; i++) {
        const char *directory = group_directory(group, sources[i].controller);
        usage->fds[i] = open_in(directory, group_unified(group, sources[i].controller) ? sources[i].file2 : sources[i].file1);
    }
    usage->memory_unified = group_unified(group, "memory");
    usage->cpu_unified = usage->fds[CPU_USAGE] < 0;
    if (usage->cpu_unified && usage->fds[CPU_STAT] < 0) /* version 2 counts time in every group, also where the controller is off */
        usage->fds[CPU_STAT] = open_in(group_directory(group, "cgroup"), "cpu.stat");
    usage->io_stat = group_directory(group, "blkio") ? -EBADF : open_in(group_directory(group, "io"), "io.stat");
}

struct observe_usage *observe_usage_new(pid_t pid, struct error *err)
{
    struct group group;
    if (group_open(pid, &group, err) < 0) {
        group_close(&group);
        return NULL;
    }
    struct observe_usage *usage = xcalloc(1, sizeof *usage);
    char path[48];
    open_sources(usage, &group);
    group_close(&group);
    snprintf(path, sizeof path, "/proc/%d/net/dev", (int)pid);
    usage->networks = open(path, O_RDONLY | O_CLOEXEC);
    usage->machine = open("/proc/stat", O_RDONLY | O_CLOEXEC);
    return usage;
}

void observe_usage_free(struct observe_usage *usage)
{
    if (!usage)
        return;
    for (int i = 0; i < SOURCES; i++)
        fd_close(usage->fds[i]);
    fd_close(usage->io_stat);
    fd_close(usage->networks);
    fd_close(usage->machine);
    free(usage);
}

/* "" when there is nothing to read. */
static const char *read_text(int fd, char *text, size_t room)
{
    ssize_t got = fd < 0 ? 0 : pread(fd, text, room - 1, 0);
    text[got > 0 ? got : 0] = 0;
    return text;
}

/* Negative: no number, which is "max" or no file. */
static int64_t read_number(int fd)
{
    char text[32];
    read_text(fd, text, sizeof text);
    return isdigit((unsigned char)*text) ? (int64_t)strtoull(text, NULL, 10) : -1;
}

static int64_t none_as_zero(int64_t number) { return number < 0 ? 0 : number; }

/* All processor time of the machine, idle time too: the first line of /proc/stat, in ticks. */
static uint64_t machine_ns(const struct observe_usage *usage)
{
    char text[512];
    uint64_t total = 0;
    const char *at = read_text(usage->machine, text, sizeof text);
    char *end;
    at += strcspn(at, " ");
    for (int i = 0; i < 8; i++, at = end)
        total += strtoull(at, &end, 10);
    return total * (1000000000ull / (uint64_t)sysconf(_SC_CLK_TCK));
}

static void read_cpu(struct observe_usage *usage, struct buf *out)
{
    char stat[1024], modes[128], each[8192];
    const int64_t tick = 1000000000LL / sysconf(_SC_CLK_TCK);
    read_text(usage->fds[CPU_STAT], stat, sizeof stat);
    int64_t total, kernel, user, throttled;
    if (usage->cpu_unified) {
        total = group_keyed(stat, "usage_usec", 0) * 1000;
        kernel = group_keyed(stat, "system_usec", 0) * 1000;
        user = group_keyed(stat, "user_usec", 0) * 1000;
        throttled = group_keyed(stat, "throttled_usec", 0) * 1000;
    } else {
        read_text(usage->fds[CPU_MODES], modes, sizeof modes);
        total = none_as_zero(read_number(usage->fds[CPU_USAGE]));
        kernel = group_keyed(modes, "system", 0) * tick;
        user = group_keyed(modes, "user", 0) * tick;
        throttled = group_keyed(stat, "throttled_time", 0);
    }
    buf_printf(out, "{\"cpu_usage\":{\"total_usage\":%" PRId64, total);
    char *rest, *word = strtok_r((char *)read_text(usage->fds[CPU_EACH], each, sizeof each), " \n", &rest);
    for (const char *before = ",\"percpu_usage\":["; word; word = strtok_r(NULL, " \n", &rest), before = ",")
        buf_printf(out, "%s%s%s", before, word, *rest && *rest != '\n' ? "" : "]");
    buf_printf(out,
               ",\"usage_in_kernelmode\":%" PRId64 ",\"usage_in_usermode\":%" PRId64 "},\"system_cpu_usage\":%" PRIu64
               ",\"online_cpus\":%d,\"throttling_data\":{\"periods\":%" PRId64 ",\"throttled_periods\":%" PRId64
               ",\"throttled_time\":%" PRId64 "}}",
               kernel, user, machine_ns(usage), get_nprocs(), group_keyed(stat, "nr_periods", 0),
               group_keyed(stat, "nr_throttled", 0), throttled);
}

static void read_memory(struct observe_usage *usage, struct buf *out, char *text)
{
    struct sysinfo host;
    sysinfo(&host);
    int64_t all = (int64_t)host.totalram * host.mem_unit, limit = read_number(usage->fds[MEMORY_LIMIT]);
    int64_t failures = read_number(usage->fds[MEMORY_FAILURES]);
    buf_printf(out, "{\"usage\":%" PRId64, none_as_zero(read_number(usage->fds[MEMORY_USAGE])));
    if (!usage->memory_unified)
        buf_printf(out, ",\"max_usage\":%" PRId64, none_as_zero(read_number(usage->fds[MEMORY_MAX])));
    buf_puts(out, ",\"stats\":");
    usage_memory_stat(out, read_text(usage->fds[MEMORY_STAT], text, TEXT_MOST), usage->memory_unified);
    if (failures > 0)
        buf_printf(out, ",\"failcnt\":%" PRId64, failures);
    buf_printf(out, ",\"limit\":%" PRId64 "}", limit > 0 && limit < all ? limit : all);
}

void observe_usage_read(struct observe_usage *usage, struct usage_texts *out)
{
    cleanup_free char *text = xmalloc(TEXT_MOST), *more = xmalloc(TEXT_MOST);
    int64_t most = read_number(usage->fds[PIDS_MAX]);
    read_cpu(usage, &out->cpu);
    buf_printf(&out->pids, "{\"current\":%" PRId64, none_as_zero(read_number(usage->fds[PIDS_CURRENT])));
    if (most > 0)
        buf_printf(&out->pids, ",\"limit\":%" PRId64, most);
    buf_putc(&out->pids, '}');
    if (usage->fds[MEMORY_USAGE] >= 0)
        read_memory(usage, &out->memory, text);
    else
        buf_puts(&out->memory, "{}");
    if (usage->io_stat >= 0)
        usage_blkio(&out->blkio, NULL, NULL, read_text(usage->io_stat, text, TEXT_MOST));
    else
        usage_blkio(&out->blkio, read_text(usage->fds[IO_BYTES], text, TEXT_MOST),
                    read_text(usage->fds[IO_SERVICED], more, TEXT_MOST), NULL);
    usage_networks(&out->networks, read_text(usage->networks, text, TEXT_MOST));
}
