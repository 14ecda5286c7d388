/* inspect: the engine's documents, whole or through a template. Each name is tried as a container, an image, a network, a volume.
 */
#include "cli/cli.h"
#include "cli/commands.h"
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
} KINDS[] = {{"container", "/containers/", "/json"},
             {"image", "/images/", "/json"},
             {"network", "/networks/", ""},
             {"volume", "/volumes/", ""},
             {"plugin", "/plugins/", "/json"}};

/* Members that the engine leaves out of a document when they are empty; a template may still ask whether they are there. */
static bool optional(const char *name)
{
    static const char *const names[] = {"Health",          "Healthcheck", "StopTimeout", "StopSignal",   "Shell",   "MacAddress",
                                        "NetworkDisabled", "ArgsEscaped", "Init",        "Tmpfs",        "Sysctls", "Mounts",
                                        "Annotations",     "StorageOpt",  "Isolation",   "ExposedPorts", "Ulimits", "OnBuild",
                                        "UsageData",       "Status",      "Options",     "Labels"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (str_equal(names[i], name))
            return true;
    return false;
}

static json_t *find_kind(struct client *client, const struct kind *kind, const char *name, bool size, struct error *err)
{
    cleanup_free char *path = cli_path(kind->prefix, name, kind->suffix);
    cleanup_free char *whole = size && kind == KINDS ? str_format("%s?size=1", path) : xstrdup(path);
    return cli_get(client, whole, err);
}

/* `type` NULL: the first kind that knows the name. */
static json_t *find(struct client *client, const char *type, const char *name, bool size, struct error *err)
{
    for (size_t i = 0; i < ARRAY_LEN(KINDS); i++) {
        if (type && !str_equal(type, KINDS[i].type))
            continue;
        json_t *found = find_kind(client, &KINDS[i], name, size, err);
        if (found || type || (err->code != ENOENT && err->code != ENOSYS))
            return found;
    }
    error_set(err, ESRCH, "Error: No such object: %s", name);
    return NULL;
}

static int print_all(json_t *found)
{
    if (!json_array_size(found)) {
        puts("[]");
        return 0;
    }
    char *text = json_dumps(found, JSON_INDENT(4));
    puts(text ? text : "[]");
    free(text);
    return 0;
}

static int print_formatted(const struct template *template, json_t *found)
{
    static const struct template_subject subject = {.optional = optional};
    cleanup_buf struct buf all = BUF_INIT;
    struct error err = ERROR_INIT;
    size_t i;
    json_t *object;
    json_array_foreach(found, i, object)
    {
        cleanup_buf struct buf one = BUF_INIT;
        if (template_run(template, object, &subject, &one, &err) < 0)
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
    if (options->format && !(template = template_parse(json ? "{{json .}}" : options->format, &err))) {
        fprintf(stderr, "template parsing error: %s\n", err.message);
        return 64;
    }
    cleanup_client struct client *client = client_new(context->host);
    cleanup_json json_t *found = json_array();
    cleanup_buf struct buf failures = BUF_INIT;
    for (; *names; names++) {
        json_t *object = find(client, options->type, *names, options->size, &err);
        if (object) {
            json_array_append_new(found, object);
            continue;
        }
        cleanup_free char *text = cli_error_text(&err);
        buf_printf(&failures, "%s\n", text);
        if (err.code == ECONNREFUSED)
            break;
    }
    int rc = template ? print_formatted(template, found) : print_all(found);
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
    struct options options = {.type = type};
    const struct flag *flags = str_equal(type, "container") ? sized : plain;
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
