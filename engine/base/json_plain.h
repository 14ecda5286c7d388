/* The short way into jansson's documents; part of json_parse and json_read_file. */
#ifndef SLIPWAY_BASE_JSON_PLAIN_H
#define SLIPWAY_BASE_JSON_PLAIN_H

#include <jansson.h>
#include <stddef.h>

/* What json_loadb(JSON_DECODE_ANY) would give, or NULL when the text is not of the plain kind, be it right or wrong. */
json_t *json_plain(const char *text, size_t len);

#endif
