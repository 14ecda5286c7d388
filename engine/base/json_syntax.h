/* What is wrong with a text that is no JSON, in the words of Go's encoding/json: Docker's clients and engines speak them, and
 * people search for them. */
#ifndef SLIPWAY_BASE_JSON_SYNTAX_H
#define SLIPWAY_BASE_JSON_SYNTAX_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* The first document of a text that may go on, as Go's Decoder reads it: true when something is wrong with it, and
 * `why` says what; *end (may be NULL) is where it ends otherwise. */
bool json_syntax_problem(const char *text, size_t len, size_t *end, char *why, size_t room);

/* The same with what Go's Decoder says of a text that ends too early: "EOF" when there is nothing at all, else "unexpected EOF".
 * `text` ends with NUL, or is NULL when `len` is 0. */
bool json_stream_problem(const char *text, size_t len, size_t *end, char *why, size_t room);

/* What Go calls a value in its errors: "string", "number", "bool", "array", "object"; "null". */
const char *json_kind_name(const json_t *value);

#endif
