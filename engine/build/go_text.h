/* Values as Go prints them with %q and %v: the history of images has them. */
#ifndef SLIPWAY_BUILD_GO_TEXT_H
#define SLIPWAY_BUILD_GO_TEXT_H

#include "base/strings.h"

#include <jansson.h>
#include <stdint.h>

void go_quote(struct buf *out, const char *text);                      /* "a\tb" */
void go_quote_rune(struct buf *out, int rune);                         /* '\x05' */
char *go_quote_list(const json_t *list);                               /* ["a" "b"]; allocated */
char *go_list(char *const *list);                                      /* [a b]; allocated */
void go_duration(int64_t ns, char out[32]);                            /* 1h0m0s, 1.5s, 250ms */

#endif
