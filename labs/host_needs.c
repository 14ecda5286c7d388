/* Looking at what the engine says of its host. */
#include "labs/host_needs.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"

#include <errno.h>

static bool has(const json_t *info, const char *need, const char **why)
{
    const char *version = json_str(info, "CgroupVersion", "");
    if (str_equal(need, "cgroup-v1") || str_equal(need, "cgroup-v2")) {
        bool first = str_ends(need, "1");
        *why = first
                   ? "this host has cgroup v2 alone; boot it with systemd.unified_cgroup_hierarchy=0 where systemd still knows that"
                   : "this host has cgroup v1; boot it with systemd.unified_cgroup_hierarchy=1";
        return str_equal(version, first ? "1" : "2");
    }
    if (str_equal(need, "swap")) {
        *why = "the kernel of this host does not account for swap";
        return json_flag(info, "SwapLimit", false);
    }
    return true;
}

int host_needs_check(const char *host, const struct lab *lab, struct error *err)
{
    if (!lab->host_needs)
        return 0;
    cleanup_json json_t *info = NULL;
    struct client *client = client_new(host);
    int r = client_call(client, "GET", "/info", NULL, &info, err);
    client_free(client);
    const char *why = "";
    for (char **need = lab->host_needs; r == 0 && *need; need++)
        if (!has(info, *need, &why))
            r = error_set(err, ENOTSUP, "lab %s needs %s: %s", lab->slug, *need, why);
    return r;
}
