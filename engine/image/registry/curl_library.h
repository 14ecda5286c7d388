/* The functions of libcurl that web.c calls, loaded when they are needed first: an engine that never asks a registry pays nothing
 * for them (2.5 MB of resident memory, and the time to start). For web.c and url.c alone. */
#ifndef SLIPWAY_IMAGE_REGISTRY_CURL_LIBRARY_H
#define SLIPWAY_IMAGE_REGISTRY_CURL_LIBRARY_H

#include "base/error.h"

#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>

#define CURL_FUNCTIONS(X)                                                                                                          \
    X(global_init)                                                                                                                 \
    X(easy_init)                                                                                                                   \
    X(easy_reset)                                                                                                                  \
    X(easy_cleanup)                                                                                                                \
    X(easy_setopt)                                                                                                                 \
    X(easy_perform)                                                                                                                \
    X(easy_getinfo)                                                                                                                \
    X(easy_strerror)                                                                                                               \
    X(slist_append)                                                                                                                \
    X(slist_free_all)                                                                                                              \
    X(getdate)                                                                                                                     \
    X(url)                                                                                                                         \
    X(url_set)                                                                                                                     \
    X(url_get)                                                                                                                     \
    X(url_cleanup)                                                                                                                 \
    X(free)

struct curl_library {
#define X(name) __typeof__(curl_##name) *name;
    CURL_FUNCTIONS(X)
#undef X
};

/* The loaded and initialised library, the same for all callers; NULL with ENOSYS when it is not there. */
const struct curl_library *curl_library(struct error *err);

#endif
