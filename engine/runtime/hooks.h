/* Hooks of a config, and the state that they read (runtime.md#state). Its status is "created" from the first on, as "creating" is
 * the lifecycle's step 2 and hooks begin with step 3; so do crun and the OCI's own checks, runc says "creating" until
 * createContainer.
 *
 * | moment          | run by            | path, namespaces | a failure                       |
 * | --------------- | ----------------- | ---------------- | ------------------------------- |
 * | prestart        | runtime_create    | the runtime's    | undoes the creation             |
 * | createRuntime   | runtime_create    | the runtime's    | undoes the creation             |
 * | createContainer | init, before the root is changed | path the runtime's, namespaces the container's | undoes the creation |
 * | startContainer  | init, after start | the container's  | start fails, init is gone       |
 * | poststart       | runtime_start     | the runtime's    | ends the container, start fails |
 * | poststop        | runtime_destroy   | the runtime's    | is a warning                    |
 *
 * A failed poststart was a warning in version 1.2 of the specification; since 1.3 it is an error, as for runc and crun.
 */
#ifndef SLIPWAY_RUNTIME_HOOKS_H
#define SLIPWAY_RUNTIME_HOOKS_H

#include "base/error.h"
#include "kernel/step.h"

#include <jansson.h>
#include <stdbool.h>
#include <sys/types.h>

enum hook_moment { HOOK_PRESTART, HOOK_CREATE_RUNTIME, HOOK_CREATE_CONTAINER, HOOK_START_CONTAINER, HOOK_POSTSTART, HOOK_POSTSTOP };

struct hook_call {
    const json_t *config; /* of it, "hooks" and "annotations" */
    const char *id, *bundle;
    const char *directory; /* where hooks begin, "/" when they cannot; NULL: where the caller is */
    pid_t pid;             /* as those who read it see it */
};

bool hooks_any(const json_t *config, enum hook_moment moment);

/* Paths are absolute, timeouts more than nothing. */
int hooks_check(const json_t *config, struct error *err);

/* One after another, as they are listed; the first that fails ends it with ENOTRECOVERABLE, except where a failure is but a
 * warning. */
int hooks_run(struct steps *steps, const struct hook_call *call, enum hook_moment moment, struct error *err);

/* NULL where there is none. */
const char *runtime_annotation(const json_t *config, const char *key);

/* The state of a container as a new document. */
json_t *runtime_state(const char *id, const char *status, pid_t pid, const char *bundle, const json_t *annotations);

#endif
