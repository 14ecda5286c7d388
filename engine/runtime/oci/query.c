/* slipway-oci state, list and ps. */
#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "kernel/cgroup.h"
#include "runtime/oci/oci.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const struct flag no_flags[] = {{0}};

/* As the specification has it (runtime.md#state), plus what runc adds. */
static json_t *describe(const struct oci_state *state)
{
    const char *status = oci_status(state);
    json_t *json =
        json_pack("{ss ss si ss ss ss}", "ociVersion", json_str(state->json, "ociVersion", ""), "id",
                  json_str(state->json, "id", ""), "pid", strcmp(status, "stopped") ? (int)json_num(state->json, "pid", 0) : 0,
                  "status", status, "bundle", json_str(state->json, "bundle", ""), "created", json_str(state->json, "created", ""));
    json_t *annotations = json_object_get(state->json, "annotations");
    if (annotations)
        json_object_set(json, "annotations", annotations);
    return json;
}

int oci_state_command(int argc, char **argv, struct error *err)
{
    struct oci_state state;
    char **operands;
    int rc = oci_parse(no_flags, NULL, argc, argv, false, 1, 1, &operands, err);
    if (rc || (rc = oci_open(operands[0], &state, err)) < 0)
        return rc;
    json_t *json cleanup_json = describe(&state);
    json_dumpf(json, stdout, JSON_INDENT(2));
    putchar('\n');
    oci_close(&state);
    return 0;
}

struct list_options {
    const char *format;
    bool quiet;
};
static const struct flag list_flags[] = {
    {'f', "format", FLAG_STRING, offsetof(struct list_options, format), "format", "\"table\" or \"json\""},
    {'q', "quiet", FLAG_BOOL, offsetof(struct list_options, quiet), NULL, "only ids"},
    {0},
};

static int check_format(const char *format, struct error *err)
{
    return !strcmp(format, "table") || !strcmp(format, "json")
               ? 0
               : error_set(err, EINVAL, "unknown format \"%s\": table and json are possible", format);
}

int oci_list(int argc, char **argv, struct error *err)
{
    struct list_options options = {.format = "table"};
    char **operands, **ids cleanup_strv = NULL;
    int rc = oci_parse(list_flags, &options, argc, argv, false, 0, 0, &operands, err);
    if (rc || (rc = check_format(options.format, err)) < 0)
        return rc;
    json_t *list cleanup_json = json_array(), *item;
    size_t k;
    ids = oci_ids();
    for (size_t i = 0; ids && ids[i]; i++) {
        struct oci_state state;
        if (oci_open(ids[i], &state, &(struct error){0}) == 0) {
            json_array_append_new(list, describe(&state));
            oci_close(&state);
        }
    }
    if (!strcmp(options.format, "json") && !options.quiet) {
        json_dumpf(list, stdout, JSON_COMPACT);
        putchar('\n');
        return 0;
    }
    if (!options.quiet)
        printf("%-20s %-8s %-9s %-30s %s\n", "ID", "PID", "STATUS", "CREATED", "BUNDLE");
    json_array_foreach(list, k, item)
    {
        if (options.quiet)
            puts(json_str(item, "id", ""));
        else
            printf("%-20s %-8lld %-9s %-30s %s\n", json_str(item, "id", ""), json_num(item, "pid", 0), json_str(item, "status", ""),
                   json_str(item, "created", ""), json_str(item, "bundle", ""));
    }
    return 0;
}

static void print_process(pid_t pid)
{
    char *path cleanup_free = str_format("/proc/%d/cmdline", (int)pid),
               *status_path cleanup_free = str_format("/proc/%d/status", (int)pid);
    size_t len = 0;
    char *command cleanup_free = file_read(path, &len, NULL), *status cleanup_free = file_read(status_path, NULL, NULL);
    int parent = 0;
    unsigned uid = 0;
    char *line = status ? strstr(status, "\nPPid:") : NULL;
    if (line)
        sscanf(line, "\nPPid: %d", &parent);
    line = status ? strstr(status, "\nUid:") : NULL;
    if (line)
        sscanf(line, "\nUid: %u", &uid);
    for (size_t i = 0; command && i + 1 < len; i++)
        if (!command[i])
            command[i] = ' ';
    printf("%-10u %-8d %-8d %s\n", uid, (int)pid, parent, command ? command : "");
}

int oci_ps(int argc, char **argv, struct error *err)
{
    struct list_options options = {.format = "table"};
    struct oci_state state;
    struct cgroup cgroup;
    char **operands;
    int rc = oci_parse(list_flags, &options, argc, argv, false, 1, 1, &operands, err);
    if (rc || (rc = check_format(options.format, err)) < 0 || (rc = oci_open(operands[0], &state, err)) < 0)
        return rc;
    rc = cgroup_open(json_str(state.json, "cgroup", "/"), &cgroup, err);
    oci_close(&state);
    if (rc < 0)
        return rc;
    pid_t *pids cleanup_free = cgroup_pids(&cgroup);
    cgroup_close(&cgroup);
    json_t *list cleanup_json = json_array();
    bool table = !strcmp(options.format, "table");
    if (table)
        printf("%-10s %-8s %-8s %s\n", "UID", "PID", "PPID", "CMD");
    for (size_t i = 0; pids && pids[i]; i++) {
        json_array_append_new(list, json_integer(pids[i]));
        if (table)
            print_process(pids[i]);
    }
    if (!table) {
        json_dumpf(list, stdout, JSON_COMPACT);
        putchar('\n');
    }
    return 0;
}
