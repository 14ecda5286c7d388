/* Values with Go's types: what is nil, what is true, what a field is. */
#include "cli/go_type.h"

#include "base/strings.h"

#include <stddef.h>

const struct go_type go_invalid = {GO_INVALID, "<nil>", NULL, NULL, NULL};
const struct go_type go_any = {GO_ANY, "interface {}", NULL, NULL, NULL};
const struct go_type go_raw = {GO_ANY, "interface {}", NULL, NULL, NULL};
const struct go_type go_string = {GO_STRING, "string", NULL, NULL, NULL};
const struct go_type go_int = {GO_INT, "int", NULL, NULL, NULL};
const struct go_type go_float = {GO_FLOAT, "float64", NULL, NULL, NULL};
const struct go_type go_bool = {GO_BOOL, "bool", NULL, NULL, NULL};
const struct go_type go_strings = {GO_LIST, "[]string", &go_string, NULL, NULL};
const struct go_type go_values = {GO_LIST, "[]interface {}", &go_any, NULL, NULL};

static const struct go_type number = {GO_NUMBER, "json.Number", NULL, NULL, NULL};
static const struct go_type any_map = {GO_MAP, "map[string]interface {}", &go_any, NULL, NULL};
static const struct go_type raw_list = {GO_LIST, "[]interface {}", &go_raw, NULL, NULL};
static const struct go_type raw_map = {GO_MAP, "map[string]interface {}", &go_raw, NULL, NULL};

static const struct go_type *type_within(const json_t *json, bool raw)
{
    switch (json_typeof(json)) {
    case JSON_STRING:
        return &go_string;
    case JSON_INTEGER:
        return raw ? &number : &go_int;
    case JSON_REAL:
        return raw ? &number : &go_float;
    case JSON_TRUE:
    case JSON_FALSE:
        return &go_bool;
    case JSON_ARRAY:
        return raw ? &raw_list : &go_values;
    case JSON_OBJECT:
        return raw ? &raw_map : &any_map;
    case JSON_NULL:
        break;
    }
    return raw ? &go_raw : &go_any;
}

struct go_value go_solid(struct go_value value)
{
    if (value.json && value.type->kind == GO_ANY)
        value.type = type_within(value.json, value.type == &go_raw);
    return value;
}

bool go_is_nil(struct go_value value) { return !value.json || json_is_null(value.json); }

bool go_truth(struct go_value value)
{
    if (go_is_nil(value))
        return false;
    switch (go_solid(value).type->kind) {
    case GO_STRUCT:
    case GO_POINTER:
    case GO_NUMBER:
    case GO_TIME:
        return true;
    default:
        break;
    }
    switch (json_typeof(value.json)) {
    case JSON_OBJECT:
        return json_object_size(value.json) > 0;
    case JSON_ARRAY:
        return json_array_size(value.json) > 0;
    case JSON_STRING:
        return json_string_length(value.json) > 0;
    case JSON_INTEGER:
        return json_integer_value(value.json) != 0;
    case JSON_REAL:
        return json_real_value(value.json) != 0;
    default:
        return json_is_true(value.json);
    }
}

json_t *go_zero(const struct go_type *type)
{
    switch (type->kind) {
    case GO_STRING:
        return json_string("");
    case GO_INT:
        return json_integer(0);
    case GO_FLOAT:
        return json_real(0);
    case GO_BOOL:
        return json_false();
    case GO_STRUCT:
        return json_object();
    case GO_TIME:
        return json_string("0001-01-01T00:00:00Z");
    default:
        return json_null();
    }
}

struct go_value go_element(const struct go_value *of, json_t *json)
{
    const struct go_type *type = of->type->element ? of->type->element : &go_any;
    return (struct go_value){json, type};
}

bool go_struct_field(struct go_value of, const char *name, struct go_value *out)
{
    for (const struct go_field *field = of.type->fields; field && field->name; field++) {
        if (!field->key) {
            const struct go_value inner = {of.json, field->type};
            if (go_struct_field(inner, name, out))
                return true;
        }
        if (!str_equal(field->name, name))
            continue;
        json_t *json = field->key ? json_object_get(of.json, field->key) : of.json;
        bool nullable = field->type->kind >= GO_LIST && field->type->kind != GO_STRUCT;
        bool absent = !json || (json_is_null(json) && !nullable && field->type->kind != GO_ANY);
        *out = (struct go_value){absent ? go_zero(field->type) : json_incref(json), field->type};
        return true;
    }
    return false;
}
