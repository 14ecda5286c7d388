/* Loads libcurl once, in its flavour for GnuTLS, which the engine has for its own TLS anyway. */
#include "image/registry/curl_library.h"

#include "base/memory.h"
#include "base/shared_library.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stddef.h>

static struct curl_library library;
static const char *missing; /* NULL: all is there */

static void load(void)
{
    static const struct library_function functions[] = {
#define X(name) {"curl_" #name, offsetof(struct curl_library, name)},
        CURL_FUNCTIONS(X)
#undef X
    };
    missing = shared_library_load("libcurl-gnutls.so.4", "libcurl3-gnutls", RTLD_NOW | RTLD_LOCAL, functions, ARRAY_LEN(functions),
                                  &library);
    if (!missing && library.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        missing = "libcurl-gnutls.so.4 cannot be initialised";
}

const struct curl_library *curl_library(struct error *err)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, load);
    if (!missing)
        return &library;
    error_set(err, ENOSYS, "registries cannot be reached: %s", missing);
    return NULL;
}
