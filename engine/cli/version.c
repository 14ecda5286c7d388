/* version: of this client and of the engine it talks to. */
#include "cli/version.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/go_type.h"
#include "cli/template.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"

#include <sys/utsname.h>
#include <time.h>

const char *cli_architecture(void)
{
    static struct utsname names;
    uname(&names);
    return str_equal(names.machine, "x86_64") ? "amd64" : str_equal(names.machine, "aarch64") ? "arm64" : names.machine;
}

static void print_client(void)
{
    printf("Client:\n Version:           %s\n API version:       %s\n Built:             %s\n OS/Arch:           linux/%s\n"
           " Context:           default\n",
           CLI_VERSION, CLI_API_VERSION, CLI_BUILT, cli_architecture());
}

static void print_detail(const char *label, const char *value) { printf("  %-17s %s\n", label, value); }

static void print_component(const json_t *component)
{
    static const struct {
        const char *key, *label;
    } details[] = {{"GoVersion", "Go version:"}, {"GitCommit", "Git commit:"}, {"BuildTime", "Built:"}};
    const json_t *more = json_object_get(component, "Details");
    const char *name = json_str(component, "Name", "");
    printf(" %s:\n", name);
    print_detail("Version:", json_str(component, "Version", ""));
    if (!str_equal(name, "Engine")) {
        if (json_str(more, "GitCommit", NULL))
            print_detail("GitCommit:", json_str(more, "GitCommit", ""));
        return;
    }
    cleanup_free char *api =
        str_format("%s (minimum version %s)", json_str(more, "ApiVersion", ""), json_str(more, "MinAPIVersion", ""));
    print_detail("API version:", api);
    for (size_t i = 0; i < ARRAY_LEN(details); i++)
        if (*json_str(more, details[i].key, ""))
            print_detail(details[i].label, json_str(more, details[i].key, ""));
    cleanup_free char *platform = str_format("%s/%s", json_str(more, "Os", ""), json_str(more, "Arch", ""));
    print_detail("OS/Arch:", platform);
    if (*json_str(more, "Experimental", ""))
        print_detail("Experimental:", json_str(more, "Experimental", ""));
}

static void print_server(const json_t *server)
{
    const char *platform = json_str(server, "Platform.Name", "");
    printf("\nServer:%s%s\n", *platform ? " " : "", platform);
    size_t i;
    json_t *component;
    json_array_foreach(json_object_get(server, "Components"), i, component) { print_component(component); }
}

/* Docker's client shows when a component was built as people write it. */
static void reformat_built(json_t *server)
{
    size_t i;
    json_t *component;
    json_array_foreach(json_object_get(server, "Components"), i, component)
    {
        json_t *details = json_object_get(component, "Details");
        int64_t at;
        if (!clock_parse(json_str(details, "BuildTime", ""), &at))
            continue;
        time_t seconds = (time_t)(at / 1000000000);
        struct tm tm;
        char text[64];
        strftime(text, sizeof text, "%a %b %e %H:%M:%S %Y", gmtime_r(&seconds, &tm));
        json_object_set_new(details, "BuildTime", json_string(text));
    }
}

/* What a template sees: the client's own facts, and the engine's. */
static json_t *document(json_t *server)
{
    json_t *all =
        json_pack("{s:{s:{s:s}, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}}", "Client", "Platform", "Name", "Slipway", "Version",
                  CLI_VERSION, "ApiVersion", CLI_API_VERSION, "DefaultAPIVersion", CLI_API_VERSION, "GitCommit", "", "GoVersion",
                  "", "Os", "linux", "Arch", cli_architecture(), "BuildTime", CLI_BUILT, "Context", "default");
    json_object_set_new(all, "Server", server ? json_incref(server) : json_null());
    return all;
}

static int print_formatted(const struct template *template, json_t *server, struct error *err)
{
    cleanup_json json_t *all = document(server);
    cleanup_buf struct buf out = BUF_INIT;
    struct error why = ERROR_INIT;
    static const struct template_subject subject = {.schema = &go_version, .name = "version"};
    int r = template_run(template, all, &subject, &out, &why);
    printf("%s\n", r == 0 && out.data ? out.data : "");
    fflush(stdout);
    if (!server)
        return cli_failed(err);
    if (r < 0)
        fprintf(stderr, "%s\n", why.message);
    return r < 0 ? 1 : 0;
}

int cmd_version(const struct command_context *context, int argc, char **argv)
{
    struct error err = ERROR_INIT;
    cleanup_template struct template *template = NULL;
    int rc = cli_parse_format(context, argc, argv, &template);
    if (rc != CLI_GO)
        return rc;
    cleanup_client struct client *client = client_new(context->host);
    cleanup_json json_t *server = cli_get(client, "/version", &err);
    reformat_built(server);
    if (template)
        return print_formatted(template, server, &err);
    print_client();
    if (!server)
        return cli_failed(&err);
    print_server(server);
    return 0;
}
