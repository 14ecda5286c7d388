/* slipway-oci state and list: only looking, so that neither waits for whoever works on a container. */
#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "runtime/oci/columns.h"
#include "runtime/oci/oci.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* As the specification has it (runtime.md#state), plus what runc and crun add. */
static json_t *describe(const struct oci_state *state)
{
    static const char *const also[] = {"rootfs", "created", "systemd-scope", "owner", "annotations"};
    const char *status = oci_status(state);
    json_t *json =
        json_pack("{ss ss si ss ss}", "ociVersion", json_str(state->json, "ociVersion", ""), "id", json_str(state->json, "id", ""),
                  "pid", strcmp(status, "stopped") ? (int)json_num(state->json, "pid", 0) : 0, "status", status, "bundle",
                  json_str(state->json, "bundle", ""));
    for (size_t i = 0; i < ARRAY_LEN(also); i++)
        if (json_object_get(state->json, also[i]))
            json_object_set(json, also[i], json_object_get(state->json, also[i]));
    return json;
}

static pid_t parent_of(pid_t pid)
{
    char *path cleanup_free = str_format("/proc/%d/stat", (int)pid), *text cleanup_free = file_read(path, NULL, NULL);
    const char *rest = text ? strrchr(text, ')') : NULL;
    return rest && strlen(rest) > 4 ? (pid_t)atoi(rest + 4) : 0;
}

/* A hook: it runs on behalf of the command that makes the container, which waits for it. */
static bool runs_below(pid_t maker)
{
    for (pid_t pid = getpid(); pid > 1; pid = parent_of(pid))
        if (pid == maker)
            return true;
    return false;
}

/* "creating" lasts for milliseconds, unless hooks take their time. Who asks in between is better told what comes of it. */
static int look_settled(const char *id, struct oci_state *state, struct error *err)
{
    int rc = oci_look(id, state, err);
    for (int patience = 200; !rc && patience && !strcmp(oci_status(state), "creating"); patience--) {
        if (runs_below((pid_t)json_num(state->json, "maker", 0)))
            return 0;
        oci_close(state);
        usleep(5000);
        rc = oci_look(id, state, err);
    }
    return rc;
}

int oci_state_command(int argc, char **argv, struct error *err)
{
    static const struct flag flags[] = {{0}};
    struct oci_state state;
    char **operands;
    int rc = oci_parse(flags, NULL, argc, argv, false, 1, 1, &operands, err);
    if (rc || (rc = look_settled(operands[0], &state, err)) < 0)
        return rc;
    json_t *json cleanup_json = describe(&state);
    oci_print(json, JSON_INDENT(2));
    oci_close(&state);
    return 0;
}

struct options {
    const char *format;
    bool quiet;
};
static const struct flag flags[] = {
    {'f', "format", FLAG_STRING, offsetof(struct options, format), "format", "\"table\" or \"json\""},
    {'q', "quiet", FLAG_BOOL, offsetof(struct options, quiet), NULL, "only ids"},
    {0},
};

static const struct column shown[] = {
    {"ID", "id"}, {"PID", "pid"}, {"STATUS", "status"}, {"BUNDLE", "bundle"}, {"CREATED", "created"}, {"OWNER", "owner"}, {0}};

int oci_list(int argc, char **argv, struct error *err)
{
    struct options options = {.format = "table"};
    bool json;
    char **operands;
    int rc = oci_parse(flags, &options, argc, argv, false, 0, 0, &operands, err);
    if (rc || (rc = columns_format(options.format, &json, err)) < 0)
        return rc;
    char **ids cleanup_strv = oci_ids();
    json_t *list cleanup_json = json_array();
    for (size_t i = 0; ids && ids[i]; i++) {
        struct oci_state state;
        if (options.quiet)
            puts(ids[i]);
        else if (oci_look(ids[i], &state, NULL) == 0) {
            json_array_append_new(list, describe(&state));
            oci_close(&state);
        }
    }
    if (json && !options.quiet)
        oci_print(list, JSON_COMPACT);
    else if (!options.quiet)
        columns_print(shown, list);
    return 0;
}
