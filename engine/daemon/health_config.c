/* What a health check is made of: reading and checking its settings, and what a result means. Nothing here waits or changes
 * anything. */
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "daemon/health.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const int64_t second_ns = 1000000000, least_ns = 1000000;
enum { INTERVAL_S = 30, TIMEOUT_S = 30, RETRIES = 3 };

static const char *const durations[] = {"Interval", "Timeout", "StartPeriod"};

static int64_t or_default(const json_t *health, const char *key, int64_t otherwise)
{
    static const int64_t most_ns = INT64_MAX / 4; /* added to a moment it is still one */
    int64_t ns = json_num(health, key, 0);
    return ns > most_ns ? most_ns : ns > 0 ? ns : otherwise;
}

bool health_config_read(const json_t *config, struct health_config *out)
{
    const json_t *health = json_object_get(config, "Healthcheck"), *test = json_object_get(health, "Test");
    const char *kind = json_string_value(json_array_get(test, 0));
    *out = (struct health_config){0};
    if (!str_equal(kind, "CMD") && !str_equal(kind, "CMD-SHELL"))
        return false;
    out->command = test;
    out->shell = str_equal(kind, "CMD-SHELL");
    out->interval_ns = or_default(health, "Interval", INTERVAL_S * second_ns);
    out->timeout_ns = or_default(health, "Timeout", TIMEOUT_S * second_ns);
    out->start_period_ns = or_default(health, "StartPeriod", 0);
    out->retries = (int)or_default(health, "Retries", RETRIES);
    return true;
}

json_t *health_command(const json_t *config, const struct health_config *health)
{
    json_t *words = json_array(), *shell = json_object_get(config, "Shell"), *word;
    if (health->shell && json_array_size(shell))
        json_array_extend(words, shell);
    else if (health->shell)
        json_array_extend(words, shell = json_pack("[s,s]", "/bin/sh", "-c")), json_decref(shell);
    size_t i;
    json_array_foreach((json_t *)health->command, i, word)
    {
        if (i)
            json_array_append(words, word);
    }
    return words;
}

static int wrong_type(struct error *err, const char *key, const char *type)
{
    return error_set(err, EINVAL, "json: cannot unmarshal a value into Go struct field HealthConfig.Healthcheck.%s of type %s", key,
                     type);
}

static int check_test(const json_t *test, struct error *err)
{
    size_t i;
    json_t *word;
    if (test && !json_is_null(test) && !json_is_array(test))
        return wrong_type(err, "Test", "[]string");
    json_array_foreach((json_t *)test, i, word)
    {
        if (!json_is_string(word))
            return wrong_type(err, "Test", "string");
    }
    const char *kind = json_string_value(json_array_get(test, 0));
    if (kind && *kind && !str_equal(kind, "NONE") && !str_equal(kind, "CMD") && !str_equal(kind, "CMD-SHELL"))
        return error_set(err, EINVAL, "Unknown healthcheck type '%s' (expected 'CMD', 'CMD-SHELL' or 'NONE')", kind);
    if ((str_equal(kind, "CMD") || str_equal(kind, "CMD-SHELL")) && json_array_size(test) < 2)
        return error_set(err, EINVAL, "Healthcheck of type %s has no command", kind);
    return 0;
}

int health_config_check(const json_t *config, struct error *err)
{
    const json_t *health = json_object_get(config, "Healthcheck");
    if (!health)
        return 0;
    int rc = check_test(json_object_get(health, "Test"), err);
    for (size_t i = 0; i < ARRAY_LEN(durations) && rc == 0; i++) {
        const json_t *value = json_object_get(health, durations[i]);
        if (value && !json_is_null(value) && !json_is_integer(value))
            return wrong_type(err, durations[i], "time.Duration");
        if (json_integer_value(value) && json_integer_value(value) < least_ns)
            return error_set(err, EINVAL, "%s in Healthcheck cannot be less than 1ms", durations[i]);
    }
    const json_t *retries = json_object_get(health, "Retries");
    if (rc == 0 && retries && !json_is_null(retries) && !json_is_integer(retries))
        return wrong_type(err, "Retries", "int");
    if (rc == 0 && json_integer_value(retries) < 0)
        return error_set(err, EINVAL, "Retries in Healthcheck cannot be negative");
    if (rc == 0 && json_num(health, "StartInterval", 0))
        return error_set(err, EINVAL, "StartInterval in Healthcheck requires API version 1.44, and this engine speaks %s",
                         SLIPWAY_API_VERSION);
    return rc;
}

static bool is_said(const json_t *value)
{
    if (json_is_array(value))
        return json_array_size(value) > 0;
    return value && !json_is_null(value) && !(json_is_integer(value) && json_integer_value(value) == 0);
}

/* In Docker's order of keys, without what says nothing. What is wrong with a value is said by the check. */
void health_config_merge(json_t *config, const json_t *image)
{
    static const char *const keys[] = {"Test", "Interval", "Timeout", "StartPeriod", "StartInterval", "Retries"};
    const json_t *own = json_object_get(config, "Healthcheck");
    if (!json_is_object(own) && !json_is_object(image))
        return;
    json_t *both = json_object();
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        json_t *mine = json_object_get(own, keys[i]), *theirs = json_object_get(image, keys[i]);
        json_t *value = is_said(mine) ? mine : is_said(theirs) && !str_equal(keys[i], "StartInterval") ? theirs : NULL;
        if (value)
            json_object_set(both, keys[i], value);
    }
    json_object_set_new(config, "Healthcheck", both);
}

/* Go's Duration.String, in whole thousandths where it has a fraction. */
void duration_text(int64_t ns, char out[DURATION_TEXT])
{
    if (ns < second_ns) {
        const char *unit = ns >= least_ns ? "ms" : ns >= 1000 ? "µs" : "ns";
        double value = ns >= least_ns ? (double)ns / 1e6 : ns >= 1000 ? (double)ns / 1e3 : (double)ns;
        snprintf(out, DURATION_TEXT, ns ? "%.6g%s" : "0s", value, unit);
        return;
    }
    long long total = ns / second_ns, hours = total / 3600, minutes = total / 60 % 60;
    double seconds = (double)(total % 60) + (double)(ns % second_ns) / 1e9;
    if (hours)
        snprintf(out, DURATION_TEXT, "%lldh%lldm%.9gs", hours, minutes, seconds);
    else if (minutes)
        snprintf(out, DURATION_TEXT, "%lldm%.9gs", minutes, seconds);
    else
        snprintf(out, DURATION_TEXT, "%.10gs", seconds);
}

static const char *const names[] = {
    [HEALTH_NONE] = "none", [HEALTH_STARTING] = "starting", [HEALTH_HEALTHY] = "healthy", [HEALTH_UNHEALTHY] = "unhealthy"};

const char *health_name(enum health health) { return names[health]; }

enum health health_from_name(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (str_equal(names[i], name))
            return (enum health)i;
    return HEALTH_NONE;
}

struct health_count health_judge(struct health_count before, const struct health_config *config, int exit_code,
                                 int64_t since_start_ns)
{
    if (exit_code == 0)
        return (struct health_count){HEALTH_HEALTHY, 0};
    /* Until it was well once, failures within the start period do not count. */
    if (before.status == HEALTH_STARTING && since_start_ns < config->start_period_ns)
        return before;
    before.failing_streak++;
    if (before.failing_streak >= config->retries)
        before.status = HEALTH_UNHEALTHY;
    return before;
}
