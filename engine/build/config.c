/* The configuration of an image while it is built: Docker's Config as a document. */
#include "build/build_internal.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"

#include <string.h>

static size_t find_env(const json_t *env, const char *name)
{
    size_t i, len = strlen(name);
    json_t *entry;
    json_array_foreach((json_t *)env, i, entry)
    {
        const char *text = str_or(json_string_value(entry), "");
        if (strncmp(text, name, len) == 0 && text[len] == '=')
            return i;
    }
    return json_array_size(env);
}

const char *config_env(const json_t *config, const char *name)
{
    const json_t *env = json_object_get(config, "Env");
    const char *entry = json_string_value(json_array_get(env, find_env(env, name)));
    return entry ? entry + strlen(name) + 1 : NULL;
}

void config_set_env(json_t *config, const char *name, const char *value)
{
    json_t *env = json_object_get(config, "Env");
    cleanup_free char *pair = str_format("%s=%s", name, value);
    if (!json_is_array(env))
        json_object_set_new(config, "Env", env = json_array());
    size_t at = find_env(env, name);
    json_t *entry = json_text_value(pair, strlen(pair));
    if (at < json_array_size(env))
        json_array_set_new(env, at, entry);
    else
        json_array_append_new(env, entry);
}

json_t *config_object(json_t *config, const char *key)
{
    json_t *object = json_object_get(config, key);
    if (!json_is_object(object))
        json_object_set_new(config, key, object = json_object());
    return object;
}

json_t *config_shell(const json_t *config)
{
    const json_t *shell = json_object_get(config, "Shell");
    return json_array_size(shell) ? json_copy((json_t *)shell) : json_pack("[s,s]", "/bin/sh", "-c");
}

char **config_env_list(const json_t *config, char *const *more)
{
    char **list = json_to_strv(json_object_get(config, "Env"));
    for (; more && *more; more++)
        strv_add(&list, *more);
    return list;
}

json_t *config_in_order(const json_t *config)
{
    static const struct {
        const char *key, *otherwise; /* NULL: left out when it is missing */
    } keys[] = {{"Hostname", "\"\""},      {"Domainname", "\"\""},    {"User", "\"\""},       {"AttachStdin", "false"},
                {"AttachStdout", "false"}, {"AttachStderr", "false"}, {"ExposedPorts", NULL}, {"Tty", "false"},
                {"OpenStdin", "false"},    {"StdinOnce", "false"},    {"Env", "null"},        {"Cmd", "null"},
                {"Healthcheck", NULL},     {"ArgsEscaped", NULL},     {"Image", "\"\""},      {"Volumes", "null"},
                {"WorkingDir", "\"\""},    {"Entrypoint", "null"},    {"OnBuild", "null"},    {"Labels", "null"},
                {"StopSignal", NULL},      {"StopTimeout", NULL},     {"Shell", NULL}};
    json_t *out = json_object();
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        json_t *value = json_object_get(config, keys[i].key);
        if (value && !(json_is_null(value) && !keys[i].otherwise))
            json_object_set_new(out, keys[i].key, json_deep_copy(value));
        else if (keys[i].otherwise)
            json_object_set_new(out, keys[i].key, json_loads(keys[i].otherwise, JSON_DECODE_ANY, NULL));
    }
    return out;
}

/* Missing, null and empty are the same. */
static bool same_list(const json_t *a, const json_t *b)
{
    return (json_array_size(a) == 0 && json_array_size(b) == 0) || json_equal(a, b);
}

static bool same_object(const json_t *a, const json_t *b)
{
    return (json_object_size(a) == 0 && json_object_size(b) == 0) || json_equal(a, b);
}

bool config_equal(const json_t *a, const json_t *b)
{
    static const char *const lists[] = {"Cmd", "Env", "Entrypoint"}, *const objects[] = {"Labels", "ExposedPorts", "Volumes",
                                                                                         "Healthcheck"};
    if (!json_is_object(a) || !json_is_object(b) || json_flag(a, "OpenStdin", false) || json_flag(b, "OpenStdin", false) ||
        json_flag(a, "Tty", false) != json_flag(b, "Tty", false) || !str_equal(json_str(a, "User", ""), json_str(b, "User", "")) ||
        !str_equal(json_str(a, "SlipwayMounts", ""), json_str(b, "SlipwayMounts", "")))
        return false;
    for (size_t i = 0; i < ARRAY_LEN(lists); i++)
        if (!same_list(json_object_get(a, lists[i]), json_object_get(b, lists[i])))
            return false;
    for (size_t i = 0; i < ARRAY_LEN(objects); i++)
        if (!same_object(json_object_get(a, objects[i]), json_object_get(b, objects[i])))
            return false;
    return true;
}
