/* The sections of the figures: which file of which version becomes which member. */
#include "base/memory.h"
#include "base/strings.h"
#include "runtime/stats.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { NS_PER_US = 1000 };

/* A list of numbers from column `column` of each line; runc leaves an empty one out. */
static void put_column(struct buf *out, const char *key, const char *text, int column)
{
    bool any = false;
    for (const char *line = text; line && *line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
        unsigned long long cpu, values[2];
        if (sscanf(line, "%llu %llu %llu", &cpu, &values[0], &values[1]) != 3)
            continue;
        if (!any)
            stats_key(out, key);
        buf_printf(out, "%s%llu", any ? "," : "[", values[column]);
        any = true;
    }
    if (any)
        buf_putc(out, ']');
}

static void put_words(struct buf *out, const char *key, const char *text)
{
    char *copy cleanup_free = text ? xstrdup(text) : NULL;
    char *rest = copy ? str_trim(copy) : NULL;
    bool any = false;
    for (char *word; (word = strsep(&rest, " "));) {
        if (!*word)
            continue;
        if (!any)
            stats_key(out, key);
        buf_printf(out, "%s%s", any ? "," : "[", word);
        any = true;
    }
    if (any)
        buf_putc(out, ']');
}

static void usage_v1(struct buf *out, const struct stats_source *account)
{
    char *all cleanup_free = stats_text(account, "cpuacct.usage_all"),
              *each cleanup_free = stats_text(account, "cpuacct.usage_percpu"),
              *ticks cleanup_free = stats_text(account, "cpuacct.stat");
    unsigned long long tick_ns = 1000000000ULL / (unsigned long long)sysconf(_SC_CLK_TCK);
    stats_put(out, "total", stats_number(account, "cpuacct.usage"), true);
    put_words(out, "percpu", each);
    put_column(out, "percpu_kernel", all, 1);
    put_column(out, "percpu_user", all, 0);
    stats_put(out, "kernel", stats_keyed(ticks, "system") * tick_ns, false);
    stats_put(out, "user", stats_keyed(ticks, "user") * tick_ns, false);
}

/* Version 2 counts in cpu.stat of every group, whether the cpu controller is enabled or not. */
void stats_cpu(struct buf *out, const struct stats_source *cpu, const struct stats_source *account,
               const struct stats_source *unified)
{
    char *stat cleanup_free = stats_text(cpu->directory ? cpu : account, "cpu.stat");
    stats_open(out, "cpu");
    stats_open(out, "usage");
    if (account->directory && !account->unified) {
        usage_v1(out, account);
    } else {
        stats_put(out, "total", stats_keyed(stat, "usage_usec") * NS_PER_US, true);
        stats_put(out, "kernel", stats_keyed(stat, "system_usec") * NS_PER_US, false);
        stats_put(out, "user", stats_keyed(stat, "user_usec") * NS_PER_US, false);
    }
    stats_close(out);
    stats_open(out, "throttling");
    stats_put(out, "periods", stats_keyed(stat, "nr_periods"), true);
    stats_put(out, "throttledPeriods", stats_keyed(stat, "nr_throttled"), true);
    stats_put(out, "throttledTime", stats_keyed(stat, "throttled_time") + stats_keyed(stat, "throttled_usec") * NS_PER_US, true);
    stats_close(out);
    stats_pressure(out, unified, "cpu.pressure");
    stats_close(out);
}

/* "0-2,7" as [0,1,2,7]. */
static void put_range(struct buf *out, const char *key, const char *text)
{
    bool any = false;
    for (const char *at = text; at && *at >= '0' && *at <= '9';) {
        char *end;
        unsigned long from = strtoul(at, &end, 10), to = from;
        if (*end == '-')
            to = strtoul(end + 1, &end, 10);
        for (; from <= to && to < 65536; from++) {
            if (!any)
                stats_key(out, key);
            buf_printf(out, "%s%lu", any ? "," : "[", from);
            any = true;
        }
        at = *end == ',' ? end + 1 : NULL;
    }
    if (any)
        buf_putc(out, ']');
}

void stats_cpuset(struct buf *out, const struct stats_source *source)
{
    static const char *const switches[] = {"cpu_exclusive",      "mem_hardwall",       "mem_exclusive",   "memory_migrate",
                                           "memory_spread_page", "memory_spread_slab", "memory_pressure", "sched_load_balance"};
    char *cpus cleanup_free = stats_text(source, source->unified ? "cpuset.cpus.effective" : "cpuset.cpus"),
               *mems cleanup_free = stats_text(source, source->unified ? "cpuset.mems.effective" : "cpuset.mems"),
               *level cleanup_free = source->unified ? NULL : stats_text(source, "cpuset.sched_relax_domain_level");
    stats_open(out, "cpuset");
    put_range(out, "cpus", cpus);
    put_range(out, "mems", mems);
    for (size_t i = 0; i < ARRAY_LEN(switches); i++) {
        char *file cleanup_free = str_format("cpuset.%s", switches[i]);
        stats_put(out, switches[i], source->unified ? 0 : stats_number(source, file), false);
    }
    stats_key(out, "sched_relax_domain_level");
    buf_printf(out, "%lld", level ? atoll(level) : 0);
    stats_close(out);
}

struct entry {
    unsigned long long limit, usage, max, failures;
};

static void put_entry(struct buf *out, const char *key, struct entry entry)
{
    stats_open(out, key);
    stats_put(out, "limit", entry.limit, false);
    stats_put(out, "usage", entry.usage, true);
    stats_put(out, "max", entry.max, true);
    stats_put(out, "failcnt", entry.failures, false);
    stats_close(out);
}

static unsigned long long named(const struct stats_source *source, const char *prefix, const char *rest)
{
    char *file cleanup_free = str_format("%s.%s", prefix, rest);
    return stats_number(source, file);
}

static struct entry entry_v1(const struct stats_source *source, const char *prefix)
{
    return (struct entry){.limit = named(source, prefix, "limit_in_bytes"),
                          .usage = named(source, prefix, "usage_in_bytes"),
                          .max = named(source, prefix, "max_usage_in_bytes"),
                          .failures = named(source, prefix, "failcnt")};
}

static struct entry entry_v2(const struct stats_source *source, const char *prefix)
{
    return (struct entry){
        .limit = named(source, prefix, "max"), .usage = named(source, prefix, "current"), .max = named(source, prefix, "peak")};
}

/* Version 1 counts memory and swap together, and so do readers of these figures. */
static struct entry together(struct entry memory, struct entry swap)
{
    return (struct entry){.limit = swap.limit == ULLONG_MAX || memory.limit == ULLONG_MAX ? ULLONG_MAX : swap.limit + memory.limit,
                          .usage = swap.usage + memory.usage};
}

static void put_raw(struct buf *out, const char *text)
{
    char *copy cleanup_free = text ? xstrdup(text) : NULL, *rest = copy;
    if (!copy)
        return;
    stats_open(out, "raw");
    for (char *line; (line = strsep(&rest, "\n"));) {
        char *value = strchr(line, ' ');
        if (!value || !strspn(value + 1, "0123456789"))
            continue;
        *value++ = 0;
        stats_put(out, line, strtoull(value, NULL, 10), false);
    }
    stats_close(out);
}

void stats_memory(struct buf *out, const struct stats_source *source, const struct stats_source *unified)
{
    char *stat cleanup_free = stats_text(source, "memory.stat");
    struct entry usage = source->unified ? entry_v2(source, "memory") : entry_v1(source, "memory");
    struct entry swap = source->unified ? together(usage, entry_v2(source, "memory.swap")) : entry_v1(source, "memory.memsw");
    stats_open(out, "memory");
    stats_put(out, "cache", stats_keyed(stat, source->unified ? "file" : "cache"), true);
    put_entry(out, "usage", usage);
    put_entry(out, "swap", swap);
    put_entry(out, "kernel", source->unified ? (struct entry){0} : entry_v1(source, "memory.kmem"));
    put_entry(out, "kernelTCP", source->unified ? (struct entry){0} : entry_v1(source, "memory.kmem.tcp"));
    put_raw(out, stat);
    stats_pressure(out, unified, "memory.pressure");
    stats_close(out);
}

static void put_operation(struct buf *out, unsigned major, unsigned minor, const char *operation, unsigned long long value)
{
    stats_open(out, NULL);
    stats_put(out, "major", major, true);
    stats_put(out, "minor", minor, true);
    if (*operation) {
        stats_key(out, "op");
        buf_printf(out, "\"%s\"", operation);
    }
    stats_put(out, "value", value, true);
    stats_close(out);
}

/* "8:0 Read 4096", or "8:0 17" where operations are not told apart; the last line is the total of all devices. */
static void put_operations_v1(struct buf *out, const char *key, const char *text)
{
    bool any = false;
    for (const char *line = text; line && *line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
        unsigned major, minor;
        unsigned long long value;
        char operation[16] = "";
        if (sscanf(line, "%u:%u %15[A-Za-z] %llu", &major, &minor, operation, &value) != 4 &&
            (*operation = 0, sscanf(line, "%u:%u %llu", &major, &minor, &value) != 3))
            continue;
        if (!any) {
            stats_key(out, key);
            buf_putc(out, '[');
        }
        any = true;
        put_operation(out, major, minor, operation, value);
    }
    if (any)
        buf_putc(out, ']');
}

/* "8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=0 dios=0" */
static void put_operations_v2(struct buf *out, const char *key, const char *text, const char *read, const char *written)
{
    const char *const words[] = {read, written}, *const names[] = {"Read", "Write"};
    bool any = false;
    for (const char *line = text; line && *line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
        unsigned major, minor;
        if (sscanf(line, "%u:%u ", &major, &minor) != 2)
            continue;
        char *one cleanup_free = xstrndup(line, strcspn(line, "\n"));
        for (size_t i = 0; i < ARRAY_LEN(words); i++) {
            const char *found = strstr(one, words[i]);
            if (!found)
                continue;
            if (!any) {
                stats_key(out, key);
                buf_putc(out, '[');
            }
            any = true;
            put_operation(out, major, minor, names[i], strtoull(found + strlen(words[i]), NULL, 10));
        }
    }
    if (any)
        buf_putc(out, ']');
}

/* The scheduler bfq counts more, where its debugging is compiled in; otherwise it, or the throttle policy, counts bytes and
 * operations. */
static void blkio_v1(struct buf *out, const struct stats_source *source)
{
    static const struct {
        const char *key, *file, *other;
    } rows[] = {{"ioServiceBytesRecursive", "blkio.bfq.io_service_bytes_recursive", "blkio.throttle.io_service_bytes_recursive"},
                {"ioServicedRecursive", "blkio.bfq.io_serviced_recursive", "blkio.throttle.io_serviced_recursive"},
                {"ioQueueRecursive", "blkio.bfq.io_queued_recursive", NULL},
                {"ioServiceTimeRecursive", "blkio.bfq.io_service_time_recursive", NULL},
                {"ioWaitTimeRecursive", "blkio.bfq.io_wait_time_recursive", NULL},
                {"ioMergedRecursive", "blkio.bfq.io_merged_recursive", NULL},
                {"ioTimeRecursive", "blkio.bfq.time_recursive", NULL},
                {"sectorsRecursive", "blkio.bfq.sectors_recursive", NULL}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        char *text cleanup_free = stats_text(source, rows[i].file);
        if (rows[i].other && (!text || !strchr(text, ':'))) {
            free(text);
            text = stats_text(source, rows[i].other);
        }
        put_operations_v1(out, rows[i].key, text);
    }
}

void stats_blkio(struct buf *out, const struct stats_source *source, const struct stats_source *unified)
{
    stats_open(out, "blkio");
    if (source->unified) {
        char *text cleanup_free = stats_text(source, "io.stat");
        put_operations_v2(out, "ioServiceBytesRecursive", text, " rbytes=", " wbytes=");
        put_operations_v2(out, "ioServicedRecursive", text, " rios=", " wios=");
    } else {
        blkio_v1(out, source);
    }
    stats_pressure(out, unified, "io.pressure");
    stats_close(out);
}

/* Page sizes are told by the names of the files: "hugetlb.2MB.current". */
void stats_hugetlb(struct buf *out, const struct stats_source *source)
{
    const char *suffix = source->unified ? ".current" : ".usage_in_bytes";
    DIR *dir cleanup_dir = source->directory ? opendir(source->directory) : NULL;
    stats_open(out, "hugetlb");
    for (struct dirent *entry; dir && (entry = readdir(dir));) {
        const char *end = str_starts(entry->d_name, "hugetlb.") ? strstr(entry->d_name, suffix) : NULL;
        char *size cleanup_free = end ? xstrndup(entry->d_name + 8, (size_t)(end - entry->d_name) - 8) : NULL;
        if (!size || strchr(size, '.'))
            continue;
        char *reserved cleanup_free = str_format("hugetlb.%s.rsvd", size), *plain cleanup_free = str_format("hugetlb.%s", size),
                       *events cleanup_free = str_format("hugetlb.%s.events", size);
        char *probe cleanup_free = str_format("%s%s", reserved, suffix), *there cleanup_free = stats_text(source, probe);
        char *happened cleanup_free = source->unified ? stats_text(source, events) : NULL;
        const char *prefix = there ? reserved : plain;
        stats_open(out, size);
        stats_put(out, "usage", named(source, prefix, suffix + 1), true);
        if (!source->unified)
            stats_put(out, "max", named(source, prefix, "max_usage_in_bytes"), true);
        stats_put(out, "failcnt", source->unified ? stats_keyed(happened, "max") : named(source, prefix, "failcnt"), false);
        stats_close(out);
    }
    stats_close(out);
}
