/* Values as Go prints them with %q and %v: the history of images has them. */
#ifndef SLIPWAY_BUILD_SHOWN_H
#define SLIPWAY_BUILD_SHOWN_H

#include "base/strings.h"

#include <jansson.h>
#include <stdint.h>

char *shown_quoted(const json_t *list);        /* ["a" "b"]; allocated */
char *shown_list(char *const *list);           /* [a b]; allocated */
void shown_rune(struct buf *out, int rune);    /* '\x05' */
void shown_duration(int64_t ns, char out[32]); /* 1h0m0s, 1.5s, 250ms */

#endif
