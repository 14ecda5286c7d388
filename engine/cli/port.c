/* port: where the published ports of a container are reached. */
#include "cli/cli.h"
#include "cli/commands.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *host_port(const json_t *binding)
{
    const char *address = json_str(binding, "HostIp", ""), *port = json_str(binding, "HostPort", "");
    return strchr(address, ':') ? str_format("[%s]:%s", address, port) : str_format("%s:%s", address, port);
}

static int compare(const void *a, const void *b)
{
    const char *x = *(const char *const *)a, *y = *(const char *const *)b;
    int difference = atoi(x) - atoi(y);
    return difference ? difference : strcmp(x, y);
}

static int show_one(const json_t *ports, const char *container, const char *wanted)
{
    const char *slash = strchr(wanted, '/');
    cleanup_free char *key = slash ? xstrdup(wanted) : str_format("%s/tcp", wanted);
    size_t i;
    json_t *binding, *bindings = json_object_get(ports, key);
    if (!json_array_size(bindings)) {
        fprintf(stderr, "Error: No public port '%s' published for %s\n", wanted, container);
        return 1;
    }
    json_array_foreach(bindings, i, binding)
    {
        cleanup_free char *text = host_port(binding);
        puts(text);
    }
    return 0;
}

static void show_all(const json_t *ports)
{
    cleanup_strv char **keys = NULL;
    const char *key;
    json_t *bindings;
    json_object_foreach((json_t *)ports, key, bindings) { strv_add(&keys, key); }
    if (keys)
        qsort(keys, strv_len(keys), sizeof *keys, compare);
    for (size_t k = 0; keys && keys[k]; k++) {
        size_t i;
        json_t *binding;
        json_array_foreach(json_object_get(ports, keys[k]), i, binding)
        {
            cleanup_free char *text = host_port(binding);
            printf("%s -> %s\n", keys[k], text);
        }
    }
}

int cmd_port(const struct command_context *context, int argc, char **argv)
{
    static const struct flag flags[] = {{0}};
    int unused;
    int rc = cli_parse(context, flags, &unused, NULL, (struct cli_operands){1, 2, false}, &argc, &argv);
    if (rc != CLI_GO)
        return rc;
    struct error err = ERROR_INIT;
    cleanup_client struct client *client = client_new(context->host);
    cleanup_free char *path = cli_path("/containers/", argv[0], "/json");
    cleanup_json json_t *container = cli_get(client, path, &err);
    if (!container)
        return cli_failed(&err);
    json_t *ports = json_at(container, "NetworkSettings.Ports");
    if (argc == 2)
        return show_one(ports, argv[0], argv[1]);
    show_all(ports);
    return 0;
}
