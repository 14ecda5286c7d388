/* .dockerignore: which files of a build's context stay at home
 * (https://docs.docker.com/build/concepts/context/#dockerignore-files).
 *
 * A line is a pattern: `*`, `?`, `[a-z]` within a name, `**` over any number of directories, `!` for what comes back. Each is
 * matched with a path and with every directory above it; the last pattern that matches decides. Paths are relative to the context,
 * without
 * "./" and without a slash at either end.
 */
#ifndef SLIPWAY_BASE_IGNORE_H
#define SLIPWAY_BASE_IGNORE_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

struct ignore;

/* The text of a file of patterns. EINVAL with Go's words ("syntax error in pattern"), which Docker passes on. An empty text gives a
 * list that matches nothing. */
int ignore_parse(const char *text, size_t len, struct ignore **out, struct error *err);
void ignore_free(struct ignore *ignore); /* NULL is fine */

bool ignore_matches(const struct ignore *ignore, const char *path); /* NULL ignores nothing */

/* Whether a directory that is ignored need not be looked into, as nothing in it can come back: Docker looks only into directories
 * that the text of a `!` pattern begins with. */
bool ignore_skips(const struct ignore *ignore, const char *directory);

/* Adds a pattern as if it stood behind the last line ("!Dockerfile"). */
int ignore_add(struct ignore *ignore, const char *pattern, struct error *err);

#endif
