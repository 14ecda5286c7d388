/* The patterns of ${x#pattern} and its kin: `*` is any text, `?` any character, a backslash takes their meaning away. */
#ifndef SLIPWAY_BUILD_GLOB_H
#define SLIPWAY_BUILD_GLOB_H

#include <stdbool.h>

/* What `how` makes of `value`, allocated; NULL for a pattern with a backslash before any other character (but `\}` and `\/`). */
enum glob_cut { GLOB_FRONT_SHORTEST, GLOB_FRONT_LONGEST, GLOB_BACK_SHORTEST, GLOB_BACK_LONGEST };
char *glob_cut(const char *value, const char *pattern, enum glob_cut how);
char *glob_replace(const char *value, const char *pattern, const char *with, bool all);

#endif
