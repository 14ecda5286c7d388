/* stats: figures from the cgroups, once or again and again. */
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/format.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "base/units.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct options {
    bool all, no_stream, no_trunc;
    const char *format;
};

#define AT(member) offsetof(struct options, member)

static const struct format_header HEADERS[] = {{"Container", "CONTAINER"},
                                               {"ID", "CONTAINER ID"},
                                               {"Name", "NAME"},
                                               {"CPUPerc", "CPU %"},
                                               {"MemUsage", "MEM USAGE / LIMIT"},
                                               {"MemPerc", "MEM %"},
                                               {"NetIO", "NET I/O"},
                                               {"BlockIO", "BLOCK I/O"},
                                               {"PIDs", "PIDS"},
                                               {NULL, NULL}};

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

static json_t *row(const json_t *stats, const char *asked, bool full)
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

/* Without names: all that run (or all with -a), read anew each time. */
static char **targets(struct client *client, char *const *names, bool all, struct error *err)
{
    if (*names)
        return strv_copy(names);
    cleanup_json json_t *list = cli_get(client, all ? "/containers/json?all=1" : "/containers/json", err);
    char **ids = NULL;
    size_t i;
    json_t *container;
    json_array_foreach(list, i, container) { strv_add(&ids, json_str(container, "Id", "")); }
    return ids;
}

/* One figure a container; `once` asks the engine for two readings, so that a percentage can be given. */
static json_t *collect(struct client *client, char *const *names, const struct options *options, struct error *err)
{
    json_t *rows = json_array();
    for (; names && *names; names++) {
        cleanup_free char *path = cli_path("/containers/", *names, "/stats?stream=0");
        cleanup_json json_t *stats = cli_get(client, path, err);
        if (!stats) {
            json_decref(rows);
            return NULL;
        }
        json_array_append_new(rows, row(stats, *names, options->no_trunc));
    }
    return rows;
}

static int show(struct client *client, char *const *names, const struct options *options, bool clear)
{
    const struct format format = {
        .type = "*container.statsContext",
        .table = "{{.ID}}\t{{.Name}}\t{{.CPUPerc}}\t{{.MemUsage}}\t{{.MemPerc}}\t{{.NetIO}}\t{{.BlockIO}}\t{{.PIDs}}",
        .headers = HEADERS,
        .style = options->format};
    struct error err = ERROR_INIT;
    cleanup_strv char **list = targets(client, names, options->all, &err);
    cleanup_json json_t *rows = err.code ? NULL : collect(client, list, options, &err);
    if (!rows)
        return cli_failed(&err);
    if (clear)
        fputs("\033[2J\033[H", stdout);
    if (cli_rows(&format, rows, stdout, &err) < 0)
        return fprintf(stderr, "%s\n", err.message), 1;
    fflush(stdout);
    return 0;
}

int cmd_stats(const struct command_context *context, int argc, char **argv)
{
    static const struct flag flags[] = {
        {'a', "all", FLAG_BOOL, AT(all), NULL, "Show all containers (default: those that run)"},
        {0, "format", FLAG_STRING, AT(format), NULL, "'table', 'table TEMPLATE', 'json' or a Go template for each row"},
        {0, "no-stream", FLAG_BOOL, AT(no_stream), NULL, "Print the figures once and end"},
        {0, "no-trunc", FLAG_BOOL, AT(no_trunc), NULL, "Do not shorten anything"},
        {0}};
    struct options options = {0};
    int rc = cli_parse(context, flags, &options, NULL, (struct cli_operands){0, CLI_ANY, false}, &argc, &argv);
    if (rc != CLI_GO)
        return rc;
    cleanup_client struct client *client = client_new(context->host);
    do
        rc = show(client, argv, &options, !options.no_stream && isatty(STDOUT_FILENO));
    while (rc == 0 && !options.no_stream && (usleep(200000), true));
    return rc;
}
