/* Reading, checking and showing the values of directives. */
#include "daemon/directive_values.h"

#include "base/json.h"
#include "base/json_syntax.h"
#include "base/memory.h"
#include "base/strings.h"
#include "base/units.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static json_t *pairs(char *const *texts, struct error *err)
{
    json_t *map = json_object();
    for (; *texts; texts++) {
        const char *equals = strchr(*texts, '=');
        if (!equals) {
            json_decref(map);
            error_set(err, EINVAL, "invalid key-value pair \"%s\": use name=value", *texts);
            return NULL;
        }
        cleanup_free char *name = xstrndup(*texts, (size_t)(equals - *texts));
        json_object_set_new(map, name, json_string(equals + 1));
    }
    return map;
}

static bool ulimit_known(const char *name)
{
    static const char *const names[] = {"core",   "cpu",   "data", "fsize",  "locks",  "memlock",    "msgqueue", "nice",
                                        "nofile", "nproc", "rss",  "rtprio", "rttime", "sigpending", "stack"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (str_equal(names[i], name))
            return true;
    return false;
}

/* "nofile=1024" or "nofile=1024:2048" into `limits`. */
static int add_ulimit(json_t *limits, const char *text, struct error *err)
{
    cleanup_free char *name = xstrdup(text);
    char *soft = strchr(name, '=');
    long long numbers[2];
    if (!soft)
        return error_set(err, EINVAL, "invalid ulimit argument: %s", text);
    *soft++ = '\0';
    if (!ulimit_known(name))
        return error_set(err, EINVAL, "invalid ulimit type: %s", name);
    char *hard = strchr(soft, ':');
    if (hard)
        *hard++ = '\0';
    if (!str_to_int(soft, &numbers[0]) || !str_to_int(hard ? hard : soft, &numbers[1]))
        return error_set(err, EINVAL, "invalid ulimit argument: %s", text);
    if (numbers[1] != -1 && (numbers[0] > numbers[1] || numbers[0] == -1))
        return error_set(err, EINVAL, "ulimit soft limit must be less than or equal to hard limit: %lld > %lld", numbers[0],
                         numbers[1]);
    json_object_set_new(limits, name,
                        json_pack("{s:s, s:I, s:I}", "Name", name, "Hard", (json_int_t)numbers[1], "Soft", (json_int_t)numbers[0]));
    return 0;
}

static json_t *ulimits(char *const *texts, struct error *err)
{
    json_t *limits = json_object();
    for (; *texts; texts++)
        if (add_ulimit(limits, *texts, err) < 0) {
            json_decref(limits);
            return NULL;
        }
    return limits;
}

/* "base=10.10.0.0/16,size=24" */
static json_t *pools(char *const *texts, struct error *err)
{
    json_t *list = json_array();
    for (; *texts; texts++) {
        cleanup_strv char **fields = str_split(*texts, ',');
        json_t *pool = json_object();
        for (char **field = fields; *field; field++) {
            long long size;
            if (str_starts(*field, "base="))
                json_object_set_new(pool, "base", json_string(*field + 5));
            else if (str_starts(*field, "size=") && str_to_int(*field + 5, &size))
                json_object_set_new(pool, "size", json_integer(size));
            else
                error_set(err, EINVAL, "invalid default-address-pool \"%s\": use base=10.10.0.0/16,size=24", *texts);
        }
        json_array_append_new(list, pool);
    }
    if (!err->code)
        return list;
    json_decref(list);
    return NULL;
}

static json_t *size_value(const struct directive *directive, const char *text, struct error *err)
{
    int64_t bytes;
    if (units_parse_bytes(text, &bytes))
        return json_integer(bytes);
    error_set(err, EINVAL, "invalid argument \"%s\" for \"--%s\" flag: invalid size: '%s'", text, directive->flag, text);
    return NULL;
}

json_t *directive_from_flag(const struct directive *directive, char *const *texts, struct error *err)
{
    json_t *list;
    long long number;
    switch (directive->kind) {
    case DIRECTIVE_MAP:
    case DIRECTIVE_OBJECT:
        return pairs(texts, err);
    case DIRECTIVE_ULIMITS:
        return ulimits(texts, err);
    case DIRECTIVE_POOLS:
        return pools(texts, err);
    case DIRECTIVE_LIST:
        list = json_array();
        for (; *texts; texts++)
            json_array_append_new(list, json_text_value(*texts, strlen(*texts)));
        return list;
    case DIRECTIVE_SIZE:
        return size_value(directive, *texts, err);
    case DIRECTIVE_BOOL:
        return json_boolean(str_equal(*texts, "true"));
    case DIRECTIVE_INT:
        return json_integer(str_to_int(*texts, &number) ? number : 0);
    default:
        return json_text_value(*texts, strlen(*texts));
    }
}

static json_t *mistyped(const struct directive *directive, const json_t *value, const char *type, struct error *err)
{
    error_set(err, EINVAL, "json: cannot unmarshal %s into Go struct field Config.%s of type %s", json_kind_name(value),
              directive->key, type);
    return NULL;
}

static bool all_strings(const json_t *value, const json_t **other)
{
    const char *key;
    json_t *entry;
    size_t i;
    json_array_foreach(value, i, entry) if (!json_is_string(entry)) return *other = entry, false;
    json_object_foreach((json_t *)value, key, entry) if (!json_is_string(entry)) return *other = entry, false;
    return true;
}

static json_t *ulimits_from_file(const struct directive *directive, const json_t *value, struct error *err)
{
    const char *name;
    json_t *limit;
    json_object_foreach((json_t *)value, name, limit)
    {
        if (!json_is_object(limit))
            return mistyped(directive, limit, "units.Ulimit", err);
        long long soft = json_num(limit, "Soft", 0), hard = json_num(limit, "Hard", 0);
        if (!ulimit_known(name))
            return error_set(err, EINVAL, "invalid ulimit type: %s", name), NULL;
        if (hard != -1 && (soft > hard || soft == -1))
            return error_set(err, EINVAL, "ulimit soft limit must be less than or equal to hard limit: %lld > %lld", soft, hard),
                   NULL;
    }
    json_t *all = json_object();
    json_object_foreach((json_t *)value, name, limit)
        json_object_set_new(all, name,
                            json_pack("{s:s, s:I, s:I}", "Name", name, "Hard", (json_int_t)json_num(limit, "Hard", 0), "Soft",
                                      (json_int_t)json_num(limit, "Soft", 0)));
    return all;
}

json_t *directive_from_file(const struct directive *directive, const json_t *value, struct error *err)
{
    static const struct {
        bool array, object;
        const char *type;
    } kinds[] = {[DIRECTIVE_LIST] = {true, false, "[]string"},
                 [DIRECTIVE_MAP] = {false, true, "map[string]string"},
                 [DIRECTIVE_ULIMITS] = {false, true, "map[string]*units.Ulimit"},
                 [DIRECTIVE_POOLS] = {true, false, "[]*ipamutils.NetworkToSplit"},
                 [DIRECTIVE_OBJECT] = {false, true, "map[string]interface {}"}};
    const json_t *other = NULL;
    switch (directive->kind) {
    case DIRECTIVE_BOOL:
        return json_is_boolean(value) ? json_copy((json_t *)value) : mistyped(directive, value, "bool", err);
    case DIRECTIVE_INT:
        return json_is_integer(value) ? json_copy((json_t *)value) : mistyped(directive, value, "int", err);
    case DIRECTIVE_STRING:
        return json_is_string(value) ? json_copy((json_t *)value) : mistyped(directive, value, "string", err);
    case DIRECTIVE_SIZE:
        if (json_is_integer(value))
            return json_copy((json_t *)value);
        return json_is_string(value) ? size_value(directive, json_string_value(value), err)
                                     : mistyped(directive, value, "opts.MemBytes", err);
    default:
        break;
    }
    if (kinds[directive->kind].array ? !json_is_array(value) : !json_is_object(value))
        return mistyped(directive, value, kinds[directive->kind].type, err);
    bool texts = directive->kind == DIRECTIVE_LIST || directive->kind == DIRECTIVE_MAP;
    if (texts && !all_strings(value, &other))
        return mistyped(directive, other, "string", err);
    return directive->kind == DIRECTIVE_ULIMITS ? ulimits_from_file(directive, value, err) : json_deep_copy(value);
}

static int compare_names(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

char *directive_show(const json_t *value)
{
    struct buf out = BUF_INIT;
    const char *key;
    json_t *entry;
    size_t i;
    if (json_is_string(value))
        return xstrdup(json_string_value(value));
    if (json_is_array(value)) {
        json_array_foreach(value, i, entry)
        {
            cleanup_free char *text = directive_show(entry);
            buf_printf(&out, "%s%s", i ? " " : "[", text);
        }
        buf_puts(&out, out.len ? "]" : "[]");
        return buf_take(&out);
    }
    if (!json_is_object(value))
        return json_dumps(value, JSON_ENCODE_ANY);
    cleanup_strv char **names = NULL; /* Go prints maps in the order of their keys */
    json_object_foreach((json_t *)value, key, entry) { strv_add(&names, key); }
    if (names)
        qsort(names, strv_len(names), sizeof *names, compare_names);
    buf_puts(&out, "map[");
    for (i = 0; names && names[i]; i++) {
        cleanup_free char *text = directive_show(json_object_get(value, names[i]));
        buf_printf(&out, "%s%s:%s", i ? " " : "", names[i], text);
    }
    buf_putc(&out, ']');
    return buf_take(&out);
}
