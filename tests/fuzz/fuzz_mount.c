/* Every text about mounts, links and names that a client may send or type: the first byte chooses the reader. No crash, no leak,
 * and what is accepted is whole: a destination that is absolute and clean, a volume's name that stays in its directory. */
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "cli/mount_spec.h"
#include "daemon/config.h"
#include "daemon/etc.h"
#include "daemon/links.h"
#include "daemon/propagation.h"
#include "volume/volume.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static void check_mounts(json_t *mounts)
{
    const char *destination;
    json_t *mount;
    if (!mounts)
        return;
    mounts_name("/root", mounts);
    json_object_foreach(mounts, destination, mount)
    {
        const char *name = json_str(mount, "Name", "");
        if (*destination != '/' || !destination[1] || strstr(destination, "/../") || str_ends(destination, "/.."))
            abort();
        if (strchr(name, '/') || *name == '.')
            abort();
    }
    json_decref(mounts_describe(mounts));
    json_decref(mounts);
}

/* As entries of a HostConfig and a Config, which arrive as UTF-8. */
static void as_binds(const char *text)
{
    json_t *string = json_string(text);
    if (!string)
        return;
    cleanup_json json_t *host = json_pack("{s:[O], s:{s:O}}", "Binds", string, "Tmpfs", "/t", string);
    cleanup_json json_t *config = json_pack("{s:{}}", "Volumes");
    json_object_set_new(json_object_get(config, "Volumes"), text, json_object());
    json_decref(string);
    struct error err = ERROR_INIT;
    check_mounts(mounts_parse(config, host, &err));
}

static void as_document(const char *text)
{
    struct error err = ERROR_INIT;
    cleanup_json json_t *entry = json_loads(text, 0, NULL), *config = json_object();
    cleanup_json json_t *host = json_pack("{s:[O?], s:O?}", "Mounts", entry, "Binds", json_object_get(entry, "Binds"));
    check_mounts(mounts_parse(config, host, &err));
    if (json_is_object(entry))
        (void)volume_options_check(entry, &err);
}

static void as_flag(const char *text)
{
    struct error err = ERROR_INIT;
    json_decref(mount_spec_parse(text, &err));
    char *bind = NULL;
    (void)volume_spec_parse(text, &bind, &err);
    free(bind);
}

static void as_name(const char *text)
{
    struct error err = ERROR_INIT;
    char *name = NULL, *alias = NULL, *container = NULL;
    bool read_only;
    if (link_parse(text, &name, &alias, &err) == 0) {
        cleanup_json json_t *env = json_array(), *ports = json_object(), *list = json_pack("[s]", "A=1");
        json_object_set_new(ports, text, json_object());
        link_variables(env, alias, "10.0.0.2", ports, list);
    }
    free(name);
    free(alias);
    (void)volumes_from_parse(text, &container, &read_only, &err);
    free(container);
    if (volume_check_name(text, &err) == 0 && (strchr(text, '/') || *text == '.'))
        abort();
}

static void as_file(const char *text)
{
    struct error err = ERROR_INIT;
    const struct resolver nothing = {0};
    cleanup_json json_t *dot = json_pack("[s]", ".");
    const struct resolver search = {.search = dot};
    free(hosts_with_address(text, "db", "10.0.0.2"));
    free(resolv_conf(text, &nothing, true));
    free(resolv_conf(text, &search, true));
    (void)propagation_check(text, "/data/x", "rshared", &err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const readers[])(const char *text) = {as_binds, as_document, as_flag, as_name, as_file};
    if (size < 2)
        return 0;
    cleanup_free char *text = xstrndup((const char *)data + 1, size - 1);
    readers[data[0] % ARRAY_LEN(readers)](text);
    return 0;
}
