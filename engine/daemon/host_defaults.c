/* What the daemon's configuration says of containers that do not say it themselves. Filled in when a container is made, so that it
 * keeps what it was made with. */
#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "daemon/config.h"
#include "daemon/settings.h"

#include <errno.h>
#include <string.h>

/* A text that the request left empty. */
static void default_text(const json_t *given, json_t *host, const char *key, const json_t *settings, const char *setting)
{
    const char *value = json_str(settings, setting, "");
    if (*value && str_empty(json_str(given, key, "")))
        json_object_set_new(host, key, json_string(value));
}

/* Does some option begin with this word? */
static bool has_option(const json_t *options, const char *word)
{
    size_t i, len = strlen(word);
    json_t *option;
    json_array_foreach(options, i, option)
    {
        const char *text = json_string_value(option);
        if (text && strncmp(text, word, len) == 0 && (!text[len] || strchr("=:", text[len])))
            return true;
    }
    return false;
}

static void add_option(json_t *host, json_t *option)
{
    json_t *list = json_object_get(host, "SecurityOpt");
    if (!json_is_array(list))
        json_object_set_new(host, "SecurityOpt", list = json_array());
    json_array_append_new(list, option);
}

/* The profile itself, as clients send it; "unconfined" and "builtin" are words. */
static int default_seccomp(json_t *host, const char *profile, struct error *err)
{
    if (!*profile || str_equal(profile, "builtin") || json_flag(host, "Privileged", false) ||
        has_option(json_object_get(host, "SecurityOpt"), "seccomp"))
        return 0;
    if (str_equal(profile, "unconfined")) {
        add_option(host, json_string("seccomp=unconfined"));
        return 0;
    }
    struct error why = ERROR_INIT;
    cleanup_free char *text = file_read(profile, NULL, &why);
    if (!text)
        return error_set(err, why.code == ENOENT ? EIO : why.code, "opening seccomp profile (%s) failed: %s", profile, why.message);
    add_option(host, json_sprintf("seccomp=%s", text));
    return 0;
}

int host_config_defaults(struct engine *engine, const json_t *given, json_t *host, struct error *err)
{
    cleanup_json json_t *settings = engine_settings(engine);
    long long shm = json_num(settings, "default-shm-size", 0);
    default_text(given, host, "IpcMode", settings, "default-ipc-mode");
    default_text(given, host, "CgroupnsMode", settings, "default-cgroupns-mode");
    default_text(given, host, "CgroupParent", settings, "cgroup-parent");
    if (shm > 0 && json_num(given, "ShmSize", 0) == 0)
        json_object_set_new(host, "ShmSize", json_integer(shm));
    if (json_flag(settings, "init", false) && !json_is_boolean(json_object_get(given, "Init")))
        json_object_set_new(host, "Init", json_true());
    if (json_flag(settings, "no-new-privileges", false) && !has_option(json_object_get(host, "SecurityOpt"), "no-new-privileges"))
        add_option(host, json_string("no-new-privileges"));
    return default_seccomp(host, json_str(settings, "seccomp-profile", ""), err);
}
