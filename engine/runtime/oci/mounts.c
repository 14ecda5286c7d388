/* slipway-oci mounts: what comes to a running container's file systems, or goes (crun(1)). */
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "runtime/oci/oci.h"

#include <errno.h>
#include <string.h>

/* A list as config.mounts is, or an object that has one. */
static json_t *read_mounts(const char *path, struct error *err)
{
    json_t *file = json_read_file(path, err);
    if (!file || json_is_array(file))
        return file;
    json_t *list = json_incref(json_object_get(file, "mounts"));
    json_decref(file);
    if (json_is_array(list))
        return list;
    json_decref(list);
    error_set(err, EINVAL, "%s: neither a list of mounts nor an object with one", path);
    return NULL;
}

int oci_mounts(int argc, char **argv, struct error *err)
{
    static const struct flag flags[] = {{0}};
    struct oci_state state;
    struct container container;
    char **operands;
    int rc = oci_parse(flags, NULL, argc, argv, false, 3, 3, &operands, err);
    if (rc)
        return rc;
    bool add = str_equal(operands[0], "add");
    if (!add && !str_equal(operands[0], "remove"))
        return error_set(err, EINVAL, "mounts: \"%s\" is neither add nor remove", operands[0]);
    json_t *list cleanup_json = read_mounts(operands[2], err);
    if (!list)
        return -err->code;
    rc = oci_open(operands[1], &state, err);
    if (rc < 0)
        return rc;
    const char *status = oci_status(&state);
    if (!strcmp(status, "stopped"))
        rc = error_set(err, ESRCH, "cannot mount in container \"%s\": it is %s", operands[1], status);
    if (!rc && (rc = oci_load(&state, &container, err)) == 0) {
        rc = runtime_mount(&container, list, add, err);
        container_free(&container);
    }
    oci_close(&state);
    return rc;
}
