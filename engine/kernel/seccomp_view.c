/* What a seccomp profile comes to, call by call, worked out from its rules as seccomp.c compiles them: a rule without conditions
 * goes before one with them, and what no rule names gets the default. Nothing is installed here. */
#include "kernel/seccomp_view.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"

#include <errno.h>
#include <seccomp.h>
#include <string.h>

enum { CALLS_MOST = 1024 };

char *seccomp_call_name(int number) { return seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, number); }

static const char *answer(const json_t *rule, const char *action, const char *number)
{
    static const struct {
        const char *action, *text;
    } table[] = {
        {"SCMP_ACT_ALLOW", "allow"},       {"SCMP_ACT_LOG", "log"},   {"SCMP_ACT_KILL", "kill"},   {"SCMP_ACT_KILL_THREAD", "kill"},
        {"SCMP_ACT_KILL_PROCESS", "kill"}, {"SCMP_ACT_TRAP", "trap"}, {"SCMP_ACT_TRACE", "trace"}, {"SCMP_ACT_NOTIFY", "notify"},
    };
    const char *name = json_str(rule, action, "");
    for (size_t i = 0; i < ARRAY_LEN(table); i++)
        if (str_equal(table[i].action, name))
            return table[i].text;
    return str_or(strerrorname_np((int)json_num(rule, number, EPERM)), "errno");
}

/* {"mount": rule}: by name, the first that says something about it. */
struct rules {
    json_t *always, *sometimes;
    int newest;
};

static struct rules sort_rules(const json_t *profile)
{
    struct rules rules = {json_object(), json_object(), -1};
    size_t i, k;
    json_t *rule, *name;
    json_array_foreach(json_object_get(profile, "syscalls"), i, rule)
    {
        json_t *into = json_array_size(json_object_get(rule, "args")) ? rules.sometimes : rules.always;
        json_array_foreach(json_object_get(rule, "names"), k, name)
        {
            const char *text = str_or(json_string_value(name), "");
            int number = seccomp_syscall_resolve_name_arch(SCMP_ARCH_NATIVE, text);
            rules.newest = number > rules.newest ? number : rules.newest;
            if (!json_object_get(into, text))
                json_object_set(into, text, rule);
        }
    }
    return rules;
}

json_t *seccomp_view(const json_t *profile)
{
    if (!json_is_object(profile))
        return json_null();
    struct rules rules = sort_rules(profile);
    const char *usual = answer(profile, "defaultAction", "defaultErrnoRet");
    bool allows = str_equal(usual, "allow") || str_equal(usual, "log"),
         refuses = str_equal(json_str(profile, "defaultAction", ""), "SCMP_ACT_ERRNO");
    json_t *refused = json_array(), *conditional = json_array();
    int allowed = 0, most = refuses ? rules.newest : CALLS_MOST;
    for (int number = 0; number <= most && number <= CALLS_MOST; number++) {
        cleanup_free char *name = seccomp_call_name(number);
        if (!name)
            continue;
        const json_t *always = json_object_get(rules.always, name), *sometimes = json_object_get(rules.sometimes, name);
        const char *what = always ? answer(always, "action", "errnoRet") : usual;
        bool open = str_equal(what, "allow") || str_equal(what, "log");
        if (!always && sometimes)
            json_array_append_new(conditional, json_pack("{s:s,s:s}", "name", name, "answer",
                                                         allows ? answer(sometimes, "action", "errnoRet") : usual));
        else if (open)
            allowed++;
        else
            json_array_append_new(refused, json_pack("{s:s,s:s}", "name", name, "answer", what));
    }
    size_t i;
    json_t *flag;
    bool logged = false;
    json_array_foreach(json_object_get(profile, "flags"), i, flag)
    {
        logged |= str_equal(json_string_value(flag), "SECCOMP_FILTER_FLAG_LOG");
    }
    json_decref(rules.always);
    json_decref(rules.sometimes);
    return json_pack("{s:s,s:i,s:o,s:o,s:s?,s:b}", "default", usual, "allowed", allowed, "refused", refused, "conditional",
                     conditional, "newer", refuses && rules.newest >= 0 ? "ENOSYS" : NULL, "logged", logged);
}
