/* The words in which the tables of Go types are written: a field by its type, and the types that are made of others. For the files
 * go_schema*.c only. */
#ifndef SLIPWAY_CLI_GO_SCHEMA_H
#define SLIPWAY_CLI_GO_SCHEMA_H

#include "cli/go_type.h"

#include <stddef.h>

#define END                                                                                                                        \
    {                                                                                                                              \
        NULL, NULL, NULL                                                                                                           \
    }
#define SAME(name, type)                                                                                                           \
    {                                                                                                                              \
#name, #name, &type                                                                                                        \
    }
#define STRUCT(var, text)      static const struct go_type var = {GO_STRUCT, text, NULL, var##_fields, NULL}
#define POINTER(var, to, text) static const struct go_type var = {GO_POINTER, "*" text, &to, NULL, NULL}
#define LIST(var, of, text)    static const struct go_type var = {GO_LIST, "[]" text, &of, NULL, NULL}
#define MAP(var, of, text)     static const struct go_type var = {GO_MAP, "map[string]" text, &of, NULL, NULL}
#define TEXT(name)             SAME(name, go_string)
#define WHOLE(name)            SAME(name, go_int)
#define TRUTH(name)            SAME(name, go_bool)
#define TEXTS(name)            SAME(name, go_strings)
#define PAIRS(name)            SAME(name, string_map)

#endif
