/* The Go types of the documents that a template sees. A template's result depends on them in Docker: a struct prints as its values
 * in order, a nil pointer as <nil>, a nil list as [], and a field is asked for by the name that the Go source has. JSON does not
 * tell these apart, so the types of the documents of `inspect`, `events`, `info` and `version` stand in tables here. */
#ifndef SLIPWAY_CLI_GO_TYPE_H
#define SLIPWAY_CLI_GO_TYPE_H

#include <jansson.h>
#include <stdbool.h>

enum go_kind {
    GO_INVALID, /* no value at all: an entry that a map does not have */
    GO_ANY,     /* interface {}: what the JSON is */
    GO_NUMBER,  /* json.Number: a string to Go */
    GO_STRING,
    GO_INT,
    GO_FLOAT,
    GO_BOOL,
    GO_TIME,
    GO_LIST,
    GO_MAP,
    GO_STRUCT,
    GO_POINTER,
};

struct go_field;

struct go_type {
    enum go_kind kind;
    const char *name;              /* as Go prints it: "map[string]string" */
    const struct go_type *element; /* of a list, a map, a pointer */
    const struct go_field *fields; /* of a struct; ended by a NULL name */
    const char *key;               /* of a map whose keys are a type of their own ("nat.Port"); NULL: string */
};

struct go_field {
    const char *name; /* in Go */
    const char *key;  /* in JSON; NULL: an embedded struct, whose fields stand beside */
    const struct go_type *type;
};

/* A value of a template: a new reference to JSON and its type. `json` NULL: there was an error. */
struct go_value {
    json_t *json;
    const struct go_type *type;
};

extern const struct go_type go_invalid, go_any, go_raw /* any, numbers are json.Number */, go_string, go_int, go_float, go_bool,
    go_strings, go_values;
extern const struct go_type go_container, go_image, go_network, go_volume; /* go_schema.c */
extern const struct go_type go_event, go_info, go_version;                 /* go_schema_system.c */

/* Whether JSON made of the struct has its own fields only, and none that is empty (`omitempty`). */
bool go_omits_empty(const struct go_type *type);

/* The same value with interface {} replaced by what is in it; the reference is not counted anew. */
struct go_value go_solid(struct go_value value);

bool go_is_nil(struct go_value value); /* an invalid value, a nil pointer, list, map or interface */
bool go_truth(struct go_value value);
struct go_value go_element(const struct go_value *of, json_t *json); /* borrowed: what a list or map holds */

/* A field of a struct: borrowed or a zero value in *owned, which the caller drops. False: there is no such field. */
bool go_struct_field(struct go_value of, const char *name, struct go_value *out);

json_t *go_zero(const struct go_type *type); /* a new reference */

#endif
