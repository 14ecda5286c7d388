/* GET /slipway/overview: everything the UI's list needs, in one cheap call. */
#ifndef SLIPWAY_API_OVERVIEW_H
#define SLIPWAY_API_OVERVIEW_H

#include "api/http.h"

enum MHD_Result overview(struct request *request);

#endif
