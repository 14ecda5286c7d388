/* Reading a request: query parameters, headers, filters. */
#include "api/http.h"

#include "base/json.h"
#include "base/json_syntax.h"
#include "base/memory.h"
#include "daemon/instance.h"

#include <errno.h>
#include <string.h>

const char *query(const struct request *request, const char *name)
{
    return MHD_lookup_connection_value(request->connection, MHD_GET_ARGUMENT_KIND, name);
}

const char *header(const struct request *request, const char *name)
{
    return MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, name);
}

bool query_flag(const struct request *request, const char *name, bool otherwise)
{
    static const char *const no[] = {"", "0", "no", "false", "none"};
    const char *value = query(request, name);
    if (!value)
        return otherwise;
    for (size_t i = 0; i < ARRAY_LEN(no); i++)
        if (strcasecmp(value, no[i]) == 0)
            return false;
    return true;
}

bool query_number(const struct request *request, const char *name, long long otherwise, long long *value, struct error *err)
{
    const char *text = query(request, name);
    *value = otherwise;
    if (str_empty(text) || str_to_int(text, value))
        return true;
    error_set(err, EINVAL, "strconv.Atoi: parsing \"%s\": invalid syntax", text);
    return false;
}

/* {"name":{"a":true}} to {"name":["a"]} */
static json_t *values_of(json_t *entry)
{
    if (json_is_array(entry))
        return json_incref(entry);
    json_t *list = json_array(), *flag;
    const char *key;
    json_object_foreach(entry, key, flag)
    {
        if (json_is_true(flag))
            json_array_append_new(list, json_string(key));
    }
    return list;
}

json_t *filters_parse(const char *text, struct error *err)
{
    char why[160];
    const char *key;
    json_t *entry;
    if (str_empty(text))
        return json_object();
    if (json_stream_problem(text, strlen(text), NULL, why, sizeof why)) {
        error_set(err, EIO, "%s", why);
        return NULL;
    }
    cleanup_json json_t *doc = json_loads(text, JSON_DECODE_ANY, NULL);
    if (!json_is_object(doc)) {
        error_set(err, EIO, "invalid filters: %.200s is not a JSON object", text);
        return NULL;
    }
    json_t *out = json_object();
    json_object_foreach(doc, key, entry) json_object_set_new(out, key, values_of(entry));
    return out;
}

json_t *query_filters(const struct request *request, struct error *err) { return filters_parse(query(request, "filters"), err); }

bool filter_given(const json_t *filters, const char *key) { return json_array_size(json_object_get(filters, key)) > 0; }

bool filter_has(const json_t *filters, const char *key, const char *value)
{
    size_t i;
    json_t *entry;
    json_array_foreach(json_object_get(filters, key), i, entry)
    {
        if (str_equal(json_string_value(entry), value))
            return true;
    }
    return false;
}

bool filter_part_of(const json_t *filters, const char *key, const char *text)
{
    size_t i;
    json_t *value;
    if (!filter_given(filters, key))
        return true;
    json_array_foreach(json_object_get(filters, key), i, value)
    {
        if (json_is_string(value) && strstr(text, json_string_value(value)))
            return true;
    }
    return false;
}

bool filters_valid(const json_t *filters, const char *const *known, struct error *err)
{
    const char *key;
    json_t *values;
    json_object_foreach((json_t *)filters, key, values)
    {
        size_t i = 0;
        while (known[i] && !str_equal(known[i], key))
            i++;
        if (!known[i]) {
            error_set(err, EINVAL, "Invalid filter '%s'", key);
            return false;
        }
    }
    return true;
}

struct instance *requested_container(struct request *request, enum MHD_Result *result)
{
    struct error err = ERROR_INIT;
    struct instance *instance = table_find(request->engine, request->captured[0], &err);
    if (!instance)
        *result = reply_error(request, &err);
    return instance;
}

static bool has_labels(const json_t *labels, const json_t *wanted)
{
    size_t i;
    json_t *entry;
    json_array_foreach(wanted, i, entry)
    {
        const char *text = json_string_value(entry) ? json_string_value(entry) : "", *equals = strchr(text, '=');
        cleanup_free char *key = xstrndup(text, strcspn(text, "="));
        const char *value = json_string_value(json_object_get(labels, key));
        if (!value || (equals && !str_equal(value, equals + 1)))
            return false;
    }
    return true;
}

bool filter_labels(const json_t *filters, const json_t *labels)
{
    const json_t *without = json_object_get(filters, "label!");
    return has_labels(labels, json_object_get(filters, "label")) && !(json_array_size(without) && has_labels(labels, without));
}
