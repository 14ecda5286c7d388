/* The control group: gauges for memory, processor and processes, then the very files of each controller with their values. */
#include "base/json.h"
#include "base/strings.h"
#include "tui/format.h"
#include "tui/memory_picture.h"
#include "tui/xray.h"

#include <stdio.h>

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
        put_fit(area, y, 1, 34, S_CODE, json_str(file, "name", ""));
        put_fit(area, y, 36, area.w - 36, xray_mark(file, old, "value", false, S_TEXT), value);
        y++;
    }
    return y + 1;
}

int xray_cgroup(struct area area, int top, const json_t *doc, const json_t *before)
{
    int y = -top;
    put(area, y, 0, S_DIM, "path");
    put_fit(area, y, 9, area.w - 20, S_STRONG, json_str(doc, "path", ""));
    json_t *version = json_object_get(doc, "version");
    char text[32] = "hybrid";
    if (json_is_integer(version))
        snprintf(text, sizeof text, "v%lld", (long long)json_integer_value(version));
    else
        copy_text(text, sizeof text, str_or(json_string_value(version), ""));
    put_right(area, y, area.w, S_DIM, text);
    y++;
    struct area rest = {area.y + y, area.x, area.h - y, area.w};
    y = y >= 0 ? y + draw_memory_group(rest, doc, before) : y + 7;
    y = draw_processor(area, y, doc, before) + 1;
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
