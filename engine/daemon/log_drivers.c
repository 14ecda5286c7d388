/* The table of logging drivers and their options; addresses and names of syslog, fields of journald. */
#include "daemon/log_drivers.h"

#include "base/clock.h"
#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "base/units.h"
#include "daemon/logging.h"

#include <ctype.h>
#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Options that every driver takes are not listed here. */
static const struct {
    const char *name, *complaint;
    const char *options[16];
} drivers[] = {
    {"journald", "unknown log opt '%s' for journald log driver", {"labels", "labels-regex", "env", "env-regex", "tag"}},
    {"json-file",
     "unknown log opt '%s' for json-file log driver",
     {"max-file", "max-size", "compress", "labels", "labels-regex", "env", "env-regex", "tag"}},
    {"local", "unknown log opt '%s' for log driver local", {"max-file", "max-size", "compress"}},
    {"syslog",
     "unknown log opt '%s' for syslog log driver",
     {"env", "env-regex", "labels", "labels-regex", "syslog-address", "syslog-facility", "syslog-format", "tag"}},
};

static const char *const facilities[] = {"kern",   "user",   "mail",     "daemon", "auth",   "syslog", "lpr",    "news",
                                         "uucp",   "cron",   "authpriv", "ftp",    "",       "",       "",       "",
                                         "local0", "local1", "local2",   "local3", "local4", "local5", "local6", "local7"};

json_t *log_drivers(void)
{
    json_t *names = json_array();
    for (size_t i = 0; i < ARRAY_LEN(drivers); i++)
        json_array_append_new(names, json_string(drivers[i].name));
    return names;
}

const char *log_option(const json_t *options, const char *name) { return json_string_value(json_object_get(options, name)); }

int log_option_size(const json_t *options, const char *name, long long *bytes, struct error *err)
{
    const char *text = log_option(options, name), *unit;
    static const char units[] = "kmgtp";
    int64_t checked;
    if (!text)
        return 0;
    if (!units_parse_bytes(text, &checked))
        return error_set(err, EIO, "invalid size: '%s'", text);
    char *end;
    double value = strtod(text, &end);
    while (*end == ' ')
        end++;
    unit = *end ? strchr(units, tolower((unsigned char)*end)) : NULL;
    for (long power = unit ? unit - units + 1 : 0; power > 0; power--)
        value *= 1000;
    *bytes = (long long)value;
    return 0;
}

int log_option_count(const json_t *options, const char *name, int *count, struct error *err)
{
    const char *text = log_option(options, name);
    long long number;
    if (!text)
        return 0;
    if (!str_to_int(text, &number))
        return error_set(err, EIO, "strconv.Atoi: parsing \"%s\": invalid syntax", text);
    if (number < 1 || number > 1000)
        return error_set(err, EIO, number < 1 ? "%s cannot be less than 1" : "%s cannot be more than 1000", name);
    *count = (int)number;
    return 0;
}

int log_option_bool(const json_t *options, const char *name, bool *value, struct error *err)
{
    static const char *const words[2][6] = {{"0", "f", "F", "false", "FALSE", "False"}, {"1", "t", "T", "true", "TRUE", "True"}};
    const char *text = log_option(options, name);
    if (!text)
        return 0;
    for (int truth = 0; truth < 2; truth++) {
        for (size_t i = 0; i < ARRAY_LEN(words[truth]); i++) {
            if (str_equal(text, words[truth][i])) {
                *value = truth;
                return 0;
            }
        }
    }
    return error_set(err, EIO, "strconv.ParseBool: parsing \"%s\": invalid syntax", text);
}

/* "tcp://host:514" taken apart; "" is the syslog of this machine. */
static int parse_address(const char *text, char **transport, char **where, struct error *err)
{
    static const char *const known[] = {"tcp", "udp", "unix", "unixgram"};
    *transport = *where = NULL;
    if (str_empty(text))
        return 0;
    if (str_starts(text, "tcp+tls://"))
        return error_set(err, EINVAL, "syslog-address %s: syslog over TLS is not available in this engine, use tcp:// or udp://",
                         text);
    const char *slashes = strstr(text, "://");
    for (size_t i = 0; slashes && i < ARRAY_LEN(known); i++)
        if (strlen(known[i]) == (size_t)(slashes - text) && str_starts(text, known[i]))
            *transport = xstrdup(known[i]);
    if (!*transport)
        return error_set(err, EINVAL, "syslog-address should be in form proto://address, got %s", text);
    const char *rest = slashes + 3;
    if (str_starts(*transport, "unix")) {
        *where = xstrdup(rest);
        return path_exists(rest) ? 0 : error_set(err, EINVAL, "stat %s: no such file or directory", rest);
    }
    const char *bracket = strrchr(rest, ']'), *colon = strrchr(bracket ? bracket : rest, ':');
    *where = colon ? xstrdup(rest) : str_format("%s:514", rest);
    return 0;
}

/* The facility's number, or negative. */
static int facility(const char *text)
{
    long long number;
    if (str_empty(text))
        return 3; /* daemon */
    for (size_t i = 0; i < ARRAY_LEN(facilities); i++)
        if (*facilities[i] && str_equal(facilities[i], text))
            return (int)i;
    return str_to_int(text, &number) && number >= 0 && number <= 23 ? (int)number : -1;
}

static int syslog_check(const json_t *options, struct error *err)
{
    static const char *const formats[] = {"", "rfc3164", "rfc5424", "rfc5424micro"};
    cleanup_free char *transport = NULL, *where = NULL;
    int rc = parse_address(log_option(options, "syslog-address"), &transport, &where, err);
    if (rc < 0)
        return rc;
    if (facility(log_option(options, "syslog-facility")) < 0)
        return error_set(err, EINVAL, "invalid syslog facility");
    const char *format = str_or(log_option(options, "syslog-format"), "");
    for (size_t i = 0; i < ARRAY_LEN(formats); i++)
        if (str_equal(format, formats[i]))
            return 0;
    return error_set(err, EINVAL, "Invalid syslog format");
}

static int mode_check(const json_t *options, struct error *err)
{
    const char *mode = str_or(log_option(options, "mode"), "blocking"), *buffer = log_option(options, "max-buffer-size");
    int64_t bytes;
    if (!str_equal(mode, "blocking") && !str_equal(mode, "non-blocking"))
        return error_set(err, EINVAL, "logger: logging mode not supported: %s", mode);
    if (buffer && !str_equal(mode, "non-blocking"))
        return error_set(err, EINVAL, "logger: max-buffer-size option is only supported with 'mode=non-blocking'");
    if (buffer && !units_parse_bytes(buffer, &bytes))
        return error_set(err, EINVAL, "error parsing option max-buffer-size: invalid size: '%s'", buffer);
    return 0;
}

static bool common_option(const char *name)
{
    return str_equal(name, "mode") || str_equal(name, "max-buffer-size") || str_starts(name, "cache-");
}

static int cache_check(const char *name, struct error *err)
{
    static const char *const known[] = {"cache-disabled", "cache-max-size", "cache-max-file", "cache-compress"};
    for (size_t i = 0; i < ARRAY_LEN(known); i++)
        if (str_equal(name, known[i]))
            return 0;
    return error_set(err, EINVAL, "unknown log opt '%s'", name);
}

int log_options_check(const char *driver, const json_t *options, struct error *err)
{
    size_t at = 0;
    const char *name;
    json_t *value;
    if (str_equal(driver, "none"))
        return 0;
    int rc = mode_check(options, err);
    while (at < ARRAY_LEN(drivers) && !str_equal(drivers[at].name, driver))
        at++;
    if (rc == 0 && at == ARRAY_LEN(drivers))
        return error_set(err, EINVAL, "error looking up logging plugin %s: plugin \"%s\" not found", driver, driver);
    json_object_foreach((json_t *)options, name, value)
    {
        size_t i = 0;
        while (rc == 0 && drivers[at].options[i] && !str_equal(drivers[at].options[i], name))
            i++;
        if (rc < 0)
            return rc;
        if (str_starts(name, "syslog-tls-") && str_equal(driver, "syslog"))
            return error_set(err, EINVAL, "%s: syslog over TLS is not available in this engine, use tcp:// or udp://", name);
        if (str_starts(name, "cache-"))
            rc = cache_check(name, err);
        else if (!drivers[at].options[i] && !common_option(name))
            return error_set(err, EINVAL, drivers[at].complaint, name);
    }
    return rc == 0 && str_equal(driver, "syslog") ? syslog_check(options, err) : rc;
}

/* A name is looked up here, where there is a resolver: the shim gets a number. */
static int resolve(char **where, struct error *err)
{
    char *colon = strrchr(*where, ':');
    cleanup_free char *port = xstrdup(colon + 1);
    char host[NI_MAXHOST], *name = *where;
    bool bracketed = *name == '[';
    *colon = '\0';
    if (bracketed) {
        name++;
        name[strcspn(name, "]")] = '\0';
    }
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *list = NULL;
    int rc = getaddrinfo(*name ? name : "localhost", port, &hints, &list);
    if (rc == 0)
        rc = getnameinfo(list->ai_addr, list->ai_addrlen, host, sizeof host, NULL, 0, NI_NUMERICHOST);
    if (rc != 0) {
        error_set(err, EIO, "lookup %s: %s", name, gai_strerror(rc));
    } else {
        long long number = ntohs(((struct sockaddr_in *)(void *)list->ai_addr)->sin_port); /* v6 has it in the same place */
        char *found = str_format(list->ai_family == AF_INET6 ? "[%s]:%lld" : "%s:%lld", host, number);
        free(*where);
        *where = found;
    }
    if (list)
        freeaddrinfo(list);
    return rc == 0 ? 0 : -EIO;
}

static json_t *syslog_config(const json_t *options, const char *tag, struct error *err)
{
    cleanup_free char *transport = NULL, *where = NULL;
    if (parse_address(log_option(options, "syslog-address"), &transport, &where, err) < 0)
        return NULL;
    if (transport && !str_starts(transport, "unix") && resolve(&where, err) < 0)
        return NULL;
    return json_pack("{s:s,s:s,s:s,s:i,s:s,s:s}", "kind", "syslog", "transport", transport ? transport : "", "address",
                     where ? where : "", "priority", facility(log_option(options, "syslog-facility")) * 8, "format",
                     str_or(log_option(options, "syslog-format"), ""), "tag", tag);
}

/* journald's names are capitals, digits and underscores, and do not begin with an underscore. */
static char *field_name(const char *text)
{
    struct buf out = BUF_INIT;
    for (const char *c = text; *c; c++)
        buf_putc(&out, isalnum((unsigned char)*c) ? (char)toupper((unsigned char)*c) : '_');
    char *name = buf_take(&out);
    size_t skip = strspn(name, "_");
    memmove(name, name + skip, strlen(name) - skip + 1);
    return name;
}

static json_t *journald_config(const char *tag, const json_t *facts, const json_t *attrs)
{
    const char *key;
    json_t *value;
    json_t *fields = json_pack("{s:s,s:s,s:s,s:s,s:s,s:s}", "CONTAINER_ID", json_str(facts, "ID", ""), "CONTAINER_ID_FULL",
                               json_str(facts, "FullID", ""), "CONTAINER_NAME", json_str(facts, "Name", ""), "CONTAINER_TAG", tag,
                               "IMAGE_NAME", json_str(facts, "ImageName", ""), "SYSLOG_IDENTIFIER", tag);
    json_object_foreach((json_t *)attrs, key, value)
    {
        cleanup_free char *name = field_name(key);
        if (*name)
            json_object_set(fields, name, value);
    }
    return json_pack("{s:s,s:o}", "kind", "journald", "fields", fields);
}

json_t *log_service_config(const char *driver, const json_t *options, const char *tag, const json_t *facts, const json_t *attrs,
                           struct error *err)
{
    int64_t buffer = 1024 * 1024;
    json_t *config = str_equal(driver, "syslog") ? syslog_config(options, tag, err) : journald_config(tag, facts, attrs);
    if (!config)
        return NULL;
    units_parse_bytes(str_or(log_option(options, "max-buffer-size"), "1m"), &buffer);
    json_object_set_new(config, "non_blocking", json_boolean(str_equal(log_option(options, "mode"), "non-blocking")));
    json_object_set_new(config, "buffer", json_integer(buffer));
    return config;
}
