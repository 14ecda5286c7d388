/* Short ways through jansson documents.
 *
 * A `path` is keys joined by '.', as in "HostConfig.NetworkMode"; keys that hold dots are fetched with
 * json_object_get. Getters never fail: they give the default when the value is missing, null or of another type.
 * Strings returned are borrowed from the document.
 */
#ifndef SLIPWAY_BASE_JSON_H
#define SLIPWAY_BASE_JSON_H

#include "base/error.h"
#include "base/strings.h"

#include <jansson.h>
#include <stdbool.h>
#include <sys/types.h>

json_t *json_at(const json_t *doc, const char *path); /* borrowed; NULL when missing */
const char *json_str(const json_t *doc, const char *path, const char *otherwise);
long long json_num(const json_t *doc, const char *path, long long otherwise);
double json_double(const json_t *doc, const char *path, double otherwise);
bool json_flag(const json_t *doc, const char *path, bool otherwise);

/* Array of strings to a NULL-terminated list and back; json_from_strv(NULL) is null, as Go's nil slice. */
char **json_to_strv(const json_t *array);
json_t *json_from_strv(char *const *list);

/* jansson goes down into documents by recursion, and threads have small stacks (THREAD_STACK): what comes from outside may be
 * nested this deep, and what is read from files, where it may be part of a larger document, a little deeper. */
enum { JSON_DEPTH_MOST = 128, JSON_DEPTH_FILE = 256 };
bool json_deeper(const char *text, size_t len, size_t most);

/* Numbers from 2^63 to 2^64-1 (limits, arguments of system calls) come as the negative number of the same 64 bits. */
json_t *json_read_file(const char *path, struct error *err);
int json_write_file(const char *path, const json_t *doc, mode_t mode, bool sync, struct error *err);
json_t *json_parse(const char *text, size_t len, const char *what, struct error *err); /* up to JSON_DEPTH_FILE */
char *json_text(const json_t *doc);                                                    /* compact, keys in insertion order */
/* The same appended to `out`, and a string alone, in quotes and with its escapes; `text` is UTF-8. */
void json_put(struct buf *out, const json_t *doc);
void json_put_text(struct buf *out, const char *text, size_t len);

/* A string value that is always valid UTF-8 (bad bytes become U+FFFD); never NULL. */
json_t *json_text_value(const char *bytes, size_t len);

void cleanup_json_p(json_t **doc);
#define cleanup_json __attribute__((cleanup(cleanup_json_p)))

#endif
