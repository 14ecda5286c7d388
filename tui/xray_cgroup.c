/* The control group: gauges for memory, processor and processes, pressure, the groups below it, then the very files of each
 * controller with their values. Changing a limit is in xray_limit.c. */
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "base/units.h"
#include "tui/format.h"
#include "tui/memory_picture.h"
#include "tui/xray_state.h"

#include <stdio.h>
#include <string.h>

/* What a file of the first version of cgroups is called in the second, as near as there is one (cgroup-v2.rst). */
static const struct {
    const char *first, *second;
} twins[] = {
    {"memory.limit_in_bytes", "memory.max"},
    {"memory.usage_in_bytes", "memory.current"},
    {"memory.max_usage_in_bytes", "memory.peak"},
    {"memory.memsw.limit_in_bytes", "memory.swap.max"},
    {"memory.failcnt", "memory.events: max"},
    {"memory.oom_control", "memory.events: oom"},
    {"cpu.cfs_quota_us", "cpu.max, 1st"},
    {"cpu.cfs_period_us", "cpu.max, 2nd"},
    {"cpu.shares", "cpu.weight"},
    {"cpuacct.usage", "cpu.stat: usage_usec"},
    {"cpuset.effective_cpus", "cpuset.cpus.effective"},
    {"freezer.state", "cgroup.freeze"},
    {"devices.list", "a BPF program"},
    {"blkio.weight", "io.weight"},
    {"blkio.throttle.read_bps_device", "io.max: rbps"},
    {"blkio.throttle.write_bps_device", "io.max: wbps"},
    {"blkio.throttle.io_service_bytes", "io.stat"},
    {"hugetlb.2MB.limit_in_bytes", "hugetlb.2MB.max"},
};

static const char *twin(const char *name, bool *second)
{
    for (size_t i = 0; i < ARRAY_LEN(twins); i++) {
        *second = str_equal(twins[i].second, name);
        if (*second || str_equal(twins[i].first, name))
            return *second ? twins[i].first : twins[i].second;
    }
    return NULL;
}

static int draw_processor(struct area area, int y, const json_t *doc, const json_t *before)
{
    long long quota = json_num(doc, "cpu.quota_us", 0), period = json_num(doc, "cpu.period_us", 100000);
    put(area, y, 0, S_DIM, "cpu");
    int x = 9;
    x += putf(area, y, x, S_TEXT, "%.2f s used", (double)json_num(doc, "cpu.usage_ns", 0) / 1e9);
    if (quota > 0)
        x += putf(area, y, x, S_TEXT, "   limit %.2g cores", (double)quota / (double)(period ? period : 1));
    else
        x += put(area, y, x, S_DIM, "   no limit");
    x += put(area, y, x, S_DIM, "   throttled ");
    x += putf(area, y, x, xray_mark(doc, before, "cpu.throttled", false, S_TEXT), "%lld of %lld periods",
              json_num(doc, "cpu.throttled", 0), json_num(doc, "cpu.periods", 0));
    putf(area, y, x, S_DIM, "   cpus %s", str_or(json_str(doc, "cpu.cpuset", ""), "all"));
    y++;
    long long pids = json_num(doc, "pids.current", 0), most = json_num(doc, "pids.limit", 0);
    put(area, y, 0, S_DIM, "pids");
    x = 9 + putf(area, y, 9, xray_mark(doc, before, "pids.current", false, S_TEXT), "%lld", pids);
    if (most > 0)
        x += putf(area, y, x, S_TEXT, " of %lld", most);
    else
        x += put(area, y, x, S_DIM, "   no limit");
    put(area, y, x + 3, json_flag(doc, "frozen", false) ? S_WARN : S_DIM,
        json_flag(doc, "frozen", false) ? "FROZEN" : "not frozen");
    return y + 1;
}

static int draw_files(struct area area, int y, const json_t *controller, const json_t *before)
{
    put(area, y, 0, S_TITLE, json_str(controller, "name", ""));
    put_fit(area, y, 12, area.w - 12, S_DIM, json_str(controller, "directory", ""));
    y++;
    json_t *old_files = json_object_get(xray_same(before, controller, "name"), "files"), *file;
    size_t index;
    json_array_foreach(json_object_get(controller, "files"), index, file)
    {
        json_t *old = xray_same(old_files, file, "name");
        char value[160];
        copy_text(value, sizeof value, json_str(file, "value", ""));
        for (char *at = value; *at; at++)
            if (*at == '\n' || *at == '\t')
                *at = ' ';
        enum { VALUE = 36, OTHER = 24, ROOM = 76 };
        bool second = false;
        const char *other = area.w >= ROOM ? twin(json_str(file, "name", ""), &second) : NULL;
        put_fit(area, y, 1, 34, S_CODE, json_str(file, "name", ""));
        put_fit(area, y, VALUE, area.w - VALUE - (other ? OTHER + 1 : 0), xray_mark(file, old, "value", false, S_TEXT), value);
        if (other)
            putf(area, y, area.w - OTHER, S_DIM, "%s %s", second ? "v1" : "v2", other);
        y++;
    }
    return y + 1;
}

static const char *value_of(const json_t *doc, const char *name)
{
    size_t i, k;
    json_t *controller, *file;
    json_array_foreach(json_object_get(doc, "controllers"), i, controller)
    {
        json_array_foreach(json_object_get(controller, "files"), k, file)
        {
            if (str_equal(json_str(file, "name", ""), name))
                return json_str(file, "value", "");
        }
    }
    return NULL;
}

/* How much of the last ten seconds some process, or all, had to wait (the kernel's psi.rst). */
static int draw_pressure(struct area area, int y, const json_t *doc)
{
    static const char *const kinds[] = {"cpu", "memory", "io"};
    int x = 9;
    bool any = false;
    put(area, y, 0, S_DIM, "waits");
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        char name[32];
        snprintf(name, sizeof name, "%s.pressure", kinds[i]);
        const char *text = value_of(doc, name), *full = text ? strstr(text, "full") : NULL;
        double some = 0, all = 0;
        if (!text || sscanf(text, "some avg10=%lf", &some) != 1)
            continue;
        any = true;
        if (full)
            sscanf(full, "full avg10=%lf", &all);
        x += putf(area, y, x, S_DIM, "%s ", kinds[i]);
        x += putf(area, y, x, some >= 1 ? S_WARN : S_TEXT, "%.1f %%", some);
        x += putf(area, y, x, S_DIM, " (all of it %.1f %%)   ", all);
    }
    if (!any)
        put(area, y, x, S_DIM, "the kernel does not tell pressure of this group");
    return y + 1;
}

static int draw_children(struct area area, int y, const json_t *doc, int depth)
{
    enum { DEEPEST = 6 };
    const json_t *children = json_object_get(doc, "children");
    size_t index, count = json_array_size(children);
    json_t *child;
    json_array_foreach(children, index, child)
    {
        char used[UNITS_TEXT];
        int x = 9 + depth * 2;
        x += put(area, y, x, S_DIM, glyph(index + 1 < count ? G_BRANCH : G_LAST)) + 1;
        x += put_fit(area, y, x, 30, S_STRONG, json_str(child, "name", ""));
        format_bytes(json_num(child, "memory.usage", 0), used);
        x += putf(area, y, x, S_TEXT, "   memory %s", used);
        if (json_num(child, "memory.limit", 0) > 0)
            x += putf(area, y, x, S_TEXT, " of %s", format_bytes(json_num(child, "memory.limit", 0), used));
        putf(area, y++, x, S_DIM, "   %lld processes   %.2f s", json_num(child, "pids.current", 0),
             (double)json_num(child, "cpu.usage_ns", 0) / 1e9);
        if (depth < DEEPEST)
            y = draw_children(area, y, child, depth + 1);
    }
    return y;
}

static int draw_head(struct area area, int y, const json_t *doc)
{
    json_t *version = json_object_get(doc, "version");
    char text[32] = "hybrid";
    if (json_is_integer(version))
        snprintf(text, sizeof text, "v%lld", (long long)json_integer_value(version));
    else
        copy_text(text, sizeof text, str_or(json_string_value(version), ""));
    put(area, y, 0, S_DIM, "path");
    put_fit(area, y, 9, area.w - 20, S_STRONG, json_str(doc, "path", ""));
    put_right(area, y, area.w, S_DIM, text);
    return draw_children(area, y + 1, doc, 0);
}

int xray_cgroup(struct area area, int top, const json_t *doc, const json_t *before)
{
    int y = draw_head(area, -top, doc);
    struct area rest = {area.y + y, area.x, area.h - y, area.w};
    y = y >= 0 ? y + draw_memory_group(rest, doc, before) : y + 7;
    y = draw_processor(area, y, doc, before);
    y = draw_pressure(area, y, doc) + 1;
    size_t index;
    json_t *controller, *controllers = json_object_get(doc, "controllers"), *old = json_object_get(before, "controllers");
    if (area.w < 130) {
        json_array_foreach(controllers, index, controller) { y = draw_files(area, y, controller, old); }
        return y + top;
    }
    int ends[2] = {y, y}, half = area.w / 2;
    json_array_foreach(controllers, index, controller)
    {
        int side = ends[1] < ends[0];
        ends[side] = draw_files(area_columns(area, side * half, half - 2), ends[side], controller, old);
    }
    return (ends[0] > ends[1] ? ends[0] : ends[1]) + top;
}
