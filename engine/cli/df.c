/* system df: what images, containers and volumes take on the disk, as a summary or thing by thing. */
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/format.h"
#include "cli/run_options.h"
#include "cli/template.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { DIGITS = 4 };

struct options {
    const char *format;
    bool verbose;
};

#define AT(member) offsetof(struct options, member)

static json_t *taken(char *text)
{
    json_t *value = json_text_value(text, strlen(text));
    free(text);
    return value;
}

/* One kind of thing, summed up. */
struct sum {
    long long total, active, size, reclaimable;
};

static struct sum sum_images(const json_t *doc)
{
    struct sum sum = {.size = json_num(doc, "LayersSize", 0)};
    size_t i;
    json_t *image;
    long long used = 0;
    json_array_foreach(json_object_get(doc, "Images"), i, image)
    {
        long long size = json_num(image, "VirtualSize", json_num(image, "Size", -1)), shared = json_num(image, "SharedSize", -1);
        bool active = json_num(image, "Containers", 0) > 0;
        sum.total++;
        sum.active += active;
        if (active && size >= 0 && shared >= 0)
            used += size - shared;
    }
    sum.reclaimable = sum.size - used;
    return sum;
}

static struct sum sum_containers(const json_t *doc)
{
    struct sum sum = {0};
    size_t i;
    json_t *container;
    json_array_foreach(json_object_get(doc, "Containers"), i, container)
    {
        const char *state = json_str(container, "State", "");
        long long size = json_num(container, "SizeRw", 0);
        bool active = str_equal(state, "running") || str_equal(state, "paused") || str_equal(state, "restarting");
        sum.total++;
        sum.active += active;
        sum.size += size;
        sum.reclaimable += active ? 0 : size;
    }
    return sum;
}

static struct sum sum_volumes(const json_t *doc)
{
    struct sum sum = {0};
    size_t i;
    json_t *volume;
    json_array_foreach(json_object_get(doc, "Volumes"), i, volume)
    {
        long long size = json_num(volume, "UsageData.Size", -1);
        bool active = json_num(volume, "UsageData.RefCount", 0) > 0;
        sum.total++;
        sum.active += active;
        sum.size += size > 0 ? size : 0;
        sum.reclaimable += !active && size > 0 ? size : 0;
    }
    return sum;
}

static struct sum sum_cache(const json_t *doc)
{
    struct sum sum = {0};
    size_t i;
    json_t *record;
    json_array_foreach(json_object_get(doc, "BuildCache"), i, record)
    {
        long long size = json_flag(record, "Shared", false) ? 0 : json_num(record, "Size", 0);
        bool used = json_flag(record, "InUse", false);
        sum.total++;
        sum.active += used;
        sum.size += size;
        sum.reclaimable += used ? 0 : size;
    }
    return sum;
}

static char *reclaimable(const struct sum *sum)
{
    cleanup_free char *size = cli_size((double)sum->reclaimable, DIGITS);
    return sum->size > 0 ? str_format("%s (%lld%%)", size, sum->reclaimable * 100 / sum->size) : move_ptr(size);
}

static int show_summary(const json_t *doc, const char *style)
{
    static const struct {
        const char *type;
        struct sum (*sum)(const json_t *doc);
    } kinds[] = {
        {"Images", sum_images}, {"Containers", sum_containers}, {"Local Volumes", sum_volumes}, {"Build Cache", sum_cache}};
    static const struct format_header headers[] = {{"Type", "TYPE"}, {"TotalCount", "TOTAL"},        {"Active", "ACTIVE"},
                                                   {"Size", "SIZE"}, {"Reclaimable", "RECLAIMABLE"}, {NULL, NULL}};
    const struct format format = {.type = "*formatter.diskUsageImagesContext",
                                  .table = "{{.Type}}\t{{.TotalCount}}\t{{.Active}}\t{{.Size}}\t{{.Reclaimable}}",
                                  .headers = headers,
                                  .style = style};
    cleanup_json json_t *rows = json_array();
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        struct sum sum = kinds[i].sum(doc);
        json_t *row = json_pack("{s:s}", "Type", kinds[i].type);
        json_object_set_new(row, "TotalCount", taken(str_format("%lld", sum.total)));
        json_object_set_new(row, "Active", taken(str_format("%lld", sum.active)));
        json_object_set_new(row, "Size", taken(cli_size((double)sum.size, DIGITS)));
        /* Of the cache Docker tells no share. */
        bool share = kinds[i].sum != sum_cache;
        json_object_set_new(row, "Reclaimable", taken(share ? reclaimable(&sum) : cli_size((double)sum.reclaimable, DIGITS)));
        json_array_append_new(rows, row);
    }
    return cli_show_rows(&format, rows);
}

static json_t *image_row(const json_t *image, bool full)
{
    long long size = json_num(image, "Size", 0), shared = json_num(image, "SharedSize", 0), created = json_num(image, "Created", 0);
    long long containers = json_num(image, "Containers", 0);
    const char *name = str_or(json_string_value(json_array_get(json_object_get(image, "RepoTags"), 0)), "<none>:<none>");
    const char *colon = strrchr(name, ':');
    json_t *row = json_object();
    json_object_set_new(row, "Repository", taken(xstrndup(name, (size_t)(colon - name))));
    json_object_set_new(row, "Tag", json_string(colon + 1));
    json_object_set_new(row, "ID", taken(full ? xstrdup(json_str(image, "Id", "")) : cli_short_id(json_str(image, "Id", ""))));
    json_object_set_new(row, "CreatedSince", taken(cli_ago(created)));
    json_object_set_new(row, "CreatedAt", taken(cli_stamp(created)));
    json_object_set_new(row, "Size", taken(cli_size((double)size, 3)));
    json_object_set_new(row, "VirtualSize", taken(cli_size((double)json_num(image, "VirtualSize", size), DIGITS)));
    json_object_set_new(row, "SharedSize", shared < 0 ? json_string("N/A") : taken(cli_size((double)shared, DIGITS)));
    json_object_set_new(row, "UniqueSize", shared < 0 ? json_string("N/A") : taken(cli_size((double)(size - shared), DIGITS)));
    json_object_set_new(row, "Containers", containers < 0 ? json_string("N/A") : taken(str_format("%lld", containers)));
    json_object_set_new(row, "Digest", json_string(""));
    return row;
}

static json_t *container_row(const json_t *container, bool full)
{
    long long created = json_num(container, "Created", 0), volumes = 0;
    size_t i;
    json_t *mount, *row = json_object();
    json_array_foreach(json_object_get(container, "Mounts"), i, mount)
    {
        volumes += str_equal(json_str(mount, "Driver", ""), "local");
    }
    const char *name = str_or(json_string_value(json_array_get(json_object_get(container, "Names"), 0)), "");
    const char *image = json_str(container, "Image", "");
    cleanup_free char *command = cli_ellipsis(json_str(container, "Command", ""), 20);
    cleanup_json json_t *text = json_text_value(command, strlen(command));
    cleanup_free char *quoted = json_dumps(text, JSON_ENCODE_ANY);
    json_object_set_new(row, "ID",
                        taken(full ? xstrdup(json_str(container, "Id", "")) : cli_short_id(json_str(container, "Id", ""))));
    json_object_set_new(row, "Image",
                        str_equal(image, json_str(container, "ImageID", "")) ? taken(cli_short_id(image)) : json_string(image));
    json_object_set_new(row, "Command", json_string(quoted));
    json_object_set_new(row, "LocalVolumes", taken(str_format("%lld", volumes)));
    json_object_set_new(row, "Size", taken(cli_size((double)json_num(container, "SizeRw", 0), 3)));
    json_object_set_new(row, "RunningFor", taken(cli_ago(created)));
    json_object_set_new(row, "CreatedAt", taken(cli_stamp(created)));
    json_object_set_new(row, "State", json_string(json_str(container, "State", "")));
    json_object_set_new(row, "Status", json_string(json_str(container, "Status", "")));
    json_object_set_new(row, "Names", json_string(name + (*name == '/')));
    json_object_set_new(row, "Labels", taken(cli_labels(json_object_get(container, "Labels"))));
    return row;
}

static json_t *volume_row(const json_t *volume, bool full)
{
    (void)full;
    json_t *row = json_object();
    long long size = json_num(volume, "UsageData.Size", -1);
    json_object_set_new(row, "Name", json_string(json_str(volume, "Name", "")));
    json_object_set_new(row, "Links", taken(str_format("%lld", json_num(volume, "UsageData.RefCount", 0))));
    json_object_set_new(row, "Size", size < 0 ? json_string("N/A") : taken(cli_size((double)size, DIGITS)));
    json_object_set_new(row, "Driver", json_string(json_str(volume, "Driver", "")));
    json_object_set_new(row, "Mountpoint", json_string(json_str(volume, "Mountpoint", "")));
    json_object_set_new(row, "Scope", json_string(json_str(volume, "Scope", "")));
    json_object_set_new(row, "Availability", json_string("N/A")); /* these three are of volumes of a cluster */
    json_object_set_new(row, "Group", json_string("N/A"));
    json_object_set_new(row, "Status", json_string("N/A"));
    json_object_set_new(row, "Labels", taken(cli_labels(json_object_get(volume, "Labels"))));
    return row;
}

/* "3 days ago" since a time as the API writes it; "" for none. Allocated. */
static char *ago(const char *text)
{
    struct tm tm = {0};
    return strptime(text, "%Y-%m-%dT%H:%M:%S", &tm) ? cli_ago((long long)timegm(&tm)) : xstrdup("");
}

static json_t *cache_row(const json_t *record, bool full)
{
    json_t *row = json_object();
    cleanup_free char *id = full ? xstrdup(json_str(record, "ID", "")) : cli_short_id(json_str(record, "ID", ""));
    json_object_set_new(row, "ID", taken(str_format("%s%s", id, json_flag(record, "InUse", false) ? "*" : "")));
    json_object_set_new(row, "CacheType", json_string(json_str(record, "Type", "")));
    json_object_set_new(row, "Size", taken(cli_size((double)json_num(record, "Size", 0), 3)));
    json_object_set_new(row, "CreatedSince", taken(ago(json_str(record, "CreatedAt", ""))));
    json_object_set_new(row, "LastUsedSince", taken(ago(json_str(record, "LastUsedAt", ""))));
    json_object_set_new(row, "UsageCount", taken(str_format("%lld", json_num(record, "UsageCount", 0))));
    json_object_set_new(row, "Shared", json_string(json_flag(record, "Shared", false) ? "true" : "false"));
    json_object_set_new(row, "Description", json_string(json_str(record, "Description", "")));
    json_object_set_new(row, "Parent", json_string(json_str(record, "Parent", "")));
    json_object_set_new(row, "InUse", json_string(json_flag(record, "InUse", false) ? "true" : "false"));
    return row;
}

static const struct detail {
    const char *key, *title;
    json_t *(*row)(const json_t *entry, bool full); /* full: with whole IDs */
    const char *table;
    struct format_header headers[9];
} DETAILS[] = {
    {"Images",
     "Images space usage:",
     image_row,
     "{{.Repository}}\t{{.Tag}}\t{{.ID}}\t{{.CreatedSince}}\t{{.Size}}\t{{.SharedSize}}\t{{.UniqueSize}}\t{{.Containers}}",
     {{"Repository", "REPOSITORY"},
      {"Tag", "TAG"},
      {"ID", "IMAGE ID"},
      {"CreatedSince", "CREATED"},
      {"Size", "SIZE"},
      {"SharedSize", "SHARED SIZE"},
      {"UniqueSize", "UNIQUE SIZE"},
      {"Containers", "CONTAINERS"},
      {NULL, NULL}}},
    {"Containers",
     "\nContainers space usage:",
     container_row,
     "{{.ID}}\t{{.Image}}\t{{.Command}}\t{{.LocalVolumes}}\t{{.Size}}\t{{.RunningFor}}\t{{.Status}}\t{{.Names}}",
     {{"ID", "CONTAINER ID"},
      {"Image", "IMAGE"},
      {"Command", "COMMAND"},
      {"LocalVolumes", "LOCAL VOLUMES"},
      {"Size", "SIZE"},
      {"RunningFor", "CREATED"},
      {"Status", "STATUS"},
      {"Names", "NAMES"},
      {NULL, NULL}}},
    {"Volumes",
     "\nLocal Volumes space usage:",
     volume_row,
     "{{.Name}}\t{{.Links}}\t{{.Size}}",
     {{"Name", "VOLUME NAME"}, {"Links", "LINKS"}, {"Size", "SIZE"}, {NULL, NULL}}},
    {"BuildCache",
     NULL,
     cache_row,
     "{{.ID}}\t{{.CacheType}}\t{{.Size}}\t{{.CreatedSince}}\t{{.LastUsedSince}}\t{{.UsageCount}}\t{{.Shared}}",
     {{"ID", "CACHE ID"},
      {"CacheType", "CACHE TYPE"},
      {"Size", "SIZE"},
      {"CreatedSince", "CREATED"},
      {"LastUsedSince", "LAST USED"},
      {"UsageCount", "USAGE"},
      {"Shared", "SHARED"},
      {NULL, NULL}}},
};

static json_t *rows_of(const json_t *doc, const struct detail *detail, bool full)
{
    json_t *rows = json_array(), *entry;
    size_t i;
    json_array_foreach(json_object_get(doc, detail->key), i, entry)
    {
        json_array_append_new(rows, run_sorted(detail->row(entry, full)));
    }
    return rows;
}

/* With --format the template sees the rows of all kinds: {{range .Images}}, or {{json .}}. */
static int show_template(const json_t *doc, const char *style)
{
    struct error err = ERROR_INIT;
    cleanup_json json_t *all = json_object();
    for (size_t i = 0; i < ARRAY_LEN(DETAILS); i++)
        json_object_set_new(all, DETAILS[i].key, rows_of(doc, &DETAILS[i], true));
    cleanup_template struct template *template = template_parse(str_equal(style, "json") ? "{{json .}}" : style, &err);
    cleanup_buf struct buf out = BUF_INIT;
    if (!template || template_run(template, all, &(struct template_subject){0}, &out, &err) < 0)
        return fprintf(stderr, "%s\n", err.message), 1;
    fputs(out.data ? out.data : "", stdout);
    return 0;
}

static int show_details(const json_t *doc)
{
    for (size_t i = 0; i < ARRAY_LEN(DETAILS); i++) {
        const struct format format = {.table = DETAILS[i].table, .headers = DETAILS[i].headers};
        cleanup_json json_t *rows = rows_of(doc, &DETAILS[i], false);
        cleanup_free char *cache = cli_size((double)sum_cache(doc).size, DIGITS);
        if (DETAILS[i].title)
            printf("%s\n\n", DETAILS[i].title);
        else
            printf("\nBuild cache usage: %s\n\n", cache);
        int rc = cli_show_rows(&format, rows);
        if (rc)
            return rc;
    }
    return 0;
}

int cmd_system_df(const struct command_context *context, int argc, char **argv)
{
    static const struct flag flags[] = {
        {0, "format", FLAG_STRING, AT(format), NULL, "'table', 'table TEMPLATE', 'json' or a Go template for each row"},
        {'v', "verbose", FLAG_BOOL, AT(verbose), NULL, "Show each image, container and volume"},
        {0}};
    struct options options = {0};
    struct error err = ERROR_INIT;
    int rc = cli_parse(context, flags, &options, NULL, (struct cli_operands){0, 0, false}, &argc, &argv);
    if (rc != CLI_GO)
        return rc;
    cleanup_client struct client *client = client_new(context->host);
    cleanup_json json_t *doc = cli_get(client, "/system/df", &err);
    if (!doc)
        return cli_failed(&err);
    if (!options.verbose)
        return show_summary(doc, options.format);
    bool table = str_empty(options.format) || str_equal(options.format, "table");
    return table ? show_details(doc) : show_template(doc, options.format);
}
