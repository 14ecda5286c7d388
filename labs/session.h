/* What the files of a lab's session share among themselves; labs/lab.h is for everybody else. */
#ifndef SLIPWAY_LABS_SESSION_H
#define SLIPWAY_LABS_SESSION_H

#include "labs/lab.h"

/* Tell the school which machine it is, and learn what is done in it; with `keep` a fresh one in which `done` is done already. */
int school_go(struct lab_session *session, bool keep, struct error *err);
int school_step(struct lab_session *session, size_t step, bool solved, struct error *err);

#endif
