/* context: which engine the command line talks to. There is one context, "default": what -H, DOCKER_HOST or the default socket say.
 */
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/format.h"
#include "cli/template.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"

#include <stddef.h>
#include <stdlib.h>

struct options {
    const char *format;
    bool quiet;
};

#define AT(member) offsetof(struct options, member)

static const struct format_header HEADERS[] = {
    {"Name", "NAME"}, {"Description", "DESCRIPTION"}, {"DockerEndpoint", "DOCKER ENDPOINT"}, {"Error", "ERROR"}, {NULL, NULL}};

int cmd_context_ls(const struct command_context *context, int argc, char **argv)
{
    static const struct flag flags[] = {
        {0, "format", FLAG_STRING, AT(format), NULL, "'table', 'table TEMPLATE', 'json' or a Go template for each row"},
        {'q', "quiet", FLAG_BOOL, AT(quiet), NULL, "Print names only"},
        {0}};
    struct options options = {0};
    int rc = cli_parse(context, flags, &options, NULL, (struct cli_operands){0, 0, false}, &argc, &argv);
    if (rc != CLI_GO)
        return rc;
    const struct format format = {.type = "*context.clientContextContext",
                                  .table = "{{.Name}}\t{{.Description}}\t{{.DockerEndpoint}}\t{{.Error}}",
                                  .quiet = "{{.Name}}",
                                  .headers = HEADERS,
                                  .style = options.format,
                                  .quiet_only = options.quiet};
    bool table = str_empty(options.format) || str_equal(options.format, "table"); /* where the current one has a star */
    cleanup_json json_t *rows =
        json_pack("[{s:b, s:s, s:s, s:s, s:s}]", "Current", 1, "Description", "Current DOCKER_HOST based configuration",
                  "DockerEndpoint", context->host, "Error", "", "Name", table && !options.quiet ? "default *" : "default");
    rc = cli_show_rows(&format, rows);
    fflush(stdout);
    if (!str_empty(getenv("DOCKER_HOST")) && !options.quiet)
        fprintf(stderr, "Warning: DOCKER_HOST environment variable overrides the active context. To use a context, either set the "
                        "global --context flag, or unset DOCKER_HOST environment variable.\n");
    return rc;
}

int cmd_context_show(const struct command_context *context, int argc, char **argv)
{
    static const struct flag flags[] = {{0}};
    int unused;
    int rc = cli_parse(context, flags, &unused, NULL, (struct cli_operands){0, 0, false}, &argc, &argv);
    if (rc == CLI_GO)
        puts("default");
    return rc == CLI_GO ? 0 : rc;
}

static int unknown(const char *name)
{
    fprintf(stderr,
            "context \"%s\": context not found: there is one context, \"default\"; choose an engine with --host or "
            "DOCKER_HOST\n",
            name);
    return 1;
}

int cmd_context_use(const struct command_context *context, int argc, char **argv)
{
    static const struct flag flags[] = {{0}};
    int unused;
    int rc = cli_parse(context, flags, &unused, NULL, (struct cli_operands){1, 1, false}, &argc, &argv);
    if (rc != CLI_GO)
        return rc;
    if (!str_equal(argv[0], "default"))
        return unknown(argv[0]);
    puts("default");
    fflush(stdout);
    fprintf(stderr, "Current context is now \"default\"\n");
    return 0;
}

int cmd_context_inspect(const struct command_context *context, int argc, char **argv)
{
    static const struct flag flags[] = {{'f', "format", FLAG_STRING, AT(format), NULL, "'json' or a Go template for each context"},
                                        {0}};
    struct options options = {0};
    struct error err = ERROR_INIT;
    int rc = cli_parse(context, flags, &options, NULL, (struct cli_operands){0, CLI_ANY, false}, &argc, &argv);
    if (rc != CLI_GO)
        return rc;
    for (int i = 0; i < argc; i++)
        if (!str_equal(argv[i], "default"))
            return unknown(argv[i]);
    cleanup_json json_t *document = json_pack("{s:s, s:{}, s:{s:{s:s, s:b}}, s:{}, s:{s:s, s:s}}", "Name", "default", "Metadata",
                                              "Endpoints", "docker", "Host", context->host, "SkipTLSVerify", 0, "TLSMaterial",
                                              "Storage", "MetadataPath", "<IN MEMORY>", "TLSPath", "<IN MEMORY>");
    if (!options.format) {
        cleanup_json json_t *all = json_pack("[O]", document);
        cleanup_free char *text = json_dumps(all, JSON_INDENT(4));
        puts(text);
        return 0;
    }
    cleanup_template struct template *template =
        template_parse(str_equal(options.format, "json") ? "{{json .}}" : options.format, &err);
    cleanup_buf struct buf out = BUF_INIT;
    if (!template || template_run(template, document, NULL, &out, &err) < 0)
        return fprintf(stderr, "template parsing error: %s\n", err.message), template ? 1 : 64;
    puts(out.data ? out.data : "");
    return 0;
}
