/* What an earlier daemon left, taken up again at start; see recover.c. */
#ifndef SLIPWAY_DAEMON_RECOVER_H
#define SLIPWAY_DAEMON_RECOVER_H

#include "daemon/engine.h"

/* Before anything is served. */
void recover(struct engine *engine);
/* Afterwards: start those whose restart policy asks for it. */
void recover_restart(struct engine *engine);

#endif
