/* container, network, volume, image and system prune: ask, have the engine remove what nothing uses, and say what went. */
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/format.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

struct options {
    char **filter;
    bool force, all, volumes;
};

#define AT(member) offsetof(struct options, member)
#define FORCE                                                                                                                      \
    {                                                                                                                              \
        'f', "force", FLAG_BOOL, AT(force), NULL, "Do not prompt for confirmation"                                                 \
    }
#define FILTER                                                                                                                     \
    {                                                                                                                              \
        0, "filter", FLAG_LIST, AT(filter), "filter", "Remove only what matches (until=..., label=..., label!=...)"                \
    }

/* What is pruned, and how the answer is told. */
struct prunable {
    const char *path, *list, *heading;
    const char *extra; /* always asked for: one more filter, or NULL */
};

static const struct prunable containers = {"/containers/prune", "ContainersDeleted", "Deleted Containers:", NULL};
static const struct prunable networks = {"/networks/prune", "NetworksDeleted", "Deleted Networks:", NULL};
static const struct prunable volumes = {"/volumes/prune", "VolumesDeleted", "Deleted Volumes:", NULL};
static const struct prunable volumes_all = {"/volumes/prune", "VolumesDeleted", "Deleted Volumes:", "all=true"};
static const struct prunable images = {"/images/prune", "ImagesDeleted", "Deleted Images:", "dangling=true"};
static const struct prunable images_all = {"/images/prune", "ImagesDeleted", "Deleted Images:", "dangling=false"};
static const struct prunable builds = {"/build/prune", "CachesDeleted", "Deleted build cache objects:", NULL};
static const struct prunable builds_all = {"/build/prune?all=1", "CachesDeleted", "Deleted build cache objects:", NULL};

static bool confirmed(const char *warning)
{
    cleanup_free char *line = NULL;
    size_t room = 0;
    printf("%s%s[y/N] ", warning, str_ends(warning, "?") ? " " : "\nAre you sure you want to continue? ");
    fflush(stdout);
    if (getline(&line, &room, stdin) < 0)
        return false;
    const char *answer = str_trim(line);
    return str_equal(answer, "y") || str_equal(answer, "Y");
}

static void tell_item(const json_t *item)
{
    if (json_is_string(item)) {
        puts(json_string_value(item));
        return;
    }
    const char *untagged = json_str(item, "Untagged", ""), *deleted = json_str(item, "Deleted", "");
    if (*untagged)
        printf("untagged: %s\n", untagged);
    else
        printf("deleted: %s\n", deleted);
}

/* Adds what was reclaimed to `*freed`. */
static int prune(struct client *client, const struct prunable *what, char *const *filters, long long *freed, struct error *err)
{
    cleanup_strv char **all = strv_copy(filters);
    cleanup_buf struct buf path = BUF_INIT;
    cleanup_json json_t *answer = NULL;
    if (what->extra)
        strv_add(&all, what->extra);
    buf_puts(&path, what->path);
    int rc = cli_query_filters(&path, all, err);
    if (rc == 0)
        rc = client_call(client, "POST", path.data, NULL, &answer, err);
    if (rc < 0)
        return rc;
    const json_t *list = json_object_get(answer, what->list);
    size_t i;
    json_t *item;
    if (json_array_size(list))
        puts(what->heading);
    json_array_foreach(list, i, item) tell_item(item);
    if (json_array_size(list))
        putchar('\n');
    *freed += json_num(answer, "SpaceReclaimed", 0);
    return 0;
}

static void tell_total(long long freed)
{
    cleanup_free char *size = cli_size((double)freed, 4);
    printf("Total reclaimed space: %s\n", size);
}

static int run_one(const struct command_context *context, const struct prunable *what, const char *warning,
                   const struct options *options, bool total)
{
    struct error err = ERROR_INIT;
    long long freed = 0;
    if (!options->force && !confirmed(warning))
        return 0;
    cleanup_client struct client *client = client_new(context->host);
    if (prune(client, what, options->filter, &freed, &err) < 0)
        return cli_failed(&err);
    if (total)
        tell_total(freed);
    return 0;
}

static int parse(const struct command_context *context, const struct flag *flags, struct options *options, int argc, char **argv)
{
    return cli_parse(context, flags, options, NULL, (struct cli_operands){0, 0, false}, &argc, &argv);
}

int cmd_container_prune(const struct command_context *context, int argc, char **argv)
{
    static const struct flag flags[] = {FILTER, FORCE, {0}};
    struct options options = {0};
    int rc = parse(context, flags, &options, argc, argv);
    if (rc == CLI_GO)
        rc = run_one(context, &containers, "WARNING! This will remove all stopped containers.", &options, true);
    strv_free(options.filter);
    return rc;
}

int cmd_network_prune(const struct command_context *context, int argc, char **argv)
{
    static const struct flag flags[] = {FILTER, FORCE, {0}};
    struct options options = {0};
    int rc = parse(context, flags, &options, argc, argv);
    if (rc == CLI_GO)
        rc = run_one(context, &networks, "WARNING! This will remove all custom networks not used by at least one container.",
                     &options, false);
    strv_free(options.filter);
    return rc;
}

int cmd_volume_prune(const struct command_context *context, int argc, char **argv)
{
    static const struct flag flags[] = {
        {'a', "all", FLAG_BOOL, AT(all), NULL, "Remove all unused volumes, not just anonymous ones"},
        {0, "filter", FLAG_LIST, AT(filter), "filter", "Remove only what matches (label=..., label!=..., all=true)"},
        FORCE,
        {0}};
    struct options options = {0};
    int rc = parse(context, flags, &options, argc, argv);
    for (size_t i = 0; rc == CLI_GO && options.all && i < strv_len(options.filter); i++)
        if (str_starts(options.filter[i], "all=")) {
            fprintf(stderr, "conflicting options: cannot specify both --all and --filter all=1\n");
            rc = 1;
        }
    if (rc == CLI_GO)
        rc = run_one(context, options.all ? &volumes_all : &volumes,
                     options.all ? "WARNING! This will remove all local volumes not used by at least one container."
                                 : "WARNING! This will remove anonymous local volumes not used by at least one container.",
                     &options, true);
    strv_free(options.filter);
    return rc;
}

int cmd_image_prune(const struct command_context *context, int argc, char **argv)
{
    static const struct flag flags[] = {
        {'a', "all", FLAG_BOOL, AT(all), NULL, "Remove all unused images, not just dangling ones"}, FILTER, FORCE, {0}};
    struct options options = {0};
    int rc = parse(context, flags, &options, argc, argv);
    if (rc == CLI_GO)
        rc = run_one(context, options.all ? &images_all : &images,
                     options.all ? "WARNING! This will remove all images without at least one container associated to them."
                                 : "WARNING! This will remove all dangling images.",
                     &options, true);
    strv_free(options.filter);
    return rc;
}

/* --keep-storage is a matter for builders that have a store of their own; here the cache is images. */
int cmd_builder_prune(const struct command_context *context, int argc, char **argv)
{
    static const struct flag flags[] = {
        {'a', "all", FLAG_BOOL, AT(all), NULL, "Remove all that is unused, not just dangling images"},
        {0, "filter", FLAG_LIST, AT(filter), "filter", "Remove only what matches (until=24h)"},
        FORCE,
        {0}};
    struct options options = {0};
    int rc = parse(context, flags, &options, argc, argv);
    if (rc == CLI_GO)
        rc = run_one(context, options.all ? &builds_all : &builds,
                     options.all ? "WARNING! This will remove all build cache. Are you sure you want to continue?"
                                 : "WARNING! This will remove all dangling build cache. Are you sure you want to continue?",
                     &options, true);
    strv_free(options.filter);
    return rc;
}

static int compare(const void *a, const void *b) { return strcmp(*(const char *const *)a, *(const char *const *)b); }

static char *system_warning(const struct options *options)
{
    struct buf text = BUF_INIT;
    buf_puts(&text, "WARNING! This will remove:\n  - all stopped containers\n"
                    "  - all networks not used by at least one container\n");
    if (options->volumes)
        buf_puts(&text, "  - all anonymous volumes not used by at least one container\n");
    buf_printf(&text, "  - %s\n",
               options->all ? "all images without at least one container associated to them" : "all dangling images");
    buf_printf(&text, "  - %s build cache\n", options->all ? "all" : "unused");
    cleanup_strv char **filters = strv_copy(options->filter);
    if (filters && *filters) {
        qsort(filters, strv_len(filters), sizeof *filters, compare);
        buf_puts(&text, "\n  Items to be pruned will be filtered with:\n");
        for (size_t i = 0; filters[i]; i++)
            buf_printf(&text, "  - %s\n", filters[i]);
    }
    return buf_take(&text);
}

static int prune_system(const struct command_context *context, const struct options *options)
{
    const struct prunable *const steps[] = {&containers, &networks, options->volumes ? &volumes : NULL,
                                            options->all ? &images_all : &images, options->all ? &builds_all : &builds};
    struct error err = ERROR_INIT;
    long long freed = 0;
    cleanup_client struct client *client = client_new(context->host);
    for (size_t i = 0; i < ARRAY_LEN(steps); i++)
        if (steps[i] && prune(client, steps[i], options->filter, &freed, &err) < 0)
            return cli_failed(&err);
    tell_total(freed);
    return 0;
}

int cmd_system_prune(const struct command_context *context, int argc, char **argv)
{
    static const struct flag flags[] = {{'a', "all", FLAG_BOOL, AT(all), NULL, "Remove all unused images, not just dangling ones"},
                                        FILTER,
                                        FORCE,
                                        {0, "volumes", FLAG_BOOL, AT(volumes), NULL, "Remove anonymous volumes too"},
                                        {0}};
    struct options options = {0};
    int rc = parse(context, flags, &options, argc, argv);
    for (size_t i = 0; rc == CLI_GO && options.volumes && i < strv_len(options.filter); i++)
        if (str_starts(options.filter[i], "until=")) {
            fprintf(stderr, "ERROR: The \"until\" filter is not supported with \"--volumes\"\n");
            rc = 1;
        }
    if (rc == CLI_GO) {
        cleanup_free char *warning = system_warning(&options);
        rc = options.force || confirmed(warning) ? prune_system(context, &options) : 0;
    }
    strv_free(options.filter);
    return rc;
}
