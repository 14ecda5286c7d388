/* Loads libgnutls once. */
#include "base/tls_library.h"

#include "base/memory.h"
#include "base/shared_library.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stddef.h>

static struct tls_library library;
static const char *missing; /* NULL: all is there */

static void load(void)
{
    static const struct library_function functions[] = {
#define X(name) {#name, offsetof(struct tls_library, name)},
        TLS_FUNCTIONS(X)
#undef X
    };
    missing =
        shared_library_load("libgnutls.so.30", "libgnutls30", RTLD_NOW | RTLD_GLOBAL, functions, ARRAY_LEN(functions), &library);
}

const struct tls_library *tls_library(struct error *err)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, load);
    if (!missing)
        return &library;
    error_set(err, ENOSYS, "TLS is not available: %s", missing);
    return NULL;
}
