/* The larger sections of stats from the texts of kernel files. Relies on nothing but their formats: cgroup-v1/memory.rst,
 * blkio-controller.rst, cgroup-v2.rst, and the columns of /proc/net/dev. */
#include "observe/usage.h"

#include "base/memory.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* As Docker names them, in the order of its JSON. */
static const char *const memory_v1[] = {"active_anon",
                                        "active_file",
                                        "cache",
                                        "dirty",
                                        "hierarchical_memory_limit",
                                        "hierarchical_memsw_limit",
                                        "inactive_anon",
                                        "inactive_file",
                                        "mapped_file",
                                        "pgfault",
                                        "pgmajfault",
                                        "pgpgin",
                                        "pgpgout",
                                        "rss",
                                        "rss_huge",
                                        "total_active_anon",
                                        "total_active_file",
                                        "total_cache",
                                        "total_dirty",
                                        "total_inactive_anon",
                                        "total_inactive_file",
                                        "total_mapped_file",
                                        "total_pgfault",
                                        "total_pgmajfault",
                                        "total_pgpgin",
                                        "total_pgpgout",
                                        "total_rss",
                                        "total_rss_huge",
                                        "total_unevictable",
                                        "total_writeback",
                                        "unevictable",
                                        "writeback"};
static const char *const memory_v2[] = {"active_anon",
                                        "active_file",
                                        "anon",
                                        "anon_thp",
                                        "file",
                                        "file_dirty",
                                        "file_mapped",
                                        "file_writeback",
                                        "inactive_anon",
                                        "inactive_file",
                                        "kernel_stack",
                                        "pgactivate",
                                        "pgdeactivate",
                                        "pgfault",
                                        "pglazyfree",
                                        "pglazyfreed",
                                        "pgmajfault",
                                        "pgrefill",
                                        "pgscan",
                                        "pgsteal",
                                        "shmem",
                                        "slab",
                                        "slab_reclaimable",
                                        "slab_unreclaimable",
                                        "sock",
                                        "thp_collapse_alloc",
                                        "thp_fault_alloc",
                                        "unevictable",
                                        "workingset_activate",
                                        "workingset_nodereclaim",
                                        "workingset_refault"};

enum { NAMES_MOST = 40 };

static int by_name(const void *key, const void *entry)
{
    const char *name = key, *known = *(const char *const *)entry;
    size_t len = strcspn(name, " ");
    int order = strncmp(name, known, len);
    return order ? order : -(known[len] != '\0');
}

void usage_memory_stat(struct buf *out, const char *text, bool unified)
{
    const char *const *names = unified ? memory_v2 : memory_v1;
    size_t count = unified ? ARRAY_LEN(memory_v2) : ARRAY_LEN(memory_v1);
    uint64_t values[NAMES_MOST] = {0};
    for (const char *line = text; line && *line; line = strchr(line, '\n')) {
        line += *line == '\n';
        const char *const *found = *line ? bsearch(line, names, count, sizeof *names, by_name) : NULL;
        if (found)
            values[found - names] = strtoull(line + strcspn(line, " "), NULL, 10);
    }
    buf_putc(out, '{');
    for (size_t i = 0; i < count; i++)
        buf_printf(out, "%s\"%s\":%" PRIu64, i ? "," : "", names[i], values[i]);
    buf_putc(out, '}');
}

static void put_io(struct buf *out, unsigned major, unsigned minor, const char *op, uint64_t value)
{
    bool first = out->data[out->len - 1] == '[';
    buf_printf(out, "%s{\"major\":%u,\"minor\":%u,\"op\":\"%s\",\"value\":%" PRIu64 "}", first ? "" : ",", major, minor, op, value);
}

/* "8:0 Read 4096" a line; a total stands at the end without a device. */
static void put_v1(struct buf *out, const char *text)
{
    unsigned major, minor;
    char op[16];
    uint64_t value;
    buf_putc(out, '[');
    for (const char *line = text; line && *line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (sscanf(line, "%u:%u %15s %" SCNu64, &major, &minor, op, &value) == 4)
            put_io(out, major, minor, op, value);
    }
    buf_putc(out, ']');
}

/* "8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=0 dios=0" a line */
static void put_v2(struct buf *out, const char *text, const char *read_key, const char *write_key)
{
    const struct {
        const char *key, *op;
    } wanted[] = {{read_key, "read"}, {write_key, "write"}};
    unsigned major, minor;
    buf_putc(out, '[');
    for (const char *line = text; line && *line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (sscanf(line, "%u:%u", &major, &minor) != 2)
            continue;
        cleanup_free char *one = xstrndup(line, strcspn(line, "\n"));
        for (size_t i = 0; i < ARRAY_LEN(wanted); i++) {
            const char *at = strstr(one, wanted[i].key);
            if (at)
                put_io(out, major, minor, wanted[i].op, strtoull(at + strlen(wanted[i].key), NULL, 10));
        }
    }
    buf_putc(out, ']');
}

void usage_blkio(struct buf *out, const char *bytes_v1, const char *serviced_v1, const char *io_stat_v2)
{
    const char *rest = io_stat_v2 ? "null" : "[]"; /* what only schedulers of the past have counted */
    buf_puts(out, "{\"io_service_bytes_recursive\":");
    if (io_stat_v2)
        put_v2(out, io_stat_v2, " rbytes=", " wbytes=");
    else
        put_v1(out, bytes_v1);
    buf_puts(out, ",\"io_serviced_recursive\":");
    if (io_stat_v2)
        buf_puts(out, "null");
    else
        put_v1(out, serviced_v1);
    buf_printf(
        out,
        ",\"io_queue_recursive\":%s,\"io_service_time_recursive\":%s,\"io_wait_time_recursive\":%s,\"io_merged_recursive\":%s,"
        "\"io_time_recursive\":%s,\"sectors_recursive\":%s}",
        rest, rest, rest, rest, rest, rest);
}

void usage_networks(struct buf *out, const char *net_dev)
{
    size_t start = out->len;
    for (const char *line = net_dev; line && *line; line = strchr(line, '\n')) {
        char name[32];
        uint64_t rx[4], tx[4];
        line += *line == '\n';
        if (sscanf(line,
                   " %31[^: ]: %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %*u %*u %*u %*u %" SCNu64 " %" SCNu64 " %" SCNu64
                   " %" SCNu64,
                   name, &rx[0], &rx[1], &rx[2], &rx[3], &tx[0], &tx[1], &tx[2], &tx[3]) != 9 ||
            str_equal(name, "lo"))
            continue;
        buf_printf(out,
                   "%s\"%s\":{\"rx_bytes\":%" PRIu64 ",\"rx_packets\":%" PRIu64 ",\"rx_errors\":%" PRIu64 ",\"rx_dropped\":%" PRIu64
                   ",\"tx_bytes\":%" PRIu64 ",\"tx_packets\":%" PRIu64 ",\"tx_errors\":%" PRIu64 ",\"tx_dropped\":%" PRIu64 "}",
                   out->len == start ? "{" : ",", name, rx[0], rx[1], rx[2], rx[3], tx[0], tx[1], tx[2], tx[3]);
    }
    if (out->len > start) /* without an interface there is nothing to say */
        buf_putc(out, '}');
}

void usage_texts_stopped(struct usage_texts *out)
{
    buf_puts(&out->pids, "{}");
    buf_puts(&out->memory, "{}");
    buf_puts(&out->blkio, "{\"io_service_bytes_recursive\":null,\"io_serviced_recursive\":null,\"io_queue_recursive\":null,"
                          "\"io_service_time_recursive\":null,\"io_wait_time_recursive\":null,\"io_merged_recursive\":null,"
                          "\"io_time_recursive\":null,\"sectors_recursive\":null}");
    buf_puts(&out->cpu, "{\"cpu_usage\":{\"total_usage\":0,\"usage_in_kernelmode\":0,\"usage_in_usermode\":0},"
                        "\"throttling_data\":{\"periods\":0,\"throttled_periods\":0,\"throttled_time\":0}}");
}

void usage_texts_free(struct usage_texts *texts)
{
    buf_free(&texts->pids);
    buf_free(&texts->blkio);
    buf_free(&texts->cpu);
    buf_free(&texts->memory);
    buf_free(&texts->networks);
}
