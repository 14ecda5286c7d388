/* The texts of --mount and -v, taken apart as Docker's client does it. What needs the engine's knowledge is left to the engine. */
#ifndef SLIPWAY_CLI_MOUNT_SPEC_H
#define SLIPWAY_CLI_MOUNT_SPEC_H

#include "base/error.h"

#include <jansson.h>

/* One line of comma-separated values (RFC 4180): fields may be quoted. NULL with the error of the reader: "parse error on line 1,
 * column 9: bare \" in non-quoted field". Free with strv_free. */
char **csv_line(const char *text, struct error *err);

/* "type=bind,src=/a,dst=/b,ro" to an entry of HostConfig.Mounts; EINVAL with what is wrong. */
json_t *mount_spec_parse(const char *text, struct error *err);

/* "[source:]target[:mode]": *bind is what goes into Binds (a relative source made absolute), or NULL when `text` is the place of an
 * anonymous volume. */
int volume_spec_parse(const char *text, char **bind, struct error *err);

#endif
