/* Values of flags: what is accepted, and the words when it is not. */
#include "cli/run_options.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool run_bad(struct run_request *request, const char *name, const char *value, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    cleanup_free char *why = str_vformat(format, args);
    va_end(args);
    char letter[8] = "";
    for (const struct flag *flag = run_flags; flag->name; flag++)
        if (str_equal(flag->name, name) && flag->letter)
            snprintf(letter, sizeof letter, "-%c, ", flag->letter);
    request->usage = true;
    error_set(&request->err, EINVAL, "invalid argument \"%s\" for \"%s--%s\" flag: %s", value, letter, name, why);
    return false;
}

bool run_refuse(struct run_request *request, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    cleanup_free char *why = str_vformat(format, args);
    va_end(args);
    request->usage = false;
    error_set(&request->err, EINVAL, "%s", why);
    return false;
}

static bool power_of_ten(int exponent, long long *out)
{
    for (*out = 1; exponent > 0; exponent--)
        if (__builtin_mul_overflow(*out, 10, out))
            return false;
    return true;
}

/* Digits with at most one point; `places` behind it. */
static const char *read_decimal(const char *text, long long *value, int *places)
{
    bool point = false, any = false;
    for (*value = 0, *places = 0; isdigit((unsigned char)*text) || (*text == '.' && !point); text++) {
        if (*text == '.') {
            point = true;
            continue;
        }
        if (__builtin_mul_overflow(*value, 10, value) || __builtin_add_overflow(*value, *text - '0', value))
            return NULL;
        *places += point;
        any = true;
    }
    return any ? text : NULL;
}

/* "0.5", ".25", "1e1", "1/2", "-1". */
bool run_parse_cpus(const char *text, long long *nano, const char **why)
{
    static const char too_precise[] = "value is too precise";
    bool negative = *text == '-';
    long long value, scale, divisor = 1, exponent = 0;
    int places, none;
    const char *rest = read_decimal(text + (*text == '-' || *text == '+'), &value, &places);
    if (rest && *rest == '/' && places == 0) {
        rest = read_decimal(rest + 1, &divisor, &none);
        if (!rest || none || *rest || divisor == 0)
            return false;
    } else if (rest && (*rest == 'e' || *rest == 'E')) {
        if (!str_to_int(rest + 1, &exponent) || exponent < -18 || exponent > 18)
            return false;
        rest = "";
    }
    if (!rest || *rest)
        return false;
    int shift = 9 - places + (int)exponent;
    if (!power_of_ten(shift < 0 ? -shift : shift, &scale))
        return false;
    if (shift < 0 && __builtin_mul_overflow(divisor, scale, &divisor))
        return false;
    if (shift > 0 && __builtin_mul_overflow(value, scale, &value))
        return false;
    if (value % divisor) {
        *why = too_precise;
        return false;
    }
    *nano = (negative ? -1 : 1) * (value / divisor);
    return true;
}

bool run_is_address(const char *text)
{
    unsigned char bytes[16];
    return inet_pton(AF_INET, text, bytes) == 1 || inet_pton(AF_INET6, text, bytes) == 1;
}

char *run_size_problem(const char *text)
{
    size_t number = strspn(text, "0123456789.");
    if (number && text[number] && !strpbrk(text + number, "0123456789"))
        return str_format("invalid suffix: '%s'", text + number + strspn(text + number, " "));
    return str_format("invalid size: '%s'", text);
}

char *run_parse_extra_host(const char *text, struct error *err)
{
    cleanup_free char *entry = xstrdup(text);
    char *cut = strchr(entry, '=');
    cut = cut ? cut : strchr(entry, ':');
    if (!cut || cut == entry)
        return error_set(err, EINVAL, "bad format for add-host: \"%s\"", text), NULL;
    *cut = ':';
    if (!str_equal(cut + 1, "host-gateway") && !run_is_address(cut + 1))
        return error_set(err, EINVAL, "invalid IP address in add-host: \"%s\"", cut + 1), NULL;
    return move_ptr(entry);
}

json_t *run_parse_ulimit(const char *text, struct error *err)
{
    static const char *const names[] = {"core",   "cpu",   "data", "fsize",  "locks",  "memlock",    "msgqueue", "nice",
                                        "nofile", "nproc", "rss",  "rtprio", "rttime", "sigpending", "stack"};
    cleanup_free char *name = xstrdup(text);
    char *equals = strchr(name, '=');
    if (!equals)
        return error_set(err, EINVAL, "invalid ulimit argument: %s", text), NULL;
    *equals = '\0';
    bool known = false;
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        known |= str_equal(names[i], name);
    if (!known)
        return error_set(err, EINVAL, "invalid ulimit type: %s", name), NULL;
    cleanup_strv char **limits = str_split(equals + 1, ':');
    long long soft, hard;
    if (strv_len(limits) > 2)
        return error_set(err, EINVAL, "too many limit value arguments - %s, can only have up to two, `soft[:hard]`", equals + 1),
               NULL;
    const char *last = limits[1] ? limits[1] : limits[0];
    if (!str_to_int(limits[0], &soft) || !str_to_int(last, &hard))
        return error_set(err, EINVAL, "strconv.ParseInt: parsing \"%s\": invalid syntax",
                         str_to_int(limits[0], &soft) ? last : limits[0]),
               NULL;
    if (hard != -1 && soft == -1)
        return error_set(err, EINVAL,
                         "ulimit soft limit must be less than or equal to hard limit: soft: -1 (unlimited), hard: %lld", hard),
               NULL;
    if (hard != -1 && soft > hard)
        return error_set(err, EINVAL, "ulimit soft limit must be less than or equal to hard limit: %s > %s", limits[0], last), NULL;
    return json_pack("{s:s, s:I, s:I}", "Name", name, "Hard", (json_int_t)hard, "Soft", (json_int_t)soft);
}

json_t *run_parse_device(const char *text, struct error *err)
{
    cleanup_strv char **parts = str_split(text, ':');
    size_t count = strv_len(parts);
    const char *mode = "rwm", *inside = count > 1 ? parts[1] : parts[0];
    if (count > 3 || !*parts[0])
        return error_set(err, EINVAL, "bad format for path: %s", text), NULL;
    bool is_mode = count > 1 && *parts[1] && strspn(parts[1], "rwm") == strlen(parts[1]);
    if (count == 3)
        mode = parts[2];
    else if (is_mode) {
        mode = parts[1];
        inside = parts[0];
    }
    if (strspn(mode, "rwm") != strlen(mode))
        return error_set(err, EINVAL, "bad mode specified: %s", mode), NULL;
    if (*inside != '/')
        return error_set(err, EINVAL, "%s is not an absolute path", inside), NULL;
    return json_pack("{s:s, s:s, s:s}", "PathOnHost", parts[0], "PathInContainer", inside, "CgroupPermissions", mode);
}

bool run_parse_restart(const char *text, json_t **out, struct error *err)
{
    cleanup_free char *name = xstrdup(text);
    char *colon = strchr(name, ':');
    long long count = 0;
    if (colon) {
        *colon = '\0';
        if (!*name)
            return error_set(err, EINVAL, "invalid restart policy format: no policy provided before colon"), false;
        if (!str_to_int(colon + 1, &count))
            return error_set(err, EINVAL, "invalid restart policy format: maximum retry count must be an integer"), false;
    }
    *out = json_pack("{s:s, s:I}", "Name", name, "MaximumRetryCount", (json_int_t)count);
    return true;
}

/* "os", "os/arch" or "os/arch/variant". */
bool run_platform_valid(const char *text)
{
    cleanup_strv char **parts = str_split(text, '/');
    size_t count = strv_len(parts);
    for (size_t i = 0; i < count; i++)
        if (!*parts[i] || strspn(parts[i], "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-") != strlen(parts[i]))
            return false;
    return count >= 1 && count <= 3;
}

bool run_sysctl_allowed(const char *text)
{
    static const char *const names[] = {"kernel.msgmax", "kernel.msgmnb", "kernel.msgmni", "kernel.sem",
                                        "kernel.shmall", "kernel.shmmax", "kernel.shmmni", "kernel.shm_rmid_forced"};
    const char *equals = strchr(text, '=');
    if (!equals)
        return false;
    size_t len = (size_t)(equals - text);
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (strlen(names[i]) == len && strncmp(names[i], text, len) == 0)
            return true;
    return str_starts(text, "net.") || str_starts(text, "fs.mqueue.");
}

static const char *skip_number(const char *text)
{
    if (*text == '*')
        return text + 1;
    size_t digits = strspn(text, "0123456789");
    return digits ? text + digits : NULL;
}

/* "c 1:5 rwm" */
bool run_device_rule_valid(const char *text)
{
    if (!*text || !strchr("acb", *text) || text[1] != ' ')
        return false;
    const char *colon = skip_number(text + 2);
    if (!colon || *colon != ':')
        return false;
    const char *space = skip_number(colon + 1);
    size_t access = space && *space == ' ' ? strspn(space + 1, "rwm") : 0;
    return access >= 1 && access <= 3 && !space[1 + access];
}

static int compare(const void *a, const void *b) { return strcmp(*(const char *const *)a, *(const char *const *)b); }

json_t *run_sorted(json_t *object)
{
    cleanup_strv char **keys = NULL;
    const char *key;
    json_t *value, *sorted = json_object();
    json_object_foreach(object, key, value) { strv_add(&keys, key); }
    if (keys)
        qsort(keys, strv_len(keys), sizeof *keys, compare);
    for (size_t i = 0; keys && keys[i]; i++)
        json_object_set(sorted, keys[i], json_object_get(object, keys[i]));
    json_decref(object);
    return sorted;
}
