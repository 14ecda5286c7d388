/* system check: is everything in the engine's store what its digests say? */
#include "cli/cli.h"
#include "cli/commands.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>

struct options {
    bool quiet;
};

#define AT(member) offsetof(struct options, member)

int cmd_system_check(const struct command_context *context, int argc, char **argv)
{
    static const struct flag flags[] = {{'q', "quiet", FLAG_BOOL, AT(quiet), NULL, "Print problems only"}, {0}};
    struct options options = {0};
    struct error err = ERROR_INIT;
    int rc = cli_parse(context, flags, &options, NULL, (struct cli_operands){0, 0, false}, &argc, &argv);
    if (rc != CLI_GO)
        return rc;
    cleanup_client struct client *client = client_new(context->host);
    cleanup_json json_t *doc = cli_get(client, "/slipway/images/check", &err);
    if (!doc && err.code == ENOENT)
        return fprintf(stderr, "system check needs a slipway engine; the one at %s does not check its store\n", context->host), 1;
    if (!doc)
        return cli_failed(&err);
    const json_t *problems = json_object_get(doc, "Problems");
    size_t i, count = json_array_size(problems);
    json_t *problem;
    json_array_foreach(problems, i, problem)
    {
        printf("%s: %s\n", json_str(problem, "Object", ""), json_str(problem, "Problem", ""));
    }
    if (!options.quiet)
        printf("%lld images, %lld layers: %zu problem%s\n", json_num(doc, "Images", 0), json_num(doc, "Layers", 0), count,
               count == 1 ? "" : "s");
    return count > 0;
}
