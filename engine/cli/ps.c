/* ps: the engine's list of containers as rows; ports folded into ranges as Docker folds them. */
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/format.h"

#include "base/json.h"
#include "base/json_skim.h"
#include "base/memory.h"
#include "base/strings.h"
#include "cli/ports.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

struct options {
    bool all, latest, no_trunc, quiet, size;
    char **filter;
    const char *format;
    long long last;
};

#define AT(member) offsetof(struct options, member)

static const struct format_header HEADERS[] = {{"ID", "CONTAINER ID"},
                                               {"Names", "NAMES"},
                                               {"Image", "IMAGE"},
                                               {"Command", "COMMAND"},
                                               {"CreatedAt", "CREATED AT"},
                                               {"RunningFor", "CREATED"},
                                               {"Ports", "PORTS"},
                                               {"State", "STATE"},
                                               {"Status", "STATUS"},
                                               {"Size", "SIZE"},
                                               {"Labels", "LABELS"},
                                               {"Mounts", "MOUNTS"},
                                               {"LocalVolumes", "LOCAL VOLUMES"},
                                               {"Networks", "NETWORKS"},
                                               {"Platform", "PLATFORM"},
                                               {NULL, NULL}};

static const char TABLE[] = "{{.ID}}\t{{.Image}}\t{{.Command}}\t{{.RunningFor}}\t{{.Status}}\t{{.Ports}}\t{{.Names}}";
static const char TABLE_SIZE[] =
    "{{.ID}}\t{{.Image}}\t{{.Command}}\t{{.RunningFor}}\t{{.Status}}\t{{.Ports}}\t{{.Names}}\t{{.Size}}";

static json_t *taken(char *text)
{
    json_t *value = json_text_value(text, strlen(text));
    free(text);
    return value;
}

static char *names(const json_t *container, bool full)
{
    cleanup_strv char **list = NULL;
    size_t i;
    json_t *name;
    json_array_foreach(json_object_get(container, "Names"), i, name)
    {
        const char *text = json_string_value(name);
        text += *text == '/';
        if (full || !strchr(text, '/'))
            strv_add(&list, text);
    }
    return list ? strv_join(list, ",") : xstrdup("");
}

static char *command(const json_t *container, bool full)
{
    const char *text = json_str(container, "Command", "");
    cleanup_free char *shown = full ? xstrdup(text) : cli_ellipsis(text, 20);
    cleanup_json json_t *value = json_text_value(shown, strlen(shown));
    char *quoted = json_dumps(value, JSON_ENCODE_ANY);
    char *copy = xstrdup(quoted ? quoted : "\"\"");
    free(quoted);
    return copy;
}

static char *image(const json_t *container, bool full)
{
    const char *name = json_str(container, "Image", ""), *id = json_str(container, "ImageID", "");
    if (!*name)
        return xstrdup("<no image>");
    if (!full && *id && str_equal(name, id))
        return cli_short_id(id);
    const char *digest = strchr(name, '@');
    return !full && digest ? xstrndup(name, (size_t)(digest - name)) : xstrdup(name);
}

static char *mounts(const json_t *container, bool full, int *volumes)
{
    cleanup_strv char **list = NULL;
    size_t i;
    json_t *mount;
    json_array_foreach(json_object_get(container, "Mounts"), i, mount)
    {
        const char *name = str_or(json_str(mount, "Name", ""), json_str(mount, "Source", ""));
        strv_take(&list, full ? xstrdup(name) : cli_ellipsis(name, 15));
        *volumes += str_equal(json_str(mount, "Driver", ""), "local");
    }
    return list ? strv_join(list, ",") : xstrdup("");
}

static char *networks(const json_t *container)
{
    cleanup_strv char **list = NULL;
    const char *name;
    json_t *network;
    json_object_foreach(json_at(container, "NetworkSettings.Networks"), name, network) { strv_add(&list, name); }
    return list ? strv_join(list, ",") : xstrdup("");
}

static char *size(const json_t *container)
{
    cleanup_free char *own = cli_size((double)json_num(container, "SizeRw", 0), 3);
    long long all = json_num(container, "SizeRootFs", 0);
    cleanup_free char *total = cli_size((double)all, 3);
    return all > 0 ? str_format("%s (virtual %s)", own, total) : move_ptr(own);
}

/* What the tables of ours show, and what the engine's answer has for it: of a long list nothing else is read. */
static const char *const SHOWN[] = {"Id",    "Names", "Image",  "ImageID", "Command",    "Created",
                                    "Ports", "State", "Status", "SizeRw",  "SizeRootFs", NULL};
static const char *const QUIET[] = {"Id", NULL};

struct rows {
    const struct options *options;
    const char *const *members; /* NULL: all, for a format that may ask for anything */
    json_t *list;
};

static void put_shown(json_t *out, const json_t *container, bool full)
{
    json_object_set_new(out, "Command", taken(command(container, full)));
    json_object_set_new(out, "Image", taken(image(container, full)));
    json_object_set_new(out, "Names", taken(names(container, full)));
    json_object_set_new(out, "Ports", taken(ports_display(json_object_get(container, "Ports"))));
    json_object_set_new(out, "RunningFor", taken(cli_ago(json_num(container, "Created", 0))));
    json_object_set_new(out, "Size", taken(size(container)));
    json_object_set_new(out, "State", json_string(json_str(container, "State", "")));
    json_object_set_new(out, "Status", json_string(json_str(container, "Status", "")));
}

static void put_others(json_t *out, const json_t *container, bool full)
{
    int volumes = 0;
    json_t *labels = json_object_get(container, "Labels");
    json_object_set_new(out, "CreatedAt", taken(cli_stamp(json_num(container, "Created", 0))));
    json_object_set_new(out, "Labels", taken(cli_labels(labels)));
    json_object_set_new(out, "Mounts", taken(mounts(container, full, &volumes)));
    json_object_set_new(out, "LocalVolumes", taken(str_format("%d", volumes)));
    json_object_set_new(out, "Networks", taken(networks(container)));
    json_object_set_new(out, "Platform", json_null());
    json_object_set(out, "#labels", labels ? labels : json_null());
}

static bool add_row(void *data, json_t *container)
{
    struct rows *rows = data;
    bool full = rows->options->no_trunc;
    const char *id = json_str(container, "Id", "");
    json_t *out = json_object();
    json_object_set_new(out, "ID", taken(full ? xstrdup(id) : cli_short_id(id)));
    if (rows->members != QUIET)
        put_shown(out, container, full);
    if (!rows->members)
        put_others(out, container, full);
    return json_array_append_new(rows->list, out) == 0;
}

static int list_path(const struct options *options, bool limited, struct buf *path, struct error *err)
{
    buf_puts(path, "/containers/json");
    if (options->all)
        cli_query(path, "all", "1");
    if (options->latest)
        cli_query(path, "limit", "1");
    else if (limited && options->last > 0)
        buf_printf(path, "%climit=%lld", strchr(path->data, '?') ? '&' : '?', options->last);
    if (options->size || cli_wants(options->format, "Size"))
        cli_query(path, "size", "1");
    return cli_query_filters(path, options->filter, err);
}

#define RAW                                                                                                                        \
    "container_id: {{.ID}}\nimage: {{.Image}}\ncommand: {{.Command}}\ncreated_at: {{.CreatedAt}}\nstate: {{- pad .State 1 0}}\n"   \
    "status: {{- pad .Status 1 0}}\nnames: {{.Names}}\nlabels: {{- pad .Labels 1 0}}\nports: {{- pad .Ports 1 0}}\n"

static bool collect(void *data, const char *bytes, size_t len)
{
    buf_add(data, bytes, len);
    return true;
}

static int show(const struct command_context *context, const struct options *options, const char *path)
{
    struct error err = ERROR_INIT;
    const struct format format = {.type = "*formatter.ContainerContext",
                                  .table = options->size ? TABLE_SIZE : TABLE,
                                  .quiet = "{{.ID}}",
                                  .raw = options->size ? RAW "size: {{.Size}}\n" : RAW,
                                  .raw_quiet = "container_id: {{.ID}}",
                                  .headers = HEADERS,
                                  .labels = "#labels",
                                  .style = options->format,
                                  .quiet_only = options->quiet,
                                  .probe = true};
    cleanup_client struct client *client = client_new(context->host);
    cleanup_buf struct buf answer = BUF_INIT;
    cleanup_json json_t *list = json_array();
    bool usual = !options->format || str_equal(options->format, "table");
    struct rows rows = {.options = options, .members = !usual ? NULL : options->quiet ? QUIET : SHOWN, .list = list};
    if (client_stream(client, "GET", path, NULL, collect, &answer, &err) < 0)
        return cli_failed(&err);
    if (json_skim(str_or(answer.data, ""), answer.len, rows.members, add_row, &rows) < 0) {
        error_set(&err, EPROTO, "the engine's answer is no list of containers");
        return cli_failed(&err);
    }
    if (cli_rows(&format, list, stdout, &err) == 0)
        return 0;
    fprintf(stderr, "%s\n", err.message);
    return 1;
}

int cmd_ps(const struct command_context *context, int argc, char **argv)
{
    static const struct flag flags[] = {
        {'a', "all", FLAG_BOOL, AT(all), NULL, "Show all containers (default: those that run)"},
        {'f', "filter", FLAG_LIST, AT(filter), "filter", "Show only what matches (name=..., status=..., label=...)"},
        {0, "format", FLAG_STRING, AT(format), NULL, "'table', 'table TEMPLATE', 'json' or a Go template for each row"},
        {'n', "last", FLAG_INT, AT(last), NULL, "Show the n youngest containers, in any state (default -1)"},
        {'l', "latest", FLAG_BOOL, AT(latest), NULL, "Show the youngest container, in any state"},
        {0, "no-trunc", FLAG_BOOL, AT(no_trunc), NULL, "Do not shorten anything"},
        {'q', "quiet", FLAG_BOOL, AT(quiet), NULL, "Print IDs only"},
        {'s', "size", FLAG_BOOL, AT(size), NULL, "Show sizes of the writable layers"},
        {0}};
    struct options options = {.last = -1};
    const char *name = argv[0];
    bool seen[ARRAY_LEN(flags)] = {0};
    struct error err = ERROR_INIT;
    int rc = cli_parse(context, flags, &options, seen, (struct cli_operands){0, 0, false}, &argc, &argv);
    cleanup_strv char **filter = options.filter;
    cleanup_buf struct buf path = BUF_INIT;
    (void)filter;
    if (rc != CLI_GO)
        return rc;
    if (list_path(&options, seen[3], &path, &err) < 0)
        return cli_bad_flag(context, name, "%s", err.message);
    return show(context, &options, path.data);
}
