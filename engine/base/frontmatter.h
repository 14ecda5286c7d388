/* Markdown files that begin with a YAML mapping between two lines "---" (libyaml).
 *
 * The mapping comes as JSON: scalars as strings, sequences as arrays, mappings as objects. Duplicate keys, anchors, aliases and
 * more than 16 levels are errors; every error names file and line ("labs/x/lab.md:3: ...").
 */
#ifndef SLIPWAY_BASE_FRONTMATTER_H
#define SLIPWAY_BASE_FRONTMATTER_H

#include "base/error.h"

#include <jansson.h>

/* `file` is for messages. `body` (may be NULL) points into `text`, after the closing line. A file without front matter is an error.
 */
json_t *front_matter_parse(const char *file, const char *text, const char **body, struct error *err);

/* A whole file that is one YAML mapping, by the same rules. */
json_t *yaml_read_file(const char *path, struct error *err);

#endif
