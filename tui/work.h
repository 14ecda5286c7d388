/* Blocking calls away from the screen: a few threads, each with its own connection to the engine, and results that come back on
 * the UI's own thread through an eventfd.
 *
 * `owner` is the screen (or model) that asked: work_forget(owner) makes sure that no answer reaches it afterwards, which is what
 * a screen does when it closes. An answer belongs to the callback's caller: take a reference to keep it.
 */
#ifndef SLIPWAY_TUI_WORK_H
#define SLIPWAY_TUI_WORK_H

#include "base/error.h"
#include "client/client.h"

#include <jansson.h>
#include <stdbool.h>

struct app;
struct work;

/* A lane is served by its own thread, in order: live figures never wait behind a slow stop, nor answers behind figures, nor
 * anything behind proofs, which take minutes. */
enum lane { LANE_LIVE, LANE_ACT, LANE_SLOW, LANE_SCHOOL, LANE_LAB, LANE_PROOFS, LANE_COUNT };

typedef void (*answer_fn)(struct app *app, void *owner, json_t *answer, const struct error *err); /* err is NULL on success */

struct work *work_new(const char *host);
void work_free(struct work *work); /* waits for calls under way for a moment, then leaves them */
int work_fd(const struct work *work);
void work_deliver(struct work *work, struct app *app); /* run the callbacks of what is done */
bool work_idle(struct work *work);                     /* nothing under way and nothing to deliver */
void work_forget(struct work *work, void *owner);

/* Ask the engine. `body` is taken (may be NULL). `done` may be NULL. */
void work_engine(struct work *work, enum lane lane, const char *method, const char *path, json_t *body, answer_fn done,
                 void *owner);
/* Ask slipway-classd. `request` is taken. */
void work_school(struct work *work, json_t *request, answer_fn done, void *owner);

/* Any other blocking thing. `run` works on `data` in the thread; `done` gets it back on the UI's thread, and frees it. When the
 * owner is gone `done` is called with owner NULL, so that what `data` holds can be given back. */
typedef void (*run_fn)(void *data, struct error *err);
typedef void (*ran_fn)(struct app *app, void *owner, void *data, const struct error *err);
void work_run(struct work *work, enum lane lane, run_fn run, ran_fn done, void *data, void *owner);

#endif
