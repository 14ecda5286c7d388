/* Which namespaces a container has, which of them it shares with the engine, and which processes live in them (namespaces(7)). */
#include "observe/observe.h"

#include "base/memory.h"
#include "base/strings.h"
#include "observe/proc.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const types[] = {"pid", "mnt", "net", "uts", "ipc", "cgroup", "user", "time"};

static json_t *own_namespaces(pid_t pid)
{
    json_t *out = json_array();
    for (size_t i = 0; i < ARRAY_LEN(types); i++) {
        json_int_t own = (json_int_t)proc_namespace(pid, types[i]);
        json_int_t host = (json_int_t)proc_namespace(getpid(), types[i]);
        if (own)
            json_array_append_new(
                out, json_pack("{s:s,s:I,s:I,s:b}", "type", types[i], "inode", own, "host_inode", host, "shared", own == host));
    }
    return out;
}

/* A user id as the container's own user namespace numbers it (user_namespaces(7), uid_map): "inside outside count" a line. */
static long long map_id(const char *map, long long outside)
{
    long long inside, base, count;
    int used = 0;
    for (const char *line = map; line && sscanf(line, "%lld %lld %lld%n", &inside, &base, &count, &used) == 3; line += used)
        if (outside >= base && outside - base < count)
            return inside + outside - base;
    return 65534; /* what the kernel shows for an id without a mapping */
}

/* The numbers that it has, from the engine's own pid namespace inwards. */
static json_t *pids_of(const char *status)
{
    cleanup_free char *text = proc_field(status, "NSpid");
    json_t *out = json_array();
    char *end;
    for (const char *at = str_or(text, ""); *at; at = end) {
        long pid = strtol(at, &end, 10);
        if (end == at)
            break;
        json_array_append_new(out, json_integer(pid));
    }
    return out;
}

static json_t *describe(pid_t pid, size_t depth, const char *uid_map)
{
    cleanup_free char *status = proc_read(pid, "status", NULL, NULL);
    if (!status)
        return NULL;
    cleanup_free char *state = proc_field(status, "State"), *parent = proc_field(status, "PPid"), *uid = proc_field(status, "Uid");
    long long host_uid = atoll(str_or(uid, "0"));
    json_t *namespaces = json_object();
    for (size_t i = 0; i < ARRAY_LEN(types); i++) {
        json_int_t inode = (json_int_t)proc_namespace(pid, types[i]);
        if (inode)
            json_object_set_new(namespaces, types[i], json_integer(inode));
    }
    return json_pack("{s:i,s:i,s:o,s:i,s:I,s:I,s:o,s:o,s:o}", "pid", (int)pid, "inner_pid", (int)proc_inner_pid(status, depth),
                     "pids", pids_of(status), "ppid", atoi(str_or(parent, "0")), "uid", (json_int_t)map_id(uid_map, host_uid),
                     "host_uid", (json_int_t)host_uid, "state", json_stringn(str_or(state, "?"), 1), "command",
                     proc_command(pid, status), "namespaces", namespaces);
}

json_t *observe_namespaces(pid_t pid, struct error *err)
{
    cleanup_free char *status = proc_read(pid, "status", NULL, err);
    cleanup_free char *uid_map = status ? proc_read(pid, "uid_map", NULL, err) : NULL;
    cleanup_free pid_t *members = uid_map ? proc_members(pid, err) : NULL;
    if (!members)
        return NULL;
    json_t *processes = json_array();
    for (const pid_t *member = members; *member; member++) {
        json_t *one = describe(*member, proc_depth(status), uid_map);
        if (one)
            json_array_append_new(processes, one);
    }
    return json_pack("{s:o,s:o}", "container", own_namespaces(pid), "processes", processes);
}
