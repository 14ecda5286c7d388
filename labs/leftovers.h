/* What of a machine could stay on the host when it goes, seen from a client's place. */
#ifndef SLIPWAY_LABS_LEFTOVERS_H
#define SLIPWAY_LABS_LEFTOVERS_H

#include "labs/lab.h"

struct leftovers;

/* While the machines run: their control groups and names. */
struct leftovers *leftovers_note(const struct lab_session *session);
/* After they went: what is still there, a line each, allocated; "" for nothing. Waits a little for what is being removed. */
char *leftovers_find(const struct leftovers *left);
void leftovers_free(struct leftovers *left);

#endif
