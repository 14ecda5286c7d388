/* --engine of commands that draw questions. */
#ifndef SLIPWAY_QUIZZES_ENGINE_ASKED_H
#define SLIPWAY_QUIZZES_ENGINE_ASKED_H

#include "base/error.h"

#include <jansson.h>

#define ENGINE_FLAG_HELP                                                                                                           \
    "Draw only what is true for this version of the Docker engine: 20.10 for one, here for that of the engine that is reached, "   \
    "any for all (default 20.10, which the course teaches)"

/* The version of Docker that an engine is, or behaves as, by its answer to GET /version: Docker's own says it, another one is known
 * by the version of the API that it speaks. Allocated; NULL for one that says neither. */
char *engine_version_of(const json_t *answer);

/* Puts what --engine says into a request: nothing for NULL, and for "here" the version of the engine at `host`. */
int engine_ask(const char *said, const char *host, json_t *request, struct error *err);

/* "Questions that are true for Docker 20.10" of the reply to it; NULL when it holds for all. Allocated. */
char *engine_told(const json_t *reply);

#endif
