/* Regular expressions that come from outside. The C library compiles an expression by recursion over its groups and by copying what
 * is repeated, so that a short text can cost all memory or a thread's whole stack; what would is refused here. The bound on
 * repetition is RE2's, which dockerd has.
 */
#ifndef SLIPWAY_BASE_PATTERN_H
#define SLIPWAY_BASE_PATTERN_H

#include <regex.h>
#include <stdbool.h>

/* An extended one (regex(7)), for a yes or no; free with regfree when true was returned. */
bool pattern_compile(regex_t *regex, const char *text);

#endif
