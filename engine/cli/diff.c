/* diff: what a container has changed in its files. */
#include "cli/cli.h"
#include "cli/commands.h"

#include "base/json.h"
#include "base/memory.h"

#include <stdio.h>

int cmd_diff(const struct command_context *context, int argc, char **argv)
{
    static const struct flag flags[] = {{0}};
    static const char kinds[] = "CAD";
    struct error err = ERROR_INIT;
    char nothing;
    int rc = cli_parse(context, flags, &nothing, NULL, (struct cli_operands){1, 1, false}, &argc, &argv);
    if (rc != CLI_GO)
        return rc;
    if (!*argv[0])
        return fprintf(stderr, "Container name cannot be empty\n"), 1;
    cleanup_client struct client *client = client_new(context->host);
    cleanup_free char *path = cli_path("/containers/", argv[0], "/changes");
    cleanup_json json_t *answer = NULL;
    if (client_call(client, "GET", path, NULL, &answer, &err) < 0)
        return cli_failed(&err);
    size_t i;
    json_t *change;
    json_array_foreach(answer, i, change)
    {
        long long kind = json_num(change, "Kind", 0);
        printf("%c %s\n", kind >= 0 && kind <= 2 ? kinds[kind] : '?', json_str(change, "Path", ""));
    }
    return 0;
}
