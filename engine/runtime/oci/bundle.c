/* Reading a bundle; see bundle.h. */
#include "runtime/oci/bundle.h"
#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Version 1 of the specification, whatever follows: minor versions only add (config.md#specification-version, Semantic Versioning).
 */
static int check_version(const char *version, struct error *err)
{
    unsigned minor, patch;
    int end = 0;
    if (sscanf(version, "1.%u.%u%n", &minor, &patch, &end) == 2 && end && (!version[end] || strchr("-+", version[end])))
        return 0;
    return error_set(err, EINVAL, "ociVersion \"%s\": 1.0.0 and what follows it, below 2.0.0, are understood", version);
}

int bundle_read(struct bundle *bundle, const char *path, const char *file, struct error *err)
{
    file = file ? file : "config.json";
    bundle->path = realpath(path ? path : ".", NULL);
    if (!bundle->path)
        return error_errno(err, errno, "bundle %s", path ? path : ".");
    char *where cleanup_free = *file == '/' ? xstrdup(file) : path_join(bundle->path, file);
    bundle->config = json_read_file(where, err);
    if (!bundle->config)
        return -err->code;
    if (!json_is_object(bundle->config))
        return error_set(err, EINVAL, "%s: a config is a JSON object", where);
    return check_version(json_str(bundle->config, "ociVersion", ""), err);
}

void bundle_free(struct bundle *bundle)
{
    free(bundle->path);
    json_decref(bundle->config);
}

char *bundle_rootfs(const struct bundle *bundle)
{
    const char *root = json_str(bundle->config, "root.path", "");
    return *root == '/' ? xstrdup(root) : path_join(bundle->path, root);
}

int bundle_listen(struct bundle *bundle, long long preserve)
{
    const char *count = getenv("LISTEN_FDS"), *pid = getenv("LISTEN_PID"), *names = getenv("LISTEN_FDNAMES");
    long long sockets, meant = getpid();
    if (!count || !str_to_int(count, &sockets) || sockets <= 0 || sockets > 1024 || (pid && !str_to_int(pid, &meant)) ||
        meant != getpid())
        return (int)preserve;
    json_t *process = json_object_get(bundle->config, "process");
    if (!json_object_get(process, "env"))
        json_object_set_new(process, "env", json_array());
    json_t *environment = json_object_get(process, "env");
    json_array_append_new(environment, json_sprintf("LISTEN_FDS=%lld", sockets));
    json_array_append_new(environment, json_string("LISTEN_PID=1"));
    if (names)
        json_array_append_new(environment, json_sprintf("LISTEN_FDNAMES=%s", names));
    return (int)(sockets + preserve);
}
