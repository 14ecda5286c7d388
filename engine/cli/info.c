/* info: the engine and its machine, in Docker's layout; a line is printed when the engine has something to say in it. */
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/go_type.h"
#include "cli/template.h"
#include "cli/version.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "base/units.h"

#include <string.h>

enum line_kind {
    TEXT,
    NUMBER,
    YES_NO,
    SIZE,
    PAIRS,
    LIST,
    PLUGINS,
    RUNTIMES,
    COMMIT,
    SECURITY,
    REGISTRIES,
    MIRRORS,
    DEBUGGING,
    POOLS
};

/* In the order of printing; PAIRS and below print several lines. */
static const struct line {
    const char *label, *path;
    enum line_kind kind;
} LINES[] = {
    {" Containers", "Containers", NUMBER},
    {"  Running", "ContainersRunning", NUMBER},
    {"  Paused", "ContainersPaused", NUMBER},
    {"  Stopped", "ContainersStopped", NUMBER},
    {" Images", "Images", NUMBER},
    {" Server Version", "ServerVersion", TEXT},
    {" Storage Driver", "Driver", TEXT},
    {"", "DriverStatus", PAIRS},
    {" Logging Driver", "LoggingDriver", TEXT},
    {" Cgroup Driver", "CgroupDriver", TEXT},
    {" Cgroup Version", "CgroupVersion", TEXT},
    {" Plugins", "Plugins", PLUGINS},
    {" Swarm", "Swarm.LocalNodeState", TEXT},
    {" Runtimes", "Runtimes", RUNTIMES},
    {" Default Runtime", "DefaultRuntime", TEXT},
    {" Init Binary", "InitBinary", TEXT},
    {" containerd version", "ContainerdCommit", COMMIT},
    {" runc version", "RuncCommit", COMMIT},
    {" init version", "InitCommit", COMMIT},
    {" Security Options", "SecurityOptions", SECURITY},
    {" Kernel Version", "KernelVersion", TEXT},
    {" Operating System", "OperatingSystem", TEXT},
    {" OSType", "OSType", TEXT},
    {" Architecture", "Architecture", TEXT},
    {" CPUs", "NCPU", NUMBER},
    {" Total Memory", "MemTotal", SIZE},
    {" Name", "Name", TEXT},
    {" ID", "ID", TEXT},
    {" Docker Root Dir", "DockerRootDir", TEXT},
    {" Debug Mode", "Debug", DEBUGGING},
    {" HTTP Proxy", "HttpProxy", TEXT},
    {" HTTPS Proxy", "HttpsProxy", TEXT},
    {" No Proxy", "NoProxy", TEXT},
    {" Labels", "Labels", MIRRORS},
    {" Experimental", "ExperimentalBuild", YES_NO},
    {" Insecure Registries", "RegistryConfig.InsecureRegistryCIDRs", REGISTRIES},
    {" Registry Mirrors", "RegistryConfig.Mirrors", MIRRORS},
    {" Live Restore Enabled", "LiveRestoreEnabled", YES_NO},
    {" Default Address Pools", "DefaultAddressPools", POOLS},
};

static void print_words(const json_t *list)
{
    size_t i;
    json_t *word;
    json_array_foreach(list, i, word) { printf(" %s", json_string_value(word)); }
    putchar('\n');
}

static void print_keys(const json_t *object)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)object, key, value) { printf(" %s", key); }
    putchar('\n');
}

static void print_plugins(const json_t *plugins)
{
    static const char *const kinds[] = {"Volume", "Network", "Log", "Authorization"};
    putchar('\n');
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        const json_t *list = json_object_get(plugins, kinds[i]);
        if (!json_array_size(list))
            continue;
        printf("  %s:", kinds[i]);
        print_words(list);
    }
}

/* "name=seccomp,profile=default" over two lines. */
static void print_security(const json_t *options)
{
    size_t i;
    json_t *option;
    putchar('\n');
    json_array_foreach(options, i, option)
    {
        cleanup_strv char **parts = str_split(json_string_value(option), ',');
        for (size_t k = 0; parts[k]; k++) {
            char *value = strchr(parts[k], '=');
            if (str_starts(parts[k], "name=") || !value)
                printf("  %s\n", value ? value + 1 : parts[k]);
            else
                printf("   %c%.*s: %s\n", parts[k][0] - 32, (int)(value - parts[k] - 1), parts[k] + 1, value + 1);
        }
    }
}

static void print_list_lines(const json_t *list)
{
    size_t i;
    json_t *value;
    putchar('\n');
    json_array_foreach(list, i, value) { printf("  %s\n", json_string_value(value)); }
}

/* Registries by name that are reached without a certificate, then the networks of such ones. */
static void print_registries(const json_t *info, const json_t *networks)
{
    const char *name;
    json_t *index;
    putchar('\n');
    json_object_foreach(json_at(info, "RegistryConfig.IndexConfigs"), name, index)
    {
        if (!json_flag(index, "Secure", true))
            printf("  %s\n", name);
    }
    size_t i;
    json_t *network;
    json_array_foreach(networks, i, network) { printf("  %s\n", json_string_value(network)); }
}

static void print_pools(const json_t *pools)
{
    size_t i;
    json_t *pool;
    putchar('\n');
    json_array_foreach(pools, i, pool)
    {
        printf("   Base: %s, Size: %lld\n", json_str(pool, "Base", ""), json_num(pool, "Size", 0));
    }
}

static void print_debugging(const json_t *info, const json_t *debug)
{
    printf(" %s\n", json_is_true(debug) ? "true" : "false");
    if (!json_is_true(debug))
        return;
    printf("  File Descriptors: %lld\n  Goroutines: %lld\n", json_num(info, "NFd", 0), json_num(info, "NGoroutines", 0));
    printf("  System Time: %s\n  EventsListeners: %lld\n", json_str(info, "SystemTime", ""), json_num(info, "NEventsListener", 0));
}

static void print_pairs(const json_t *pairs)
{
    size_t i;
    json_t *pair;
    json_array_foreach(pairs, i, pair)
    {
        printf("  %s: %s\n", json_string_value(json_array_get(pair, 0)), json_string_value(json_array_get(pair, 1)));
    }
}

static void print_info_line(const struct line *line, const json_t *info)
{
    char size[UNITS_TEXT];
    const json_t *value = json_at(info, line->path);
    if (!value || json_is_null(value) || (json_is_string(value) && !json_string_length(value)))
        return;
    if ((json_is_array(value) && !json_array_size(value)) || (line->kind == COMMIT && !*json_str(value, "ID", "")))
        return;
    if (*line->label)
        printf("%s:", line->label);
    switch (line->kind) {
    case TEXT:
        printf(" %s\n", json_string_value(value));
        break;
    case NUMBER:
        printf(" %lld\n", (long long)json_integer_value(value));
        break;
    case YES_NO:
        printf(" %s\n", json_is_true(value) ? "true" : "false");
        break;
    case SIZE:
        units_binary((double)json_integer_value(value), size);
        printf(" %s\n", size);
        break;
    case PAIRS:
        print_pairs(value);
        break;
    case LIST:
        print_words(value);
        break;
    case PLUGINS:
        print_plugins(value);
        break;
    case RUNTIMES:
        print_keys(value);
        break;
    case COMMIT:
        printf(" %s\n", json_str(value, "ID", ""));
        break;
    case SECURITY:
        print_security(value);
        break;
    case REGISTRIES:
        print_registries(info, value);
        break;
    case MIRRORS:
        print_list_lines(value);
        break;
    case POOLS:
        print_pools(value);
        break;
    case DEBUGGING:
        print_debugging(info, value);
        break;
    }
}

static int print_formatted(const struct template *template, json_t *info)
{
    cleanup_buf struct buf out = BUF_INIT;
    struct error why = ERROR_INIT;
    json_object_set_new(info, "CDISpecDirs", json_null());
    json_object_set_new(info, "ClientInfo",
                        json_pack("{s:b, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:[], s:n}", "Debug", 0, "Version", CLI_VERSION,
                                  "DefaultAPIVersion", CLI_API_VERSION, "GitCommit", "", "GoVersion", "", "Os", "linux", "Arch",
                                  cli_architecture(), "BuildTime", CLI_BUILT, "Context", "default", "Plugins", "Warnings"));
    static const struct template_subject subject = {.schema = &go_info};
    int r = template_run(template, info, &subject, &out, &why);
    printf("%s\n", r == 0 && out.data ? out.data : "");
    fflush(stdout);
    if (r < 0)
        fprintf(stderr, "%s\n", why.message);
    return r < 0 ? 1 : 0;
}

int cmd_info(const struct command_context *context, int argc, char **argv)
{
    struct error err = ERROR_INIT;
    cleanup_template struct template *template = NULL;
    int rc = cli_parse_format(context, argc, argv, &template);
    if (rc != CLI_GO)
        return rc;
    cleanup_client struct client *client = client_new(context->host);
    cleanup_json json_t *info = cli_get(client, "/info", &err);
    if (info && template)
        return print_formatted(template, info);
    if (!template)
        printf("Client:\n Version:    %s\n Context:    default\n Debug Mode: false\n\nServer:\n", CLI_VERSION);
    if (!info) {
        cleanup_free char *text = cli_error_text(&err);
        fflush(stdout);
        fprintf(stderr, "%s%s\n", template ? "" : "ERROR: ", text);
        if (!template)
            fprintf(stderr, "errors pretty printing info\n");
        return 1;
    }
    for (size_t i = 0; i < ARRAY_LEN(LINES); i++)
        print_info_line(&LINES[i], info);
    size_t i;
    json_t *warning;
    fflush(stdout);
    json_array_foreach(json_object_get(info, "Warnings"), i, warning) { fprintf(stderr, "%s\n", json_string_value(warning)); }
    putchar('\n');
    return 0;
}
