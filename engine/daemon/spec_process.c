/* The process object of an OCI config: who runs, with which environment, limits and capabilities. */
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "daemon/config.h"
#include "daemon/instance.h"
#include "daemon/links.h"
#include "daemon/settings.h"
#include "daemon/spec.h"
#include "runtime/defaults.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

static void env_set(json_t *env, const char *entry)
{
    size_t name = strcspn(entry, "="), i;
    json_t *old;
    json_array_foreach(env, i, old)
    {
        const char *before = json_string_value(old);
        if (strncmp(before, entry, name) != 0 || before[name] != '=')
            continue;
        if (entry[name])
            json_array_set_new(env, i, json_string(entry));
        else /* "-e NAME" of a variable that the client does not have takes it away */
            json_array_remove(env, i);
        return;
    }
    if (entry[name])
        json_array_append_new(env, json_string(entry));
}

static bool env_has(const json_t *env, const char *prefix)
{
    size_t i;
    json_t *entry;
    json_array_foreach(env, i, entry)
    {
        if (str_starts(json_string_value(entry), prefix))
            return true;
    }
    return false;
}

static void env_add_all(json_t *env, const json_t *list)
{
    size_t i;
    json_t *entry;
    json_array_foreach(list, i, entry)
    {
        if (json_is_string(entry))
            env_set(env, json_string_value(entry));
    }
}

static json_t *environment(struct instance *instance, const struct process_request *request, const struct user *user)
{
    json_t *env = json_array();
    cleanup_free char *hostname = str_format("HOSTNAME=%s", json_str(instance->config, "Hostname", ""));
    cleanup_free char *home = str_format("HOME=%s", user->home);
    env_set(env, "PATH=" DEFAULT_PATH);
    env_set(env, hostname);
    if (request->tty)
        env_set(env, "TERM=xterm");
    links_environment(instance, env);
    env_add_all(env, json_object_get(instance->config, "Env"));
    env_add_all(env, request->env);
    if (!env_has(env, "HOME="))
        env_set(env, home);
    return env;
}

static json_t *capabilities(const struct instance *instance, const json_t *host_config, const struct process_request *request,
                            const struct user *user)
{
    cleanup_json json_t *list = NULL;
    const char *unknown = NULL;
    bool all = request->privileged || json_flag(host_config, "Privileged", false);
    if (instance->sandbox)
        list = runtime_sandbox_capabilities();
    else if (all)
        list = runtime_all_capabilities();
    else
        list =
            runtime_tweak_capabilities(json_object_get(host_config, "CapAdd"), json_object_get(host_config, "CapDrop"), &unknown);
    return runtime_capability_sets(list, user->uid == 0);
}

static void set_rlimit(json_t *list, const json_t *ulimit)
{
    cleanup_free char *type = str_format("RLIMIT_%s", json_str(ulimit, "Name", ""));
    json_t *old;
    size_t i;
    for (char *c = type; *c; c++)
        *c = (char)toupper((unsigned char)*c);
    json_t *limit = json_pack("{s:s, s:I, s:I}", "type", type, "hard", (json_int_t)json_num(ulimit, "Hard", 0), "soft",
                              (json_int_t)json_num(ulimit, "Soft", 0));
    json_array_foreach(list, i, old)
    {
        if (!str_equal(json_str(old, "type", ""), type))
            continue;
        json_array_set_new(list, i, limit);
        return;
    }
    json_array_append_new(list, limit);
}

/* The daemon's "default-ulimits", then the container's own, which win. */
json_t *spec_rlimits(struct engine *engine, const json_t *host_config)
{
    json_t *list = json_array(), *entry;
    cleanup_json json_t *defaults = engine_setting(engine, "default-ulimits");
    const char *name;
    size_t i;
    json_object_foreach(defaults, name, entry) set_rlimit(list, entry);
    json_array_foreach(json_object_get(host_config, "Ulimits"), i, entry) set_rlimit(list, entry);
    return list;
}

json_t *spec_process(struct instance *instance, const json_t *host_config, const struct rootfs *rootfs,
                     const struct process_request *request, struct error *err)
{
    struct user user;
    const char *name = request->user && *request->user ? request->user : json_str(instance->config, "User", "");
    if (spec_user(rootfs, name, json_object_get(host_config, "GroupAdd"), &user, err) < 0)
        return NULL;
    json_t *process = json_object(), *groups = json_array();
    for (size_t i = 0; i < user.group_count; i++)
        json_array_append_new(groups, json_integer(user.groups[i]));
    if (request->tty)
        json_object_set_new(process, "terminal", json_true());
    long long rows = json_integer_value(json_array_get(json_object_get(host_config, "ConsoleSize"), 0));
    long long columns = json_integer_value(json_array_get(json_object_get(host_config, "ConsoleSize"), 1));
    if (request->tty && rows > 0 && columns > 0)
        json_object_set_new(process, "consoleSize",
                            json_pack("{s:I, s:I}", "height", (json_int_t)rows, "width", (json_int_t)columns));
    json_object_set_new(
        process, "user",
        json_pack("{s:I, s:I, s:o}", "uid", (json_int_t)user.uid, "gid", (json_int_t)user.gid, "additionalGids", groups));
    json_object_set(process, "args", request->args);
    json_object_set_new(process, "env", environment(instance, request, &user));
    const char *workdir = request->workdir && *request->workdir ? request->workdir : json_str(instance->config, "WorkingDir", "");
    json_object_set_new(process, "cwd", json_string(*workdir ? workdir : "/"));
    json_object_set_new(process, "capabilities", capabilities(instance, host_config, request, &user));
    json_t *limits = spec_rlimits(instance->engine, host_config);
    if (json_array_size(limits))
        json_object_set(process, "rlimits", limits);
    json_decref(limits);
    struct security security;
    if (security_parse(host_config, &security, err) == 0 && security.no_new_privileges)
        json_object_set_new(process, "noNewPrivileges", json_true());
    bool privileged = request->privileged || json_flag(host_config, "Privileged", false);
    if (!privileged && !str_empty(security.apparmor) && !str_equal(security.apparmor, "unconfined"))
        json_object_set_new(process, "apparmorProfile", json_string(security.apparmor));
    json_object_set_new(process, "oomScoreAdj", json_integer(json_num(host_config, "OomScoreAdj", 0)));
    return process;
}
