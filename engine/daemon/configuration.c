/* Flags and file together. */
#include "daemon/configuration.h"

#include "base/files.h"
#include "base/json.h"
#include "base/json_syntax.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/strings.h"
#include "daemon/directive_values.h"
#include "daemon/events.h"
#include "daemon/settings.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static int unknown_keys(const json_t *doc, struct error *err)
{
    cleanup_buf struct buf unknown = BUF_INIT;
    size_t count = 0;
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)doc, key, value)
    {
        if (!directive_find(key))
            buf_printf(&unknown, "%s%s", count++ ? ", " : "", key);
    }
    if (!count)
        return 0;
    return error_set(err, EINVAL, "the following directives don't match any configuration option: %s", unknown.data);
}

static int conflicts(const json_t *doc, const json_t *flags, struct error *err)
{
    cleanup_buf struct buf twice = BUF_INIT;
    for (const struct directive *directive = directives; directive->key; directive++) {
        const json_t *flag = json_object_get(flags, directive->key), *file = json_object_get(doc, directive->key);
        if (!flag || !file)
            continue;
        cleanup_free char *from_flag = directive_show(flag), *from_file = directive_show(file);
        buf_printf(&twice, "%s%s: (from flag: %s, from file: %s)", twice.len ? ", " : "", directive->key, from_flag, from_file);
    }
    if (!twice.len)
        return 0;
    return error_set(err, EINVAL, "the following directives are specified both as a flag and in the configuration file: %s",
                     twice.data);
}

static json_t *typed(const json_t *doc, struct error *err)
{
    cleanup_json json_t *values = json_object();
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)doc, key, value)
    {
        const struct directive *directive = directive_find(key);
        if (json_is_null(value))
            continue;
        json_t *good = directive_from_file(directive, value, err);
        if (!good)
            return NULL;
        json_object_set_new(values, key, good);
        if (directive_check(directive, good, err) < 0)
            return NULL;
    }
    return move_ptr(values);
}

json_t *configuration_parse(const char *text, size_t len, const json_t *flags, struct error *err)
{
    char why[160];
    size_t end;
    if (json_stream_problem(text, len, &end, why, sizeof why)) {
        error_set(err, EINVAL, "%s", why);
        return NULL;
    }
    json_error_t problem;
    cleanup_json json_t *doc = json_loadb(text, end, JSON_DECODE_ANY, &problem);
    if (!doc) {
        error_set(err, EINVAL, "invalid JSON: %s", problem.text);
        return NULL;
    }
    if (!json_is_object(doc)) {
        error_set(err, EINVAL, "json: cannot unmarshal %s into Go value of type map[string]interface {}", json_kind_name(doc));
        return NULL;
    }
    if (unknown_keys(doc, err) < 0 || conflicts(doc, flags, err) < 0)
        return NULL;
    return typed(doc, err);
}

/* An empty document when there is no file and none was asked for. */
static json_t *read_file(const struct configuration *configuration, struct error *err)
{
    struct error why = ERROR_INIT;
    size_t len = 0;
    if (access(configuration->file, F_OK) < 0 && !configuration->file_required)
        return json_object();
    cleanup_free char *text = file_read(configuration->file, &len, &why);
    json_t *doc = NULL;
    if (!text)
        error_set(&why, why.code, "open %s: %s", configuration->file,
                  why.code == ENOENT ? "no such file or directory" : strerror(why.code));
    else
        doc = configuration_parse(text, len, configuration->flags, &why);
    if (!doc)
        error_set(err, why.code, "unable to configure the Docker daemon with file %s: %s", configuration->file, why.message);
    return doc;
}

/* Whoever says anything of tlsverify wants TLS, and who wants TLS and says nothing of it wants clients verified (dockerd's rules
 * since 20.10). */
static void imply(json_t *settings, const json_t *flags, const json_t *file)
{
    if (json_object_get(flags, "tlsverify") || json_object_get(file, "tlsverify"))
        json_object_set_new(settings, "tls", json_true());
    else if (json_flag(settings, "tls", false))
        json_object_set_new(settings, "tlsverify", json_true());
}

json_t *configuration_load(const struct configuration *configuration, struct error *err)
{
    const char *key;
    json_t *value;
    json_object_foreach(configuration->flags, key, value)
    {
        if (directive_check(directive_find(key), value, err) < 0)
            return NULL;
    }
    cleanup_json json_t *file = read_file(configuration, err);
    if (!file)
        return NULL;
    json_t *settings = settings_defaults();
    json_object_update(settings, file);
    json_object_update(settings, configuration->flags);
    imply(settings, configuration->flags, file);
    return settings;
}

static char *join_changed(const json_t *file, const json_t *settings)
{
    struct buf names = BUF_INIT;
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)file, key, value)
    {
        if (!directive_find(key)->reloads && !json_equal(value, json_object_get(settings, key)))
            buf_printf(&names, "%s%s", names.len ? ", " : "", key);
    }
    return buf_take(&names);
}

/* Attributes as dockerd's event has them: lists as JSON, everything else as it prints. */
static void announce(struct engine *engine, const json_t *settings)
{
    static const char *const keys[] = {"debug",
                                       "default-cgroupns-mode",
                                       "default-ipc-mode",
                                       "default-runtime",
                                       "default-shm-size",
                                       "features",
                                       "insecure-registries",
                                       "labels",
                                       "live-restore",
                                       "max-concurrent-downloads",
                                       "max-concurrent-uploads",
                                       "max-download-attempts",
                                       "registry-mirrors",
                                       "shutdown-timeout"};
    json_t *attributes = json_object();
    char host[256] = "";
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        json_t *value = json_object_get(settings, keys[i]);
        cleanup_free char *text = json_is_array(value) ? json_text(value) : directive_show(value);
        json_object_set_new(attributes, keys[i], json_string(text));
    }
    gethostname(host, sizeof host - 1);
    json_object_set_new(attributes, "name", json_string(host));
    json_object_set_new(attributes, "runtimes", json_string("slipway-oci:slipway-oci"));
    event_emit(engine, "daemon", "reload", engine->id, attributes);
}

void configuration_reload(const struct configuration *configuration, struct engine *engine)
{
    struct error err = ERROR_INIT;
    log_info("Got signal to reload configuration, reloading from: %s", configuration->file);
    cleanup_json json_t *file = read_file(configuration, &err), *before = engine_settings(engine);
    if (!file) {
        log_error("Error reconfiguring the daemon: %s", err.message);
        return;
    }
    json_t *settings = json_copy(before), *value;
    const char *key;
    json_object_foreach(file, key, value)
    {
        if (directive_find(key)->reloads)
            json_object_set(settings, key, value);
    }
    cleanup_free char *later = join_changed(file, settings), *text = json_text(settings);
    engine_settings_replace(engine, json_incref(settings));
    log_level(json_flag(settings, "debug", false) ? "debug" : json_str(settings, "log-level", "info"));
    log_info("Reloaded configuration: %s", text);
    if (*later)
        log_warn("these directives take effect when the daemon starts again: %s", later);
    announce(engine, settings);
    json_decref(settings);
}
