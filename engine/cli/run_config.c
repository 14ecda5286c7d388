/* The part of a create request that belongs to the container wherever it runs: command, environment, labels, health, streams. */
#include "cli/run_options.h"

#include "base/clock.h"
#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

static void set_text(json_t *object, const char *key, const char *value)
{
    if (value)
        json_object_set_new(object, key, json_text_value(value, strlen(value)));
}

static bool set_streams(struct run_request *request)
{
    const struct run_options *options = request->options;
    bool in = false, out = false, errors = false;
    for (char **name = options->attach; name && *name; name++) {
        if (strcasecmp(*name, "stdin") == 0)
            in = true;
        else if (strcasecmp(*name, "stdout") == 0)
            out = true;
        else if (strcasecmp(*name, "stderr") == 0)
            errors = true;
        else
            return run_bad(request, "attach", *name, "valid streams are STDIN, STDOUT and STDERR");
    }
    if (!options->attach && !options->detach) {
        out = errors = true;
        in = options->interactive;
    }
    json_object_set_new(request->config, "AttachStdin", json_boolean(in));
    json_object_set_new(request->config, "AttachStdout", json_boolean(out));
    json_object_set_new(request->config, "AttachStderr", json_boolean(errors));
    json_object_set_new(request->config, "Tty", json_boolean(options->tty));
    json_object_set_new(request->config, "OpenStdin", json_boolean(options->interactive));
    json_object_set_new(request->config, "StdinOnce", json_boolean(options->interactive && in));
    return true;
}

static bool add_label(struct run_request *request, json_t *labels, const char *text)
{
    const char *equals = strchr(text, '=');
    cleanup_free char *key = equals ? xstrndup(text, (size_t)(equals - text)) : xstrdup(text);
    if (!*key)
        return run_bad(request, "label", text, "invalid label '%s': empty name", text);
    json_object_set_new(labels, key, json_string(equals ? equals + 1 : ""));
    return true;
}

static bool set_labels(struct run_request *request)
{
    const struct run_options *options = request->options;
    if (!options->label && !options->label_file)
        return true;
    cleanup_json json_t *labels = json_object();
    for (char **file = options->label_file; file && *file; file++) {
        struct error why = ERROR_INIT;
        cleanup_strv char **lines = NULL;
        if (!run_pairs(*file, &lines, &why))
            return run_refuse(request, "%s", why.message);
        for (size_t i = 0; lines && lines[i]; i++)
            if (!add_label(request, labels, lines[i]))
                return false;
    }
    for (char **label = options->label; label && *label; label++)
        if (!add_label(request, labels, *label))
            return false;
    json_object_set_new(request->config, "Labels", run_sorted(json_incref(labels)));
    return true;
}

static bool set_duration(struct run_request *request, json_t *health, const char *flag, const char *key, const char *text)
{
    int64_t ns;
    if (!text)
        return true;
    bool negative = *text == '-';
    if (*text && !text[strspn(text, "-+.0123456789")] && !str_equal(text, "0"))
        return run_bad(request, flag, text, "time: missing unit in duration \"%s\"", text);
    if (!clock_parse_duration(text + negative, &ns))
        return run_bad(request, flag, text, "time: %s duration \"%s\"",
                       *text && strspn(text, "-0123456789.") == strlen(text) ? "missing unit in" : "invalid", text);
    if (negative)
        return run_refuse(request, "--%s cannot be negative", flag);
    if (ns)
        json_object_set_new(health, key, json_integer(ns));
    return true;
}

static bool set_health(struct run_request *request)
{
    const struct run_options *options = request->options;
    bool given = options->health_cmd || options->health_interval || options->health_timeout || options->health_start_period ||
                 options->health_start_interval || run_seen(request, "health-retries");
    if (options->no_healthcheck && given)
        return run_refuse(request, "--no-healthcheck conflicts with --health-* options");
    if (options->no_healthcheck)
        json_object_set_new(request->config, "Healthcheck", json_pack("{s:[s]}", "Test", "NONE"));
    if (!given)
        return true;
    json_t *health = json_object();
    json_object_set_new(request->config, "Healthcheck", health);
    if (options->health_cmd)
        json_object_set_new(health, "Test", json_pack("[s,s]", "CMD-SHELL", options->health_cmd));
    if (options->health_retries < 0)
        return run_refuse(request, "--health-retries cannot be negative");
    if (options->health_retries)
        json_object_set_new(health, "Retries", json_integer(options->health_retries));
    return set_duration(request, health, "health-interval", "Interval", options->health_interval) &&
           set_duration(request, health, "health-timeout", "Timeout", options->health_timeout) &&
           set_duration(request, health, "health-start-period", "StartPeriod", options->health_start_period) &&
           set_duration(request, health, "health-start-interval", "StartInterval", options->health_start_interval);
}

bool run_config(struct run_request *request, char *const *operands)
{
    const struct run_options *options = request->options;
    json_t *config = request->config, *environment = NULL;
    if (!set_streams(request))
        return false;
    if (!run_environment(options->env_file, options->env, &environment, &request->err, &request->usage))
        return false;
    if (environment)
        json_object_set_new(config, "Env", environment);
    set_text(config, "Image", operands[0]);
    if (operands[1])
        json_object_set_new(config, "Cmd", json_from_strv(operands + 1));
    if (options->entrypoint)
        json_object_set_new(config, "Entrypoint", json_pack("[s]", options->entrypoint));
    set_text(config, "Hostname", options->hostname);
    set_text(config, "Domainname", options->domainname);
    set_text(config, "User", options->user);
    set_text(config, "WorkingDir", options->workdir);
    set_text(config, "StopSignal", options->stop_signal);
    if (run_seen(request, "stop-timeout"))
        json_object_set_new(config, "StopTimeout", json_integer(options->stop_timeout));
    return set_labels(request) && set_health(request);
}

json_t *run_body(struct run_request *request, char *const *operands)
{
    request->config = json_object();
    request->host = json_object();
    bool fine =
        run_unsupported(request) && run_config(request, operands) && run_host(request) && run_ports(request) && run_mounts(request);
    json_object_set_new(request->config, "HostConfig", request->host);
    if (fine)
        return request->config;
    json_decref(request->config);
    return NULL;
}
