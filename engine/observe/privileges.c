/* What the processes of a container may do beyond what any user may: their capabilities (capabilities(7)), no_new_privs and the
 * seccomp filter, from the masks in /proc/<pid>/status and from the config that the container was made of. */
#include "observe/observe.h"

#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "kernel/capabilities.h"
#include "kernel/seccomp_view.h"
#include "observe/capability_meaning.h"
#include "observe/denied.h"
#include "observe/proc.h"

#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name, *field;
} sets[] = {
    {"effective", "CapEff"}, {"permitted", "CapPrm"}, {"inheritable", "CapInh"}, {"bounding", "CapBnd"}, {"ambient", "CapAmb"},
};

static json_t *capabilities_of(const char *status, const char *field)
{
    cleanup_free char *text = proc_field(status, field);
    unsigned long long mask = text ? strtoull(text, NULL, 16) : 0;
    json_t *out = json_array();
    for (int number = 0; number < CAPABILITY_COUNT; number++)
        if (mask >> number & 1)
            json_array_append_new(out, json_string(capability_name(number)));
    return out;
}

static long long number_of(const char *status, const char *field)
{
    cleanup_free char *text = proc_field(status, field);
    return text ? atoll(text) : 0;
}

static json_t *describe(pid_t pid, size_t depth)
{
    static const char *const modes[] = {"off", "strict", "filter"};
    cleanup_free char *status = proc_read(pid, "status", NULL, NULL);
    if (!status)
        return NULL;
    long long mode = number_of(status, "Seccomp");
    json_t *out = json_pack("{s:i,s:i,s:I,s:o,s:b,s:s,s:I}", "pid", (int)pid, "inner_pid", (int)proc_inner_pid(status, depth),
                            "uid", (json_int_t)number_of(status, "Uid"), "command", proc_command(pid, status), "no_new_privs",
                            number_of(status, "NoNewPrivs") != 0, "seccomp", mode >= 0 && mode <= 2 ? modes[mode] : "?", "filters",
                            (json_int_t)number_of(status, "Seccomp_filters"));
    for (size_t i = 0; i < ARRAY_LEN(sets); i++)
        json_object_set_new(out, sets[i].name, capabilities_of(status, sets[i].field));
    return out;
}

static bool in(const json_t *list, const char *name)
{
    size_t i;
    json_t *entry;
    json_array_foreach(list, i, entry)
    {
        if (str_equal(json_string_value(entry), name))
            return true;
    }
    return false;
}

static json_t *all_capabilities(const json_t *usual)
{
    json_t *out = json_array();
    for (int number = 0; number < CAPABILITY_COUNT; number++)
        json_array_append_new(out, json_pack("{s:s,s:i,s:b,s:s}", "name", capability_name(number), "number", number, "default",
                                             in(usual, capability_name(number)), "allows", capability_meaning(number)));
    return out;
}

/* Why there may be refusals that the log does not tell of. */
static json_t *denied_of(const pid_t *members, const json_t *seccomp)
{
    json_t *calls = denied_read(members, seccomp);
    const char *note = "";
    if (!calls)
        note = "the kernel's log cannot be read here";
    else if (json_is_null(seccomp))
        note = "no filter, so nothing is refused by one";
    else if (!json_flag(seccomp, "logged", false))
        note = "the kernel tells only of kills: this profile does not ask for its refusals to be logged (SECCOMP_FILTER_FLAG_LOG)";
    return json_pack("{s:o,s:s}", "calls", calls ? calls : json_array(), "note", note);
}

json_t *observe_privileges(pid_t pid, const json_t *spec, const json_t *usual, struct error *err)
{
    cleanup_free char *status = proc_read(pid, "status", NULL, err);
    cleanup_free pid_t *members = status ? proc_members(pid, err) : NULL;
    if (!members)
        return NULL;
    json_t *processes = json_array(), *seccomp = seccomp_view(json_at(spec, "linux.seccomp"));
    for (const pid_t *member = members; *member; member++) {
        json_t *one = describe(*member, proc_depth(status));
        if (one)
            json_array_append_new(processes, one);
    }
    json_t *denied = denied_of(members, seccomp);
    return json_pack("{s:o,s:o,s:o,s:o}", "processes", processes, "capabilities", all_capabilities(usual), "seccomp", seccomp,
                     "denied", denied);
}
