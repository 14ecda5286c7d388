/* top: the processes of a container, as ps(1) on the host sees them. */
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/table.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"

static void add_row(struct buf *out, const json_t *cells)
{
    size_t i;
    json_t *cell;
    json_array_foreach(cells, i, cell) { buf_printf(out, "%s%s", i ? "\t" : "", json_string_value(cell)); }
    buf_putc(out, '\n');
}

int cmd_top(const struct command_context *context, int argc, char **argv)
{
    static const struct flag flags[] = {{0}};
    int unused;
    int rc = cli_parse(context, flags, &unused, NULL, (struct cli_operands){1, CLI_ANY, true}, &argc, &argv);
    if (rc != CLI_GO)
        return rc;
    struct error err = ERROR_INIT;
    cleanup_client struct client *client = client_new(context->host);
    cleanup_buf struct buf path = BUF_INIT, rows = BUF_INIT;
    cleanup_free char *plain = cli_path("/containers/", argv[0], "/top");
    buf_puts(&path, plain);
    if (argc > 1) {
        cleanup_free char *arguments = strv_join(argv + 1, " ");
        cli_query(&path, "ps_args", arguments);
    }
    cleanup_json json_t *answer = cli_get(client, path.data, &err);
    if (!answer)
        return cli_failed(&err);
    size_t i;
    json_t *row;
    add_row(&rows, json_object_get(answer, "Titles"));
    json_array_foreach(json_object_get(answer, "Processes"), i, row) { add_row(&rows, row); }
    table_write(rows.data, 20, TABLE_PADDING, stdout);
    return 0;
}
