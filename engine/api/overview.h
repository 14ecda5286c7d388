/* GET /slipway/overview: everything the UI's list needs, in one cheap call. */
#ifndef SLIPWAY_API_OVERVIEW_H
#define SLIPWAY_API_OVERVIEW_H

#include "api/http.h"

enum MHD_Result overview(struct request *request);

/* Figures of the container whose first process is `pid` (observe_meter_read); NULL when it is gone. A new document. */
json_t *overview_measure(pid_t pid);
void overview_measured(void); /* of all that run: what is kept for those that are gone is let go */

#endif
