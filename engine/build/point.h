/* Where in a Dockerfile something went wrong, shown as lines of it. */
#ifndef SLIPWAY_BUILD_POINT_H
#define SLIPWAY_BUILD_POINT_H

#include "base/error.h"

/* Puts the lines `first` to `last` of `text` (numbers begin with 1), each with a mark, and some around them behind the message, if
 * there is room for them:
 *
 *   Dockerfile:2
 *   --------------------
 *      1 |     FROM busybox
 *      2 | >>> FOO bar
 *   --------------------
 */
void point_at(struct error *err, const char *name, const char *text, int first, int last);

#endif
