/* A request body that is consumed while it arrives: a pipe, and a thread that reads from it. */
#ifndef SLIPWAY_API_UPLOAD_H
#define SLIPWAY_API_UPLOAD_H

#include "api/http.h"

struct upload;

struct upload *upload_start(struct request *request);
void upload_write(struct upload *upload, const char *data, size_t len);
void upload_free(struct upload *upload);

#endif
