/* Tables of slipway-oci: the head, then a row each, every column as wide as its widest cell. */
#ifndef SLIPWAY_RUNTIME_OCI_COLUMNS_H
#define SLIPWAY_RUNTIME_OCI_COLUMNS_H

#include "base/error.h"

#include <jansson.h>
#include <stdbool.h>

struct column {
    const char *title, *key;
};

/* `rows`: objects with a string or an integer for each key. `columns` ends with a title of NULL. */
void columns_print(const struct column *columns, const json_t *rows);

/* --format is "table" or "json". */
int columns_format(const char *format, bool *json, struct error *err);

#endif
