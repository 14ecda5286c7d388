/* GET /events; its own file beside system.c. */
#ifndef SLIPWAY_API_EVENTS_H
#define SLIPWAY_API_EVENTS_H

#include "api/http.h"

enum MHD_Result events_follow(struct request *request);

#endif
