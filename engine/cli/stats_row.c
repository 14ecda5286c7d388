/* One container's figures as a row of `stats`: Docker's formulas for the percentages, and its units. */
#include "cli/stats_row.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "base/units.h"
#include "cli/format.h"

#include <stdlib.h>

static json_t *taken(char *text)
{
    json_t *value = json_string(text);
    free(text);
    return value;
}

static double cpu_percent(const json_t *stats)
{
    double used =
        (double)(json_num(stats, "cpu_stats.cpu_usage.total_usage", 0) - json_num(stats, "precpu_stats.cpu_usage.total_usage", 0));
    double system =
        (double)(json_num(stats, "cpu_stats.system_cpu_usage", 0) - json_num(stats, "precpu_stats.system_cpu_usage", 0));
    double cpus = (double)json_num(stats, "cpu_stats.online_cpus", 0);
    if (cpus == 0)
        cpus = (double)json_array_size(json_at(stats, "cpu_stats.cpu_usage.percpu_usage"));
    return used > 0 && system > 0 ? used / system * cpus * 100 : 0;
}

/* Memory without the page cache that the kernel would drop first. */
static double memory_used(const json_t *stats)
{
    double usage = (double)json_num(stats, "memory_stats.usage", 0);
    double inactive =
        (double)json_num(stats, "memory_stats.stats.total_inactive_file", json_num(stats, "memory_stats.stats.inactive_file", 0));
    return inactive < usage ? usage - inactive : usage;
}

static void network_bytes(const json_t *stats, double *in, double *out)
{
    const char *name;
    json_t *link;
    json_object_foreach(json_object_get(stats, "networks"), name, link)
    {
        *in += (double)json_num(link, "rx_bytes", 0);
        *out += (double)json_num(link, "tx_bytes", 0);
    }
}

static void block_bytes(const json_t *stats, double *in, double *out)
{
    size_t i;
    json_t *entry;
    json_array_foreach(json_at(stats, "blkio_stats.io_service_bytes_recursive"), i, entry)
    {
        char first = *json_str(entry, "op", "-");
        if (first == 'R' || first == 'r')
            *in += (double)json_num(entry, "value", 0);
        if (first == 'W' || first == 'w')
            *out += (double)json_num(entry, "value", 0);
    }
}

static char *decimal_pair(double in, double out)
{
    cleanup_free char *a = cli_size(in, 3), *b = cli_size(out, 3);
    return str_format("%s / %s", a, b);
}

json_t *stats_row(const json_t *stats, const char *asked, bool full)
{
    char used[UNITS_TEXT], limit[UNITS_TEXT];
    double in = 0, out = 0, memory = memory_used(stats), most = (double)json_num(stats, "memory_stats.limit", 0);
    const char *id = json_str(stats, "id", ""), *name = json_str(stats, "name", "");
    json_t *line = json_object();
    units_binary(memory, used);
    units_binary(most, limit);
    block_bytes(stats, &in, &out);
    json_object_set_new(line, "BlockIO", taken(decimal_pair(in, out)));
    json_object_set_new(line, "CPUPerc", taken(str_format("%.2f%%", cpu_percent(stats))));
    json_object_set_new(line, "Container", json_string(asked));
    json_object_set_new(line, "ID", taken(full ? xstrdup(id) : cli_short_id(id)));
    json_object_set_new(line, "MemPerc", taken(str_format("%.2f%%", most > 0 ? memory / most * 100 : 0)));
    json_object_set_new(line, "MemUsage", taken(str_format("%s / %s", used, limit)));
    json_object_set_new(line, "Name", json_string(name + (*name == '/')));
    in = out = 0;
    network_bytes(stats, &in, &out);
    json_object_set_new(line, "NetIO", taken(decimal_pair(in, out)));
    json_object_set_new(line, "PIDs", taken(str_format("%lld", json_num(stats, "pids_stats.current", 0))));
    return line;
}
