/* The versions of an engine for which a question is true: "20.10", ">=20.10", ">=19.03,<23". */
#ifndef SLIPWAY_QUIZZES_BANK_ENGINE_RANGE_H
#define SLIPWAY_QUIZZES_BANK_ENGINE_RANGE_H

#include <stdbool.h>

bool engine_range_valid(const char *range);
bool engine_version_valid(const char *version); /* "23" or "20.10.7" */

/* Numbers are compared part by part, as far as both have them: 20.10.7 is ">=20.10", and it is "20.10". No range, or no version,
 * and everything fits. */
bool engine_range_fits(const char *range, const char *version);

#endif
