/* Dockerfile instructions that change an image's config without running anything: what `import --change` and `commit --change`
 * take. One row of a table per instruction; each gets the text after its keyword. */
#include "image/store.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

json_t *config_empty(void)
{
    return json_pack("{s:s,s:s,s:s,s:b,s:b,s:b,s:b,s:b,s:b,s:n,s:n,s:s,s:n,s:s,s:n,s:n,s:n}", "Hostname", "", "Domainname", "",
                     "User", "", "AttachStdin", 0, "AttachStdout", 0, "AttachStderr", 0, "Tty", 0, "OpenStdin", 0, "StdinOnce", 0,
                     "Env", "Cmd", "Image", "", "Volumes", "WorkingDir", "", "Entrypoint", "OnBuild", "Labels");
}

static const char *skip_space(const char *p)
{
    while (isspace((unsigned char)*p))
        p++;
    return p;
}

/* The next word: ends at white space, or at `stop`, outside quotes; quotes and backslashes are taken off. NULL at the end, or with
 * *open set when a quote is not closed. */
static char *next_word(const char **text, char stop, bool *open)
{
    cleanup_buf struct buf out = BUF_INIT;
    const char *p = skip_space(*text);
    char quote = 0;
    *open = false;
    if (!*p)
        return NULL;
    for (; *p && (quote || (!isspace((unsigned char)*p) && *p != stop)); p++) {
        if (*p == '\\' && p[1] && quote != '\'')
            buf_putc(&out, *++p);
        else if (quote ? *p == quote : *p == '"' || *p == '\'')
            quote = quote ? 0 : *p;
        else
            buf_putc(&out, *p);
    }
    *text = p;
    *open = quote != 0;
    return quote ? NULL : buf_take(&out);
}

/* ["a","b"], or NULL when the text is not a JSON array of strings. */
static json_t *json_form(const char *text)
{
    if (*text != '[')
        return NULL;
    json_t *array = json_parse(text, strlen(text), "the command", NULL), *value;
    size_t i;
    json_array_foreach(array, i, value)
    {
        if (!json_is_string(value)) {
            json_decref(array);
            return NULL;
        }
    }
    return array;
}

static int set_command(json_t *config, const char *key, const char *text, struct error *err)
{
    (void)err;
    json_t *list = json_form(text);
    if (!list)
        list = *text ? json_pack("[s,s,s]", "/bin/sh", "-c", text) : json_array();
    return json_object_set_new(config, key, list);
}

/* Member `key` as an object, made when it is null. */
static json_t *object_of(json_t *config, const char *key)
{
    json_t *object = json_object_get(config, key);
    if (json_is_object(object))
        return object;
    json_object_set_new(config, key, object = json_object());
    return object;
}

static void put_env(json_t *config, const char *name, const char *value)
{
    json_t *list = json_object_get(config, "Env"), *each;
    if (!json_is_array(list))
        json_object_set_new(config, "Env", list = json_array());
    cleanup_free char *pair = str_format("%s=%s", name, value);
    size_t i, len = strlen(name) + 1;
    json_array_foreach(list, i, each)
    {
        if (!strncmp(json_string_value(each), pair, len)) {
            json_array_set_new(list, i, json_text_value(pair, strlen(pair)));
            return;
        }
    }
    json_array_append_new(list, json_text_value(pair, strlen(pair)));
}

static void put_label(json_t *config, const char *name, const char *value)
{
    json_object_set_new(object_of(config, "Labels"), name, json_text_value(value, strlen(value)));
}

/* name=value ..., with quotes; or the old form "name value to the end". */
static int set_pairs(json_t *config, const char *text, const char *instruction, void (*put)(json_t *, const char *, const char *),
                     struct error *err)
{
    bool open, first = true;
    for (;;) {
        cleanup_free char *name = next_word(&text, '=', &open);
        if (!name && !open)
            return first ? error_set(err, EINVAL, "%s requires at least one argument", instruction) : 0;
        if (open)
            return error_set(err, EINVAL, "%s: unexpected end of statement while looking for matching quote", instruction);
        if (*text != '=') {
            const char *rest = skip_space(text);
            if (!first || !*rest)
                return error_set(err, EINVAL, "Syntax error - can't find = in \"%s\". Must be of the form: name=value", name);
            put(config, name, rest);
            return 0;
        }
        text++;
        if (!*name)
            return error_set(err, EINVAL, "%s names can not be blank", instruction);
        bool blank = !*text || isspace((unsigned char)*text);
        cleanup_free char *value = blank ? xstrdup("") : next_word(&text, 0, &open);
        if (!value)
            return error_set(err, EINVAL, "%s: unexpected end of statement while looking for matching quote", instruction);
        put(config, name, value);
        first = false;
    }
}

static int set_cmd(json_t *config, const char *text, struct error *err) { return set_command(config, "Cmd", text, err); }
static int set_entrypoint(json_t *config, const char *text, struct error *err)
{
    return set_command(config, "Entrypoint", text, err);
}
static int set_env(json_t *config, const char *text, struct error *err) { return set_pairs(config, text, "ENV", put_env, err); }
static int set_label(json_t *config, const char *text, struct error *err)
{
    return set_pairs(config, text, "LABEL", put_label, err);
}

static int set_text(json_t *config, const char *key, const char *text, const char *instruction, struct error *err)
{
    if (!*text)
        return error_set(err, EINVAL, "%s requires exactly one argument", instruction);
    return json_object_set_new(config, key, json_text_value(text, strlen(text)));
}

static int set_user(json_t *config, const char *text, struct error *err) { return set_text(config, "User", text, "USER", err); }
static int set_stop_signal(json_t *config, const char *text, struct error *err)
{
    return set_text(config, "StopSignal", text, "STOPSIGNAL", err);
}

/* Lexical clean-up as of Go's path.Clean: no "//", no ".", ".." takes its parent away. */
static char *clean_path(const char *path)
{
    cleanup_strv char **parts = str_split(path, '/');
    cleanup_buf struct buf out = BUF_INIT;
    for (char **part = parts; *part; part++) {
        if (!**part || str_equal(*part, "."))
            continue;
        if (str_equal(*part, "..")) {
            char *slash = out.len ? strrchr(out.data, '/') : NULL;
            if (slash) {
                out.len = (size_t)(slash - out.data);
                *slash = 0;
            }
            continue;
        }
        buf_printf(&out, "/%s", *part);
    }
    return out.len ? buf_take(&out) : xstrdup("/");
}

static int set_workdir(json_t *config, const char *text, struct error *err)
{
    if (!*text)
        return error_set(err, EINVAL, "WORKDIR requires exactly one argument");
    cleanup_free char *whole = str_format("%s/%s", *text == '/' ? "" : json_str(config, "WorkingDir", ""), text);
    cleanup_free char *path = clean_path(whole);
    return json_object_set_new(config, "WorkingDir", json_text_value(path, strlen(path)));
}

static int expose_one(json_t *config, const char *word, struct error *err)
{
    cleanup_strv char **parts = str_split(word, '/');
    const char *protocol = strv_len(parts) > 1 ? parts[1] : "tcp";
    long long low, high;
    char *dash = strchr(parts[0], '-');
    if (dash)
        *dash = 0;
    bool good = strv_len(parts) <= 2 && (str_equal(protocol, "tcp") || str_equal(protocol, "udp") || str_equal(protocol, "sctp"));
    good = good && str_to_int(parts[0], &low) && str_to_int(dash ? dash + 1 : parts[0], &high) && low > 0 && high <= 65535 &&
           low <= high;
    if (!good)
        return error_set(err, EINVAL, "invalid containerPort: %s", word);
    for (; low <= high; low++) {
        cleanup_free char *port = str_format("%lld/%s", low, protocol);
        json_object_set_new(object_of(config, "ExposedPorts"), port, json_object());
    }
    return 0;
}

static int each_word(json_t *config, const char *text, const char *instruction, int (*put)(json_t *, const char *, struct error *),
                     struct error *err)
{
    bool open;
    if (!*text)
        return error_set(err, EINVAL, "%s requires at least one argument", instruction);
    for (;;) {
        cleanup_free char *word = next_word(&text, 0, &open);
        if (!word)
            return open ? error_set(err, EINVAL, "%s: unexpected end of statement while looking for matching quote", instruction)
                        : 0;
        int r = put(config, word, err);
        if (r < 0)
            return r;
    }
}

static int set_expose(json_t *config, const char *text, struct error *err)
{
    return each_word(config, text, "EXPOSE", expose_one, err);
}

static int volume_one(json_t *config, const char *word, struct error *err)
{
    if (!*word)
        return error_set(err, EINVAL, "VOLUME specified can not be an empty string");
    return json_object_set_new(object_of(config, "Volumes"), word, json_object());
}

static int set_volume(json_t *config, const char *text, struct error *err)
{
    cleanup_json json_t *list = json_form(text);
    json_t *value;
    size_t i;
    if (!list)
        return each_word(config, text, "VOLUME", volume_one, err);
    json_array_foreach(list, i, value)
    {
        int r = volume_one(config, json_string_value(value), err);
        if (r < 0)
            return r;
    }
    return 0;
}

static int set_onbuild(json_t *config, const char *text, struct error *err)
{
    if (!*text)
        return error_set(err, EINVAL, "ONBUILD requires at least one argument");
    json_t *list = json_object_get(config, "OnBuild");
    if (!json_is_array(list))
        json_object_set_new(config, "OnBuild", list = json_array());
    return json_array_append_new(list, json_text_value(text, strlen(text)));
}

static int health_flag(json_t *health, char *word, struct error *err)
{
    static const struct {
        const char *flag, *key;
    } durations[] = {{"--interval", "Interval"}, {"--timeout", "Timeout"}, {"--start-period", "StartPeriod"}};
    char *equals = strchr(word, '=');
    long long count;
    int64_t ns;
    if (!equals)
        return error_set(err, EINVAL, "Missing a value on flag: %s", word + 2);
    *equals = 0;
    for (size_t i = 0; i < ARRAY_LEN(durations); i++) {
        if (!str_equal(durations[i].flag, word))
            continue;
        if (!clock_parse_duration(equals + 1, &ns))
            return error_set(err, EINVAL, "time: invalid duration \"%s\"", equals + 1);
        if (ns != 0 && ns < 1000000)
            return error_set(err, EINVAL, "Interval \"%s\" cannot be less than 1ms", word + 2);
        return json_object_set_new(health, durations[i].key, json_integer(ns));
    }
    if (!str_equal(word, "--retries"))
        return error_set(err, EINVAL, "Unknown flag: %s", word + 2);
    if (!str_to_int(equals + 1, &count) || count < 0)
        return error_set(err, EINVAL, "--retries must be at least 1 (not %s)", equals + 1);
    return json_object_set_new(health, "Retries", json_integer(count));
}

/* HEALTHCHECK [--interval=..] CMD command, or NONE. */
static int set_health(json_t *config, const char *text, struct error *err)
{
    bool open;
    cleanup_json json_t *health = json_object();
    for (text = skip_space(text); str_starts(text, "--"); text = skip_space(text)) {
        cleanup_free char *word = next_word(&text, 0, &open);
        if (!word || health_flag(health, word, err) < 0)
            return word ? -EINVAL : error_set(err, EINVAL, "HEALTHCHECK: a quote is not closed");
    }
    cleanup_free char *type = next_word(&text, 0, &open);
    text = skip_space(text);
    if (!type)
        return error_set(err, EINVAL, "HEALTHCHECK requires an argument");
    if (strcasecmp(type, "NONE") == 0) {
        if (*text)
            return error_set(err, EINVAL, "HEALTHCHECK NONE takes no arguments");
        json_object_set_new(health, "Test", json_pack("[s]", "NONE"));
    } else if (strcasecmp(type, "CMD") != 0) {
        return error_set(err, EINVAL, "Unknown type \"%s\" in HEALTHCHECK (try CMD)", type);
    } else if (!*text) {
        return error_set(err, EINVAL, "Missing command after HEALTHCHECK CMD");
    } else {
        json_t *list = json_form(text);
        if (list)
            json_array_insert_new(list, 0, json_string("CMD"));
        json_object_set_new(health, "Test", list ? list : json_pack("[s,o]", "CMD-SHELL", json_text_value(text, strlen(text))));
    }
    return json_object_set(config, "Healthcheck", health);
}

static const struct {
    const char *keyword;
    int (*set)(json_t *config, const char *text, struct error *err); /* NULL: an instruction, but not one for here */
} instructions[] = {
    {"CMD", set_cmd},
    {"ENTRYPOINT", set_entrypoint},
    {"ENV", set_env},
    {"EXPOSE", set_expose},
    {"LABEL", set_label},
    {"ONBUILD", set_onbuild},
    {"STOPSIGNAL", set_stop_signal},
    {"USER", set_user},
    {"VOLUME", set_volume},
    {"WORKDIR", set_workdir},
    {"ADD", NULL},
    {"ARG", NULL},
    {"COPY", NULL},
    {"FROM", NULL},
    {"HEALTHCHECK", set_health},
    {"MAINTAINER", NULL},
    {"RUN", NULL},
    {"SHELL", NULL},
};

static bool is_text(const char *text)
{
    const unsigned char *p = (const unsigned char *)text, *end = p + strlen(text);
    while (p < end) {
        size_t len = utf8_sequence(p, (size_t)(end - p));
        if (!len)
            return false;
        p += len;
    }
    return true;
}

int config_change(json_t *config, const char *instruction, struct error *err)
{
    if (!is_text(instruction))
        return error_set(err, EINVAL, "a Dockerfile instruction must be UTF-8 text");
    cleanup_free char *copy = xstrdup(instruction);
    char *text = str_trim(copy);
    size_t len = strcspn(text, " \t\n");
    if (!len)
        return 0;
    for (size_t i = 0; i < ARRAY_LEN(instructions); i++) {
        if (strlen(instructions[i].keyword) != len || strncasecmp(text, instructions[i].keyword, len) != 0)
            continue;
        if (!instructions[i].set)
            return error_set(err, EINVAL, "%.*s is not a valid change command", (int)len, text);
        return instructions[i].set(config, skip_space(text + len), err) < 0 ? -(err && err->code ? err->code : EINVAL) : 0;
    }
    cleanup_free char *word = xstrndup(text, len);
    for (char *p = word; *p; p++)
        *p = (char)toupper((unsigned char)*p);
    return error_set(err, EINVAL, "dockerfile parse error line 1: unknown instruction: %s", word);
}
