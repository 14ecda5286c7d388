/* The versions of an engine for which a question is true: "20.10", ">=20.10", ">=19.03,<23". */
#ifndef SLIPWAY_QUIZZES_BANK_ENGINE_RANGE_H
#define SLIPWAY_QUIZZES_BANK_ENGINE_RANGE_H

#include <stdbool.h>

/* What a draw asks for: the version that the course teaches when nothing is said, because its facts and keys were checked with that
 * one and all of a class are asked alike; ENGINE_ANY for all questions. */
#define ENGINE_COURSE "20.10"
#define ENGINE_ANY    "any"

bool engine_range_valid(const char *range);
bool engine_version_valid(const char *version); /* "23" or "20.10.7" */

/* "" for ENGINE_ANY and "", ENGINE_COURSE for NULL, a version itself; NULL for what is none of these. */
const char *engine_version_wanted(const char *said);

/* Numbers are compared part by part, as far as both have them: 20.10.7 is ">=20.10", and it is "20.10". No range, or no version,
 * and everything fits. */
bool engine_range_fits(const char *range, const char *version);

#endif
