/* search: what a registry has under a word. The engine asks it. */
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/credentials.h"
#include "cli/format.h"
#include "cli/image_name.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DESCRIPTION = 45 };

struct options {
    char **filter;
    const char *format;
    long long limit;
    bool no_trunc;
};

#define AT(member) offsetof(struct options, member)

static json_t *taken(char *text)
{
    json_t *value = json_text_value(text, strlen(text));
    free(text);
    return value;
}

/* Official is a mark for people, and a truth value in JSON. */
static json_t *row(const json_t *result, bool full, bool as_json)
{
    bool official = json_flag(result, "is_official", false);
    cleanup_free char *description = xstrdup(json_str(result, "description", ""));
    for (char *p = description; *p; p++)
        *p = *p == '\n' || *p == '\r' ? ' ' : *p;
    json_t *out = json_object();
    json_object_set_new(out, "Description", taken(full ? xstrdup(description) : cli_ellipsis(description, DESCRIPTION)));
    json_object_set_new(out, "IsOfficial", json_string(as_json ? official ? "true" : "false" : official ? "[OK]" : ""));
    json_object_set_new(out, "Name", json_string(json_str(result, "name", "")));
    json_object_set_new(out, "StarCount", taken(str_format("%lld", json_num(result, "star_count", 0))));
    return out;
}

/* The registry that a term names is asked with what is known of it. */
static json_t *ask(const struct command_context *context, const char *term, const char *path, struct error *err)
{
    cleanup_image_name struct image_name name = {0};
    json_t *answer = NULL;
    bool known = name_parse(term, &name, NULL) == 0;
    cleanup_free char *auth = credentials_header(known ? &name : NULL);
    cleanup_client struct client *client = client_new(context->host);
    const struct client_request request = {.method = "GET", .path = path, .headers = auth};
    return client_exchange(client, &request, &answer, err) < 0 ? NULL : answer ? answer : json_array();
}

int cmd_search(const struct command_context *context, int argc, char **argv)
{
    static const struct format_header headers[] = {
        {"Name", "NAME"}, {"Description", "DESCRIPTION"}, {"StarCount", "STARS"}, {"IsOfficial", "OFFICIAL"}, {NULL, NULL}};
    static const struct flag flags[] = {
        {'f', "filter", FLAG_LIST, AT(filter), "filter", "Show only what matches (is-official=true, stars=3)"},
        {0, "format", FLAG_STRING, AT(format), NULL, "'table', 'table TEMPLATE', 'json' or a Go template for each row"},
        {0, "limit", FLAG_INT, AT(limit), NULL, "Show at most so many"},
        {0, "no-trunc", FLAG_BOOL, AT(no_trunc), NULL, "Do not shorten anything"},
        {0}};
    struct options options = {0};
    struct error err = ERROR_INIT;
    const char *name = argv[0];
    int rc = cli_parse(context, flags, &options, NULL, (struct cli_operands){1, 1, false}, &argc, &argv);
    cleanup_strv char **filter = options.filter;
    cleanup_buf struct buf path = BUF_INIT;
    if (rc != CLI_GO || (rc = cli_filtered_path(context, name, "/images/search", filter, &path)) != CLI_GO)
        return rc;
    if (options.limit > 0) {
        cleanup_free char *limit = str_format("%lld", options.limit);
        cli_query(&path, "limit", limit);
    }
    cli_query(&path, "term", argv[0]);
    cleanup_json json_t *answer = ask(context, argv[0], path.data, &err);
    if (!answer)
        return cli_failed(&err);
    cleanup_json json_t *rows = json_array();
    size_t i;
    json_t *result;
    json_array_foreach(answer, i, result)
    {
        json_array_append_new(rows, row(result, options.no_trunc, options.format && strstr(options.format, "json")));
    }
    const struct format format = {.type = "*registry.searchContext",
                                  .table = "{{.Name}}\t{{.Description}}\t{{.StarCount}}\t{{.IsOfficial}}",
                                  .headers = headers,
                                  .style = options.format};
    return cli_show_rows(&format, rows);
}
