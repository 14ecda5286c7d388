/* The limits that hold a container, how close it is to them, and the control files that say so. */
#include "cli/xray.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "base/units.h"
#include "cli/format.h"

#include <string.h>

static const struct {
    const char *file, *text;
} MEANINGS[] = {
    {"memory.limit_in_bytes", "most memory; beyond it the OOM killer comes"},
    {"memory.usage_in_bytes", "memory in use, page cache included"},
    {"memory.max_usage_in_bytes", "the most that was ever in use"},
    {"memory.memsw.limit_in_bytes", "most memory and swap together"},
    {"memory.soft_limit_in_bytes", "what it is pushed back to when memory is short"},
    {"memory.failcnt", "how often the limit was hit"},
    {"memory.oom_control", "whether the OOM killer is on, and how often it killed"},
    {"memory.swappiness", "how readily pages go to swap"},
    {"memory.max", "most memory; beyond it the OOM killer comes"},
    {"memory.high", "throttled above this"},
    {"memory.low", "protected below this"},
    {"memory.current", "memory in use, page cache included"},
    {"memory.peak", "the most that was ever in use"},
    {"memory.swap.max", "most swap"},
    {"memory.swap.current", "swap in use"},
    {"memory.events", "how often limits were hit, OOM kills"},
    {"memory.oom.group", "whether the OOM killer kills all of the group"},
    {"cpu.cfs_quota_us", "CPU time in each period, -1 for no limit"},
    {"cpu.cfs_period_us", "length of a period"},
    {"cpu.shares", "weight against other groups when CPUs are short"},
    {"cpu.stat", "periods, and how many ended throttled"},
    {"cpu.max", "CPU time in each period, and the period"},
    {"cpu.weight", "weight against other groups when CPUs are short"},
    {"cpuset.cpus", "CPUs it may run on"},
    {"cpuset.cpus.effective", "CPUs it does run on"},
    {"cpuset.mems", "memory nodes it may use"},
    {"cpuacct.usage", "CPU time used, in nanoseconds"},
    {"pids.max", "most processes and threads"},
    {"pids.current", "processes and threads now"},
    {"pids.events", "how often a fork was refused"},
    {"freezer.state", "THAWED or FROZEN (docker pause)"},
    {"cgroup.freeze", "1 when frozen (docker pause)"},
    {"cgroup.procs", "the processes in the group"},
    {"devices.list", "devices it may use"},
    {"io.max", "limits of block I/O"},
    {"io.weight", "weight of block I/O"},
    {"io.stat", "block I/O done"},
    {"blkio.weight", "weight of block I/O"},
};

static const char *meaning(const char *file)
{
    for (size_t i = 0; i < ARRAY_LEN(MEANINGS); i++)
        if (str_equal(MEANINGS[i].file, file))
            return MEANINGS[i].text;
    return "";
}

static void gauge_line(const struct xray *xray, const char *label, double used, double limit, const char *used_text,
                       const char *limit_text, const char *more)
{
    char gauge[160];
    plain_gauge(xray, used, limit, 24, gauge, sizeof gauge);
    fprintf(xray->out, "  %-8s %s %s%s%s%s\n", label, gauge, used_text, limit > 0 ? " of " : ", no limit",
            limit > 0 ? limit_text : "", more);
}

static void draw_gauges(const struct xray *xray, const json_t *doc)
{
    char used[UNITS_TEXT], limit[UNITS_TEXT];
    double usage = (double)json_num(doc, "memory.usage", 0), most = (double)json_num(doc, "memory.limit", 0);
    units_binary(usage, used);
    units_binary(most, limit);
    long long kills = json_num(doc, "memory.oom_kills", 0), hits = json_num(doc, "memory.failcnt", 0);
    cleanup_free char *more = kills || hits ? str_format(";  limit hit %lld times, %lld killed for it", hits, kills) : xstrdup("");
    gauge_line(xray, "memory", usage, most, used, limit, more);
    double quota = (double)json_num(doc, "cpu.quota_us", 0), period = (double)json_num(doc, "cpu.period_us", 100000);
    cleanup_free char *time = str_format("%.3f s used", (double)json_num(doc, "cpu.usage_ns", 0) / 1e9);
    cleanup_free char *cpus = quota > 0 ? str_format("%.2f CPUs allowed", quota / (period > 0 ? period : 1)) : xstrdup("no limit");
    fprintf(xray->out, "  %-8s %s, %s;  %lld of %lld periods throttled\n", "cpu", time, cpus, json_num(doc, "cpu.throttled", 0),
            json_num(doc, "cpu.periods", 0));
    cleanup_free char *now = str_format("%lld", json_num(doc, "pids.current", 0)),
                      *top = str_format("%lld", json_num(doc, "pids.limit", 0));
    gauge_line(xray, "pids", (double)json_num(doc, "pids.current", 0), (double)json_num(doc, "pids.limit", 0), now, top, "");
    if (json_flag(doc, "frozen", false))
        fprintf(xray->out, "  frozen: no process of it runs\n");
}

static void draw_file(const struct xray *xray, const json_t *file)
{
    cleanup_free char *value = xstrdup(json_str(file, "value", ""));
    const char *name = json_str(file, "name", "");
    cleanup_strv char **lines = str_split(str_trim(value), '\n');
    cleanup_free char *text = strv_join(lines, "; ");
    plain_box_row(xray, "%-28s %-22.22s %s", name, text, meaning(name));
}

static void draw_files(const struct xray *xray, const json_t *doc)
{
    size_t i, k;
    json_t *controller, *file;
    json_array_foreach(json_object_get(doc, "controllers"), i, controller)
    {
        cleanup_free char *directory = cli_brief_ids(json_str(controller, "directory", ""));
        cleanup_free char *title = str_format("%s  %s", json_str(controller, "name", ""), directory);
        plain_box_open(xray, title);
        json_array_foreach(json_object_get(controller, "files"), k, file) { draw_file(xray, file); }
        plain_box_close(xray);
    }
}

static void draw_children(const struct xray *xray, const json_t *doc, int depth)
{
    size_t i;
    json_t *child;
    json_array_foreach(json_object_get(doc, "children"), i, child)
    {
        char used[UNITS_TEXT];
        units_binary((double)json_num(child, "memory.usage", 0), used);
        fprintf(xray->out, "  %*s%s %s  %s, %lld processes, %lld OOM kills\n", depth * 3, "", xray->utf8 ? "└─" : "`-",
                json_str(child, "name", ""), used, json_num(child, "pids.current", 0), json_num(child, "memory.oom_kills", 0));
        draw_children(xray, child, depth + 1);
    }
}

void plain_cgroup(const struct xray *xray, const json_t *doc)
{
    const json_t *version = json_object_get(doc, "version");
    cleanup_free char *note = json_is_string(version)
                                  ? str_format("%s  %s", json_string_value(version), json_str(doc, "path", ""))
                                  : str_format("v%lld  %s", (long long)json_integer_value(version), json_str(doc, "path", ""));
    plain_heading(xray, "CGROUP", note);
    draw_gauges(xray, doc);
    draw_children(xray, doc, 1);
    if (!xray->brief)
        draw_files(xray, doc);
}
