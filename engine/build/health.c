/* HEALTHCHECK: its options and the command that is run. */
#include "base/go_text.h"
#include "base/memory.h"
#include "base/strings.h"
#include "build/parse.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { LEAST_NS = 1000000 };

static int take_duration(const struct instruction *in, const char *name, int64_t *out, struct error *err)
{
    const char *text = instruction_flag(in, name);
    char why[256];
    if (str_empty(text))
        return 0;
    if (!go_duration(text, out, why, sizeof why))
        return error_set(err, EINVAL, "%s", why);
    return *out >= LEAST_NS ? 0 : error_set(err, EINVAL, "Interval \"%s\" cannot be less than 1ms", name);
}

static int take_retries(const struct instruction *in, int *out, struct error *err)
{
    const char *text = instruction_flag(in, "retries");
    long long number = 0;
    if (str_empty(text))
        return 0;
    cleanup_free char *quoted = go_quote(text);
    const char *digits = text + (*text == '-' || *text == '+');
    if (!*digits || digits[strspn(digits, "0123456789")])
        return error_set(err, EINVAL, "strconv.ParseInt: parsing %s: invalid syntax", quoted);
    if (!str_to_int(text + (*text == '+'), &number) || number != (int)number)
        return error_set(err, EINVAL, "strconv.ParseInt: parsing %s: value out of range", quoted);
    *out = (int)number;
    return number >= 1 ? 0 : error_set(err, EINVAL, "--retries must be at least 1 (not %lld)", number);
}

static int take_command(struct instruction *in, struct error *err)
{
    struct health_check *health = in->health;
    if (strcasecmp(in->args[0], "CMD")) {
        cleanup_free char *upper = xstrdup(in->args[0]);
        for (char *p = upper; *p; p++)
            *p = (char)toupper((unsigned char)*p);
        cleanup_free char *quoted = go_quote(upper);
        return error_set(err, EINVAL, "Unknown type %s in HEALTHCHECK (try CMD)", quoted);
    }
    if (!in->args[1])
        return error_set(err, EINVAL, "Missing command after HEALTHCHECK CMD");
    strv_add(&health->test, in->json ? "CMD" : "CMD-SHELL");
    for (char **word = in->args + 1; *word; word++)
        strv_add(&health->test, *word);
    return 0;
}

int health_check(struct instruction *in, struct error *err)
{
    struct health_check *health = in->health = xcalloc(1, sizeof *in->health);
    bool none = !strcasecmp(in->args[0], "NONE");
    if (none && in->args[1])
        return error_set(err, EINVAL, "HEALTHCHECK NONE takes no arguments");
    if (none)
        strv_add(&health->test, "NONE");
    int r = none ? 0 : take_command(in, err);
    r = r ? r : take_duration(in, "interval", &health->interval, err);
    r = r ? r : take_duration(in, "timeout", &health->timeout, err);
    r = r ? r : take_duration(in, "start-period", &health->start_period, err);
    r = r ? r : take_duration(in, "start-interval", &health->start_interval, err);
    r = r ? r : take_retries(in, &health->retries, err);
    strv_free(in->args);
    in->args = NULL;
    return r;
}
