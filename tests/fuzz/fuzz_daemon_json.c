/* Hostile daemon.json: either one line says what is wrong, or every value has the type that its readers rely on. */
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "daemon/configuration.h"
#include "daemon/directive_values.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void must(bool good, const char *what)
{
    if (good)
        return;
    fprintf(stderr, "fuzz_daemon_json: %s\n", what);
    abort();
}

static bool has_type(const struct directive *directive, const json_t *value)
{
    switch (directive->kind) {
    case DIRECTIVE_BOOL:
        return json_is_boolean(value);
    case DIRECTIVE_STRING:
        return json_is_string(value);
    case DIRECTIVE_INT:
    case DIRECTIVE_SIZE:
        return json_is_integer(value);
    case DIRECTIVE_LIST:
    case DIRECTIVE_POOLS:
        return json_is_array(value);
    default:
        return json_is_object(value);
    }
}

/* A whole document as it comes, or one value for a directive that the first byte chooses: deep rather than broad. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error err = ERROR_INIT;
    cleanup_json json_t *flags = json_pack("{s:b, s:[s]}", "debug", 1, "dns", "192.0.2.1");
    cleanup_buf struct buf text = BUF_INIT;
    size_t count = 0;
    while (directives[count].key)
        count++;
    if (size && data[0] < count)
        buf_printf(&text, "{\"%s\":%.*s}", directives[data[0]].key, (int)size - 1, (const char *)data + 1);
    else if (size)
        buf_add(&text, data + 1, size - 1);
    cleanup_json json_t *values = configuration_parse(text.data ? text.data : "", text.len, flags, &err);
    must(values || *err.message, "refused without a reason");
    const char *key;
    json_t *value;
    json_object_foreach(values, key, value)
    {
        const struct directive *directive = directive_find(key);
        must(directive && has_type(directive, value), key);
        must(!json_object_get(flags, key), "given twice");
        cleanup_free char *shown = directive_show(value);
        must(shown != NULL, "a value that cannot be shown");
    }
    return 0;
}
