/* A script by bash on this machine, against an engine that is not ours alone: a real Docker's. */
#ifndef SLIPWAY_QUIZZES_HERE_H
#define SLIPWAY_QUIZZES_HERE_H

#include "base/error.h"

/* Exit code or a negative error; `output` (allocated, also on error) is what it printed. Afterwards the containers, images,
 * networks and volumes that were not there before are removed. */
int here_run(const char *host, const char *script, unsigned seconds, char **output, struct error *err);

#endif
