/* What a container gives back after its end is known: its places in networks, addresses and ports. Whoever waits for the end is
 * answered first, as taking a network down may take longer than all the rest; so who finds one of these taken has to let those who
 * have ended give it back, and to try again. */
#ifndef SLIPWAY_DAEMON_RELEASE_H
#define SLIPWAY_DAEMON_RELEASE_H

#include "daemon/engine.h"

struct release { /* on the stack of the thread that ends the container */
    struct release *next;
    const struct instance *of;
    unsigned long number;
};

void release_begin(struct release *release, struct instance *instance); /* before its end is known */
void release_end(struct release *release);

/* Until all whose end was known by now have given back what they had, but for `but` (may be NULL: the caller's own); some seconds
 * at most. False when there was nothing to wait for. */
bool release_wait(struct engine *engine, const struct instance *but);

#endif
