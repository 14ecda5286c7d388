/* Values of directives: from flags and from the file into one form, checked, and shown as Go prints them. */
#ifndef SLIPWAY_DAEMON_DIRECTIVE_VALUES_H
#define SLIPWAY_DAEMON_DIRECTIVE_VALUES_H

#include "base/error.h"
#include "daemon/directives.h"

#include <jansson.h>

/* What the flag's texts say, as a new document of the directive's kind; a single value is a list of one. */
json_t *directive_from_flag(const struct directive *directive, char *const *texts, struct error *err);

/* The file's value in the settings' form, a new document. "json: cannot unmarshal string into Go struct field Config.debug of type
 * bool" when it is of another type. */
json_t *directive_from_file(const struct directive *directive, const json_t *value, struct error *err);

/* EINVAL when the value makes no sense, or is one that this engine cannot honour. */
int directive_check(const struct directive *directive, const json_t *value, struct error *err);

/* "[a b]", "map[max-size:1m]", "true": what %v prints; allocated. */
char *directive_show(const json_t *value);

#endif
