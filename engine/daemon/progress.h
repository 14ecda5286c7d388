/* What a long piece of work (pull, push, load, build) says while it is under way: the lines of Docker's JSON message streams.
 *
 * Lines may come from several threads; `tell` sees one at a time and should not block for long. Keys are in Docker's order: status,
 * progressDetail, progress, id.
 */
#ifndef SLIPWAY_DAEMON_PROGRESS_H
#define SLIPWAY_DAEMON_PROGRESS_H

#include <jansson.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct progress {
    void (*tell)(void *data, json_t *line); /* takes `line` over */
    bool (*cancelled)(void *data);          /* nobody wants the result any more; NULL: never */
    void *data;
    pthread_mutex_t *lock; /* held around `tell`; NULL when one thread does everything */
};

/* `progress` may be NULL: nobody listens. */
bool progress_cancelled(const struct progress *progress);

/* {"status":..., "id":...}; `id` may be NULL. */
void progress_say(const struct progress *progress, const char *id, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* {"status":"Waiting","progressDetail":{},"id":...}: a new state of one of several pieces. */
void progress_state(const struct progress *progress, const char *id, const char *status);
/* {"status":"Pushing","progressDetail":{"current":..,"total":..},"progress":"[==>   ] 1kB/2kB","id":...}; `total` 0: unknown. */
void progress_count(const struct progress *progress, const char *id, const char *status, int64_t current, int64_t total);
/* {"progressDetail":{},"aux":...}; takes `aux` over. */
void progress_aux(const struct progress *progress, json_t *aux);
/* The last line of what failed: {"errorDetail":{"message":...},"error":...}. */
json_t *progress_failure(const char *message);

#endif
