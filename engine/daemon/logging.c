/* What a logging driver needs to know of a container: files, limits, attributes. Options by name and service: log_drivers.c */
#include "daemon/logging.h"

#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/pattern.h"
#include "base/strings.h"
#include "daemon/instance.h"
#include "daemon/log_drivers.h"
#include "daemon/settings.h"

#include <errno.h>
#include <regex.h>
#include <string.h>
#include <sys/stat.h>

#define LOCAL_SIZE (20LL * 1024 * 1024)
enum { LOCAL_FILES = 5 };

void log_config_settle(struct engine *engine, bool driver_given, json_t *host_config)
{
    cleanup_json json_t *driver = engine_setting(engine, "log-driver"), *options = engine_setting(engine, "log-opts");
    json_t *config = json_object_get(host_config, "LogConfig");
    if (!driver_given && json_is_string(driver))
        json_object_set(config, "Type", driver);
    if (!str_equal(json_str(config, "Type", ""), str_or(json_string_value(driver), "json-file")))
        return;
    json_t *own = json_object_get(config, "Config"), *merged = json_deep_copy(options);
    json_object_update(merged, own);
    if (json_is_object(merged))
        json_object_set(config, "Config", merged);
    json_decref(merged);
}

/* What a tag may name. */
static json_t *container_facts(struct instance *instance)
{
    cleanup_buf struct buf command = BUF_INIT;
    const char *image = instance->image_id;
    size_t i;
    json_t *argument;
    image = str_starts(image, "sha256:") ? image + strlen("sha256:") : image;
    buf_puts(&command, instance->path);
    json_array_foreach(instance->args, i, argument) buf_printf(&command, " %s", json_string_value(argument));
    pthread_mutex_lock(&instance->engine->lock);
    cleanup_free char *name = xstrdup(instance->name ? instance->name : "");
    pthread_mutex_unlock(&instance->engine->lock);
    json_t *facts = json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s}", "FullID", instance->id, "ContainerID", instance->id,
                              "Name", name, "ImageFullID", image, "ContainerImageID", instance->image_id, "ImageName",
                              instance->image, "ContainerImageName", instance->image, "DaemonName", "docker", "Command",
                              command.data, "ContainerEntrypoint", instance->path, "Driver", "slipway");
    json_object_set_new(facts, "ID", json_sprintf("%.12s", instance->id));
    json_object_set_new(facts, "ImageID", json_sprintf("%.12s", image));
    json_object_set_new(facts, "ContainerName", json_sprintf("/%s", name));
    return facts;
}

/* {{.Field}}, with "lower" or "upper" behind a pipe; everything else is text. */
char *log_tag(const char *pattern, const json_t *facts, struct error *err)
{
    struct buf out = BUF_INIT;
    for (const char *at = pattern; *at;) {
        const char *open = strstr(at, "{{"), *close = open ? strstr(open, "}}") : NULL;
        if (!close) {
            buf_puts(&out, at);
            break;
        }
        buf_add(&out, at, (size_t)(open - at));
        at = close + 2;
        cleanup_free char *inner = xstrndup(open + 2, (size_t)(close - open) - 2);
        cleanup_strv char **words = str_split(inner, '|');
        const char *field = str_trim(words[0]), *how = words[1] ? str_trim(words[1]) : "";
        const char *value = *field == '.' ? json_string_value(json_object_get(facts, field + 1)) : NULL;
        if (!value || (words[1] && words[2]) || (*how && !str_equal(how, "lower") && !str_equal(how, "upper"))) {
            error_set(err, EIO,
                      "template: log-tag: {{%s}} is nothing that a tag can name: .ID .FullID .Name .ImageID "
                      ".ImageFullID .ImageName .DaemonName .Command, with \"| lower\" or \"| upper\"",
                      inner);
            buf_free(&out);
            return NULL;
        }
        for (const char *c = value; *c; c++)
            buf_putc(&out, *how == 'l' && *c >= 'A' && *c <= 'Z'   ? (char)(*c + 32)
                           : *how == 'u' && *c >= 'a' && *c <= 'z' ? (char)(*c - 32)
                                                                   : *c);
    }
    return buf_take(&out);
}

/* Those of `all` that `names` lists or `pattern` matches go to `attrs`. */
static int pick(json_t *attrs, const json_t *all, const char *names, const char *pattern, struct error *err)
{
    cleanup_strv char **list = str_split(str_or(names, ""), ',');
    const char *key;
    json_t *value;
    regex_t regex;
    if (!str_empty(pattern) && !pattern_compile(&regex, pattern))
        return error_set(err, EIO, "error parsing regexp: `%s`", pattern);
    json_object_foreach((json_t *)all, key,
                        value) if (strv_has(list, key) || (!str_empty(pattern) && regexec(&regex, key, 0, NULL, 0) == 0))
        json_object_set(attrs, key, value);
    if (!str_empty(pattern))
        regfree(&regex);
    return 0;
}

static json_t *environment(const json_t *config)
{
    json_t *env = json_object(), *entry;
    size_t i;
    json_array_foreach(json_object_get(config, "Env"), i, entry)
    {
        const char *text = json_string_value(entry), *equals = text ? strchr(text, '=') : NULL;
        cleanup_free char *name = equals ? xstrndup(text, (size_t)(equals - text)) : NULL;
        if (name)
            json_object_set_new(env, name, json_string(equals + 1));
    }
    return env;
}

static int extra_attributes(struct instance *instance, const json_t *options, json_t *attrs, struct error *err)
{
    cleanup_json json_t *env = environment(instance->config);
    int rc = pick(attrs, json_object_get(instance->config, "Labels"), log_option(options, "labels"),
                  log_option(options, "labels-regex"), err);
    return rc < 0 ? rc : pick(attrs, env, log_option(options, "env"), log_option(options, "env-regex"), err);
}

static int limits(const json_t *options, const char *prefix, struct log_plan *plan, struct error *err)
{
    cleanup_free char *size = str_format("%smax-size", prefix), *files = str_format("%smax-file", prefix),
                      *compress = str_format("%scompress", prefix);
    int rc = log_option_size(options, size, &plan->max_size, err);
    if (rc == 0)
        rc = log_option_count(options, files, &plan->max_files, err);
    return rc < 0 ? rc : log_option_bool(options, compress, &plan->compress, err);
}

static int plan_json_file(struct instance *instance, const json_t *options, json_t *attrs, struct log_plan *plan, struct error *err)
{
    plan->path = str_format("%s/%s-json.log", instance->directory, instance->id);
    plan->max_files = 1;
    int rc = limits(options, "", plan, err);
    if (rc == 0 && plan->max_size == 0 && log_option(options, "max-size"))
        return error_set(err, EIO, "max-size must be a positive number");
    if (rc == 0 && plan->compress && (plan->max_files < 2 || !plan->max_size))
        return error_set(err, EIO, "compress cannot be true when max-file is less than 2 or max-size is not set");
    const char *tag = log_option(options, "tag");
    if (rc < 0 || str_empty(tag))
        return rc;
    cleanup_json json_t *facts = container_facts(instance);
    cleanup_free char *text = log_tag(tag, facts, err);
    if (!text)
        return -err->code;
    json_object_set_new(attrs, "tag", json_string(text));
    return 0;
}

static int plan_local(struct instance *instance, const json_t *options, const char *prefix, struct log_plan *plan,
                      struct error *err)
{
    plan->path = log_file(instance, &plan->local);
    plan->max_files = LOCAL_FILES;
    plan->max_size = LOCAL_SIZE;
    plan->compress = true;
    int rc = limits(options, prefix, plan, err);
    if (rc == 0 && plan->compress && plan->max_files < 2)
        return error_set(err, EIO, "compression cannot be enabled when max file count is 1");
    cleanup_free char *directory = xstrdup(plan->path ? plan->path : "");
    if (plan->path)
        *strrchr(directory, '/') = '\0';
    if (rc == 0 && plan->path && mkdir(directory, 0700) < 0 && errno != EEXIST)
        return error_errno(err, errno, "mkdir %s", directory);
    return rc;
}

static int plan_service(struct instance *instance, const json_t *options, const char *driver, json_t *attrs, struct log_plan *plan,
                        struct error *err)
{
    cleanup_json json_t *facts = container_facts(instance);
    cleanup_free char *tag = log_tag(str_or(log_option(options, "tag"), "{{.ID}}"), facts, err);
    json_t *service = tag ? log_service_config(driver, options, tag, facts, attrs, err) : NULL;
    if (!service)
        return -err->code;
    json_object_set_new(plan->more, "service", service);
    json_object_clear(attrs); /* the service has them; Docker's own copy has none */
    bool local, disabled = false;
    int rc = log_option_bool(options, "cache-disabled", &disabled, err);
    cleanup_free char *copy = log_file(instance, &local);
    return rc < 0 || !copy ? rc : plan_local(instance, options, "cache-", plan, err);
}

int log_plan(struct instance *instance, const json_t *host_config, struct log_plan *plan, struct error *err)
{
    const char *driver = json_str(host_config, "LogConfig.Type", "");
    const json_t *options = json_at(host_config, "LogConfig.Config");
    *plan = (struct log_plan){.more = json_object()};
    if (instance->sandbox || str_equal(driver, "none"))
        return 0;
    cleanup_json json_t *attrs = json_object();
    int rc = str_equal(driver, "local") ? 0 : extra_attributes(instance, options, attrs, err);
    if (rc == 0 && str_equal(driver, "local"))
        rc = plan_local(instance, options, "", plan, err);
    else if (rc == 0 && (str_equal(driver, "syslog") || str_equal(driver, "journald")))
        rc = plan_service(instance, options, driver, attrs, plan, err);
    else if (rc == 0)
        rc = plan_json_file(instance, options, attrs, plan, err);
    if (json_object_size(attrs))
        json_object_set(plan->more, "attrs", attrs);
    if (rc < 0) {
        log_plan_clear(plan);
        error_prefix(err, "failed to initialize logging driver");
        err->code = EIO;
        return -EIO;
    }
    return 0;
}

void log_plan_clear(struct log_plan *plan)
{
    cleanup_free char *path = move_ptr(plan->path);
    json_decref(move_ptr(plan->more));
}

char *log_file(struct instance *instance, bool *local)
{
    cleanup_json json_t *host_config = instance_host_config(instance);
    const char *driver = json_str(host_config, "LogConfig.Type", "");
    const json_t *options = json_at(host_config, "LogConfig.Config");
    bool disabled = false;
    *local = true;
    if (instance->sandbox || str_equal(driver, "none"))
        return NULL;
    if (str_equal(driver, "local"))
        return str_format("%s/local-logs/container.log", instance->directory);
    if (str_equal(driver, "syslog") || str_equal(driver, "journald")) {
        log_option_bool(options, "cache-disabled", &disabled, NULL);
        return disabled ? NULL : str_format("%s/container-cached.log", instance->directory);
    }
    *local = false;
    return str_format("%s/%s-json.log", instance->directory, instance->id);
}
