/* Attachers: connections that carry the streams of one process.
 *
 * Output goes to the socket at once when it takes it, else into a bounded queue (see shim_client.h for what happens when it is
 * full). A part of the queue is reserved for what is in the pipes when a process ends, so that a reader who sleeps does not hold up
 * the report of an exit.
 */
#ifndef SLIPWAY_SHIM_ATTACH_H
#define SLIPWAY_SHIM_ATTACH_H

#include "shim/process.h"

#include <stdbool.h>

struct shim_attach_request {
    bool in, out, err;
};

/* Takes the connection over; `early` is input that came with the request. */
void shim_attach_add(int fd, struct shim_process *process, struct shim_attach_request what, const char *early, size_t early_len);
bool shim_attach_any(const struct shim_process *process);

/* The largest piece of output that all attachers of the process take now; 0: wait. SIZE_MAX without attachers. */
size_t shim_attach_room(struct shim_process *process);
void shim_attach_deliver(struct shim_process *process, enum shim_stream stream, const char *data, size_t len);

void shim_attach_resume_input(struct shim_process *process); /* the process takes input again */
void shim_attach_end(struct shim_process *process);          /* no more output; each closes when its queue is empty */

/* When the loop must look again (CLOCK_MONOTONIC ns; INT64_MAX: never), and the look itself: cuts the stuck ones off. */
int64_t shim_attach_deadline(void);
void shim_attach_expire(int64_t now);
bool shim_attach_idle(void);  /* no connection is left */
void shim_attach_sweep(void); /* free what was closed; called by the loop between events */

#endif
