/* /slipway/sandboxes: lab machines. */
#ifndef SLIPWAY_API_SANDBOXES_H
#define SLIPWAY_API_SANDBOXES_H

#include "api/http.h"

enum MHD_Result sandboxes_list(struct request *request);
enum MHD_Result sandboxes_abilities(struct request *request);
enum MHD_Result sandboxes_create(struct request *request);
enum MHD_Result sandboxes_delete(struct request *request);
enum MHD_Result sandboxes_engine(struct request *request);
enum MHD_Result sandboxes_lease(struct request *request);

#endif
