/* Why a request failed, from libcurl's codes into an errno and Go's words; for web.c alone. */
#ifndef SLIPWAY_IMAGE_REGISTRY_WEB_ERROR_H
#define SLIPWAY_IMAGE_REGISTRY_WEB_ERROR_H

#include "image/registry/curl_library.h"
#include "image/registry/web.h"

/* `own`: what a callback of ours failed with, if one did; `said`: libcurl's own message. Returns -err->code. */
int web_failure(const struct curl_library *curl, CURL *handle, CURLcode code, const struct error *own, const char *said,
                const struct web_request *request, struct error *err);

#endif
