/* The last stretch as the runtime sees it: the process says nothing more and has exec'd, or says why not; in between, with a
 * seccomp profile that wants it, it hands over a listener, which goes to the agent at listenerPath with the container process state
 * (config-linux.md#containerprocessstate). */
#ifndef SLIPWAY_RUNTIME_AGENT_H
#define SLIPWAY_RUNTIME_AGENT_H

#include "base/error.h"
#include "kernel/step.h"

#include <jansson.h>
#include <sys/types.h>

struct agent_call {
    struct steps *steps;
    const json_t *config;
    const char *id, *bundle, *status;
    pid_t pid;  /* the process that is to exec */
    pid_t init; /* the container's */
};

/* Waits at the runtime's end of the channel. 0 when it has exec'd. After any error the process must be ended by the caller. */
int agent_wait(int channel, const struct agent_call *call, struct error *err);

/* The process's side: a function for seccomp_install_listener; the context is the channel (int *). */
int agent_hand_on(void *channel, int listener, struct error *err);

#endif
