/* inspect: the engine's documents, whole or through a template. Each name is tried as a container, an image, a network, a volume.
 */
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/go_type.h"
#include "cli/template.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

struct options {
    const char *format, *type;
    bool size;
};

#define AT(member) offsetof(struct options, member)

static const struct kind {
    const char *type, *prefix, *suffix;
    const struct go_type *schema;
} KINDS[] = {{"container", "/containers/", "/json", &go_container},
             {"image", "/images/", "/json", &go_image},
             {"network", "/networks/", "", &go_network},
             {"volume", "/volumes/", "", &go_volume},
             {"plugin", "/plugins/", "/json", &go_any}};

static json_t *find_kind(struct client *client, const struct kind *kind, const char *name, bool size, struct error *err)
{
    bool network = str_equal(kind->type, "network");
    if (network && !*name && error_set(err, ESRCH, "invalid network name or ID: value is empty"))
        return NULL;
    cleanup_free char *path = cli_path(kind->prefix, name, kind->suffix);
    const char *query = size && kind == KINDS ? "?size=1" : size && network ? "?verbose=true" : "";
    cleanup_free char *whole = str_format("%s%s", path, query);
    return cli_get(client, whole, err);
}

/* `type` NULL: the first kind that knows the name. *schema becomes the Go type of its documents. */
static json_t *find(struct client *client, const char *type, const char *name, bool size, const struct go_type **schema,
                    struct error *err)
{
    for (size_t i = 0; i < ARRAY_LEN(KINDS); i++) {
        if (type && !str_equal(type, KINDS[i].type))
            continue;
        json_t *found = find_kind(client, &KINDS[i], name, size, err);
        *schema = KINDS[i].schema;
        if (found || type || (err->code != ENOENT && err->code != ENOSYS))
            return found;
    }
    error_set(err, ESRCH, "Error: No such object: %s", name);
    return NULL;
}

static int print_all(json_t *found, bool compact)
{
    if (!json_array_size(found)) {
        puts("[]");
        return 0;
    }
    char *text = json_dumps(found, compact ? JSON_COMPACT : JSON_INDENT(4));
    puts(text ? text : "[]");
    free(text);
    return 0;
}

/* Each document is a value of a Go type first; where the template fails on that, it is taken as plain JSON. */
static int run_template(const struct template *template, json_t *object, const struct go_type *schema, struct buf *out,
                        struct error *err)
{
    const struct template_subject typed = {.schema = schema}, plain = {.raw = true};
    if (template_run(template, object, &typed, out, err) == 0)
        return 0;
    *err = ERROR_INIT;
    buf_clear(out);
    return template_run(template, object, &plain, out, err);
}

static int print_formatted(const struct template *template, json_t *found, const struct go_type *const *schemas)
{
    cleanup_buf struct buf all = BUF_INIT;
    struct error err = ERROR_INIT;
    size_t i;
    json_t *object;
    json_array_foreach(found, i, object)
    {
        cleanup_buf struct buf one = BUF_INIT;
        if (run_template(template, object, schemas[i], &one, &err) < 0)
            break;
        buf_printf(&all, "%s\n", one.data ? one.data : "");
    }
    fputs(all.len ? all.data : "\n", stdout);
    fflush(stdout);
    if (err.code)
        fprintf(stderr, "template parsing error: %s\n", err.message);
    return err.code ? 1 : 0;
}

static int inspect(const struct command_context *context, const struct options *options, char *const *names)
{
    struct error err = ERROR_INIT;
    bool json = str_equal(options->format, "json");
    cleanup_template struct template *template = NULL;
    if (options->format && !json && !(template = template_parse(options->format, &err))) {
        fprintf(stderr, "template parsing error: %s\n", err.message);
        return 64;
    }
    cleanup_client struct client *client = client_new(context->host);
    cleanup_json json_t *found = json_array();
    cleanup_buf struct buf failures = BUF_INIT;
    cleanup_free const struct go_type **schemas = xcalloc(strv_len(names) + 1, sizeof *schemas);
    for (; *names; names++) {
        json_t *object = find(client, options->type, *names, options->size, &schemas[json_array_size(found)], &err);
        if (object) {
            json_array_append_new(found, object);
            continue;
        }
        cleanup_free char *text = cli_error_text(&err);
        buf_printf(&failures, "%s\n", text);
        if (err.code == ECONNREFUSED)
            break;
    }
    int rc = template ? print_formatted(template, found, schemas) : print_all(found, json);
    fflush(stdout);
    fputs(failures.len ? failures.data : "", stderr);
    return failures.len ? 1 : rc;
}

#define FORMAT_FLAG                                                                                                                \
    {                                                                                                                              \
        'f', "format", FLAG_STRING, AT(format), NULL, "'json' or a Go template for each object"                                    \
    }
#define SIZE_FLAG                                                                                                                  \
    {                                                                                                                              \
        's', "size", FLAG_BOOL, AT(size), NULL, "Sizes of a container's layers too"                                                \
    }

int cmd_inspect(const struct command_context *context, int argc, char **argv)
{
    static const struct flag flags[] = {
        FORMAT_FLAG,
        SIZE_FLAG,
        {0, "type", FLAG_STRING, AT(type), NULL, "Only objects of this type: container, image, network, volume, plugin"},
        {0}};
    struct options options = {0};
    int rc = cli_parse(context, flags, &options, NULL, (struct cli_operands){1, CLI_ANY, false}, &argc, &argv);
    if (rc != CLI_GO)
        return rc;
    bool known = !options.type;
    for (size_t i = 0; i < ARRAY_LEN(KINDS); i++)
        known |= str_equal(options.type, KINDS[i].type);
    if (!known)
        return fprintf(stderr,
                       "unknown type: \"%s\": must be one of \"container\", \"image\", \"network\", \"volume\", \"plugin\"\n",
                       options.type),
               1;
    return inspect(context, &options, argv);
}

static int inspect_kind(const struct command_context *context, int argc, char **argv, const char *type)
{
    static const struct flag sized[] = {FORMAT_FLAG, SIZE_FLAG, {0}}, plain[] = {FORMAT_FLAG, {0}};
    static const struct flag network[] = {
        FORMAT_FLAG, {'v', "verbose", FLAG_BOOL, AT(size), NULL, "Tasks and services of a swarm's network too"}, {0}};
    struct options options = {.type = type};
    const struct flag *flags = str_equal(type, "container") ? sized : str_equal(type, "network") ? network : plain;
    int rc = cli_parse(context, flags, &options, NULL, (struct cli_operands){1, CLI_ANY, false}, &argc, &argv);
    return rc != CLI_GO ? rc : inspect(context, &options, argv);
}

int cmd_inspect_container(const struct command_context *context, int argc, char **argv)
{
    return inspect_kind(context, argc, argv, "container");
}

int cmd_inspect_image(const struct command_context *context, int argc, char **argv)
{
    return inspect_kind(context, argc, argv, "image");
}

int cmd_inspect_network(const struct command_context *context, int argc, char **argv)
{
    return inspect_kind(context, argc, argv, "network");
}

int cmd_inspect_volume(const struct command_context *context, int argc, char **argv)
{
    return inspect_kind(context, argc, argv, "volume");
}

int cmd_inspect_plugin(const struct command_context *context, int argc, char **argv)
{
    return inspect_kind(context, argc, argv, "plugin");
}
