/* images: one row for each name of each image. */
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/format.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

struct options {
    bool all, digests, no_trunc, quiet, tree;
    char **filter;
    const char *format;
};

#define AT(member) offsetof(struct options, member)

static const struct format_header HEADERS[] = {{"ID", "IMAGE ID"},
                                               {"Repository", "REPOSITORY"},
                                               {"Tag", "TAG"},
                                               {"Digest", "DIGEST"},
                                               {"CreatedSince", "CREATED"},
                                               {"CreatedAt", "CREATED AT"},
                                               {"Size", "SIZE"},
                                               {"Containers", "CONTAINERS"},
                                               {"VirtualSize", "SIZE"},
                                               {"SharedSize", "SHARED SIZE"},
                                               {"UniqueSize", "UNIQUE SIZE"},
                                               {NULL, NULL}};

static const char TABLE[] = "{{.Repository}}\t{{.Tag}}\t{{.ID}}\t{{.CreatedSince}}\t{{.Size}}";
static const char TABLE_DIGESTS[] = "{{.Repository}}\t{{.Tag}}\t{{.Digest}}\t{{.ID}}\t{{.CreatedSince}}\t{{.Size}}";

static json_t *taken(char *text)
{
    json_t *value = json_string(text);
    free(text);
    return value;
}

static json_t *row(const json_t *image, const char *repository, const char *tag, const char *digest, bool full)
{
    const char *id = json_str(image, "Id", "");
    long long created = json_num(image, "Created", 0), containers = json_num(image, "Containers", -1);
    long long size = json_num(image, "Size", 0), shared = json_num(image, "SharedSize", -1);
    json_t *out = json_object();
    json_object_set_new(out, "Containers", containers < 0 ? json_string("N/A") : taken(str_format("%lld", containers)));
    json_object_set_new(out, "CreatedAt", taken(cli_stamp(created)));
    json_object_set_new(out, "CreatedSince", taken(cli_ago(created)));
    json_object_set_new(out, "Digest", json_string(digest));
    json_object_set_new(out, "ID", taken(full ? xstrdup(id) : cli_short_id(id)));
    json_object_set_new(out, "Repository", json_string(repository));
    json_object_set_new(out, "SharedSize", shared < 0 ? json_string("N/A") : taken(cli_size((double)shared, 4)));
    json_object_set_new(out, "Size", taken(cli_size((double)size, 3)));
    json_object_set_new(out, "Tag", json_string(tag));
    json_object_set_new(out, "UniqueSize", shared < 0 ? json_string("N/A") : taken(cli_size((double)(size - shared), 4)));
    json_object_set_new(out, "VirtualSize", taken(cli_size((double)json_num(image, "VirtualSize", size), 4)));
    return out;
}

static bool wants_digests(const struct options *options) { return options->digests || cli_wants(options->format, "Digest"); }

/* The digests that a repository has of the image, or nothing when nobody wants to see them. */
static char **digests_of(const json_t *image, const char *repository, const struct options *options)
{
    char **out = NULL;
    size_t i;
    json_t *entry;
    json_array_foreach(json_object_get(image, "RepoDigests"), i, entry)
    {
        const char *text = json_string_value(entry), *at = text ? strchr(text, '@') : NULL;
        if (at && wants_digests(options) && strncmp(text, repository, (size_t)(at - text)) == 0 && !repository[at - text])
            strv_add(&out, at + 1);
    }
    return out;
}

/* "host:5000/name:tag" cut at the colon that belongs to the tag. */
static char *repository_of(const char *reference, const char **tag)
{
    const char *slash = strrchr(reference, '/'), *colon = strrchr(slash ? slash : reference, ':');
    *tag = colon ? colon + 1 : "<none>";
    return colon ? xstrndup(reference, (size_t)(colon - reference)) : xstrdup(reference);
}

/* A row for a tag, or for each digest that its repository has. */
static void add_tag(json_t *rows, const json_t *image, const char *reference, const struct options *options)
{
    const char *tag;
    cleanup_free char *repository = repository_of(reference, &tag);
    cleanup_strv char **digests = digests_of(image, repository, options);
    if (!digests)
        json_array_append_new(rows, row(image, repository, tag, "<none>", options->no_trunc));
    for (char **digest = digests; digest && *digest; digest++)
        json_array_append_new(rows, row(image, repository, tag, *digest, options->no_trunc));
}

static bool has_tag_in(const json_t *image, const char *repository)
{
    size_t i;
    json_t *entry;
    json_array_foreach(json_object_get(image, "RepoTags"), i, entry)
    {
        const char *tag;
        cleanup_free char *name = repository_of(str_or(json_string_value(entry), ""), &tag);
        if (str_equal(name, repository))
            return true;
    }
    return false;
}

/* Repositories that have it by digest alone: a row for each, or for each of their digests. */
static void add_untagged(json_t *rows, const json_t *image, const struct options *options)
{
    cleanup_strv char **seen = NULL;
    size_t i;
    json_t *entry;
    json_array_foreach(json_object_get(image, "RepoDigests"), i, entry)
    {
        const char *text = str_or(json_string_value(entry), ""), *at = strchr(text, '@');
        cleanup_free char *repository = at ? xstrndup(text, (size_t)(at - text)) : NULL;
        if (!repository || str_equal(repository, "<none>") || has_tag_in(image, repository))
            continue;
        if (options->digests || !strv_has(seen, repository))
            json_array_append_new(rows, row(image, repository, "<none>", options->digests ? at + 1 : "", options->no_trunc));
        strv_add(&seen, repository);
    }
}

static json_t *rows_of(const json_t *images, const struct options *options)
{
    json_t *rows = json_array(), *image;
    size_t i, k;
    json_array_foreach(images, i, image)
    {
        size_t before = json_array_size(rows);
        json_t *tag, *tags = json_object_get(image, "RepoTags");
        json_array_foreach(tags, k, tag)
        {
            if (!str_equal(json_string_value(tag), "<none>:<none>"))
                add_tag(rows, image, str_or(json_string_value(tag), ""), options);
        }
        add_untagged(rows, image, options);
        if (json_array_size(rows) == before)
            json_array_append_new(rows, row(image, "<none>", "<none>", "<none>", options->no_trunc));
    }
    return rows;
}

int cmd_images(const struct command_context *context, int argc, char **argv)
{
    static const struct flag flags[] = {
        {'a', "all", FLAG_BOOL, AT(all), NULL, "Show all images (default hides intermediate ones)"},
        {0, "digests", FLAG_BOOL, AT(digests), NULL, "Show digests"},
        {'f', "filter", FLAG_LIST, AT(filter), "filter", "Show only what matches (reference=..., label=..., dangling=...)"},
        {0, "format", FLAG_STRING, AT(format), NULL, "'table', 'table TEMPLATE', 'json' or a Go template for each row"},
        {0, "no-trunc", FLAG_BOOL, AT(no_trunc), NULL, "Do not shorten anything"},
        {'q', "quiet", FLAG_BOOL, AT(quiet), NULL, "Print image IDs only"},
        {0}};
    struct options options = {0};
    const char *name = argv[0];
    struct error err = ERROR_INIT;
    int rc = cli_parse(context, flags, &options, NULL, (struct cli_operands){0, 1, false}, &argc, &argv);
    if (rc == CLI_GO && argc)
        strv_take(&options.filter, str_format("reference=%s", argv[0]));
    cleanup_strv char **filter = options.filter;
    cleanup_buf struct buf path = BUF_INIT;
    if (rc != CLI_GO)
        return rc;
    const char *start = options.all ? "/images/json?all=1" : "/images/json";
    if ((rc = cli_filtered_path(context, name, start, filter, &path)) != CLI_GO)
        return rc;
    const struct format format = {.type = "*formatter.imageContext",
                                  .table = options.digests ? TABLE_DIGESTS : TABLE,
                                  .quiet = "{{.ID}}",
                                  .headers = HEADERS,
                                  .style = options.format,
                                  .quiet_only = options.quiet};
    cleanup_client struct client *client = client_new(context->host);
    cleanup_json json_t *answer = cli_get(client, path.data, &err);
    if (!answer)
        return cli_failed(&err);
    cleanup_json json_t *rows = rows_of(answer, &options);
    return cli_show_rows(&format, rows);
}
