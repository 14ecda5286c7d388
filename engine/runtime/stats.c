/* The frame of the figures, and the ways in which files are read and JSON is written. */
#include "runtime/stats.h"
#include "base/files.h"
#include "base/memory.h"
#include "base/strings.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *stats_text(const struct stats_source *source, const char *file)
{
    char *path cleanup_free = source->directory ? path_join(source->directory, file) : NULL;
    return path ? file_read(path, NULL, NULL) : NULL;
}

unsigned long long stats_number(const struct stats_source *source, const char *file)
{
    char *text cleanup_free = stats_text(source, file);
    if (!text)
        return 0;
    return str_starts(text, "max") ? ULLONG_MAX : strtoull(text, NULL, 10);
}

unsigned long long stats_keyed(const char *text, const char *key)
{
    size_t len = strlen(key);
    for (const char *line = text; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (!strncmp(line, key, len) && line[len] == ' ')
            return strtoull(line + len, NULL, 10);
    }
    return 0;
}

static bool wants_comma(const struct buf *out) { return out->len && !strchr("{[,:", out->data[out->len - 1]); }

void stats_key(struct buf *out, const char *key) { buf_printf(out, "%s\"%s\":", wants_comma(out) ? "," : "", key); }

void stats_open(struct buf *out, const char *key)
{
    if (key)
        stats_key(out, key);
    else if (wants_comma(out))
        buf_putc(out, ',');
    buf_putc(out, '{');
}

void stats_close(struct buf *out) { buf_putc(out, '}'); }

void stats_put(struct buf *out, const char *key, unsigned long long value, bool leave_out_zero)
{
    if (!value && leave_out_zero)
        return;
    stats_key(out, key);
    buf_printf(out, "%llu", value);
}

void stats_pressure(struct buf *out, const struct stats_source *source, const char *file)
{
    char *text cleanup_free = source->unified ? stats_text(source, file) : NULL, *rest = text;
    if (!text)
        return;
    stats_open(out, "psi");
    for (char *line; (line = strsep(&rest, "\n"));) {
        char kind[8];
        double tens, sixties, hundreds;
        unsigned long long total;
        if (sscanf(line, "%7s avg10=%lf avg60=%lf avg300=%lf total=%llu", kind, &tens, &sixties, &hundreds, &total) != 5)
            continue;
        stats_open(out, kind);
        buf_printf(out, "\"avg10\":%g,\"avg60\":%g,\"avg300\":%g,\"total\":%llu", tens, sixties, hundreds, total);
        stats_close(out);
    }
    stats_close(out);
}

static struct stats_source source_of(const struct cgroup *cgroup, const char *controller, const char *unified)
{
    const struct hierarchy *found = cgroup_find(cgroup, controller);
    if (!found)
        found = cgroup_find(cgroup, unified);
    return found ? (struct stats_source){.directory = cgroup_directory(cgroup, found), .unified = found->unified}
                 : (struct stats_source){0};
}

static void stats_pids(struct buf *out, const struct stats_source *source)
{
    unsigned long long limit = stats_number(source, "pids.max");
    stats_open(out, "pids");
    stats_put(out, "current", stats_number(source, "pids.current"), true);
    stats_put(out, "limit", limit == ULLONG_MAX ? 0 : limit, true);
    stats_close(out);
}

void stats_write(const struct cgroup *cgroup, struct buf *out)
{
    struct stats_source cpu = source_of(cgroup, "cpu", "cpu"), account = source_of(cgroup, "cpuacct", "cgroup"),
                        cpuset = source_of(cgroup, "cpuset", "cpuset"), memory = source_of(cgroup, "memory", "memory"),
                        pids = source_of(cgroup, "pids", "pids"), blkio = source_of(cgroup, "blkio", "io"),
                        hugetlb = source_of(cgroup, "hugetlb", "hugetlb"), unified = source_of(cgroup, "cgroup", "cgroup");
    stats_open(out, NULL);
    stats_cpu(out, &cpu, &account, &unified);
    stats_cpuset(out, &cpuset);
    stats_memory(out, &memory, &unified);
    stats_pids(out, &pids);
    stats_blkio(out, &blkio, &unified);
    stats_hugetlb(out, &hugetlb);
    buf_puts(out, ",\"intel_rdt\":{},\"network_interfaces\":null");
    stats_close(out);
    struct stats_source *all[] = {&cpu, &account, &cpuset, &memory, &pids, &blkio, &hugetlb, &unified};
    for (size_t i = 0; i < ARRAY_LEN(all); i++)
        free(all[i]->directory);
}

char *runtime_stats(const struct container *container, struct error *err)
{
    struct cgroup cgroup;
    struct buf out = BUF_INIT;
    if (!container->cgroup_path) {
        error_set(err, ENOENT, "container %s has no cgroup, so nothing counts what it uses", container->id);
        return NULL;
    }
    if (cgroup_open(container->cgroup_path, &cgroup, err) < 0)
        return NULL;
    char *directory cleanup_free = cgroup.count ? cgroup_directory(&cgroup, &cgroup.hierarchies[0]) : NULL;
    if (directory && path_exists(directory))
        stats_write(&cgroup, &out);
    else
        error_set(err, ENOENT, "container %s: its cgroup %s is gone", container->id, container->cgroup_path);
    cgroup_close(&cgroup);
    return out.len ? buf_take(&out) : NULL;
}
