/* JSON that a test has as text. */
#ifndef JSON_TEXT_H
#define JSON_TEXT_H

#include "base/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static inline json_t *json(const char *text)
{
    struct error err = ERROR_INIT;
    json_t *document = json_parse(text, strlen(text), "test", &err);
    assert_non_null(document);
    return document;
}

#endif
